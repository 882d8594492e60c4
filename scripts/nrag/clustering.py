"""Regions of the hidden space itself: k-means of the states as the reduction reads them, without a projection.

The plane only places them: every region gets a cell of the grid of its own, near where its documents lie.
"""

import logging
from collections.abc import Collection, Mapping
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from nrag import regions
from nrag.reduction import Blocks, Layer, Reduction, fit_layer, moments_of
from nrag.reduction.manifold import comparable_rows

LOG = logging.getLogger("nrag")

BINS = "kmeans"
"""What the config calls these regions."""


class Vectors(NamedTuple):
    """The different vectors of a layer, and which of them each document has."""

    rows: np.ndarray
    """(vectors, features) float64, whose Euclidean distances the reduction compares: of length 1 under cosine."""
    place: np.ndarray
    """(documents,) row of each document, those of all members stacked in order."""


def cells_of(
    states: Mapping[str, Mapping[int, Blocks]],
    coordinates: Mapping[regions.Key, np.ndarray],
    chosen: Reduction,
    *,
    size: int,
    constant: Collection[regions.Key] = (),
) -> pd.DataFrame:
    """The cell of every document in every layer, as `contracts.CELLS` says, of at most `size`² regions a layer.

    `states` are the hidden states, by model and layer, that `chosen` reduced to `coordinates`, (documents, 2)
    by model, seed and layer. For each seed and layer the documents of all models together are clustered
    (`clusters`), and every cluster gets a cell of the grid that spans the plane (`cells_near`). Models of which
    the layer is `constant` take no part: their documents share the cell where equal bins would put them.
    """
    grids = sorted(regions.axes_of_grids(coordinates, constant), key=lambda grid: grid.layer)
    cells: dict[regions.Key, np.ndarray] = {}
    for layer, of_layer in groupby(grids, key=lambda grid: grid.layer):
        varied = [model for model in sorted(states) if (model, chosen.seeds[0], layer) not in constant]
        vectors = different_vectors({model: states[model][layer] for model in varied}, chosen) if varied else None
        for seed, _, axes in of_layer:
            places = _in_widths(np.concatenate(list(axes.values()), axis=1), size)
            # Right-closed bins of equal width, for the constant models.
            found = np.clip(np.ceil(places) - 1, 0, size - 1).astype(np.int16)
            documents = [plane.shape[1] for plane in axes.values()]
            if vectors is not None:
                moves = np.repeat([model in varied for model, _, _ in axes], documents)
                numbers = clusters(vectors, size**2, seed=seed)[vectors.place]
                found[:, moves] = cells_near(_means(places[:, moves], numbers), size=size)[:, numbers]
                _report(layer, seed, numbers, vectors, size)
            cells |= zip(axes, np.split(found, np.cumsum(documents)[:-1], axis=1), strict=True)
    return regions.table_of(cells)


def different_vectors(members: Mapping[str, Blocks], chosen: Reduction) -> Vectors:
    """The different vectors of a layer as the reduction reads them, none of whose members is constant."""
    return vectors_of(
        fit_layer(members, {model: moments_of(each()) for model, each in members.items()}, chosen), chosen
    )


def vectors_of(layer: Layer, chosen: Reduction) -> Vectors:
    """The different vectors of a layer that is standardised already."""
    first = layer.first_copies()
    rows = comparable_rows(layer, chosen.parameters.get("metric", "euclidean"), first)
    return Vectors(rows, np.unique(first, return_inverse=True)[1])


def clusters(vectors: Vectors, number: int, *, seed: int) -> np.ndarray:
    """The cluster of each vector, from 0, (vectors,) int64; of at most `number` vectors each is a cluster.

    Lloyd's algorithm from one start of k-means++ that `seed` draws, to scikit-learn's tolerance or 300 rounds; a
    vector weighs as many documents as have it. Another start gives other regions, as another seed of UMAP does.
    Draws depend on the order of the documents. Clusters that lose all their vectors do not count.

    Sources: Lloyd (1982), Least squares quantization in PCM; Arthur and Vassilvitskii (2007), k-means++.
    """
    if len(vectors.rows) <= number:
        return np.arange(len(vectors.rows))
    # Here, not above: bins that need no clusters are spared 70 MiB and a second.
    from sklearn.cluster import KMeans

    fit = KMeans(number, init="k-means++", n_init=1, max_iter=300, tol=1e-4, algorithm="lloyd", random_state=seed)
    labels = fit.fit(vectors.rows, sample_weight=np.bincount(vectors.place)).labels_
    return np.unique(labels, return_inverse=True)[1]


def cells_near(places: np.ndarray, *, size: int) -> np.ndarray:
    """A cell of its own for each of at most `size`² places: (2, places) int16, x and y.

    `places` are (2, places) in widths of a cell from the corner of the grid. Of all ways to give each its own
    cell the one with the least sum of squared distances from the middles of the cells.

    >>> cells_near(np.array([[0.4, 0.6, 1.9], [0.5, 0.5, 1.0]]), size=2)
    array([[0, 1, 1],
           [0, 0, 1]], dtype=int16)

    Source: Crouse (2016), On implementing 2D rectangular assignment algorithms.
    """
    middles = np.arange(size) + 0.5
    across, up = ((axis[:, None] - middles) ** 2 for axis in places)
    apart = (across[:, :, None] + up[:, None, :]).reshape(-1, size**2)
    return np.stack(np.divmod(linear_sum_assignment(apart)[1], size)).astype(np.int16)


# --------------------------------------------------------------------------------------- private


def _in_widths(axes: np.ndarray, size: int) -> np.ndarray:
    """Coordinates as widths of a cell from the corner of the grid that spans them; the middle on a flat axis."""
    lowest, ranges = axes.min(axis=1, keepdims=True), np.ptp(axes, axis=1, keepdims=True)
    return size * np.divide(axes - lowest, ranges, out=np.full_like(axes, 0.5), where=ranges > 0)


def _means(places: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return np.stack([np.bincount(numbers, axis) for axis in places]) / np.bincount(numbers)


def _report(layer: int, seed: int, numbers: np.ndarray, vectors: Vectors, size: int) -> None:
    found = numbers.max() + 1
    if found < size**2:
        different = f"{len(vectors.rows)} different vectors of {len(numbers)} documents"
        LOG.info("layer %d, seed %d: %d regions instead of %d: %s", layer, seed, found, size**2, different)
