"""Projections of an NRAG onto its even or its odd layers, and what is measured on them.

Two regions of even layers are joined if they share a neighbour, which lies in an odd layer, and the
other way round; a neighbour shared by many says less about each pair. Projections are undirected: a
neighbour joins regions of its own two sides alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps

import numpy as np
import scipy.sparse
from scipy.sparse import csgraph

from nrag.graphs import Nrag, example  # noqa: F401 the docstrings use `example`
from nrag.metrics.moments import mean, var
from nrag.metrics.registry import metric
from nrag.metrics.sampling import drawn

PARITIES = {"even": 0, "odd": 1}
"""By the first word of a metric's name: remainder of the layers that stay, divided by two."""

_ROWS = 256


@dataclass(frozen=True, eq=False)
class Projection:
    """An undirected weighted graph of the regions of every second layer."""

    weight: scipy.sparse.csr_array
    """(regions, regions), symmetric, nothing on the diagonal: Σ 1 / (d_m − 1) over the shared neighbours m, d_m
    being the degree of m in the NRAG. Newman (2001), Phys. Rev. E 64, 016132."""
    strength: np.ndarray
    """(regions,) sums of weights, which are whole numbers: the neighbours that a region shares with any other."""
    possible: int
    """Pairs of regions that can have a neighbour in common: of one layer, or two layers apart."""

    @cached_property
    def degree(self) -> np.ndarray:
        """(regions,) regions that a region is joined to."""
        return np.diff(self.weight.indptr)

    @cached_property
    def distance(self) -> scipy.sparse.csr_array:
        """(regions, regions) length of each edge: mean weight over its weight."""
        data = self.weight.data.mean() / self.weight.data if self.weight.nnz else self.weight.data
        return scipy.sparse.csr_array((data, self.weight.indices, self.weight.indptr), shape=self.weight.shape)


# A dozen metrics of either projection are taken one after the other; older NRAGs must not be kept.
@lru_cache(maxsize=2)
def projection(nrag: Nrag, parity: int) -> Projection:
    """The projection onto the layers whose number leaves the remainder `parity` divided by two.

    >>> projection(example(), 0).weight.toarray()  # a, e, f: c joins all three, d joins a and f
    array([[0. , 0.5, 1.5],
           [0.5, 0. , 0.5],
           [1.5, 0.5, 0. ]])
    """
    kept = nrag.layer % 2 == parity
    number = np.where(kept, np.cumsum(kept), np.cumsum(~kept)) - 1
    ends = np.where(kept[nrag.source], [nrag.source, nrag.target], [nrag.target, nrag.source])
    shape = (int(kept.sum()), int((~kept).sum()))
    joined = scipy.sparse.csr_array((np.ones(ends.shape[1]), (number[ends[0]], number[ends[1]])), shape=shape)
    degree = joined.sum(axis=0)
    shared = degree > 1
    weights = joined.multiply(np.divide(1, degree - 1, out=np.zeros_like(degree), where=shared)).tocsr() @ joined.T
    weights = _without_loops(weights.tocoo())
    occupied = np.bincount(nrag.layer, minlength=nrag.layers)[parity::2].astype(np.int64)
    possible = occupied @ (occupied - 1) // 2 + occupied[:-1] @ occupied[1:] if nrag.layers > 1 else 0
    return Projection(weight=weights, strength=(joined @ shared).astype(np.int64), possible=int(possible))


def _without_loops(weights: scipy.sparse.coo_array) -> scipy.sparse.csr_array:
    rows, columns = weights.coords
    apart = (rows != columns) & (weights.data > 0)
    return scipy.sparse.csr_array((weights.data[apart], (rows[apart], columns[apart])), shape=weights.shape)


def projection_metric(function: Callable[..., float] | None = None, *, drawn_sources: bool = False) -> Callable:
    """Decorator that registers a function of a projection as two metrics of the graph: even_NAME and odd_NAME."""
    if function is None:
        return lambda decorated: projection_metric(decorated, drawn_sources=drawn_sources)
    for side, parity in PARITIES.items():

        @wraps(function)
        def of_nrag(nrag: Nrag, *, parity: int = parity, **sources: int | None) -> float:
            return function(projection(nrag, parity), **sources)

        def regions_of(nrag: Nrag, *, parity: int = parity) -> int:
            return int(np.count_nonzero(nrag.layer % 2 == parity))

        metric("graph", f"{side}_{function.__name__}", drawn_from=regions_of if drawn_sources else None)(of_nrag)
    return function


@projection_metric
def regions(found: Projection) -> float:
    """Regions of the even (odd) layers.

    >>> regions(projection(example(), 0))
    3.0
    """
    return float(len(found.strength))


@projection_metric
def edges(found: Projection) -> float:
    """Pairs of these regions that share a neighbour.

    >>> edges(projection(example(), 0))
    3.0
    """
    return found.weight.nnz / 2


@projection_metric
def mean_degree(found: Projection) -> float:
    """Mean over the regions of how many others each shares a neighbour with; NaN without regions.

    >>> mean_degree(projection(example(), 0))
    2.0
    """
    return mean(found.degree)


@projection_metric
def var_degree(found: Projection) -> float:
    """Variance (divisor n − 1) of that number; NaN for fewer than two regions.

    >>> var_degree(projection(example(), 0))
    0.0
    """
    return var(found.degree)


@projection_metric
def mean_strength(found: Projection) -> float:
    """Mean over the regions of the sum of their edges' weights: of the neighbours that each shares with others.

    The two are the same: a neighbour of degree d gives each of its regions d − 1 edges of 1 / (d − 1).
    Newman (2001), Phys. Rev. E 64, 016132. NaN without regions.

    >>> mean_strength(projection(example(), 0))  # strengths a 2, e 1, f 2
    1.6666666666666667
    """
    return mean(found.strength)


@projection_metric
def var_strength(found: Projection) -> float:
    """Variance (divisor n − 1) of that sum; NaN for fewer than two regions.

    >>> round(var_strength(projection(example(), 0)), 4)
    0.3333
    """
    return var(found.strength)


@projection_metric(drawn_sources=True)
def average_clustering(found: Projection, *, sources: int | None = None) -> float:
    """Mean over the regions of 2 t / (d (d − 1)): how many of the pairs that a region is joined to are joined.

    t triangles, d edges of the region; 0 where d < 2. In [0, 1]; high in every projection, since the
    regions around one neighbour are all joined. NaN without regions. Watts & Strogatz (1998), Nature 393,
    440; equal to NetworkX' `average_clustering`.

    >>> average_clustering(projection(example(), 0))
    1.0
    """
    return _clustering(found, np.ones_like(found.weight.data), sources)


@projection_metric(drawn_sources=True)
def weighted_clustering(found: Projection, *, sources: int | None = None) -> float:
    """As `average_clustering`, a triangle counting as the geometric mean of its weights over the largest weight of all.

    In [0, 1]; heavy triangles count, chance ones hardly. NaN without regions. Onnela et al. (2005), Phys.
    Rev. E 71, 065103; equal to NetworkX' `average_clustering(weight="weight")`.

    >>> round(weighted_clustering(projection(example(), 0)), 4)  # the cube root of 1/3 * 1/3 * 1
    0.4807
    """
    data = found.weight.data
    return _clustering(found, np.cbrt(data / data.max()) if len(data) else data, sources)


@projection_metric
def assortativity(found: Projection) -> float:
    """Pearson correlation of the strengths at the two ends of the edges, in [-1, 1]; each edge counts both ways.

    NaN without edges, and where all ends are equally strong. Newman (2003), Phys. Rev. E 67, 026126; equal to
    NetworkX' `degree_assortativity_coefficient(G, weight="weight")`.

    >>> round(assortativity(projection(example(), 0)), 4)  # of 2-1, 2-2, 1-2, both ways
    -0.5
    """
    # Every edge is stored both ways, so both ends have the same mean and variance.
    ends = found.weight.tocoo().coords
    if not len(ends[0]) or np.ptp(found.strength[ends[0]]) == 0:
        return np.nan
    here, there = (found.strength[end] - found.strength[ends[0]].mean() for end in ends)
    return float(here @ there / (here @ here))


@projection_metric
def density(found: Projection) -> float:
    """Edges out of the pairs of regions that can share a neighbour: those of one layer or two layers apart.

    In [0, 1]; does not fall with depth. NaN for a single layer and for fewer than two regions.

    >>> density(projection(example(), 0))
    1.0
    """
    return edges(found) / found.possible if found.possible else np.nan


@projection_metric(drawn_sources=True)
def average_shortest_path(found: Projection, *, sources: int | None = None) -> float:
    """Mean distance of the pairs of regions that are joined by a path, an edge of weight w being w̄ / w long.

    w̄ is the projection's mean weight of an edge: weights tell how close two regions are, so their
    inverse is a distance, in units of an average edge. NaN without edges. Newman (2001), Phys. Rev. E 64,
    016132; Opsahl et al. (2010), Social Networks 32, 245.

    >>> round(average_shortest_path(projection(example(), 0)), 4)  # w̄ = 5/6: a-f 5/9, a-e and e-f 5/3
    1.2963
    """
    length = 0.0
    # Without edges no region is away from another.
    for rows in _pieces(found, sources) if found.weight.nnz else ():
        distances = csgraph.dijkstra(found.distance, indices=rows)
        length += float(distances[np.isfinite(distances)].sum())
    reached = _reached(found, sources)
    return length / reached if reached else np.nan


@projection_metric(drawn_sources=True)
def reachable_pairs(found: Projection, *, sources: int | None = None) -> float:
    """Share of all pairs of these regions that a path joins, in [0, 1]; NaN for fewer than two regions.

    >>> reachable_pairs(projection(example(), 0))
    1.0
    """
    n = len(found.strength)
    return _reached(found, sources) / (len(drawn(n, sources)) * (n - 1)) if n > 1 else np.nan


def _reached(found: Projection, sources: int | None) -> int:
    """How many others some regions reach, all together: paths have no direction, so these are in the same component."""
    _, component = csgraph.connected_components(found.weight, directed=False)
    others = np.bincount(component)[component] - 1
    return int(others[drawn(len(component), sources)].sum())


def _clustering(found: Projection, data: np.ndarray, sources: int | None) -> float:
    """Mean of each region's triangles, as products of `data` along their edges, over the pairs it is joined to."""
    edges = scipy.sparse.csr_array((data, found.weight.indices, found.weight.indptr), shape=found.weight.shape)
    values = [np.empty(0)]
    for rows in _pieces(found, sources):
        own = edges[rows]
        twice = np.asarray((own @ edges).multiply(own).sum(axis=1)).ravel()
        pairs = found.degree[rows] * (found.degree[rows] - 1)
        values.append(np.divide(twice, pairs, out=np.zeros(len(rows)), where=pairs > 0))
    return mean(np.concatenate(values))


def _pieces(found: Projection, sources: int | None) -> list[np.ndarray]:
    chosen = drawn(len(found.strength), sources)
    return np.array_split(chosen, -(-len(chosen) // _ROWS)) if len(chosen) else []
