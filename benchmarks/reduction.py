"""CPU seconds of the reductions against their usual alternatives, as ratios within one process.

    python benchmarks/reduction.py [DOCUMENTS] [WIDTH]

Each row is one layer of synthetic hidden states, correlated and far from the origin. "moved" is the
share of documents in another cell of a 10 × 10 grid than with scikit-learn's full SVD.
"""

import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from nrag import reduction  # noqa: I001  (before NumPy: it sets one thread)

import numpy as np
from sklearn.decomposition import PCA, IncrementalPCA
from sklearn.neighbors import NearestNeighbors


def states_of(documents: int, width: int) -> np.ndarray:
    """Synthetic hidden states whose variances fall as a power law, as those of language models do."""
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(width, width)))[0]
    spread = np.arange(1, width + 1)[:, None] ** -0.5 * rotation
    return (rng.normal(size=(documents, width)) @ spread + 5 * rng.normal(size=width)).astype(np.float32)


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of the faster of two runs, and the result."""
    seconds = []
    for _ in range(2):
        start = time.process_time()
        result = function()
        seconds.append(time.process_time() - start)
    return min(seconds), result


def moved(coordinates: np.ndarray, reference: np.ndarray) -> float:
    """Share of documents in another cell, whatever the signs of the axes."""
    signs = np.sign((coordinates * reference).sum(axis=0))
    cells = [
        np.minimum((each - each.min(axis=0)) / np.ptp(each, axis=0) * 10, 9.999).astype(int)
        for each in (coordinates * signs, reference)
    ]
    return float((cells[0] != cells[1]).any(axis=1).mean())


def main(documents: int = 5000, width: int = 384) -> None:
    """Print the table."""
    states = states_of(documents, width)
    blocks = partial(lambda: (states[start : start + 4096] for start in range(0, documents, 4096)))

    def reduce(method: str, **options: Any) -> np.ndarray:
        chosen = reduction.Reduction.of(method, **options)
        return reduction.reduce_layer({"model": blocks}, chosen)["model", 0].coordinates

    full, reference = timed(lambda: PCA(2, svd_solver="full").fit_transform(states.astype(np.float64)))
    linear = {
        "pca (nrag, streaming)": lambda: reduce("pca"),
        "scikit-learn full": lambda: PCA(2, svd_solver="full").fit_transform(states),
        "scikit-learn randomized": lambda: PCA(2, svd_solver="randomized", random_state=0).fit_transform(states),
        "scikit-learn incremental": lambda: IncrementalPCA(2, batch_size=4096).fit_transform(states),
    }
    print(f"{documents} documents, width {width}; full SVD in float64 takes {full:.2f} CPU s")
    print(f"{'PCA':28}{'CPU s':>8}{'ratio':>8}{'moved':>8}")
    for name, function in linear.items():
        seconds, coordinates = timed(function)
        print(f"{name:28}{seconds:8.2f}{seconds / full:8.2f}{moved(coordinates, reference):8.1%}")

    rows = states.astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    exact, (indices, _) = timed(lambda: reduction.nearest_neighbours(rows, 15))
    brute = NearestNeighbors(n_neighbors=15, metric="cosine", algorithm="brute").fit(states.astype(np.float64))
    seconds, found = timed(lambda: brute.kneighbors(return_distance=False))
    recall = np.mean([len(set(a[1:]) & set(b[:14])) / 14 for a, b in zip(indices, found, strict=True)])
    print(f"neighbours: nrag {exact:.2f} CPU s, scikit-learn brute {seconds:.2f} (agreement {recall:.4f})")

    reduction.REDUCERS["umap"].warm_up()
    one, _ = timed(lambda: reduce("umap"))
    three, _ = timed(lambda: reduce("umap", seeds=[0, 1, 2]))
    print(f"umap: one seed {one:.2f} CPU s, three seeds {three:.2f}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap import UMAP

        plain, _ = timed(lambda: UMAP(metric="cosine", random_state=0, n_jobs=1).fit_transform(states))
    print(f"umap-learn alone, one seed: {plain:.2f} CPU s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
