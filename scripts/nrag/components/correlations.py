"""Coordinates to correlations: Spearman's rho of every two components of neighbouring layers."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from nrag import contracts
from nrag.components.significance import HEAVY, heavily_tied, p_values
from nrag.contracts import GraphKey as Key
from nrag.corrections import benjamini_hochberg
from nrag.reduction import ReductionError

LOG = logging.getLogger("nrag")

Coordinates = Mapping[tuple[str, int, int], np.ndarray]
"""By model, seed and layer: (documents, components)."""

Refit = Callable[[np.ndarray, str], Coordinates]
"""Coordinates of the chosen documents, (documents,) bool, fitted to them alone; the text is what the log calls them."""


@dataclass(frozen=True)
class Correlations:
    """One component graph before any threshold; all arrays are (layers - 1, components, components).

    Entry [k, i, j] belongs to component i of layer k and component j of layer k + 1.
    """

    rho: np.ndarray
    """In [-1, 1]; NaN where one of the two is constant over the documents."""
    p: np.ndarray
    q: np.ndarray


def correlate(layers: np.ndarray, *, permutations: int, seed: int) -> Correlations:
    """Rho, p and q of every two components of neighbouring layers; `layers` is (layers, documents, components).

    Spearman's rho is Pearson's correlation of ranks, equal values sharing their mean rank, as
    `scipy.stats.spearmanr` has it. p and q as `significance` says; q is over all pairs of these layers.

    >>> here, there = [[0, 5], [1, 5], [2, 5]], [[1, 9], [0, 8], [2, 7]]
    >>> correlate(np.array([here, there]), permutations=99, seed=0).rho[0]
    array([[ 0.5, -1. ],
           [ nan,  nan]])
    """
    ranks = centred_ranks(layers)
    squares = (ranks**2).sum(axis=1)
    # Sums of products of half integers: exact, so that no library's order of summation decides a bit.
    norms = np.sqrt(squares[:-1, :, None] * squares[1:, None, :])
    products = np.matmul(ranks[:-1].swapaxes(1, 2), ranks[1:])
    rho = np.divide(products, norms, out=np.full(norms.shape, np.nan), where=norms > 0).clip(-1, 1)
    p = p_values(ranks, rho, norms, permutations=permutations, seed=seed)
    return Correlations(rho, p, benjamini_hochberg(p))


def centred_ranks(layers: np.ndarray) -> np.ndarray:
    """Ranks over the documents, (layers, documents, components), less their mean; equal values share a rank."""
    return rankdata(layers, method="average", axis=1) - (layers.shape[1] + 1) / 2


def correlations_of(
    coordinates: Coordinates,
    labels: Mapping[str, Sequence[str | None]],
    *,
    permutations: int,
    seed: int,
    refit: Refit | None = None,
) -> pd.DataFrame:
    """The correlations of every model and seed, of all documents and of each label of each labelling.

    `labels` holds by labelling one label, or null, per document in order. Without `refit` all labels are seen in
    the one basis of `coordinates`, so component i is the same axis in all of them. With it, each label's
    documents are reduced anew: its axes are its own, and equal numbers mean nothing across labels. Labels that
    are too few for the reduction are logged, and their rho undefined. Graphs with heavy ties are logged, see
    `significance.heavily_tied`.

    The result is as `contracts.COMPONENTS` says; a model with a single layer has no rows.

    Raises ValueError if a labelling is empty text or does not have one value for each document.
    """
    documents = len(next(iter(coordinates.values())))
    found = {}
    for labelling, label, chosen in _parts(labels, documents):
        name = f"label '{label}' of {labelling}" if labelling else "all documents"
        fitted = _fitted(coordinates, chosen, refit if labelling else None, name=name)
        for (model, fit), layers in _by_fit(fitted):
            found[Key(model, fit, labelling, label)] = correlate(layers, permutations=permutations, seed=seed)
            _warn_of_ties(layers, name=f"{model}, seed {fit}, {name}")
    return pd.concat([_rows(key, found[key]) for key in sorted(found)], ignore_index=True)


def label_sizes(labels: Mapping[str, Sequence[str | None]], *, documents: int) -> dict[str, dict[str, int]]:
    """Documents of every label by labelling, of all of them under the empty one.

    >>> label_sizes({"area": ["b", "a", None, "b"]}, documents=4)
    {'': {'': 4}, 'area': {'a': 1, 'b': 2}}
    """
    sizes: dict[str, dict[str, int]] = {}
    for labelling, label, chosen in _parts(labels, documents):
        sizes.setdefault(labelling, {})[label] = int(chosen.sum())
    return sizes


def explained_variance(
    layers: Mapping[tuple[str, int, int], Mapping[str, Any]],
) -> dict[str, dict[str, list[list[float | None]]]]:
    """The share of its layer's variance that each component explains, by model and seed: (layers, components).

    `layers` are the attributes of each (model, seed, layer) of coordinates. None in constant layers; no entry for
    methods that explain no variance, such as UMAP.
    """
    shares: dict[str, dict[str, list[list[float | None]]]] = {}
    for (model, seed, _), attributes in sorted(layers.items()):
        if "explained_variance" in attributes:
            found = [None if np.isnan(share) else float(share) for share in attributes["explained_variance"]]
            shares.setdefault(model, {}).setdefault(str(seed), []).append(found)
    return shares


def _parts(labels: Mapping[str, Sequence[str | None]], documents: int) -> Iterator[tuple[str, str, np.ndarray]]:
    """Labelling, label and the documents that have it, (documents,) bool; all documents first."""
    if contracts.ALL_DOCUMENTS in labels:
        raise ValueError("a labelling has an empty name, which stands for all documents; give it another")
    yield contracts.ALL_DOCUMENTS, contracts.ALL_DOCUMENTS, np.ones(documents, dtype=bool)
    for labelling, values in sorted(labels.items()):
        column = pd.Series(values, dtype="str")
        if len(column) != documents:
            raise ValueError(
                f"labelling '{labelling}' has {len(column)} values, expected one for each of the {documents} documents"
            )
        for label in sorted(column.dropna().unique()):
            yield labelling, str(label), (column == label).to_numpy(dtype=bool)


def _fitted(coordinates: Coordinates, chosen: np.ndarray, refit: Refit | None, *, name: str) -> Coordinates:
    if refit is None:
        return {key: plane[chosen] for key, plane in coordinates.items()}
    try:
        return refit(chosen, name)
    except ReductionError as error:
        LOG.warning("%s: %s: its rho are undefined", name, error)
        return {key: np.zeros_like(plane[chosen]) for key, plane in coordinates.items()}


def _warn_of_ties(layers: np.ndarray, *, name: str) -> None:
    tied = heavily_tied(layers)
    if tied.any():
        LOG.warning(
            "%s: in %d of %d pairs each component has one value in more than %.0f %% of the documents: "
            "p and q of such pairs may be far too small",
            *(name, tied.sum(), tied.size, 100 * HEAVY),
        )


def _by_fit(coordinates: Coordinates) -> Iterator[tuple[tuple[str, int], np.ndarray]]:
    """Model and seed, and its layers as (layers, documents, components)."""
    for fit, keys in groupby(sorted(coordinates), key=lambda key: key[:2]):
        yield fit, np.stack([coordinates[key] for key in keys]).astype(np.float64)


def _rows(key: Key, found: Correlations) -> pd.DataFrame:
    layer, i, j = (axis.ravel().astype(np.int16) for axis in np.indices(found.rho.shape))
    named = {
        name: np.full(len(layer), value, dtype=np.int16)
        if name == "seed"
        else pd.array([value], dtype="str").repeat(len(layer))
        for name, value in key._asdict().items()
    }
    values = {"rho": found.rho.ravel(), "p": found.p.ravel(), "q": found.q.ravel()}
    return pd.DataFrame(named | {"layer": layer, "i": i, "j": j} | values)
