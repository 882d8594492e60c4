"""Faithfulness of regions: whether a document's neighbours in the hidden space are still beside it in the plane."""

import numpy as np
import pandas as pd

from nrag.reduction import nearest_neighbours


def faithfulness_of(states: np.ndarray, cells: np.ndarray, *, neighbours: int = 15) -> pd.DataFrame:
    """One row for every occupied region of a layer, by x and y: how much of its documents' neighbourhoods it keeps.

    `states` are the hidden states, (documents, width), and `cells` the x and y of each document's region,
    (documents, 2). Neighbours are a document's k nearest others by cosine, exact, equally near ones by
    their number; all others, where there are not more than k. Columns, each a mean over the region's documents:

    - x, y, documents: the region and how many documents it has.
    - same: share of the k neighbours that lie in the document's own region, from 0 to 1.
    - same_chance: the same for others drawn at random, (documents - 1) / (all documents - 1).
    - same_most: the largest that `same` can be, for a small region has too few others: min(1, (documents - 1) / k).
    - near, near_chance: as the first two for the own region and the 8 cells around it.

    Documents with the zero vector, for which cosine is undefined, are left out and counted nowhere.
    Of a single document all shares are NaN.

    >>> line = np.array([[0.0, 1.0], [0.1, 1.0], [2.0, 1.0], [2.1, 1.0]])
    >>> faithfulness_of(line, np.array([[0, 0], [0, 0], [3, 0], [4, 0]]), neighbours=1).round(2)
       x  y  documents  same  same_chance  same_most  near  near_chance
    0  0  0          2   1.0         0.33        1.0   1.0         0.33
    1  3  0          1   0.0         0.00        0.0   1.0         0.33
    2  4  0          1   0.0         0.00        0.0   1.0         0.33
    """
    rows, cells = _unit_rows(states, cells)
    k = min(neighbours, len(rows) - 1)
    nearest = nearest_neighbours(rows, k + 1)[0][:, 1:] if k > 0 else np.empty((len(rows), 0), dtype=np.int32)
    apart = np.abs(cells[nearest] - cells[:, None]).max(axis=2)
    regions, region, documents = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    return pd.DataFrame(
        {
            "x": regions[:, 0],
            "y": regions[:, 1],
            "documents": documents,
            "same": _shares(apart == 0, region, documents),
            "same_chance": _chance(documents, len(rows)),
            "same_most": np.minimum(1, (documents - 1) / k) if k > 0 else np.nan,
            "near": _shares(apart <= 1, region, documents),
            "near_chance": _chance(_around(regions, documents), len(rows)),
        }
    )


def of_layer(regions: pd.DataFrame) -> dict[str, float]:
    """The shares of all documents of a layer: the mean of every column of shares, weighted by documents.

    Layers and models are compared by `same` - `same_chance`, which is 0 for a plane that knows nothing of
    the hidden space, and read beside `same_most` - `same_chance`, the largest it can be. NaN without documents.
    """
    shares = regions.columns.drop(["x", "y", "documents"])
    documents = regions["documents"].to_numpy()
    if not len(documents):
        return dict.fromkeys(shares, np.nan)
    return {name: float(np.average(regions[name], weights=documents)) for name in shares}


# --------------------------------------------------------------------------------------- private


def _unit_rows(states: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The states as unit vectors, float64, and their cells, int64, without zero vectors."""
    if len(states) != len(cells):
        raise ValueError(f"there are {len(states)} hidden states and {len(cells)} cells, expected as many")
    rows = states.astype(np.float64)
    norms = np.linalg.norm(rows, axis=1)
    if not np.isfinite(norms).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(norms))} of {len(rows)} hidden states are not finite")
    kept = norms > 0
    if not kept.all():
        rows, norms, cells = rows[kept], norms[kept], cells[kept]
    rows /= norms[:, None]
    return rows, cells.astype(np.int64)


def _shares(kept: np.ndarray, region: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """(regions,): the share of each region's neighbours that are kept; `kept` is (documents, neighbours)."""
    if not kept.size:
        return np.full(len(documents), np.nan)
    return np.bincount(region, kept.mean(axis=1), len(documents)) / documents


def _chance(inside: np.ndarray, documents: int) -> np.ndarray:
    return (inside - 1) / (documents - 1) if documents > 1 else np.full(len(inside), np.nan)


def _around(regions: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """(regions,): documents of each region and the 8 cells around it."""
    # An empty cell on every side spares the borders of the grid.
    grid = np.zeros(regions.max(axis=0, initial=0) + 3, dtype=np.int64)
    grid[tuple((regions + 1).T)] = documents
    x, y = regions.T
    return sum(grid[x + right, y + up] for right in range(3) for up in range(3))
