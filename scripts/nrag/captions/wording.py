"""What captions of several kinds of figures say alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

_LABELS_NAMED = 12


def opening(name: str, figure: Mapping[str, Any], counts: pd.DataFrame, *, documents: int) -> list[str]:
    """What a figure of a grid's regions is of, and under which settings; `counts` as `counted` takes them."""
    return [
        f"{name} of {listed(figure['models'])} on {figure['corpus']}: {counted(counts)}.",
        f"{figure['pooling'].capitalize()} pooling, reduction {figure['reduction']}, {divided(figure)}.",
        f"Regions were fitted on all {documents:,} documents of the corpus{together(figure)}.",
    ]


def divided(figure: Mapping[str, Any]) -> str:
    """How a figure's layers are divided into regions.

    >>> divided({"size": 6, "bins": "kmeans"})
    '6 × 6 regions by k-means of the hidden states'
    """
    by = "regions by k-means of the hidden states" if figure["bins"] == "kmeans" else f"{figure['bins']} bins"
    return f"{figure['size']} × {figure['size']} {by}"


def together(figure: Mapping[str, Any]) -> str:
    """Which models share a fit, if several do."""
    several = figure["space"] is not None and len(figure["models"]) > 1
    return f" under {listed(figure['models'])} together" if several else ""


def drawn_seed(shown: pd.DataFrame, seeds: Sequence[int]) -> str:
    """Which of several seeds is drawn."""
    return f"Drawn: seed {shown['seed'].iloc[0]} of {listed(seeds)}." if len(seeds) > 1 else ""


def counted(counts: pd.DataFrame) -> str:
    """Labels with their documents, in the figure's order: the first twelve, and how many more."""
    typed = counts.assign(label=counts["label"].fillna("all documents"), n=counts["documents"].astype(int))
    ranges = typed.groupby("label", sort=False)["n"].agg(["min", "max"])
    named = [f"{label} (n = {_range(low, high)})" for label, low, high in ranges.head(_LABELS_NAMED).itertuples()]
    further = len(ranges) - len(named)
    return ", ".join(named) + (f" and {further} more labels" if further else "")


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def of_one_vector(layers: Sequence[int], done: str) -> str:
    """Which layers are not shown as others are, and why; empty without any.

    >>> of_one_vector([0], "not drawn")
    'Layer 0 is not drawn: all documents have one vector there.'
    >>> of_one_vector([0, 3], "crossed out")
    'Layers 0 and 3 are crossed out: all documents have one vector there.'
    """
    if not layers:
        return ""
    named = f"Layer {layers[0]} is" if len(layers) == 1 else f"Layers {listed(layers)} are"
    return f"{named} {done}: all documents have one vector there."


def listed(names: Sequence[Any], last_by: str = "and") -> str:
    """Names in a sentence.

    >>> listed([0, 1, 2]), listed(["a", "b"], "or")
    ('0, 1 and 2', 'a or b')
    """
    *first, last = map(str, names)
    return f"{', '.join(first)} {last_by} {last}" if first else last
