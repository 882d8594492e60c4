"""As many documents of each label: the same random orders for the observed labelling and every permutation."""

from collections.abc import Sequence

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


def matched(labels: np.ndarray, order: np.ndarray, k: int) -> np.ndarray:
    """(k, documents, columns) bool: the documents of each of the `k` labels that are kept, column by column.

    `labels` is (documents, columns), with numbers from 0 to k - 1; `order`, (documents,), is a row of `priorities`.
    The first m documents of each label in this order are kept, where m is the size of the column's
    smallest label: all documents if the labels are of one size, and none if a label has none.

    >>> labels = np.array([[0, 0], [0, 1], [0, 1], [1, 1]])
    >>> matched(labels, np.array([2, 0, 1, 3]), 2).astype(int)[..., 0]
    array([[0, 0, 1, 0],
           [0, 0, 0, 1]])
    """
    kept = labels == np.arange(k, dtype=labels.dtype)[:, None, None]
    sizes = np.count_nonzero(kept, axis=1)
    least = sizes.min(axis=0)
    for documents, size in zip(kept, sizes, strict=True):
        (surplus,) = np.nonzero(size > least)
        if len(surplus):
            turns = documents[np.ix_(order, surplus)]
            first = turns & (np.cumsum(turns, axis=0, dtype=np.int32) <= least[surplus])
            documents[np.ix_(order, surplus)] = first
    return kept
