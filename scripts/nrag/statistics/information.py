"""Mutual information of two partitions of the same documents: what chance alone gives, in bits."""

import numpy as np
from scipy.special import gammaln

TERMS_AT_ONCE = 2**20
"""Probabilities held at a time."""

_REACH = 5
"""In √min(a, b): values farther than that from their mean have a probability below 4e-22, all together."""


def expected_mutual_information(rows: np.ndarray, columns: np.ndarray) -> float:
    """The mean mutual information, in bits, of two partitions that know nothing of each other.

    `rows` and `columns` are the documents in each part of the one and of the other; parts may be empty,
    and both sum to n. The documents X that two parts of a and b documents share are hypergeometric:
    E[I] = Σ_a Σ_b Σ_x P(X = x) x / n log₂(n x / (a b)). Exact but for rounding; 0 ≤ E[I] ≤ the smaller
    entropy. 0 without documents.

    Source: Vinh, Epps and Bailey (2010), Information theoretic measures for clusterings comparison,
    equation 24a.

    Raises ValueError if the sizes do not sum to the same number.

    >>> expected_mutual_information(np.array([1, 1]), np.array([1, 1]))
    1.0
    """
    rows, columns = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
    documents = int(rows.sum())
    if documents != columns.sum():
        raise ValueError(f"rows have {documents} documents and columns {columns.sum()}, expected as many")
    # Parts of one size share their terms, and there are at most √(2n) sizes.
    a, a_times = np.unique(rows, return_counts=True)
    b, b_times = np.unique(columns, return_counts=True)
    terms = expected_terms(np.repeat(a, len(b)), np.tile(b, len(a)), np.full(len(a) * len(b), documents))
    # The terms of independent parts sum to no less than 0; their rounding may.
    return max(0.0, float(np.outer(a_times, b_times).ravel() @ terms) / max(documents, 1))


def expected_terms(a: np.ndarray, b: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Σ_x P(X = x) x log₂(n x / (a b)) for each triple of a, b and n, one-dimensional arrays of integers.

    X is how many of `a` documents are among `b` documents dealt out of all `n`. Left out are x so far from the mean
    that rounding hides them: P(|X − ab/n| > t) ≤ 2 exp(−2 t² / min(a, b)), Hoeffding (1963), Journal of the
    American Statistical Association 58, 13.
    """
    least, mean = np.minimum(a, b), a * b / np.maximum(n, 1)
    reach = _REACH * np.sqrt(least)
    first = np.maximum(np.maximum(1, a + b - n), np.floor(mean - reach).astype(np.int64))
    values = np.minimum(least, np.ceil(mean + reach).astype(np.int64)) - first + 1
    terms = np.empty(len(a))
    for block in np.split(np.arange(len(a)), np.flatnonzero(np.diff(np.cumsum(values) // TERMS_AT_ONCE)) + 1):
        terms[block] = _terms(*(each[block] for each in (a, b, n, first, values)))
    return terms


def _terms(a: np.ndarray, b: np.ndarray, n: np.ndarray, first: np.ndarray, values: np.ndarray) -> np.ndarray:
    """As `expected_terms`: the sums over `values` values x from `first` on."""
    triple = np.repeat(np.arange(len(a)), values)
    x = np.arange(len(triple)) - (np.cumsum(values) - values - first)[triple]
    always = gammaln(a + 1) + gammaln(b + 1) + gammaln(n - a + 1) + gammaln(n - b + 1) - gammaln(n + 1)
    rest = n - a - b
    a, b, n, rest, always = (each[triple] for each in (a, b, n, rest, always))
    log_p = always - gammaln(x + 1) - gammaln(a - x + 1) - gammaln(b - x + 1) - gammaln(rest + x + 1)
    return np.bincount(triple, np.exp(log_p) * x * np.log2(n * x / (a * b)), len(first))
