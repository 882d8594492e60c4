"""Solve rate by moves of the shortest way: a panel a stage with a line for each kind of mazes, beside its control."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nrag import contracts
from nrag.evaluation.answers import KIND
from nrag.evaluation.lineages import Stage, controls, in_order
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, in_lines, is_narrow, points_across, write_notes
from nrag.figures.depth_axis import notice
from nrag.figures.stage_looks import ENTRY, SAMPLE, Look, kind_name, places_in, stage_looks

_COLUMNS = [*KIND, "stage", "place", "control", "length", "mazes", "solve_rate", "low", "high", "seeds"]
_LEFT, _RIGHT, _GAP, _HEAD, _HEIGHT, _FOOT = 32.0, 8.0, 12.0, 15.0, 92.0, 29.0

FEWEST = 5
"""Mazes of a length, at least, for a mark: fewer tell nothing."""

_TALLEST = 0.25
"""Of a panel: the bar of the length that most test mazes have."""

_TINT = 0.18
"""Opacity of a band."""

_OTHER_DASHES = ((0, (4, 1.2)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2)))
"""Of the kinds of mazes beside the first, in their order."""

CONTROL = "control of the stage"
"""How the legend calls the grey line."""

_CONTROL = {"color": style.QUIET, "ls": (0, (3, 1.5)), "lw": 0.9}


def values(lengths: pd.DataFrame, stages: Sequence[Stage]) -> pd.DataFrame:
    """What the figure shows: a row for each stage, kind of mazes and length, of greedy answers.

    `lengths` are rows of the study's maze_lengths.tsv of one set; of several seeds those over all of them are shown.
    Test mazes come first. Lengths of fewer than `FEWEST` mazes are in the table and have no marks.
    """
    greedy = lengths[lengths["decoding"] == contracts.GREEDY]
    seeds = greedy["seed"].nunique()
    own = greedy[greedy["seed"].isna()] if seeds > 1 else greedy
    places = {stage.name: place for place, stage in enumerate(in_order(stages))}
    control = controls(stages)
    own = own.assign(
        place=[places[stage] for stage in own["stage"]],
        control=[control[stage] for stage in own["stage"]],
        seeds=seeds,
    )
    order = own.assign(shifted=own["split"] != "test").sort_values(["place", "shifted", *KIND, "length"], kind="stable")
    return order[_COLUMNS].reset_index(drop=True)


def draw(table: pd.DataFrame, *, width: str = "text") -> Figure:
    """The figure of a table of `values`; where it has no rows, one that says so."""
    across = points_across(width)
    if (table["mazes"] < FEWEST).all():
        return notice([f"No stage answered {FEWEST} mazes of one length."], across)
    frame = _Frame.of(table, across)
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame)
        for number, (stage, look) in enumerate(frame.looks.items()):
            left, bottom = frame.corner(number)
            size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, _HEIGHT / frame.up)
            panel = figure.add_axes(size, ylim=(-0.02, 1.04))
            title = style.fitted(stage, frame.cell, bold=True)
            canvas.text(left, bottom + _HEIGHT + 5, title, weight="bold", va="baseline")
            rows = table[table["stage"] == stage]
            _dress(panel, table, first=number % frame.columns == 0)
            _draw_counts(panel, _of_kind(rows, frame.kinds[0]))
            beside = table[table["stage"] == rows["control"].iloc[0]]
            if len(beside):
                _draw_control(panel, _of_kind(beside, frame.kinds[0]))
            for place, kind in enumerate(frame.kinds):
                _draw_line(panel, _of_kind(rows, kind), look, place)
        write_notes(canvas, frame.notes)
    return figure


# --------------------------------------------------------------------------------------- private


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, and what stands around them."""

    across: float
    up: float
    columns: int
    cell: float
    kinds: list[tuple]
    looks: Mapping[str, Look]
    legend: list[list[tuple[str, float]]]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        kinds = list(dict.fromkeys(table[KIND].itertuples(index=False, name=None)))
        places = places_in(table)
        lines = math.ceil(len(places) / (2 if is_narrow(across) else 5))
        columns = math.ceil(len(places) / lines)
        cell = (across - _LEFT - _RIGHT + _GAP) / columns - _GAP
        names = [kind_name(*kind) for kind in kinds]
        names += [f"{CONTROL}, {names[0]}"] if table["control"].notna().any() else []
        legend = in_lines([(name, SAMPLE + 4 + style.text_width(name) + 11) for name in names], across)
        notes = style.wrapped(_note(table), across - 2 * MARGIN)
        up = MARGIN + LINE * len(notes) + ENTRY * len(legend) + 6 + lines * (_HEAD + _HEIGHT + _FOOT)
        return cls(across, up, columns, cell, kinds, stage_looks(places), legend, notes)

    def corner(self, number: int) -> tuple[float, float]:
        """Lower left corner of a panel."""
        line, column = divmod(number, self.columns)
        top = self.up - ENTRY * len(self.legend) - 6 - line * (_HEAD + _HEIGHT + _FOOT)
        return _LEFT + column * (self.cell + _GAP), top - _HEAD - _HEIGHT


def _of_kind(rows: pd.DataFrame, kind: tuple) -> pd.DataFrame:
    return rows[(rows[KIND] == list(kind)).all(axis=1)]


def _note(table: pd.DataFrame) -> str:
    seeds = int(table["seeds"].max())
    over = f"mazes and {seeds} seeds" if seeds > 1 else "mazes (one seed)"
    kind = tuple(table[KIND].iloc[0])
    of_kind = _of_kind(table, kind)
    return (
        f"Greedy answers of last checkpoints. Bands: 95 % intervals over {over}. Grey bars: mazes of each length "
        f"({kind_name(*kind)}), at most {of_kind['mazes'].max():,}; lengths of fewer than {FEWEST} mazes have no marks."
    )


def _dress(panel: Axes, table: pd.DataFrame, *, first: bool) -> None:
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    # A shift may have ways that are longer than any that is marked.
    marked = table.loc[table["mazes"] >= FEWEST, "length"]
    low, high = int(marked.min()), int(marked.max())
    panel.set_xlim(low - 0.6, high + 0.6)
    panel.set_xticks(range(low, high + 1, max(1, math.ceil((high - low) / 6))))
    panel.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
    panel.set_xlabel("moves of shortest way", labelpad=2)
    if first:
        panel.set_ylabel("solve rate", labelpad=3)
    else:
        panel.tick_params(labelleft=False)


def _draw_counts(panel: Axes, rows: pd.DataFrame) -> None:
    panel.bar(rows["length"], _TALLEST * rows["mazes"] / rows["mazes"].max(), width=0.72, color=style.FAINT, lw=0)


def _draw_control(panel: Axes, rows: pd.DataFrame) -> None:
    own = rows[rows["mazes"] >= FEWEST]
    panel.plot(own["length"], own["solve_rate"], zorder=2, **_CONTROL)


def _draw_line(panel: Axes, rows: pd.DataFrame, look: Look, place: int) -> None:
    """The first kind with its band and filled marks, others thin with hollow ones."""
    own = rows[rows["mazes"] >= FEWEST]
    if not place:
        panel.fill_between(own["length"], own["low"], own["high"], color=look.color, alpha=_TINT, lw=0, zorder=1)
    panel.plot(own["length"], own["solve_rate"], color=look.color, zorder=4 - bool(place), **_drawn(look.marker, place))


def _drawn(marker: str, place: int) -> dict[str, Any]:
    if not place:
        return {"ls": "-", "lw": 1.2, "marker": marker, "ms": 4.0, "mec": "white", "mew": 0.5}
    dashes = _OTHER_DASHES[(place - 1) % len(_OTHER_DASHES)]
    return {"ls": dashes, "lw": 0.8, "marker": marker, "ms": 3.0, "mfc": "white", "mew": 0.6}


def _draw_legend(canvas: Axes, frame: _Frame) -> None:
    names = [kind_name(*kind) for kind in frame.kinds]
    for number, line in enumerate(frame.legend):
        height = frame.up - 11 - ENTRY * number
        for name, left in line:
            ends, middle = [left, left + SAMPLE], height + 2.4
            if name.startswith(CONTROL):
                canvas.plot(ends, [middle] * 2, **_CONTROL)
            else:
                drawn = _drawn("o", names.index(name))
                canvas.plot(ends, [middle] * 2, color=style.INK, ls=drawn["ls"], lw=drawn["lw"])
                canvas.plot(left + SAMPLE / 2, middle, color=style.INK, **drawn | {"ls": ""})
            canvas.text(left + SAMPLE + 4, height, name, va="baseline")
