"""What holds under variants: a panel a model, a row a statistic, a mark a variant; a line of panels a reduction."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, in_lines, is_narrow, name_model, points_across, write_notes
from nrag.figures.depth_axis import notice
from nrag.statistics.factors import AGREEMENT, FACTOR_LETTERS, FACTORS, REFERENCE
from nrag.statistics.stability import changing, factors_in_letters, sign_dependence

SEPARATIONS = ("region_divergence", "edge_total_variation", "label_information", "exclusive_regions")
"""Those that do not follow from each other."""

LOOKS = dict(zip(FACTORS, zip(style.PALETTE, style.MARKERS, strict=False), strict=False))
"""Colour and marker of each factor."""

WORDS = {
    REFERENCE[0]: "as in tests.tsv",
    "seed": "single seeds",
    "shift": "grid moved by half a cell",
    "size": "other grid size",
    "bins": "other bins",
    "reduction": "other reduction",
    "pooling": "other pooling",
}
"""What the legend says."""

_COLUMNS = (
    "pooling", "reduction", "bins", "size", "model", "comparison", "labelling", "test", "metric", "factor", "variant",
    "value", "scale", "sign_depends_on",
)  # fmt: skip
_LANE, _ENTRY, _HEAD, _FOOT, _GAP, _SIDE, _SCALE = 2.6, 13.0, 14.0, 16.0, 13.0, 10.0, 31.0
_NARROWEST = 55.0
"""Points of a panel in which marks can still be told apart."""

_PLACE = ["pooling", "reduction", "bins", "size"]


def values(variants: pd.DataFrame, *, comparison: str, models: Sequence[str], shown: Sequence[str]) -> pd.DataFrame:
    """The values that the figure shows, of graphs as a whole, in the order of its panels and rows.

    `variants` (contracts.VARIANTS) may come from several spaces and hold several places, drawn in the order in which
    they come; `shown` are the metrics that are drawn of labels, in order, as far as there are variants. Columns:
    pooling, reduction, bins, size, model, comparison, labelling, test, metric, factor, variant, value; scale, the
    largest size of a value of the statistic in the figure (1 of the agreement of regions); sign_depends_on, of
    differences (`stability.sign_dependence`).
    """
    rows = variants[variants["layer"].isna() & variants["model"].isin(models)]
    order = [AGREEMENT[1], *SEPARATIONS, *(name for name in shown if name not in SEPARATIONS)]
    agreement = (rows["test"] == AGREEMENT[0]) & (rows["comparison"] == "")
    rows = rows[agreement | ((rows["comparison"] == comparison) & rows["metric"].isin(order))]
    separate = rows["test"].isin([AGREEMENT[0], "separation"])
    rows = rows[separate | rows["metric"].isin(shown)]
    largest = rows["value"].abs().groupby([rows["test"], rows["metric"]]).transform("max")
    rows = rows.assign(scale=largest.where(rows["test"] != AGREEMENT[0], 1.0))
    signs = sign_dependence(rows)
    keys = [*_PLACE, "comparison", "model", "metric"]
    told = dict(zip(signs[keys].itertuples(index=False, name=None), signs["sign_depends_on"], strict=True))
    of_rows = [
        told.get(key) if test == "difference" else None
        for key, test in zip(rows[keys].itertuples(index=False, name=None), rows["test"], strict=True)
    ]
    places = list(dict.fromkeys(rows[_PLACE].itertuples(index=False, name=None)))
    kinds = [AGREEMENT[0], "separation", "difference", "range"]
    ranks = {
        "place": [places.index(place) for place in rows[_PLACE].itertuples(index=False, name=None)],
        "model": rows["model"].map(list(models).index),
        "test": rows["test"].map(kinds.index),
        "metric": rows["metric"].map(order.index),
        "factor": rows["factor"].map([REFERENCE[0], *FACTORS].index),
        "variant": rows["variant"],
    }
    ranked = pd.DataFrame(ranks, index=rows.index).sort_values(list(ranks), kind="stable").index
    rows = rows.assign(sign_depends_on=pd.array(of_rows, dtype="string"))
    return rows.loc[ranked, list(_COLUMNS)].reset_index(drop=True)


def draw(table: pd.DataFrame, *, labels: Sequence[str], width: str = "text") -> Figure:
    """The figure of a table of `values`; where it has no rows, one that says so. `labels` are of the comparison."""
    across = points_across(width)
    if table.empty:
        return notice(["Nothing to be held against: the comparison has one label, and no grid or seed varies."], across)
    frame = _Frame.of(table, labels, across)
    with style.styled():
        figure, canvas = blank(frame.across, frame.up)
        _draw_legend(canvas, frame)
        for number, (place, model) in enumerate(frame.panels):
            left, bottom = frame.corner(number)
            size = (left / frame.across, bottom / frame.up, frame.cell / frame.across, frame.height / frame.up)
            panel = figure.add_axes(size, xlim=(-1.08, 1.08) if frame.signed else (-0.04, 1.08), ylim=(0, frame.height))
            own = table[(table["model"] == model) & (_places(table) == place)]
            _draw_panel(panel, own, frame)
            room = frame.cell + frame.gap - _GAP
            for line, part in enumerate(reversed(_title(model, room))):
                canvas.text(
                    left, bottom + frame.height + 4 + LINE * line, style.fitted(part, room, bold=True), weight="bold"
                )
            _draw_marks(canvas, own, frame, left, bottom)
            if frame.is_first(number):
                _draw_names(canvas, frame, left, bottom)
                name_model(canvas, place, MARGIN + 3, bottom, bottom + frame.height)
                _draw_scales(canvas, table, frame, bottom)
        write_notes(canvas, frame.notes)
    return figure


# --------------------------------------------------------------------------------------- private


@dataclass(frozen=True)
class _Frame:
    """Sizes of the figure and its panels in points, its rows and what is written below."""

    across: float
    up: float
    columns: int
    cell: float
    gap: float
    """From one panel to the next; in it stand the letters of what changes signs."""
    head: float
    """Room for a model's name above its panel."""
    names: float
    panels: list[tuple[str, str]]
    rows: list[tuple[str, str]]
    """Test and metric, from top to bottom; a test alone, without a metric, is a heading."""
    words: dict[str, str]
    """What the headings say."""
    row: float
    factors: list[str]
    entries: dict[str, str]
    """What the legend says of the reference and the factors."""
    legend: list[list[tuple[str, float]]]
    notes: list[str]
    signed: bool
    """Whether there is room for values below 0."""

    @classmethod
    def of(cls, table: pd.DataFrame, labels: Sequence[str], across: float) -> "_Frame":
        statistics = list(dict.fromkeys(zip(table["test"], table["metric"], strict=True)))
        rows = []
        for number, (test, metric) in enumerate(statistics):
            if not number or statistics[number - 1][0] != test:
                rows.append((test, ""))
            rows.append((test, metric))
        words = {
            AGREEMENT[0]: "same regions (adjusted mutual information)",
            "separation": "separation of the labels (observed, not effects)",
            "difference": f"difference, {' less '.join(labels)}",
            "range": "range over the labels",
        }
        names = min(max(style.text_width(_name(*row)) for row in rows), 0.3 * across) + 6
        models = list(table["model"].unique())
        most = 2 if is_narrow(across) else 4
        letters = map(factors_in_letters, changing(table["sign_depends_on"]).unique())
        gap = max([_GAP, *(style.text_width(each) + 8 for each in letters)])
        # As many side by side as have room for their marks, and can be told apart by their names.
        room = across - 2 * MARGIN - _SIDE - names - _SCALE
        widest = max(style.text_width(part, bold=True) for model in models for part in _parts(model))
        columns = max(1, min(len(models), most, int(room / max(widest + _GAP, _NARROWEST + gap))))
        cell = room / columns - gap
        head = _HEAD + LINE * (max(len(_title(model, cell + gap - _GAP)) for model in models) - 1)
        factors = [factor for factor in FACTORS if (table["factor"] == factor).any()]
        entries = _entries(factors, lettered=table["sign_depends_on"].notna().any())
        legend = in_lines([(name, 12 + style.text_width(said) + 14) for name, said in entries.items()], across)
        notes = style.wrapped(" ".join(_notes(table)), across - 2 * MARGIN)
        places = list(dict.fromkeys(_places(table)))
        panels = [(place, model) for place in places for model in models]
        lines = len(places) * math.ceil(len(models) / columns)
        row = _LANE * max(len(factors), 2) + 3.4
        height = row * len(rows)
        up = MARGIN + LINE * len(notes) + _ENTRY * len(legend) + 6 + lines * (head + height + _FOOT)
        signed = bool((table["test"] == "difference").any() or (table["value"] < 0).any())
        return cls(
            across, up, columns, cell, gap, head, names, panels, rows, words, row, factors, entries, legend, notes,
            signed,
        )  # fmt: skip

    @property
    def height(self) -> float:
        return self.row * len(self.rows)

    def corner(self, number: int) -> tuple[float, float]:
        """Lower left corner of a panel."""
        models = len({model for _, model in self.panels})
        place, within = divmod(number, models)
        line, column = divmod(within, self.columns)
        line += place * math.ceil(models / self.columns)
        top = self.up - _ENTRY * len(self.legend) - 6 - line * (self.head + self.height + _FOOT)
        return MARGIN + _SIDE + self.names + column * (self.cell + self.gap), top - self.head - self.height

    def is_first(self, number: int) -> bool:
        """Whether a panel is the first of its line."""
        return number % len({model for _, model in self.panels}) % self.columns == 0

    def level(self, row: int) -> float:
        """Middle of a row above the foot of its panel."""
        return self.height - (row + 0.5) * self.row


def _places(table: pd.DataFrame) -> pd.Series:
    """What the places are called: by what differs between them, the reduction where there is one."""
    differing = [name for name in _PLACE if table[name].nunique() > 1] or ["reduction"]
    return table[differing].astype(str).agg(" ".join, axis=1)


def _name(test: str, metric: str) -> str:
    return "all documents" if (test, metric) == AGREEMENT else metric.replace("_", " ")


def _parts(model: str) -> list[str]:
    """A model's name, cut where a line may end: behind hyphens and blanks."""
    return re.findall(r"[^- ]*[- ]+|[^- ]+$", model)


def _title(model: str, room: float) -> list[str]:
    """Lines of a model's name, each of as many of its parts as have room."""
    lines = [""]
    for part in _parts(model):
        if lines[-1] and style.text_width((lines[-1] + part).rstrip(), bold=True) > room:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def _entries(factors: Sequence[str], *, lettered: bool) -> dict[str, str]:
    """What the legend says, the reference first; with letters where signs are judged."""
    said = {factor: f"{WORDS[factor]} ({FACTOR_LETTERS[factor]})" if lettered else WORDS[factor] for factor in factors}
    return {REFERENCE[0]: WORDS[REFERENCE[0]]} | said


def _notes(table: pd.DataFrame) -> list[str]:
    notes = ["A row reaches from 0, the vertical line, to the largest value of the statistic, its scale."]
    if len(changing(table["sign_depends_on"])):
        notes.append("A letter beside a row: this choice changes the sign of the difference.")
    return notes


def _draw_legend(canvas: Axes, frame: _Frame) -> None:
    for number, line in enumerate(frame.legend):
        height = frame.up - 11 - _ENTRY * number
        for name, left in line:
            if name == REFERENCE[0]:
                _draw_reference(canvas, left + 4, height + 2.4, 7.0)
            else:
                color, marker = LOOKS[name]
                canvas.scatter(left + 4, height + 2.4, s=14, marker=marker, color=color, lw=0)
            canvas.text(left + 11, height, frame.entries[name], va="baseline")


def _draw_reference(axes: Axes, place: float, height: float, high: float) -> None:
    axes.plot(
        [place] * 2, [height - high / 2, height + high / 2], color=style.INK, lw=1.3, solid_capstyle="butt", zorder=3
    )


def _draw_panel(panel: Axes, own: pd.DataFrame, frame: _Frame) -> None:
    panel.set_axis_off()
    for number, (test, metric) in enumerate(frame.rows):
        level = frame.level(number)
        if metric:
            panel.axhline(level - frame.row / 2, color=style.FAINT, lw=0.4, zorder=0)
            panel.plot([0, 0], [level - frame.row / 2, level + frame.row / 2], color=style.FRAME, lw=0.7, zorder=0)
            _draw_row(panel, own[(own["test"] == test) & (own["metric"] == metric)], frame, level)


def _draw_row(panel: Axes, rows: pd.DataFrame, frame: _Frame, level: float) -> None:
    scaled = rows["value"] / rows["scale"].where(rows["scale"] > 0, 1.0)
    reference = scaled[rows["factor"] == REFERENCE[0]].dropna()
    for place, factor in enumerate(frame.factors):
        found = scaled[rows["factor"] == factor].dropna()
        if found.empty:
            continue
        height = level + ((len(frame.factors) - 1) / 2 - place) * _LANE
        color, marker = LOOKS[factor]
        reach = pd.concat([found, reference])
        panel.plot([reach.min(), reach.max()], [height] * 2, color=color, lw=0.6, alpha=0.6, zorder=1)
        panel.scatter(found, [height] * len(found), s=7, marker=marker, color=color, lw=0, zorder=2)
    for place in reference:
        _draw_reference(panel, place, level, frame.row - 2.4)


def _draw_marks(canvas: Axes, own: pd.DataFrame, frame: _Frame, left: float, bottom: float) -> None:
    """Beside a difference the letters of the choices that change its sign."""
    marked = own.loc[changing(own["sign_depends_on"]).index, ["test", "metric", "sign_depends_on"]].drop_duplicates()
    for test, metric, depends in marked.itertuples(index=False, name=None):
        height = bottom + frame.level(frame.rows.index((test, metric)))
        canvas.text(left + frame.cell + 3, height, factors_in_letters(depends), va="center")


def _draw_names(canvas: Axes, frame: _Frame, left: float, bottom: float) -> None:
    for number, (test, metric) in enumerate(frame.rows):
        height = bottom + frame.level(number)
        if metric:
            name = style.fitted(_name(test, metric), frame.names - 6)
            canvas.text(left - 6, height, name, ha="right", va="center")
        else:
            start = MARGIN + _SIDE
            name = style.fitted(frame.words[test], frame.across - _SCALE - start)
            canvas.text(start, height - 1, name, va="center", color=style.QUIET)


def _draw_scales(canvas: Axes, table: pd.DataFrame, frame: _Frame, bottom: float) -> None:
    scales = dict(zip(zip(table["test"], table["metric"], strict=True), table["scale"], strict=True))
    look = {"ha": "right", "color": style.QUIET}
    canvas.text(frame.across - MARGIN, bottom + frame.height + 4, "scale", **look)
    for number, row in enumerate(frame.rows):
        if row in scales:
            canvas.text(frame.across - MARGIN, bottom + frame.level(number), _number(scales[row]), va="center", **look)


def _number(value: float) -> str:
    return "undefined" if np.isnan(value) else f"{value:.3g}"
