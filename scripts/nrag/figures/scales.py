"""How shares of documents become widths, opacities and circles, and which shares a key shows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex, to_rgb

EDGE_WIDTHS = (0.25, 2.6)
EDGE_ALPHAS = (0.30, 0.92)
CIRCLES = (1.2, 10.0)
"""Points: the narrowest and widest an edge can be, and a region's circle."""

LEAST_SCALE = 0.06
"""The share drawn widest, at least: a graph of light edges only looks light."""

LEVELS = 16
"""Steps of width and opacity: edges of one step and colour are one object in the file."""


@dataclass(frozen=True)
class Scale:
    """How shares become widths, opacities and circles, the same in all panels of a figure."""

    largest: float
    smallest: float
    circle: float

    @classmethod
    def of(cls, table: pd.DataFrame, height: float) -> "Scale":
        """The scales of a table drawn in panels that are at least `height` points high."""
        edges = table.loc[(table["item"] == "edge") & table["drawn"], "share"]
        largest, smallest = (max(edges.max(), LEAST_SCALE), edges.min()) if len(edges) else (1.0, 1.0)
        room = min(_room(rows) for _, rows in table.groupby(["model", table["label"].fillna("")])) * height
        regions = table.loc[table["item"] == "region", "share"]
        widest = math.sqrt(regions.max()) if len(regions) else 1.0
        return cls(largest, smallest, min(room, CIRCLES[1] / widest))

    def weights(self, shares: np.ndarray) -> np.ndarray:
        """From near 0 to 1; the square root shows light edges beside heavy ones."""
        return np.sqrt(np.minimum(shares / self.largest, 1.0))

    def diameters(self, shares: np.ndarray) -> np.ndarray:
        """Points; areas are proportional to shares but for the smallest circles."""
        return np.maximum(self.circle * np.sqrt(shares), CIRCLES[0])


def edge_width(weight: np.ndarray | float) -> np.ndarray | float:
    """Points, for a weight from 0 to 1."""
    return EDGE_WIDTHS[0] + (EDGE_WIDTHS[1] - EDGE_WIDTHS[0]) * weight


def edge_alpha(weight: np.ndarray | float) -> np.ndarray | float:
    """Opacity, for a weight from 0 to 1."""
    return EDGE_ALPHAS[0] + (EDGE_ALPHAS[1] - EDGE_ALPHAS[0]) * weight


UNSTABLE, STABLE, PALEST = 0.2, 0.6, 0.22
"""Stabilities up to which a region or edge is palest and from which it has its full colour, and what is left of the
colour where it is palest. One whose documents lie evenly about scores 0.42 when the grid moves."""


def pale(colors: Sequence[str], stability: np.ndarray) -> list[str]:
    """The colours, the nearer to white the less stable; what is not known to be stable is palest.

    >>> pale(["#000000", "#000000", "#000000"], np.array([1.0, 0.4, np.nan]))
    ['#000000', '#636363', '#c7c7c7']
    """
    place = np.clip((np.nan_to_num(stability, nan=0.0) - UNSTABLE) / (STABLE - UNSTABLE), 0, 1)
    # Eight steps are told apart, and keep curves of one colour together in the file.
    left = PALEST + (1 - PALEST) * np.round(8 * place) / 8
    return [to_hex(1 - part * (1 - np.array(to_rgb(color)))) for color, part in zip(colors, left, strict=True)]


def rim(diameter: float) -> float:
    """Points of white around a circle, so that neighbours that touch stay two."""
    return min(0.4, 0.14 * diameter)


def shown_shares(largest: float, smallest: float) -> list[float]:
    """At most three round shares for a key, falling by a factor of 4 to 5, none beyond what is drawn.

    >>> shown_shares(0.13, 0.004)
    [0.005, 0.02, 0.1]
    """
    series = [digit * 10.0**power for power in range(-7, 1) for digit in (1, 2, 5)]
    possible = [round(value, 9) for value in series if value <= largest + 1e-9]
    return [value for value in sorted(possible[::-2][:3]) if value >= smallest - 1e-9] or [largest]


def _room(rows: pd.DataFrame) -> float:
    """The diameter per square root of share at which most neighbouring circles of a panel of height 1 keep apart."""
    rows = rows[(rows["item"] == "region") & rows["drawn"]].sort_values(["layer", "position0"])
    gaps, radii = np.diff(rows["position0"].to_numpy()), np.sqrt(rows["share"].to_numpy())
    touching = 2 * gaps / (radii[1:] + radii[:-1])
    same = np.diff(rows["layer"].to_numpy(dtype=int)) == 0
    return float(np.quantile(touching[same], 0.1)) if same.any() else math.inf
