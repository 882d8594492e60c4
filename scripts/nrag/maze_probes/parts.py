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
    number = min(max(round(JUDGED * len(names)), 1), len(names) - 1)
    found = []
    for split in range(n_splits):
        chosen = np.zeros(len(names), dtype=bool)
        chosen[np.random.default_rng([seed, split]).permutation(len(names))[:number]] = True
        found.append(Parts(~chosen[members], chosen[members]))
    if (different := len({parts.test.tobytes() for parts in found})) < n_splits:
        LOG.warning("%d of %d splits are different: layouts are few, and intervals too narrow", different, n_splits)
    return found
