"""Metrics of each layer."""

from collections.abc import Callable

import numpy as np

from nrag.graphs import Nrag, example  # noqa: F401 the docstrings use `example`
from nrag.metrics.moments import effective, gini
from nrag.metrics.of_nodes import degree, strength
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


@metric("layer")
def effective_regions(nrag: Nrag) -> np.ndarray:
    """Effective number of regions in each layer: exp(−Σ p ln p), p a region's share of the documents; in [1, |V_k|].

    As many regions with equally many documents would be as uncertain. Hill (1973), Ecology 54, 427, of order 1.

    >>> effective_regions(example()).round(4)  # 4 and 1, 3 and 2 of 5 documents
    array([1.    , 1.6494, 1.9601])
    """
    return _by_layer(nrag, nrag.layer, nrag.documents, effective)


@metric("layer", "edges")
def edges_by_layer(nrag: Nrag) -> np.ndarray:
    """|E_k|: edges from each layer to the next; NaN in the last one.

    >>> edges_by_layer(example())
    array([ 2.,  3., nan])
    """
    counts = np.bincount(nrag.layer[nrag.source], minlength=nrag.layers).astype(np.float64)
    counts[-1] = np.nan
    return counts


@metric("layer", "effective_edges")
def effective_edges_by_layer(nrag: Nrag) -> np.ndarray:
    """Effective number of edges from each layer to the next: exp(−Σ p ln p), p an edge's share of the documents.

    In [1, |E_k|]; NaN in the last layer. Less `effective_regions` of the layer: how far its regions scatter.

    >>> effective_edges_by_layer(example()).round(4)  # 4 and 1; 3, 1 and 1 of 5 documents
    array([1.6494, 2.5864,    nan])
    """
    return _by_layer(nrag, nrag.layer[nrag.source], nrag.weight, effective)


@metric("layer", "density")
def density_by_layer(nrag: Nrag) -> np.ndarray:
    """Edges from each layer to the next out of those possible: |E_k| / (|V_k| |V_{k+1}|); NaN in the last layer.

    >>> density_by_layer(example())
    array([1.  , 0.75,  nan])
    """
    occupied = regions_by_layer(nrag)
    return edges_by_layer(nrag) / (occupied * np.append(occupied[1:], np.nan))


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


@metric("layer", "mean_strength")
def mean_strength_by_layer(nrag: Nrag) -> np.ndarray:
    """Mean strength over the regions of each layer: 2 N / |V_k|, half of it in the first and last layer.

    >>> mean_strength_by_layer(example())
    array([5. , 5. , 2.5])
    """
    return mean_by_layer(nrag, strength(nrag))


@metric("layer", "var_strength")
def var_strength_by_layer(nrag: Nrag) -> np.ndarray:
    """Variance of strength (divisor n − 1) over the regions of each layer; NaN for a single region.

    >>> var_strength_by_layer(example())
    array([ nan, 18. ,  0.5])
    """
    return variance_by_layer(nrag, strength(nrag))


@metric("layer", "gini_strength")
def gini_strength_by_layer(nrag: Nrag) -> np.ndarray:
    """Gini coefficient of strength over the regions of each layer, see `gini`: that of their documents.

    NaN for a model with a single layer.

    >>> gini_strength_by_layer(example())
    array([0. , 0.3, 0.1])
    """
    return _by_layer(nrag, nrag.layer, strength(nrag), gini)


def mean_by_layer(nrag: Nrag, values: np.ndarray) -> np.ndarray:
    """Mean of a value of the regions, by layer; NaN where there is none."""
    return _divided(np.bincount(nrag.layer, values, nrag.layers), regions_by_layer(nrag))


def variance_by_layer(nrag: Nrag, values: np.ndarray) -> np.ndarray:
    """Variance (divisor n − 1) of a value of the regions, by layer; NaN for fewer than two."""
    deviations = values - mean_by_layer(nrag, values)[nrag.layer]
    return _divided(np.bincount(nrag.layer, deviations**2, nrag.layers), regions_by_layer(nrag) - 1)


def _by_layer(nrag: Nrag, layer: np.ndarray, values: np.ndarray, number: Callable[[np.ndarray], float]) -> np.ndarray:
    """A number of the values in each layer; `layer`, of each value, rises."""
    return np.array([number(part) for part in np.split(values, np.searchsorted(layer, np.arange(1, nrag.layers)))])


def _divided(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
