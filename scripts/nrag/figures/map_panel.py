"""One region map: a frame for the whole grid, and a square for every cell that holds a document."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from nrag.figures import style
from nrag.figures.map_scales import MapScale

FINEST = 1.5
"""Points of a cell that is drawn as a vector; finer maps are pictures of 300 dots per inch in PDF and SVG."""

_GAP = 0.07
"""Part of a cell that stays white, so that neighbours can be told apart."""


@dataclass(frozen=True)
class Row:
    """What one row of maps shows of one model."""

    model: str
    label: str
    """Empty for all documents, and for a difference."""
    difference: bool
    documents: int
    """Of the label; 0 for a difference."""
    left_out: str = ""
    """Why its maps show nothing; empty where they show something."""


def rows_of(table: pd.DataFrame) -> list[Row]:
    """The rows of a table of `map_table`: for each model the labels, the difference of two, and all documents."""
    rows = []
    for model, of_model in table.groupby("model", sort=False):
        first = of_model[of_model["layer"] == of_model["layer"].min()]
        by_label = first.assign(label=first["label"].fillna("")).groupby("label", sort=False)
        counts, why = by_label["documents"].sum(), by_label["left_out"].first().fillna("")
        named = [Row(model, label, False, int(counts[label]), why[label]) for label in counts.index if label]
        whole = [Row(model, "", False, int(counts[""]))] if "" in counts.index else []
        compared = len(named) == 2 and not any(row.left_out for row in named)
        rows += [*named, *([Row(model, "", True, 0)] if compared else []), *whole]
    return rows


def cells_of(table: pd.DataFrame, row: Row) -> pd.DataFrame:
    """The cells of a row's maps; the difference is in the rows of either label."""
    of_model = table[table["model"] == row.model]
    label = of_model["label"].iloc[0] if row.difference else row.label
    cells = of_model[of_model["label"].fillna("") == label]
    filled = cells["left_out"].isna() & (row.difference | (cells["documents"] > 0))
    return cells[filled].astype({"x": int, "y": int})


def draw_title(canvas: Axes, row: Row, labels: Sequence[str], left: float, right: float, base: float) -> None:
    """Write the name of a row and its n, no wider than from left to right."""
    bold = {"size": style.TITLES, "bold": True}
    behind = "" if row.difference else f"n = {row.documents:,}"
    room = right - left - style.text_width(behind) - 6
    name = style.fitted(row.label or "all documents", room, **bold)
    if row.difference:
        # Each has what the other leaves, so that two long names are both cut and a short one is not.
        room -= style.text_width(" − ", **bold) + 2
        wide = [style.text_width(" ".join(label.split()), **bold) for label in labels]
        name = " − ".join(
            style.fitted(label, max(room / 2, room - other), **bold)
            for label, other in zip(labels, reversed(wide), strict=True)
        )
    canvas.text(left, base, name, size=style.TITLES, weight="bold", va="baseline")
    after = left + style.text_width(name, **bold) + 6
    canvas.text(after, base, behind, color=style.QUIET, va="baseline")


def draw_map(
    canvas: Axes, cells: pd.DataFrame, row: Row, scale: MapScale, *, size: int, left: float, bottom: float, side: float
) -> None:
    """Draw the map of one layer: x to the right, y upwards, white where no document lies.

    `cells` are one layer's; a constant layer is crossed out instead, and without a cell there is a frame alone.
    """
    frame = Rectangle((left, bottom), side, side, facecolor="white", edgecolor=style.FRAME, lw=0.5, zorder=0)
    canvas.add_patch(frame)
    if cells.empty:
        return
    if cells["constant"].any():
        canvas.plot([left, left + side], [bottom, bottom + side], color=style.FRAME, lw=0.5)
        canvas.plot([left, left + side], [bottom + side, bottom], color=style.FRAME, lw=0.5)
        return
    colors = colors_of(cells, row, scale)
    step = side / size
    corners = np.column_stack([left + cells["x"] * step, bottom + cells["y"] * step])
    by_color = {color: corners[np.array(colors) == color] for color in dict.fromkeys(sorted(colors))}
    canvas.add_collection(
        PathCollection(
            [_squares(places + _GAP / 2 * step, step * (1 - _GAP)) for places in by_color.values()],
            facecolors=list(by_color) or "none",
            edgecolors="none",
            rasterized=step < FINEST,
            clip_on=False,
            zorder=1,
            gid=f"map: {row.model}, {'difference' if row.difference else row.label or 'all documents'}, "
            f"layer {cells['layer'].iloc[0]}",
        ),
        autolim=False,
    )


def colors_of(cells: pd.DataFrame, row: Row, scale: MapScale) -> list[str]:
    """The colour of each cell in the maps of a row."""
    if row.difference:
        return scale.of_differences(cells["difference"].to_numpy(dtype=float))
    return scale.of_shares(cells["share"].to_numpy(dtype=float))


def _squares(corners: np.ndarray, side: float) -> Path:
    """One path of squares by their lower left corners."""
    around = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * side
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * len(corners)
    return Path((corners[:, None] + around).reshape(-1, 2), codes)
