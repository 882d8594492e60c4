"""Drift along training: for each series a row of panels, one a statistic, a line a layer over the models in order."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nrag.drift.names import EDGES
from nrag.figures import distance_axis, style
from nrag.figures.canvas import LINE, MARGIN, blank, is_narrow, layer_name, points_across, write_notes
from nrag.figures.depth_axis import ENTRY, SAMPLE, wrapped_entries
from nrag.figures.drift_lines import FLOOR, MEMBER
from nrag.figures.drift_panels import NAMES, TITLES, floor_look, left_out, reach
from nrag.figures.shortened_names import told_apart

MEAN = "mean of the layers"

_LEFT, _RIGHT, _GAP = 42.0, 8.0, 44.0
_BESIDE = 0.15
"""Room beside the first and the last model, of the way between two."""
_NAME, _HEAD = 14.0, 13.0
"""Points for the name of a series, and for that of a panel."""

_HEIGHTS = (45.0, 105.0)
"""Of panels: the least, and what they have where the page allows."""

_LEVEL = 5
"""Models of a series up to which their names stand level, where there is room."""


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `drift_lines.along`."""
    frame = _Frame.of(table, points_across(width))
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame)
        top = frame.up - ENTRY * len(frame.legend) - 6
        for name, of_series in table.groupby("series", sort=False):
            models = _models(of_series)
            title = style.fitted(f"{name}: distance from {models[0]}", frame.across - 2 * MARGIN, bold=True)
            top -= _NAME
            canvas.text(_LEFT, top + 4, title, weight="bold", va="baseline")
            step = _HEAD + frame.height + frame.foot(models)
            for place, (statistic, rows) in enumerate(of_series.groupby("statistic", sort=False)):
                line, column = divmod(place, frame.columns)
                left, bottom = _LEFT + column * (frame.cell + _GAP), top - line * step - _HEAD - frame.height
                size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, frame.height / frame.up)
                panel = figure.add_axes(size)
                of_panel, unit = TITLES[statistic]
                canvas.text(left, bottom + frame.height + 4, of_panel, va="baseline")
                _dress(panel, unit, models, upright=frame.upright(models))
                reach(panel, statistic, rows[["value"]], height=frame.height)
                _draw_lines(panel, rows, frame)
            top -= step * frame.lines
        write_notes(canvas, frame.notes)
    return figure


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, and what stands around them."""

    across: float
    up: float
    columns: int
    lines: int
    """Of panels, for each series."""
    cell: float
    height: float
    """Of a panel."""
    layers: dict[int, str]
    """Colour of each layer."""
    floors: list[str]
    legend: list[list[tuple[str, float]]]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        statistics = table["statistic"].nunique()
        columns = 1 if is_narrow(across) else statistics
        cell = (across - _LEFT - _RIGHT + _GAP) / columns - _GAP
        constant = table.loc[table["constant"].astype(bool) & (table["statistic"] != EDGES), "layer"].dropna()
        layers = sorted(set(table["layer"].dropna().astype(int)) - set(constant.astype(int)))
        floors = list(table.loc[table["kind"] == FLOOR, "name"].unique())
        found = cls(across, 0.0, columns, math.ceil(statistics / columns), cell, 0.0, _colors(layers), floors, [], [])
        legend = wrapped_entries([name for name, _ in found.entries()], across)
        said = [distance_axis.NOTE, *([left_out(set(constant.astype(int)))] if len(constant) else [])]
        notes = style.wrapped(" ".join(said), across - 2 * MARGIN)
        feet = [found.foot(_models(rows)) for _, rows in table.groupby("series", sort=False)]
        panels = found.lines * len(feet)
        around = MARGIN + LINE * len(notes) + ENTRY * len(legend) + 6
        around += _NAME * len(feet) + _HEAD * panels + found.lines * sum(feet)
        height = min(max((style.TALLEST * 72 - around) / panels, _HEIGHTS[0]), _HEIGHTS[1])
        return replace(found, up=around + height * panels, height=height, legend=legend, notes=notes)

    def entries(self) -> list[tuple[str, dict[str, Any]]]:
        """What the legend names, in order, and how it looks."""
        shown = list(self.layers)
        # Of many layers the colours run through; a few are enough to read them by.
        step = math.ceil(len(shown) / 6)
        named = dict.fromkeys([*shown[::step], *shown[-1:]])
        layers = [(_name(layer), {"color": self.layers[layer], "lw": 1.0}) for layer in named]
        short = told_apart([f"floor: {name} (mean)" for name in self.floors], NAMES)
        floors = [(name, _floor(place)) for place, name in enumerate(short.values())]
        return [*layers, (MEAN, {"color": style.INK, "lw": 1.8}), *floors]

    def upright(self, models: list[str]) -> bool:
        """Whether the models' names have no room side by side."""
        room = self.cell / max(len(models) - 1, 1) - 4
        # The last name stands half beyond its place, and must end where the figure does.
        beyond = _BESIDE / (len(models) - 1 + 2 * _BESIDE) * self.cell + _RIGHT
        last = style.text_width(_short(models)[-1]) / 2 > beyond
        return last or len(models) > _LEVEL or any(style.text_width(model) > room for model in models)

    def foot(self, models: list[str]) -> float:
        """Points below a panel, for the names of its models."""
        longest = max(style.text_width(name) for name in _short(models))
        return (longest if self.upright(models) else LINE) + 10


def _models(rows: pd.DataFrame) -> list[str]:
    members = rows[rows["kind"] == MEMBER]
    return list(members.sort_values("position", kind="stable")["model"].unique())


def _short(models: list[str]) -> list[str]:
    """The models' names below a panel."""
    return list(told_apart(models, 80).values())


def _floor(place: int) -> dict[str, Any]:
    look = floor_look(place)
    return {"color": look.color, "lw": 1.0, "ls": look.dashes}


def _name(layer: int) -> str:
    return "embeddings" if layer == 0 else f"layer {layer_name(layer)}"


def _colors(layers: list[int]) -> dict[int, str]:
    """From light to dark with depth."""
    shades = colormaps["viridis_r"](np.linspace(0.08, 1, max(len(layers), 1)))
    return {layer: to_hex(shade) for layer, shade in zip(layers, shades, strict=False)}


def _dress(panel: Axes, unit: str, models: list[str], *, upright: bool) -> None:
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    panel.set_xlim(-_BESIDE, len(models) - 1 + _BESIDE)
    panel.set_xticks(range(len(models)), _short(models), rotation=90 if upright else 0)
    panel.axhline(0, color=style.QUIET, lw=0.6, zorder=1)
    panel.set_ylabel(unit, labelpad=3)


def _draw_lines(panel: Axes, rows: pd.DataFrame, frame: _Frame) -> None:
    members = rows[rows["kind"] == MEMBER].sort_values("position", kind="stable")
    for layer, line in members.groupby("layer", sort=True):
        if int(layer) in frame.layers and line["value"].notna().any():
            _draw_line(panel, line, color=frame.layers[int(layer)], lw=1.0, ms=3.2, zorder=3)
    _draw_line(panel, members[members["layer"].isna()], color=style.INK, lw=1.8, ms=4.6, zorder=4)
    means = rows[(rows["kind"] == FLOOR) & rows["layer"].isna()]
    for row in means.itertuples():
        panel.axhline(row.value, zorder=2, **_floor(frame.floors.index(row.name)))


def _draw_line(panel: Axes, line: pd.DataFrame, **look: object) -> None:
    places, values = line["position"].to_numpy(dtype=float), line["value"].to_numpy(dtype=float)
    panel.plot(places, values, marker="o", mec="white", mew=0.5, clip_on=False, **look)


def _draw_legend(canvas: Axes, frame: _Frame) -> None:
    shown = iter(frame.entries())
    for number, line in enumerate(frame.legend):
        height = frame.up - 11 - ENTRY * number
        for name, left in line:
            _, look = next(shown)
            canvas.plot([left, left + SAMPLE], [height + 2.4] * 2, **look)
            canvas.text(left + SAMPLE + 4, height, name, va="baseline")
