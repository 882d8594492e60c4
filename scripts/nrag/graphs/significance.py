"""Which edges carry more documents than chance: every edge against layers that know nothing of each other.

The null shuffles which document lies where in one layer and keeps the documents of every region. The
documents of an edge then follow a hypergeometric distribution, so nothing needs to be drawn.
"""

from typing import NamedTuple

import numpy as np

from nrag.corrections import benjamini_hochberg
from nrag.graphs.nrags import Nrag, example, sums  # noqa: F401 the docstring uses it


class Significance(NamedTuple):
    """How surprising the documents of each edge are, in the order of the NRAG's edges."""

    p: np.ndarray
    """(edges,) chance of as many documents or more."""
    q: np.ndarray
    """(edges,) the smallest false discovery rate at which the edge is kept."""


def significance(nrag: Nrag) -> Significance:
    """Chances p and q of every edge under the layer-shuffle null; both lie from 0 to 1.

    p = P(X ≥ w), X hypergeometric: of the N documents, K lie in the source, and n are dealt to the
    target without regard to that; w is the edge's weight. One-sided: an edge with fewer documents than
    chance, or none, is no finding.

    q is p adjusted by the step-up method of Benjamini and Hochberg (1995) over all pairs of occupied
    regions of neighbouring layers, those without an edge too: they hold no document, so P(X ≥ 0) = 1.
    Leaving them out would count only pairs chosen for having documents. A layer whose documents all
    share one region adds pairs that cannot be significant (p = 1). Every pair counts for N, K and n of
    this NRAG: the q of a label is about the label's documents.

    An NRAG without edges gives empty arrays.

    >>> significance(example()).p
    array([1. , 1. , 0.4, 1. , 0.4])
    >>> significance(example()).q
    array([1., 1., 1., 1., 1.])
    """
    layer = nrag.layer[nrag.source]
    documents = sums(layer, nrag.weight, nrag.layers)[layer]
    p = _tails(nrag.weight, documents, nrag.documents[nrag.source], nrag.documents[nrag.target])
    occupied = np.bincount(nrag.layer, minlength=nrag.layers)
    return Significance(p, benjamini_hochberg(p, tests=int((occupied[:-1] * occupied[1:]).sum())))


def _tails(weight: np.ndarray, documents: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """P(X >= weight) of every edge; those that agree in all numbers are computed once."""
    # Half a second to import, and most jobs that read graphs ask for no chances.
    from scipy.stats import hypergeom

    # Source and target may change places; most edges weigh one document and join two small regions.
    numbers = np.stack([weight, documents, np.minimum(source, target), np.maximum(source, target)])
    order = np.lexsort(numbers)
    new = np.ones(len(order), dtype=bool)
    new[1:] = (numbers[:, order[1:]] != numbers[:, order[:-1]]).any(axis=0)
    weight, documents, fewer, more = numbers[:, order[new]]
    p = np.empty(len(order))
    # The tail itself: 1 - cdf would lose all that is below 1e-16.
    p[order] = hypergeom.sf(weight - 1, documents, fewer, more)[np.cumsum(new) - 1]
    return p
