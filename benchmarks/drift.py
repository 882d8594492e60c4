"""Time that it takes to hold checkpoints against each other, imports left out.

    python benchmarks/drift.py                          # 10 models, 2,000 documents, 5 layers, 199 exchanges
    python benchmarks/drift.py --models 4 --documents 20000 --layers 13 --width 768

Cells are of models each of which has moved half of the documents of a base to random places, so that hardly two share
an edge: what takes longest. CPU seconds of one thread.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from nrag.drift import similarity, tables

# isort: split
import numpy as np
import pandas as pd


def moved_cells(models: int, documents: int, layers: int, size: int) -> dict[tuple[str, int], np.ndarray]:
    """Cells by model and seed."""
    draw = np.random.default_rng(0)
    base = draw.integers(0, size, (layers, documents, 2)).astype(np.int16)
    found = {}
    for number in range(models):
        moves = draw.random((layers, documents, 1)) < 0.5 * (number > 0)
        found[f"model-{number}", 0] = np.where(moves, draw.integers(0, size, base.shape), base).astype(np.int16)
    return found


def states(documents: int, width: int, number: int, layer: int) -> Iterator[np.ndarray]:
    """The hidden state of a model, in blocks."""
    common, own = np.random.default_rng([1, layer]), np.random.default_rng([2, layer, number])
    whole = common.normal(size=(documents, width)) + 0.3 * number * own.normal(size=(documents, width))
    return (whole[start : start + 4096].astype(np.float32) for start in range(0, documents, 4096))


def took(work: Callable[[], object]) -> float:
    """CPU seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("models", 10), ("documents", 2000), ("layers", 5), ("permutations", 199), ("size", 10)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--width", type=int, nargs="+", default=[64, 768])
    given = parser.parse_args()
    n = given.documents
    corpus = pd.DataFrame({"group": pd.array([None] * n, dtype="str"), "text": [str(number) for number in range(n)]})
    corpus["label"] = np.random.default_rng(3).choice(list("abcd"), n)
    planes = moved_cells(given.models, n, given.layers, given.size)
    cells = took(
        lambda: tables.drift_of_cells(
            planes,
            corpus,
            tables.Labels("label", tuple("abcd")),
            size=given.size,
            constant={},
            permutations=given.permutations,
            seed=0,
        )
    )
    print(
        f"{given.models} models, {n:,} documents, {given.layers} layers, {given.permutations} exchanges: {cells:.1f} s"
    )
    for width in given.width:
        made = {
            layer: {
                f"model-{number}": partial(iter, list(states(n, width, number, layer)))
                for number in range(given.models)
            }
            for layer in range(given.layers)
        }
        seconds = sum(took(lambda: similarity.similarities(each, np.arange(n))) for each in made.values())  # noqa: B023
        print(f"linear CKA of hidden states {width} wide: {seconds:.1f} s")


if __name__ == "__main__":
    main()
