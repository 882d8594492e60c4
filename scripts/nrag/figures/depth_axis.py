"""What figures by relative depth share: their axis, on which all layers together stand apart, and their legend."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nrag.figures import style
from nrag.figures.canvas import LINE, MARGIN, blank, in_lines

ALL_LAYERS = 1.15
"""Where on the axis of relative depth all layers together stand."""

LIMITS = (-0.04, ALL_LAYERS + 0.09)

ENTRY, SAMPLE = 13.0, 24.0
"""Points from one line of a legend to the next, and of the line that it shows."""


def mark_depth(panel: Axes) -> None:
    """The axis of relative depth, 0 to 1, and beside it all layers together."""
    panel.set_xlim(*LIMITS)
    panel.set_xticks([0, 0.25, 0.5, 0.75, 1, ALL_LAYERS], ["0", "", "0.5", "", "1", "all"])
    panel.axvline((1 + ALL_LAYERS) / 2, color=style.FAINT, lw=0.8, zorder=0)
    panel.set_xlabel("relative depth", labelpad=2)


def wrapped_entries(names: Sequence[str], across: float) -> list[list[tuple[str, float]]]:
    """Names and left ends of a legend's entries, line by line."""
    return in_lines([(name, SAMPLE + 4 + style.text_width(name) + 12) for name in names], across)


def notice(said: Sequence[str], across: float) -> Figure:
    """A figure of sentences alone, where there is nothing to draw."""
    lines = [line for sentence in said for line in style.wrapped(sentence, across - 2 * MARGIN)]
    up = 2 * MARGIN + LINE * len(lines)
    with style.styled():
        figure, canvas = blank(across, up)
        for position, line in enumerate(lines):
            canvas.text(MARGIN, up - MARGIN - LINE * (position + 0.8), line, color=style.QUIET, va="baseline")
    return figure
