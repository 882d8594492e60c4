"""The metrics of NRAGs that are closed forms of counts, for many subsets of the documents at once.

Names and definitions are those of `nrag.metrics`, which measures one NRAG at a time.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nrag.graphs import Incidence
from nrag.statistics.columns import in_chunks, ratio, sums, times_log


def graph_metrics(incidence: Incidence, weights: np.ndarray, documents: np.ndarray) -> dict[str, np.ndarray]:
    """Metrics of graphs by name, each (columns,) float64: a column is the NRAG of one subset of the documents.

    `weights` (edges, columns) and `documents` (regions, columns) are the incidence's of the same subsets. Regions
    and edges that a subset has no document on are not in its NRAG. NaN where the metric is undefined, see
    `nrag.metrics`; a subset without documents has 0 regions and edges, and nothing else.
    """
    return in_chunks(lambda *counts: _of_graphs(_Nrags(incidence, *counts)), weights, documents)


def layer_metrics(incidence: Incidence, weights: np.ndarray, documents: np.ndarray) -> dict[str, np.ndarray]:
    """Metrics of layers by name, each (layers, columns) float64; everything else as in `graph_metrics`."""
    return in_chunks(lambda *counts: _of_layers(_Nrags(incidence, *counts)), weights, documents)


@dataclass(frozen=True, eq=False)
class _Nrags:
    """NRAGs side by side on the regions and edges of all; what a column has no document on is 0."""

    incidence: Incidence
    weights: np.ndarray
    documents: np.ndarray

    @cached_property
    def taken(self) -> np.ndarray:
        """(edges, columns) 1.0 where the column has the edge."""
        return (self.weights > 0).astype(np.float64)

    @cached_property
    def occupied(self) -> np.ndarray:
        """(regions, columns) whether the column has the region."""
        return self.documents > 0

    @cached_property
    def out_degree(self) -> np.ndarray:
        """(regions, columns) edges that leave each region."""
        return sums(self.incidence.source, self.taken, len(self.documents))

    @cached_property
    def in_degree(self) -> np.ndarray:
        """(regions, columns) edges that enter each region."""
        return sums(self.incidence.target, self.taken, len(self.documents))

    @cached_property
    def degree(self) -> np.ndarray:
        """(regions, columns) edges of each region."""
        return self.out_degree + self.in_degree

    @cached_property
    def strength(self) -> np.ndarray:
        """(regions, columns): a region's documents enter it but in the first layer, leave it but in the last."""
        layer = self.incidence.layer
        sides = (layer > 0).astype(np.float64) + (layer < self.incidence.layers - 1)
        return sides[:, None] * self.documents

    @cached_property
    def regions(self) -> np.ndarray:
        """(layers, columns) regions of each layer."""
        return self.by_layer(self.occupied)

    @cached_property
    def edges(self) -> np.ndarray:
        """(layers, columns) edges that leave each layer."""
        return sums(self.incidence.edge_layer, self.taken, self.incidence.layers)

    def by_layer(self, values: np.ndarray) -> np.ndarray:
        """(layers, columns): sums of values of the regions."""
        return sums(self.incidence.layer, values, self.incidence.layers)

    def variance_by_layer(self, values: np.ndarray) -> np.ndarray:
        """(layers, columns): variance (divisor n − 1) of a value of the regions."""
        mean = ratio(self.by_layer(values), self.regions)[self.incidence.layer]
        deviations = np.where(self.occupied, values - mean, 0)
        return ratio(self.by_layer(deviations**2), self.regions - 1)


def _of_graphs(nrags: _Nrags) -> dict[str, np.ndarray]:
    regions, edges = nrags.regions.sum(axis=0), nrags.edges.sum(axis=0)
    possible = (nrags.regions[:-1] * nrags.regions[1:]).sum(axis=0)
    depth = _depth(nrags.incidence.layers)
    spread = np.sqrt(np.nan_to_num(nrags.variance_by_layer(nrags.strength)))
    return {
        "regions": regions,
        "edges": edges,
        "effective_edges": _effective(nrags.weights.sum(axis=0), times_log(nrags.weights).sum(axis=0)),
        **{f"{name}_degree": value for name, value in _moments(nrags.degree, nrags.occupied).items()},
        **{f"{name}_strength": value for name, value in _moments(nrags.strength, nrags.occupied).items()},
        "gini_strength": _gini(nrags.strength, regions),
        "assortativity": _assortativity(nrags),
        "density": ratio(edges, possible),
        "density_directed": ratio(edges, regions * (regions - 1)),
        "center_of_mass": ratio(depth @ nrags.regions, regions),
        "center_of_strength": ratio(depth @ spread, spread.sum(axis=0)),
    }


def _of_layers(nrags: _Nrags) -> dict[str, np.ndarray]:
    layer, edge_layer, layers = nrags.incidence.layer, nrags.incidence.edge_layer, nrags.incidence.layers
    documents = nrags.by_layer(nrags.documents)
    weights = sums(edge_layer, nrags.weights, layers)
    edges = nrags.edges.copy()
    edges[-1] = np.nan
    following = np.concatenate([nrags.regions[1:], np.full_like(nrags.regions[:1], np.nan)])
    ends = np.searchsorted(layer, np.arange(1, layers))
    strengths = zip(np.split(nrags.strength, ends), nrags.regions, strict=True)
    return {
        "regions": nrags.regions,
        "occupancy": nrags.regions / nrags.incidence.size**2,
        "effective_regions": _effective(documents, nrags.by_layer(times_log(nrags.documents))),
        "edges": edges,
        "effective_edges": _effective(weights, sums(edge_layer, times_log(nrags.weights), layers)),
        "density": ratio(edges, nrags.regions * following),
        "mean_degree": ratio(nrags.by_layer(nrags.degree), nrags.regions),
        "var_degree": nrags.variance_by_layer(nrags.degree),
        "mean_strength": ratio(nrags.by_layer(nrags.strength), nrags.regions),
        "var_strength": nrags.variance_by_layer(nrags.strength),
        "gini_strength": np.stack([_gini(strength, regions) for strength, regions in strengths]),
    }


def _depth(layers: int) -> np.ndarray:
    return 2 * np.arange(layers) / (layers - 1) - 1 if layers > 1 else np.full(1, np.nan)


def _effective(total: np.ndarray, logs: np.ndarray) -> np.ndarray:
    """exp(−Σ p ln p) from Σ v and Σ v ln v: −Σ p ln p = ln Σ v − Σ v ln v / Σ v."""
    return np.exp(np.log(np.maximum(total, 1)) - ratio(logs, total))


def _moments(values: np.ndarray, occupied: np.ndarray) -> dict[str, np.ndarray]:
    """Mean, variance, skewness and kurtosis of each column's occupied rows, bias-corrected as in `nrag.metrics`."""
    n = occupied.sum(axis=0).astype(np.float64)
    mean = ratio(values.sum(axis=0), n)
    deviations = np.where(occupied, values - mean, 0)
    squares = deviations * deviations
    m2, m3, m4 = (ratio(powers.sum(axis=0), n) for powers in (squares, squares * deviations, squares * squares))
    g1, g2 = ratio(m3, m2**1.5), ratio(m4, m2**2) - 3
    return {
        "mean": mean,
        "var": ratio(m2 * n, n - 1),
        "skew": ratio(np.sqrt(n * (n - 1)) * g1, n - 2),
        "kurt": ratio((n - 1) * ((n + 1) * g2 + 6), (n - 2) * (n - 3)),
    }


def _gini(values: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Gini coefficient of each column's positive values, of which there are `n`.

    The zeros of all other rows come first when sorted: with R rows, the i-th of n values has the place j = i + R − n,
    and its factor 2 i − n + 1 is 2 j − 2 R + 1 + n.
    """
    rows, total = len(values), values.sum(axis=0)
    # Sorted along the last axis, which is contiguous: twice as fast.
    ordered = np.sort(np.ascontiguousarray(values.T), axis=1)
    return ratio(ordered @ (2.0 * np.arange(rows) - 2 * rows + 1) + n * total, n * total)


def _assortativity(nrags: _Nrags) -> np.ndarray:
    """Of the out-strength of sources and the in-strength of targets, which are their documents.

    Means and variances over edges need regions only, each as often as it has edges.
    """
    edges = nrags.edges.sum(axis=0)
    sources = nrags.documents - ratio((nrags.out_degree * nrags.documents).sum(axis=0), edges)
    targets = nrags.documents - ratio((nrags.in_degree * nrags.documents).sum(axis=0), edges)
    together = nrags.taken * sources[nrags.incidence.source] * targets[nrags.incidence.target]
    squares = (nrags.out_degree * sources**2).sum(axis=0) * (nrags.in_degree * targets**2).sum(axis=0)
    return ratio(together.sum(axis=0), np.sqrt(squares))
