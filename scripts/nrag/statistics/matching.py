"""As many documents of each label: the same random orders for the observed labelling and every permutation."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

_MATCHING = 4
"""Part of the seed. Permutations have none, half-samples 1 to 3."""


def priorities(documents: int, draws: int, seed: int | Sequence[int]) -> np.ndarray:
    """(draws, documents) int32: a random order of the documents, by their numbers, for each draw.

    It knows nothing of labels, so that a permutation is matched just as the observed labelling is.
    """
    orders = np.tile(np.arange(documents, dtype=np.int32), (draws, 1))
    return np.random.default_rng(seed).permuted(orders, axis=1)


def choices(documents: int, draws: int, seed: int) -> np.ndarray:
    """`priorities` by which labels are matched; of numbers that neither permutations nor half-samples are drawn by."""
    return priorities(documents, draws, (seed, 0, _MATCHING))


@dataclass(frozen=True, eq=False)
class Matching:
    """Labellings, and of each under several random orders the documents that leave labels of one size.

    The first m documents of each label in an order are kept, where m is the size of the labelling's smallest
    label: all documents if the labels are of one size, and none if a label has none.
    """

    labels: np.ndarray
    """(documents, columns), numbers from 0: a column is one labelling."""
    number: int
    """How many labels there are, of which a column may lack some."""
    orders: np.ndarray
    """(draws, documents), see `priorities`."""

    @cached_property
    def sizes(self) -> np.ndarray:
        """(labels, columns): documents of each label."""
        return np.stack([np.count_nonzero(self.labels == label, axis=0) for label in range(self.number)])

    @cached_property
    def whole(self) -> np.ndarray:
        """(labels,) bool: whether every labelling keeps all documents of a label, whatever the order."""
        return (self.sizes == self.sizes.min(axis=0)).all(axis=1)

    def kept(self, label: int, draw: int) -> np.ndarray:
        """(documents, columns) bool: the documents of a label that are kept in an order."""
        kept = self._place[draw][:, None] <= self._last[draw, label]
        kept &= self.labels == label
        return kept

    @cached_property
    def _place(self) -> np.ndarray:
        """(draws, documents) int32: each document's place in an order."""
        place = np.empty(self.orders.shape, dtype=np.int32)
        np.put_along_axis(place, self.orders, np.arange(place.shape[1], dtype=np.int32)[None], axis=1)
        return place

    @cached_property
    def _last(self) -> np.ndarray:
        """(draws, labels, columns) int32: the place of the last document that is kept, -1 if none is."""
        last = np.full((len(self.orders), *self.sizes.shape), -1, dtype=np.int32)
        last[:, self.whole] = len(self.labels)
        least = self.sizes.min(axis=0)
        # A row for each labelling, so that those of its documents that a label has are found in one pass.
        for column, labels in enumerate(np.ascontiguousarray(self.labels.T)):
            if least[column]:
                for draw, order in enumerate(self.orders):
                    turns = labels[order]
                    for label in np.flatnonzero(~self.whole):
                        last[draw, label, column] = np.flatnonzero(turns == label)[least[column] - 1]
        return last


def matched(labels: np.ndarray, order: np.ndarray, k: int) -> np.ndarray:
    """(k, documents, columns) bool: the documents of each of the `k` labels that `Matching` keeps in one order.

    `labels` is (documents, columns), with numbers from 0 to k - 1; `order`, (documents,), is a row of `priorities`.

    >>> labels = np.array([[0, 0], [0, 1], [0, 1], [1, 1]])
    >>> matched(labels, np.array([2, 0, 1, 3]), 2).astype(int)[..., 0]
    array([[0, 0, 1, 0],
           [0, 0, 0, 1]])
    """
    matching = Matching(labels, k, order[None])
    return np.stack([matching.kept(label, 0) for label in range(k)])
