"""Regions: from a layer's plane of coordinates to the cell each document falls in.

The grid of a layer spans the documents of every model of the space, so that a cell means the same
place for all of them. Labels play no part here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

BINS = ("equal", "quantile")
"""Bins of equal width over the range, or of equal numbers of documents."""

MAX_SIZE = 500
"""Largest grid: one integer must hold a label and two cells, and an array all cells of all layers."""

FLAT = 1e-5
"""ASSUME an axis narrower than this share of the plane's wider one holds only rounding noise: hidden
states are float32, so a second axis below 1e-5 of the first is the noise of documents on a line."""

LOWEST_EDGE = 0.001
"""Share of the range by which the lowest edge is lowered, so that the smallest value has a bin."""

Key = tuple[str, int, int]
"""Model, seed, layer."""

BinEdges = dict[int, dict[int, dict[str, list[float]]]]
"""By seed and layer: the `size + 1` edges of the bins along x and along y."""


class GridAxes(NamedTuple):
    """What one grid spans: the documents of every model in one layer under one seed."""

    seed: int
    layer: int
    axes: dict[Key, np.ndarray]
    """By key, in order: (2, documents) float64, the plane's axes."""


class Binned(NamedTuple):
    """Cells, and the grid they were cut with."""

    cells: pd.DataFrame
    """As `contracts.CELLS` says."""
    bin_edges: BinEdges


def bin_edges(values: np.ndarray, *, size: int, bins: str) -> np.ndarray:
    """The `size + 1` edges, float64 and never falling, of right-closed bins that hold all `values`.

    `equal`: bins of one width between the smallest and the largest value, as `pandas.cut` and
    LLM-MRI make them; the edges are computed in float64 whatever the values are. `quantile`: edges at
    the quantiles k / size, interpolated linearly; repeated values can make edges coincide, and the
    bins between them then stay empty. In both, the lowest edge lies 0.1 % of the range below the
    smallest value. Values that are all equal get edges around them that put them into the middle
    bin, the lower one of two.

    >>> bin_edges(np.array([0.0, 3.0, 10.0]), size=2, bins="equal")
    array([-0.01,  5.  , 10.  ])
    >>> bin_edges(np.array([0.0, 3.0, 10.0]), size=2, bins="quantile")
    array([-0.01,  3.  , 10.  ])
    """
    lowest, highest = float(values.min()), float(values.max())
    if lowest == highest:
        return _edges_around(lowest, size)
    if bins == "equal":
        edges = np.linspace(lowest, highest, size + 1)
    else:
        edges = np.quantile(values, np.linspace(0, 1, size + 1))
    edges[0] -= LOWEST_EDGE * (highest - lowest)
    return edges


def bin_axis(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Index, from 0, int16, of the right-closed bin each value falls in.

    A value on an inner edge belongs to the lower bin. Of bins between coinciding edges the first
    takes the values. Values outside the edges are not expected and get -1 or `len(edges) - 1`.

    >>> bin_axis(np.array([0.0, 5.0, 5.1, 10.0]), np.array([-0.01, 5.0, 10.0]))
    array([0, 0, 1, 1], dtype=int16)
    """
    return (np.searchsorted(edges, values) - 1).astype(np.int16)


def cells_of(
    coordinates: Mapping[Key, np.ndarray], *, size: int, bins: str = "equal", constant: Collection[Key] = ()
) -> Binned:
    """The cell of every document in every layer of every model and seed, on `size` by `size` grids.

    `coordinates` are (documents, 2) by model, seed and layer. Models that share a seed and layer
    share its grid. Documents of a `constant` layer (all vectors alike) are put on one point before
    anything else, so rounding noise never splits them: alone in their space they share the middle
    cell, (4, 4) of 10 by 10. An axis narrower than `FLAT` of the wider one is treated alike.

    Raises ValueError for a size or bins that do not exist, coordinates that are not (documents, 2),
    and coordinates that are not finite.
    """
    if not 1 <= size <= MAX_SIZE:
        raise ValueError(f"the grid size is {size}, expected 1 to {MAX_SIZE}")
    if bins not in BINS:
        raise ValueError(f"bins are '{bins}', expected one of {', '.join(BINS)}")
    cells: dict[Key, np.ndarray] = {}
    edges: BinEdges = {}
    for seed, layer, planes in axes_of_grids(coordinates, constant):
        axes = np.concatenate(list(planes.values()), axis=1)
        x, y = (bin_edges(axis, size=size, bins=bins) for axis in axes)
        for key, plane in planes.items():
            cells[key] = np.stack([bin_axis(plane[0], x), bin_axis(plane[1], y)])
        edges.setdefault(seed, {})[layer] = {"x": x.tolist(), "y": y.tolist()}
    return Binned(table_of(cells), edges)


def axes_of_grids(coordinates: Mapping[Key, np.ndarray], constant: Collection[Key] = ()) -> Iterator[GridAxes]:
    """The axes of each grid, sorted by seed and layer.

    Documents of a `constant` layer lie on one point, and all on the middle of an axis that is narrower than
    `FLAT` of the wider one.

    Raises ValueError for coordinates that are not (documents, 2), and for those that are not finite.
    """
    for (seed, layer), keys in groupby(sorted(coordinates, key=lambda key: key[1:]), key=lambda key: key[1:]):
        planes = {key: _axes(coordinates[key], key, constant=key in constant) for key in sorted(keys)}
        axes = _without_flat_axes(np.concatenate(list(planes.values()), axis=1))
        ends = np.cumsum([plane.shape[1] for plane in planes.values()])
        yield GridAxes(seed, layer, dict(zip(planes, np.split(axes, ends[:-1], axis=1), strict=True)))


def table_of(cells: Mapping[Key, np.ndarray]) -> pd.DataFrame:
    """Cells by model, seed and layer, (2, documents) int16, as the table that `contracts.CELLS` describes."""
    keys = sorted(cells)
    sizes = [cells[key].shape[1] for key in keys]
    models, seeds, layers = zip(*keys, strict=True)
    x, y = np.concatenate([cells[key] for key in keys], axis=1)
    return pd.DataFrame(
        {
            "model": pd.array(models, dtype="str").repeat(sizes),
            "seed": np.repeat(np.array(seeds, dtype=np.int16), sizes),
            "layer": np.repeat(np.array(layers, dtype=np.int16), sizes),
            "document": np.concatenate([np.arange(size, dtype=np.int32) for size in sizes]),
            "x": x,
            "y": y,
        }
    )


def occupied(cells: pd.DataFrame) -> dict[str, dict[int, dict[int, int]]]:
    """Number of occupied cells by model, seed and layer.

    >>> cells, _ = cells_of({("m", 0, 0): np.array([[0.0, 9.0], [9.0, 0.0], [9.0, 0.1]])}, size=3)
    >>> occupied(cells)
    {'m': {0: {0: 2}}}
    """
    counts: dict[str, dict[int, dict[int, int]]] = {}
    for (model, seed), layers in planes_of(cells).items():
        codes = layers[..., 0].astype(np.int64) * MAX_SIZE + layers[..., 1]
        counts.setdefault(model, {})[seed] = {layer: len(np.unique(row)) for layer, row in enumerate(codes)}
    return counts


def layers_by_model(keys: Iterable[Key], chosen: Collection[Key]) -> dict[str, dict[int, list[int]]]:
    """The `chosen` layers by model and seed; every model and seed of `keys` is there.

    >>> layers_by_model([("m", 0, 0), ("m", 0, 1), ("n", 0, 0)], {("m", 0, 1)})
    {'m': {0: [1]}, 'n': {0: []}}
    """
    layers: dict[str, dict[int, list[int]]] = {}
    for model, seed, layer in sorted(keys):
        listed = layers.setdefault(model, {}).setdefault(seed, [])
        if (model, seed, layer) in chosen:
            listed.append(layer)
    return layers


def planes_of(cells: pd.DataFrame) -> dict[tuple[str, int], np.ndarray]:
    """The cells of each model and seed as (layers, documents, 2) int16: x, y of a document in a layer.

    Raises ValueError if a layer between 0 and the last one, or a document, is missing or out of order.
    """
    xy = np.column_stack([cells["x"].to_numpy(np.int16), cells["y"].to_numpy(np.int16)])
    layer, document = cells["layer"].to_numpy(), cells["document"].to_numpy()
    planes = {}
    for (model, seed), rows in runs_of(cells, ["model", "seed"]):
        shape = int(layer[rows].max()) + 1, int(document[rows].max()) + 1
        complete = (
            len(xy[rows]) == shape[0] * shape[1]
            and (layer[rows].reshape(shape) == np.arange(shape[0])[:, None]).all()
            and (document[rows].reshape(shape) == np.arange(shape[1])).all()
        )
        if not complete:
            raise ValueError(
                f"cells of model {model}, seed {seed} have {len(xy[rows])} rows, expected one for each of "
                f"{shape[0]} layers and {shape[1]} documents, sorted so"
            )
        planes[model, int(seed)] = xy[rows].reshape(*shape, 2)
    return planes


def runs_of(table: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[tuple, slice]]:
    """Values of `columns` and the rows, for each run of neighbouring rows that agree in them.

    >>> list(runs_of(pd.DataFrame({"a": ["x", "x", "y"], "b": [1, 1, 1]}), ["a", "b"]))
    [(('x', 1), slice(0, 2, None)), (('y', 1), slice(2, 3, None))]
    """
    # Ten times faster than comparing pandas' strings row by row, or grouping by them.
    options = pc.RunEndEncodeOptions(pa.int64())
    arrays = [_whole(pa.array(table[name])) for name in columns]
    stops = np.unique(np.concatenate([pc.run_end_encode(array, options=options).run_ends for array in arrays]))
    for start, stop in zip([0, *stops[:-1].tolist()], stops.tolist(), strict=len(table) > 0):
        yield tuple(array[start].as_py() for array in arrays), slice(start, stop)


# --------------------------------------------------------------------------------------- private


def _whole(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    # Strings of a file come in one chunk per row group.
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _axes(plane: np.ndarray, key: Key, *, constant: bool) -> np.ndarray:
    """(2, documents) float64: the plane's axes, each contiguous."""
    where = "model {}, seed {}, layer {}".format(*key)
    if plane.ndim != 2 or plane.shape[1] != 2:
        raise ValueError(
            f"coordinates of {where} have the shape {plane.shape}, expected (documents, 2): "
            "regions are cut from planes, so the reduction needs components: 2"
        )
    if not plane.size:
        raise ValueError(f"coordinates of {where} hold no documents, expected at least one")
    axes = plane.T.astype(np.float64, order="C")
    if not np.isfinite(axes).all():
        bad = np.count_nonzero(~np.isfinite(axes).all(axis=0))
        raise ValueError(
            f"coordinates of {where}: {bad} of {len(plane)} documents are not finite, expected none; "
            "delete the coordinates and look into the hidden state of this layer"
        )
    # The middle of the range does not depend on the order of the documents, as a mean would.
    return np.broadcast_to(_middle(axes), axes.shape) if constant else axes


def _without_flat_axes(axes: np.ndarray) -> np.ndarray:
    ranges = np.ptp(axes, axis=1, keepdims=True)
    flat = ranges <= FLAT * ranges.max()
    return np.where(flat, _middle(axes), axes) if flat.any() else axes


def _middle(axes: np.ndarray) -> np.ndarray:
    return (axes.min(axis=1, keepdims=True) + axes.max(axis=1, keepdims=True)) / 2


def _edges_around(value: float, size: int) -> np.ndarray:
    margin = LOWEST_EDGE * abs(value) if value else LOWEST_EDGE
    edges = np.linspace(value - margin, value + margin, size + 1)
    if size % 2 == 0:
        # The middle edge is the value; rounding must not put it below, into the upper bin.
        edges[size // 2] = value
    return edges
