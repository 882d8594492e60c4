"""The drawing of component graphs: layers from left to right, component 0 on top, edges solid or dashed by sign.

Everything is placed in points on one canvas, so that sizes in the file are sizes on paper.
"""

import math
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from nrag.figures import style
from nrag.figures.canvas import (
    LINE,
    MARGIN,
    Panel,
    blank,
    draw_layers,
    is_narrow,
    mark_constant,
    name_layers,
    name_models,
    points_across,
    write_notes,
)
from nrag.figures.scales import LEVELS, rim, shown_shares

DASHES = (0, (2.6, 1.5))
"""Of a negative edge: points of line and gap, at any width."""

POSITIVE, NEGATIVE = "#4a8a1c", "#7030a0"
"""Colours of edges by sign, green and violet: no label has such a hue in `style.label_colors`, for a sign is no label.
They differ for all kinds of colour vision."""

WIDTHS = (0.2, 2.2)
ALPHAS = (0.15, 0.95)
CIRCLES = (1.3, 9.0)
"""Points: the narrowest and widest an edge and a component's circle can be."""

_SIDE, _INSET, _GAP = 14.0, 7.0, 14.0
_AXIS, _HEAD, _FOOT, _ROW_GAP = 21.0, 28.0, 22.0, 4.0
_STEP, _KEY = 14.0, 27.0


@dataclass(frozen=True)
class Look:
    """Sizes of edges and circles, the same in all panels of a figure."""

    widest: float
    circle: float
    largest: float
    """The largest share of variance; NaN where none is known."""

    @classmethod
    def of(cls, table: pd.DataFrame, height: float) -> "Look":
        """The sizes that keep the components of panels at least `height` points high apart."""
        spacing = height / max(_components(table) - 1, 1)
        circle = min(max(0.8 * spacing, CIRCLES[0]), CIRCLES[1])
        largest = table.loc[(table["item"] == "component") & table["drawn"], "share"].max()
        return cls(min(max(0.3 * spacing, 1.2), WIDTHS[1]), circle, float(largest))

    def width(self, sizes: np.ndarray | float) -> np.ndarray | float:
        """Points, of edges of these |rho|."""
        return WIDTHS[0] + (self.widest - WIDTHS[0]) * sizes

    def diameters(self, shares: np.ndarray) -> np.ndarray:
        """Points, of circles of these shares of variance: areas are proportional; one size where none is known."""
        if math.isnan(self.largest):
            return np.full(len(shares), max(0.5 * self.circle, CIRCLES[0]))
        return np.maximum(self.circle * np.sqrt(np.nan_to_num(shares) / self.largest), CIRCLES[0])


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `component_graph_table.drawing`.

    `width` is column (3.4 inches) or text (7 inches). The width and the opacity of an edge grow with |rho| from 0 to
    1, the area of a circle with the component's share of its layer's variance, as the keys show; a circle without an
    edge is hollow.
    """
    table = table.assign(label=table["label"].fillna(""))
    across = points_across(width)
    panels, up = _arrange(table, across)
    look = Look.of(table, min(panel.height for panel in panels))
    # Dashes that shrink with their line could not be told from solid lines.
    with style.styled(), mpl.rc_context({"lines.scale_dashes": False}):
        figure, canvas = blank(across, up)
        for panel in panels:
            rows = table[(table["model"] == panel.model) & (table["label"] == panel.label)]
            _draw_panel(canvas, panel, rows, table, look)
        name_models(canvas, panels, MARGIN + 3)
        _draw_keys(canvas, table, look, across)
    return figure


# ------------------------------------------------------------------------------------ arrangement


def _arrange(table: pd.DataFrame, across: float) -> tuple[list[Panel], float]:
    """The panels, in rows where they have no room beside each other, and the figure's height."""
    models, labels = list(table["model"].unique()), list(table["label"].unique())
    left = MARGIN + _AXIS + (_SIDE if len(models) > 1 else 0.0)
    inner = across - left - MARGIN
    least = max(_STEP * _last(table) + 2 * _INSET, 62.0)
    capacity = max(1, int((inner + _GAP) // (least + _GAP)))
    rows = math.ceil(len(labels) / capacity)
    columns = math.ceil(len(labels) / rows)
    panel_width = (inner - _GAP * (columns - 1)) / columns
    below = _keys_height(table, across)
    wanted = min(max(10.5 * (_components(table) - 1), 60.0), 0.42 * panel_width + 110, 230.0)
    page = style.TALLEST * 72 - below - len(models) * rows * (_HEAD + _FOOT + _ROW_GAP)
    height = max(min(wanted, page / (len(models) * rows)), 50.0)
    up = below + len(models) * rows * (height + _HEAD + _FOOT + _ROW_GAP)
    panels = []
    for row, model in enumerate(models):
        for place, label in enumerate(labels):
            line, column = row * rows + place // columns, place % columns
            bottom = up - (line + 1) * (height + _HEAD + _FOOT + _ROW_GAP) + _FOOT + _ROW_GAP
            corner = left + column * (panel_width + _GAP), bottom
            edges = {"first": column == 0, "lowest": place // columns == rows - 1}
            panels.append(Panel(model, label, *corner, panel_width, height, **edges))
    return panels, up


def _last(table: pd.DataFrame) -> int:
    return int(table.loc[table["item"] == "component", "layer"].max())


def _components(table: pd.DataFrame) -> int:
    return int(table.loc[table["item"] == "component", "i"].max()) + 1


# ----------------------------------------------------------------------------------------- panels


def _draw_panel(canvas: Axes, panel: Panel, rows: pd.DataFrame, table: pd.DataFrame, look: Look) -> None:
    across = panel.layers(_last(table), inset=_INSET)
    draw_layers(canvas, panel, across)
    components, edges = rows[rows["item"] == "component"], rows[(rows["item"] == "edge") & rows["drawn"]]
    _draw_edges(canvas, panel, edges, across, look)
    _draw_components(canvas, panel, components, edges, across, look)
    _draw_title(canvas, panel, rows)
    name_layers(canvas, across, panel.bottom - 5, panel.bottom - 14)
    if panel.first:
        _draw_numbers(canvas, panel, _components(table))


def _draw_edges(canvas: Axes, panel: Panel, edges: pd.DataFrame, across: np.ndarray, look: Look) -> None:
    """Lines from weak to strong, those of one sign and strength as one object; both signs take turns."""
    levels = np.ceil(edges["rho"].abs() * LEVELS).clip(lower=1).astype(int)
    for (level, negative), batch in edges.groupby([levels.rename("level"), (edges["rho"] < 0).rename("negative")]):
        layers = batch["layer"].to_numpy(dtype=int)
        low, high = (panel.bottom + batch[name].to_numpy() * panel.height for name in ("position0", "position1"))
        ends = np.stack([across[layers], low, across[layers + 1], high], axis=1).reshape(-1, 2, 2)
        canvas.add_collection(
            LineCollection(
                ends,
                linewidths=look.width(level / LEVELS),
                alpha=_alpha(level / LEVELS),
                colors=NEGATIVE if negative else POSITIVE,
                linestyles=[DASHES] if negative else "solid",
                capstyle="butt",
                clip_on=False,
                zorder=1 + level / 100,
                gid=f"{'negative' if negative else 'positive'} edges: {panel.model}, {panel.label or 'all documents'}",
            ),
            autolim=False,
        )


def _draw_components(
    canvas: Axes, panel: Panel, components: pd.DataFrame, edges: pd.DataFrame, across: np.ndarray, look: Look
) -> None:
    """Circles; full ones have an edge. Layers without any are marked as constant."""
    ends = {*zip(edges["layer"], edges["i"], strict=True), *zip(edges["layer"] + 1, edges["j"], strict=True)}
    shown = components[components["drawn"]]
    joined = np.array([place in ends for place in zip(shown["layer"], shown["i"], strict=True)], dtype=bool)
    diameters = np.round(look.diameters(shown["share"].to_numpy(dtype=float)), 1)
    canvas.scatter(
        across[shown["layer"].to_numpy(dtype=int)],
        panel.bottom + shown["position0"].to_numpy() * panel.height,
        s=diameters**2,
        c=np.where(joined, style.INK, "#ffffff"),
        edgecolors=np.where(joined, "#ffffff", "#9aa3ab"),
        linewidths=np.where(joined, [rim(diameter) for diameter in diameters], 0.5),
        clip_on=False,
        zorder=2,
        gid=f"components: {panel.model}, {panel.label or 'all documents'}",
    )
    for layer in sorted(set(components["layer"]) - set(shown["layer"])):
        mark_constant(canvas, panel, across[layer])


def _draw_title(canvas: Axes, panel: Panel, rows: pd.DataFrame) -> None:
    base = panel.bottom + panel.height + 8
    count = int((rows["item"] == "edge").sum())
    told = f"n = {rows['documents'].iloc[0]:,}, {count:,} {'edge' if count == 1 else 'edges'}"
    name = style.fitted(panel.label or "all documents", panel.width, size=style.TITLES, bold=True)
    canvas.text(panel.left, base + 10, name, size=style.TITLES, weight="bold", va="baseline")
    canvas.text(panel.left, base, told, color=style.QUIET, va="baseline")


def _draw_numbers(canvas: Axes, panel: Panel, count: int) -> None:
    """Numbers of the components, as many as have room."""
    spacing = panel.height / max(count - 1, 1)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if step * spacing >= 8.5 or step >= count)
    for component in range(0, count, step):
        height = panel.bottom + panel.height * (1 - component / (count - 1) if count > 1 else 0.5)
        canvas.text(panel.left - 1, height, str(component), ha="right", va="center_baseline")
    canvas.text(
        panel.left - 17,
        panel.bottom + panel.height / 2,
        "component",
        rotation=90,
        ha="center",
        va="center",
        color=style.QUIET,
    )


# ------------------------------------------------------------------------------------------- keys


def _keys_height(table: pd.DataFrame, across: float) -> float:
    return (2 * _KEY if is_narrow(across) else _KEY) + LINE * len(_notes(table, across)) + 4


def _draw_keys(canvas: Axes, table: pd.DataFrame, look: Look, across: float) -> None:
    """The keys of edges and circles, and below them the notes."""
    notes = _notes(table, across)
    write_notes(canvas, notes)
    base = 6 + LINE * len(notes) + 2
    upper = base + _KEY if is_narrow(across) else base
    after = _draw_edge_key(canvas, table, look, MARGIN, upper)
    _draw_circle_key(canvas, table, look, MARGIN if is_narrow(across) else after + 22, base)


def _draw_edge_key(canvas: Axes, table: pd.DataFrame, look: Look, left: float, base: float) -> float:
    """Samples of both signs; where the next key may start."""
    canvas.text(left, base + 13, f"edges: Spearman's ρ, {table['threshold'].iloc[0]}", color=style.QUIET, va="baseline")
    for color, lines, sign in ((POSITIVE, "solid", ""), (NEGATIVE, DASHES, "−")):
        for rho in (0.3, 0.6, 0.9):
            looks = {"color": color, "ls": lines, "lw": look.width(rho), "alpha": _alpha(rho)}
            canvas.plot([left, left + 16], [base + 5] * 2, solid_capstyle="butt", dash_capstyle="butt", **looks)
            name = f"{sign}{rho:g}"
            canvas.text(left + 19, base + 2.5, name, va="baseline")
            left += 19 + style.text_width(name) + 8
    return left


def _draw_circle_key(canvas: Axes, table: pd.DataFrame, look: Look, left: float, base: float) -> None:
    known = not math.isnan(look.largest)
    title = "components (% of the layer's variance)" if known else "components"
    canvas.text(left, base + 13, title, color=style.QUIET, va="baseline")
    shares = table.loc[(table["item"] == "component") & table["drawn"], "share"]
    for share in shown_shares(look.largest, max(float(shares.min()), 1e-4)) if known else []:
        diameter = look.diameters(np.array([share]))[0]
        canvas.scatter(left + diameter / 2, base + 5, s=diameter**2, c=style.INK, edgecolors="none")
        name = f"{100 * share:.3g}"
        canvas.text(left + diameter + 3, base + 2.5, name, va="baseline")
        left += diameter + 3 + style.text_width(name) + 9
    canvas.scatter(left + 2.5, base + 5, s=16, c="#ffffff", edgecolors="#9aa3ab", linewidths=0.5)
    canvas.text(left + 8, base + 2.5, "without an edge", va="baseline")


def _notes(table: pd.DataFrame, across: float) -> list[str]:
    """Lines on what is not drawn, as wide as the figure."""
    notes = []
    edges = table[table["item"] == "edge"]
    for (model, label), found in edges.groupby(["model", edges["label"].fillna("")], sort=False):
        if not found["drawn"].all():
            weakest = found.loc[found["drawn"], "rho"].abs().min()
            panel = style.fitted(label or "all documents", 90)
            counts = f"{found['drawn'].sum():,} strongest of {len(found):,} edges drawn, |ρ| ≥ {weakest:.2f}"
            notes.append(f"{f'{model}, ' if table['model'].nunique() > 1 else ''}{panel}: {counts}")
    return [line for note in notes for line in style.wrapped(note, across - 2 * MARGIN)]


def _alpha(size: float) -> float:
    return ALPHAS[0] + (ALPHAS[1] - ALPHAS[0]) * size
