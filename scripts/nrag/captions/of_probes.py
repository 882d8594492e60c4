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
    on_all = shown.loc[shown["fitted_on"] == "all", "reduction"].unique().tolist()
    on_train = shown.loc[shown["fitted_on"] == "train", "reduction"].unique().tolist()
    sizes = f"{float(first['train_documents']):,.0f} training and {float(first['test_documents']):,.0f} test documents"
    return [
        f"How well labels are told from the layers of {place}: balanced accuracy (mean recall of the labels) on test "
        "documents of a logistic regression, by relative depth (0: embeddings, 1: last layer); all: all layers "
        "together.",
        f"{figure['pooling'].capitalize()} pooling; mean over {first['splits']} random splits into {sizes}, the same "
        "for all lines; bands and bars: one standard error on either side, corrected for overlapping splits (Nadeau "
        "and Bengio 2003).",
        f"Fitted on training parts: {listed(on_train)}, with their regions." if on_train else "",
        f"Fitted on all documents, the test parts included: {listed(on_all)}, with their regions." if on_all else "",
        "Seeds of a reduction are averaged." if most > 1 else "",
        "Horizontal lines: bag of words (TF-IDF) and text length in the same splits, and chance "
        f"({float(first['chance']):.3g}).",
    ]
