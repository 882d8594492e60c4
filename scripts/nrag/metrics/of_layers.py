"""Metrics of each layer."""

import numpy as np

from nrag.graphs import Nrag, example  # noqa: F401 the docstrings use `example`
from nrag.metrics.of_nodes import degree
from nrag.metrics.registry import metric


@metric("layer", "regions")
def regions_by_layer(nrag: Nrag) -> np.ndarray:
    """|V_k|: regions that the label's documents occupy in each layer.

    >>> regions_by_layer(example())
    array([1., 2., 2.])
    """
    return np.bincount(nrag.layer, minlength=nrag.layers).astype(np.float64)


@metric("layer")
def occupancy(nrag: Nrag) -> np.ndarray:
    """Share of the grid's cells that are occupied, in (0, 1]: |V_k| / size².

    >>> occupancy(example())  # of 2 x 2 cells
    array([0.25, 0.5 , 0.5 ])
    """
    return regions_by_layer(nrag) / nrag.size**2


@metric("layer", "mean_degree")
def mean_degree_by_layer(nrag: Nrag) -> np.ndarray:
    """Mean degree over the regions of each layer. The first and last layer have edges on one side only.

    >>> mean_degree_by_layer(example())
    array([2. , 2.5, 1.5])
    """
    return mean_by_layer(nrag, degree(nrag))


@metric("layer", "var_degree")
def var_degree_by_layer(nrag: Nrag) -> np.ndarray:
    """Variance of degree (divisor n − 1) over the regions of each layer; NaN for a single region.

    >>> var_degree_by_layer(example())
    array([nan, 0.5, 0.5])
    """
    return variance_by_layer(nrag, degree(nrag))


def mean_by_layer(nrag: Nrag, values: np.ndarray) -> np.ndarray:
    """Mean of a value of the regions, by layer; NaN where there is none."""
    return _divided(np.bincount(nrag.layer, values, nrag.layers), regions_by_layer(nrag))


def variance_by_layer(nrag: Nrag, values: np.ndarray) -> np.ndarray:
    """Variance (divisor n − 1) of a value of the regions, by layer; NaN for fewer than two."""
    deviations = values - mean_by_layer(nrag, values)[nrag.layer]
    return _divided(np.bincount(nrag.layer, deviations**2, nrag.layers), regions_by_layer(nrag) - 1)


def _divided(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
