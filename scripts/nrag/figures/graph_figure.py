"""The drawing of an NRAG's table: layers from left to right, regions as circles, edges as curves.

Everything is placed in points on one canvas, so that sizes in the file are sizes on paper.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from nrag.figures import style
from nrag.figures.canvas import (
    MARGIN,
    Panel,
    blank,
    draw_layers,
    mark_constant,
    name_layers,
    name_models,
    points_across,
    say_nothing,
)
from nrag.figures.graph_arrangement import INSET, arrange, arrange_models, last_layer
from nrag.figures.graph_keys import colored_labels, draw_keys, panel_title
from nrag.figures.graph_table import PANEL
from nrag.figures.scales import LEVELS, Scale, edge_alpha, edge_width, rim

_BATCH = 12
"""Curves of one object; more would let one colour cover the others."""


def draw(table: pd.DataFrame, *, width: str = "text", colormap: str = "nrag") -> Figure:
    """The figure of a table of `graph_table.drawing`, or of `graph_members.beside_base`, a panel a model.

    `width` is column (3.4 inches) or text (7 inches). The width and the opacity of an edge and the area of
    a circle grow with the share of the panel's documents, within bounds and on the scale of the key.
    """
    of_models = "base" in table
    panels, (across, up) = (arrange_models if of_models else arrange)(table, points_across(width))
    scale = Scale.of(table, min(panel.height for panel in panels))
    with style.styled():
        figure, canvas = blank(across, up)
        for panel in panels:
            rows = table[(table["model"] == panel.model) & (table["label"].fillna("") == panel.label)]
            _draw_panel(canvas, panel, rows, table, scale, colormap)
        if not of_models:
            name_models(canvas, panels, MARGIN + 2)
        draw_keys(canvas, table, scale, colormap, across)
    return figure


def _draw_panel(
    canvas: Axes, panel: Panel, rows: pd.DataFrame, table: pd.DataFrame, scale: Scale, colormap: str
) -> None:
    across = panel.layers(last_layer(table), inset=INSET)
    draw_layers(canvas, panel, across)
    regions, edges = rows[rows["item"] == "region"], rows[(rows["item"] == "edge") & rows["drawn"]]
    _draw_edges(canvas, panel, edges, across, scale)
    _draw_regions(canvas, panel, regions[regions["drawn"]], across, scale)
    _draw_constant(canvas, panel, regions[~regions["drawn"]], across)
    for why in rows.loc[rows["item"] == PANEL, "left_out"]:
        say_nothing(canvas, why, panel.left + panel.width / 2, panel.bottom + panel.height / 2)
    _draw_title(canvas, panel, rows[rows["item"] != "edge"], colored_labels(table), table, colormap)
    name_layers(canvas, across, panel.bottom - 3, panel.bottom - 12.5 if panel.lowest else None)


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
        above = panel.bottom + panel.height / 2 + 24
        canvas.scatter(across[layer], above, s=22, c="white", edgecolors=style.QUIET, linewidths=0.7, zorder=2)
        mark_constant(canvas, panel, across[layer])


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
    titled = panel.model if "base" in table else panel_title(panel.label, table)
    name = style.fitted(titled, room, size=style.TITLES, bold=True)
    canvas.text(left, base, name, size=style.TITLES, weight="bold", va="baseline")
    after = left + style.text_width(name, size=style.TITLES, bold=True) + 6
    canvas.text(after, base, count, color=style.QUIET, va="baseline")
