"""Tables of numbers as the page shows them: a row per graph or fit, a column per metric or layer."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from nrag import comparison, contracts
from nrag.page.entries import grid
from nrag.page.numbers import decimals, number, thousands

HEADLINE = (
    "mean_degree",
    "kurt_degree",
    "mean_strength",
    "skew_strength",
    "assortativity",
    "density",
    "center_of_mass",
)
"""Metrics whose columns are open at first, in this order: those of LLM-MRI. The others follow, closed."""

PROJECTED = ("even_", "odd_")
"""How the names of metrics begin that the page leaves out: two dozen columns of which each alone tells little."""

QUALITIES = {"explained_variance": "share of variance", "trustworthiness": "trustworthiness"}
"""What the quality of a reduction is called on the page."""


def metric_view(measured: pd.DataFrame) -> dict[str, Any]:
    """The table of the page from `comparison.summary`: a row per run, model and label, a column per metric.

    What of the place says the same in every row is no column but stands in `fixed`. Columns start
    with HEADLINE; if the study has none of these, all are open. Those of PROJECTED are left out. What
    is told of a labelling stands in the row of all documents, in columns of its own.
    """
    measured = _of_labellings_beside(measured[~measured["metric"].str.startswith(PROJECTED)])
    places = measured.assign(grid=[grid(place) for place in measured.itertuples()])
    names = ["model", "space", "corpus", "pooling", "reduction", "grid", "labelling"]
    if (places["space"] == places["model"]).all():
        names.remove("space")
    # All documents have no labelling: that alone makes no column.
    values = {name: set(places[name]) - {contracts.ALL_DOCUMENTS} for name in names}
    varying = [name for name in names if len(values[name]) > 1]
    columns = [_column(name, places[places["metric"] == name]) for name in _in_order(places["metric"])]
    if not any(column["open"] for column in columns):
        columns = [column | {"open": True} for column in columns]
    keys = [*comparison.PLACE, "grid", "model", "labelling", "label", "documents"]
    return {
        "varying": varying,
        "fixed": {name: values[name].pop() for name in names if len(values[name]) == 1},
        "columns": columns,
        "rows": _rows(places, keys, columns),
        "labels": sorted(set(places["label"])),
    }


def component_view(correlated: pd.DataFrame) -> dict[str, Any]:
    """The table of component graphs from `comparison.summary`: a row per graph, a column per metric."""
    varying = [
        name for name in ("space", "corpus", "pooling", "reduction", "labelling") if len(set(correlated[name])) > 1
    ]
    columns = [_column(name, correlated[correlated["metric"] == name]) for name in sorted(set(correlated["metric"]))]
    keys = [*comparison.EMBEDDING, "model", "labelling", "label", "documents"]
    return {"varying": varying, "columns": columns, "rows": _rows(correlated, keys, columns)}


def reduction_view(kept: pd.DataFrame) -> dict[str, Any]:
    """The table of the page from `comparison.reduction_summary`: a row per model and embedding, a column per layer.

    A cell is None where the model has no such layer or nothing was fitted to it. Corpus and pooling
    are columns if there are several.
    """
    layers = sorted(set(kept["layer"]))
    keys = ["space", "corpus", "pooling", "reduction", "model", "quality"]
    rows = []
    for key, group in kept.groupby(keys, sort=False):
        values = dict(zip(group["layer"], group["value"], strict=True))
        row = dict(zip(keys, key, strict=True))
        row["name"] = comparison.model_in(row["space"], row["model"])
        row["measure"] = QUALITIES.get(row["quality"], row["quality"])
        found = [values.get(layer, math.nan) for layer in layers]
        row["cells"] = [None if math.isnan(value) else number(value, 2) for value in found]
        rows.append(row)
    varying = [name for name in ("corpus", "pooling") if kept[name].nunique() > 1]
    return {"layers": layers, "rows": rows, "varying": varying}


def _of_labellings_beside(measured: pd.DataFrame) -> pd.DataFrame:
    """Values of a labelling as further metrics of all documents: `METRIC of LABELLING`."""
    whole = measured["label"] == contracts.ALL_DOCUMENTS
    of_labelling = whole & (measured["labelling"] != contracts.ALL_DOCUMENTS)
    names = measured["metric"].where(~of_labelling, measured["metric"] + " of " + measured["labelling"])
    labellings = measured["labelling"].where(~of_labelling, contracts.ALL_DOCUMENTS)
    # One row shows them together, under the number of all documents, with or without a label.
    counts = measured["documents"].where(
        ~whole, measured.groupby([*comparison.PLACE, "model"])["documents"].transform("max")
    )
    return measured.assign(metric=names, labelling=labellings, documents=counts)


def _in_order(metrics: Iterable[str]) -> list[str]:
    return sorted(set(metrics), key=lambda name: (HEADLINE.index(name) if name in HEADLINE else len(HEADLINE), name))


def _rows(places: pd.DataFrame, keys: list[str], columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for key, group in places.groupby(keys, sort=False):
        found = {row.metric: row for row in group.itertuples()}
        cells = [_cell(found.get(column["name"]), column) for column in columns]
        rows.append(dict(zip(keys, key, strict=True)) | {"cells": cells})
    return rows


def _column(name: str, values: pd.DataFrame) -> dict[str, Any]:
    low, high = values["low"].min(), values["high"].max()
    whole = (values[["low", "mean", "high"]].dropna() % 1 == 0).all(axis=None)
    return {
        "name": name,
        "open": name in HEADLINE,
        "low": low,
        "width": high - low,
        "decimals": 0 if whole else decimals(max(abs(low), abs(high))),
    }


def _cell(found: Any, column: Mapping[str, Any]) -> dict[str, Any] | None:
    """One number as text, its sort value, range over the seeds, and places (0 to 1) within the column."""
    if found is None or not found.defined:
        return None
    values = (found.low, found.mean, found.high)
    low, mean, high = (number(value, column["decimals"]) for value in values)
    spread = column["width"] > 0
    return {
        "text": mean,
        "value": f"{found.mean:.6g}",
        "range": f"{low} to {high}" if low != high else "",
        "places": [f"{(value - column['low']) / column['width']:.3f}" for value in values] if spread else [],
        "partly": f"{found.defined} of {found.seeds} seeds" if found.defined < found.seeds else "",
        "sampled": f"from {thousands(found.sample)} regions" if found.sample else "",
    }
