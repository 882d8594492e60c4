"""Which documents lie on which edges and in which regions: what every label subset, permutation and half-sample of
the documents is counted by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from nrag.graphs.nrags import Nrag, sums

_COLUMNS = 32
"""Subsets counted in one product: of 100,000 documents 256 take up to twice as long when they are counted together."""


@dataclass(frozen=True)
class Incidence:
    """The regions and edges of one model and seed, and each document's way through them.

    Regions and edges are numbered as in the NRAG of all these documents, which `nrag()` gives.
    """

    size: int
    """Cells along one side of the grid."""
    codes: np.ndarray
    """(regions,) int64, rising: (layer * size + x) * size + y."""
    region: np.ndarray
    """(layers, documents) int32: number of the region a document lies in."""
    source: np.ndarray
    """(edges,) number of the region an edge leaves; edges are sorted by source, then target."""
    target: np.ndarray
    """(edges,) number of the region an edge enters."""
    edge: np.ndarray
    """(layers - 1, documents) int32: number of the edge a document takes."""

    @property
    def layers(self) -> int:
        """Hidden states, embeddings first."""
        return len(self.region)

    @cached_property
    def layer(self) -> np.ndarray:
        """(regions,) layer of each region."""
        return self.codes // (self.size * self.size)

    @cached_property
    def edge_layer(self) -> np.ndarray:
        """(edges,) layer that an edge leaves."""
        return self.layer[self.source]

    @cached_property
    def by_region(self) -> csr_array:
        """(regions, documents) float32, 1 where a document lies in a region."""
        return _marks(self.region, len(self.codes))

    @cached_property
    def by_edge(self) -> csr_array:
        """(edges, documents) float32, 1 where a document takes an edge."""
        return _marks(self.edge, len(self.source))

    def documents(self, chosen: np.ndarray) -> np.ndarray:
        """(regions, columns): the chosen documents of each region; `chosen` is (documents, columns), 0 or 1."""
        return _counted(self.by_region, chosen)

    def weights(self, chosen: np.ndarray) -> np.ndarray:
        """(edges, columns): the chosen documents on each edge; `chosen` is (documents, columns), 0 or 1."""
        return _counted(self.by_edge, chosen)

    def nrag(self) -> Nrag:
        """The NRAG of all documents."""
        everyone = np.ones(self.region.shape[1], dtype=np.int64)
        return self.nrag_of(
            sums(self.region.ravel(), np.tile(everyone, self.layers), len(self.codes)),
            sums(self.edge.ravel(), np.tile(everyone, self.layers - 1), len(self.source)),
        )

    def nrag_of(self, documents: np.ndarray, weights: np.ndarray) -> Nrag:
        """The NRAG of some documents: `documents` (regions,) and `weights` (edges,) are how many of them are in each.

        Regions and edges without any are left out, and the others numbered anew.
        """
        occupied, taken = documents > 0, weights > 0
        number = np.cumsum(occupied) - 1
        codes = self.codes[occupied]
        return Nrag(
            layers=self.layers,
            size=self.size,
            layer=codes // (self.size * self.size),
            x=codes // self.size % self.size,
            y=codes % self.size,
            documents=documents[occupied].astype(np.int64),
            source=number[self.source[taken]],
            target=number[self.target[taken]],
            weight=weights[taken].astype(np.int64),
        )


def incidence_of(plane: np.ndarray, *, size: int, documents: Sequence[int] | np.ndarray | None = None) -> Incidence:
    """The incidence of the cells of one model and seed, (layers, documents, 2) as `regions.planes_of` gives them.

    With `documents`, their numbers, of these alone: regions and edges without any of them are left out.
    """
    chosen = plane if documents is None else plane[:, np.asarray(documents, dtype=np.int64)]
    layer = np.arange(len(chosen), dtype=np.int64)[:, None]
    cells = (layer * size + chosen[..., 0]) * size + chosen[..., 1]
    codes, region = np.unique(cells, return_inverse=True)
    region = region.reshape(cells.shape)
    pairs, edge = np.unique(region[:-1].astype(np.int64) * len(codes) + region[1:], return_inverse=True)
    return Incidence(
        size=size,
        codes=codes,
        region=region.astype(np.int32),
        source=pairs // max(len(codes), 1),
        target=pairs % max(len(codes), 1),
        edge=edge.reshape(region[:-1].shape).astype(np.int32),
    )


def _counted(marks: csr_array, chosen: np.ndarray) -> np.ndarray:
    """The product of the two, some columns at a time: what is read of a document then stays in the cache."""
    starts = range(0, max(chosen.shape[1], 1), _COLUMNS)
    # Counts stay far below 2**24, so float32 is exact, and half as large as float64.
    parts = (np.ascontiguousarray(chosen[:, start : start + _COLUMNS], dtype=np.float32) for start in starts)
    return np.concatenate([marks @ part for part in parts], axis=1)


def _marks(place: np.ndarray, rows: int) -> csr_array:
    """(rows, documents), 1 in the rows that `place`, (layers, documents), names for a document."""
    number = np.broadcast_to(np.arange(place.shape[1]), place.shape)
    ones = np.ones(place.size, dtype=np.float32)
    return csr_array((ones, (place.ravel(), number.ravel())), shape=(rows, place.shape[1]))
