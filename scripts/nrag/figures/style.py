"""How every figure looks and how it becomes bytes: sizes, letters, colours, formats."""

import io
import re
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from nrag import colormaps

WIDTHS = {"column": 3.4, "text": 7.0}
"""Inches: one column, or the text width of a two-column page."""

TALLEST = 9.2
"""Inches that a page leaves to a figure and its caption's first lines."""

LETTERS = 7.0
"""Points, at final size: the smallest that journals print."""

TITLES = 8.0

INK = "#1d2733"
QUIET = "#5c6670"
FAINT = "#e4e7ea"
FRAME = "#aeb5bb"
NEUTRAL = "#34597d"
"""Where no labels are compared, or more than have colours."""

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#222222", "#8a7a00")
"""Okabe and Ito's colours for all kinds of colour vision (2008), their yellow darkened for white paper."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")

FORMATS = ("pdf", "svg", "png")

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": LETTERS,
    "text.color": INK,
    # A dollar sign in a label is a dollar sign.
    "text.parse_math": False,
    "text.usetex": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": LETTERS,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    "xtick.labelsize": LETTERS,
    "ytick.labelsize": LETTERS,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.4,
    "path.simplify": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "nrag",
}
"""Matplotlib's settings, by `styled()`; nothing global is changed. Letters of an SVG are outlines, so
that it looks the same where DejaVu Sans is not installed; those of a PDF are text."""

_METADATA = {"pdf": {"CreationDate": None, "Producer": None}, "svg": {"Date": None}, "png": {"Software": None}}


def styled() -> mpl.RcParams:
    """A context in which figures are built and rendered; a user's own matplotlibrc has no say in it."""
    return mpl.rc_context({**mpl.rcParamsDefault, **STYLE, "backend": "agg"})


def render(figure: Figure, extension: str) -> bytes:
    """The figure as a file's content: the same figure gives the same bytes.

    `extension` is pdf, svg or png (300 dots per inch).
    """
    if extension not in FORMATS:
        raise ValueError(f"a figure is written as {', '.join(FORMATS)}, not as '{extension}'")
    sink = io.BytesIO()
    with styled():
        figure.savefig(sink, format=extension, dpi=300, metadata=_METADATA[extension])
    return _shortened(sink.getvalue()) if extension == "svg" else sink.getvalue()


def label_colors(labels: Sequence[str], name: str) -> list[str]:
    """One colour a label, the same in every figure of a study; all neutral when there are more than have colours."""
    if len(labels) == 2:
        ends = colormaps.colormap(name)
        return [to_hex(ends(0.0)), to_hex(ends(1.0))]
    if 2 < len(labels) <= len(PALETTE):
        return list(PALETTE[: len(labels)])
    return [NEUTRAL] * len(labels)


def label_looks(labels: Sequence[str], name: str) -> list[dict[str, str]]:
    """Colour and marker of each label; beyond the colours there are, shapes and colours combine anew."""
    colors = label_colors(labels, name)
    if len(labels) > len(PALETTE):
        colors = [PALETTE[place % len(PALETTE)] for place in range(len(labels))]
    kinds = len(MARKERS)
    return [{"color": color, "marker": MARKERS[(place + place // kinds) % kinds]} for place, color in enumerate(colors)]


def fitted(text: str, points: float, *, size: float = LETTERS, bold: bool = False) -> str:
    """The text on one line, its end replaced by an ellipsis where it is wider than `points`.

    >>> fitted("a label that goes on and on", 50)
    'a label that…'
    """
    text = " ".join(text.split())
    # A width that was itself measured from this text comes back a rounding error smaller.
    points += 0.01
    if text_width(text, size=size, bold=bold) <= points:
        return text
    kept = len(text) - 1
    while kept > 1 and text_width(text[:kept].rstrip() + "…", size=size, bold=bold) > points:
        kept -= 1
    return text[:kept].rstrip() + "…"


def wrapped(text: str, points: float, *, bold: bool = False) -> list[str]:
    """The text in lines that are at most so wide, cut at single spaces; those that do not break stay."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, bold=bold) > points:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def text_width(text: str, *, size: float = LETTERS, bold: bool = False) -> float:
    """Width of the text in points, from where its first letter starts to where a next one would."""
    properties = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=size)
    return text_to_path.get_text_width_height_descent(text, properties, ismath=False)[0]


def _shortened(svg: bytes) -> bytes:
    """The SVG with coordinates to a hundredth of a point, which halves it."""
    path = re.compile(rb' d="[^"]*"')
    number = re.compile(rb"-?\d+\.\d{3,}")
    return path.sub(lambda found: number.sub(lambda value: b"%g" % round(float(value[0]), 2), found[0]), svg)
