"""Random documents of each label without replacement, documents that belong together taken together."""

import numpy as np

from nrag.statistics.columns import sums
from nrag.statistics.matching import priorities


def samples(
    labels: np.ndarray, unit: np.ndarray, k: int, *, m: int, number: int, seed: int | tuple[int, ...]
) -> np.ndarray:
    """(k, documents, number) bool: random documents of each label without replacement, m of each if units are single.

    `labels` is (documents,), or (documents, number) with labels of its own for each sample, and `unit` (documents,);
    both are numbers from 0, and documents of one unit belong together. The units stand in a random order, one
    for all labels. Each label takes its documents of the first units: of as many units as bring it nearest to m
    documents, of the fewer if two numbers are as near; so of none if the first unit has 2 m or more. No unit
    is parted within a label; where all units are pairs of two labels, pairs are not parted either. Samples of one seed
    are nested: those of a smaller m are part of those of a larger.

    >>> samples(np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 2, 3, 4]), 2, m=2, number=3, seed=0).astype(int)[0]
    array([[0, 0, 1],
           [0, 0, 1],
           [0, 1, 0],
           [1, 1, 0],
           [0, 0, 0],
           [0, 0, 0]])
    """
    units = int(unit.max(initial=-1)) + 1
    order = priorities(units, number, seed).T
    labels = np.broadcast_to(labels if labels.ndim == 2 else labels[:, None], (len(unit), number))
    chosen = np.zeros((k, len(unit), number), dtype=bool)
    for label in range(k):
        of_label = labels == label
        turn = np.take_along_axis(sums(unit, of_label.astype(np.float64), units), order, axis=0)
        chosen[label] = of_label & _taken(turn, order, m)[unit]
    return chosen


def disjoint(unit: np.ndarray, *, m: int, number: int, seed: int | tuple[int, ...]) -> np.ndarray:
    """(2, documents, number) bool: two samples without a common document, m documents each if units are single.

    As `samples` of one label draws them, one after the other from one random order of the units. The second takes
    what is left where that is less than m.

    >>> one, other = disjoint(np.arange(4), m=2, number=3, seed=0).astype(int)
    >>> one.tolist(), (one + other).tolist()
    ([[1, 0, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1]], [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]])
    """
    units = int(unit.max(initial=-1)) + 1
    order = priorities(units, number, seed).T
    turn = np.bincount(unit, minlength=units).astype(np.float64)[order]
    first = _taken(turn, order, m)
    rest = np.where(np.take_along_axis(first, order, axis=0), 0, turn)
    # A unit of the first sample has nothing left to give, and may not count as taken by the second.
    second = _taken(rest, order, m) & ~first
    return np.stack([first[unit], second[unit]])


def _taken(turn: np.ndarray, order: np.ndarray, m: int) -> np.ndarray:
    """(units, number) bool: the units taken, where `turn` has the documents of each in its `order`."""
    taken = np.empty(order.shape, dtype=bool)
    # With c documents before a unit of s, it is taken if c + s is nearer to m than c is: c + (c + s) < 2 m.
    np.put_along_axis(taken, order, 2 * np.cumsum(turn, axis=0) - turn < 2 * m, axis=0)
    return taken
