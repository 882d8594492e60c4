"""The numbers with which the docs give their reasons, from the results of the default study (`make demo`).

    python benchmarks/reasons.py results                       # all of them, some minutes
    python benchmarks/reasons.py results figures reductions    # those of some pages

All are of all-MiniLM-L6-v2 on 1,000 docstring passages under `mean`, unless a line says otherwise.
"""

import argparse
import itertools
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from nrag import contracts, regions, store  # noqa: I001  (before NumPy: it sets one thread)

import numpy as np
import pandas as pd
from nrag.compared import documents_of
from nrag.components.bases import refitted
from nrag.components.correlations import centred_ranks, correlate
from nrag.probing.classifier import Joined, Parts, predict, standardised
from nrag.probing.features import cell_numbers, one_hot
from nrag.probing.scores import SHOWN, confusion, scores_of
from nrag.probing.splits import Split, splits_of
from nrag.reduction import Reduction, moments_of, reduce_layer, trustworthiness
from nrag.reduction.linear import principal_axes
from nrag.reduction.standardise import DEAD

MODEL, CORPUS = "minilm", "docstrings"
PLANES = ("pca", "umap")


def states_of(results: Path, pooling: str = "mean") -> list[np.ndarray]:
    """The hidden states, layer by layer, (documents, width)."""
    path = results / "activations" / MODEL / f"{CORPUS}.h5"
    return [store.read_hidden_state(path, pooling, layer) for layer in store.layers_of(path, pooling)]


def planes_of(results: Path, reduction: str, seed: int = 0) -> list[np.ndarray]:
    """The coordinates, layer by layer, (documents, 2)."""
    found = store.read_coordinates(results / "coordinates" / MODEL / CORPUS / "mean" / f"{reduction}.h5")
    return [found[key] for key in sorted(found) if key[1] == seed]


def spread(values: list[float], form: str = ".0%") -> str:
    """The least and the largest of some values."""
    return f"{min(values):{form}} to {max(values):{form}}"


# --------------------------------------------------------------------------------------- figures


def figures(results: Path) -> None:
    """Edges of networkx and pandas together that carry more documents than chance."""
    for reduction in PLANES:
        name = f"nrag--{MODEL}--{CORPUS}--mean--{reduction}--equal-10--graphs-tables.tsv"
        table = store.read_tsv(results / "studies" / "demo" / "figures" / name)
        edges = table.loc[(table["item"] == "edge") & table["label"].isna(), ["q", "documents"]].astype(float)
        kept = edges[edges["q"] <= 0.05]
        share = kept["documents"].sum() / edges["documents"].sum()
        print(f"{reduction}: {len(kept)} of {len(edges)} edges at q ≤ 0.05, {share:.0%} of their documents")


# ------------------------------------------------------------------------------- component graphs


def component_graphs(results: Path) -> None:
    """Edges of shuffled documents by threshold, how far the axes of two labels agree, what heavy ties do to p."""
    states, draw = states_of(results), np.random.default_rng(0)
    blocks = {MODEL: {layer: partial(list, [rows]) for layer, rows in enumerate(states)}}
    print("documents: 40 times shuffled ρ > 0.3, |ρ| ≥ 0.3, q ≤ 0.05; not shuffled the same")
    for number in (20, 100, 300):
        chosen = np.isin(np.arange(len(states[0])), draw.choice(len(states[0]), number, replace=False))
        fitted = refitted(blocks, Reduction.of("pca", components=10), chosen, f"{number} documents")
        layers = np.stack([fitted[key] for key in sorted(fitted)]).astype(np.float64)
        shuffled = [edges_of(np.stack([draw.permutation(layer) for layer in layers])) for _ in range(40)]
        means = " ".join(f"{mean:.2f}" for mean in np.mean(shuffled, axis=0))
        print(f"{number}: {means}; {' '.join(map(str, edges_of(layers)))}", flush=True)
    label = corpus_of(results)["label"].to_numpy()
    axes = [principal_axes(np.cov(states[-1][label == name], rowvar=False), 10) for name in np.unique(label)]
    cosines = np.abs([(one * other).sum(axis=0) for one, other in itertools.combinations(axes, 2)])
    print(f"|cos| of the i-th axes of two labels, last layer: median {np.median(cosines):.2f}, by axis, i from 0:")
    print(" ".join(f"{cosine:.2f}" for cosine in np.median(cosines, axis=0)))
    for both in (True, False):
        where = "both components" if both else "one component"
        for share in (0.7, 0.8, 0.9):
            times = " ".join(f"{tied(documents, share, both=both):.1f}" for documents in (20, 60, 300))
            print(f"one value in {share:.0%} of 20, 60, 300 documents in {where}: p = 0.001 {times} times as often")


def tied(documents: int, share: float, *, both: bool) -> float:
    """How many times as often as 1 in 1,000 chance gives the rho that has p = 0.001 without ties.

    A share of the documents has one value, the others one each, in one component or in both.
    """
    generator = np.random.default_rng(0)
    plain = generator.standard_normal((2, documents))
    heavy = np.where(np.arange(documents) < share * documents, 9, plain)
    least = np.quantile(by_chance(*plain, generator), 1 - 0.001)
    return float((by_chance(heavy[0], heavy[1] if both else plain[1], generator) >= least - 1e-12).mean() / 0.001)


def by_chance(here: np.ndarray, there: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """|rho| of 200,000 permutations of the documents."""
    one, other = (ranks / np.linalg.norm(ranks) for ranks in centred_ranks(np.stack([here, there])[..., None])[..., 0])
    return np.concatenate([abs(generator.permuted(np.tile(other, (20_000, 1)), axis=1) @ one) for _ in range(10)])


def edges_of(layers: np.ndarray) -> tuple[int, int, int]:
    """How many pairs of components pass LLM-MRI's threshold, the same with either sign, and the default one."""
    found = correlate(layers, permutations=999, seed=0)
    return (found.rho > 0.3).sum(), (np.abs(found.rho) >= 0.3).sum(), (found.q <= 0.05).sum()


def corpus_of(results: Path) -> pd.DataFrame:
    """The documents with their labels."""
    return store.read_table(results / "corpora" / CORPUS / "corpus.parquet", contracts.CORPUS)


# --------------------------------------------------------------------------------------- probing


def probing(results: Path) -> None:
    """Regions as features, as they are and standardised."""
    corpus = corpus_of(results)
    documents = documents_of(corpus, "label", sorted(corpus["label"].unique()))
    splits = splits_of(documents, n_splits=20, test_size=0.3, seed=0)
    for reduction in PLANES:
        path = results / "nrags" / MODEL / CORPUS / "mean" / reduction / "equal-10" / "cells.parquet"
        cells = cell_numbers(store.read_table(path, contracts.CELLS), documents.rows, size=10)
        layers = [cells[key] for key in sorted(cells) if key[1] == 0]
        for way, features in {"0 or 1": one_hot, "standardised": one_hot_standardised}.items():
            scores = [told(layers, documents.labels, split, features) for split in splits]
            print(f"regions of all layers, {reduction}, {way}: balanced accuracy {np.mean(scores):.2f}", flush=True)


def one_hot_standardised(cells: np.ndarray, split: Split) -> Parts:
    """What `one_hot` does not do."""
    return standardised((cells[:, None] == np.unique(cells[split.train])).astype(np.float64), split)


def told(layers: list[np.ndarray], labels: np.ndarray, split: Split, features: Callable) -> float:
    """Balanced accuracy from the features of all layers together."""
    joined = Joined()
    for cells in layers:
        joined.add(features(cells, split))
    predicted = predict(joined.parts(), labels, split).labels
    return scores_of(confusion(labels[split.test], predicted, labels.max() + 1))[SHOWN]


# ------------------------------------------------------------------------------------ reductions


def reductions(results: Path) -> None:
    """What PCA, SVD and UMAP keep and what moves documents to other cells, each over the layers."""
    states = states_of(results)
    pca, umap, again = planes_of(results, "pca"), planes_of(results, "umap"), planes_of(results, "umap", seed=1)
    shares = [plane.var(axis=0).sum() / rows.var(axis=0).sum() for rows, plane in zip(states, pca, strict=True)]
    print(f"variance that two components of PCA keep: {spread(shares)}")
    units = [rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True) for rows in states]
    for name, planes in {"PCA": pca, "UMAP": umap}.items():
        kept = [trustworthiness(rows, plane) for rows, plane in zip(units, planes, strict=True)]
        print(f"trustworthiness of {name}: {spread(kept, '.2f')}")
    print("documents in another cell of 10 × 10")
    print(f"  under another seed of UMAP: {spread([differing(*pair) for pair in zip(umap, again, strict=True)])}")
    noise = 1 + 1e-7 * np.random.default_rng(0).choice([-1, 1], size=states[-1].shape)
    noisy = partial(list, [(states[-1] * noise).astype(np.float32)])
    redrawn = reduce_layer({MODEL: noisy}, Reduction.of("umap"))[MODEL, 0].coordinates
    print(f"  under UMAP after a change of the last layer by 1e-7: {differing(umap[-1], redrawn):.0%}")
    print(f"  when one document is left out, PCA, equal bins: up to {max(map(pushed, pca)):.0%} of the others")
    moments = {pooling: [moments_of([rows]) for rows in states_of(results, pooling)] for pooling in contracts.POOLINGS}
    dead = [np.count_nonzero(m.deviation < DEAD * np.median(m.deviation)) for m in moments["mean"]]
    print(f"dead features by layer: {' '.join(map(str, dead))}")
    varied = [m for layers in moments.values() for m in layers if not m.constant]
    ranges = [(m.highest - m.lowest).max() / np.sqrt(np.mean(m.mean**2)) for m in varied]
    print(f"largest range of a feature over the mean vector's root mean square, all poolings: {spread(ranges, '.2g')}")
    print(f"constant layers under first: {[layer for layer, m in enumerate(moments['first']) if m.constant]}")
    squares = [np.linalg.svd(rows, compute_uv=False) ** 2 for rows in states_of(results, "first")]
    shares = [each[0] / each.sum() for each, m in zip(squares, moments["first"], strict=True) if not m.constant]
    print(f"sum of squares in SVD's first component, first, other layers: {spread(shares, '.3%')}")


def cells_of(plane: np.ndarray) -> np.ndarray:
    """The cell of every document on the default grid, (documents, 2)."""
    edges = [regions.bin_edges(axis, size=10, bins="equal") for axis in plane.T]
    return np.stack([regions.bin_axis(axis, cuts) for axis, cuts in zip(plane.T, edges, strict=True)], axis=1)


def differing(one: np.ndarray, other: np.ndarray) -> float:
    """The share of documents that two planes put into different cells."""
    return float((cells_of(one) != cells_of(other)).any(axis=1).mean())


def pushed(plane: np.ndarray) -> float:
    """The largest share of documents that change their cell when another one is left out."""
    cells, ends = cells_of(plane), {*plane.argmin(axis=0), *plane.argmax(axis=0)}
    return max(
        (np.delete(cells, end, axis=0) != cells_of(np.delete(plane, end, axis=0))).any(axis=1).mean() for end in ends
    )


PAGES = {"figures": figures, "component-graphs": component_graphs, "probing": probing, "reductions": reductions}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="the folder that `make demo` filled")
    parser.add_argument("pages", nargs="*", help=f"some of {', '.join(PAGES)}; all without")
    given = parser.parse_args()
    for page in given.pages or PAGES:
        print(f"\ndocs/{page}.md")
        PAGES[page](given.results)
