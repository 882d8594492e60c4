"""Which neurons tell a region's documents, or a label's, from the others."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from nrag.corrections import benjamini_hochberg

FEWEST = 5
"""Documents of a region below which nothing is said of it."""

SHOWN = 10
"""Neurons that are listed for a region or label, those that tell it best."""


def strengths(highest: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """(documents, 2 * neurons) float32: how strongly each neuron fires in each document, all + before all -.

    `highest` and `lowest` (documents, neurons) are the extremes over a document's tokens.
    """
    return np.hstack([np.maximum(highest, 0), np.maximum(-lowest, 0)])


def separation(strength: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(sets, columns) float64 AUC, and p of it, two-sided, of each set of documents against all others.

    `strength` (documents, columns), `member` (documents, sets) bool. AUC is the chance that a document of the set
    has the larger value, ties half (Mann and Whitney 1947); p is that of the normal approximation with its correction
    for ties. NaN where a set is empty or holds all documents, p 1 where all values are equal.
    """
    documents = len(strength)
    ranks = rankdata(strength, axis=0)
    inside = member.sum(axis=0).astype(float)[:, None]
    outside = documents - inside
    above = member.T.astype(float) @ ranks - inside * (inside + 1) / 2
    ties = np.array([_ties(column) for column in ranks.T])
    variance = inside * outside / 12 * ((documents + 1) - ties / max(documents * (documents - 1), 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        auc = np.where(inside * outside > 0, above / (inside * outside), np.nan)
        z = (above - inside * outside / 2) / np.sqrt(variance)
    p = np.where(variance > 1e-9, 2 * norm.sf(np.abs(z)), 1.0)
    return auc, np.where(inside * outside > 0, p, np.nan)


def linked(
    strength: np.ndarray, member: np.ndarray, neurons: np.ndarray, untrained: Sequence[np.ndarray] = ()
) -> pd.DataFrame:
    """Of each set of documents the neurons that tell it best, with `set`, its place in `member`.

    `neurons` (n,) are the neurons of `strengths`. q is p after Benjamini and Hochberg (1995) over all sets, neurons
    and signs. auc_untrained is the best AUC that any neuron of an untrained control has for the same documents, the
    mean over the `untrained` strengths: neurons of two models have nothing to do with each other, and the best of
    hundreds tells something by chance. NaN without controls.
    """
    auc, p = separation(strength, member)
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)
    best = [np.max(separation(each, member)[0], axis=1) for each in untrained]
    by_chance = np.mean(best, axis=0) if best else np.full(member.shape[1], np.nan)
    signs = np.repeat([1, -1], len(neurons))
    numbers = np.tile(neurons, 2)
    rows = []
    for number in range(member.shape[1]):
        # Of equal ones the smaller neuron, + before -.
        order = np.lexsort((-signs, numbers, -auc[number]))[:SHOWN]
        rows += [
            (number, int(numbers[each]), int(signs[each]), auc[number, each], q[number, each], by_chance[number])
            for each in order
            if auc[number, each] > 0.5
        ]
    return pd.DataFrame(rows, columns=["set", "neuron", "sign", "auc", "q", "auc_untrained"])


def regions_of(cells: pd.DataFrame, documents: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The regions of one model, seed and layer with enough documents, (x, y), and (documents, regions) bool."""
    sizes = cells.groupby(["x", "y"], sort=True).size()
    kept = sizes[sizes >= FEWEST].index.to_frame(index=False)
    member = np.zeros((documents, len(kept)), dtype=bool)
    joined = cells.merge(kept.reset_index(names="region"), on=["x", "y"])
    member[joined["document"].to_numpy(), joined["region"].to_numpy()] = True
    return kept, member


def firing_shares(strength: np.ndarray, member: np.ndarray, at: Mapping[int, float] | np.ndarray) -> np.ndarray:
    """(sets, columns) float64: share of a set's documents in which a column reaches `at` (columns,); NaN if empty."""
    fires = strength >= np.asarray(at)
    inside = member.sum(axis=0)[:, None]
    return np.where(inside > 0, member.T.astype(float) @ fires / np.maximum(inside, 1), np.nan)


def _ties(ranks: np.ndarray) -> float:
    counts = np.unique(ranks, return_counts=True)[1].astype(float)
    return float((counts**3 - counts).sum())
