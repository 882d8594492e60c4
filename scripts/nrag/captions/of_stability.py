"""Captions of what holds under variants."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import divided, listed
from nrag.statistics.stability import changing, factors_in_words

_VARIED = {
    "seed": "single seeds of the reduction",
    "shift": "the grid moved by half a cell along one axis or both",
    "size": "other sizes of the grid",
    "bins": "other bins",
    "reduction": "other reductions",
    "pooling": "other poolings",
}

_SEPARATIONS = (
    "Separations are observed values, not effects: by chance alone labels lie the farther apart, the fewer documents a "
    "region has, so under other grids, bins and reductions they change by chance too (all but label information, which "
    "is adjusted for chance); effects of every run are in tests.tsv."
)


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption of variants says; it counts documents and seeds as the tests do."""
    place = f"{listed(figure['models'])} on {figure['corpus']}, comparison {figure['comparison']}"
    if shown.empty:
        return [f"Nothing was varied of {place}."]
    first = shown.iloc[0]
    factors = [words for factor, words in _VARIED.items() if factor in set(shown["factor"])]
    differences = (shown["test"] == "difference").any()
    return [
        f"What holds of {place}, under choices that could have been made otherwise, one at a time"
        f"{': ' + listed(factors) if factors else ', of which this study has none'}.",
        f"{figure['pooling'].capitalize()} pooling, {_reductions(shown)}, "
        f"{divided({'bins': first['bins'], 'size': first['size']})}, all {documents:,} documents of the corpus.",
        "Bar: the value that is tested, the mean over the seeds; marks: the same under one other choice. Every row has "
        "a scale of its own, from 0 to the largest value in the figure.",
        "Same regions: adjusted mutual information of the regions with those that are drawn (1: the same documents "
        "together; 0: chance).",
        _SEPARATIONS if (shown["test"] == "separation").any() else "",
        "Differences are of as many documents of each label." if differences else "",
        _signs(shown),
    ]


def _reductions(shown: pd.DataFrame) -> str:
    names = shown["reduction"].unique()
    return f"{'reductions' if len(names) > 1 else 'reduction'} {listed(names)}"


def _signs(shown: pd.DataFrame) -> str:
    differences = shown[(shown["test"] == "difference") & (shown["factor"] == "reference")]
    marked = changing(differences["sign_depends_on"])
    if not len(marked):
        return "No difference changes its sign." if len(differences) else ""
    return (
        "Letters beside a row: choices under which the sign of the difference is not the same throughout, the "
        f"{factors_in_words(marked)}: {len(marked)} of {len(differences)} differences."
    )
