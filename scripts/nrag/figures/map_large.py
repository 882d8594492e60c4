"""Region maps large enough for a number in every cell: one layer, a map per label."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, is_narrow, points_across, say_nothing, write_notes
from nrag.figures.map_panel import Row, cells_of, colors_of, draw_map, draw_title, rows_of
from nrag.figures.map_scales import KEY, MapScale
from nrag.figures.map_strip import BLANK, CROSSED, READING

NUMBERS = {"documents": "documents", "percent": "% of n"}
"""What is written into a cell, and how a note calls it: documents, or the share of the label's in per cent."""

MOST_COLUMNS, USUAL_SIDE = 3, 140.0
"""Maps side by side, and points of a map's side where no number has to fit into its cells."""

COUNTED = "both from 0"
"""What the numbers at the edges of a map are, in a note."""

UNNUMBERED = "no room for numbers: they are in the table"

_HEAD, _TITLE, _TICKS, _GAP = 14.0, 13.0, 11.0, 10.0
_BETWEEN = 1.5
"""Points between a number and the edges of its cell, both sides together."""


@dataclass(frozen=True)
class _Page:
    """Sizes of the figure in points."""

    across: float
    up: float
    side: float
    columns: int
    lines: int
    numbered: bool
    """Whether the numbers have room in the cells."""

    @classmethod
    def of(
        cls,
        blocks: Mapping[str, list[tuple[Row, pd.DataFrame]]],
        labels: int,
        size: int,
        across: float,
        numbers: str,
        notes: Sequence[str],
    ) -> tuple["_Page", list[str]]:
        """As many columns as leave room for the widest number, or the usual ones without numbers; and the notes."""
        maps = max(blocks.values(), key=len)
        texts = {text for of_model in blocks.values() for _, cells in of_model for text in cells["number"]}
        needed = size * (max(map(style.text_width, texts), default=0.0) + _BETWEEN)
        inner = across - 2 * MARGIN
        sides = {columns: inner / columns - _TICKS - _GAP for columns in range(1, min(MOST_COLUMNS, len(maps)) + 1)}
        numbered = [columns for columns, side in sides.items() if side >= needed]
        usual = [columns for columns, side in sides.items() if side >= USUAL_SIDE]
        columns = max(numbered or usual, default=1)
        side = min(sides[columns], max(USUAL_SIDE, needed) if numbered else USUAL_SIDE)
        lines = math.ceil(len(maps) / columns)
        counted = f"numbers: {NUMBERS[numbers]}" + (", in the difference percentage points" if labels == 2 else "")
        said = [*notes, counted if numbered else UNNUMBERED]
        wrapped = style.wrapped("; ".join(said), across - 2 * MARGIN)
        stacked = is_narrow(across) and labels == 2
        below = MARGIN + (2 if stacked else 1) * KEY + LINE * len(wrapped) + 2
        up = below + len(blocks) * (_HEAD + lines * (_TITLE + side + _TICKS + _GAP))
        return cls(across, up, side, columns, lines, bool(numbered)), wrapped

    def corner(self, block: int, place: int) -> tuple[float, float]:
        """Lower left corner of a map."""
        line, column = divmod(place, self.columns)
        high = _TITLE + self.side + _TICKS + _GAP
        top = self.up - block * (_HEAD + self.lines * high) - _HEAD - line * high - _TITLE
        return MARGIN + column * (_TICKS + self.side + _GAP) + _TICKS, top - self.side


def draw(
    table: pd.DataFrame, *, size: int, numbers: str = "documents", width: str = "text", colormap: str = "nrag"
) -> Figure:
    """The maps of a table of `map_table` that holds one layer of each model: a block per model, a map per label.

    Two labels have a map of their difference beside them; all documents have one where there are no
    labels. `numbers` are documents or percent; in a difference they are percentage points, without a
    sign, for the colour says whose. Where the widest does not fit into a cell at 7 points, none is
    written, and a note says so. Colours have one scale for all maps of the figure.
    """
    if numbers not in NUMBERS:
        raise ValueError(f"numbers are {' or '.join(NUMBERS)}, not '{numbers}'")
    labels = [label for label in table["label"].fillna("").unique() if label]
    blocks: dict[str, list[tuple[Row, pd.DataFrame]]] = {}
    for row in rows_of(table):
        cells = cells_of(table, row)
        blocks.setdefault(row.model, []).append((row, cells.assign(number=_numbers(cells, row, numbers))))
    notes = [f"{READING}, {COUNTED}", BLANK, *([CROSSED] if table["constant"].any() else [])]
    page, lines = _Page.of(blocks, len(labels), size, points_across(width), numbers, notes)
    scale = MapScale.of(table, colormap=colormap)
    with style.styled():
        figure, canvas = blank(page.across, page.up)
        for block, (model, maps) in enumerate(blocks.items()):
            layer = int(table.loc[table["model"] == model, "layer"].iloc[0])
            _draw_head(canvas, page, block, model if len(blocks) > 1 else "", layer)
            for place, (row, cells) in enumerate(maps):
                left, bottom = page.corner(block, place)
                draw_title(canvas, row, labels, left, left + page.side, bottom + page.side + 4)
                draw_map(canvas, cells, row, scale, size=size, left=left, bottom=bottom, side=page.side)
                if row.left_out:
                    say_nothing(canvas, row.left_out, left + page.side / 2, bottom + page.side / 2)
                elif page.numbered and not cells["constant"].any():
                    _draw_numbers(canvas, cells, colors_of(cells, row, scale), (left, bottom), page.side / size)
                _draw_ticks(canvas, (left, bottom), page.side, size)
        write_notes(canvas, lines)
        base = MARGIN + LINE * len(lines) + 2
        scale.draw_keys(canvas, labels, left=MARGIN, right=page.across - MARGIN, base=base)
    return figure


def _numbers(cells: pd.DataFrame, row: Row, numbers: str) -> list[str]:
    """What is written into each cell."""
    if numbers == "documents" and not row.difference:
        return [str(count) for count in cells["documents"]]
    percent = 100 * cells["difference" if row.difference else "share"].abs()
    return [f"{value:.0f}" if value >= 9.95 or value == 0 else f"{value:.1f}" for value in percent]


def _draw_head(canvas: Axes, page: _Page, block: int, model: str, layer: int) -> None:
    _, bottom = page.corner(block, 0)
    name = "layer 0, the embeddings" if layer == 0 else f"layer {layer}"
    text = style.fitted(f"{model}, {name}" if model else name, page.across - 2 * MARGIN, size=style.TITLES)
    base = bottom + page.side + _TITLE + 3
    canvas.text(MARGIN, base, text, size=style.TITLES, color=style.QUIET, va="baseline")


def _draw_numbers(
    canvas: Axes, cells: pd.DataFrame, colors: list[str], corner: tuple[float, float], step: float
) -> None:
    for x, y, number, color in zip(cells["x"], cells["y"], cells["number"], colors, strict=True):
        place = corner[0] + (x + 0.5) * step, corner[1] + (y + 0.5) * step
        canvas.text(*place, number, color=letter_color(color), ha="center", va="center_baseline")


def letter_color(color: str) -> str:
    """Dark or white, whichever stands out more from a cell's colour."""
    # Relative luminance; at 0.22 both have one contrast.
    return style.INK if np.power(to_rgb(color), 2.2) @ (0.2126, 0.7152, 0.0722) > 0.22 else "white"


def _draw_ticks(canvas: Axes, corner: tuple[float, float], side: float, size: int) -> None:
    """The numbers of rows and columns, as many as have room, and what they are."""
    (left, bottom), step = corner, side / size
    each = next(every for every in (1, 2, 5, 10, 20, 50, 100, 200) if every * step >= 13)
    for cell in range(0, size, each):
        middle = (cell + 0.5) * step
        canvas.text(left + middle, bottom - 2.5, str(cell), ha="center", va="top", color=style.QUIET)
        canvas.text(left - 2.5, bottom + middle, str(cell), ha="right", va="center", color=style.QUIET)
