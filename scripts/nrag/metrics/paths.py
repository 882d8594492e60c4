"""Paths through an NRAG, followed layer by layer.

All paths from a region of layer i to one of layer j have the same j − i steps, since edges join
neighbouring layers only. So every path is a shortest one in steps, the paths of all lengths are
counted in one sweep through the layers, and shortest distances need no queue.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy.sparse

from nrag.graphs import Nrag, example  # noqa: F401 the docstrings use `example`
from nrag.metrics.registry import metric
from nrag.metrics.sampling import drawn

_NUMBERS = 4_000_000
"""Of the largest array of a sweep: 32 MB."""


def regions_of(nrag: Nrag) -> int:
    """Regions that paths may start from."""
    return len(nrag.layer)


@metric("node", drawn_from=regions_of)
def betweenness(nrag: Nrag, *, sources: int | None = None) -> np.ndarray:
    """Share of the paths between other regions that run through each: Σ_{s≠v≠t} σ_st(v) / σ_st / ((n − 1)(n − 2)).

    σ_st counts the paths from region s to region t, σ_st(v) those through v, each path once whatever
    its weights; n = |V|. In [0, 1], in practice far below 1: most ordered pairs of regions cannot be joined. 0 for
    n < 3. Freeman (1977), Sociometry 40, 35; sums over targets as Brandes (2001), J. Math. Sociol. 25,
    163; equal to NetworkX' `betweenness_centrality`. With fewer `sources` than regions, s runs over
    those drawn and the sum is scaled by n / sources (Brandes & Pich 2007, Int. J. Bifurc. Chaos 17,
    2303): right on average.

    >>> betweenness(example()) * 4 * 3  # c: a → e and half of a → f; d: the other half
    array([0. , 1.5, 0.5, 0. , 0. ])
    """
    n = len(nrag.layer)
    if n < 3:
        return np.zeros(n)
    chosen = drawn(n, sources)
    steps, places = _steps(nrag), _places(nrag)
    total = np.zeros(n)
    for chunk in _chunks(chosen, n):
        total += _dependencies(steps, places, chunk)
    return total * (n / len(chosen)) / ((n - 1) * (n - 2))


@metric("graph", drawn_from=regions_of)
def betweenness_centralization(nrag: Nrag, *, sources: int | None = None) -> float:
    """How far one region stands out between the others: Σ_v (b* − b_v) / (n − 1), b betweenness and b* the largest.

    In [0, 1): 0 if all regions are as much between the others, and 1 could only be where one region lies on every
    path, in both directions, which layers exclude. NaN for n < 3. Freeman (1977), Sociometry 40, 35. With drawn
    `sources` the largest value is overestimated a little, as the largest of any estimates is.

    >>> round(betweenness_centralization(example()), 4)  # 1.5 / 12 and 0.5 / 12: (4 * 1.5 - 0.5) / 12 / 4
    0.1146
    """
    n = len(nrag.layer)
    if n < 3:
        return np.nan
    found = betweenness(nrag, sources=sources)
    return float((found.max() - found).sum() / (n - 1))


@metric("graph", drawn_from=regions_of)
def average_shortest_path(nrag: Nrag, *, sources: int | None = None) -> float:
    """Mean distance from a region to the later ones that it reaches, an edge of weight w being w̄ / w long.

    w̄ is the mean weight of an edge, so an edge of mean weight is 1 long, a heavier one shorter, and the
    same number of copies of every document changes nothing. A path is as long as its edges together;
    the mean is over the pairs of regions that the documents' edges join, in their direction. NaN
    without edges. Inverse weights as distances: Newman (2001), Phys. Rev. E 64, 016132; in units of
    the mean weight: Opsahl et al. (2010), Social Networks 32, 245. Equal to the mean over NetworkX' Dijkstra.

    >>> round(average_shortest_path(example()), 4)  # w̄ = 2: a-c 0.5, a-d 2, a-e 7/6, a-f 2.5, c-e 2/3, c-f 2, d-f 2
    1.5476
    """
    followed = _followed(nrag, sources)
    return followed.length / followed.reached if followed.reached else np.nan


@metric("graph", drawn_from=regions_of)
def reachable_pairs(nrag: Nrag, *, sources: int | None = None) -> float:
    """Share of the pairs of regions of different layers that a path joins, in (0, 1]; NaN for a single layer.

    Documents need not take that path whole: it may lead along the edges of several. It is the share
    of pairs that `average_shortest_path` describes.

    >>> reachable_pairs(example())  # not d to e, of a-c, a-d, a-e, a-f, c-e, c-f, d-e and d-f
    0.875
    """
    followed = _followed(nrag, sources)
    return followed.reached / followed.possible if followed.possible else np.nan


class _Followed(NamedTuple):
    """Of all paths from some regions: sum of the shortest distances, pairs reached, pairs there are."""

    length: float
    reached: int
    possible: int


# Two metrics read it, one after the other; older NRAGs must not be kept.
@lru_cache(maxsize=1)
def _followed(nrag: Nrag, sources: int | None) -> _Followed:
    n, places = len(nrag.layer), _places(nrag)
    chosen = drawn(n, sources)
    later = (n - places[nrag.layer[chosen] + 1]).sum()
    length, reached = 0.0, 0
    for chunk in _chunks(chosen, max(n, len(nrag.weight))):
        found = _distances(nrag, places, chunk)
        found = found[np.isfinite(found)]
        length += float(found.sum())
        reached += len(found) - len(chunk)  # without each source itself
    return _Followed(length, reached, int(later))


def _places(nrag: Nrag) -> np.ndarray:
    """(layers + 1,) number of the first region of each layer, and of regions."""
    return np.searchsorted(nrag.layer, np.arange(nrag.layers + 1))


def _steps(nrag: Nrag) -> list[scipy.sparse.csr_array]:
    """Adjacency of each pair of neighbouring layers."""
    n, places = len(nrag.layer), _places(nrag)
    edges = scipy.sparse.csr_array((np.ones(len(nrag.source)), (nrag.source, nrag.target)), shape=(n, n))
    return [edges[places[k] : places[k + 1], places[k + 1] : places[k + 2]].tocsr() for k in range(nrag.layers - 1)]


def _chunks(chosen: np.ndarray, rows: int) -> Iterator[np.ndarray]:
    """The sources in pieces whose arrays (rows, sources) stay small; the regions of a piece lie close together."""
    yield from np.array_split(chosen, min(len(chosen), len(chosen) * rows // _NUMBERS + 1))


def _dependencies(steps: list[scipy.sparse.csr_array], places: np.ndarray, chunk: np.ndarray) -> np.ndarray:
    """(regions,) sum over the sources s of `chunk` and all targets t of σ_st(v) / σ_st."""
    parts = [slice(*ends) for ends in pairwise(places)]
    first = int(np.searchsorted(places, chunk[0], side="right")) - 1
    started = np.searchsorted(chunk, places[1:])
    own = chunk, np.arange(len(chunk))
    counts = np.zeros((places[-1], len(chunk)))
    counts[own] = 1
    # Counts grow with a power of depth beyond what a float holds; in each layer they are kept as multiples.
    scale = np.ones((len(parts), len(chunk)))
    for k in range(first, len(steps)):
        # Nothing comes from sources that lie in later layers: half of the products are not needed.
        before = slice(started[k])
        arrived = steps[k].T @ counts[parts[k], before]
        scale[k + 1, before] = np.maximum(arrived.max(axis=0), 1)
        counts[parts[k + 1], before] += arrived / scale[k + 1, before]
    passing = np.zeros_like(counts)
    for k in reversed(range(first, len(steps))):
        before = slice(started[k])
        ways = counts[parts[k + 1], before] * scale[k + 1, before]
        share = np.divide(1 + passing[parts[k + 1], before], ways, out=np.zeros_like(ways), where=ways > 0)
        passing[parts[k], before] = counts[parts[k], before] * (steps[k] @ share)
    passing[own] = 0
    return passing.sum(axis=1)


def _distances(nrag: Nrag, places: np.ndarray, chunk: np.ndarray) -> np.ndarray:
    """(regions, sources of `chunk`) distance from each source, infinite where no path leads."""
    found = np.full((len(nrag.layer), len(chunk)), np.inf)
    found[chunk, np.arange(len(chunk))] = 0
    lengths = nrag.weight.mean() / nrag.weight if len(nrag.weight) else np.empty(0)
    first = np.searchsorted(nrag.source, places)
    started = np.searchsorted(chunk, places[1:])
    for k in range(nrag.layer[chunk[0]], nrag.layers - 1):
        edges = first[k] + np.argsort(nrag.target[first[k] : first[k + 1]], kind="stable")
        targets, starts = np.unique(nrag.target[edges], return_index=True)
        # Sources that lie in later layers have no part in this: half of the sums are not needed.
        before = slice(started[k])
        arriving = found[nrag.source[edges], before] + lengths[edges, None]
        found[targets, before] = np.minimum.reduceat(arriving, starts)
    return found
