"""What is read of mazes by layer: a row of panels for each target, a column for each stage, on common axes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag import contracts
from nrag.evaluation.lineages import Stage, in_order
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, layer_name, points_across, write_notes
from nrag.figures.depth_axis import ENTRY, SAMPLE, notice, wrapped_entries
from nrag.figures.stage_looks import Look, places_in, stage_looks
from nrag.maze_probes.targets import ALL, TARGETS

NAMES = {name: name.replace("_", " ") for name in TARGETS}
"""What targets are called in figures."""

UNTRAINED, CONTROL, CHANCE = "untrained", "control task", "most frequent class"
"""How the legend calls the lines beside those of stages."""

_COLUMNS = ("stage", "place", "target", "layer", "accuracy", "lowest", "highest", "chance", "control", "constant")
_COUNTED = ("seeds", "splits", "test_tokens", "test_mazes", "test_layouts")
_LEFT, _RIGHT, _GAP, _BETWEEN, _FOOT = 44.0, 8.0, 5.0, 8.0, 26.0
_NARROWEST, _WIDEST = 27.0, 144.0
_TALLEST, _LOWEST = 86.0, 40.0
_NAME = 78.0
"""Points, at most, that the name of a stage takes upwards."""

_TINT = 0.2
"""Opacity of a band."""

_MARK = {"ls": "", "ms": 3.2, "mew": 0.6}

_LINES: Mapping[str, Mapping[str, Any]] = {
    UNTRAINED: {"color": style.INK, "ls": (0, (4, 1.5)), "lw": 0.8},
    CONTROL: {"color": style.QUIET, "ls": "-", "lw": 0.5},
    CHANCE: {"color": style.QUIET, "ls": (0, (1, 1.5)), "lw": 0.8},
}


def values(probes: pd.DataFrame, stages: Sequence[Stage]) -> pd.DataFrame:
    """What the figure shows: a row for each stage, target and layer, of last checkpoints; means over seeds.

    `probes` are rows of the study's maze_probes.tsv of one set. lowest and highest are those of the seeds. Stages
    follow the one that they come from; the untrained network is first, with -1 as its place.
    """
    own = probes[probes["last"] & (probes["task"] == ALL)]
    places = {contracts.UNTRAINED: -1} | {stage.name: place for place, stage in enumerate(in_order(stages))}
    found = own.groupby(["stage", "target", "layer"], sort=False).agg(
        accuracy=("accuracy", "mean"),
        lowest=("accuracy", "min"),
        highest=("accuracy", "max"),
        chance=("chance", "mean"),
        control=("control", "mean"),
        constant=("constant", "max"),
        seeds=("seed", "nunique"),
        **{name: (name, "mean") for name in _COUNTED[1:]},
    )
    table = found.reset_index()
    table = table.assign(
        place=table["stage"].map(places), rank=[TARGETS.index(target) for target in table["target"]]
    ).sort_values(["place", "rank", "layer"], kind="stable")
    return table[[*_COLUMNS, *_COUNTED]].reset_index(drop=True)


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `values`; where nothing is defined, one that says so."""
    across = points_across(width)
    trained = table[table["place"] >= 0]
    if trained["accuracy"].isna().all():
        return notice(["Nothing of the mazes could be probed."], across)
    frame = _Frame.of(table, trained, across)
    before = table[table["place"] < 0]
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame)
        for number, (stage, look) in enumerate(frame.looks.items()):
            column = number % frame.columns
            for line, (target, limits) in enumerate(frame.limits.items()):
                left, bottom = frame.corner(number, line)
                size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, frame.height / frame.up)
                panel = figure.add_axes(size, ylim=limits)
                rows = trained[(trained["stage"] == stage) & (trained["target"] == target)]
                _dress(panel, frame, first=column == 0, last=line == len(frame.limits) - 1)
                _draw_beside(panel, rows, before[before["target"] == target])
                _draw_stage(panel, rows, look)
                if column == 0:
                    _name_target(canvas, NAMES[target], bottom + frame.height / 2, frame.height + _BETWEEN)
            left, bottom = frame.corner(number, 0)
            _name_stage(canvas, stage, frame, left, bottom + frame.height + 4)
        for block in range(frame.blocks):
            left, bottom = frame.corner(block * frame.columns, len(frame.limits) - 1)
            canvas.text(left, bottom - 21, "layer", va="baseline", color=style.QUIET)
        write_notes(canvas, frame.notes)
    return figure


# --------------------------------------------------------------------------------------- private


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, and what stands around them."""

    across: float
    up: float
    blocks: int
    """Stages that have no room beside the others go on below."""
    columns: int
    cell: float
    height: float
    head: float
    """Points of the names of stages; `upright` is whether they stand upwards."""
    upright: bool
    last: int
    """The last layer."""
    limits: dict[str, tuple[float, float]]
    looks: Mapping[str, Look]
    legend: list[list[tuple[str, float]]]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, trained: pd.DataFrame, across: float) -> "_Frame":
        places = places_in(trained)
        room = across - _LEFT - _RIGHT + _GAP
        blocks = math.ceil(len(places) / int(room // (_NARROWEST + _GAP)))
        columns = math.ceil(len(places) / blocks)
        cell = min(room / columns - _GAP, _WIDEST)
        longest = max(style.text_width(stage, bold=True) for stage in places)
        upright = longest > cell
        head = 8 + (min(longest, _NAME) if upright else style.LETTERS)
        names = ["stage", *_LINES] if (table["place"] < 0).any() else ["stage", CONTROL, CHANCE]
        if table["constant"].any():
            names.append("all tokens alike")
        legend = wrapped_entries(names, across)
        notes = style.wrapped(_note(trained), across - 2 * MARGIN)
        limits = {target: _limits(table[table["target"] == target]) for target in TARGETS}
        limits = {target: ends for target, ends in limits.items() if ends is not None}
        around = MARGIN + LINE * len(notes) + ENTRY * len(legend) + 6 + blocks * (head + _FOOT)
        page = (style.TALLEST * 72 - around) / (blocks * len(limits)) - _BETWEEN
        height = max(min(_TALLEST, page), _LOWEST)
        up = around + blocks * (len(limits) * (height + _BETWEEN) - _BETWEEN)
        last = int(table["layer"].max())
        looks = stage_looks(places)
        return cls(across, up, blocks, columns, cell, height, head, upright, last, limits, looks, legend, notes)

    def corner(self, number: int, line: int) -> tuple[float, float]:
        """Lower left corner of the panel of a stage and target."""
        block, column = divmod(number, self.columns)
        of_block = self.head + len(self.limits) * (self.height + _BETWEEN) - _BETWEEN + _FOOT
        top = self.up - ENTRY * len(self.legend) - 6 - block * of_block - self.head
        return _LEFT + column * (self.cell + _GAP), top - self.height - line * (self.height + _BETWEEN)


def _limits(rows: pd.DataFrame) -> tuple[float, float] | None:
    """From below the lowest to above the highest of all that is drawn, in whole tenths; None of nothing."""
    drawn = rows[["accuracy", "lowest", "highest", "chance", "control"]].to_numpy(dtype=float)
    if np.isnan(drawn).all():
        return None
    return max(-0.03, math.floor(10 * np.nanmin(drawn) - 0.2) / 10), min(
        1.03, math.ceil(10 * np.nanmax(drawn) + 0.2) / 10
    )


def _note(trained: pd.DataFrame) -> str:
    first, seeds = trained.iloc[0], int(trained["seeds"].max())
    over = f"Mean over {seeds} seeds; bands: the lowest and the highest." if seeds > 1 else "One seed."
    return (
        f"Accuracy of linear probes by layer, of last checkpoints. {over} Judged by {first['test_mazes']:,.0f} mazes "
        f"({first['test_layouts']:,.0f} layouts) that the probe has not learned from, mean over "
        f"{int(first['splits']):,} partings."
    )


def _dress(panel: Axes, frame: _Frame, *, first: bool, last: bool) -> None:
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.0, width=0.6, pad=2)
    panel.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    panel.grid(axis="y", color=style.FAINT, lw=0.5, zorder=0)
    panel.set_axisbelow(True)
    panel.set_xlim(-0.06 * max(frame.last, 1), 1.06 * max(frame.last, 1))
    ends = [layer_name(0), layer_name(frame.last)] if frame.last else [layer_name(0)]
    panel.set_xticks(sorted({0, frame.last}), ends if last else [""] * len(ends))
    # Inwards, for the next panel is near.
    for label, side in zip(panel.get_xticklabels(), ("left", "right"), strict=False):
        label.set_horizontalalignment(side)
    if frame.last > 1:
        panel.set_xticks(range(1, frame.last), minor=True)
        panel.tick_params(axis="x", which="minor", length=1.2 if frame.cell / frame.last > 3 else 0, width=0.5)
    if not first:
        panel.tick_params(labelleft=False)


def _draw_beside(panel: Axes, rows: pd.DataFrame, untrained: pd.DataFrame) -> None:
    panel.plot(rows["layer"], rows["chance"], zorder=1, **_LINES[CHANCE])
    panel.plot(rows["layer"], rows["control"], zorder=1, **_LINES[CONTROL])
    panel.plot(untrained["layer"], untrained["accuracy"], zorder=2, **_LINES[UNTRAINED])


def _draw_stage(panel: Axes, rows: pd.DataFrame, look: Look) -> None:
    """Marks are hollow where all tokens have one vector."""
    panel.fill_between(rows["layer"], rows["lowest"], rows["highest"], color=look.color, alpha=_TINT, lw=0, zorder=2)
    panel.plot(rows["layer"], rows["accuracy"], color=look.color, lw=1.2, zorder=3)
    for constant, fill in ((False, look.color), (True, "white")):
        own = rows[rows["constant"].astype(bool) == constant]
        drawn = {"marker": look.marker, "color": look.color, "mfc": fill} | _MARK
        panel.plot(own["layer"], own["accuracy"], zorder=4, **drawn)


def _name_target(canvas: Axes, name: str, middle: float, room: float) -> None:
    shown = style.fitted(name, room, bold=True)
    canvas.text(9, middle, shown, rotation=90, weight="bold", ha="center", va="center")


def _name_stage(canvas: Axes, stage: str, frame: _Frame, left: float, bottom: float) -> None:
    if frame.upright:
        name = style.fitted(stage, _NAME, bold=True)
        canvas.text(left + frame.cell / 2, bottom, name, rotation=90, weight="bold", ha="center", va="bottom")
    else:
        canvas.text(left, bottom, stage, weight="bold", va="baseline")


def _draw_legend(canvas: Axes, frame: _Frame) -> None:
    first = next(iter(frame.looks.values()))
    for number, line in enumerate(frame.legend):
        height = frame.up - 11 - ENTRY * number
        for name, left in line:
            ends, middle = [left, left + SAMPLE], height + 2.4
            if name in _LINES:
                canvas.plot(ends, [middle] * 2, **_LINES[name])
            else:
                fill = style.INK if name == "stage" else "white"
                canvas.plot(ends, [middle] * 2, color=style.INK, lw=1.2)
                canvas.plot(left + SAMPLE / 2, middle, marker=first.marker, color=style.INK, mfc=fill, **_MARK)
            canvas.text(left + SAMPLE + 4, height, name, va="baseline")
