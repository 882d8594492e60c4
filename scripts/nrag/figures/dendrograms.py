"""Which models of a space are near each other: average linkage on their distances, of edges and of hidden states."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.cluster.hierarchy import average, cophenet, dendrogram

from nrag.drift.names import CKA, EDGES
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, is_narrow, layer_name, points_across, write_notes
from nrag.figures.drift_lines import apart
from nrag.figures.shortened_names import told_apart

_COLUMNS = ["statistic", "layer", "model", "reference", "seed", "value", "joined_at"]
_LEFT, _GAP, _HEAD, _FOOT = 8.0, 24.0, 14.0, 32.0
_ROW = 15.0
"""Points from one model to the next."""


def distances(drift: pd.DataFrame, *, models: Sequence[str]) -> pd.DataFrame:
    """A row for each pair of models: how far apart, and at which distance the clusters that they are in are joined.

    `drift` are rows of contracts.DRIFT, of cells under one seed and of hidden states. Of edges the mean over the
    layers, of hidden states 1 − CKA in the last layer that is not constant. Columns: statistic, layer (null for the
    mean), model and reference, seed, value, joined_at (average linkage; Sokal and Michener 1958, University of Kansas
    Science Bulletin 38, 1409; NaN where a distance is undefined).
    """
    parts = []
    for statistic in (EDGES, CKA):
        pairs = pd.concat([apart(drift, *pair, statistic) for pair in combinations(models, 2)], ignore_index=True)
        if statistic == CKA:
            known = pairs.dropna(subset=["layer", "value"])
            own = pairs[pairs["layer"] == known["layer"].max()] if len(known) else pairs[pairs["layer"].isna()]
        else:
            own = pairs[pairs["layer"].isna()]
        parts.append(own.assign(joined_at=_joined(own["value"].to_numpy(dtype=float))))
    return pd.concat(parts, ignore_index=True)[_COLUMNS]


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `distances`: a tree a statistic, each with its own scale, from 0."""
    frame = _Frame.of(table, points_across(width))
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        for place, (statistic, rows) in enumerate(table.groupby("statistic", sort=False)):
            line, column = divmod(place, frame.columns)
            left = _LEFT + column * (frame.cell + _GAP)
            bottom = frame.up - (line + 1) * (_HEAD + frame.height + _FOOT) + _FOOT
            size = (
                left / frame.across,
                bottom / frame.up,
                (frame.cell - frame.names) / frame.across,
                frame.height / frame.up,
            )
            panel = figure.add_axes(size)
            canvas.text(left, bottom + frame.height + 4, _title(statistic, rows), weight="bold", va="baseline")
            if rows["value"].isna().any():
                panel.set_axis_off()
                canvas.text(left, bottom + frame.height / 2, "undefined: a layer is constant", color=style.QUIET)
            else:
                _draw_tree(panel, canvas, rows, frame, left=left + frame.cell - frame.names + 4, bottom=bottom)
        write_notes(canvas, frame.notes)
    return figure


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points."""

    across: float
    up: float
    columns: int
    cell: float
    names: float
    height: float
    models: list[str]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        models = list(dict.fromkeys([*table["reference"], *table["model"]]))
        columns = 1 if is_narrow(across) else 2
        cell = (across - 2 * _LEFT + _GAP) / columns - _GAP
        names = min(max(style.text_width(model) for model in models), 0.4 * cell) + 6
        notes = style.wrapped("Average linkage; each tree has a scale of its own.", across - 2 * MARGIN)
        height = _ROW * len(models)
        up = MARGIN + LINE * len(notes) + table["statistic"].nunique() / columns * (_HEAD + height + _FOOT)
        return cls(across, up, columns, cell, names, height, models, notes)


def _joined(values: np.ndarray) -> np.ndarray:
    return cophenet(average(values)) if np.isfinite(values).all() else np.full(len(values), np.nan)


def _title(statistic: str, rows: pd.DataFrame) -> str:
    layer = rows["layer"].iloc[0]
    if statistic == EDGES:
        return "Edges: mean divergence, bits"
    return "Hidden states: 1 − CKA" + ("" if pd.isna(layer) else f", layer {layer_name(int(layer))}")


def _draw_tree(panel: Axes, canvas: Axes, rows: pd.DataFrame, frame: _Frame, *, left: float, bottom: float) -> None:
    """Joints at their distances, which fall to the right, where the models' names stand."""
    tree = dendrogram(average(rows["value"].to_numpy(dtype=float)), no_plot=True)
    for heights, places in zip(tree["dcoord"], tree["icoord"], strict=True):
        panel.plot(heights, places, color=style.INK, lw=1.0, solid_joinstyle="miter", clip_on=False)
    # Leaves stand at 5, 15, 25 and so on.
    count = len(frame.models)
    farthest = max(rows["joined_at"].max(), 1e-6)
    panel.set(xlim=(1.04 * farthest, 0), ylim=(0, 10 * count), yticks=[])
    for side in ("top", "left", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    panel.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    panel.set_xlabel("distance", labelpad=2)
    short = told_apart(frame.models, frame.names - 4)
    for place, leaf in enumerate(tree["leaves"]):
        canvas.text(left, bottom + _ROW * (place + 0.5), short[frame.models[leaf]], va="center")
