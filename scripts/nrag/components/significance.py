"""How likely a rho is where documents are paired by chance."""

from collections.abc import Iterator

import numpy as np

LEAST_DOCUMENTS = 4
"""With fewer, p is undefined: three documents have six orders, so no p could fall below 1/3."""

HEAVY = 0.75
"""Share of the documents with one value beyond which ties are heavy; what they do to p: docs/component-graphs.md."""

_BATCH = 1_000_000
"""Rho of permuted documents that are held, and sorted, at once."""

_ROUNDING = 1e-12
"""Rho that differ by less are equal: with ties, two ways to the same value may differ by rounding."""


def p_values(ranks: np.ndarray, rho: np.ndarray, norms: np.ndarray, *, permutations: int, seed: int) -> np.ndarray:
    """Two-sided p of each rho, (layers - 1, components, components), from permutations of the documents.

    `ranks` (layers, documents, components) are centred ranks, `rho` the correlations of neighbouring
    layers, `norms` what a product of centred ranks is divided by to be a rho.

    Each of the `permutations` pairs every document's components in one layer with those of another document
    in the next. p = (1 + b) / (1 + B m): m pairs are defined, B m rho come of the permutations, and b of
    them are at least as far from 0. The B m rho are pooled, for without ties the distribution under
    permutation depends on the number of documents alone: it is one for all pairs, and pooled it is known
    m times finer than B permutations of a single pair could tell, as a false discovery rate over thousands of
    pairs needs. With ties the mean 0 and the variance 1 / (documents - 1) are still the same for all
    pairs, but not the tails: see `heavily_tied`. The smallest p is 1 / (1 + B m). `seed` decides the permutations.

    NaN where rho is, and everywhere with fewer than `LEAST_DOCUMENTS` documents.

    Source: Phipson & Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9, 39 (why 1 is added); Kendall & Gibbons (1990),
    Rank Correlation Methods, chapter 5 (the distribution).
    """
    defined = np.isfinite(rho)
    p = np.full(rho.shape, np.nan)
    if ranks.shape[1] < LEAST_DOCUMENTS or not defined.any():
        return p
    found = np.abs(rho[defined])
    order = np.argsort(found)
    ordered = found[order] - _ROUNDING
    beyond = np.zeros(len(found), dtype=np.int64)
    for null in _batches(ranks, norms, defined, permutations=permutations, seed=seed):
        null.sort()
        beyond += len(null) - np.searchsorted(null, ordered, side="left")
    p[defined] = _in_place(order, (1 + beyond) / (1 + permutations * len(found)))
    return p


def heavily_tied(layers: np.ndarray) -> np.ndarray:
    """Pairs of components whose p may be far too small, bool, (layers - 1, components, components).

    Those of which each component has one value in more than `HEAVY` of the documents, and yet varies; one such
    component alone does no harm. `layers` is (layers, documents, components).

    >>> lone, even = [0, 0, 0, 0, 1], [0, 1, 2, 3, 4]
    >>> heavily_tied(np.array([[lone, even], [even, lone]]).swapaxes(1, 2))
    array([[[False,  True],
            [False, False]]])
    """
    # Whatever more than half of the values are, their median is.
    share = (layers == np.median(layers, axis=1, keepdims=True)).mean(axis=1)
    heavy = (share > HEAVY) & (share < 1)
    return heavy[:-1, :, None] & heavy[1:, None, :]


def _batches(
    ranks: np.ndarray, norms: np.ndarray, defined: np.ndarray, *, permutations: int, seed: int
) -> Iterator[np.ndarray]:
    """Absolute rho of permuted documents, of all defined pairs together, some permutations at a time."""
    generator = np.random.default_rng(seed)
    sources, targets = ranks[:-1].swapaxes(1, 2), ranks[1:]
    divisors = norms[defined]
    held: list[np.ndarray] = []
    for _ in range(permutations):
        products = np.matmul(sources, targets[:, generator.permutation(ranks.shape[1])])
        held.append(np.abs(products[defined] / divisors))
        if len(held) * len(divisors) >= _BATCH:
            yield np.concatenate(held)
            held = []
    if held:
        yield np.concatenate(held)


def _in_place(order: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values of the sorted pairs in the order that the pairs had."""
    unsorted = np.empty_like(values)
    unsorted[order] = values
    return unsorted
