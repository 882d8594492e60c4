"""What documents are probed by: hidden states, reduced coordinates and regions, each fitted without the test part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.linalg import eigh

from nrag import clustering
from nrag.probing.classifier import Parts, standardised
from nrag.probing.probes import FeatureSet
from nrag.probing.splits import ProbingError, Split
from nrag.reduction import Blocks, Layer, Reduction, fit_layer, moments_of
from nrag.reduction.linear import ROUNDING, principal_axes
from nrag.regions import FLAT, bin_axis, bin_edges, planes_of

LINEAR = ("pca", "svd")
"""Reductions that are fitted on the training part and map other documents; UMAP places only what it was fitted on."""

Rows = Mapping[str, np.ndarray]
"""By model, an array whose rows are the compared documents."""


class Grid(NamedTuple):
    """How a layer is divided into regions (see `nrag.regions` and `nrag.clustering`)."""

    bins: str
    size: int


@dataclass(frozen=True)
class Reduced:
    """A reduction of a space, with the grids that are laid over its planes."""

    name: str
    chosen: Reduction
    grids: Sequence[Grid] = ()
    coordinates: Mapping[tuple[str, int, int], np.ndarray] | None = None
    """By model, seed and layer, (documents, components), fitted on all documents; None to fit on the training part."""
    cells: Mapping[Grid, Mapping[tuple[str, int, int], np.ndarray]] = field(default_factory=dict)
    """By grid, then model, seed and layer: (documents,) number of each document's cell, where coordinates are given."""


def layer_features(
    states: Rows, layer: int, split: Split, reductions: Sequence[Reduced]
) -> Iterator[tuple[str, FeatureSet, Parts]]:
    """Model, name and features of everything that one layer of a space is probed by in one split.

    `states` are the members' hidden states, (documents, width). What is fitted here, is fitted on
    `split.train` alone: means and deviations of features, reductions, grids.

    Raises ProbingError for a reduction without coordinates that cannot be fitted on a part.
    """
    for model, rows in states.items():
        yield model, FeatureSet("states"), standardised(rows, split)
    for reduced in reductions:
        if reduced.coordinates is None:
            yield from _fitted_on_train(states, split, reduced)
        else:
            yield from _fitted_on_all(states, layer, split, reduced)


def _fitted_on_train(states: Rows, split: Split, reduced: Reduced) -> Iterator[tuple[str, FeatureSet, Parts]]:
    place = {"reduction": reduced.name, "seed": reduced.chosen.seeds[0], "fitted_on": "train"}
    if reduced.chosen.method not in LINEAR:
        raise ProbingError(f"{reduced.chosen.method} places no new documents: give its coordinates of all documents")
    planes = coordinates_from_train(states, split, reduced.chosen)
    for model, plane in planes.items():
        yield model, FeatureSet("coordinates", **place), standardised(plane, split)
    for grid in reduced.grids:
        if grid.bins == clustering.BINS:
            found = clusters_from_train(states, split, reduced.chosen, size=grid.size)
        else:
            found = cells_from_train(planes, split, **grid._asdict())
        for model, cells in found.items():
            yield model, FeatureSet("regions", **place, **grid._asdict()), one_hot(cells, split)


def _fitted_on_all(states: Rows, layer: int, split: Split, reduced: Reduced) -> Iterator[tuple[str, FeatureSet, Parts]]:
    for model in states:
        for seed in reduced.chosen.seeds:
            place = {"reduction": reduced.name, "seed": seed, "fitted_on": "all"}
            plane = reduced.coordinates[model, seed, layer]
            yield model, FeatureSet("coordinates", **place), standardised(plane, split)
            for grid in reduced.grids:
                cells = reduced.cells[grid][model, seed, layer]
                yield model, FeatureSet("regions", **place, **grid._asdict()), one_hot(cells, split)


def coordinates_from_train(states: Rows, split: Split, chosen: Reduction) -> dict[str, np.ndarray]:
    """All documents on the axes that the training documents of all members give, (documents, components) float32.

    As `nrag.reduction` does it on all documents: each model centred and scaled if the space says so, then
    standardised together, then PCA or SVD; moments and axes are those of the training documents. The sign
    of an axis is arbitrary where there are more features than training documents. A model whose training
    documents all have one vector takes no part and lies at 0, and so do all on components that the training
    documents do not span.
    """
    placed = {model: np.zeros((len(rows), chosen.components), dtype=np.float32) for model, rows in states.items()}
    layer = _layer_of_train(states, split, chosen)
    if layer is None:
        return placed
    origin = layer.moments.mean if chosen.method == "pca" else np.zeros_like(layer.moments.mean)
    axes = _axes(layer.matrix() - origin, chosen.components)
    for model in layer.members:
        placed[model][:, : axes.shape[1]] = (layer.maps[model](states[model]) - origin) @ axes
    return placed


def cells_from_train(planes: Rows, split: Split, *, size: int, bins: str) -> dict[str, np.ndarray]:
    """The cell of every document on the grid that spans the training documents of all members, (documents,) int64.

    `planes` are (documents, 2); a cell's number is x * size + y. A document outside the grid goes to the
    nearest bin of its axis. An axis of the training part that is flat (see `regions.FLAT`) is one bin.
    """
    train = np.concatenate([plane[split.train] for plane in planes.values()]).astype(np.float64)
    ranges = np.ptp(train, axis=0)
    cells = {model: np.zeros(len(plane), dtype=np.int64) for model, plane in planes.items()}
    for axis, step in ((0, size), (1, 1)):
        if ranges[axis] > FLAT * ranges.max():
            edges = bin_edges(train[:, axis], size=size, bins=bins)
            for model, plane in planes.items():
                cells[model] += step * np.clip(bin_axis(plane[:, axis].astype(np.float64), edges), 0, size - 1)
    return cells


def clusters_from_train(states: Rows, split: Split, chosen: Reduction, *, size: int) -> dict[str, np.ndarray]:
    """The cluster of every document, of those that k-means finds in the training documents of all members.

    (documents,) int64; at most `size`² clusters, see `nrag.clustering`. A test document belongs to the cluster with
    the nearest mean. The documents of a model whose training documents all have one vector belong to one.
    """
    found = {model: np.zeros(len(rows), dtype=np.int64) for model, rows in states.items()}
    layer = _layer_of_train(states, split, chosen)
    if layer is None:
        return found
    vectors = clustering.vectors_of(layer, chosen)
    numbers = clustering.clusters(vectors, size**2, seed=chosen.seeds[0])[vectors.place]
    sizes = np.bincount(numbers)[:, None]
    means = np.stack([np.bincount(numbers, feature) for feature in vectors.rows[vectors.place].T], axis=1) / sizes
    ends = np.cumsum(list(layer.documents.values()))[:-1]
    for model, of_train in zip(layer.members, np.split(numbers, ends), strict=True):
        rows = layer.maps[model](states[model][split.test]) - layer.moments.mean
        found[model][split.train] = of_train
        found[model][split.test] = np.argmin((means**2).sum(axis=1) - 2 * rows @ means.T, axis=1)
    return found


def cell_numbers(table: pd.DataFrame, rows: np.ndarray, *, size: int) -> dict[tuple[str, int, int], np.ndarray]:
    """The number of the cell, x * size + y, of the documents `rows`, by model, seed and layer (contracts.CELLS)."""
    return {
        (model, seed, layer): plane[rows, 0].astype(np.int64) * size + plane[rows, 1]
        for (model, seed), planes in planes_of(table).items()
        for layer, plane in enumerate(planes)
    }


def one_hot(cells: np.ndarray, split: Split) -> Parts:
    """A feature for each cell that holds training documents: 1 in it, 0 elsewhere; not standardised.

    Standardising would weigh a cell the more the fewer documents it has, and tells labels less well (docs/probing.md).
    A test document in a cell without training documents has zeros only. One cell for all tells nothing and is no
    feature.
    """
    occupied = np.unique(cells[split.train])
    occupied = occupied if len(occupied) > 1 else occupied[:0]
    hot = (cells[:, None] == occupied).astype(np.float64)
    return Parts(hot[split.train], hot[split.test])


def _layer_of_train(states: Rows, split: Split, chosen: Reduction) -> Layer | None:
    """A layer as the reduction sees its training documents, without models of which they all have one vector."""
    train = {model: rows[split.train] for model, rows in states.items()}
    moments = {model: each for model, rows in train.items() if not (each := moments_of([rows])).constant}
    return fit_layer({model: _once(train[model]) for model in moments}, moments, chosen) if moments else None


def _once(rows: np.ndarray) -> Blocks:
    return lambda: [rows]


def _axes(rows: np.ndarray, components: int) -> np.ndarray:
    """Right singular vectors of the largest singular values, as columns: exact, by the smaller of two matrices."""
    documents, features = rows.shape
    components = min(components, documents, features)
    if features <= documents:
        return principal_axes(rows.T @ rows, components)
    values, vectors = eigh(rows @ rows.T, subset_by_index=[documents - components, documents - 1])
    real = values > ROUNDING * values[-1]
    return rows.T @ (vectors[:, real] / np.sqrt(values[real]))[:, ::-1]
