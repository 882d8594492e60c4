"""Louvain's communities, as NetworkX finds them, in a quarter of its time.

Permutations find them thousands of times. NetworkX keeps graphs as dictionaries of dictionaries of attributes;
here rows of weights are enough. Order of visits, ties and rounding are NetworkX' own, so the communities are too.
"""

import random

import numpy as np

_LEAST_GAIN = 1e-7
"""In modularity, of a level that is worth another one."""

Rows = list[dict[int, int]]
"""Of every node the weight of its edges by the node at the other end; a loop is written once and counts twice."""


def louvain(nodes: int, source: np.ndarray, target: np.ndarray, weight: np.ndarray, *, seed: int) -> np.ndarray:
    """(nodes,) number of each node's community, from 0 in the order of their first nodes.

    `source` and `target`, (edges,), are the ends of edges without direction, every pair once and none to itself;
    `weight` are whole numbers above 0. The seed decides the order of visits. Without edges every node is one of
    its own. Blondel et al. (2008), J. Stat. Mech. P10008; equal to NetworkX' `louvain_communities`, resolution 1.

    >>> ends = np.array([[0, 1, 0, 3, 4, 3, 2], [1, 2, 2, 4, 5, 5, 3]])  # two triangles and an edge between them
    >>> louvain(6, *ends, np.ones(7, dtype=int), seed=0)
    array([0, 0, 0, 1, 1, 1])
    """
    found = np.arange(nodes)
    if not len(weight):
        return found
    rows: Rows = [{} for _ in range(nodes)]
    for here, there, each in zip(source.tolist(), target.tolist(), weight.tolist(), strict=True):
        rows[here][there] = rows[there][here] = each
    total = int(weight.sum())
    generator = random.Random(seed)  # noqa: S311 an order of visits, no secret
    gained, best = True, _modularity(rows, total)
    while gained:
        communities, place = np.unique(_moved(rows, total, generator), return_inverse=True)
        found, rows = place[found], _merged(rows, place.tolist(), len(communities))
        reached = _modularity(rows, total)
        gained, best = reached - best > _LEAST_GAIN, reached
    _, first, place = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place]


def _moved(rows: Rows, total: int, generator: random.Random) -> list[int]:
    """Community of each node after all were moved, one at a time, to where modularity grows most, until none moves."""
    strength = _strengths(rows)
    others = [[(node, weight) for node, weight in row.items() if node != own] for own, row in enumerate(rows)]
    community, of_communities = list(range(len(rows))), strength.copy()
    order = list(range(len(rows)))
    generator.shuffle(order)
    twice_squared = 2 * float(total) ** 2
    moved = True
    while moved:
        moved = False
        for node in order:
            own = best = community[node]
            towards: dict[int, int] = {}
            for other, weight in others[node]:
                joined = community[other]
                towards[joined] = towards.get(joined, 0) + weight
            degree = strength[node]
            of_communities[own] -= degree
            # Term by term as NetworkX adds them up: rounding decides among ties.
            leaving = -towards.get(own, 0) / total + of_communities[own] * degree / twice_squared
            most = 0.0
            for joined, weight in towards.items():
                gain = leaving + weight / total - of_communities[joined] * degree / twice_squared
                if gain > most:
                    most, best = gain, joined
            of_communities[best] += degree
            if best != own:
                community[node] = best
                moved = True
    return community


def _merged(rows: Rows, community: list[int], communities: int) -> Rows:
    """Rows of the communities, the weights within each as a loop."""
    merged: Rows = [{} for _ in range(communities)]
    for node, row in enumerate(rows):
        here = community[node]
        for other, weight in row.items():
            # Every edge stands in two rows; once is enough.
            if other >= node:
                there = community[other]
                merged[here][there] = merged[there][here] = merged[here].get(there, 0) + weight
    return merged


def _modularity(rows: Rows, total: int) -> float:
    """Of every node as a community: Σ_c w_c / W − (S_c / 2W)²."""
    inside = sum(row.get(node, 0) for node, row in enumerate(rows))
    return inside / total - sum((strength / (2 * total)) ** 2 for strength in _strengths(rows))


def _strengths(rows: Rows) -> list[int]:
    return [sum(row.values()) + row.get(node, 0) for node, row in enumerate(rows)]
