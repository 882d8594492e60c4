"""How far two ways of cutting layers into regions agree on which documents belong together."""

import numpy as np

from nrag.statistics.information import expected_mutual_information

_ROUNDING = 1e-12
"""In bits, far above the rounding of an entropy and far below what a single document adds to it."""


def agreement(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(layers,) adjusted mutual information of two divisions of the same documents into regions.

    Both are (layers, documents) whole numbers, the region of each document; only which documents share one counts,
    so grids of any size and of any kind can be compared. (I − E) / ((H(first) + H(second)) / 2 − E), I their mutual
    information, H entropies, E what I is expected to be if regions of these sizes were dealt out at random: 1 where
    both put the same documents together, 0 by chance. NaN where neither says anything: all documents in one region
    in both, or all alone in both. Vinh, Epps and Bailey (2010), JMLR 11, 2837; elsewhere equal to scikit-learn's
    `adjusted_mutual_info_score`.

    >>> agreement(np.array([[0, 0, 1, 1], [0, 0, 1, 1]]), np.array([[7, 7, 3, 3], [0, 1, 0, 1]])).round(4)
    array([ 1. , -0.5])
    """
    return np.array([_of_layer(*pair) for pair in zip(first, second, strict=True)], dtype=np.float64)


def _of_layer(first: np.ndarray, second: np.ndarray) -> float:
    _, one, rows = np.unique(first, return_inverse=True, return_counts=True)
    _, other, columns = np.unique(second, return_inverse=True, return_counts=True)
    both = np.unique(one * len(columns) + other, return_counts=True)[1]
    entropies = _entropy(rows), _entropy(columns)
    information = sum(entropies) - _entropy(both)
    expected = expected_mutual_information(rows, columns)
    most = sum(entropies) / 2 - expected
    return float((information - expected) / most) if most > _ROUNDING else np.nan


def _entropy(counts: np.ndarray) -> float:
    shares = counts / max(counts.sum(), 1)
    return float(-(shares * np.log2(shares)).sum())
