"""Stages side by side: a row a stage, drawn as the tree that they make, panels of what each solves and how it differs
from its control.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag import contracts
from nrag.evaluation.answers import KIND
from nrag.evaluation.lineages import Stage, depths, in_order
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, in_lines, is_narrow, points_across, write_notes
from nrag.figures.depth_axis import notice
from nrag.figures.stage_looks import ENTRY, Look, kind_name, places_in, stage_looks

SOLVED, VALID, DIFFERENCE = "solve rate", "valid moves", "solve rate − control"

_MEASURES = {
    SOLVED: ("solve_rate", "solve_rate_low", "solve_rate_high", "solve_rate_lowest", "solve_rate_highest"),
    VALID: ("valid_move_rate", None, None, "valid_move_rate_lowest", "valid_move_rate_highest"),
    DIFFERENCE: ("difference", "low", "high", "difference_lowest", "difference_highest"),
}
"""Columns of maze_methods.tsv: value, ends of its interval, lowest and highest seed."""

_COLUMNS = [
    "measure", *KIND, "decoding", "stage", "place", "method", "parent", "depth", "steps", "control", "is_control",
    "value", "low", "high", "lowest", "highest", "seeds", "mazes", "finding",
]  # fmt: skip
_HEAD, _FOOT, _GAP, _INDENT = 26.0, 22.0, 13.0, 9.0
_ROWS = (11.0, 17.0)
"""Height of a stage's row at least and at most: as much as a page has."""
_NARROWEST, _WIDEST = 84.0, 0.5
"""Points of a panel, at least, where there is room; and the share of the figure that names take at most."""

_APART = 0.17
"""Of a row: how far above and below its middle the two decodings stand."""

_BESIDE = {contracts.GREEDY: _APART, contracts.SAMPLED: -_APART}


def values(methods: pd.DataFrame, stages: Sequence[Stage]) -> pd.DataFrame:
    """What the figure shows: a row for each panel (measure and kind of mazes), stage and decoding.

    `methods` are rows of the study's maze_methods.tsv of one set, all `stages` of which give the depth of each. Solve
    rates are there of every kind of mazes, valid moves and differences of test mazes alone. `is_control` marks stages
    that others are held against.
    """
    depth, places = depths(stages), {stage.name: place for place, stage in enumerate(in_order(stages))}
    known = methods.assign(
        place=[places[stage] for stage in methods["stage"]],
        depth=[depth[stage] for stage in methods["stage"]],
        is_control=methods["stage"].isin(methods["control"]),
    )
    kinds = sorted(known[KIND].drop_duplicates().itertuples(index=False, name=None), key=lambda kind: kind[0] != "test")
    shown = ((SOLVED, kinds), (VALID, kinds[:1]), (DIFFERENCE, kinds[:1]))
    panels = [(measure, kind) for measure, own in shown for kind in own]
    parts = []
    for measure, kind in panels:
        own = known[(known[KIND] == list(kind)).all(axis=1)]
        numbers = dict(zip(("value", "low", "high", "lowest", "highest"), _MEASURES[measure], strict=True))
        taken = {name: own[column] if column else np.nan for name, column in numbers.items()}
        parts.append(own.assign(measure=measure, **taken))
    table = pd.concat(parts, ignore_index=True)[_COLUMNS] if parts else pd.DataFrame(columns=_COLUMNS)
    return table[(table["measure"] != DIFFERENCE) | table["value"].notna()].reset_index(drop=True)


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `values`; where it has no rows, one that says so."""
    across = points_across(width)
    if table.empty:
        return notice(["No stage answered a maze."], across)
    frame = _Frame.of(table, across)
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame)
        for number, (measure, kind) in enumerate(frame.panels):
            left, bottom = frame.corner(number)
            size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, frame.height / frame.up)
            panel = figure.add_axes(size, ylim=(-0.5, len(frame.stages) - 0.5))
            rows = table[(table["measure"] == measure) & (table[KIND] == list(kind)).all(axis=1)]
            top, room = bottom + frame.height + 4, frame.cell + 0.6 * _GAP
            canvas.text(left, top + LINE, style.fitted(measure, room, bold=True), weight="bold")
            canvas.text(left, top, style.fitted(kind_name(*kind), room), color=style.QUIET)
            _dress(panel, rows, frame)
            _draw_rows(panel, rows, frame)
            if number % frame.columns == 0:
                _name_stages(canvas, table, frame, bottom)
        write_notes(canvas, frame.notes)
    return figure


# --------------------------------------------------------------------------------------- private


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, its rows and what stands around them."""

    across: float
    up: float
    columns: int
    cell: float
    row: float
    names: float
    panels: list[tuple[str, tuple]]
    """Measure and kind of mazes."""
    stages: list[str]
    """From top to bottom."""
    looks: dict[str, Look]
    legend: list[list[tuple[str, float]]]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        stages = list(dict.fromkeys(table["stage"]))
        first = table.drop_duplicates("stage").set_index("stage")
        panels = list(
            dict.fromkeys((row[0], row[1:]) for row in table[["measure", *KIND]].itertuples(index=False, name=None))
        )
        widths = [
            first.loc[stage, "depth"] * _INDENT
            + style.text_width(stage, bold=bool(first.loc[stage, "is_control"]))
            + style.text_width(_steps(first.loc[stage, "steps"]))
            for stage in stages
        ]
        names = min(max(*widths, style.text_width("stage steps")) + 18, _WIDEST * across)
        room = across - 2 * MARGIN - names
        most = 2 if is_narrow(across) else 5
        columns = max(1, min(len(panels), most, int((room + _GAP) / (_NARROWEST + _GAP))))
        # As few lines as that takes, and these as even as can be.
        columns = math.ceil(len(panels) / math.ceil(len(panels) / columns))
        cell = (room + _GAP) / columns - _GAP
        decodings = [name for name in (contracts.GREEDY, contracts.SAMPLED) if (table["decoding"] == name).any()]
        entries = [*decodings, *(["control"] if table["is_control"].any() else [])]
        legend = in_lines([(name, 30 + style.text_width(_ENTRIES[name]) + 12) for name in entries], across)
        notes = style.wrapped(" ".join(_notes(table)), across - 2 * MARGIN)
        lines = math.ceil(len(panels) / columns)
        around = MARGIN + LINE * len(notes) + ENTRY * len(legend) + 6 + lines * (_HEAD + _FOOT)
        row = min(_ROWS[1], max(_ROWS[0], (style.TALLEST * 72 - around) / (lines * len(stages))))
        up = around + lines * row * len(stages)
        return cls(across, up, columns, cell, row, names, panels, stages, stage_looks(places_in(table)), legend, notes)

    @property
    def height(self) -> float:
        return self.row * len(self.stages)

    def corner(self, number: int) -> tuple[float, float]:
        """Lower left corner of a panel."""
        line, column = divmod(number, self.columns)
        top = self.up - ENTRY * len(self.legend) - 6 - line * (_HEAD + self.height + _FOOT)
        return MARGIN + self.names + column * (self.cell + _GAP), top - _HEAD - self.height

    def level(self, stage: str) -> int:
        """Where a stage stands on the axis of a panel."""
        return len(self.stages) - 1 - self.stages.index(stage)


_ENTRIES = {contracts.GREEDY: "greedy", contracts.SAMPLED: "sampled", "control": "greedy rate of a control (bold)"}


def _steps(steps: int) -> str:
    return f"{steps:,}"


def _notes(table: pd.DataFrame) -> list[str]:
    seeds, rates = int(table["seeds"].max()), table[table["measure"] == SOLVED]
    over = f"mazes and {seeds} seeds; ticks: lowest and highest seed" if seeds > 1 else "mazes (one seed)"
    notes = [f"Bars (but of valid moves): 95 % intervals over {over}."]
    counts = rates.drop_duplicates(KIND)["mazes"]
    notes.append(f"Mazes: {', '.join(f'{count:,}' for count in counts)}.")
    if (table["measure"] == DIFFERENCE).any():
        notes.append("Solve rate − control: of a stage less its control, same mazes and seeds.")
    return notes


def _dress(panel: Axes, rows: pd.DataFrame, frame: _Frame) -> None:
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    panel.set_yticks([])
    for level in range(len(frame.stages)):
        panel.axhline(level, color=style.FAINT, lw=0.5, zorder=0)
    if rows["measure"].iloc[0] == DIFFERENCE:
        reach = np.nanmax(rows[["value", "low", "high", "lowest", "highest"]].abs().to_numpy(dtype=float))
        panel.set_xlim(-1.08 * (reach or 1), 1.08 * (reach or 1))
        panel.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], symmetric=True))
        panel.xaxis.set_major_formatter(
            lambda value, _: f"{value:+.3g}".replace("-", "−") if abs(value) > 1e-9 else "0"
        )
        panel.axvline(0, color=style.FRAME, lw=0.8, zorder=1)
    else:
        panel.set_xlim(-0.02, 1.02)
        panel.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])


def _draw_rows(panel: Axes, rows: pd.DataFrame, frame: _Frame) -> None:
    _draw_controls(panel, rows, frame)
    for row in rows.itertuples():
        height = frame.level(row.stage) + _BESIDE[row.decoding]
        color, marker = frame.looks[row.stage].color, frame.looks[row.stage].marker
        # Of one seed, what is lowest and highest is the mark.
        if row.seeds > 1:
            for end in (row.lowest, row.highest):
                panel.plot([end] * 2, [height - 0.11, height + 0.11], color=color, lw=0.8, zorder=3)
        if not np.isnan(row.low):
            panel.plot([row.low, row.high], [height] * 2, color=color, lw=0.9, zorder=2, solid_capstyle="butt")
        look = (
            {"mfc": color, "mec": "white", "mew": 0.5}
            if row.decoding == contracts.GREEDY
            else {"mfc": "white", "mec": color}
        )
        panel.plot(row.value, height, ls="", marker=marker, ms=4.4, zorder=4, clip_on=False, **{"mew": 0.8} | look)


def _draw_controls(panel: Axes, rows: pd.DataFrame, frame: _Frame) -> None:
    """The greedy rate of a control, dashed, over the rows that are held against it."""
    if rows["measure"].iloc[0] == DIFFERENCE:
        return
    greedy = rows[rows["decoding"] == contracts.GREEDY].set_index("stage")
    for control, own in greedy.groupby("control", sort=False):
        levels = [frame.level(stage) for stage in [*own.index, control]]
        ends = [min(levels) - 0.45, max(levels) + 0.45]
        panel.plot([greedy.loc[control, "value"]] * 2, ends, color=style.QUIET, lw=0.8, ls=(0, (3, 1.5)), zorder=1)


def _name_stages(canvas: Axes, table: pd.DataFrame, frame: _Frame, bottom: float) -> None:
    """The tree of stages beside a line of panels, each below and right of its parent, and their steps."""
    first = table.drop_duplicates("stage").set_index("stage")
    heights = {stage: bottom + frame.row * (frame.level(stage) + 0.5) for stage in frame.stages}
    canvas.text(MARGIN + frame.names - 8, bottom + frame.height + 4, "steps", ha="right", color=style.QUIET)
    for stage, height in heights.items():
        row = first.loc[stage]
        left, right = MARGIN + row["depth"] * _INDENT, MARGIN + frame.names - 8
        room = right - left - style.text_width(_steps(row["steps"])) - 6
        bold = bool(row["is_control"])
        name = style.fitted(stage, room, bold=bold)
        canvas.text(left, height, name, va="center", weight="bold" if bold else "normal")
        canvas.text(right, height, _steps(row["steps"]), va="center", ha="right", color=style.QUIET)
        if row["parent"] in heights:
            trunk = left - _INDENT + 3
            ways = [[trunk, trunk, left - 2], [heights[row["parent"]] - 5, height, height]]
            canvas.plot(*ways, color=style.FRAME, lw=0.6, solid_joinstyle="miter")


def _draw_legend(canvas: Axes, frame: _Frame) -> None:
    for number, line in enumerate(frame.legend):
        height = frame.up - 11 - ENTRY * number
        for name, left in line:
            middle = height + 2.4
            if name == "control":
                canvas.plot([left + 10] * 2, [middle - 5, middle + 5], color=style.QUIET, lw=0.8, ls=(0, (3, 1.5)))
            else:
                canvas.plot([left, left + 20], [middle] * 2, color=style.INK, lw=0.9)
                fill = style.INK if name == contracts.GREEDY else "white"
                canvas.plot(left + 10, middle, ls="", marker="o", ms=4.4, mfc=fill, mec=style.INK, mew=0.8)
            canvas.text(left + 25, height, _ENTRIES[name], va="baseline")
