"""The colours between two labels. A module of its own: the check before any job asks for no other part of a figure."""

import difflib

import matplotlib as mpl
from matplotlib.colors import Colormap, LinearSegmentedColormap

SHARED = "#a6a6a6"
"""Used by all labels alike."""

_NRAG = LinearSegmentedColormap.from_list("nrag", ["#1f4e9c", SHARED, "#d6402b"])


def colormap(name: str) -> Colormap:
    """The colour map of two labels: `nrag` (blue, grey, red), or any of Matplotlib's by name.

    Raises ValueError, with the nearest names, for a name that is neither.
    """
    if name == "nrag":
        return _NRAG
    if name not in mpl.colormaps:
        near = difflib.get_close_matches(name, ["nrag", *mpl.colormaps], n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "try nrag, coolwarm or viridis"
        raise ValueError(f"Matplotlib has no colour map '{name}'; {hint}")
    return mpl.colormaps[name]
