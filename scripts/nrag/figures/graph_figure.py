"""The drawing of an NRAG's table: layers from left to right, regions as circles, edges as curves.

Everything is placed in points on one canvas, so that sizes in the file are sizes on paper.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from nrag.figures import style

STEP = 15.0
"""Points from one layer to the next that a panel has at least, where the page allows."""

EDGE_WIDTHS = (0.25, 2.6)
EDGE_ALPHAS = (0.30, 0.92)
CIRCLES = (1.2, 10.0)
"""Points: the narrowest and widest an edge can be, and a region's circle."""

LEAST_SCALE = 0.06
"""The share drawn widest, at least: a graph of light edges only looks light."""

_LEVELS = 16
_BATCH = 12
_MARGIN, _GAP, _HEAD, _FOOT, _ROW_GAP = 7.0, 14.0, 15.0, 22.0, 7.0
_SIDE, _INSET = 14.0, 8.0
_KEY, _LINE, _BOTTOM = 27.0, 10.0, 4.0


@dataclass(frozen=True)
class Panel:
    """Where one model's graph of one label stands, in points from the lower left."""

    model: str
    label: str
    left: float
    bottom: float
    width: float
    height: float


def draw(table: pd.DataFrame, *, width: str = "text", colormap: str = "nrag") -> Figure:
    """The figure of a table of `graph_table.drawing`.

    `width` is column (3.4 inches) or text (7 inches). The width and the opacity of an edge and the area of
    a circle grow with the share of the panel's documents, within bounds and on the scale of the key.
    """
    if width not in style.WIDTHS:
        raise ValueError(f"a figure is {' or '.join(style.WIDTHS)} wide, not '{width}'")
    panels, (across, up) = arrange(table, style.WIDTHS[width] * 72)
    scale = _Scale.of(table, panels)
    with style.styled():
        figure = Figure(figsize=(across / 72, up / 72))
        canvas = figure.add_axes((0, 0, 1, 1), xlim=(0, across), ylim=(0, up), autoscale_on=False)
        canvas.set_axis_off()
        for panel in panels:
            rows = table[(table["model"] == panel.model) & (table["label"].fillna("") == panel.label)]
            _draw_panel(canvas, panel, rows, table, scale, colormap)
        _draw_models(canvas, panels)
        _draw_keys(canvas, table, scale, colormap, across)
    return figure


def arrange(table: pd.DataFrame, across: float) -> tuple[list[Panel], tuple[float, float]]:
    """The panels and the figure's size in points.

    One row of panels per model where every layer has room; else the labels together on a row of their
    own above the labels.
    """
    models, labels = list(table["model"].unique()), list(table["label"].fillna("").unique())
    side = _SIDE if len(models) > 1 else 0.0
    inner = across - 2 * _MARGIN - side
    rows = _rows(labels, inner, _last_layer(table))
    widths = [(inner - _GAP * (columns - 1)) / columns for _, columns in rows]
    below = _keys_height(table, across)
    heights = _heights(widths, len(models), below)
    panels, top = [], below + len(models) * sum(height + _HEAD + _FOOT + _ROW_GAP for height in heights)
    total = top
    for model in models:
        for (names, _), panel_width, height in zip(rows, widths, heights, strict=True):
            bottom = top - _HEAD - height
            for place, label in enumerate(names):
                left = _MARGIN + side + place * (panel_width + _GAP)
                panels.append(Panel(model, label, left, bottom, panel_width, height))
            top = bottom - _FOOT - _ROW_GAP
    return panels, (across, total)


def shown_shares(largest: float, smallest: float) -> list[float]:
    """At most three round shares for a key, falling by a factor of 4 to 5, none beyond what is drawn.

    >>> shown_shares(0.13, 0.004)
    [0.005, 0.02, 0.1]
    """
    series = [digit * 10.0**power for power in range(-7, 1) for digit in (1, 2, 5)]
    possible = [round(value, 9) for value in series if value <= largest + 1e-9]
    return [value for value in sorted(possible[::-2][:3]) if value >= smallest - 1e-9] or [largest]


@dataclass(frozen=True)
class _Scale:
    """How shares become widths, opacities and circles, the same in all panels of a figure."""

    largest: float
    smallest: float
    circle: float

    @classmethod
    def of(cls, table: pd.DataFrame, panels: Sequence[Panel]) -> "_Scale":
        edges = table.loc[(table["item"] == "edge") & table["drawn"], "share"]
        largest, smallest = (max(edges.max(), LEAST_SCALE), edges.min()) if len(edges) else (1.0, 1.0)
        room = min(_room(table, panel) for panel in panels)
        widest = math.sqrt(table.loc[table["item"] == "region", "share"].max())
        return cls(largest, smallest, min(room, CIRCLES[1] / widest))

    def weights(self, shares: np.ndarray) -> np.ndarray:
        """From near 0 to 1; the square root shows light edges beside heavy ones."""
        return np.sqrt(np.minimum(shares / self.largest, 1.0))

    def diameters(self, shares: np.ndarray) -> np.ndarray:
        return np.maximum(self.circle * np.sqrt(shares), CIRCLES[0])


def edge_width(weight: np.ndarray | float) -> np.ndarray | float:
    """Points, for a weight from 0 to 1."""
    return EDGE_WIDTHS[0] + (EDGE_WIDTHS[1] - EDGE_WIDTHS[0]) * weight


def edge_alpha(weight: np.ndarray | float) -> np.ndarray | float:
    """Opacity, for a weight from 0 to 1."""
    return EDGE_ALPHAS[0] + (EDGE_ALPHAS[1] - EDGE_ALPHAS[0]) * weight


# -------------------------------------------------------------------------------------- arranging


def _rows(labels: list[str], inner: float, last_layer: int) -> list[tuple[list[str], int]]:
    """The labels of each row of panels, and how many panels wide the row is."""
    capacity = max(1, int((inner + _GAP) // (STEP * max(last_layer, 1) + 2 * _INSET + _GAP)))
    if len(labels) <= capacity:
        return [(labels, len(labels))]
    single = [label for label in labels if label]
    columns = math.ceil(len(single) / math.ceil(len(single) / capacity))
    below = [(single[start : start + columns], columns) for start in range(0, len(single), columns)]
    return [([""], 1), *below]


def _heights(widths: list[float], models: int, below: float) -> list[float]:
    """Heights of the rows of one model, such that all models and the keys fit on a page."""
    wanted = [min(0.42 * width + 76, 225) for width in widths]
    page = style.TALLEST * 72 - below - models * len(widths) * (_HEAD + _FOOT + _ROW_GAP)
    return [height * min(1.0, page / (models * sum(wanted))) for height in wanted]


def _keys_height(table: pd.DataFrame, across: float) -> float:
    stacked = across < style.WIDTHS["text"] * 72 and _labels_of(table)
    return (2 if stacked else 1) * _KEY + _base(_notes(table, across)) - _BOTTOM


def _base(notes: list[str]) -> float:
    """Where the keys start, above the notes."""
    return _BOTTOM + (_LINE * len(notes) + 4 if notes else 0.0)


def _last_layer(table: pd.DataFrame) -> int:
    return int(table["layer"].max())


def _labels_of(table: pd.DataFrame) -> list[str]:
    """The labels that have a colour of their own."""
    labels = [label for label in table["label"].fillna("").unique() if label]
    return labels if 1 < len(labels) <= len(style.PALETTE) else []


def _room(table: pd.DataFrame, panel: Panel) -> float:
    """The diameter per square root of share at which most neighbouring circles of a panel still keep apart."""
    rows = table[(table["item"] == "region") & (table["model"] == panel.model) & table["drawn"]]
    rows = rows[rows["label"].fillna("") == panel.label].sort_values(["layer", "position0"])
    gaps = np.diff(rows["position0"].to_numpy()) * panel.height
    radii = np.sqrt(rows["share"].to_numpy())
    touching = 2 * gaps / (radii[1:] + radii[:-1])
    same = np.diff(rows["layer"].to_numpy(dtype=int)) == 0
    return float(np.quantile(touching[same], 0.1)) if same.any() else math.inf


# ---------------------------------------------------------------------------------------- drawing


def _draw_panel(
    canvas: Axes, panel: Panel, rows: pd.DataFrame, table: pd.DataFrame, scale: _Scale, colormap: str
) -> None:
    last = _last_layer(table)
    across = np.linspace(panel.left + _INSET, panel.left + panel.width - _INSET, max(last, 1) + 1)
    for place in across[: last + 1]:
        canvas.plot([place] * 2, [panel.bottom, panel.bottom + panel.height], color=style.FAINT, lw=0.5, zorder=0)
    regions, edges = rows[rows["item"] == "region"], rows[(rows["item"] == "edge") & rows["drawn"]]
    _draw_edges(canvas, panel, edges, across, scale)
    _draw_regions(canvas, panel, regions[regions["drawn"]], across, scale)
    _draw_constant(canvas, panel, regions[~regions["drawn"]], across)
    _draw_title(canvas, panel, regions, _labels_of(table), table, colormap)
    _draw_layers(canvas, panel, across[: last + 1])


def _draw_edges(canvas: Axes, panel: Panel, edges: pd.DataFrame, across: np.ndarray, scale: _Scale) -> None:
    """Curves from light to heavy; equal ones take turns by colour, so that no label lies on top of the others."""
    levels = np.ceil(scale.weights(edges["share"].to_numpy()) * _LEVELS).astype(int)
    edges = edges.assign(level=levels)
    edges["turn"] = edges.groupby(["level", "color"]).cumcount() // _BATCH
    batches = list(edges.groupby(["level", "turn", "color"], sort=True))
    weights = np.array([level / _LEVELS for (level, _, _), _ in batches])
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


def _draw_regions(canvas: Axes, panel: Panel, regions: pd.DataFrame, across: np.ndarray, scale: _Scale) -> None:
    """Circles, the large ones first, each with a thin white rim."""
    # A tenth of a point is below what is seen, and circles of one size are one symbol in an SVG.
    regions = regions.assign(diameter=np.round(scale.diameters(regions["share"].to_numpy()), 1))
    for diameter, equal in sorted(regions.groupby("diameter"), reverse=True):
        canvas.scatter(
            across[equal["layer"].to_numpy(dtype=int)],
            panel.bottom + equal["position0"].to_numpy() * panel.height,
            s=diameter**2,
            c=list(equal["color"]),
            linewidths=_rim(diameter),
            edgecolors="white",
            clip_on=False,
            zorder=2,
            gid=f"regions: {panel.model}, {panel.label or 'together'}",
        )


def _rim(diameter: float) -> float:
    """Points of white around a circle, so that neighbours that touch stay two."""
    return min(0.4, 0.14 * diameter)


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
    name = style.fitted(_title(panel.label, table), room, size=style.TITLES, bold=True)
    canvas.text(left, base, name, size=style.TITLES, weight="bold", va="baseline")
    after = left + style.text_width(name, size=style.TITLES, bold=True) + 6
    canvas.text(after, base, count, color=style.QUIET, va="baseline")


def _title(label: str, table: pd.DataFrame) -> str:
    count = sum(bool(name) for name in table["label"].fillna("").unique())
    together = {0: "all documents", 2: "both labels"}.get(count, f"{count} labels together")
    return label or together


def _draw_layers(canvas: Axes, panel: Panel, across: np.ndarray) -> None:
    """Names of the layers, as many as have room."""
    step = 1 if len(across) < 2 else math.ceil(13 / (across[1] - across[0]))
    for layer in range(0, len(across), step):
        name = "emb" if layer == 0 else str(layer)
        canvas.text(across[layer], panel.bottom - 3, name, ha="center", va="top")
    canvas.text((across[0] + across[-1]) / 2, panel.bottom - 12.5, "layer", ha="center", va="top", color=style.QUIET)


def _draw_models(canvas: Axes, panels: Sequence[Panel]) -> None:
    """The models' names beside their rows, if there are several."""
    models = list(dict.fromkeys(panel.model for panel in panels))
    for model in models if len(models) > 1 else []:
        rows = [panel for panel in panels if panel.model == model]
        low, high = min(row.bottom for row in rows), max(row.bottom + row.height for row in rows)
        name = style.fitted(model, high - low, size=style.TITLES, bold=True)
        canvas.text(
            _MARGIN + 2, (low + high) / 2, name, rotation=90, size=style.TITLES, weight="bold", ha="center", va="center"
        )


# ------------------------------------------------------------------------------------------- keys


def _draw_keys(canvas: Axes, table: pd.DataFrame, scale: _Scale, colormap: str, across: float) -> None:
    notes = _notes(table, across)
    for place, note in enumerate(reversed(notes)):
        canvas.text(_MARGIN, _BOTTOM + 2 + _LINE * place, note, color=style.QUIET, va="baseline")
    base = _base(notes)
    labels = _labels_of(table)
    narrow = across < style.WIDTHS["text"] * 72
    raised = base + _KEY if narrow and labels else base
    room = (across - 2 * _MARGIN) / (2 if narrow or not labels else 4)
    _draw_edge_key(canvas, scale, _MARGIN, raised)
    _draw_region_key(canvas, table, scale, _MARGIN + min(room, 128), raised)
    if labels:
        left = _MARGIN if narrow else across / 2 + 16
        _draw_color_key(canvas, labels, colormap, left, across - _MARGIN, base)


def _draw_edge_key(canvas: Axes, scale: _Scale, left: float, base: float) -> None:
    canvas.text(left, base + 13, "edges (% of n)", color=style.QUIET, va="baseline")
    for share in shown_shares(scale.largest, scale.smallest):
        level = math.ceil(scale.weights(np.array([share]))[0] * _LEVELS) / _LEVELS
        across, up = [left, left + 13], [base + 5] * 2
        look = {"lw": edge_width(level), "alpha": edge_alpha(level), "solid_capstyle": "butt"}
        canvas.plot(across, up, color=style.INK, **look)
        left = _draw_share(canvas, share, left + 16, base)


def _draw_region_key(canvas: Axes, table: pd.DataFrame, scale: _Scale, left: float, base: float) -> None:
    canvas.text(left, base + 13, "regions (% of n)", color=style.QUIET, va="baseline")
    shares = table.loc[(table["item"] == "region") & table["drawn"], "share"]
    for share in shown_shares(shares.max(), shares.min()):
        diameter = scale.diameters(np.array([share]))[0]
        look = {"s": diameter**2, "edgecolors": "white", "linewidths": _rim(diameter)}
        canvas.scatter(left + diameter / 2, base + 5, c=style.QUIET, **look)
        left = _draw_share(canvas, share, left + diameter + 3, base)


def _draw_share(canvas: Axes, share: float, left: float, base: float) -> float:
    """Write a share as a number of per cent; where the next sample starts."""
    name = f"{100 * share:.3g}"
    canvas.text(left, base + 2.5, name, va="baseline")
    return left + style.text_width(name) + 9


def _draw_color_key(
    canvas: Axes, labels: list[str], colormap: str, left: float, right: float, base: float
) -> None:
    """A bar from one label alone, over all alike, to the other; of more labels, from all alike to one alone."""
    steps = np.linspace(0, 1, 21)
    if len(labels) == 2:
        names = [f"only {labels[0]}", "both alike", f"only {labels[1]}"]
        stripes = [[style.colormap(colormap)(step) for step in steps]]
    else:
        names = ["all labels alike", "", "one label alone"]
        stripes = [_fade(color) for color in style.label_colors(labels, colormap)]
    half = (right - left) / 2 - 26
    canvas.text(left, base + 13, style.fitted(names[0], half), va="baseline")
    canvas.text((left + right) / 2, base + 13, names[1], va="baseline", ha="center")
    canvas.text(right, base + 13, style.fitted(names[2], half), va="baseline", ha="right")
    image = np.array([[tuple(color)[:3] for color in stripe] for stripe in stripes])
    height = 8.0
    canvas.imshow(
        image,
        extent=(left, right, base, base + height),
        aspect="auto",
        interpolation="nearest",
        origin="upper",
        zorder=1,
    )


def _fade(color: str) -> list[np.ndarray]:
    grey, full = np.array(to_rgb(style.SHARED)), np.array(to_rgb(color))
    return [grey + weight * (full - grey) for weight in np.linspace(0, 1, 11)]


def _notes(table: pd.DataFrame, across: float) -> list[str]:
    """Lines on what is not drawn, as wide as the figure."""
    notes = []
    if not table.loc[table["item"] == "region", "drawn"].all():
        notes.append("constant: every document has the same vector there; its edges are left out")
    for (model, label), edges in _drawable(table).groupby([table["model"], table["label"].fillna("")], sort=False):
        drawn = edges[edges["drawn"]]
        if len(drawn) < len(edges):
            carried = 100 * drawn["documents"].sum() / edges["documents"].sum()
            panel = style.fitted(_title(label, table), 90)
            notes.append(
                f"{model}, {panel}: {len(drawn):,} heaviest of {len(edges):,} edges, carrying {carried:.0f} % of documents"
            )
    lines = [style.wrapped(note, across - 2 * _MARGIN) for note in notes]
    return [line for wrapped in lines for line in wrapped]


def _drawable(table: pd.DataFrame) -> pd.DataFrame:
    """The edges between layers of which neither is constant."""
    hidden = table[(table["item"] == "region") & ~table["drawn"]]
    constant = set(zip(hidden["model"], hidden["layer"], strict=True))
    edges = table[table["item"] == "edge"]
    touching = [
        (model, layer) in constant or (model, layer + 1) in constant
        for model, layer in zip(edges["model"], edges["layer"], strict=True)
    ]
    return edges[~np.array(touching, dtype=bool)]

