"""Where each region is drawn: one vertical order per layer, chosen once for all conditions of a space.

The order is found with the barycentre method of layered drawings (Sugiyama, Tagawa and Toda 1981),
the heights by isotonic regression, which is exact for a given order.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

SWEEPS = 24
"""Passes over the layers from one start, at most; the best order so far is kept."""

PATIENCE = 4
"""Passes without fewer crossings after which a start is given up."""

RELAXATIONS = 40
"""Passes that settle the heights."""

FILLED = 0.92
"""Share of the height that the regions of the fullest layer take up, gaps left out."""

SPREAD = 0.4
"""Pull towards an even use of the height, against the pull of the edges (1 per document)."""

_STARTS: tuple[Callable[[pd.DataFrame], pd.Series], ...] = (
    lambda nodes: nodes["x"],
    lambda nodes: nodes["y"],
    lambda nodes: nodes["x"] + nodes["y"],
    lambda nodes: nodes["x"] - nodes["y"],
)


def regions_of(edges: pd.DataFrame) -> pd.DataFrame:
    """The regions that `edges` touch, with their documents: layer, x, y, documents, sorted.

    Every document is in one region of each layer, so a region's documents are the sum of its outgoing
    edges, or of its incoming ones in the last layer.
    """
    sources = edges.groupby(["layer", "x0", "y0"], as_index=False)["documents"].sum()
    targets = edges.groupby(["layer", "x1", "y1"], as_index=False)["documents"].sum()
    targets["layer"] += 1
    both = pd.concat([sources.set_axis(_REGION, axis=1), targets.set_axis(_REGION, axis=1)])
    return both.drop_duplicates(_REGION[:3]).sort_values(_REGION[:3], ignore_index=True)


def positions(regions: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """The height of every region, from 0 (bottom) to 1 (top): layer, x, y, position.

    `regions` has layer, x, y and documents, `edges` layer, x0, y0, x1, y1 and documents; rows of several
    models of one space are added up, so that they share the heights. Regions without an edge are placed
    by their cell. Regions of a layer are at least as far apart as circles of area proportional to their
    documents need, on a scale common to all layers.

    The heights do not depend on the order of the rows.
    """
    regions = regions.groupby(_REGION[:3], as_index=False)["documents"].sum()
    planes = [plane for _, plane in regions.groupby("layer")]
    links = [_links(edges, lower, upper) for lower, upper in pairwise(planes)]
    documents = [plane["documents"].to_numpy(dtype=float) for plane in planes]
    orders = min((_ordered(planes, links, documents, start) for start in _STARTS), key=lambda found: found[0])[1]
    heights = _heights(orders, links, documents)
    return regions[_REGION[:3]].assign(position=np.round(np.concatenate(heights), 5))


def crossings(links: list[np.ndarray], orders: list[np.ndarray]) -> float:
    """Pairs of documents whose paths cross between two layers, when each layer has the given order.

    `links[k]` is (regions of layer k, regions of layer k + 1), the documents in both.

    >>> straight, crossed = np.array([[2, 0], [0, 3]]), np.array([[0, 2], [3, 0]])
    >>> orders = [np.arange(2), np.arange(2)]
    >>> float(crossings([straight], orders)), float(crossings([crossed], orders))
    (0.0, 6.0)
    """
    total = 0.0
    for link, lower, upper in zip(links, orders, orders[1:], strict=False):
        sorted_link = link[np.ix_(lower, upper)]
        below = np.cumsum(np.cumsum(sorted_link, axis=0)[:-1, ::-1], axis=1)[:, ::-1]
        total += float((sorted_link[1:, :-1] * below[:, 1:]).sum())
    return total


_REGION = ["layer", "x", "y", "documents"]


def _links(edges: pd.DataFrame, lower: pd.DataFrame, upper: pd.DataFrame) -> np.ndarray:
    """Documents in each region of one layer (rows) and each of the next (columns)."""
    between = edges[edges["layer"] == lower["layer"].iloc[0]]
    rows = pd.MultiIndex.from_frame(lower[["x", "y"]]).get_indexer(pd.MultiIndex.from_frame(between[["x0", "y0"]]))
    columns = pd.MultiIndex.from_frame(upper[["x", "y"]]).get_indexer(pd.MultiIndex.from_frame(between[["x1", "y1"]]))
    link = np.zeros((len(lower), len(upper)))
    np.add.at(link, (rows, columns), between["documents"])
    return link


def _ordered(
    planes: list[pd.DataFrame], links: list[np.ndarray], documents: list[np.ndarray], start: Callable
) -> tuple[float, list[np.ndarray]]:
    """The crossings and the order of the regions in each layer, after sweeps from one start."""
    orders = [np.argsort(start(plane).to_numpy(), kind="stable") for plane in planes]
    best, unchanged = (crossings(links, orders), list(orders)), 0
    for _ in range(SWEEPS):
        for layer in range(1, len(orders)):
            orders[layer] = _reordered(links[layer - 1].T, orders[layer - 1], documents[layer - 1], orders[layer])
        for layer in reversed(range(len(orders) - 1)):
            orders[layer] = _reordered(links[layer], orders[layer + 1], documents[layer + 1], orders[layer])
        found = crossings(links, orders)
        best, unchanged = ((found, list(orders)), 0) if found < best[0] else (best, unchanged + 1)
        if unchanged == PATIENCE:
            break
    return best


def _reordered(link: np.ndarray, neighbours: np.ndarray, documents: np.ndarray, current: np.ndarray) -> np.ndarray:
    """The regions of a layer by the mean place of the documents they share with a neighbouring layer."""
    places = _places(neighbours, documents)
    shared = link.sum(axis=1)
    own = _places(current, np.ones(len(current)))
    # Rounded, so that equal means stay equal whatever the order of summation.
    means = np.round(np.where(shared > 0, link @ places / np.maximum(shared, 1), own), 12)
    return current[np.argsort(means[current], kind="stable")]


def _places(order: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """Where the middle of each region comes when a layer's documents are stacked in `order` from 0 to 1."""
    stacked = np.cumsum(documents[order])
    places = np.empty(len(order))
    places[order] = (stacked - documents[order] / 2) / stacked[-1]
    return places


def _heights(orders: list[np.ndarray], links: list[np.ndarray], documents: list[np.ndarray]) -> list[np.ndarray]:
    """Heights that keep each order and every circle free, with the edges as level as that allows."""
    widths = [np.sqrt(counts) for counts in documents]
    scale = FILLED / max(width.sum() for width in widths)
    even = [_places(order, counts) for order, counts in zip(orders, documents, strict=True)]
    heights = list(even)
    for _ in range(RELAXATIONS):
        for layer, order in enumerate(orders):
            pull = SPREAD * documents[layer]
            target = pull * even[layer]
            for link, other in _neighbours(links, heights, layer):
                pull = pull + link.sum(axis=1)
                target = target + link @ other
            heights[layer] = _apart(target / pull, pull, widths[layer] * scale, order)
    return heights


def _neighbours(links: list[np.ndarray], heights: list[np.ndarray], layer: int) -> list[tuple[np.ndarray, np.ndarray]]:
    before = [(links[layer - 1].T, heights[layer - 1])] if layer > 0 else []
    after = [(links[layer], heights[layer + 1])] if layer < len(links) else []
    return before + after


def _apart(target: np.ndarray, pull: np.ndarray, widths: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The heights nearest to `target`, in squares weighted by `pull`, with no overlap and within 0 to 1.

    With the room of all lower regions taken off, "apart" becomes "not falling", which is isotonic
    regression; clipping its solution is the solution within bounds.
    """
    room = widths[order]
    offsets = np.concatenate([[0], np.cumsum((room[:-1] + room[1:]) / 2)])
    free = isotonic_regression(target[order] - offsets, weights=pull[order]).x
    heights = np.empty(len(order))
    heights[order] = np.clip(free, room[0] / 2, 1 - room[-1] / 2 - offsets[-1]) + offsets
    return heights
