"""The traced blocks of a study as the start page shows them: a row each, with the page of its neurons."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nrag.page.numbers import number

_PLACE = ["corpus", "model", "block"]

SHOWN = (("graph", "text"), ("token", "text"), ("sequence", "text"), ("graph", "top"))
"""Method and split of the columns: graphs beside both look-up tables in text as it comes, graphs in the strongest."""


def block_view(
    table: pd.DataFrame, pages: Mapping[tuple[str, str, int], str], labels: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """A row for each model, corpus and block of the study's table of neurons, read back as text.

    `pages` link the page of each corpus, model and block, `labels` the table of the neurons that tell labels of each
    corpus and model. Means are over neurons, both signs together.
    """
    both = table[table["sign"] == "0"]
    rows = []
    for (corpus, model, block), own in both.groupby(_PLACE, sort=False):
        first = own.iloc[0]
        cells = [_cell(own[(own["method"] == method) & (own["split"] == split)]) for method, split in SHOWN]
        graph = own[(own["method"] == "graph") & (own["split"] == "text")].iloc[0]
        rows.append({
            "corpus": corpus,
            "model": model,
            "block": int(block),
            "page": pages.get((corpus, model, int(block))),
            "labels": labels.get((corpus, model)),
            "neurons": int(first["neurons"]),
            "failed": int(first["failed"]),
            "cells": cells,
            "detection": _number(graph["detection_auc"]),
        })  # fmt: skip
    return rows


def _cell(row: pd.DataFrame) -> dict[str, str]:
    values = row.iloc[0]
    interval = "" if pd.isna(values["f1_low"]) else f"{_number(values['f1_low'])} to {_number(values['f1_high'])}"
    return {"text": _number(values["f1"]), "interval": interval}


def _number(value: str) -> str:
    return "–" if pd.isna(value) else number(float(value), 2)
