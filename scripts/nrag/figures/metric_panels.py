"""Metrics side by side: one panel per metric, one row per model, one marker per label."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag import contracts
from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, in_lines, is_narrow, points_across, write_notes
from nrag.figures.selection import why_nothing
from nrag.statistics.stability import changing, factors_in_letters, factors_in_words

SHOWN = (
    "regions",
    "edges",
    "effective_edges",
    "density",
    "mean_degree",
    "skew_degree",
    "kurt_degree",
    "assortativity",
    "mean_strength",
    "skew_strength",
    "kurt_strength",
    "gini_strength",
    "center_of_mass",
    "center_of_strength",
    "average_shortest_path",
    "modularity",
)
"""Metrics of the graph level that the figure shows unless others are chosen: how large and dense an NRAG is, how
degrees and strengths are spread, where in depth and how far apart its regions lie, whether they fall into groups."""

SEEDS = "One value per seed, their mean larger."
NOTE = "No significance test is made here. Nearly all of these depend on n: compare at equal n. Axes do not start at 0."
SAMPLED = "Some paths start from drawn regions: sample in the table."
UNDEFINED = "No marker: undefined."
FEW = "No marker where too few documents of the model have the label."
SIGNS = "Letters beside the marks: which label has more depends on the {}."
NOT_VARIED = "Never marked, for want of variants: {}."

_LEAST_SPAN = 0.1
"""Of the largest value: what a panel spans at least."""

_COLUMNS = (
    "metric",
    "model",
    "labelling",
    "label",
    "seed",
    "value",
    "sample",
    "documents",
    "sign_depends_on",
    "left_out",
)
_LEFT, _RIGHT, _GAP, _HEAD, _FOOT, _ENTRY = 7.0, 10.0, 16.0, 15.0, 18.0, 14.0

_BESIDE = 5.5
"""From the middle of a mark to what is written beside it."""


def values(
    metrics: pd.DataFrame,
    *,
    models: Sequence[str],
    labelling: str,
    labels: Sequence[str],
    shown: Sequence[str] = SHOWN,
    signs: pd.DataFrame | None = None,
    min_documents: int | None = None,
) -> pd.DataFrame:
    """The values that the figure shows: metric, model, labelling, label, seed, value, sample, documents, of two labels
    sign_depends_on (what decides which of them has more, of as many documents of each), left_out.

    `metrics` (contracts.METRICS) may come from several spaces. With no labels the one label is that of
    all documents. Rows have the order of `shown`, `models` and `labels`; metrics that the files do not
    hold are left out; undefined values stay, as NaN. `signs` are model, metric and sign_depends_on, as
    `statistics.stability.sign_dependence` gives them of this comparison; null where they say nothing.

    With `min_documents` labels differ from model to model: of one of which a model has fewer there are no values, and
    left_out says why, as `selection.why_nothing` does.

    Raises ValueError for a model or a label without a value otherwise, so that no gap looks like a result.
    """
    names = list(labels) or [contracts.ALL_DOCUMENTS]
    rows = metrics[metrics["level"] == "graph"]
    measured = [metric for metric in shown if metric in set(rows["metric"])]
    rows = rows[rows["labelling"] == (labelling if labels else contracts.ALL_DOCUMENTS)]
    rows = rows[rows["label"].isin(names) & rows["metric"].isin(shown) & rows["model"].isin(models)]
    found = set(zip(rows["model"], rows["label"], strict=True))
    missing = [pair for pair in _pairs(models, names) if pair not in found]
    if missing and min_documents is None:
        said = ", ".join(f"{model} / {label or 'all documents'}" for model, label in missing)
        raise ValueError(f"the metrics hold no value of labelling '{labelling}' for {said}")
    if missing:
        rows = pd.concat([rows, _without_documents(metrics, missing, labelling, measured)], ignore_index=True)
    held = metrics[(metrics["labelling"] == labelling) & (metrics["documents"] > 0)]
    rows = _with_reasons(rows, min_documents or 0, answered=set(held["model"]))
    orders = {"metric": list(shown), "model": list(models), "label": names}
    keys = {name: pd.Categorical(rows[name], order).codes for name, order in orders.items()}
    ranks = pd.DataFrame({**keys, "seed": rows["seed"].to_numpy()}, index=rows.index)
    depends = {} if signs is None else signs.set_index(["model", "metric"])["sign_depends_on"].to_dict()
    rows = rows.assign(
        sign_depends_on=[depends.get(place) for place in zip(rows["model"], rows["metric"], strict=True)]
    ).astype({"sign_depends_on": "string"})
    return rows.loc[ranks.sort_values(list(ranks)).index, list(_COLUMNS)].reset_index(drop=True)


def _without_documents(
    metrics: pd.DataFrame, pairs: Sequence[tuple[str, str]], labelling: str, measured: Sequence[str]
) -> pd.DataFrame:
    """A row without a value for every metric and pair of a model and a label, like those of `metrics`."""
    seeds = metrics.groupby("model")["seed"].min()
    rows = [
        {"model": model, "label": label, "metric": metric, "seed": seeds[model]}
        for model, label in pairs
        for metric in measured
    ]
    own = pd.DataFrame(rows).assign(labelling=labelling, value=np.nan, documents=0)
    return own.reindex(columns=metrics.columns).astype(metrics.dtypes.drop("level"), errors="ignore")


def _with_reasons(rows: pd.DataFrame, least: int, *, answered: Collection[str]) -> pd.DataFrame:
    """The rows with left_out, why a label with fewer than `least` documents has no value.

    `answered` are the models that have labels.
    """
    few = rows["documents"] < least
    why = [
        why_nothing(documents, answered=model in answered) if out else None
        for model, documents, out in zip(rows["model"], rows["documents"], few, strict=True)
    ]
    return rows.assign(value=rows["value"].mask(few), left_out=pd.array(why, dtype="string"))


def draw(table: pd.DataFrame, *, width: str = "text", colormap: str = "nrag") -> Figure:
    """The figure of a table of `values`.

    Models are rows, so that their names are read level; every metric has its own scale. A label keeps
    its colour and its marker in all panels.
    """
    table = table.assign(label=table["label"].fillna(""))
    labels = list(table["label"].unique())
    frame = _Frame.of(table, points_across(width))
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame.legend, labels, colormap, frame.up)
        for place, (metric, rows) in enumerate(table.groupby("metric", sort=False)):
            left, bottom = frame.corner(place)
            for line, name in enumerate(reversed(frame.title(metric))):
                height = bottom + frame.height + 4 + LINE * line
                canvas.text(left, height, style.fitted(name, frame.cell + 10, bold=True), weight="bold", va="baseline")
            size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, frame.height / frame.up)
            panel = figure.add_axes(size, ylim=(len(frame.models) - 0.5, -0.5))
            _draw_panel(panel, rows, frame, labels, colormap)
            if place % frame.columns == 0:
                _draw_models(canvas, frame, left, bottom)
        write_notes(canvas, frame.notes)
    return figure


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points."""

    across: float
    up: float
    columns: int
    cell: float
    row: float
    heads: list[float]
    """Room for the names above the panels, by line of panels."""
    names: float
    models: list[str]
    legend: list[list[tuple[int, str, float]]]
    notes: list[str]

    @classmethod
    def of(cls, table: pd.DataFrame, across: float) -> "_Frame":
        models, labels = list(table["model"].unique()), list(table["label"].unique())
        names = min(max(style.text_width(model) for model in models), 0.3 * across) + 8
        columns = 2 if is_narrow(across) else 4
        cell = (across - _LEFT - names - _RIGHT + _GAP) / columns - _GAP
        legend = _legend_lines(table, labels, across)
        undefined = table["value"].isna()
        few = table["left_out"].notna()
        said = {SEEDS: table["seed"].nunique() > 1, NOTE: True, UNDEFINED: (undefined & ~few).any(), FEW: few.any()}
        said |= {SAMPLED: table["sample"].notna().any()}
        note = " ".join([*(sentence for sentence, holds in said.items() if holds), *_signs_note(table)])
        notes = style.wrapped(note, across - 2 * _LEFT)
        lines = math.ceil(table["metric"].nunique() / columns)
        titles = [len(_title(metric, cell)) for metric in table["metric"].unique()]
        heads = [_HEAD + LINE * (max(titles[at : at + columns]) - 1) for at in range(0, len(titles), columns)]
        around = MARGIN + LINE * len(notes) + sum(heads) + lines * _FOOT + _ENTRY * len(legend) + 4
        # Rows shrink to fit the page, but never below what a name needs.
        page = (style.TALLEST * 72 - around) / (lines * len(models))
        row = max(min(max(15.0, 5.0 * len(labels) + 5), page), 10.0)
        up = around + lines * row * len(models)
        return cls(across, up, columns, cell, row, heads, names, models, legend, notes)

    @property
    def height(self) -> float:
        return self.row * len(self.models)

    def corner(self, place: int) -> tuple[float, float]:
        """Lower left corner of a metric's panel."""
        line, column = divmod(place, self.columns)
        top = self.up - _ENTRY * len(self.legend) - 4 - sum(self.heads[: line + 1]) - line * (self.height + _FOOT)
        return _LEFT + self.names + column * (self.cell + _GAP), top - self.height

    def title(self, metric: str) -> list[str]:
        """Lines of the name above a metric's panel."""
        return _title(metric, self.cell)


def _title(metric: str, cell: float) -> list[str]:
    return style.wrapped(metric.replace("_", " "), cell + 4, bold=True)


def _pairs(models: Sequence[str], labels: Sequence[str]) -> list[tuple[str, str]]:
    return [(model, label) for model in models for label in labels]


def _draw_models(canvas: Axes, frame: _Frame, left: float, bottom: float) -> None:
    for place, model in enumerate(reversed(frame.models)):
        name = style.fitted(model, frame.names - 8)
        canvas.text(left - 6, bottom + frame.row * (place + 0.5), name, ha="right", va="center")


def _signs_note(table: pd.DataFrame) -> list[str]:
    """What the marks mean, and of which metrics nothing is known; nothing where signs were not looked at."""
    judged = table["sign_depends_on"].notna()
    if not judged.any():
        return []
    marked = changing(table["sign_depends_on"])
    said = [SIGNS.format(factors_in_words(marked))] if len(marked) else []
    other = [name.replace("_", " ") for name in table["metric"].unique() if not judged[table["metric"] == name].any()]
    return [*said, NOT_VARIED.format(", ".join(other))] if other else said


def _signs_of(rows: pd.DataFrame) -> dict[str, tuple[float, str]]:
    """By model whose labels change places: where its last mark stands, and what this depends on, in letters."""
    marked = rows.loc[changing(rows["sign_depends_on"]).index].dropna(subset="value")
    groups = marked.groupby("model", sort=False)
    last, depends = groups["value"].max(), groups["sign_depends_on"].first()
    return {model: (float(last[model]), factors_in_letters(depends[model])) for model in last.index}


def _draw_panel(panel: Axes, rows: pd.DataFrame, frame: _Frame, labels: Sequence[str], colormap: str) -> None:
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.set_yticks([])
    panel.tick_params(length=2.5, width=0.6, pad=2)
    looks = style.label_looks(labels, colormap)
    for place, model in enumerate(frame.models):
        panel.axhline(place, color=style.FAINT, lw=0.5, zorder=0)
        for turn, label in enumerate(labels):
            found = rows[(rows["model"] == model) & (rows["label"] == label)]["value"].to_numpy(dtype=float)
            offset = (turn - (len(labels) - 1) / 2) * 0.72 / max(len(labels), 2)
            _draw_values(panel, found, place + offset, looks[turn])
    signs = _signs_of(rows)
    why = "too few documents" if rows["left_out"].notna().all() else "undefined"
    _set_range(panel, rows["value"].to_numpy(dtype=float), frame.cell, signs.values(), why)
    for model, (last, letters) in signs.items():
        place = (last, frame.models.index(model))
        panel.annotate(letters, place, (_BESIDE, 0), textcoords="offset points", va="center", annotation_clip=False)


def _draw_values(panel: Axes, found: np.ndarray, height: float, look: dict) -> None:
    found = found[np.isfinite(found)]
    if not len(found):
        return
    if len(found) > 1:
        panel.plot([found.min(), found.max()], [height] * 2, color=look["color"], lw=0.7, alpha=0.6, zorder=1)
        panel.scatter(found, [height] * len(found), s=3.5, marker="o", color=look["color"], lw=0, alpha=0.75, zorder=2)
    panel.scatter(
        found.mean(), height, s=21, marker=look["marker"], color=look["color"], edgecolors="white", lw=0.5, zorder=3
    )


def _set_range(panel: Axes, found: np.ndarray, cell: float, beside: Iterable[tuple[float, str]], why: str) -> None:
    """Room at both ends, and for what stands `beside` values, and a few numbers, none of which reaches the next
    panel's; `why` where there is no value.
    """
    found = found[np.isfinite(found)]
    if not len(found):
        panel.set(xlim=(0, 1), xticks=[])
        panel.text(0.5, 0.5, why, transform=panel.transAxes, ha="center", va="center", color=style.QUIET)
        return
    # Two values that differ by a hundredth would otherwise stand at opposite ends.
    span = max(np.ptp(found), _LEAST_SPAN * np.abs(found).max()) or 0.2
    middle = (found.min() + found.max()) / 2
    low, high = middle - 0.58 * span, middle + 0.58 * span
    for value, letters in beside:
        free = cell + _GAP / 2 - _BESIDE - style.text_width(letters)
        high = max(high, low + (value - low) * cell / free)
    panel.set_xlim(low, high)
    ticks = MaxNLocator(nbins=3, steps=[1, 2, 5, 10], min_n_ticks=2).tick_values(low, high)
    names = [f"{round(tick, 12) + 0.0:.6g}".replace("-", "−") for tick in ticks]
    beyond = [style.text_width(name) / 2 - 0.4 * _GAP for name in names]
    places = (ticks - low) / (high - low) * cell
    kept = [
        at
        for at, (place, edge) in enumerate(zip(places, beyond, strict=True))
        if max(edge, 0) <= place <= cell - max(edge, 0)
    ]
    # In a narrow panel long numbers would run into each other: a fifth of the gap stays between them.
    if any(places[right] - places[left] < beyond[left] + beyond[right] + _GAP for left, right in pairwise(kept)):
        kept = kept[::2]
    panel.set_xticks([ticks[at] for at in kept], [names[at] for at in kept])


def _legend_lines(table: pd.DataFrame, labels: Sequence[str], across: float) -> list[list[tuple[int, str, float]]]:
    """Places, texts and left ends of the legend's entries, line by line."""
    entries = []
    for place, label in enumerate(labels):
        counts = table.loc[table["label"] == label, "documents"]
        low, high = counts.min(), counts.max()
        count = f"n = {low:,}" if low == high else f"n = {low:,} to {high:,}"
        text = f"{style.fitted(label or 'all documents', 150)}  ({count})"
        entries.append(((place, text), 10 + style.text_width(text) + 14))
    return [[(*entry, left) for entry, left in line] for line in in_lines(entries, across, left=_LEFT)]


def _draw_legend(
    canvas: Axes, lines: list[list[tuple[int, str, float]]], labels: Sequence[str], colormap: str, up: float
) -> None:
    looks = style.label_looks(labels, colormap)
    for number, line in enumerate(lines):
        height = up - 11 - _ENTRY * number
        for place, text, left in line:
            look = looks[place]
            canvas.scatter(
                left + 4, height + 2.4, s=26, marker=look["marker"], color=look["color"], edgecolors="white", lw=0.5
            )
            canvas.text(left + 11, height, text, va="baseline")
