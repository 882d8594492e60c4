"""The nearest others of documents in a hidden state: found once, for every reduction, seed and grid."""

from dataclasses import dataclass

import numpy as np

from nrag.distinct import first_copies
from nrag.reduction import nearest_neighbours

NEIGHBOURS = 15
"""Nearest others of a document: as many as trustworthiness asks for."""

JUDGED = 5000
"""Documents that are judged at most, each against all others: time then grows with the documents, not their square."""


@dataclass(frozen=True)
class Neighbourhoods:
    """The nearest others of some documents of a hidden state; numbers below are places in `documents`."""

    states: int
    """Documents of the hidden state, copies and zero vectors too."""
    documents: np.ndarray
    """(vectors,) numbers of the documents that stand for the different vectors, rising; zero vectors are left out."""
    judged: np.ndarray
    """(judged,) those whose neighbours are known, rising."""
    nearest: np.ndarray
    """(judged, k) their nearest others, the nearest first."""


def neighbourhoods_of(
    states: np.ndarray, *, neighbours: int = NEIGHBOURS, judged: int = JUDGED, seed: int = 0
) -> Neighbourhoods:
    """The `neighbours` nearest others, by cosine, of at most `judged` documents of a hidden state, (documents, width).

    The states are taken as the model has them, neither centred nor standardised, whatever a reduction does to
    them and whatever its metric: one yardstick for all reductions, and what standardising changes counts as
    changed. Neighbours are exact, equally near ones by their number; all others, where there are not more. Of
    documents with the same vector (`nrag.distinct`) the first stands for all: copies share every region, which
    says nothing of it. Documents with the zero vector, for which cosine is undefined, are left out. Of more than
    `judged` different vectors so many are drawn by `seed`, without replacement; their neighbours are among all.

    Raises ValueError for states that are not finite.

    >>> found = neighbourhoods_of(np.array([[0.0, 1], [0.1, 1], [0.1, 1], [2.0, 1], [0.0, 0]]), neighbours=1)
    >>> found.documents.tolist(), found.nearest.tolist()
    ([0, 1, 3], [[1], [0], [1]])
    """
    if not np.isfinite(states).all():
        bad = np.count_nonzero(~np.isfinite(states).all(axis=1))
        raise ValueError(f"{bad} of {len(states)} hidden states are not finite")
    documents = np.unique(first_copies([[states]])) if len(states) else np.arange(0)
    rows = states[documents].astype(np.float64)
    norms = np.linalg.norm(rows, axis=1)
    documents, rows, norms = documents[norms > 0], rows[norms > 0], norms[norms > 0]
    rows /= norms[:, None]
    chosen = np.arange(len(rows))
    if len(rows) > judged:
        chosen = np.sort(np.random.default_rng(seed).choice(len(rows), judged, replace=False))
    k = min(neighbours, len(rows) - 1)
    if k < 1:
        return Neighbourhoods(len(states), documents, chosen, np.empty((len(chosen), 0), dtype=np.int32))
    return Neighbourhoods(len(states), documents, chosen, nearest_neighbours(rows, k + 1, chosen=chosen)[0][:, 1:])
