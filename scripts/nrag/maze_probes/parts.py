"""Mazes to learn from and mazes to be judged by, which share no walls."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LOG = logging.getLogger("nrag")

JUDGED = 0.3
"""Share of the layouts whose mazes judge."""


class Parts(NamedTuple):
    """One parting of the mazes: (mazes,) bool each."""

    train: np.ndarray
    test: np.ndarray


def partings(layouts: Sequence[str], *, n_splits: int, seed: int) -> list[Parts]:
    """`n_splits` random partings of mazes of these layouts, of which the share `JUDGED` is the test part.

    Layouts are drawn, each as likely as any other, and their mazes follow, so that no layout is in both parts; at
    least one is in either. Where there is one layout alone, it is learned from, and nothing judges. What is drawn
    follows from the different layouts, the seed and the number of the split, whatever the order of the mazes.
    """
    names, members = np.unique(np.array(layouts), return_inverse=True)
    sides = (_drawn(len(names), [seed, split]) for split in range(n_splits))
    found = [Parts(~side[members], side[members]) for side in sides]
    if (different := len({parts.test.tobytes() for parts in found})) < n_splits:
        LOG.warning("%d of %d splits are different: layouts are few, and intervals too narrow", different, n_splits)
    return found


def held_back(layouts: np.ndarray, train: np.ndarray, *, seed: Sequence[int]) -> np.ndarray:
    """(mazes,) bool: those mazes of a training part, all of a layout or none, by which a choice may be judged.

    `layouts` are numbers, `train` is which mazes are learned from. None of one layout alone.
    """
    there = np.unique(layouts[train])
    kept = there[_drawn(len(there), [*seed, len(there)])]
    return train & np.isin(layouts, kept)


def _drawn(number: int, seed: Sequence[int]) -> np.ndarray:
    """(number,) bool: the share `JUDGED`, at least one and at most all but one."""
    chosen = np.zeros(number, dtype=bool)
    judged = min(max(round(JUDGED * number), 1), number - 1)
    chosen[np.random.default_rng(seed).permutation(number)[:judged]] = True
    return chosen
