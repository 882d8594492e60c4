"""Metrics of each region."""

import numpy as np

from nrag.graphs import Nrag, example  # noqa: F401 the docstrings use `example`
from nrag.metrics.registry import metric

_FOLLOWS = 0.85
"""Probability that the walker of PageRank follows an edge."""


@metric("node")
def documents(nrag: Nrag) -> np.ndarray:
    """Documents of the label in each region.

    >>> documents(example())
    array([5, 4, 1, 3, 2])
    """
    return nrag.documents


@metric("node")
def in_degree(nrag: Nrag) -> np.ndarray:
    """Edges that enter each region; 0 in the first layer.

    >>> in_degree(example())
    array([0, 1, 1, 1, 2])
    """
    return nrag.in_degree


@metric("node")
def out_degree(nrag: Nrag) -> np.ndarray:
    """Edges that leave each region; 0 in the last layer.

    >>> out_degree(example())
    array([2, 2, 1, 0, 0])
    """
    return nrag.out_degree


@metric("node")
def degree(nrag: Nrag) -> np.ndarray:
    """Edges that enter or leave each region.

    >>> degree(example())
    array([2, 3, 2, 1, 2])
    """
    return nrag.in_degree + nrag.out_degree


@metric("node")
def in_strength(nrag: Nrag) -> np.ndarray:
    """Documents on the edges that enter each region: `documents`, but 0 in the first layer.

    >>> in_strength(example())
    array([0, 4, 1, 3, 2])
    """
    return nrag.in_strength


@metric("node")
def out_strength(nrag: Nrag) -> np.ndarray:
    """Documents on the edges that leave each region: `documents`, but 0 in the last layer.

    >>> out_strength(example())
    array([5, 4, 1, 0, 0])
    """
    return nrag.out_strength


@metric("node")
def strength(nrag: Nrag) -> np.ndarray:
    """Documents on the edges that enter or leave each region.

    >>> strength(example())
    array([5, 8, 2, 3, 2])
    """
    return nrag.in_strength + nrag.out_strength


@metric("node")
def pagerank(nrag: Nrag) -> np.ndarray:
    """Share of time that a walker spends in each region; the shares sum to 1.

    With probability 0.85 it leaves along an edge, as often as the edge has documents; otherwise, and always
    from the last layer, it starts anew anywhere. So a region is visited often if it is late in the model or
    many documents come together in it. Brin & Page (1998), Computer Networks 30, 107; equal to
    NetworkX' `pagerank(G, alpha=0.85, weight="weight")`, but solved, not iterated.

    >>> pagerank(example()).round(4)  # a 1, c 1 + 0.85 * 0.8, d 1 + 0.85 * 0.2, ... over their sum
    array([0.1209, 0.2031, 0.1414, 0.2503, 0.2843])
    """
    visits = np.ones(len(nrag.layer))
    share = nrag.weight / nrag.out_strength[nrag.source]
    # Edges are sorted by their source, whose visits are complete when its own edges are followed.
    for edges in np.split(np.arange(len(share)), np.searchsorted(nrag.layer[nrag.source], np.arange(1, nrag.layers))):
        np.add.at(visits, nrag.target[edges], _FOLLOWS * share[edges] * visits[nrag.source[edges]])
    return visits / visits.sum()
