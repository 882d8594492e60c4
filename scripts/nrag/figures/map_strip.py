"""The film strip of region maps: a row per label, a column per layer, everything on one scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, is_narrow, layer_name, name_model, points_across, write_notes
from nrag.figures.map_panel import Row, cells_of, draw_map, draw_title, rows_of
from nrag.figures.map_scales import KEY, MapScale

MOST_SIDE, READABLE, LEAST_SIDE = 80.0, 33.0, 25.0
"""Points of a map's side. To keep it readable, layers go to further lines of their row, or are named below
the last row alone; below the least, the figure grows beyond a page instead."""

READING, BLANK = "x to the right, y upwards", "white: no document"
CROSSED = "crossed out: every document has the same vector"

_TOP, _SIDE, _GAP, _TITLE, _NAMES, _ROW_GAP = 4.0, 14.0, 3.0, 13.0, 10.0, 7.0


@dataclass(frozen=True)
class _Strip:
    """Sizes of a strip in points."""

    across: float
    up: float
    left: float
    side: float
    columns: int
    lines: int
    named: tuple[bool, ...]
    """For each row, whether its layers are named."""

    @classmethod
    def of(cls, rows: list[Row], layers: int, across: float, notes: int) -> "_Strip":
        """The first sizes, of as few lines as possible, at which maps are readable; else those of the largest maps."""
        left = MARGIN + (_SIDE if len({row.model for row in rows}) > 1 else 0.0)
        inner = across - left - MARGIN
        stacked = is_narrow(across) and any(row.difference for row in rows)
        below = MARGIN + (2 if stacked else 1) * KEY + LINE * notes + 2
        everywhere = (True,) * len(rows)
        last = (*(row.model != after.model for row, after in pairwise(rows)), True)
        found = []
        for lines, named in [(1, everywhere), (1, last), *((lines, everywhere) for lines in range(2, layers + 1))]:
            columns = math.ceil(layers / lines)
            around = below + _around(named, lines)
            page = (style.TALLEST * 72 - around) / (len(rows) * lines)
            side = min((inner - _GAP * (columns - 1)) / columns, MOST_SIDE, max(page, LEAST_SIDE))
            found.append(cls(across, around + len(rows) * lines * side, left, side, columns, lines, named))
        readable = [strip for strip in found if strip.side >= READABLE]
        return readable[0] if readable else max(found, key=lambda strip: strip.side)

    def corner(self, row: int, place: int) -> tuple[float, float]:
        """Lower left corner of a map."""
        line, column = divmod(place, self.columns)
        above = row * self.lines * self.side + _around(self.named[:row], self.lines)
        top = self.up - above - _TITLE - line * (self.side + _NAMES + _GAP)
        return self.left + column * (self.side + _GAP), top - self.side


def draw(table: pd.DataFrame, *, size: int, width: str = "text", colormap: str = "nrag") -> Figure:
    """The film strip of a table of `map_table`: for each model a row per label and one of all documents.

    `size` is the grid's, drawn in full on every map. Shares have one scale in all rows, white where there
    is no document. Two labels have a row of their difference, on the `colormap` of the study. Layers
    that have no room in one line go to further lines of the row.
    """
    rows, layers = rows_of(table), sorted(set(table["layer"]))
    labels = [label for label in table["label"].fillna("").unique() if label]
    notes = [READING, BLANK, *([CROSSED] if table["constant"].any() else [])]
    across = points_across(width)
    lines = style.wrapped("; ".join(notes), across - 2 * MARGIN)
    strip, scale = _Strip.of(rows, len(layers), across, len(lines)), MapScale.of(table, colormap=colormap)
    with style.styled():
        figure, canvas = blank(strip.across, strip.up)
        for number, row in enumerate(rows):
            _draw_row(canvas, strip, number, row, table, layers, labels, scale, size)
        _draw_models(canvas, strip, rows)
        write_notes(canvas, lines)
        base = MARGIN + LINE * len(lines) + 2
        scale.draw_keys(canvas, labels, left=MARGIN, right=across - MARGIN, base=base)
    return figure


def _around(named: Sequence[bool], lines: int) -> float:
    """Points of some rows beside their maps: titles, names of layers where there are any, gaps."""
    return _TOP + len(named) * (_TITLE + _ROW_GAP + (lines - 1) * (_NAMES + _GAP)) + sum(named) * _NAMES


def _draw_row(
    canvas: Axes,
    strip: _Strip,
    number: int,
    row: Row,
    table: pd.DataFrame,
    layers: list[int],
    labels: list[str],
    scale: MapScale,
    size: int,
) -> None:
    cells = cells_of(table, row)
    _, bottom = strip.corner(number, 0)
    draw_title(canvas, row, labels, strip.left, strip.across - MARGIN, bottom + strip.side + 4)
    if row.left_out:
        canvas.text(strip.left + 3, bottom + strip.side / 2, row.left_out, va="center", color=style.QUIET)
    for place, layer in enumerate(layers):
        left, bottom = strip.corner(number, place)
        of_layer = cells[cells["layer"] == layer]
        if len(of_layer):
            draw_map(canvas, of_layer, row, scale, size=size, left=left, bottom=bottom, side=strip.side)
        if strip.named[number]:
            middle = left + strip.side / 2
            canvas.text(middle, bottom - 2.5, layer_name(layer), ha="center", va="top", color=style.QUIET)


def _draw_models(canvas: Axes, strip: _Strip, rows: list[Row]) -> None:
    """The models' names beside their rows, if there are several."""
    models = list(dict.fromkeys(row.model for row in rows))
    for model in models if len(models) > 1 else []:
        places = [place for place, row in enumerate(rows) if row.model == model]
        high = strip.corner(places[0], 0)[1] + strip.side
        if places[0]:
            between = high + _TITLE + _ROW_GAP / 2
            canvas.plot([MARGIN, strip.across - MARGIN], [between] * 2, color=style.FRAME, lw=0.5)
        low = strip.corner(places[-1], strip.columns * (strip.lines - 1))[1]
        name_model(canvas, model, MARGIN + 2, low, high)
