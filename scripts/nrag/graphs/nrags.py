"""The NRAG as arrays: the form that metrics are computed on and that exports are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from nrag import regions
from nrag.contracts import GraphKey as Key


@dataclass(frozen=True, eq=False)
class Nrag:
    """One NRAG as arrays; regions sorted by layer, x, y; edges sorted by source, target."""

    layers: int
    """Hidden states of the model, of which the last has index `layers - 1`, whether occupied or not."""
    size: int
    """Cells along each axis of the grid."""
    layer: np.ndarray
    """(regions,) layer of each region."""
    x: np.ndarray
    """(regions,) cell along the first coordinate."""
    y: np.ndarray
    """(regions,) cell along the second coordinate."""
    documents: np.ndarray
    """(regions,) documents of the label in each region."""
    source: np.ndarray
    """(edges,) number of the region an edge leaves."""
    target: np.ndarray
    """(edges,) number of the region an edge enters."""
    weight: np.ndarray
    """(edges,) documents of the label in both."""

    @cached_property
    def codes(self) -> np.ndarray:
        """(regions,) one rising integer for layer, x and y, comparable between NRAGs of one grid."""
        return (self.layer.astype(np.int64) * self.size + self.x) * self.size + self.y

    @cached_property
    def in_degree(self) -> np.ndarray:
        """(regions,) edges that enter a region."""
        return np.bincount(self.target, minlength=len(self.layer))

    @cached_property
    def out_degree(self) -> np.ndarray:
        """(regions,) edges that leave a region."""
        return np.bincount(self.source, minlength=len(self.layer))

    @cached_property
    def in_strength(self) -> np.ndarray:
        """(regions,) documents on the edges that enter a region."""
        return sums(self.target, self.weight, len(self.layer))

    @cached_property
    def out_strength(self) -> np.ndarray:
        """(regions,) documents on the edges that leave a region."""
        return sums(self.source, self.weight, len(self.layer))


def nrags_of(edges: pd.DataFrame, cells: pd.DataFrame, *, size: int) -> dict[Key, Nrag]:
    """Every NRAG of the tables, by model, seed, labelling and label, in the order of `edges`.

    The regions of a label are those its documents occupy in any layer, the last one included. The
    number of layers is the model's, from `cells`; `size` is the grid's. A model with a single layer
    has no edges: its regions and their documents come from `cells`, for all documents only.
    """
    planes = regions.planes_of(cells)
    columns = [edges[name].to_numpy(np.int64) for name in ("layer", "x0", "y0", "x1", "y1", "documents")]
    nrags = {}
    for values, rows in regions.runs_of(edges, Key._fields):
        key = Key(*values)
        layers = len(planes[key.model, key.seed])
        nrags[key] = _nrag(*(column[rows] for column in columns), layers=layers, size=size)
    for (model, seed), plane in planes.items():
        if len(plane) == 1:
            nrags[Key(model, seed)] = _unlinked(plane[0], size=size)
    return nrags


def nrag_of(edges: pd.DataFrame, *, layers: int, size: int) -> Nrag:
    """The NRAG of one label's edges: layer, x0, y0, x1, y1, documents, sorted so; its edges are the rows in order."""
    columns = (edges[name].to_numpy(np.int64) for name in ("layer", "x0", "y0", "x1", "y1", "documents"))
    return _nrag(*columns, layers=layers, size=size)


def compose(nrags: Sequence[Nrag]) -> Nrag:
    """The NRAG whose regions and edges are those of any of `nrags`, with documents and weights summed.

    For labels of one labelling, which share no document, this is the NRAG of their documents together.

    Raises ValueError for no NRAG at all, and for grids of different size.
    """
    sizes = {nrag.size for nrag in nrags}
    if len(sizes) != 1:
        raise ValueError(f"cannot compose NRAGs of grid sizes {sorted(sizes)}, expected one size")
    codes, place = np.unique(np.concatenate([nrag.codes for nrag in nrags]), return_inverse=True)
    places = np.split(place, np.cumsum([len(nrag.codes) for nrag in nrags])[:-1])
    source = np.concatenate([numbers[nrag.source] for numbers, nrag in zip(places, nrags, strict=True)])
    target = np.concatenate([numbers[nrag.target] for numbers, nrag in zip(places, nrags, strict=True)])
    edges, edge = np.unique(source * len(codes) + target, return_inverse=True)
    size = sizes.pop()
    return Nrag(
        layers=max(nrag.layers for nrag in nrags),
        size=size,
        **_positions(codes, size),
        documents=sums(place, np.concatenate([nrag.documents for nrag in nrags]), len(codes)),
        source=edges // len(codes),
        target=edges % len(codes),
        weight=sums(edge, np.concatenate([nrag.weight for nrag in nrags]), len(edges)),
    )


def example() -> Nrag:
    """The NRAG that the docstrings of the metrics are worked on: three layers, five regions, five documents.

    Three documents go a → c → e, one a → c → f, one a → d → f::

        layer 0      1        2
              a ─4─▸ c ──3──▸ e        a = 0_0_0   c = 1_0_0   e = 2_0_0
              │      └───1──▸ f                    d = 1_0_1   f = 2_0_1
              └─1──▸ d ──1──▸ f

    >>> example().documents
    array([5, 4, 1, 3, 2])
    """
    layer, y0, y1, documents = np.array([(0, 0, 0, 4), (0, 0, 1, 1), (1, 0, 0, 3), (1, 0, 1, 1), (1, 1, 1, 1)]).T
    x = np.zeros_like(layer)
    return _nrag(layer, x, y0, x, y1, documents, layers=3, size=2)


def _nrag(
    layer: np.ndarray,
    x0: np.ndarray,
    y0: np.ndarray,
    x1: np.ndarray,
    y1: np.ndarray,
    weight: np.ndarray,
    *,
    layers: int,
    size: int,
) -> Nrag:
    here, there = (layer * size + x0) * size + y0, ((layer + 1) * size + x1) * size + y1
    # Marking cells in a table of all of them is five times faster than sorting the ends of the edges.
    occupied = np.zeros(layers * size * size, dtype=bool)
    occupied[here] = occupied[there] = True
    codes = np.flatnonzero(occupied)
    number = np.cumsum(occupied) - 1
    source, target = number[here], number[there]
    # Every document of a region leaves it again, but in the last layer, where it only arrives.
    leaving, arriving = sums(source, weight, len(codes)), sums(target, weight, len(codes))
    return Nrag(
        layers=layers,
        size=size,
        **_positions(codes, size),
        documents=np.maximum(leaving, arriving),
        source=source,
        target=target,
        weight=weight,
    )


def _unlinked(plane: np.ndarray, *, size: int) -> Nrag:
    codes, documents = np.unique(plane[:, 0].astype(np.int64) * size + plane[:, 1], return_counts=True)
    none = np.empty(0, dtype=np.int64)
    positions = _positions(codes, size)
    return Nrag(layers=1, size=size, **positions, documents=documents, source=none, target=none, weight=none)


def _positions(codes: np.ndarray, size: int) -> dict[str, np.ndarray]:
    return {"layer": codes // (size * size), "x": codes // size % size, "y": codes % size}


def sums(place: np.ndarray, values: np.ndarray, length: int) -> np.ndarray:
    """(length,) int64: the sum of the integer `values` at each `place`."""
    # Sums of documents stay far below 2**53, so the float64 of bincount is exact.
    return np.bincount(place, values, length).astype(np.int64)
