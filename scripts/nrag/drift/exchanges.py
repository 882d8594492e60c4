"""What divergences of two checkpoints are held against: which documents change models, and which make up a half."""

from dataclasses import dataclass

import numpy as np

from nrag.statistics.drawing import disjoint

HALVES = 20
"""Pairs of halves that a floor is the mean of."""

_EXCHANGED, _HALVED = 1, 2
"""Part of the seeds: what is exchanged and what is halved are drawn by numbers of their own."""


@dataclass(frozen=True, eq=False)
class Exchanges:
    """Drawn once for a corpus, the same for all pairs of models, layers and seeds of a reduction."""

    exchanged: np.ndarray
    """(documents, permutations + 1) bool: whether a document's cells change models; none does in column 0."""
    halves: np.ndarray
    """(2, documents, HALVES) bool: two halves of the documents, in each column others."""


def exchanges(unit: np.ndarray, *, permutations: int, seed: int) -> Exchanges:
    """Random exchanges and halves of documents, of which those of one `unit`, numbers from 0, go together.

    If two models differ by chance alone, a document's cells are as likely to be the one's as the other's, so every
    exchange is as likely as what was seen: the paired randomisation of Fisher (1935), The Design of Experiments, §21,
    and Pitman (1937), Supplement to the JRSS 4, 119. The halves have ⌊documents / 2⌋ documents each if units are
    single, else whole units of about as many.

    >>> drawn = exchanges(np.array([0, 1, 1]), permutations=3, seed=0)
    >>> drawn.exchanged.astype(int)
    array([[0, 0, 0, 1],
           [0, 1, 1, 1],
           [0, 1, 1, 1]])
    """
    units = int(unit.max(initial=-1)) + 1
    exchanged = np.zeros((units, permutations + 1), dtype=bool)
    exchanged[:, 1:] = np.random.default_rng([seed, _EXCHANGED]).integers(0, 2, (units, permutations), dtype=np.uint8)
    halves = disjoint(unit, m=len(unit) // 2, number=HALVES, seed=(seed, _HALVED))
    return Exchanges(exchanged[unit], halves)
