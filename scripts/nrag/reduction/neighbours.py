"""Exact nearest neighbours by matrix products, and how well a map keeps them."""

from collections.abc import Iterator

import numpy as np

NUMBERS_AT_ONCE = 2**18
"""Distances held at a time, small enough for a processor's cache; memory grows with the documents
and not with their square."""

ROWS_AT_ONCE = 64
"""At least so many rows at a time, so that matrix products stay efficient."""

ROUNDING = 1e-13
"""Squared distances below this share of the two squared norms are the rounding of float32 states: 0."""


def nearest_neighbours(
    rows: np.ndarray, count: int, *, chosen: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Each row's `count` nearest rows: their indices, int32, and squared Euclidean distances, float32.

    Both are (documents, count); of the `chosen` rows alone, in their order, (chosen, count). The row itself
    comes first, at distance 0, also among identical rows; then by distance, equal distances by index.
    Distances are equal if their float32 values are: the products are taken in float64, whose last bits
    depend on the shape of a block.

    >>> nearest_neighbours(np.array([[0.0], [3.0], [1.0]]), 2)[0].tolist()
    [[0, 2], [1, 2], [2, 0]]
    """
    asked = np.arange(len(rows)) if chosen is None else chosen
    indices = np.empty((len(asked), count), dtype=np.int32)
    squared = np.zeros((len(asked), count), dtype=np.float32)
    indices[:, 0] = asked
    if count == 1:
        return indices, squared
    start = 0
    for block, keys in _ordered(rows, asked):
        nearest = np.sort(np.partition(keys, count - 2, axis=1)[:, : count - 1], axis=1)
        stop = start + len(block)
        indices[start:stop, 1:], squared[start:stop, 1:] = _index_of(nearest), _distance_of(nearest)
        start = stop
    return indices, squared


def trustworthiness(
    rows: np.ndarray, plane: np.ndarray, *, neighbours: int = 15, sample: int = 2000, seed: int = 0
) -> float:
    """How far a map's neighbours are true ones: 1 if all are, about 0.5 for a random map.

    T = 1 - 2 / (n k (2n - 3k - 1)) · Σ_i Σ_{j ∈ U(i)} (r(i, j) - k), with U(i) the documents among
    the k nearest of i in `plane` but not in `rows`, and r(i, j) the rank of j by distance from i in
    `rows`. Euclidean in both; pass unit rows for cosine. Of more than `sample` documents a random
    sample drawn by `seed` plays i, each against all documents: an unbiased estimate of T in linear
    memory. NaN where 2k ≥ n, since T is not within 0 to 1 there.

    Source: Venna and Kaski (2001), Neighborhood preservation in nonlinear projection methods.
    """
    documents, k = len(rows), neighbours
    if 2 * k >= documents:
        return float("nan")
    judged = np.arange(documents)
    if documents > sample:
        judged = np.sort(np.random.default_rng(seed).choice(documents, sample, replace=False))
    penalty = 0
    # Pairs of blocks: both orders are taken over the same documents.
    for (_, true), (_, shown) in zip(_ordered(rows, judged), _ordered(plane, judged), strict=True):
        close = _index_of(np.partition(shown, k - 1, axis=1)[:, :k])
        limits = np.take_along_axis(true, close, axis=1)
        ranks = np.stack([np.count_nonzero(true <= limit[:, None], axis=1) for limit in limits.T])
        penalty += int(np.maximum(ranks - k, 0).sum())
    return 1 - 2 * penalty / (len(judged) * k * (2 * documents - 3 * k - 1))


def _ordered(rows: np.ndarray, chosen: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Blocks of the chosen rows with one key per row of `rows`, itself last, that sorts as (distance, index).

    A float32 that is not negative sorts as its bits do, so distance and index share one integer.
    """
    rows = np.asarray(rows, dtype=np.float64)
    norms = np.einsum("ij,ij->i", rows, rows)
    index = np.arange(len(rows), dtype=np.uint64)
    step = max(ROWS_AT_ONCE, NUMBERS_AT_ONCE // len(rows))
    for start in range(0, len(chosen), step):
        block = chosen[start : start + step]
        squared = (-2 * rows[block]) @ rows.T
        squared += norms
        squared += norms[block, None]
        squared = squared.astype(np.float32)
        # Where two rows are that close, their norms are equal as well: one bound per row will do.
        squared[squared <= 2 * ROUNDING * norms[block, None]] = 0
        keys = squared.view(np.uint32).astype(np.uint64)
        keys <<= np.uint64(32)
        keys |= index
        keys[np.arange(len(block)), block] = np.iinfo(np.uint64).max
        yield block, keys


def _index_of(keys: np.ndarray) -> np.ndarray:
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _distance_of(keys: np.ndarray) -> np.ndarray:
    return (keys >> np.uint64(32)).astype(np.uint32).view(np.float32)
