"""p-values adjusted for how many were looked at; undefined ones, NaN, are no tests and stay NaN."""

import numpy as np


def benjamini_hochberg(p: np.ndarray, *, tests: int | None = None) -> np.ndarray:
    """Q of each p, in the shape of `p`: the smallest false discovery rate at which it is kept.

    With p sorted to rise, q_i is the smallest m p_j / j of all j ≥ i, and at most 1. m is the number of
    defined p, or `tests`: then those that are not in `p` count as 1.

    Source: Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, 289.

    >>> benjamini_hochberg(np.array([0.03, 0.01, np.nan, 0.04]))
    array([0.04, 0.03,  nan, 0.04])
    """
    defined = p[np.isfinite(p)]
    factors = (len(defined) if tests is None else tests) / np.arange(1, len(defined) + 1)
    rising = np.sort(defined) * factors
    return _in_place(p, np.minimum.accumulate(rising[::-1])[::-1])


def holm(p: np.ndarray) -> np.ndarray:
    """Each p, in the shape of `p`, so adjusted that the chance of any false finding is at most the level.

    With m defined p sorted to rise, it is the largest (m − j + 1) p_j of all j ≤ i, and at most 1.

    Source: Holm (1979), Scand. J. Stat. 6, 65.

    >>> holm(np.array([0.03, 0.01, np.nan, 0.04]))
    array([0.06, 0.03,  nan, 0.06])
    """
    defined = p[np.isfinite(p)]
    return _in_place(p, np.maximum.accumulate(np.sort(defined) * np.arange(len(defined), 0, -1)))


def _in_place(p: np.ndarray, rising: np.ndarray) -> np.ndarray:
    """Adjusted values of the sorted defined p, at most 1, where these stand in `p`."""
    adjusted = np.full(p.shape, np.nan)
    defined = np.isfinite(p)
    order = np.argsort(p[defined])
    values = np.empty(len(order))
    values[order] = np.minimum(rising, 1.0)
    adjusted[defined] = values
    return adjusted
