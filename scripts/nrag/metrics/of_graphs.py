"""Metrics of an NRAG as a whole."""

import numpy as np

from nrag.graphs import Nrag, example  # noqa: F401 the docstrings use `example`
from nrag.metrics.moments import effective, gini, kurt, mean, skew, var
from nrag.metrics.of_layers import regions_by_layer, variance_by_layer
from nrag.metrics.of_nodes import degree, strength
from nrag.metrics.registry import metric


@metric("graph")
def regions(nrag: Nrag) -> float:
    """|V|: regions that the label's documents occupy, over all layers.

    >>> regions(example())
    5.0
    """
    return float(len(nrag.layer))


@metric("graph")
def edges(nrag: Nrag) -> float:
    """|E|: pairs of regions of neighbouring layers that share a document.

    >>> edges(example())
    5.0
    """
    return float(len(nrag.weight))


@metric("graph")
def effective_edges(nrag: Nrag) -> float:
    """Effective number of edges: exp(−Σ p ln p) over edges, p an edge's share of all documents on edges, in [1, |E|].

    As many edges of equal weight would be as uncertain. Edges of one document count for little, so it
    depends on N less than |E| does. NaN without edges. Hill (1973), Ecology 54, 427, of order 1.

    >>> round(effective_edges(example()), 4)  # weights 4, 1, 3, 1, 1 of 10
    4.1309
    """
    return effective(nrag.weight)


@metric("graph")
def mean_degree(nrag: Nrag) -> float:
    """Mean over regions of the edges that enter and leave: 2|E| / |V|.

    >>> mean_degree(example())  # degrees a 2, c 3, d 2, e 1, f 2
    2.0
    """
    return mean(degree(nrag))


@metric("graph")
def var_degree(nrag: Nrag) -> float:
    """Variance of degree over regions, see `var`.

    >>> var_degree(example())  # (0 + 1 + 0 + 1 + 0) / 4
    0.5
    """
    return var(degree(nrag))


@metric("graph")
def skew_degree(nrag: Nrag) -> float:
    """Skewness of degree over regions, see `skew`.

    >>> skew_degree(example())  # one degree above the mean, one as far below
    0.0
    """
    return skew(degree(nrag))


@metric("graph")
def kurt_degree(nrag: Nrag) -> float:
    """Excess kurtosis of degree over regions, see `kurt`.

    >>> round(kurt_degree(example()), 6)  # g2 = 0.4 / 0.16 - 3 = -0.5; 4 / 6 * (6 * -0.5 + 6)
    2.0
    """
    return kurt(degree(nrag))


@metric("graph")
def mean_strength(nrag: Nrag) -> float:
    """Mean over regions of the documents on all their edges: 2 L N / |V|, N documents, L the last layer.

    As the formula shows, it counts regions; compare it only at equal numbers of documents. Strength:
    Barrat et al. (2004), PNAS 101, 3747.

    >>> mean_strength(example())  # strengths a 5, c 8, d 2, e 3, f 2
    4.0
    """
    return mean(strength(nrag))


@metric("graph")
def var_strength(nrag: Nrag) -> float:
    """Variance of strength over regions, see `var`.

    >>> var_strength(example())  # (1 + 16 + 4 + 1 + 4) / 4
    6.5
    """
    return var(strength(nrag))


@metric("graph")
def skew_strength(nrag: Nrag) -> float:
    """Skewness of strength over regions, see `skew`.

    >>> round(skew_strength(example()), 4)  # m2 5.2, m3 9.6: sqrt(20) / 3 * 9.6 / 5.2**1.5
    1.2069
    """
    return skew(strength(nrag))


@metric("graph")
def kurt_strength(nrag: Nrag) -> float:
    """Excess kurtosis of strength over regions, see `kurt`.

    >>> round(kurt_strength(example()), 4)  # m4 58: 4 / 6 * (6 * (58 / 5.2**2 - 3) + 6)
    0.5799
    """
    return kurt(strength(nrag))


@metric("graph")
def gini_strength(nrag: Nrag) -> float:
    """Gini coefficient of strength over regions, see `gini`: 0 if all are equally strong, near 1 if few take most.

    NaN for a single layer, where no region has any.

    >>> gini_strength(example())  # sorted 2, 2, 3, 5, 8: (-4 * 2 - 2 * 2 + 2 * 5 + 4 * 8) / (5 * 20)
    0.3
    """
    return gini(strength(nrag))


@metric("graph")
def assortativity(nrag: Nrag) -> float:
    """Pearson correlation over edges of the source's out-strength and the target's in-strength, in [-1, 1].

    Strengths are weighted, the edges are not: each counts once. Positive: regions that send many
    documents on lead to regions that receive many. NaN with fewer than two edges, or where all
    sources or all targets are equally strong. Newman (2003), Phys. Rev. E 67, 026126, eq. 21, with the
    directions of Foster et al. (2010), PNAS 107, 10815; equal to NetworkX'
    `degree_assortativity_coefficient(G, "out", "in", weight="weight")`.

    >>> round(assortativity(example()), 4)  # of (5, 4), (5, 1), (4, 3), (4, 2), (1, 2)
    0.1868
    """
    sources, targets = nrag.out_strength[nrag.source], nrag.in_strength[nrag.target]
    if len(sources) < 2 or np.ptp(sources) == 0 or np.ptp(targets) == 0:
        return np.nan
    sources, targets = sources - sources.mean(), targets - targets.mean()
    return float(sources @ targets / np.sqrt((sources @ sources) * (targets @ targets)))


@metric("graph")
def density(nrag: Nrag) -> float:
    """Edges out of those possible between occupied regions of neighbouring layers: |E| / Σ_k |V_k| |V_{k+1}|.

    In (0, 1]; does not fall with depth. NaN for a single layer. The density of two-mode networks (Borgatti &
    Everett 1997, Social Networks 19, 243), summed over the pairs of layers.

    >>> round(density(example()), 4)  # 5 / (1 * 2 + 2 * 2)
    0.8333
    """
    occupied = regions_by_layer(nrag)
    possible = occupied[:-1] @ occupied[1:]
    return float(len(nrag.weight) / possible) if possible else np.nan


@metric("graph")
def density_directed(nrag: Nrag) -> float:
    """Edges out of all ordered pairs of regions: |E| / (|V| (|V| − 1)). LLM-MRI's `density`.

    Most of these pairs cannot be joined, so it falls with depth; kept for comparison. NaN for one region.

    >>> density_directed(example())  # 5 / (5 * 4)
    0.25
    """
    n = len(nrag.layer)
    return len(nrag.weight) / (n * (n - 1)) if n > 1 else np.nan


@metric("graph")
def center_of_mass(nrag: Nrag) -> float:
    """Mean over regions of relative depth 2k / L − 1, k the region's layer and L the last: in [-1, 1].

    Negative: more regions in early layers than in late ones. Every region counts once, for the
    documents are the same number in every layer. NaN for a single layer.

    >>> center_of_mass(example())  # (-1 + 0 + 0 + 1 + 1) / 5
    0.2
    """
    return mean(_depth(nrag)[nrag.layer])


@metric("graph")
def center_of_strength(nrag: Nrag) -> float:
    """Mean relative depth of the unevenness of strength: Σ_k s_k (2k / L − 1) / Σ_k s_k, in [-1, 1].

    s_k is the standard deviation (divisor n − 1) of strength over the regions of layer k, 0 for a
    single region. A mean weighted by strength itself would be 0 for every NRAG, since all documents
    pass every layer; the spread tells where in depth a few regions take most of them. Weighting by it
    is LLM-MRI's idea. NaN for a single layer, and where every layer is even.

    >>> round(center_of_strength(example()), 4)  # s = 0, 4.2426, 0.7071: 0.7071 / 4.9497
    0.1429
    """
    spread = np.sqrt(np.nan_to_num(variance_by_layer(nrag, strength(nrag))))
    return float(spread @ _depth(nrag) / spread.sum()) if spread.any() else np.nan


def _depth(nrag: Nrag) -> np.ndarray:
    last = nrag.layers - 1
    return 2 * np.arange(nrag.layers) / last - 1 if last else np.full(1, np.nan)
