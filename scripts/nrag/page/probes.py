"""The table of probes as the page shows it: a row for each kind of features, a column a layer."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from nrag.page.numbers import number
from nrag.probing.scores import SHOWN
from nrag.probing.summary import GUESSES, PLACE, SET

FEATURES = {
    "states": "hidden state",
    "coordinates": "coordinates",
    "regions": "regions",
    "bag_of_words": "bag of words",
    "text_length": "text length",
}
"""What the features are called on the page."""

_LINE = [*PLACE, *SET[:-1]]


def probing_view(table: pd.DataFrame) -> dict[str, Any]:
    """The table of the page from that of `nrag.probing.summary.probing_table`, read back as text.

    `SHOWN` of every model, kind of features and layer, with its standard error, and first of the texts alone, in
    the column of all layers together; a cell is None where a model has no such layer. What could not be probed
    stands in `problems`. Corpus and pooling are columns if there are several.
    """
    failed = table[table["problem"].notna()]
    shown = table[(table["score"] == SHOWN) & ~table["features"].isin(GUESSES)]
    shown = shown.fillna(dict.fromkeys(_LINE, ""))
    depths = sorted(set(shown["layer"].dropna().astype(int)))
    rows = []
    for key, group in shown.groupby(_LINE, sort=False):
        row = dict(zip(_LINE, key, strict=True))
        cells = {None if pd.isna(each.layer) else int(each.layer): _cell(each) for each in group.itertuples()}
        row["grid"] = f"{row['size']} × {row['size']} {row['bins']}" if row["bins"] else ""
        row |= {"name": _name(row), "what": _what(row), "chance": number(float(group["chance"].iloc[0]), 2)}
        rows.append(row | {"cells": [cells.get(layer) for layer in [*depths, None]]})
    first = {
        name: list(dict.fromkeys(row[name] for row in rows)) for name in ("corpus", "comparison", "pooling", "model")
    }

    def order(row: Mapping[str, Any]) -> list:
        corpus, comparison, pooling, model = (known.index(row[name]) for name, known in first.items())
        alike = [row["reduction"], list(FEATURES).index(row["features"]), row["grid"]]
        return [corpus, comparison, row["model"] != "", pooling, model, *alike]

    return {
        "layers": depths,
        "rows": sorted(rows, key=order),
        "varying": [name for name in ("corpus", "pooling") if len(set(shown[name]) - {""}) > 1],
        "problems": failed[["corpus", "comparison", "problem"]].to_dict("records"),
    }


def _cell(row: Any) -> dict[str, str]:
    error = float(row.standard_error)
    return {"text": number(float(row.mean), 2), "error": "" if math.isnan(error) else f"± {number(error, 2)}"}


def _name(row: Mapping[str, str]) -> str:
    """Whose features they are; those of the texts alone are no model's."""
    if not row["model"]:
        return "texts alone"
    return row["model"] if row["model"] == row["space"] else f"{row['model']} in {row['space']}"


def _what(row: Mapping[str, str]) -> str:
    words = " ".join(filter(None, [row["reduction"], row["grid"], FEATURES[row["features"]]]))
    return f"{words}, fitted on all documents" if row["fitted_on"] == "all" else words
