"""The drawing of an NRAG's table: layers from left to right, regions as circles, edges as curves.

Everything is placed in points on one canvas, so that sizes in the file are sizes on paper.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from nrag.figures import style
from nrag.figures.graph_arrangement import INSET, MARGIN, Panel, arrange, last_layer
from nrag.figures.graph_keys import colored_labels, draw_keys, panel_title
from nrag.figures.scales import LEVELS, Scale, edge_alpha, edge_width, rim

_BATCH = 12
"""Curves of one object; more would let one colour cover the others."""


def draw(table: pd.DataFrame, *, width: str = "text", colormap: str = "nrag") -> Figure:
    """The figure of a table of `graph_table.drawing`.

    `width` is column (3.4 inches) or text (7 inches). The width and the opacity of an edge and the area of
    a circle grow with the share of the panel's documents, within bounds and on the scale of the key.
    """
    if width not in style.WIDTHS:
        raise ValueError(f"a figure is {' or '.join(style.WIDTHS)} wide, not '{width}'")
    panels, (across, up) = arrange(table, style.WIDTHS[width] * 72)
    scale = Scale.of(table, min(panel.height for panel in panels))
    with style.styled():
        figure = Figure(figsize=(across / 72, up / 72))
        canvas = figure.add_axes((0, 0, 1, 1), xlim=(0, across), ylim=(0, up), autoscale_on=False)
        canvas.set_axis_off()
        for panel in panels:
            rows = table[(table["model"] == panel.model) & (table["label"].fillna("") == panel.label)]
            _draw_panel(canvas, panel, rows, table, scale, colormap)
        _draw_models(canvas, panels)
        draw_keys(canvas, table, scale, colormap, across)
    return figure


def _draw_panel(
    canvas: Axes, panel: Panel, rows: pd.DataFrame, table: pd.DataFrame, scale: Scale, colormap: str
) -> None:
    last = last_layer(table)
    across = np.linspace(panel.left + INSET, panel.left + panel.width - INSET, max(last, 1) + 1)
    for place in across[: last + 1]:
        canvas.plot([place] * 2, [panel.bottom, panel.bottom + panel.height], color=style.FAINT, lw=0.5, zorder=0)
    regions, edges = rows[rows["item"] == "region"], rows[(rows["item"] == "edge") & rows["drawn"]]
    _draw_edges(canvas, panel, edges, across, scale)
    _draw_regions(canvas, panel, regions[regions["drawn"]], across, scale)
    _draw_constant(canvas, panel, regions[~regions["drawn"]], across)
    _draw_title(canvas, panel, regions, colored_labels(table), table, colormap)
    _draw_layers(canvas, panel, across[: last + 1])


def _draw_edges(canvas: Axes, panel: Panel, edges: pd.DataFrame, across: np.ndarray, scale: Scale) -> None:
    """Curves from light to heavy; equal ones take turns by colour, so that no label lies on top of the others."""
    levels = np.ceil(scale.weights(edges["share"].to_numpy()) * LEVELS).astype(int)
    edges = edges.assign(level=levels)
    edges["turn"] = edges.groupby(["level", "color"]).cumcount() // _BATCH
    batches = list(edges.groupby(["level", "turn", "color"], sort=True))
    weights = np.array([level / LEVELS for (level, _, _), _ in batches])
    canvas.add_collection(
        PathCollection(
            [_curves(panel, batch, across) for _, batch in batches],
            facecolors="none",
            edgecolors=[color for (_, _, color), _ in batches] or "none",
            linewidths=edge_width(weights) if len(batches) else 1.0,
            alpha=edge_alpha(weights) if len(batches) else None,
            capstyle="butt",
            clip_on=False,
            zorder=1,
            gid=f"edges: {panel.model}, {panel.label or 'together'}",
        ),
        autolim=False,
    )


def _curves(panel: Panel, edges: pd.DataFrame, across: np.ndarray) -> Path:
    """One path of cubic curves, level where they leave and where they arrive."""
    layers = edges["layer"].to_numpy(dtype=int)
    start, end = across[layers], across[layers + 1]
    bend = (end - start) * 0.5
    low = panel.bottom + edges["position0"].to_numpy() * panel.height
    high = panel.bottom + edges["position1"].to_numpy() * panel.height
    points = np.stack([start, low, start + bend, low, end - bend, high, end, high], axis=1).reshape(-1, 2)
    return Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4] * len(edges))


def _draw_regions(canvas: Axes, panel: Panel, regions: pd.DataFrame, across: np.ndarray, scale: Scale) -> None:
    """Circles, the large ones first, each with a thin white rim."""
    # A tenth of a point is below what is seen, and circles of one size are one symbol in an SVG.
    regions = regions.assign(diameter=np.round(scale.diameters(regions["share"].to_numpy()), 1))
    for diameter, equal in sorted(regions.groupby("diameter"), reverse=True):
        canvas.scatter(
            across[equal["layer"].to_numpy(dtype=int)],
            panel.bottom + equal["position0"].to_numpy() * panel.height,
            s=diameter**2,
            c=list(equal["color"]),
            linewidths=rim(diameter),
            edgecolors="white",
            clip_on=False,
            zorder=2,
            gid=f"regions: {panel.model}, {panel.label or 'together'}",
        )


def _draw_constant(canvas: Axes, panel: Panel, regions: pd.DataFrame, across: np.ndarray) -> None:
    for layer in sorted(set(regions["layer"])):
        middle = panel.bottom + panel.height / 2
        canvas.scatter(across[layer], middle + 24, s=22, c="white", edgecolors=style.QUIET, linewidths=0.7, zorder=2)
        canvas.text(
            across[layer],
            middle,
            "constant",
            rotation=90,
            ha="center",
            va="center",
            color=style.QUIET,
            zorder=3,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )


def _draw_title(
    canvas: Axes, panel: Panel, regions: pd.DataFrame, colored: list[str], table: pd.DataFrame, colormap: str
) -> None:
    base = panel.bottom + panel.height + 5
    documents = regions.loc[regions["layer"] == regions["layer"].min(), "documents"].sum()
    count = f"n = {documents:,}"
    left, right = panel.left, panel.left + panel.width
    if panel.label in colored:
        color = style.label_colors(colored, colormap)[colored.index(panel.label)]
        canvas.add_patch(Rectangle((left, base - 0.2), 6, 6, facecolor=color, edgecolor="none"))
        left += 9.5
    room = right - left - style.text_width(count) - 6
    name = style.fitted(panel_title(panel.label, table), room, size=style.TITLES, bold=True)
    canvas.text(left, base, name, size=style.TITLES, weight="bold", va="baseline")
    after = left + style.text_width(name, size=style.TITLES, bold=True) + 6
    canvas.text(after, base, count, color=style.QUIET, va="baseline")


def _draw_layers(canvas: Axes, panel: Panel, across: np.ndarray) -> None:
    """Names of the layers, as many as have room."""
    step = 1 if len(across) < 2 else math.ceil(13 / (across[1] - across[0]))
    for layer in range(0, len(across), step):
        name = "emb" if layer == 0 else str(layer)
        canvas.text(across[layer], panel.bottom - 3, name, ha="center", va="top")
    if panel.lowest:
        middle = (across[0] + across[-1]) / 2
        canvas.text(middle, panel.bottom - 12.5, "layer", ha="center", va="top", color=style.QUIET)


def _draw_models(canvas: Axes, panels: Sequence[Panel]) -> None:
    """The models' names beside their rows, if there are several."""
    models = list(dict.fromkeys(panel.model for panel in panels))
    for model in models if len(models) > 1 else []:
        rows = [panel for panel in panels if panel.model == model]
        low, high = min(row.bottom for row in rows), max(row.bottom + row.height for row in rows)
        name = style.fitted(model, high - low, size=style.TITLES, bold=True)
        canvas.text(
            MARGIN + 2, (low + high) / 2, name, rotation=90, size=style.TITLES, weight="bold", ha="center", va="center"
        )
