"""What the page says of each corpus: its labels, what was left out of it, what poolings lose of it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nrag import comparison, contracts, distinct
from nrag.page.entries import Corpus
from nrag.page.numbers import counts, thousands

_LABELS_SHOWN = 12


def corpus_card(corpus: Corpus, measured: pd.DataFrame, quality: pd.DataFrame) -> dict[str, Any]:
    """A corpus with its labels, the rows that were read of it, and what was odd among them."""
    own = quality[(quality["corpus"] == corpus.name) & (quality["model"] == "") & (quality["label"] == "")]
    read = own.loc[(own["problem"] == "") & (own["action"] == "read"), "documents"].astype("int64")
    return {
        "corpus": corpus,
        "labellings": _labellings(measured[measured["corpus"] == corpus.name]),
        "read": int(read.sum()),
        "findings": _findings(own[own["problem"] != ""]),
    }


def problems(quality: pd.DataFrame) -> list[dict[str, str]]:
    """The rows that tell of a problem."""
    return quality[quality["problem"] != ""].to_dict("records")


def alike(quality: pd.DataFrame, documents: Mapping[str, int]) -> list[dict[str, Any]]:
    """Poolings that do not tell all texts apart, a sentence each; models of which the same is true share one."""
    shared: dict[tuple[str, str, str], list[str]] = {}
    rows = quality[quality["problem"].isin([comparison.SHARED, comparison.CONSTANT])]
    for (corpus, model, pooling), own in rows.groupby(["corpus", "model", "pooling"], sort=False):
        words = _alike_in_words(own, documents[corpus])
        shared.setdefault((corpus, pooling, words), []).append(model)
    return [
        {"corpus": corpus, "pooling": pooling, "models": models, "words": words}
        for (corpus, pooling, words), models in shared.items()
    ]


def _findings(rows: pd.DataFrame) -> list[str]:
    return [f"{thousands(int(row.documents))} × {row.problem}, {row.action}" for row in rows.itertuples()]


def _labellings(measured: pd.DataFrame) -> list[dict[str, Any]]:
    labelled = measured[measured["label"] != contracts.ALL_DOCUMENTS]
    found = []
    for name, group in labelled.groupby("labelling"):
        # With a labelling per model the same label may have other documents in each model.
        sizes = group.groupby("label")["documents"].agg(["min", "max"])
        largest = sizes["max"].max()
        labels = [
            {"label": label, "count": counts(low, high), "share": high / largest}
            for label, low, high in sizes.itertuples()
        ]
        found.append({"name": name, "labels": labels[:_LABELS_SHOWN], "more": labels[_LABELS_SHOWN:]})
    return found


def _alike_in_words(rows: pd.DataFrame, documents: int) -> str:
    constant = sorted(rows.loc[rows["problem"] == comparison.CONSTANT, "layer"].astype(int))
    some = rows[rows["problem"] == comparison.SHARED].astype({"layer": "int64", "documents": "int64"})
    words = []
    if constant:
        words.append(f"every document has the same vector in {distinct.layers_in_words(constant)}")
    if len(some):
        counted = f"{counts(some['documents'].min(), some['documents'].max())} of {thousands(documents)} documents"
        words.append(f"{counted} have the vector of another one in {distinct.layers_in_words(sorted(some['layer']))}")
    if {*constant, *some["layer"]} == {0}:
        words.append("the layers above tell all apart")
    return "; ".join(words)
