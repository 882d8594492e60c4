"""Which documents lie on which edges and in which regions: what every label subset, permutation and half-sample of
the documents is counted by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import csc_array, csr_array

from nrag.graphs.nrags import Nrag, sums

_DOCUMENTS = 2**14
"""Documents counted in one product, few enough for uint16, which is twice as fast as float32, and for the cache."""


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
    def everyone(self) -> tuple[np.ndarray, np.ndarray]:
        """`counts` of all documents, one column."""
        return self.counts(np.ones((self.region.shape[1], 1), dtype=bool))

    def documents(self, chosen: np.ndarray) -> np.ndarray:
        """(regions, columns): the chosen documents of each region; `chosen` is (documents, columns), 0 or 1."""
        return _counted(self._by_region, chosen, len(self.codes))

    def weights(self, chosen: np.ndarray) -> np.ndarray:
        """(edges, columns): the chosen documents on each edge; `chosen` is (documents, columns), 0 or 1."""
        return _counted(self._by_edge, chosen, len(self.source))

    def counts(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`documents` and `weights` of the same choices, in half the time that they take one by one."""
        weights = self.weights(chosen)
        return (self._ends @ weights if self.layers > 1 else self.documents(chosen)), weights

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

    @cached_property
    def _by_region(self) -> list[list[csc_array]]:
        return _marks(self.region, self.layer)

    @cached_property
    def _by_edge(self) -> list[list[csc_array]]:
        return _marks(self.edge, self.edge_layer)

    @cached_property
    def _ends(self) -> csr_array:
        """(regions, edges) float32, 1 where an edge leaves a region, or enters it in the last layer."""
        last = np.flatnonzero(self.edge_layer == self.layers - 2)
        edges = np.arange(len(self.source))
        ends, edges = np.concatenate([self.source, self.target[last]]), np.concatenate([edges, last])
        return csr_array((np.ones(len(ends), dtype=np.float32), (ends, edges)), (len(self.codes), len(self.source)))


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


def _marks(place: np.ndarray, layer: np.ndarray) -> list[list[csc_array]]:
    """For each block of documents and layer, (places of the layer, documents) uint16: 1 where a document is.

    `place` is (layers, documents), the number of a document's place in each layer, and `layer`, (places,), rises.
    """
    starts = np.searchsorted(layer, np.arange(len(place) + 1))
    found = []
    for block in np.split(place, range(_DOCUMENTS, place.shape[1], _DOCUMENTS), axis=1):
        documents = block.shape[1]
        ones, one_each = np.ones(documents, dtype=np.uint16), np.arange(documents + 1, dtype=np.int32)
        found.append(
            [
                csc_array((ones, each - start, one_each), shape=(stop - start, documents))
                for each, (start, stop) in zip(block, pairwise(starts.tolist()), strict=True)
            ]
        )
    return found


def _counted(marks: list[list[csc_array]], chosen: np.ndarray, places: int) -> np.ndarray:
    """(places, columns) float32, which is exact: counts stay far below 2**24.

    The chosen documents are read in their order and added up in the places of one layer, which fit the cache.
    """
    found = np.zeros((places, chosen.shape[1]), dtype=np.float32)
    for number, of_layers in enumerate(marks):
        part = chosen[number * _DOCUMENTS : (number + 1) * _DOCUMENTS]
        part = np.ascontiguousarray(part, dtype=np.uint16)
        stop = 0
        for each in of_layers:
            start, stop = stop, stop + each.shape[0]
            found[start:stop] += each @ part
    return found
