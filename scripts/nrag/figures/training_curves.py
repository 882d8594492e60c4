"""Learning curves: what a training reports, step by step, a line a stage; stages one behind another as they came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag.evaluation.lineages import Stage, depths, in_order
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, is_narrow, points_across, write_notes
from nrag.figures.depth_axis import notice
from nrag.figures.stage_looks import ENTRY, Look, draw_legend, places_in, stage_looks, wrapped_stages

LOSS, SOLVED, REWARD = "loss", "solve rate, validation", "reward"
PREFERRED, SPREADLESS = "pair accuracy", "groups without spread"

QUANTITIES = {
    "loss": LOSS,
    "solve_rate": SOLVED,
    "reward": REWARD,
    "kl": "KL divergence",
    "accuracy": PREFERRED,
    "groups_without_spread": SPREADLESS,
}
"""What is drawn of training.tsv, and what its panels are called."""

_COLUMNS = ["quantity", "stage", "place", "method", "parent", "depth", "seed", "step", "value", "mazes"]
_LEFT, _RIGHT, _GAP, _HEAD, _FOOT = 33.0, 8.0, 34.0, 15.0, 29.0
_TALL, _LOW = 140.0, 95.0
"""Heights of panels; less, where a page would not hold them."""
_LEAST = 0.7
"""Of these heights, at least."""
_BETWEEN = 0.08
"""Between the parts of the axis of lineages, of the width of one."""


def values(training: pd.DataFrame, stages: Sequence[Stage]) -> pd.DataFrame:
    """What the figure shows: a row for each quantity, stage, seed and step at which it was reported.

    `training` are rows of the study's training.tsv of one set. depth counts the stages behind a stage; the quantity of
    rewards names where they come from; place is that of the stage among all of the set. `mazes` are validation mazes of
    a solve rate, 0 of others. Quantities and stages are in the order in which they are drawn.
    """
    order = {stage.name: place for place, stage in enumerate(in_order(stages))}
    of_stage, depth = {stage.name: stage for stage in stages}, depths(stages)
    parts = []
    for rank, (column, quantity) in enumerate(QUANTITIES.items()):
        own = training[training[column].notna()]
        named = [quantity] * len(own)
        if column == "reward":
            named = [f"{quantity}, {of_stage[stage].reward}" for stage in own["stage"]]
        parts.append(
            own[["stage", "seed", "step"]].assign(
                quantity=named,
                method=[of_stage[stage].method for stage in own["stage"]],
                parent=[of_stage[stage].parent for stage in own["stage"]],
                depth=[depth[stage] for stage in own["stage"]],
                value=own[column],
                mazes=own["mazes"] if column == "solve_rate" else 0,
                rank=rank,
                place=[order[stage] for stage in own["stage"]],
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["rank", "quantity", "place", "seed", "step"], kind="stable", ignore_index=True)[_COLUMNS]


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `values`; where it has no rows, one that says so."""
    across = points_across(width)
    if table.empty:
        return notice(["Nothing was reported: no stage was trained."], across)
    frame = _Frame.of(table, across)
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        draw_legend(canvas, frame.legend, frame.looks, frame.up)
        for quantity, (left, bottom, wide, high) in frame.panels.items():
            size = (left / frame.across, bottom / frame.up, wide / frame.across, high / frame.up)
            panel = figure.add_axes(size)
            canvas.text(
                left,
                bottom + high + 5,
                style.fitted(quantity, wide + 0.6 * _GAP, bold=True),
                weight="bold",
                va="baseline",
            )
            rows = table[table["quantity"] == quantity]
            _dress(panel, rows)
            if quantity in (LOSS, SOLVED):
                _mark_lineage(panel, table)
                _draw_lineage(panel, rows, frame.looks, _longest(table))
            else:
                panel.set_xlabel("steps of the stage", labelpad=2)
                panel.set_xlim(0, 1.03 * rows["step"].max())
                panel.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], integer=True))
                for stage, own in rows.groupby("stage", sort=False):
                    _draw_stage(panel, own, own["step"], frame.looks[stage])
        write_notes(canvas, frame.notes)
    return figure


# --------------------------------------------------------------------------------------- private


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, and what stands around them."""

    across: float
    up: float
    panels: Mapping[str, tuple[float, float, float, float]]
    """Left, bottom, width and height of the panel of each quantity."""
    looks: dict[str, Look]
    legend: list[list[tuple[str, float]]]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        places = places_in(table)
        looks = stage_looks(places)
        legend = wrapped_stages(sorted(places, key=places.get), across)
        notes = style.wrapped(" ".join(_notes(table)), across - 2 * MARGIN)
        quantities = list(table["quantity"].unique())
        lines = _lines(quantities, narrow=is_narrow(across))
        around = MARGIN + LINE * len(notes) + ENTRY * len(legend) + 6 + len(lines) * (_HEAD + _FOOT)
        heights = [_TALL if tall else _LOW for _, tall in lines]
        shrunk = min(1.0, max(_LEAST, (style.TALLEST * 72 - around) / sum(heights)))
        heights = [shrunk * high for high in heights]
        up = around + sum(heights)
        panels, top = {}, up - ENTRY * len(legend) - 6
        for (line, _), high in zip(lines, heights, strict=True):
            cell = (across - _LEFT - _RIGHT + _GAP) / len(line) - _GAP
            for column, quantity in enumerate(line):
                if quantity:
                    panels[quantity] = (_LEFT + column * (cell + _GAP), top - _HEAD - high, cell, high)
            top -= _HEAD + high + _FOOT
        return cls(across, up, panels, looks, legend, notes)


def _lines(quantities: Sequence[str], *, narrow: bool) -> list[tuple[list[str], bool]]:
    """Quantities line by line, with empty places where a line is not full; whether its panels are tall."""
    first = [quantity for quantity in quantities if quantity in (LOSS, SOLVED)]
    rest = [quantity for quantity in quantities if quantity not in first]
    lines = [([each], True) for each in first] if narrow else [(first, True)] if first else []
    columns = 2 if narrow else 4 if len(rest) in (4, 7, 8) else 3
    for start in range(0, len(rest), columns):
        line = rest[start : start + columns]
        lines.append((line + [""] * (columns - len(line)), False))
    return lines


def _notes(table: pd.DataFrame) -> list[str]:
    notes = [
        "Loss and solve rate: stages that go on from one checkpoint begin side by side, each part has its own scale."
    ]
    seeds = table["seed"].nunique()
    if seeds > 1:
        notes.append(f"Thin: each of {seeds} seeds; thick: their mean.")
    asked = table.loc[table["mazes"] > 0, "mazes"]
    if len(asked):
        notes.append(f"Solve rate: greedy answers to {asked.max():,} validation mazes at each checkpoint.")
    notes.append("Losses of different methods are different quantities.")
    return notes


def _dress(panel: Axes, rows: pd.DataFrame) -> None:
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    panel.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    low, high = rows["value"].min(), rows["value"].max()
    quantity = rows["quantity"].iloc[0]
    if quantity == PREFERRED:
        # Half of the pairs is chance.
        low, high = min(low, 0.5), max(high, 0.5)
        panel.axhline(0.5, color=style.QUIET, lw=0.7, ls=(0, (1, 1.5)), zorder=1)
    elif quantity in (SOLVED, SPREADLESS):
        low = 0.0
    room = 0.06 * (high - low or 1)
    panel.set_ylim(low - (0 if low == 0 else room), high + room)


def _longest(table: pd.DataFrame) -> dict[int, int]:
    """Steps of the longest stage of each depth."""
    return table.groupby("depth")["step"].max().to_dict()


def _mark_lineage(panel: Axes, table: pd.DataFrame) -> None:
    """The axis of lineages: a part for each depth, as wide as any other, from 0 to the steps of its longest stage."""
    longest = _longest(table)
    ticks, labels = [], []
    for place, (_, steps) in enumerate(sorted(longest.items())):
        start = place * (1 + _BETWEEN)
        ticks += [start, start + 0.5, start + 1]
        labels += ["0", f"{steps / 2:,g}", f"{steps:,}"]
        if place:
            panel.axvline(start - _BETWEEN / 2, color=style.FAINT, lw=0.8, zorder=0)
    panel.set_xlim(-0.02, len(longest) * (1 + _BETWEEN) - _BETWEEN + 0.02)
    panel.set_xticks(ticks, labels)
    # Ends of neighbouring parts stand close: each on its own side.
    for number, label in enumerate(panel.get_xticklabels()):
        label.set_horizontalalignment(("left", "center", "right")[number % 3])
    panel.set_xlabel("steps of each stage, one stage behind another", labelpad=2)


def _across(rows: pd.DataFrame, longest: Mapping[int, int]) -> pd.Series:
    """Where on the axis of lineages steps of stages lie."""
    place = {depth: number for number, depth in enumerate(sorted(longest))}
    return rows["depth"].map(place) * (1 + _BETWEEN) + rows["step"] / rows["depth"].map(longest)


def _draw_lineage(panel: Axes, rows: pd.DataFrame, looks: Mapping[str, Look], longest: Mapping[int, int]) -> None:
    across = _across(rows, longest)
    for stage, own in rows.groupby("stage", sort=False):
        _draw_stage(panel, own, across[own.index], looks[stage])
    if rows["quantity"].iloc[0] == SOLVED:
        _join(panel, rows, across, looks)


def _join(panel: Axes, rows: pd.DataFrame, across: pd.Series, looks: Mapping[str, Look]) -> None:
    """A dotted line from where a stage's parent ends to the first that is known of the stage itself."""
    placed = rows.assign(across=across).groupby(["stage", "step"], sort=False)[["across", "value"]].mean().reset_index()
    ends = {stage: own.loc[own["step"].idxmax()] for stage, own in placed.groupby("stage", sort=False)}
    starts = {stage: own.loc[own["step"].idxmin()] for stage, own in placed.groupby("stage", sort=False)}
    parents = rows.drop_duplicates("stage").set_index("stage")["parent"]
    for stage, start in starts.items():
        if parents[stage] in ends:
            end = ends[parents[stage]]
            ways = [[end["across"], start["across"]], [end["value"], start["value"]]]
            panel.plot(*ways, color=looks[stage].color, lw=0.7, ls=(0, (1, 1.5)), zorder=2)


def _draw_stage(panel: Axes, rows: pd.DataFrame, across: pd.Series, look: Look) -> None:
    """A line a seed, and of several their mean; marks where there are few points, else one at the end."""
    placed = rows.assign(across=across)
    seeds = placed["seed"].nunique()
    for _, own in placed.groupby("seed", sort=True):
        drawn = {"lw": 0.5, "alpha": 0.4} if seeds > 1 else {"lw": 1.2, "ls": look.dashes}
        panel.plot(own["across"], own["value"], color=look.color, zorder=3, **drawn)
    mean = placed.groupby("across")["value"].agg(["mean", "size"])
    mean = mean[mean["size"] == seeds]["mean"]
    if seeds > 1:
        panel.plot(mean.index, mean, color=look.color, ls=look.dashes, lw=1.3, zorder=4)
    few = len(mean) <= 10
    marked = mean if few else mean.iloc[-1:]
    drawn = {"color": look.color, "marker": look.marker, "ms": 4.2, "mec": "white", "mew": 0.5}
    panel.plot(np.asarray(marked.index), marked, ls="", zorder=5, clip_on=False, **drawn)
