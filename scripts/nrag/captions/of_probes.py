"""Captions of probes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import listed


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption of probes says, some of it empty; it counts documents and seeds as the table does."""
    place = f"{listed(figure['models'])} on {figure['corpus']}, comparison {figure['comparison']}"
    if shown.empty:
        return [f"Labels of {place} were not probed; the figure says why."]
    first, most = shown.iloc[0], shown["seeds"].astype(int).max()
    sizes = f"{float(first['train_documents']):,.0f} training and {float(first['test_documents']):,.0f} test documents"
    return [
        f"How well labels are told from the layers of {place}: balanced accuracy (mean recall of the labels) on test "
        "documents of a logistic regression with balanced weights, by relative depth (0: embeddings, 1: last layer); "
        "all: all layers together.",
        f"{figure['pooling'].capitalize()} pooling; mean over {first['splits']} random splits into {sizes}, the same "
        "for all lines; bands and bars: one standard error on either side, corrected for overlapping splits (Nadeau "
        "and Bengio 2003).",
        _fitted("training parts", shown[shown["fitted_on"] == "train"]),
        _fitted("all documents, the test parts included", shown[shown["fitted_on"] == "all"]),
        "Seeds of a reduction are averaged." if most > 1 else "",
        "Horizontal lines: bag of words (TF-IDF) and text length in the same splits, and chance "
        f"({float(first['chance']):.3g}).",
    ]


def _fitted(documents: str, shown: pd.DataFrame) -> str:
    """Which reductions were fitted on what; only those to a plane have regions."""
    reductions = shown["reduction"].unique().tolist()
    planes = shown.loc[shown["features"] == "regions", "reduction"].unique().tolist()
    regions = f"; and the regions of {listed(planes)}" if planes else ""
    return f"Fitted on {documents}: {listed(reductions)}{regions}." if reductions else ""
