"""Probes by relative depth: a panel a model on common axes, a line for each kind of features."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag import comparison
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, is_narrow, points_across, write_notes
from nrag.figures.depth_axis import ALL_LAYERS, ENTRY, SAMPLE, mark_depth, notice, wrapped_entries
from nrag.probing.scores import SHOWN
from nrag.probing.summary import GUESSES, SET, TEXTS, names_of, summary

DASHES = {"bag_of_words": (0, (6, 1.5)), "text_length": (0, (4, 1.5, 1, 1.5)), "chance": (0, (1, 1.5))}
"""Of the horizontal lines: what the texts alone tell, and chance."""

REGION_MARKERS = ("^", "v", "D", "X")

_COLUMNS = ("model", *SET[1:], "depth", "score", "mean", "standard_error", "chance", "splits", "seeds")
_LEFT, _RIGHT, _GAP, _HEAD, _FOOT = 36.0, 8.0, 12.0, 14.0, 30.0
_TALLEST, _LOWEST = 150.0, 90.0
_SEEN = 1e-3
"""A difference of scores below which a line is drawn on another."""

_LINE_STYLE = {"lw": 1.1, "ms": 3.6, "mew": 0.8}


def values(parts: Iterable[tuple[str, pd.DataFrame]], texts: pd.DataFrame) -> pd.DataFrame:
    """What the figure shows: `SHOWN` of every model, kind of features and layer, of texts and chance.

    `parts` pair a space with its probes; a model in a shared space is named after it. Columns as in
    `nrag.probing.summary`. No rows where nothing could be probed.
    """
    named = [
        probes.assign(model=[comparison.model_in(space, model) for model in probes["model"]]) for space, probes in parts
    ]
    order = list(dict.fromkeys(name for probes in named for name in probes["model"]))
    found = summary(pd.concat(named, ignore_index=True), texts)
    found = found[(found["score"] == SHOWN) & ~found["features"].isin(GUESSES)]
    ranks = pd.Categorical(found["model"], ["", *order])
    shown = found.assign(rank=ranks.codes).sort_values("rank", kind="stable", ignore_index=True)
    return shown[[*_COLUMNS, "train_documents", "test_documents"]]


def draw(table: pd.DataFrame, *, width: str = "text", problems: Sequence[str] = ()) -> Figure:
    """The figure of a table of `values`; where it has no rows, one that says `problems`."""
    across = points_across(width)
    if table.empty:
        return notice(["Not probed.", *problems], across)
    frame = _Frame.of(table, across)
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame)
        texts = table[table["model"] == ""]
        for place, model in enumerate(frame.models):
            left, bottom = frame.corner(place)
            size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, frame.height / frame.up)
            panel = figure.add_axes(size, ylim=frame.range)
            canvas.text(left, bottom + frame.height + 4, style.fitted(model, frame.cell, bold=True), weight="bold")
            _dress(panel, first=place % frame.columns == 0)
            _draw_texts(panel, texts, float(table["chance"].iloc[0]))
            _draw_lines(panel, table[table["model"] == model], frame.lines)
        write_notes(canvas, frame.notes)
    return figure


class _Look(NamedTuple):
    """One kind of features: what it is called and how it is drawn."""

    name: str
    color: str
    dashes: str
    marker: str
    fill: bool


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, and what the legend says."""

    across: float
    up: float
    columns: int
    cell: float
    height: float
    models: list[str]
    lines: dict[tuple, _Look]
    legend: list[list[tuple[str, float]]]
    notes: list[str]
    range: tuple[float, float]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        models = [model for model in table["model"].unique() if model]
        rows = math.ceil(len(models) / (1 if is_narrow(across) else 3))
        columns = math.ceil(len(models) / rows)
        cell = (across - _LEFT - _RIGHT + _GAP) / columns - _GAP
        lines = _looks(table)
        legend = wrapped_entries([look.name for look in lines.values()] + [*TEXTS.values(), "chance"], across)
        notes = style.wrapped(" ".join([*_notes(table), *_covered(table, lines)]), across - 2 * MARGIN)
        around = MARGIN + LINE * len(notes) + ENTRY * len(legend) + 6
        page = (style.TALLEST * 72 - around) / rows - _HEAD - _FOOT
        height = max(min(_TALLEST, page), _LOWEST)
        up = around + rows * (_HEAD + height + _FOOT)
        return cls(across, up, columns, cell, height, models, lines, legend, notes, _range(table))

    def corner(self, place: int) -> tuple[float, float]:
        """Lower left corner of a model's panel."""
        line, column = divmod(place, self.columns)
        top = self.up - ENTRY * len(self.legend) - 6 - line * (_HEAD + self.height + _FOOT)
        return _LEFT + column * (self.cell + _GAP), top - _HEAD - self.height


def _line_of(rows: pd.DataFrame) -> list[tuple]:
    return list(
        rows[list(SET[1:-1])]
        .astype(object)
        .where(rows[list(SET[1:-1])].notna(), None)
        .itertuples(index=False, name=None)
    )


def _looks(table: pd.DataFrame) -> dict[tuple, _Look]:
    """The kinds of features in the order of the legend: hidden states, then each reduction with its regions."""
    kinds = sorted(
        set(_line_of(table[table["model"] != ""])), key=lambda kind: (kind[0] != "states", kind[1], *map(str, kind))
    )
    reductions = list(dict.fromkeys(kind[1] for kind in kinds if kind[1]))
    grids = list(dict.fromkeys(kind[2:4] for kind in kinds if kind[2]))
    found = {}
    for kind, name in zip(kinds, names_of([kind[:4] for kind in kinds]), strict=True):
        features, reduction, bins, size, fitted_on = kind
        name = f"{name}*" if fitted_on == "all" else name
        if features == "states":
            found[kind] = _Look(name, style.INK, "-", "o", fill=True)
            continue
        color = style.PALETTE[reductions.index(reduction) % len(style.PALETTE)]
        if features == "coordinates":
            found[kind] = _Look(name, color, "-", "s", fill=True)
        else:
            marker = REGION_MARKERS[grids.index((bins, size)) % len(REGION_MARKERS)]
            found[kind] = _Look(name, color, "--", marker, fill=False)
    return found


def _notes(table: pd.DataFrame) -> list[str]:
    sizes = table.iloc[0]
    notes = [
        f"Mean over {sizes['splits']:,} splits ({sizes['train_documents']:,.0f} training, "
        f"{sizes['test_documents']:,.0f} test documents); bands and bars: ± 1 corrected standard error.",
    ]
    if table["fitted_on"].eq("all").any():
        notes.append("*: fitted on all documents, those of the test part included.")
    return notes


def _covered(table: pd.DataFrame, looks: dict[tuple, _Look]) -> list[str]:
    """What cannot be seen because an equal line is drawn over it, as `pca`'s under `svd`'s of centred features."""
    lines = table[table["model"] != ""]
    places = zip(lines["model"], lines["layer"].fillna(-1), strict=True)
    means: dict[str, dict[tuple[str, float], float]] = {look.name: {} for look in looks.values()}
    for kind, place, mean in zip(_line_of(lines), places, lines["mean"], strict=True):
        means[looks[kind].name][place] = mean
    return [
        f"{under} lie under {over}: equal everywhere."
        for under, over in combinations(means, 2)
        if means[under].keys() == means[over].keys()
        and all(abs(means[under][place] - means[over][place]) < _SEEN for place in means[under])
    ]


def _range(table: pd.DataFrame) -> tuple[float, float]:
    """From below chance to above the best, in whole tenths."""
    error = table["standard_error"].fillna(0)
    lowest = min((table["mean"] - error).min(), table["chance"].min())
    highest = (table["mean"] + error).max()
    return max(0.0, math.floor(10 * lowest - 0.2) / 10), min(1.02, math.ceil(10 * highest + 0.1) / 10)


def _dress(panel: Axes, *, first: bool) -> None:
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=2.5, width=0.6, pad=2)
    panel.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    mark_depth(panel)
    if first:
        panel.set_ylabel(SHOWN.replace("_", " "), labelpad=3)
    else:
        panel.tick_params(labelleft=False)


def _draw_texts(panel: Axes, texts: pd.DataFrame, chance: float) -> None:
    for row in texts.itertuples():
        panel.axhline(row.mean, color=style.QUIET, lw=0.9, ls=DASHES[row.features], zorder=1)
    panel.axhline(chance, color=style.QUIET, lw=0.9, ls=DASHES["chance"], zorder=1)


def _draw_lines(panel: Axes, rows: pd.DataFrame, looks: dict[tuple, _Look]) -> None:
    kinds = np.array([list(looks).index(kind) for kind in _line_of(rows)])
    for place, look in enumerate(looks.values()):
        own = rows[kinds == place]
        layers, together = own[own["layer"].notna()].sort_values("layer"), own[own["layer"].isna()]
        drawn = {"color": look.color, "marker": look.marker, "mfc": look.color if look.fill else "white"} | _LINE_STYLE
        depth = layers["depth"].fillna(0).to_numpy(dtype=float)
        mean, error = (layers[name].to_numpy(dtype=float) for name in ("mean", "standard_error"))
        panel.fill_between(depth, mean - error, mean + error, color=look.color, alpha=0.14, lw=0, zorder=2)
        panel.plot(depth, mean, ls=look.dashes, zorder=4, **drawn)
        beside = ALL_LAYERS + 0.09 * ((place + 0.5) / len(looks) - 0.5) * 1.5
        for row in together.itertuples():
            panel.errorbar(beside, row.mean, yerr=row.standard_error, ls="", elinewidth=0.8, zorder=4, **drawn)


def _draw_legend(canvas: Axes, frame: _Frame) -> None:
    looks = {look.name: look for look in frame.lines.values()}
    flat = {**{name: key for key, name in TEXTS.items()}, "chance": "chance"}
    for number, line in enumerate(frame.legend):
        height = frame.up - 11 - ENTRY * number
        for name, left in line:
            ends, middle = [left, left + SAMPLE], height + 2.4
            if name in looks:
                look = looks[name]
                fill = look.color if look.fill else "white"
                canvas.plot(ends, [middle] * 2, color=look.color, ls=look.dashes, lw=_LINE_STYLE["lw"])
                canvas.plot(
                    left + SAMPLE / 2, middle, ls="", color=look.color, marker=look.marker, mfc=fill,
                    ms=_LINE_STYLE["ms"], mew=_LINE_STYLE["mew"],
                )  # fmt: skip
            else:
                canvas.plot(ends, [middle] * 2, color=style.QUIET, ls=DASHES[flat[name]], lw=0.9)
            canvas.text(left + SAMPLE + 4, height, name, va="baseline")
