"""Moments of degrees and strengths, bias-corrected as pandas has them, and how unevenly they are spread."""

import functools

import numpy as np


def mean(values: np.ndarray) -> float:
    """Σv / n; NaN without values.

    >>> mean(np.array([1, 2, 6]))
    3.0
    """
    return float(values.sum() / len(values)) if len(values) else np.nan


def var(values: np.ndarray) -> float:
    """Unbiased variance Σ(v − mean)² / (n − 1); NaN for fewer than two values.

    >>> var(np.array([1, 2, 6]))
    7.0
    """
    n = len(values)
    return _central(values, 2) * n / (n - 1) if n > 1 else np.nan


def skew(values: np.ndarray) -> float:
    """Bias-corrected skewness G₁ = √(n(n − 1)) / (n − 2) · m₃ / m₂^1.5; NaN for n < 3 or equal values.

    m_k are central moments with divisor n. Joanes & Gill (1998), The Statistician 47, 183; as pandas.

    >>> round(skew(np.array([1, 2, 6])), 4)
    1.4579
    """
    n, m2 = len(values), _central(values, 2)
    return float(np.sqrt(n * (n - 1)) / (n - 2) * _central(values, 3) / m2**1.5) if n > 2 and m2 > 0 else np.nan


def kurt(values: np.ndarray) -> float:
    """Bias-corrected excess kurtosis G₂ = (n − 1) / ((n − 2)(n − 3)) · ((n + 1) g₂ + 6), g₂ = m₄ / m₂² − 3.

    0 for a normal distribution; NaN for n < 4 or equal values. Joanes & Gill (1998); as pandas.

    >>> round(kurt(np.array([0, 0, 0, 4])), 6)
    4.0
    """
    n, m2 = len(values), _central(values, 2)
    if n < 4 or not m2 > 0:
        return np.nan
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (_central(values, 4) / m2**2 - 3) + 6)


def gini(values: np.ndarray) -> float:
    """Gini coefficient Σ_i Σ_j |v_i − v_j| / (2 n² mean), in [0, 1 − 1/n]: 0 if all are equal.

    `values` are not negative. NaN where their sum is 0. Gini (1912), Variabilità e mutabilità.

    >>> round(gini(np.array([1, 2, 6])), 4)  # 2 (1 + 5 + 4) / (2 * 9 * 3)
    0.3704
    """
    n, total = len(values), values.sum()
    if not total > 0:
        return np.nan
    # Of the sorted values the i-th is the larger one in i pairs and the smaller one in n − 1 − i.
    return float((2 * np.arange(n) - n + 1) @ np.sort(values) / (n * total))


def effective(values: np.ndarray) -> float:
    """Effective number exp(−Σ p ln p), p = v / Σv: as many equal values would be spread as widely; in [1, n].

    `values` are not negative. NaN where their sum is 0. Hill (1973), Ecology 54, 427, of order 1.

    >>> round(effective(np.array([3, 3])), 4), round(effective(np.array([1, 2, 6])), 4)
    (2.0, 2.3366)
    """
    total = values.sum()
    if not total > 0:
        return np.nan
    shares = values[values > 0] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _central(values: np.ndarray, order: int) -> float:
    if not len(values):
        return np.nan
    deviations = values - values.mean()
    # NumPy's power is ten times slower than products.
    return float(functools.reduce(np.multiply, [deviations] * order).mean())
