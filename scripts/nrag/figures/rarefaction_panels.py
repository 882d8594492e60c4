"""Metrics by number of documents: a panel a metric and trained model, a line a label, its controls' band behind."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag import comparison
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, in_lines, is_narrow, points_across, write_notes
from nrag.figures.depth_axis import notice

SHOWN = ("regions", "edges", "mean_degree", "density")
"""Metrics of the graph level that the figure shows unless others are chosen."""

_COLUMNS = (
    "metric", "model", "label", "n", "documents", "mean", "untrained_low", "untrained_high", "controls", "matched",
    "seeds",
)  # fmt: skip
_LEFT, _RIGHT, _GAP, _HEAD, _FOOT, _ENTRY, _SAMPLE = 32.0, 8.0, 34.0, 15.0, 27.0, 13.0, 24.0
_TALLEST, _LOWEST = 110.0, 70.0

LINE_OF_ONE, BAND_OF_SEVERAL = "untrained control", "untrained controls"
"""What the legend calls what is drawn of a model's controls."""

_DASHES = {"lw": 0.8, "ls": (0, (3, 1.5))}
_HOLLOW = {"ls": "", "ms": 3.2, "mew": 0.7, "mfc": "white"}
_TINT = 0.16
"""Opacity of a band of controls."""


def values(
    rarefied: pd.DataFrame,
    controls: Mapping[tuple[str, str], Sequence[tuple[str, str]]],
    *,
    labels: Sequence[str],
    shown: Sequence[str] = SHOWN,
) -> pd.DataFrame:
    """What the figure shows: a row for each metric, model, label and number of documents n. What is drawn over the axis
    is how many documents there were on average, which is n but where groups stay whole.

    `rarefied` are the rows of one comparison (contracts.RAREFACTION); `controls` says of space and name of a trained
    model which its untrained ones are. A control has no row of its own but where it belongs to no model: the smallest
    and the largest of the controls' means stand beside the model's. A model in a shared space is named after it.
    `matched` is the size of the smallest label. Metrics of `shown` that the rows do not hold are left out; no rows give
    none. Rows have the order of `shown`, of the models in `rarefied`, and of `labels`.
    """
    whole = rarefied[rarefied["layer"].isna() & rarefied["metric"].isin(shown)]
    held = {place for places in controls.values() for place in places}
    places = list(dict.fromkeys(zip(whole["space"], whole["model"], strict=True)))
    parts = []
    for place in (each for each in places if each not in held):
        own = _of(whole, [place])
        beside = _of(whole, controls.get(place, ())).groupby(["metric", "label", "n"])["mean"]
        ends = pd.DataFrame({"untrained_low": beside.min(), "untrained_high": beside.max(), "controls": beside.size()})
        rows = own.merge(ends.reset_index(), how="left", on=["metric", "label", "n"])
        parts.append(rows.assign(model=comparison.model_in(*place), rank=len(parts)))
    if not parts:
        return pd.DataFrame(columns=list(_COLUMNS))
    table = pd.concat(parts, ignore_index=True).fillna({"controls": 0}).astype({"controls": "int64"})
    table["matched"] = table.groupby("label")["n"].max().min()
    orders = {"metric": list(shown), "label": list(labels)}
    ranks = table.assign(**{name: pd.Categorical(table[name], order).codes for name, order in orders.items()})
    order = ranks.sort_values(["rank", "metric", "label", "n"], kind="stable").index
    return table.loc[order, list(_COLUMNS)].reset_index(drop=True)


def draw(table: pd.DataFrame, *, width: str = "text", colormap: str = "nrag", problem: str = "") -> Figure:
    """The figure of a table of `values`; where it has no rows, one that says the `problem`."""
    across = points_across(width)
    if table.empty:
        return notice([problem], across)
    frame = _Frame.of(table, across)
    looks = dict(zip(frame.labels, style.label_looks(frame.labels, colormap), strict=True))
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame, looks)
        for line, model in enumerate(frame.models):
            if len(frame.models) > 1:
                _, bottom = frame.corner(line, 0)
                name = style.fitted(model, across - 2 * MARGIN, bold=True)
                canvas.text(MARGIN, bottom + frame.height + _HEAD + 2, name, weight="bold", va="baseline")
            for place, metric in enumerate(frame.metrics):
                left, bottom = frame.corner(line, place)
                title = style.fitted(metric.replace("_", " "), frame.cell + 0.7 * _GAP)
                canvas.text(left, bottom + frame.height + 5, title, va="baseline")
                size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, frame.height / frame.up)
                panel = figure.add_axes(size)
                _dress(panel, table)
                rows = table[(table["model"] == model) & (table["metric"] == metric)]
                for label, look in looks.items():
                    _draw_label(panel, rows[rows["label"] == label], look)
        write_notes(canvas, frame.notes)
    return figure


# --------------------------------------------------------------------------------------- private


def _of(rows: pd.DataFrame, places: Sequence[tuple[str, str]]) -> pd.DataFrame:
    found = pd.MultiIndex.from_frame(rows[["space", "model"]]).isin(list(places))
    return rows[found]


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, and what stands around them."""

    across: float
    up: float
    columns: int
    rows: int
    """Lines of panels of each model."""
    cell: float
    height: float
    block: float
    """Height of all panels of a model with their names."""
    models: list[str]
    metrics: list[str]
    labels: list[str]
    legend: list[list[tuple[str, str, float]]]
    """Kind, name and left end of every entry, line by line."""
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        models, metrics, labels = (list(table[name].unique()) for name in ("model", "metric", "label"))
        columns = 2 if is_narrow(across) else 4
        rows = math.ceil(len(metrics) / columns)
        cell = (across - _LEFT - _RIGHT + _GAP) / columns - _GAP
        legend = _legend_lines(table, labels, across)
        notes = style.wrapped(" ".join(_notes(table)), across - 2 * MARGIN)
        around = MARGIN + LINE * len(notes) + _ENTRY * len(legend) + 4
        name = LINE + 4 if len(models) > 1 else 0
        page = (style.TALLEST * 72 - around - len(models) * name) / (len(models) * rows) - _HEAD - _FOOT
        height = max(min(_TALLEST, page), _LOWEST)
        block = name + rows * (_HEAD + height + _FOOT)
        up = around + len(models) * block
        return cls(across, up, columns, rows, cell, height, block, models, metrics, labels, legend, notes)

    def corner(self, model: int, place: int) -> tuple[float, float]:
        """Lower left corner of a metric's panel."""
        line, column = divmod(place, self.columns)
        top = self.up - _ENTRY * len(self.legend) - 4 - (model + 1) * self.block
        bottom = top + (self.rows - 1 - line) * (_HEAD + self.height + _FOOT) + _FOOT
        return _LEFT + column * (self.cell + _GAP), bottom


def _notes(table: pd.DataFrame) -> list[str]:
    matched = int(table["matched"].iloc[0])
    notes = [
        f"Means over random draws without replacement. Dotted line: the documents of the smallest label ({matched:,})."
    ]
    numbers = _controls_of(table)
    if 1 in numbers:
        notes.append("Dashes, hollow marks: the untrained control.")
    if max(numbers) > 1:
        several = " or ".join(f"{number:,}" for number in sorted(numbers - {0, 1}))
        notes.append(f"Bands, hollow marks: from the lowest to the highest of {several} untrained controls.")
    return notes


def _controls_of(table: pd.DataFrame) -> set[int]:
    """The numbers of controls that models have."""
    return set(table.groupby("model")["controls"].max().astype(int))


def _dress(panel: Axes, table: pd.DataFrame) -> None:
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    panel.xaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))
    panel.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    panel.set_xlim(0, 1.03 * table["n"].max())
    panel.set_xlabel("documents", labelpad=2)
    panel.axvline(table["matched"].iloc[0], color=style.QUIET, lw=0.8, ls=(0, (1, 1.5)), zorder=1)


def _draw_label(panel: Axes, rows: pd.DataFrame, look: Mapping[str, str]) -> None:
    n, mean, low, high = (
        rows[name].to_numpy(dtype=float) for name in ("documents", "mean", "untrained_low", "untrained_high")
    )
    if np.isfinite(low).any():
        several = rows["controls"].max() > 1
        if several:
            panel.fill_between(n, low, high, color=look["color"], alpha=_TINT, lw=0, zorder=2)
        for end in (low, high) if several else (low,):
            panel.plot(n, end, color=look["color"], zorder=3, **_DASHES)
        # In print without colours the hollow mark tells whose band it is.
        panel.plot(n[-1], (low[-1] + high[-1]) / 2, zorder=5, clip_on=False, **_HOLLOW, **look)
    panel.plot(n, mean, lw=1.1, ms=2.8, mew=0, zorder=4, **look)


def _legend_lines(table: pd.DataFrame, labels: Sequence[str], across: float) -> list[list[tuple[str, str, float]]]:
    counts = table.groupby("label")["n"].max()
    entries = [(label, f"{style.fitted(label, 150)}  (n = {counts[label]:,})") for label in labels]
    numbers = _controls_of(table)
    entries += [("", LINE_OF_ONE)] if 1 in numbers else []
    entries += [("", BAND_OF_SEVERAL)] if max(numbers) > 1 else []
    wide = [(entry, _SAMPLE + 4 + style.text_width(entry[1]) + 12) for entry in entries]
    return [[(*entry, left) for entry, left in line] for line in in_lines(wide, across)]


def _draw_legend(canvas: Axes, frame: _Frame, looks: Mapping[str, Mapping[str, str]]) -> None:
    for number, line in enumerate(frame.legend):
        height = frame.up - 11 - _ENTRY * number
        for label, name, left in line:
            ends, middle = [left, left + _SAMPLE], height + 2.4
            if label:
                canvas.plot(ends, [middle] * 2, color=looks[label]["color"], lw=1.1)
                canvas.plot(left + _SAMPLE / 2, middle, ls="", ms=3.6, mew=0, **looks[label])
            else:
                sides = [middle - 3, middle + 3] if name == BAND_OF_SEVERAL else [middle]
                if len(sides) > 1:
                    canvas.fill_between(ends, *sides, color=style.QUIET, alpha=_TINT, lw=0)
                for end in sides:
                    canvas.plot(ends, [end] * 2, color=style.QUIET, **_DASHES)
                canvas.plot(left + _SAMPLE, middle, color=style.QUIET, marker=style.MARKERS[0], **_HOLLOW)
            canvas.text(left + _SAMPLE + 4, height, name, va="baseline")
