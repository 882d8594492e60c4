"""Path memory: does the region before tell the next one beyond the present one, or do edges tell the whole story?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nrag.statistics.information import expected_terms

NUMBERS_AT_ONCE = 2**20
"""Documents × shuffles held at a time."""

DECIMALS = 10
"""Bits are rounded so far: shuffles with the same counts must not differ by the order of a sum."""


@dataclass(frozen=True)
class PathMemory:
    """Bits that the region before tells of the next one beyond the present one; one row per present layer.

    Rows are the layers 1 to the last but one, those with a layer on both sides.
    """

    values: np.ndarray
    """(layers - 2, shuffles + 1): I(before; next | present) as observed, column 0, and of every shuffle."""
    expected: np.ndarray
    """(layers - 2,): mean of all possible shuffles, exact."""
    open: np.ndarray
    """(layers - 2,): entropy of next given present, what the edges leave open; no value can be larger."""

    @property
    def excess(self) -> np.ndarray:
        """(layers - 2,): bits observed above the expected ones, the size of the effect."""
        return self.values[:, 0] - self.expected


def path_memory(region: np.ndarray, *, shuffles: int, seed: int) -> PathMemory:
    """The path memory of the documents of `region`, (layers, documents): the number of each one's region.

    For the documents of a label, hand over their columns only. With n documents, I(before; next |
    present) = (Σ c log₂ c - Σ e log₂ e - Σ f log₂ f + Σ d log₂ d) / n bits, where d are the documents of
    a present region, e and f those of the edges that enter and leave it, and c those of a path of two
    edges. It lies between 0 and `open`.

    The null keeps every region and every edge weight: in each present region the next regions are
    shuffled among its documents. These are all the paths of a first-order Markov chain that has the
    observed edges, equally likely; as such a chain shuffles each layer by itself, the mean over layers
    has the means of the columns as its null. Small samples give bits by chance, so only `excess` may be
    compared between layers, labels and models. One-sided: larger is more memory.

    Bits above chance say that edges do not tell the whole story, not that the model remembers: where a
    document came from also tells where it lies inside its present region. Untrained controls have
    these bits, too. Documents must be independent: copies of a text take one path together, which
    counts as memory, so leave one of each. Planes of several seeds show the same documents: their mean
    is a number, but the mean of their shuffles, which are drawn for each plane, is no null for it.

    Without documents everything is NaN; with fewer than three layers there are no rows.

    Sources: conditional mutual information, Cover and Thomas (2006), Elements of Information Theory,
    equation 2.60; its null, for the order of a Markov chain with given transition counts, Pethel and
    Hahs (2014), Exact significance test for Markov order, Physica D 269.

    >>> turned = np.array([[0, 0, 1, 1], [2, 2, 2, 2], [3, 3, 4, 4]])
    >>> memory = path_memory(turned, shuffles=0, seed=0)
    >>> memory.values.tolist(), memory.expected.round(3).tolist(), memory.open.tolist()
    ([[1.0]], [0.333], [1.0])
    """
    rng = np.random.default_rng(seed)
    rows = [_of_layer(*region[layer - 1 : layer + 2], shuffles, rng) for layer in range(1, len(region) - 1)]
    values = np.array([row[0] for row in rows]).reshape(len(rows), shuffles + 1)
    return PathMemory(values, np.array([row[1] for row in rows]), np.array([row[2] for row in rows]))


# --------------------------------------------------------------------------------------- private


def _of_layer(
    before: np.ndarray, present: np.ndarray, after: np.ndarray, shuffles: int, rng: np.random.Generator
) -> tuple[np.ndarray, float, float]:
    """Values, the expected one and the entropy left open, of one present layer."""
    documents = len(present)
    if not documents:
        return np.full(shuffles + 1, np.nan), np.nan, np.nan
    order = np.argsort(present, kind="stable")
    present, after = _numbered(present[order]), _numbered(after[order])
    entering, leaving = _numbered(present * documents + _numbered(before[order])), present * documents + after
    regions, edges = (_bits(np.unique(each, return_counts=True)[1]).sum() for each in (present, leaving))
    constant = regions - edges - _bits(np.bincount(entering)).sum()
    paths = [_path_bits(entering, nexts) for nexts in _shuffled(present, after, shuffles, rng)]
    values = (np.concatenate(paths) + constant) / documents
    expected = _expected(present, entering, leaving)
    # Rounding may leave -0.0 or less where there is nothing.
    return np.maximum(values.round(DECIMALS), 0), expected, max(0.0, (regions - edges) / documents)


def _shuffled(present: np.ndarray, after: np.ndarray, shuffles: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Blocks of rows of next regions: the observed one, then shuffled ones; `present` rises."""
    yield after[None]
    step = max(1, NUMBERS_AT_ONCE // len(present))
    for start, stop in pairwise([*range(0, shuffles, step), shuffles]):
        # Sorted by region first and by chance within it.
        yield after[np.argsort(present + rng.random((stop - start, len(present))), axis=1)]


def _path_bits(entering: np.ndarray, nexts: np.ndarray) -> np.ndarray:
    """(rows,): Σ c log₂ c over the paths of two edges in each row of next regions."""
    # All numbers lie below the documents, whose square and rows together stay far below 2**63.
    paths = np.sort(entering * nexts.shape[1] + nexts, axis=1)
    starts = np.ones(paths.shape, dtype=bool)
    starts[:, 1:] = paths[:, 1:] != paths[:, :-1]
    first = np.flatnonzero(starts)
    return np.bincount(first // paths.shape[1], _bits(np.diff(first, append=paths.size)), len(paths))


def _expected(present: np.ndarray, entering: np.ndarray, leaving: np.ndarray) -> float:
    """Mean of I over all shuffles: that of every present region, weighted by its documents."""
    documents = np.bincount(present)
    # Edges of one region that have one weight share their terms.
    (here, a, a_times), (there, b, b_times) = (_weights(present, edge) for edge in (entering, leaving))
    low, high = np.searchsorted(there, here, "left"), np.searchsorted(there, here, "right")
    left = np.repeat(np.arange(len(here)), high - low)
    right = np.concatenate([np.arange(*ends) for ends in zip(low, high, strict=True)])
    terms = expected_terms(a[left], b[right], documents[here[left]])
    return max(0.0, float((a_times[left] * b_times[right]) @ terms / len(present)))


def _weights(present: np.ndarray, edge: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Present region, weight, and number of its edges of this weight; by region."""
    _, first, weight = np.unique(edge, return_index=True, return_counts=True)
    (region, weight), times = np.unique(np.stack([present[first], weight]), axis=1, return_counts=True)
    return region, weight, times


def _numbered(values: np.ndarray) -> np.ndarray:
    """The same values as numbers 0, 1, … in their order."""
    return np.unique(values, return_inverse=True)[1]


def _bits(counts: np.ndarray) -> np.ndarray:
    """Every count c, at least 1, as c log₂ c."""
    return counts * np.log2(counts)
