"""What figures share that are placed in points on one canvas: their width, the layers and models of panels, notes."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nrag.figures import style
from nrag.figures.shortened_names import told_apart

MARGIN, LINE = 7.0, 10.0
"""Points around a figure, and from one line of a note to the next."""


@dataclass(frozen=True)
class Panel:
    """Where one model's graph of one label stands, in points from the lower left."""

    model: str
    label: str
    left: float
    bottom: float
    width: float
    height: float
    first: bool
    """Whether it stands at the left of its row."""
    lowest: bool
    """Whether it is in the last row of its model."""

    def layers(self, last: int, *, inset: float) -> np.ndarray:
        """(last + 1,) where each layer stands; `inset` is what stays free at both sides."""
        return np.linspace(self.left + inset, self.left + self.width - inset, max(last, 1) + 1)[: last + 1]


def points_across(width: str) -> float:
    """Points of a figure that is `column` (3.4 inches) or `text` (7 inches) wide; ValueError for another width."""
    if width not in style.WIDTHS:
        raise ValueError(f"a figure is {' or '.join(style.WIDTHS)} wide, not '{width}'")
    return style.WIDTHS[width] * 72


def is_narrow(across: float) -> bool:
    """Whether a figure of so many points has no room for two keys side by side."""
    return across < style.WIDTHS["text"] * 72


def blank(across: float, up: float) -> tuple[Figure, Axes]:
    """An empty figure of so many points and its canvas, whose units are points; called in `style.styled()`."""
    figure = Figure(figsize=(across / 72, up / 72))
    canvas = figure.add_axes((0, 0, 1, 1), xlim=(0, across), ylim=(0, up), autoscale_on=False)
    canvas.set_axis_off()
    return figure, canvas


def draw_layers(canvas: Axes, panel: Panel, across: np.ndarray) -> None:
    """A faint line for each layer of a panel, where `Panel.layers` says."""
    for place in across:
        canvas.plot([place] * 2, [panel.bottom, panel.bottom + panel.height], color=style.FAINT, lw=0.5, zorder=0)


def name_layers(canvas: Axes, across: np.ndarray, top: float, axis: float | None) -> None:
    """The layers' names, as many as have room, below `top`; what the numbers are below `axis`."""
    step = 1 if len(across) < 2 else math.ceil(13 / (across[1] - across[0]))
    for layer in range(0, len(across), step):
        canvas.text(across[layer], top, layer_name(layer), ha="center", va="top")
    if axis is not None:
        canvas.text((across[0] + across[-1]) / 2, axis, "layer", ha="center", va="top", color=style.QUIET)


def layer_name(layer: int) -> str:
    """A layer's number; layer 0 is the embeddings."""
    return "emb" if layer == 0 else str(layer)


def mark_constant(canvas: Axes, panel: Panel, place: float) -> None:
    """Write across a layer that every document has the same vector there."""
    look = {"rotation": 90, "ha": "center", "va": "center", "color": style.QUIET, "zorder": 3}
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    canvas.text(place, panel.bottom + panel.height / 2, "constant", bbox=box, **look)


def say_nothing(canvas: Axes, why: str, across: float, up: float) -> None:
    """Write in the middle of a panel why it is empty."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    canvas.text(across, up, why, ha="center", va="center", color=style.QUIET, zorder=3, bbox=box)


def name_models(canvas: Axes, panels: Sequence[Panel], left: float) -> None:
    """The models' names beside their rows, if there are several."""
    models = list(dict.fromkeys(panel.model for panel in panels))
    if len(models) < 2:
        return
    rows = {model: [panel for panel in panels if panel.model == model] for model in models}
    ends = {
        model: (min(row.bottom for row in own), max(row.bottom + row.height for row in own))
        for model, own in rows.items()
    }
    room = min(high - low for low, high in ends.values())
    short = told_apart(models, room, size=style.TITLES, bold=True)
    for model in models:
        name_model(canvas, short[model], left, *ends[model])


def name_model(canvas: Axes, model: str, left: float, low: float, high: float) -> None:
    """A model's name, upwards between two heights."""
    name = style.fitted(model, high - low, size=style.TITLES, bold=True)
    look = {"rotation": 90, "size": style.TITLES, "weight": "bold", "ha": "center", "va": "center"}
    canvas.text(left, (low + high) / 2, name, **look)


def write_notes(canvas: Axes, lines: Sequence[str]) -> None:
    """The lines at the foot of a figure."""
    for place, line in enumerate(reversed(lines)):
        canvas.text(MARGIN, MARGIN - 1 + LINE * place, line, color=style.QUIET, va="baseline")


def in_lines(
    entries: Iterable[tuple[Any, float]], across: float, *, left: float = MARGIN
) -> list[list[tuple[Any, float]]]:
    """A legend's entries with their left ends, line by line; each is given with its width, all in points.

    >>> in_lines([("a", 40.0), ("b", 40.0), ("c", 200.0)], 100.0, left=4.0)
    [[('a', 4.0), ('b', 44.0)], [('c', 4.0)]]
    """
    lines: list[list[tuple[Any, float]]] = [[]]
    reached = left
    for entry, wide in entries:
        if reached + wide > across and lines[-1]:
            lines.append([])
            reached = left
        lines[-1].append((entry, reached))
        reached += wide
    return lines
