"""Captions of metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import listed, opening
from nrag.statistics.stability import changing, factors_in_words


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption of metrics says, some of it empty."""
    return [
        *opening("Metrics of the Neural Region Activation Graphs", figure, shown, documents=documents),
        "One panel per metric, a row per model, a marker per label.",
        f"Small points: seeds {listed(seeds)} of the reduction; large markers: their mean." if len(seeds) > 1 else "",
        "No test is shown. Nearly all metrics depend on n: compare them at equal n only.",
        _sampled(shown),
        _signs(shown),
        *_unmarked(shown),
    ]


def _unmarked(shown: pd.DataFrame) -> list[str]:
    few = shown["left_out"].notna()
    return [
        "No marker: undefined." if (shown["value"].isna() & ~few).any() else "",
        "No marker where too few documents of the model have the label." if few.any() else "",
    ]


def _signs(shown: pd.DataFrame) -> str:
    marked = changing(shown["sign_depends_on"])
    if not len(marked):
        return ""
    return (
        "Letters beside the marks: which label has more, of as many documents of each, depends on the "
        f"{factors_in_words(marked)}: such a sign says nothing."
    )


def _sampled(shown: pd.DataFrame) -> str:
    drawn = shown[shown["sample"].notna()]
    metrics = [name.replace("_", " ") for name in drawn["metric"].unique()]
    counts = sorted({int(count) for count in drawn["sample"]})
    return (
        f"Where a graph has more regions, {listed(counts)} drawn ones stand for all in {listed(metrics)}."
        if counts
        else ""
    )
