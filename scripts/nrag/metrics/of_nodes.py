"""Metrics of each region."""

import numpy as np

from nrag.graphs import Nrag, example  # noqa: F401 the docstrings use `example`
from nrag.metrics.registry import metric


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
