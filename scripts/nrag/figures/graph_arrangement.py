"""Where the panels and keys of an NRAG's figure stand, in points from the lower left."""

import math
from dataclasses import dataclass

import pandas as pd

from nrag.figures import style
from nrag.figures.graph_keys import keys_height

STEP = 15.0
"""Points from one layer to the next that a panel has at least, where the page allows."""

LEAST_HEIGHT = 50.0
"""Points; a figure of many models grows beyond a page rather than below this."""

MARGIN, HEAD, FOOT, INSET, SIDE = 7.0, 15.0, 22.0, 8.0, 14.0
"""Points around the figure; above and below a panel, for its title and its layers; at its left and
right, for half a circle; and for the names of several models."""

_GAP, _ROW_GAP = 14.0, 7.0


@dataclass(frozen=True)
class Panel:
    """Where one model's graph of one label stands, in points from the lower left."""

    model: str
    label: str
    left: float
    bottom: float
    width: float
    height: float


def arrange(table: pd.DataFrame, across: float) -> tuple[list[Panel], tuple[float, float]]:
    """The panels and the figure's size in points.

    One row of panels per model where every layer has room; else the labels together on a row of their
    own above the labels.
    """
    models, labels = list(table["model"].unique()), list(table["label"].fillna("").unique())
    side = SIDE if len(models) > 1 else 0.0
    inner = across - 2 * MARGIN - side
    rows = _rows(labels, inner, last_layer(table))
    widths = [(inner - _GAP * (columns - 1)) / columns for _, columns in rows]
    below = keys_height(table, across)
    heights = _heights(widths, len(models), below)
    panels, top = [], below + len(models) * sum(height + HEAD + FOOT + _ROW_GAP for height in heights)
    total = top
    for model in models:
        for (names, _), panel_width, height in zip(rows, widths, heights, strict=True):
            bottom = top - HEAD - height
            for place, label in enumerate(names):
                left = MARGIN + side + place * (panel_width + _GAP)
                panels.append(Panel(model, label, left, bottom, panel_width, height))
            top = bottom - FOOT - _ROW_GAP
    return panels, (across, total)


def last_layer(table: pd.DataFrame) -> int:
    """The last layer that any panel shows; all panels have the same layers."""
    return int(table["layer"].max())


def _rows(labels: list[str], inner: float, last_layer: int) -> list[tuple[list[str], int]]:
    """The labels of each row of panels, and how many panels wide the row is."""
    capacity = max(1, int((inner + _GAP) // (STEP * max(last_layer, 1) + 2 * INSET + _GAP)))
    if len(labels) <= capacity:
        return [(labels, len(labels))]
    single = [label for label in labels if label]
    columns = math.ceil(len(single) / math.ceil(len(single) / capacity))
    below = [(single[start : start + columns], columns) for start in range(0, len(single), columns)]
    return [([""], 1), *below]


def _heights(widths: list[float], models: int, below: float) -> list[float]:
    """Heights of the rows of one model, such that all models and the keys fit on a page, if they can."""
    wanted = [min(0.42 * width + 76, 225) for width in widths]
    page = style.TALLEST * 72 - below - models * len(widths) * (HEAD + FOOT + _ROW_GAP)
    return [max(height * min(1.0, page / (models * sum(wanted))), LEAST_HEIGHT) for height in wanted]
