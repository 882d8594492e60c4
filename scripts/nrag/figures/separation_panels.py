"""Label separation by relative depth: a panel for regions and one for edges, a line a model, bands of what it is
held against.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, is_narrow, points_across, write_notes
from nrag.figures.depth_axis import ALL_LAYERS, ENTRY, SAMPLE, mark_depth, notice, wrapped_entries
from nrag.figures.separation_lines import CONTROL, MODEL, OF_EDGES, WORDS

UNITS = {"region_divergence": "effect, in bits", "edge_total_variation": "effect"}

PERMUTED, OF_WORDS = "permuted labels, central 95 %", "bag of words"
"""Names of what all models are held against."""

DASHES = ("-", (0, (3, 1)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))
"""Of the models' lines, in their order."""

WORDS_DASHES = (0, (6, 1.5))

_LEFT, _RIGHT, _GAP, _HEAD, _FOOT = 40.0, 6.0, 46.0, 14.0, 30.0
_HEIGHT = 165.0
HATCHES = ("/////", "\\\\\\\\\\", "|||||", "-----")
"""Of the bands of the models' controls, in their order: bands are told from lines, and from each other, in grey too."""

_TINT, _HATCH, _OUTLINE = 0.1, 0.45, 0.7
"""Opacities of a control's band: what fills it, its hatching, and its outline."""

_GREY = "#d9dde0"
_LINE_STYLE = {"lw": 1.6, "ms": 5.0, "mew": 0.8, "mec": "white"}
_HOLLOW = {"lw": 0.8, "ms": 3.2, "mew": 0.8, "mfc": "white"}
"""Of a single control, which makes no band."""

_BESIDE = 0.13
"""Of the axis of depth: what the models take at its end, side by side."""


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `separation_lines.values`; where it has no rows, one that says so."""
    across = points_across(width)
    if table.empty:
        return notice(["Not tested: the comparison has one label, or no separation is defined."], across)
    frame = _Frame.of(table, across)
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame)
        for place, (metric, rows) in enumerate(table.groupby("metric", sort=False)):
            left, bottom = frame.corner(place)
            size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, _HEIGHT / frame.up)
            panel = figure.add_axes(size, ylim=_range(rows))
            canvas.text(left, bottom + _HEIGHT + 4, metric.replace("_", " ").capitalize(), weight="bold", va="baseline")
            _dress(panel, metric)
            _draw_permuted(panel, rows, frame.looks)
            _draw_words(panel, rows)
            for model, look in frame.looks.items():
                of_model = rows[(rows["kind"] == CONTROL) & (rows["control_of"] == model)]
                _draw_controls(panel, of_model, look, 0.4 * _BESIDE / len(frame.looks))
                _draw_model(panel, rows[(rows["kind"] == MODEL) & (rows["model"] == model)], look)
        write_notes(canvas, frame.notes)
    return figure


class _Look(NamedTuple):
    """How a model is drawn, and where it stands beside the others under all layers."""

    color: str
    marker: str
    dashes: str | tuple
    hatch: str
    beside: float
    controls: int


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, and what the legend says."""

    across: float
    up: float
    columns: int
    cell: float
    looks: Mapping[str, _Look]
    legend: list[list[tuple[str, float]]]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        panels = table["metric"].nunique()
        columns = 1 if is_narrow(across) else 2
        cell = (across - _LEFT - _RIGHT + _GAP) / columns - _GAP
        looks = _looks(table)
        legend = wrapped_entries(list(_entries(looks, words=(table["kind"] == WORDS).any())), across)
        notes = style.wrapped(" ".join(_notes(table)), across - 2 * MARGIN)
        up = MARGIN + LINE * len(notes) + ENTRY * len(legend) + 6
        up += math.ceil(panels / columns) * (_HEAD + _HEIGHT + _FOOT)
        return cls(across, up, columns, cell, looks, legend, notes)

    def corner(self, place: int) -> tuple[float, float]:
        """Lower left corner of a panel."""
        line, column = divmod(place, self.columns)
        top = self.up - ENTRY * len(self.legend) - 6 - line * (_HEAD + _HEIGHT + _FOOT)
        return _LEFT + column * (self.cell + _GAP), top - _HEAD - _HEIGHT


def _looks(table: pd.DataFrame) -> dict[str, _Look]:
    models = table.loc[table["kind"] == MODEL, "model"].unique()
    controls = table[table["kind"] == CONTROL].groupby("control_of")["model"].nunique()
    return {
        model: _Look(
            style.PALETTE[place % len(style.PALETTE)],
            style.MARKERS[place % len(style.MARKERS)],
            # Shifted where colours begin again.
            DASHES[(place + place // len(style.PALETTE)) % len(DASHES)],
            HATCHES[(place + place // len(style.PALETTE)) % len(HATCHES)],
            ALL_LAYERS + _BESIDE * ((place + 0.5) / len(models) - 0.5),
            int(controls.get(model, 0)),
        )
        for place, model in enumerate(models)
    }


def _controls_in_words(model: str, number: int) -> str:
    return f"untrained control of {model}" if number == 1 else f"{number} untrained controls of {model}"


def _entries(looks: Mapping[str, _Look], *, words: bool) -> dict[str, tuple[str, _Look | None]]:
    """What the legend names: its kind, and how it looks."""
    found: dict[str, tuple[str, _Look | None]] = {}
    for model, look in looks.items():
        found[model] = (MODEL, look)
        if look.controls:
            found[_controls_in_words(model, look.controls)] = (CONTROL, look)
    found[PERMUTED] = (PERMUTED, None)
    return found | ({OF_WORDS: (WORDS, None)} if words else {})


def _notes(table: pd.DataFrame) -> list[str]:
    """P of all layers together, and what a value is the mean of."""
    overall = table[table["layer"].isna()]
    said = []
    for metric, rows in overall.groupby("metric", sort=False):
        parts = [f"{row.model} {_p(row.p)}" for row in rows[rows["kind"] == MODEL].itertuples()]
        controls, words = (rows.loc[rows["kind"] == kind, "p"] for kind in (CONTROL, WORDS))
        parts += [f"controls {_p(*controls)}"] if len(controls) else []
        parts += [f"bag of words {_p(*words)}"] if len(words) else []
        tests = "edges" if metric == OF_EDGES else "regions"
        said.append(f"All layers, {tests}: p of {', '.join(parts)} ({rows['permutations'].max():,} permutations).")
    seeds = table["seeds"].max()
    return [*said, *([f"Effects are means over {seeds} seeds of the reduction."] if seeds > 1 else [])]


def _p(*values: float) -> str:
    """One p, or from the least to the largest, of those that are defined."""
    values = [value for value in values if not np.isnan(value)]
    if not values:
        return "undefined"
    low, high = (f"{value:.2g}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _range(rows: pd.DataFrame) -> tuple[float, float]:
    values = rows[["effect", "permuted_low", "permuted_high"]].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    low, high = min(values.min(initial=0), 0), max(values.max(initial=0), 0)
    room = 0.05 * (high - low or 1)
    return low - room, high + room


def _dress(panel: Axes, metric: str) -> None:
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    panel.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    mark_depth(panel)
    panel.axhline(0, color=style.QUIET, lw=0.6, zorder=1)
    panel.set_ylabel(UNITS[metric], labelpad=3)


def _by_depth(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["layer"].notna()].sort_values("layer", kind="stable")


def _draw_permuted(panel: Axes, rows: pd.DataFrame, looks: Mapping[str, _Look]) -> None:
    """Behind everything, the band of each model; where models differ, the widest shows."""
    for model, look in looks.items():
        own = rows[(rows["kind"] == MODEL) & (rows["model"] == model)]
        layers, together = _by_depth(own), own[own["layer"].isna()]
        low, high = (layers[name].to_numpy(dtype=float) for name in ("permuted_low", "permuted_high"))
        panel.fill_between(layers["depth"].to_numpy(dtype=float), low, high, color=_GREY, lw=0, zorder=0.5)
        for row in together.itertuples():
            wide = _BESIDE / len(looks) / 2
            ends = [look.beside - wide, look.beside + wide]
            panel.fill_between(ends, row.permuted_low, row.permuted_high, color=_GREY, lw=0, zorder=0.5)


def _draw_words(panel: Axes, rows: pd.DataFrame) -> None:
    for effect in rows.loc[rows["kind"] == WORDS, "effect"]:
        panel.axhline(effect, color=style.INK, lw=0.9, ls=WORDS_DASHES, zorder=2)


def _draw_controls(panel: Axes, rows: pd.DataFrame, look: _Look, wide: float) -> None:
    """The band from the lowest control to the highest; a line with hollow marks where there is one.

    Under all layers the same, so `wide` on either side of where the model stands.
    """
    layers, together = _by_depth(rows), rows.loc[rows["layer"].isna(), "effect"].to_numpy(dtype=float)
    if look.controls == 1:
        drawn = _hollow(look) | {"zorder": 3, "clip_on": False}
        panel.plot(*layers[["depth", "effect"]].to_numpy(dtype=float).T, ls=look.dashes, **drawn)
        panel.plot([look.beside] * len(together), together, ls="", **drawn)
    elif look.controls:
        # Models of one hidden state have no edges; controls without an effect have no say.
        together = together[~np.isnan(together)]
        if len(layers):
            ends = layers.groupby("layer")["effect"].agg(["min", "max"]).to_numpy(dtype=float).T
            _draw_band(panel, layers.groupby("layer")["depth"].first().to_numpy(dtype=float), *ends, look, zorder=2.5)
        if len(together):
            ends = [[end] * 2 for end in (together.min(), together.max())]
            _draw_band(panel, [look.beside - wide, look.beside + wide], *ends, look, zorder=2.5)


def _hollow(look: _Look) -> dict[str, Any]:
    return {"color": look.color, "marker": look.marker} | _HOLLOW


def _draw_band(
    axes: Axes, across: Sequence[float], low: Sequence[float], high: Sequence[float], look: _Look, *, zorder: float
) -> None:
    filled = {"facecolor": to_rgba(look.color, _TINT), "edgecolor": to_rgba(look.color, _HATCH)}
    axes.fill_between(across, low, high, hatch=look.hatch, lw=0, zorder=zorder, **filled)
    for end in (low, high):
        axes.plot(across, end, color=look.color, lw=0.6, alpha=_OUTLINE, zorder=zorder)


def _draw_model(panel: Axes, rows: pd.DataFrame, look: _Look) -> None:
    layers, together = _by_depth(rows), rows[rows["layer"].isna()]
    drawn = {"color": look.color, "marker": look.marker, "clip_on": False} | _LINE_STYLE
    panel.plot(
        layers["depth"].to_numpy(dtype=float), layers["effect"].to_numpy(dtype=float), ls=look.dashes, zorder=4, **drawn
    )
    for effect in together["effect"]:
        panel.plot(look.beside, effect, ls="", zorder=5, **drawn)


def _draw_legend(canvas: Axes, frame: _Frame) -> None:
    entries = _entries(frame.looks, words=True)
    for number, line in enumerate(frame.legend):
        height = frame.up - 11 - ENTRY * number
        for name, left in line:
            _draw_sample(canvas, left, height + 2.4, *entries[name])
            canvas.text(left + SAMPLE + 4, height, name, va="baseline")


def _draw_sample(canvas: Axes, left: float, middle: float, kind: str, look: _Look | None) -> None:
    ends = [left, left + SAMPLE]
    if look is None and kind == PERMUTED:
        canvas.fill_between(ends, middle - 3.5, middle + 3.5, color=_GREY, lw=0)
    elif look is None:
        canvas.plot(ends, [middle] * 2, color=style.INK, ls=WORDS_DASHES, lw=0.9)
    elif kind == MODEL:
        canvas.plot(ends, [middle] * 2, color=look.color, ls=look.dashes, lw=_LINE_STYLE["lw"])
        canvas.plot(
            left + SAMPLE / 2, middle, ls="", color=look.color, marker=look.marker, mec="white",
            ms=_LINE_STYLE["ms"], mew=_LINE_STYLE["mew"],
        )  # fmt: skip
    elif look.controls == 1:
        canvas.plot(ends, [middle] * 2, color=look.color, ls=look.dashes, lw=_HOLLOW["lw"])
        canvas.plot(left + SAMPLE / 2, middle, ls="", **_hollow(look))
    else:
        _draw_band(canvas, ends, [middle - 3.5] * 2, [middle + 3.5] * 2, look, zorder=2)
