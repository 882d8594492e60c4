"""The keys and notes below an NRAG's figure, and the names of its panels."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from nrag import colormaps
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, is_narrow, write_notes
from nrag.figures.graph_table import CONSTANT
from nrag.figures.scales import LEVELS, Scale, edge_alpha, edge_width, rim, shown_shares

_NAMED = 4
"""Panels whose edges left out are counted in the figure one by one; the caption counts those of all."""

PALE = (
    "pale: its documents hardly stay together under other seeds and grids moved by half a cell, or are fewer than two"
)

_KEY, _BOTTOM = 27.0, 4.0


def colored_labels(table: pd.DataFrame) -> list[str]:
    """The labels that have a colour of their own."""
    labels = _compared_labels(table)
    return labels if len(labels) <= len(style.PALETTE) else []


def _compared_labels(table: pd.DataFrame) -> list[str]:
    """The labels that are set side by side, none where there is but one; of checkpoints the base and any."""
    if "base" in table:
        return [table["base"].iloc[0], "this checkpoint"]
    labels = [label for label in table["label"].fillna("").unique() if label]
    return labels if len(labels) > 1 else []


def panel_title(label: str, table: pd.DataFrame) -> str:
    """The label, or what the panel without one holds."""
    count = sum(bool(name) for name in table["label"].fillna("").unique())
    together = {0: "all documents", 2: "both labels"}.get(count, f"{count} labels together")
    return label or together


def keys_height(table: pd.DataFrame, across: float) -> float:
    """Points that the keys and notes of a figure of this width need."""
    stacked = is_narrow(across) and _compared_labels(table)
    return (2 if stacked else 1) * _KEY + _base(_notes(table, across)) - _BOTTOM


def draw_keys(canvas: Axes, table: pd.DataFrame, scale: Scale, colormap: str, across: float) -> None:
    """Draw the keys of edges, regions and colours, in a column below each other, and the notes."""
    notes = _notes(table, across)
    write_notes(canvas, notes)
    base = _base(notes)
    labels = _compared_labels(table)
    narrow = is_narrow(across)
    raised = base + _KEY if narrow and labels else base
    room = (across - 2 * MARGIN) / (2 if narrow or not labels else 4)
    # Where every layer is constant there is nothing to read by a key.
    drawn = set(table.loc[table["drawn"], "item"])
    if "edge" in drawn:
        _draw_edge_key(canvas, scale, MARGIN, raised)
    if "region" in drawn:
        _draw_region_key(canvas, table, scale, MARGIN + min(room, 128), raised)
    if labels:
        left = MARGIN if narrow else across / 2 + 16
        _draw_color_key(canvas, labels, colormap, left, across - MARGIN, base)


def _draw_edge_key(canvas: Axes, scale: Scale, left: float, base: float) -> None:
    canvas.text(left, base + 13, "edges (% of n)", color=style.QUIET, va="baseline")
    for share in shown_shares(scale.largest, scale.smallest):
        level = math.ceil(scale.weights(np.array([share]))[0] * LEVELS) / LEVELS
        across, up = [left, left + 13], [base + 5] * 2
        look = {"lw": edge_width(level), "alpha": edge_alpha(level), "solid_capstyle": "butt"}
        canvas.plot(across, up, color=style.INK, **look)
        left = _draw_share(canvas, share, left + 16, base)


def _draw_region_key(canvas: Axes, table: pd.DataFrame, scale: Scale, left: float, base: float) -> None:
    canvas.text(left, base + 13, "regions (% of n)", color=style.QUIET, va="baseline")
    shares = table.loc[(table["item"] == "region") & table["drawn"], "share"]
    for share in shown_shares(shares.max(), shares.min()):
        diameter = scale.diameters(np.array([share]))[0]
        look = {"s": diameter**2, "edgecolors": "white", "linewidths": rim(diameter)}
        canvas.scatter(left + diameter / 2, base + 5, c=style.QUIET, **look)
        left = _draw_share(canvas, share, left + diameter + 3, base)


def _draw_share(canvas: Axes, share: float, left: float, base: float) -> float:
    """Write a share as a number of per cent; where the next sample starts."""
    name = f"{100 * share:.3g}"
    canvas.text(left, base + 2.5, name, va="baseline")
    return left + style.text_width(name) + 9


def _draw_color_key(canvas: Axes, labels: list[str], colormap: str, left: float, right: float, base: float) -> None:
    """A bar from one label alone, over all alike, to the other; of more labels, from all alike to one alone."""
    steps = np.linspace(0, 1, 21)
    if len(labels) == 2:
        names = [f"only {labels[0]}", "both alike", f"only {labels[1]}"]
        stripes = [[colormaps.colormap(colormap)(step) for step in steps]]
    else:
        names = ["all labels alike", "", "one label alone"]
        stripes = [_fade(color) for color in dict.fromkeys(style.label_colors(labels, colormap))]
    half = (right - left) / 2 - 26
    canvas.text(left, base + 13, style.fitted(names[0], half), va="baseline")
    canvas.text((left + right) / 2, base + 13, names[1], va="baseline", ha="center")
    canvas.text(right, base + 13, style.fitted(names[2], half), va="baseline", ha="right")
    wide, high = (right - left) / len(stripes[0]), 8.0 / len(stripes)
    for row, stripe in enumerate(reversed(stripes)):
        for place, color in enumerate(stripe):
            # Each reaches under the next: viewers draw hairlines between patches that only touch.
            corner, reach = (left + place * wide, base + row * high), min(1.5 * wide, right - left - place * wide)
            canvas.add_patch(Rectangle(corner, reach, high, facecolor=color, edgecolor="none"))


def _fade(color: str) -> list[np.ndarray]:
    grey, full = np.array(to_rgb(colormaps.SHARED)), np.array(to_rgb(color))
    return [grey + weight * (full - grey) for weight in np.linspace(0, 1, 11)]


def _base(notes: list[str]) -> float:
    """Where the keys start, above the notes."""
    return _BOTTOM + (LINE * len(notes) + 4 if notes else 0.0)


def _notes(table: pd.DataFrame, across: float) -> list[str]:
    """Lines on what is not drawn, as wide as the figure."""
    notes = []
    if not table.loc[table["item"] == "region", "drawn"].all():
        notes.append("constant: every document has the same vector there; its edges are left out")
    if table["stability"].notna().any():
        notes.append(PALE)
    notes += _left_out_notes(table[(table["item"] == "edge") & (table["left_out"] != CONSTANT)])
    lines = [style.wrapped(note, across - 2 * MARGIN) for note in notes]
    return [line for wrapped in lines for line in wrapped]


def _left_out_notes(edges: pd.DataFrame) -> list[str]:
    """Why edges are not drawn, and how many of each panel are, with their part of the panel's documents."""
    reasons = edges["left_out"].dropna().unique()
    if not len(reasons):
        return []
    drawn = edges.assign(label=edges["label"].fillna(""), kept=edges["documents"].where(edges["drawn"], 0))
    panels = drawn.groupby(["model", "label"], sort=False).agg(
        drawn=("drawn", "sum"), edges=("drawn", "size"), kept=("kept", "sum"), documents=("documents", "sum")
    )
    panels["percent"] = 100 * panels["kept"] / panels["documents"]
    named = panels if len(panels) <= _NAMED else panels[panels.index.get_level_values("label") == ""]
    several = edges["model"].nunique() > 1
    said = []
    for (model, label), counts in named.iterrows():
        name = style.fitted(panel_title(label, edges), 90)
        name = f"{model}, {name}" if several else name
        said.append(f"{name}: {counts['drawn']:,.0f} of {counts['edges']:,.0f} ({counts['percent']:.0f}\u00a0%)")
    if len(named) < len(panels):
        other = panels.drop(named.index)
        said.append(f"single labels: {_between(other['drawn'])} ({_between(other['percent'])}\u00a0%)")
    shuffle = " (layer shuffle, Benjamini–Hochberg)" if any(reason.startswith("q ") for reason in reasons) else ""
    return [
        f"Edges left out: {' or '.join(reasons)}{shuffle}. "
        f"Drawn, with their part of the documents, of {'; '.join(said)}"
    ]


def _between(numbers: pd.Series) -> str:
    """The smallest and the largest number, rounded; one where they look alike."""
    return " to ".join(dict.fromkeys(f"{number:,.0f}" for number in (numbers.min(), numbers.max())))
