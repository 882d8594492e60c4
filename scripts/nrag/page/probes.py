"""The table of probes as the page shows it: a row for each kind of features, a column a layer."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nrag.comparison import model_in
from nrag.page.entries import grid
from nrag.page.numbers import number
from nrag.probing.scores import SHOWN
from nrag.probing.summary import FEATURES, GUESSES, PLACE, SET, names_of

_LINE = [*PLACE, *SET[:-1]]

_KIND = SET[1:5]


def probing_view(table: pd.DataFrame) -> dict[str, Any]:
    """The table of the page from that of `nrag.probing.summary.probing_table`, read back as text.

    `SHOWN` of every model, kind of features and layer, with its standard error, and first of the texts alone, in
    the column of all layers together; a cell is None where a model has no such layer. What could not be probed
    stands in `problems`. Corpus and pooling are columns if there are several.
    """
    failed = table.loc[table["problem"].notna(), ["corpus", "comparison", "problem"]]
    shown = table[(table["score"] == SHOWN) & ~table["features"].isin(GUESSES)]
    shown = shown.fillna(dict.fromkeys(_LINE, ""))
    depths = sorted(set(shown["layer"].dropna().astype(int)))
    kinds = list(shown[list(_KIND)].drop_duplicates().itertuples(index=False, name=None))
    names = dict(zip(kinds, names_of(kinds), strict=True))
    rows = []
    for key, group in shown.groupby(_LINE, sort=False):
        row = dict(zip(_LINE, key, strict=True))
        lines = list(group.itertuples())
        cells = {None if pd.isna(each.layer) else int(each.layer): _cell(each) for each in lines}
        row["grid"] = grid(lines[0]) if row["bins"] else ""
        row["name"] = model_in(row["space"], row["model"]) if row["model"] else "texts alone"
        row["what"] = names[tuple(row[name] for name in _KIND)]
        row["what"] += ", fitted on all documents" if row["fitted_on"] == "all" else ""
        row["chance"] = number(float(lines[0].chance), 2)
        rows.append(row | {"cells": [cells.get(layer) for layer in [*depths, None]]})
    return {
        "layers": depths,
        "rows": _in_order(rows),
        "varying": [name for name in ("corpus", "pooling") if len(set(shown[name]) - {""}) > 1],
        # It is the same of every space and pooling.
        "problems": failed.drop_duplicates().to_dict("records"),
    }


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Comparison by comparison in the order of the table, texts first; then pooling, model and space, likewise."""
    compared = [(row["corpus"], row["comparison"]) for row in rows]
    first = {name: [row[name] for row in rows] for name in ("pooling", "model", "space")}

    def order(row: Mapping[str, Any]) -> list:
        place = [first[name].index(row[name]) for name in first]
        alike = [row["reduction"], list(FEATURES).index(row["features"]), row["grid"]]
        return [compared.index((row["corpus"], row["comparison"])), row["model"] != "", *place, *alike]

    return sorted(rows, key=order)


def _cell(row: Any) -> dict[str, str]:
    return {"text": number(float(row.mean), 2), "error": f"± {number(float(row.standard_error), 2)}"}
