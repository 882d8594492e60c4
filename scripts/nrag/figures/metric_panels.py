"""Metrics side by side: one panel per metric, one row per model, one marker per label."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nrag import contracts
from nrag.figures import style

SHOWN = (
    "regions",
    "edges",
    "density",
    "mean_degree",
    "skew_degree",
    "kurt_degree",
    "mean_strength",
    "skew_strength",
    "kurt_strength",
    "assortativity",
    "center_of_mass",
    "center_of_strength",
)
"""Metrics of the graph level that the figure shows, where the files hold them."""

NOTE = "Small: one value per seed; large: their mean. No test: counts depend on n, so compare labels of equal n only."

_COLUMNS = ("metric", "model", "labelling", "label", "seed", "value", "documents")
_LEFT, _RIGHT, _GAP, _HEAD, _FOOT, _MARGIN = 7.0, 10.0, 16.0, 15.0, 18.0, 7.0
_LINE = 10.0


def values(
    metrics: pd.DataFrame,
    *,
    models: Sequence[str],
    labelling: str,
    labels: Sequence[str],
    shown: Sequence[str] = SHOWN,
) -> pd.DataFrame:
    """The values that the figure shows: metric, model, labelling, label, seed, value, documents.

    `metrics` (contracts.METRICS) may come from several spaces. With no labels the one label is that of
    all documents. Rows have the order of `shown`, `models` and `labels`; metrics that the files do not
    hold are left out; undefined values stay, as NaN.

    Raises ValueError for a model or a label without a value, so that no gap looks like a result.
    """
    names = list(labels) or [contracts.ALL_DOCUMENTS]
    rows = metrics[metrics["level"] == "graph"]
    rows = rows[rows["labelling"] == (labelling if labels else contracts.ALL_DOCUMENTS)]
    rows = rows[rows["label"].isin(names) & rows["metric"].isin(shown) & rows["model"].isin(models)]
    found = set(zip(rows["model"], rows["label"], strict=True))
    missing = [f"{model} / {label or 'all documents'}" for model in models for label in names]
    missing = [name for name, key in zip(missing, _pairs(models, names), strict=True) if key not in found]
    if missing:
        raise ValueError(f"the metrics hold no value of labelling '{labelling}' for {', '.join(missing)}")
    orders = {"metric": list(shown), "model": list(models), "label": names}
    keys = {name: pd.Categorical(rows[name], order).codes for name, order in orders.items()}
    ranks = pd.DataFrame({**keys, "seed": rows["seed"].to_numpy()}, index=rows.index)
    return rows.loc[ranks.sort_values(list(ranks)).index, list(_COLUMNS)].reset_index(drop=True)


def draw(table: pd.DataFrame, *, width: str = "text", colormap: str = "nrag") -> Figure:
    """The figure of a table of `values`.

    Models are rows, so that their names are read level; every metric has its own scale. A label keeps
    its colour and its marker in all panels.
    """
    if width not in style.WIDTHS:
        raise ValueError(f"a figure is {' or '.join(style.WIDTHS)} wide, not '{width}'")
    across = style.WIDTHS[width] * 72
    metrics, models, labels = (list(table[name].unique()) for name in ("metric", "model", "label"))
    names = min(max(style.text_width(model) for model in models), 0.3 * across) + 8
    columns = 4 if width == "text" else 2
    cell = (across - _LEFT - names - _RIGHT + _GAP) / columns - _GAP
    row = max(15.0, 5.0 * len(labels) + 5)
    legend = _legend_lines(table, labels, across)
    notes = style.wrapped(NOTE, across - 2 * _LEFT)
    lines = math.ceil(len(metrics) / columns)
    below = _MARGIN + _LINE * len(notes)
    up = below + lines * (_HEAD + row * len(models) + _FOOT) + 14 * len(legend) + 4
    with style.styled():
        figure = Figure(figsize=(across / 72, up / 72))
        canvas = figure.add_axes((0, 0, 1, 1), xlim=(0, across), ylim=(0, up), autoscale_on=False)
        canvas.set_axis_off()
        _draw_legend(canvas, legend, labels, colormap, up)
        for place, metric in enumerate(metrics):
            line, column = divmod(place, columns)
            left = _LEFT + names + column * (cell + _GAP)
            top = up - 14 * len(legend) - 4 - line * (_HEAD + row * len(models) + _FOOT)
            bottom = top - _HEAD - row * len(models)
            size = (left / across, bottom / up, cell / across, row * len(models) / up)
            panel = figure.add_axes(size, ylim=(len(models) - 0.5, -0.5))
            canvas.text(left, top - _HEAD + 4, metric.replace("_", " "), weight="bold", va="baseline")
            _draw_panel(panel, table[table["metric"] == metric], models, labels, colormap)
            for position, model in enumerate(models if column == 0 else []):
                name = style.fitted(model, names - 8)
                canvas.text(left - 6, bottom + row * (len(models) - position - 0.5), name, ha="right", va="center")
        for position, note in enumerate(reversed(notes)):
            canvas.text(_LEFT, _MARGIN - 1 + _LINE * position, note, color=style.QUIET, va="baseline")
    return figure


def _pairs(models: Sequence[str], labels: Sequence[str]) -> list[tuple[str, str]]:
    return [(model, label) for model in models for label in labels]


def _draw_panel(
    panel: Axes, rows: pd.DataFrame, models: Sequence[str], labels: Sequence[str], colormap: str
) -> None:
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.set_yticks([])
    for place in range(len(models)):
        panel.axhline(place, color=style.FAINT, lw=0.5, zorder=0)
    for place, model in enumerate(models):
        for turn, label in enumerate(labels):
            found = rows[(rows["model"] == model) & (rows["label"] == label)]["value"].to_numpy(dtype=float)
            offset = (turn - (len(labels) - 1) / 2) * 0.62 / max(len(labels), 2)
            _draw_values(panel, found, place + offset, _looks(labels, colormap)[turn])
    panel.tick_params(length=2.5, width=0.6, pad=2)
    _set_range(panel, rows["value"].to_numpy(dtype=float))


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


def _looks(labels: Sequence[str], colormap: str) -> list[dict]:
    """Colour and marker of each label; beyond the colours there are, shapes and colours combine anew."""
    colors = style.label_colors(labels, colormap)
    if len(labels) > len(style.PALETTE):
        colors = [style.PALETTE[place % len(style.PALETTE)] for place in range(len(labels))]
    kinds = len(style.MARKERS)
    return [
        {"color": color, "marker": style.MARKERS[(place + place // kinds) % kinds]}
        for place, color in enumerate(colors)
    ]


def _set_range(panel: Axes, found: np.ndarray) -> None:
    """Room at both ends and two to four numbers, none of which can reach its neighbour's panel."""
    found = found[np.isfinite(found)]
    if not len(found):
        panel.set(xlim=(0, 1), xticks=[])
        panel.text(0.5, 0.5, "undefined", transform=panel.transAxes, ha="center", va="center", color=style.QUIET)
        return
    low, high = found.min(), found.max()
    room = 0.08 * (high - low) or 0.05 * abs(high) or 0.1
    panel.set_xlim(low - room, high + room)
    panel.xaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10], min_n_ticks=2))
    ticks = [tick for tick in panel.get_xticks() if low - room <= tick <= high + room]
    panel.set_xticks(ticks, [f"{tick:.10g}".replace("-", "−") for tick in ticks])


def _legend_lines(table: pd.DataFrame, labels: Sequence[str], across: float) -> list[list[tuple[int, str, float]]]:
    """Places, texts and left ends of the legend's entries, line by line."""
    lines: list[list[tuple[int, str, float]]] = [[]]
    left = _LEFT
    for place, label in enumerate(labels):
        counts = table.loc[table["label"] == label, "documents"]
        low, high = counts.min(), counts.max()
        count = f"n = {low:,}" if low == high else f"n = {low:,} to {high:,}"
        text = f"{style.fitted(label or 'all documents', 150)}  ({count})"
        wide = 10 + style.text_width(text) + 14
        if left + wide > across and lines[-1]:
            lines.append([])
            left = _LEFT
        lines[-1].append((place, text, left))
        left += wide
    return lines


def _draw_legend(
    canvas: Axes, lines: list[list[tuple[int, str, float]]], labels: Sequence[str], colormap: str, up: float
) -> None:
    looks = _looks(labels, colormap)
    for number, line in enumerate(lines):
        height = up - 11 - 14 * number
        for place, text, left in line:
            look = looks[place]
            canvas.scatter(
                left + 4, height + 2.4, s=26, marker=look["marker"], color=look["color"], edgecolors="white", lw=0.5
            )
            canvas.text(left + 11, height, text, va="baseline")
