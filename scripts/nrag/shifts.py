"""Regions of a grid that is moved by half a cell: where a grid begins is as arbitrary as a seed."""

from collections.abc import Collection, Mapping

import numpy as np

from nrag import regions

SHIFTS = {"x": (True, False), "y": (False, True), "xy": (True, True)}
"""By name, whether the grid is moved along the first and along the second coordinate."""

Planes = dict[tuple[str, int], np.ndarray]
"""By model and seed, (layers, documents, 2) int16: cells, as `regions.planes_of` gives them."""


def shifted_axis(values: np.ndarray, own: np.ndarray, *, size: int, bins: str) -> np.ndarray:
    """The cell, from 0 to `size`, int16, of each of `own` values in a grid of `values` that is moved by half a cell.

    Edges between cells lie halfway between those of `regions.bin_edges`: in the middle of equal bins, and at
    the quantiles (k + 1/2) / size. So there is a cell more, and the outer two are half as wide, or hold half as many
    documents. Cells are closed on the right; values that are all equal share the first cell.

    >>> values = np.array([0.0, 2.4, 2.6, 5.0, 7.6, 10.0])
    >>> shifted_axis(values, values, size=2, bins="equal")
    array([0, 0, 1, 1, 2, 2], dtype=int16)
    """
    middles = (np.arange(size) + 0.5) / size
    if bins == "equal":
        lowest, highest = float(values.min()), float(values.max())
        edges = lowest + middles * (highest - lowest)
    else:
        edges = np.quantile(values, middles)
    return np.searchsorted(edges, own).astype(np.int16)


def shifted_planes(
    planes: Mapping[tuple[str, int], np.ndarray],
    coordinates: Mapping[regions.Key, np.ndarray],
    *,
    size: int,
    bins: str,
    constant: Collection[regions.Key] = (),
) -> dict[str, Planes]:
    """By name of `SHIFTS`, the cells of every document in grids moved so, which have a cell more along what is moved.

    `planes` are the cells of the grid as it is, the others are as `regions.cells_of` takes them, and models that share
    a grid share the moved one. Empty where `bins` cut no grid: regions of k-means have no edges to be moved.
    """
    if bins not in regions.BINS:
        return {}
    moved = {key: np.empty_like(plane) for key, plane in planes.items()}
    for seed, layer, axes in regions.axes_of_grids(coordinates, constant):
        together = np.concatenate(list(axes.values()), axis=1)
        for (model, _, _), own in axes.items():
            for side, values in enumerate(together):
                moved[model, seed][layer, :, side] = shifted_axis(values, own[side], size=size, bins=bins)
    return {
        name: {key: np.where(chosen, moved[key], plane) for key, plane in planes.items()}
        for name, chosen in SHIFTS.items()
    }
