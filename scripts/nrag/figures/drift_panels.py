"""Drift by layer: a panel a statistic, a line a model, grey lines of distances that are no drift."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag.drift.names import CKA, EDGES, REGIONS
from nrag.figures import distance_axis, style
from nrag.figures.canvas import LINE, MARGIN, blank, is_narrow, layer_name, points_across, write_notes
from nrag.figures.depth_axis import ENTRY, SAMPLE, wrapped_entries
from nrag.figures.drift_lines import FLOOR, INFORMATION, MEMBER
from nrag.figures.shortened_names import told_apart

TITLES = {
    REGIONS: ("Regions", "divergence, bits"),
    EDGES: ("Edges", "divergence, bits"),
    CKA: ("Hidden states", "1 − CKA"),
    INFORMATION: ("Labels told by regions", "adjusted mutual information"),
}
"""Name and unit of the panel of each statistic."""

EXCHANGED, HALVED = "exchanged documents, 95 %", "two halves of one model"
"""Names of what all models are held against."""

DASHES = ("-", (0, (3, 1)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))
"""Of models' lines, in their order."""

FLOOR_DASHES = ("-", (0, (3, 1)), (0, (5, 1.5, 1, 1.5)), (0, (6, 1.2, 1, 1.2, 1, 1.2)))
"""Of floors' lines: none is as that of two halves, which are grey too."""

PALE = "#a3abb2"
"""Of the floors beyond these dashes."""

NULL, HALVES_DASHES = "#d9dde0", (0, (0.8, 1.6))

_LEFT, _RIGHT, _GAP, _HEAD, _FOOT, _HEIGHT = 36.0, 6.0, 44.0, 15.0, 30.0, 120.0
_BEYOND = 2.0
"""Times the largest of all others: where halves of one model lie farther, they are told, and not drawn."""

NAMES = 150.0
"""Points that the longest name of a legend has."""

_LINE = 1.4
"""Points of a model's line."""


class Look(NamedTuple):
    """How a line is drawn."""

    color: str
    dashes: str | tuple
    marker: str = ""


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `drift_lines.by_layer`; the mean over the layers stands at the right of each panel."""
    frame = _Frame.of(table, points_across(width))
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        draw_legend(canvas, frame.legend, frame.looks, frame.up)
        for place, (statistic, rows) in enumerate(table.groupby("statistic", sort=False)):
            left, bottom = frame.corner(place)
            size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, _HEIGHT / frame.up)
            panel = figure.add_axes(size)
            title, unit = TITLES[statistic]
            canvas.text(left, bottom + _HEIGHT + 4, title, weight="bold", va="baseline")
            _dress(panel, unit, frame.last)
            reach(panel, statistic, _within_axis(rows), height=_HEIGHT)
            _draw_chance(panel, rows, frame.last)
            for (kind, name), line in rows.groupby(["kind", "name"], sort=False):
                _draw_line(panel, line, frame.looks[kind, name], frame.last, between=statistic == EDGES)
        write_notes(canvas, frame.notes)
    return figure


def looks_of(table: pd.DataFrame) -> dict[tuple[str, str], Look]:
    """How the line of each model and floor is drawn, by kind and name; models in colour, what is no drift in grey."""
    base = table.loc[table["reference"] != "", "reference"].iloc[0]
    lines = list(dict.fromkeys(zip(table["kind"], table["name"], strict=True)))
    members = [name for kind, name in lines if kind == MEMBER and name != base]
    floors = [name for kind, name in lines if kind == FLOOR]
    kinds = len(style.PALETTE)
    looks = {(MEMBER, base): Look(style.INK, "-", "o")} if (MEMBER, base) in lines else {}
    for place, name in enumerate(members):
        # Shifted where colours begin again.
        shift = place + place // kinds
        color, marker = style.PALETTE[place % kinds], style.MARKERS[shift % len(style.MARKERS)]
        looks[MEMBER, name] = Look(color, DASHES[shift % len(DASHES)], marker)
    return looks | {(FLOOR, name): floor_look(place) for place, name in enumerate(floors)}


def floor_look(place: int) -> Look:
    """How the line of the floor at a place, from 0, is drawn in all figures: in grey."""
    return Look((style.QUIET, PALE)[place // len(FLOOR_DASHES) % 2], FLOOR_DASHES[place % len(FLOOR_DASHES)])


def draw_legend(
    canvas: Axes, lines: list[list[tuple[str, float]]], looks: Mapping[tuple[str, str], Look], up: float
) -> None:
    """The legend's entries, line by line from the top, as `wrapped_entries` of `entries` has them."""
    shown = iter(entries(looks))
    for number, line in enumerate(lines):
        height = up - 11 - ENTRY * number
        for name, left in line:
            _, look = next(shown)
            _draw_sample(canvas, left, height + 2.4, look)
            canvas.text(left + SAMPLE + 4, height, name, va="baseline")


def entries(looks: Mapping[tuple[str, str], Look]) -> list[tuple[str, Look | None]]:
    """What a legend names, and how it looks; None for the band of exchanges."""
    names = [name if kind == MEMBER else f"floor: {name}" for kind, name in looks]
    short = told_apart(names, NAMES)
    found: list[tuple[str, Look | None]] = [
        (short[name], look) for name, look in zip(names, looks.values(), strict=True)
    ]
    return [*found, (HALVED, Look(style.QUIET, HALVES_DASHES)), (EXCHANGED, None)]


def reach(panel: Axes, statistic: str, rows: pd.DataFrame, *, height: float) -> None:
    """Let the y axis of a panel of a statistic, `height` points high, reach to all numbers of the rows."""
    values = rows.to_numpy(dtype=float)
    if statistic != INFORMATION:
        distance_axis.dress(panel, values, height=height)
        return
    values = values[np.isfinite(values)]
    low, high = min(values.min(initial=0), 0), max(values.max(initial=0), distance_axis.LEAST)
    panel.set_ylim(low - 0.03 * (high - low), high + 0.05 * (high - low))
    panel.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))


def _within_axis(rows: pd.DataFrame) -> pd.DataFrame:
    """What the axis of a panel reaches to: halves too, where these leave room to the others."""
    others = rows[["value", "high", "null_quantile"]]
    return others if _beyond(rows) else rows[[*others, "halves"]]


def _beyond(rows: pd.DataFrame) -> bool:
    """Whether the halves of one model lie too far for a panel."""
    others = rows[["value", "high", "null_quantile"]].max(axis=None, skipna=True)
    return bool(rows["halves"].max() > _BEYOND * max(others, distance_axis.LEAST))


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, and what stands around them."""

    across: float
    up: float
    columns: int
    cell: float
    last: int
    """The last layer."""
    looks: Mapping[tuple[str, str], Look]
    legend: list[list[tuple[str, float]]]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        columns = 1 if is_narrow(across) else 2
        cell = (across - _LEFT - _RIGHT + _GAP) / columns - _GAP
        looks = looks_of(table)
        legend = wrapped_entries([name for name, _ in entries(looks)], across)
        notes = style.wrapped(" ".join(notes_of(table)), across - 2 * MARGIN)
        lines = math.ceil(table["statistic"].nunique() / columns)
        up = MARGIN + LINE * len(notes) + ENTRY * len(legend) + 6 + lines * (_HEAD + _HEIGHT + _FOOT)
        return cls(across, up, columns, cell, int(table["layer"].max()), looks, legend, notes)

    def corner(self, place: int) -> tuple[float, float]:
        """Lower left corner of a panel."""
        line, column = divmod(place, self.columns)
        top = self.up - ENTRY * len(self.legend) - 6 - line * (_HEAD + _HEIGHT + _FOOT)
        return _LEFT + column * (self.cell + _GAP), top - _HEAD - _HEIGHT


def notes_of(table: pd.DataFrame) -> list[str]:
    """What the axes are, what is drawn hollow, and what is not drawn."""
    constant = table.loc[table["constant"].astype(bool) & (table["statistic"] != EDGES), "layer"].dropna()
    hollow = table.loc[table["kind"] == MEMBER, "within"].any()
    said = ["Hollow: not above the 95 % of its own exchanges."] if hollow else []
    for statistic, rows in table.groupby("statistic", sort=False):
        if _beyond(rows):
            farthest = rows.loc[rows["layer"].isna() & (rows["kind"] == MEMBER), "halves"].max()
            said.append(
                f"{TITLES[statistic][0]}: two halves of one model lie beyond the axis, at {farthest:.2g} (mean)."
            )
    return [distance_axis.NOTE, *said, *([left_out(set(constant.astype(int)))] if len(constant) else [])]


def left_out(layers: Collection[int]) -> str:
    """Which layers are constant."""
    return f"Left out, for all documents have one vector there: {', '.join(map(layer_name, sorted(layers)))}."


def _mean_place(last: int) -> float:
    """Where the mean over the layers stands, beside layers 0 to `last`."""
    return last + max(0.12 * last, 0.6)


def _dress(panel: Axes, unit: str, last: int) -> None:
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    mean = _mean_place(last)
    panel.set_xlim(-0.04 * max(last, 1), mean + 0.05 * max(last, 1))
    step = math.ceil((last + 1) / 14)
    layers = list(range(0, last + 1, step))
    panel.set_xticks([*layers, mean], [*map(layer_name, layers), "mean"])
    panel.axvline((last + mean) / 2, color=style.FAINT, lw=0.8, zorder=0)
    panel.set_xlabel("layer", labelpad=2)
    panel.axhline(0, color=style.QUIET, lw=0.6, zorder=1)
    panel.set_ylabel(unit, labelpad=3)


def _across(rows: pd.DataFrame, last: int, *, between: bool) -> np.ndarray:
    """Where each row stands: edges half-way between their layers, the mean at the right."""
    layer = rows["layer"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(layer), _mean_place(last), layer + 0.5 * between)


def _draw_chance(panel: Axes, rows: pd.DataFrame, last: int) -> None:
    """Behind everything, from the lowest to the highest quantile of all models' exchanges, and the highest halves."""
    groups = rows[rows["kind"] == MEMBER].groupby("layer", dropna=False)
    chance = groups.agg(low=("null_quantile", "min"), high=("null_quantile", "max"), halves=("halves", "max"))
    chance = chance.reset_index()
    between = (rows["statistic"] == EDGES).all()
    for mean in (False, True):
        own = chance[chance["layer"].isna() == mean]
        places = _across(own, last, between=between)
        wide = 0.03 * max(last, 1)
        ends = np.concatenate([places - wide, places + wide]) if mean else places
        low, high, halves = (
            np.resize(own[name].to_numpy(dtype=float), len(ends)) for name in ("low", "high", "halves")
        )
        panel.fill_between(ends, low, high, color=NULL, lw=0, zorder=0.5)
        if not _beyond(rows):
            panel.plot(ends, halves, color=style.QUIET, ls=HALVES_DASHES, lw=1.0, zorder=2)


def _draw_line(panel: Axes, rows: pd.DataFrame, look: Look, last: int, *, between: bool) -> None:
    layers, mean = rows[rows["layer"].notna()].sort_values("layer"), rows[rows["layer"].isna()]
    places, values = _across(layers, last, between=between), layers["value"].to_numpy(dtype=float)
    at_mean, of_mean = _across(mean, last, between=between), mean["value"].to_numpy(dtype=float)
    drawn: dict[str, Any] = {"color": look.color, "clip_on": False}
    if not look.marker:
        drawn |= {"ls": look.dashes, "lw": 1.0, "zorder": 3}
        wide = 0.03 * max(last, 1)
        panel.plot(places, values, **drawn)
        panel.plot(np.concatenate([at_mean - wide, at_mean + wide]), np.repeat(of_mean, 2), **drawn)
        return
    panel.plot(places, values, ls=look.dashes, lw=_LINE, zorder=4, **drawn)
    places, values = np.append(places, at_mean), np.append(values, of_mean)
    within = pd.concat([layers, mean])["within"].to_numpy(dtype=bool)
    for chosen, filled in ((~within, True), (within, False)):
        panel.plot(places[chosen], values[chosen], ls="", zorder=5, **drawn, **_marked(look, filled=filled))
    known = layers[layers["low"].notna()]
    if len(known):
        ends = known[["low", "high"]].to_numpy(dtype=float).T
        panel.vlines(_across(known, last, between=between), *ends, color=look.color, lw=0.7, alpha=0.7, zorder=2.5)


def _marked(look: Look, *, filled: bool) -> dict[str, Any]:
    if filled:
        return {"marker": look.marker, "ms": 4.4, "mew": 0.7, "mec": "white"}
    return {"marker": look.marker, "ms": 3.9, "mew": 0.9, "mfc": "white", "mec": look.color}


def _draw_sample(canvas: Axes, left: float, middle: float, look: Look | None) -> None:
    ends = [left, left + SAMPLE]
    if look is None:
        canvas.fill_between(ends, middle - 3.5, middle + 3.5, color=NULL, lw=0)
        return
    canvas.plot(ends, [middle] * 2, color=look.color, ls=look.dashes, lw=_LINE if look.marker else 1.0)
    if look.marker:
        canvas.plot(left + SAMPLE / 2, middle, ls="", color=look.color, **_marked(look, filled=True))
