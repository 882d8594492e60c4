"""Extraction on a GPU: speed by batch and precision, memory, and how far its numbers are from those of a CPU.

    python benchmarks/gpu.py                                # MiniLM on 1,000 docstring passages, then larger models
    python benchmarks/gpu.py --model FOLDER --number 200    # another model, fewer passages
    python benchmarks/gpu.py --only minilm                  # without the larger ones, which have random weights

The last columns: the largest difference from the first setting of the model, over a layer's root mean square; the
share of documents in another cell under PCA; the device. Operations are those of the weights that are multiplied: an
embedding is looked up. Each setting runs in a process of its own, from token
ids in memory to pooled vectors of every layer; loading the model and tokenising are not counted. Needs a machine with
an NVIDIA GPU; `--device cpu` tries the script without.
"""

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import nrag  # noqa: F401, I001 - holds numeric libraries to one thread
import numpy as np
from extraction import MODEL, by_budget, nrag_loop, texts_of

SETTINGS = {
    "cpu": {"device": "cpu"},
    "auto": {},
    "auto again": {},
    "8,192": {"budget": 8192},
    "32,768": {"budget": 32768},
    "131,072": {"budget": 131072},
    "131,072, half the memory it takes": {"budget": 131072, "fraction": 0.5},
    "131,072, high": {"budget": 131072, "precision": "high"},
    "131,072, bfloat16": {"budget": 131072, "dtype": "bfloat16"},
    "131,072, device_map": {"budget": 131072, "device_map": "auto"},
}
"""Settings of the real model, by the budget of a batch in tokens; `auto` is nrag's own."""

LARGER = {
    "bert-335m": {
        "model_type": "bert",
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    },
    "llama-1193m": {
        "model_type": "llama",
        "hidden_size": 2048,
        "num_hidden_layers": 22,
        "num_attention_heads": 32,
        "intermediate_size": 5632,
    },
}
"""Shapes of models with random weights, which take as long as trained ones."""

LARGER_SETTINGS = ("8,192", "131,072", "131,072, high", "131,072, bfloat16")


def measure(given: dict) -> dict:
    """Run one setting; the pooled means of all layers go to a file, what it took is returned."""
    import torch

    from nrag import extraction, models

    logging.basicConfig(stream=sys.stderr, format="    %(message)s")
    device, started = given["device"], time.perf_counter()
    loading = {"device_map": given.get("device_map"), "weights": given.get("weights", "trained")}
    model = models.load(given["model"], root=Path.cwd(), device=device, **loading)
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision(given.get("precision", "highest"))
    documents = [tokens.ids for tokens in extraction.tokenise(model, json.loads(Path(given["texts"]).read_text()))]
    lengths = np.array([len(ids) for ids in documents])
    batches, dtype = by_budget(lengths, given.get("budget")), given.get("dtype", "float32")
    weights = sum(weight.numel() for weight in model.network.parameters())
    weights -= model.network.get_input_embeddings().weight.numel()
    nrag_loop(model, [documents[int(lengths.argmin())]], [np.array([0])], dtype)
    loaded = time.perf_counter() - started
    if "fraction" in given:
        whole = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(given["fraction"] * given["peak"] * 2**20 / whole)
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    before = time.perf_counter()
    rows = nrag_loop(model, documents, batches, dtype)
    seconds = time.perf_counter() - before
    np.save(given["rows"], np.stack(rows))
    return {
        "loaded": loaded,
        "seconds": seconds,
        "tokens": int(lengths.sum()),
        "batches": len(batches),
        "teraflops": 2 * weights * int(lengths.sum()) / seconds / 1e12,
        "host": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "peak": 0 if device == "cpu" else torch.cuda.max_memory_allocated() / 2**20,
        "device": models.device_name(model.device),
    }


def apart(rows: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """The largest difference over a layer's root mean square, and the share of documents in another PCA cell."""
    from nrag import regions
    from nrag.reduction import Reduction, reduce_layer

    def cells(layer: np.ndarray) -> np.ndarray:
        plane = reduce_layer({"m": lambda: [layer]}, Reduction.of("pca"))["m", 0].coordinates
        edges = [regions.bin_edges(axis, size=10, bins="equal") for axis in plane.T]
        return np.stack([regions.bin_axis(axis, cuts) for axis, cuts in zip(plane.T, edges, strict=True)], axis=1)

    difference = max(
        np.abs(one - other).max() / np.sqrt(np.mean(other**2)) for one, other in zip(rows, reference, strict=True)
    )
    moved = [(cells(one) != cells(other)).any(axis=1).mean() for one, other in zip(rows, reference, strict=True)]
    return float(difference), float(np.mean(moved))


def run(folder: Path, setting: dict) -> tuple[dict, np.ndarray]:
    """What a setting took, in a process of its own, and its vectors."""
    given = json.dumps(setting | {"rows": str(folder / "rows.npy"), "texts": str(folder / "texts.json")})
    command = [sys.executable, __file__, "--measure", given]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1]), np.load(folder / "rows.npy")


def shaped(folder: Path, name: str, tokenizer: Path) -> str:
    """A folder with the shape of a larger model and the tokenizer of the real one."""
    from transformers import AutoConfig, AutoTokenizer

    read = AutoTokenizer.from_pretrained(tokenizer)
    words = {"vocab_size": len(read), "pad_token_id": read.pad_token_id}
    AutoConfig.for_model(**LARGER[name], **words).save_pretrained(folder / name)
    read.save_pretrained(folder / name)
    return str(folder / name)


def main() -> None:
    """Measure every setting in turn and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--only", choices=("minilm", *LARGER))
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(json.loads(arguments.measure))))
        return
    from nrag import checkpoints

    arguments.texts = None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "texts.json").write_text(json.dumps(texts_of(arguments)))
        print(
            f"{'setting':46} {'s':>7} {'loaded':>6} {'batches':>7} {'tokens':>7} {'TFLOP/s':>8} {'host MB':>8} "
            f"{'GPU MB':>7} {'largest':>9} {'moved':>7}  device"
        )
        tokenizer = checkpoints.locate(arguments.model, root=Path.cwd())
        for model in [arguments.only] if arguments.only else ["minilm", *LARGER]:
            where = {"model": arguments.model, "device": arguments.device}
            if model in LARGER:
                where |= {"weights": "random", "model": shaped(folder, model, tokenizer)}
            reference, peak = None, 0.0
            for setting in SETTINGS if model == "minilm" else LARGER_SETTINGS:
                chosen = where | SETTINGS[setting] | {"peak": peak}
                if arguments.device == "cpu" and {"fraction", "device_map"} & set(chosen):
                    continue
                took, rows = run(folder, chosen)
                peak = max(peak, took["peak"])
                reference = rows if reference is None else reference
                difference, moved = apart(rows, reference)
                print(
                    f"{model + ', ' + setting:46} {took['seconds']:7.2f} {took['loaded']:6.1f} {took['batches']:7} "
                    f"{took['tokens']:7} {took['teraflops']:8.2f} {took['host']:8.0f} {took['peak']:7.0f} "
                    f"{difference:9.1e} {moved:7.2%}  {took['device']}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
