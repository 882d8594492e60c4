"""How stages of training look in all figures of a set of mazes, and what kinds of mazes are called."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from nrag.figures import style
from nrag.figures.canvas import in_lines

ENTRY, SAMPLE = 13.0, 22.0
"""Points from one line of a legend to the next, and of the line that it shows."""

DASHES = ("-", (0, (4, 1.2)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2)))


class Look(NamedTuple):
    """Of one stage."""

    color: str
    marker: str
    dashes: Any


def stage_looks(places: Mapping[str, int]) -> dict[str, Look]:
    """A look for each stage, by its place among all stages of its set: so that all figures have them alike."""
    colors, markers = style.PALETTE, style.MARKERS
    return {
        stage: Look(
            colors[place % len(colors)],
            # Shifted where colours begin again.
            markers[(place + place // len(colors)) % len(markers)],
            DASHES[(place + place // len(colors)) % len(DASHES)],
        )
        for stage, place in places.items()
    }


def places_in(table: pd.DataFrame) -> dict[str, int]:
    """Stages of a figure's table in its order, with their place among those of the set."""
    first = table.drop_duplicates("stage")
    return dict(zip(first["stage"].astype(str), first["place"].astype(int), strict=True))


def kind_name(split: str, generator: str, width: int, height: int) -> str:
    """What mazes of a kind are called.

    >>> kind_name("test", "wilson", 4, 3), kind_name("shift", "depth-first", 5, 5)
    ('test, 4 × 3', 'shift, 5 × 5, depth-first')
    """
    drawn = "" if generator == "wilson" else f", {generator}"
    return f"{split}, {width} × {height}{drawn}"


def wrapped_stages(stages: Sequence[str], across: float) -> list[list[tuple[str, float]]]:
    """Names and left ends of a legend of stages, line by line."""
    return in_lines([(name, SAMPLE + 4 + style.text_width(name) + 11) for name in stages], across)


def draw_legend(
    canvas: Axes, lines: Sequence[Sequence[tuple[str, float]]], looks: Mapping[str, Look], top: float
) -> None:
    """The legend of `wrapped_stages`, downwards from `top`."""
    for number, line in enumerate(lines):
        height = top - 11 - ENTRY * number
        for stage, left in line:
            look, middle = looks[stage], height + 2.4
            canvas.plot([left, left + SAMPLE], [middle] * 2, color=look.color, ls=look.dashes, lw=1.2)
            canvas.plot(
                left + SAMPLE / 2, middle, ls="", color=look.color, marker=look.marker, ms=4.4, mec="white", mew=0.6
            )
            canvas.text(left + SAMPLE + 4, height, stage, va="baseline")
