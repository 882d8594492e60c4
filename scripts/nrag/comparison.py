"""Tables of a whole study: what its runs measured, what its reductions keep, what was wrong with its data, what
software made it.

A run is one place of the results: a space and corpus under one pooling, reduction and grid.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts

PLACE = contracts.RUN
"""What names a run."""

EMBEDDING = PLACE[:4]
"""What names a file of coordinates, and a component graph."""

_OF_A_GRAPH = ("model", "labelling", "label", "documents", "metric")
_REDUCED = (*EMBEDDING, "model", "seed", "layer", "constant", "quality", "value")
CONSTANT, SHARED = "constant layer", "vector of another text"
"""What the quality table calls layers in which all documents have one vector, and in which some share theirs."""

_QUALITY = ("corpus", "model", "pooling", "layer", "label", "problem", "action", "documents")


def model_in(space: str, model: str) -> str:
    """What a model is called among those of several spaces.

    >>> model_in("minilm", "minilm"), model_in("both", "minilm")
    ('minilm', 'minilm in both')
    """
    return model if model == space else f"{model} in {space}"


# --------------------------------------------------------------------------------------- metrics


def metric_table(
    runs: Iterable[tuple[Mapping[str, Any], pd.DataFrame]], *, place: Sequence[str] = PLACE
) -> pd.DataFrame:
    """Every graph-level value of every run: one row per run, model, label, metric and seed, sorted.

    `runs` pairs a run's place with its metrics (contract METRICS); `place` says what names it, `EMBEDDING` for
    component graphs. Values of regions stay in the runs' own files. An undefined value is NaN and keeps its row;
    `sample` is null where nothing was drawn.
    """
    return _gathered(runs, "graph", place, [*_OF_A_GRAPH, "seed", "value", "sample"])


def layer_table(runs: Iterable[tuple[Mapping[str, Any], pd.DataFrame]]) -> pd.DataFrame:
    """Every value of every layer of every run: one row per run, model, label, metric, layer and seed, sorted.

    As `metric_table`; no metric of layers is sampled.
    """
    return _gathered(runs, "layer", PLACE, [*_OF_A_GRAPH, "layer", "seed", "value"])


def _gathered(
    runs: Iterable[tuple[Mapping[str, Any], pd.DataFrame]], level: str, place: Sequence[str], values: list[str]
) -> pd.DataFrame:
    parts = [
        metrics[metrics["level"] == level].assign(**{name: where[name] for name in place}) for where, metrics in runs
    ]
    columns = [*place, *values]
    # A study that reduces to more or fewer than two coordinates has no grid, hence no runs.
    table = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    order = [name for name in columns if name not in ("documents", "value", "sample")]
    return table.sort_values(order, kind="stable", ignore_index=True)


def summary(table: pd.DataFrame, *, place: Sequence[str] = PLACE) -> pd.DataFrame:
    """Mean, lowest and highest value over the seeds: one row per run, model, label and metric, in order.

    `table` is that of `metric_table` for this `place`, as computed or as read back from its TSV. `seeds` counts the
    seeds, `defined` those whose value is; the three numbers describe the defined ones and are NaN
    if there is none. `sample` is that of any seed, 0 if all of them started from all regions.
    """
    typed = table.assign(
        value=pd.to_numeric(table["value"]).astype("float64"),
        sample=pd.to_numeric(table["sample"]).fillna(0).astype("int64"),
        documents=table["documents"].astype("int64"),
        **({"size": table["size"].astype("int64")} if "size" in place else {}),
        labelling=table["labelling"].fillna(contracts.ALL_DOCUMENTS),
        label=table["label"].fillna(contracts.ALL_DOCUMENTS),
    )
    groups = typed.groupby([*place, *_OF_A_GRAPH], sort=False)
    values = groups["value"].agg(mean="mean", low="min", high="max", seeds="size", defined="count")
    return values.assign(sample=groups["sample"].max()).reset_index()


# --------------------------------------------------------------------------------------- quality


def quality_table(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The counts of `corpus_quality`, `truncated_texts`, `lost_texts`, `lost_differences` and `constant_layers` as one
    table.

    Columns: corpus; model, pooling and layer, empty where they play no part; label, empty for all
    documents; problem, empty where documents are only counted; action (read, kept, left out);
    documents. Rows are sorted; the count 0 occurs only for read and kept documents. A layer found
    constant by several reductions is one row.
    """
    table = pd.concat([_counts([]), *parts], ignore_index=True).drop_duplicates()
    return table.sort_values(list(_QUALITY[:-1]), kind="stable", na_position="first", ignore_index=True)


def corpus_quality(corpus: str, rows: pd.DataFrame, problems: pd.DataFrame) -> pd.DataFrame:
    """How many rows of the source were read, kept and left out and why, and how often each problem occurs.

    `rows` keeps contract ROWS, `problems` contract QUALITY. Problems are counted over all documents
    and per label; a document without a label counts only in the former. What was left out for a
    reason that is no problem of the text, as in a sample, is counted over all documents only.
    """
    counts = [
        {"corpus": corpus, "action": "read", "documents": len(rows)},
        {"corpus": corpus, "action": "kept", "documents": int(rows["document"].notna().sum())},
    ]
    everything = problems.assign(label=contracts.ALL_DOCUMENTS)
    labelled = pd.concat([everything, problems[problems["label"].notna()]])
    for (label, problem, action), group in labelled.groupby(["label", "problem", "action"]):
        counts.append({"corpus": corpus, "label": label, "problem": problem, "action": action, "documents": len(group)})
    listed = set(problems.loc[problems["action"] == "left out", "problem"])
    for reason, group in rows.groupby("left_out"):
        if reason not in listed:
            counts.append({"corpus": corpus, "problem": reason, "action": "left out", "documents": len(group)})
    return _counts(counts)


def truncated_texts(corpus: str, model: str, truncated: np.ndarray, labels: pd.Series | None) -> pd.DataFrame:
    """How many texts went beyond the model's window, over all documents and per label.

    `truncated` is bool and `labels` text, both one per document; without labels, or for a document
    whose label is null, only the count over all documents is made.
    """
    counts = {contracts.ALL_DOCUMENTS: int(np.count_nonzero(truncated))}
    if labels is not None:
        counts |= labels[truncated].value_counts().to_dict()
    return _counts(
        {
            "corpus": corpus,
            "model": model,
            "label": label,
            "problem": "truncated text",
            "action": "kept",
            "documents": count,
        }
        for label, count in counts.items()
        if count
    )


def lost_texts(corpus: str, model: str, texts: Iterable[str], *, documents: int) -> pd.DataFrame:
    """How many different texts are the same to a model as another one, if any: cut alike, or of words unknown to it.

    `documents` counts those that differ in what the model read.
    """
    lost = len(set(texts)) - documents
    found = {"problem": "tokens of another text", "action": "kept", "documents": lost}
    return _counts([{"corpus": corpus, "model": model} | found] if lost > 0 else [])


def lost_differences(
    corpus: str, model: str, pooling: str, vectors: Mapping[int, int], *, documents: int
) -> pd.DataFrame:
    """In how many documents, of those that the model read as different, each layer has the vector of another one.

    Such a pooling carries less than the texts: a decoder's `first` sees one token and no more, and
    so does any model's in layer 0. `vectors` are the different vectors of each layer; one with a
    single vector is left to `constant_layers`.
    """
    place = {"corpus": corpus, "model": model, "pooling": pooling}
    found = {"problem": SHARED, "action": "kept"}
    return _counts(
        place | found | {"layer": layer, "documents": documents - count}
        for layer, count in sorted(vectors.items())
        if 1 < count < documents
    )


def constant_layers(
    corpus: str, pooling: str, layers: Mapping[tuple[str, int, int], Mapping[str, Any]], *, documents: int
) -> pd.DataFrame:
    """The layers in which every document has the same vector: no structure there is the texts'.

    `layers` holds the attributes of each (model, seed, layer) of a coordinates file.
    """
    constant = sorted({(model, layer) for (model, _, layer), found in layers.items() if found["constant"]})
    found = {"problem": CONSTANT, "action": "kept", "documents": documents}
    return _counts(
        {"corpus": corpus, "model": model, "pooling": pooling, "layer": layer} | found for model, layer in constant
    )


def _counts(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=list(_QUALITY))
    texts = [name for name in _QUALITY if name not in ("layer", "documents")]
    table[texts] = table[texts].astype("str").where(table[texts].notna(), "")
    return table.astype({"layer": "Int16", "documents": "int64"})


# ------------------------------------------------------------------------------------ reductions


def reduction_table(
    embeddings: Iterable[tuple[Mapping[str, Any], Mapping[tuple[str, int, int], Mapping[str, Any]]]],
) -> pd.DataFrame:
    """How much of every layer its coordinates show: one row per embedding, model, seed and layer, sorted.

    `embeddings` pairs a place (space, corpus, pooling, reduction) with the attributes of each (model,
    seed, layer) of its coordinates. `quality` names what `value` is: explained_variance, the share of
    the layer's variance about its mean that all components together keep, or trustworthiness. Both lie
    between 0 and 1; NaN where nothing was fitted, as in a constant layer.
    """
    rows = [
        {**{name: place[name] for name in EMBEDDING}, "model": model, "seed": seed, "layer": layer, **_fit(attributes)}
        for place, layers in embeddings
        for (model, seed, layer), attributes in layers.items()
    ]
    table = pd.DataFrame(rows, columns=list(_REDUCED))
    return table.sort_values(list(_REDUCED[:7]), kind="stable", ignore_index=True)


def _fit(attributes: Mapping[str, Any]) -> dict[str, Any]:
    (quality,) = set(attributes) - {"constant"}
    return {
        "constant": bool(attributes["constant"]),
        "quality": quality,
        "value": float(np.sum(attributes[quality])),
    }


def reduction_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over the seeds: one row per embedding, model and layer, in order; NaN where no seed has a value.

    `table` is that of `reduction_table`, as computed or as read back from its TSV.
    """
    typed = table.assign(value=pd.to_numeric(table["value"]).astype("float64"), layer=table["layer"].astype("int64"))
    return typed.groupby([*EMBEDDING, "model", "quality", "layer"], sort=False)["value"].mean().reset_index()


# -------------------------------------------------------------------------------------- software


def version_table(recorded: Iterable[tuple[str, Mapping[str, str]]]) -> pd.DataFrame:
    """One row per package and version, sorted: package, version, and what it made.

    `recorded` pairs a kind of file with the software that a file of it says it was made with.
    Kinds made with different versions of a package are rows of their own.
    """
    made: dict[tuple[str, str], set[str]] = {}
    for kind, software in recorded:
        for package, version in software.items():
            made.setdefault((package, version), set()).add(kind)
    rows = [(*key, ", ".join(sorted(kinds))) for key, kinds in sorted(made.items())]
    return pd.DataFrame(rows, columns=["package", "version", "made"])
