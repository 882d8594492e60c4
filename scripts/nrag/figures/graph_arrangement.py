"""Where the panels and keys of an NRAG's figure stand, in points from the lower left."""

import math

import pandas as pd

from nrag.figures import style
from nrag.figures.canvas import MARGIN, Panel
from nrag.figures.graph_keys import colored_labels, keys_height

STEP, LEAST_STEP = 15.0, 7.5
"""Points from one layer to the next that a panel has at least, where the page allows; and where labels
have no colours of their own, so that only small multiples tell them apart."""

LEAST_HEIGHT, READABLE = 50.0, 62.0
"""Points; a figure of many models grows beyond a page rather than below the first. Small multiples
stand in more columns rather than below the second."""

HEAD, FOOT, INSET, SIDE = 15.0, 12.0, 8.0, 14.0
"""Points above and below a panel, for its title and its layers; at its left and right, for half a circle;
and for the names of several models."""

AXIS = 10.0
"""Points below the lowest panels of a model, for what the numbers of layers are."""

_GAP, _ROW_GAP = 14.0, 7.0


def arrange(table: pd.DataFrame, across: float) -> tuple[list[Panel], tuple[float, float]]:
    """The panels and the figure's size in points.

    One row of panels per model where every layer has room; else the labels together on a row of their
    own above the labels.
    """
    models, labels = list(table["model"].unique()), list(table["label"].fillna("").unique())
    side = SIDE if len(models) > 1 else 0.0
    inner = across - 2 * MARGIN - side
    below = keys_height(table, across)
    page = style.TALLEST * 72 - below
    small = len(labels) > 1 and not colored_labels(table)
    choices = _small_rows if small else _rows
    rows = choices(labels, inner, last_layer(table), page / len(models))
    widths = [_panel_width(columns, inner) for _, columns in rows]
    heights = _heights(widths, page / len(models))
    panels, top = [], below + len(models) * (sum(heights) + _around(len(rows)))
    total = top
    for model in models:
        for place, ((names, _), panel_width, height) in enumerate(zip(rows, widths, heights, strict=True), start=1):
            bottom = top - HEAD - height
            for column, label in enumerate(names):
                corner = MARGIN + side + column * (panel_width + _GAP), bottom
                edges = {"first": column == 0, "lowest": place == len(rows)}
                panels.append(Panel(model, label, *corner, panel_width, height, **edges))
            top = bottom - FOOT - _ROW_GAP
        top -= AXIS
    return panels, (across, total)


def arrange_models(table: pd.DataFrame, across: float) -> tuple[list[Panel], tuple[float, float]]:
    """The panels and the figure's size in points, where every model has one panel: small multiples, row by row."""
    models, label = list(table["model"].unique()), table["label"].fillna("").iloc[0]
    below, inner = keys_height(table, across), across - 2 * MARGIN
    page = style.TALLEST * 72 - below
    for columns in range(1, _capacity(inner, last_layer(table), LEAST_STEP) + 1):
        rows = [models[start : start + columns] for start in range(0, len(models), columns)]
        width = _panel_width(columns, inner)
        heights = _heights([width] * len(rows), page)
        if heights[0] >= READABLE:
            break
    panels, top = [], below + sum(heights) + _around(len(rows))
    total = top
    for place, (names, height) in enumerate(zip(rows, heights, strict=True), start=1):
        bottom = top - HEAD - height
        for column, model in enumerate(names):
            edges = {"first": column == 0, "lowest": place == len(rows)}
            panels.append(Panel(model, label, MARGIN + column * (width + _GAP), bottom, width, height, **edges))
        top = bottom - FOOT - _ROW_GAP
    return panels, (across, total)


def last_layer(table: pd.DataFrame) -> int:
    """The last layer that any panel shows; all panels have the same layers."""
    return int(table["layer"].max())


Rows = list[tuple[list[str], int]]
"""The labels of each row of panels, and how many panels wide the row is."""


def _rows(labels: list[str], inner: float, last_layer: int, _: float) -> Rows:
    """One row of all panels if every layer has its `STEP`, else the labels together above rows of as many as have."""
    capacity = _capacity(inner, last_layer, STEP)
    return [(labels, len(labels))] if len(labels) <= capacity else _below(labels, capacity)


def _small_rows(labels: list[str], inner: float, last_layer: int, page: float) -> Rows:
    """The labels together above small multiples, in as few columns as leave them `READABLE` on the page."""
    capacity = _capacity(inner, last_layer, LEAST_STEP)
    for columns in range(1, capacity + 1):
        rows = _below(labels, columns)
        if min(_heights([_panel_width(count, inner) for _, count in rows], page)) >= READABLE:
            return rows
    return _below(labels, capacity)


def _below(labels: list[str], capacity: int) -> Rows:
    single = [label for label in labels if label]
    columns = math.ceil(len(single) / math.ceil(len(single) / capacity))
    return [([""], 1), *((single[start : start + columns], columns) for start in range(0, len(single), columns))]


def _capacity(inner: float, last_layer: int, step: float) -> int:
    """Panels that fit side by side."""
    return max(1, int((inner + _GAP) // (step * max(last_layer, 1) + 2 * INSET + _GAP)))


def _panel_width(columns: int, inner: float) -> float:
    return (inner - _GAP * (columns - 1)) / columns


def _heights(widths: list[float], page: float) -> list[float]:
    """Heights of the rows of one model, such that it takes its part of the page, if it can."""
    wanted = [min(0.42 * width + 76, 225) for width in widths]
    room, large = page - _around(len(widths)), wanted
    # Rows that are at their least take nothing away any more: the others give up the more.
    for _ in wanted:
        left = room - LEAST_HEIGHT * (len(wanted) - len(large))
        shrink = max(min(1.0, left / sum(large)), 0.0) if large else 0.0
        large = [height for height in large if height * shrink > LEAST_HEIGHT]
    return [max(height * shrink, LEAST_HEIGHT) for height in wanted]


def _around(rows: int) -> float:
    """Points above, between and below the panels of so many rows."""
    return rows * (HEAD + FOOT + _ROW_GAP) + AXIS
