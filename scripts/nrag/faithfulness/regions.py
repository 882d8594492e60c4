"""How much of its documents' neighbourhoods every region of a layer keeps, and the layer as a whole."""

import numpy as np
import pandas as pd

from nrag.faithfulness.neighbourhoods import Neighbourhoods

SHARES = ("same", "same_chance", "same_most", "near", "near_chance")


def faithfulness_of(found: Neighbourhoods, cells: np.ndarray) -> pd.DataFrame:
    """One row for every occupied region of a layer, by x and y: how much of its documents' neighbourhoods it keeps.

    `found` are the neighbourhoods of the layer's hidden states, and `cells` the x and y of each document's region,
    (documents, 2), of all documents of the states. Columns; shares are means over the region's judged documents:

    - x, y, documents: the region and how many different vectors it has.
    - judged: of how many of them neighbours were asked; where of none, `same` and `near` are NaN.
    - same: share of the k neighbours that lie in the document's own region, from 0 to 1.
    - same_chance: the same for others drawn at random, (documents - 1) / (all documents - 1).
    - same_most: the largest that `same` can be, for a small region has too few others: min(1, (documents - 1) / k).
    - near, near_chance: as the first two for the own region and the 8 cells around it.

    Of a single document all shares are NaN.

    >>> from nrag.faithfulness import neighbourhoods_of
    >>> line = np.array([[0.0, 1.0], [0.1, 1.0], [2.0, 1.0], [2.1, 1.0]])
    >>> cells = np.array([[0, 0], [0, 0], [3, 0], [4, 0]])
    >>> faithfulness_of(neighbourhoods_of(line, neighbours=1), cells).drop(columns="judged").round(2)
       x  y  documents  same  same_chance  same_most  near  near_chance
    0  0  0          2   1.0         0.33        1.0   1.0         0.33
    1  3  0          1   0.0         0.00        0.0   1.0         0.33
    2  4  0          1   0.0         0.00        0.0   1.0         0.33
    """
    if len(cells) != found.states:
        raise ValueError(f"there are {found.states} hidden states and {len(cells)} cells, expected as many")
    own = cells[found.documents].astype(np.int64)
    regions, region, documents = np.unique(own, axis=0, return_inverse=True, return_counts=True)
    asked, k = region[found.judged], found.nearest.shape[1]
    apart = np.abs(own[found.nearest] - own[found.judged][:, None]).max(axis=2, initial=0)
    return pd.DataFrame(
        {
            "x": regions[:, 0],
            "y": regions[:, 1],
            "documents": documents,
            "judged": np.bincount(asked, minlength=len(regions)),
            "same": _shares(apart == 0, asked, len(regions)),
            "same_chance": _chance(documents, len(own)),
            "same_most": np.minimum(1, (documents - 1) / k) if k else np.nan,
            "near": _shares(apart <= 1, asked, len(regions)),
            "near_chance": _chance(_around(regions, documents), len(own)),
        }
    )


def of_layer(regions: pd.DataFrame) -> dict[str, float]:
    """The shares of all judged documents of a layer: the mean of every column of shares, weighted by them.

    Layers and models are compared by `same` - `same_chance`, which is 0 for a plane that knows nothing of
    the hidden space, and read beside `same_most` - `same_chance`, the largest it can be. NaN without documents.
    """
    asked = regions[regions["judged"] > 0]
    if asked.empty:
        return dict.fromkeys(SHARES, np.nan)
    return {name: float(np.average(asked[name], weights=asked["judged"])) for name in SHARES}


def faithfulness_of_layer(found: Neighbourhoods, cells: np.ndarray) -> pd.DataFrame:
    """`faithfulness_of`, the layer as a whole before its regions, in a row without x and y."""
    regions = faithfulness_of(found, cells)
    whole = {"documents": len(found.documents), "judged": len(found.judged), **of_layer(regions)}
    rows = pd.concat([pd.DataFrame([whole]), regions.astype(dict.fromkeys(SHARES, "float64"))], ignore_index=True)
    return rows.astype({"x": "Int16", "y": "Int16"})[list(regions.columns)]


# --------------------------------------------------------------------------------------- private


def _shares(kept: np.ndarray, region: np.ndarray, regions: int) -> np.ndarray:
    """(regions,): the share of each region's neighbours that are kept; `kept` is (judged, neighbours)."""
    if not kept.size:
        return np.full(regions, np.nan)
    judged = np.bincount(region, minlength=regions)
    return np.divide(
        np.bincount(region, kept.mean(axis=1), regions), judged, out=np.full(regions, np.nan), where=judged > 0
    )


def _chance(inside: np.ndarray, documents: int) -> np.ndarray:
    return (inside - 1) / (documents - 1) if documents > 1 else np.full(len(inside), np.nan)


def _around(regions: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """(regions,): documents of each region and the 8 cells around it."""
    # An empty cell on every side spares the borders of the grid.
    grid = np.zeros(regions.max(axis=0, initial=0) + 3, dtype=np.int64)
    grid[tuple((regions + 1).T)] = documents
    x, y = regions.T
    return sum(grid[x + right, y + up] for right in range(3) for up in range(3))
