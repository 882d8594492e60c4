"""The colours of region maps, on scales that all maps of a figure share, and the keys that show them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from nrag import colormaps
from nrag.figures import style
from nrag.figures.scales import shown_shares

STEPS = 64
"""Colours of a scale: finer is not seen, and cells of one colour are one object in the file."""

DARKEST, LIGHTEST = 1.0, 0.06
"""Part of the colour map that is used; its very lightest yellow is too near to white, which means no document."""

KEY = 33.0
"""Points that a row of keys needs."""

_BAR, _TITLE = 7.0, 20.0


@dataclass(frozen=True)
class MapScale:
    """How shares and differences become colours, the same in all maps of a figure."""

    largest: float
    """The share that is drawn darkest; NaN where no label is shown."""
    widest: float
    """The difference, either way, at the ends of its scale; NaN where two labels are not compared."""
    colormap: str

    @classmethod
    def of(cls, table: pd.DataFrame, *, colormap: str) -> "MapScale":
        """The scales of a table of `map_table`; constant layers, each a single cell, have no say."""
        filled = table[table["left_out"].isna()]
        seen = filled[~filled["constant"]] if not filled["constant"].all() else filled
        differences = seen["difference"].abs()
        # Two labels that are nowhere different need a scale too.
        return cls(seen["share"].max(), (differences.max() or 1.0) if differences.notna().any() else math.nan, colormap)

    def of_shares(self, shares: np.ndarray) -> list[str]:
        """A colour a share, darker for more: its square root shows small ones beside a large one."""
        return self._shares(np.sqrt(np.minimum(shares / self.largest, 1.0)))

    def of_differences(self, differences: np.ndarray) -> list[str]:
        """A colour a difference, from the second label's end of the colour map to the first label's."""
        places = np.round((0.5 - differences / self.widest / 2) * STEPS) / STEPS
        return [to_hex(color) for color in colormaps.colormap(self.colormap)(np.clip(places, 0.0, 1.0))]

    @staticmethod
    def _shares(places: np.ndarray) -> list[str]:
        steps = np.ceil(places * STEPS) / STEPS
        return [to_hex(color) for color in mpl.colormaps["viridis_r"](LIGHTEST + (DARKEST - LIGHTEST) * steps)]

    def draw_keys(self, canvas: Axes, labels: Sequence[str], *, left: float, right: float, base: float) -> None:
        """Draw the key of shares and, of two labels, that of their difference, below each other in a column."""
        compared = len(labels) == 2 and not math.isnan(self.widest)
        narrow = right - left < 0.9 * style.WIDTHS["text"] * 72
        middle = right if narrow or not compared else (left + right) / 2 - 12
        if not math.isnan(self.largest):
            self._draw_shares(canvas, left, middle, base + (KEY if narrow and compared else 0.0))
        if compared:
            self._draw_differences(canvas, labels, left if narrow else middle + 24, right, base)

    def _draw_shares(self, canvas: Axes, left: float, right: float, base: float) -> None:
        title = "documents in a cell, % of n"
        canvas.text(left, base + _TITLE, title, color=style.QUIET, va="baseline")
        places = np.linspace(0, 1, STEPS + 1)[1:]
        _draw_bar(canvas, self._shares(places), left, right, base)
        shares = shown_shares(self.largest, 0.0)
        largest = f"{100 * self.largest:.3g}"
        for share in [share for share in shares if share < 0.8 * self.largest]:
            _draw_tick(canvas, left + math.sqrt(share / self.largest) * (right - left), f"{100 * share:.3g}", base)
        canvas.text(right, base + 0.5, largest, va="baseline", ha="right")
        canvas.text(left, base + 0.5, "0", va="baseline")

    def _draw_differences(self, canvas: Axes, labels: Sequence[str], left: float, right: float, base: float) -> None:
        half = (right - left) / 2 - style.text_width("percentage points") / 2 - 4
        ends = [style.fitted(f"more {label}", half) for label in labels]
        canvas.text(left, base + _TITLE, ends[0], va="baseline")
        canvas.text(right, base + _TITLE, ends[1], va="baseline", ha="right")
        middle = (left + right) / 2
        canvas.text(middle, base + _TITLE, "percentage points", color=style.QUIET, va="baseline", ha="center")
        _draw_bar(canvas, self.of_differences(np.linspace(1, -1, STEPS + 1) * self.widest), left, right, base)
        most = f"{100 * self.widest:.3g}"
        canvas.text(left, base + 0.5, most, va="baseline")
        canvas.text(right, base + 0.5, most, va="baseline", ha="right")
        _draw_tick(canvas, middle, "0", base)


def _draw_bar(canvas: Axes, colors: Sequence[str], left: float, right: float, base: float) -> None:
    wide = (right - left) / len(colors)
    for place, color in enumerate(colors):
        # Each reaches under the next: viewers draw hairlines between patches that only touch.
        reach = min(1.5 * wide, right - left - place * wide)
        corner = (left + place * wide, base + 9)
        canvas.add_patch(Rectangle(corner, reach, _BAR, facecolor=color, edgecolor="none"))


def _draw_tick(canvas: Axes, place: float, name: str, base: float) -> None:
    canvas.plot([place] * 2, [base + 7.5, base + 9], color=style.QUIET, lw=0.5)
    canvas.text(place, base + 0.5, name, va="baseline", ha="center")
