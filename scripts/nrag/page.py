"""The start page of a study: one HTML file without a library, a font or a request of its own.

Plain data in, HTML text out. Every link is relative to the page and every name in it escaped, for
labels are written by whoever wrote the data. No text of a corpus is on this page.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd

from nrag import comparison, contracts, distinct

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

FACETS = ("corpus", "model", "pooling", "reduction", "grid")
"""What the page can be narrowed to."""

CONTROLS = 3
"""Untrained twins of a trained model that a published comparison needs: fewer tell nothing of their spread."""

QUALITIES = {"explained_variance": "share of variance", "trustworthiness": "trustworthiness"}
"""What the quality of a reduction is called on the page."""

_LABELS_SHOWN = 12


@dataclass(frozen=True)
class Figure:
    """One drawing of a comparison, and its files by the ends of their names (png, svg, nodes.tsv, ...)."""

    name: str
    kind: str
    """nrag, maps, map-LAYER, metrics, components or probing."""
    corpus: str
    comparison: str
    pooling: str
    reduction: str | None
    """None where the figure is of all reductions and grids, as that of probes is."""
    models: tuple[str, ...]
    files: Mapping[str, str]
    bins: str = ""
    size: int = 0
    components: int = 0
    """Of a component graph, which has no grid."""
    basis: str = "all-documents"
    """all-documents or per-label, of a component graph."""
    space: str | None = None
    caption: str = ""
    """In sentences, see `captions`."""


@dataclass(frozen=True)
class Run:
    """One space, with its models, and corpus under one pooling, reduction and grid (or number of components), and its
    files by name.
    """

    space: str
    models: tuple[str, ...]
    corpus: str
    pooling: str
    reduction: str
    files: Mapping[str, str]
    bins: str = ""
    size: int = 0
    components: int = 0


@dataclass(frozen=True)
class Corpus:
    """A corpus: its documents, the digest of its content, and its files by name."""

    name: str
    documents: int
    content: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Extraction:
    """What a model made of a corpus."""

    model: str
    corpus: str
    documents: int
    hidden_states: int
    tokens: float
    """Median of the tokens read of a document."""
    truncated: int
    """Texts that went beyond the window."""
    attributes: Mapping[str, Any]
    """Those of contract ACTIVATIONS."""
    files: Mapping[str, str] = field(default_factory=dict)


def index(
    template: str,
    *,
    study: str,
    corpora: Sequence[Corpus],
    extractions: Sequence[Extraction],
    controls: Mapping[str, int],
    figures: Sequence[Figure],
    runs: Sequence[Run],
    metrics: pd.DataFrame,
    quality: pd.DataFrame,
    reductions: pd.DataFrame,
    versions: pd.DataFrame,
    tables: Mapping[str, str],
    resolved: str,
    components: pd.DataFrame | None = None,
) -> str:
    """The page as HTML text.

    `metrics`, `components` (metrics of component graphs), `quality`, `reductions` and `versions` are the tables
    of `comparison`, computed or read back from TSV; `controls` counts the untrained twins of each trained model;
    `tables` names and links their files; `resolved` is the study's config in full, as YAML.
    The order of corpora, figures and runs is kept, so models that belong side by side, such as a
    trained one and its untrained control, come one after the other.
    """
    measured = comparison.summary(metrics)
    correlated = measured[:0] if components is None else comparison.summary(components, place=comparison.EMBEDDING)
    counted = pd.concat([measured, correlated], ignore_index=True)
    quality = quality.astype("string").fillna("")
    return (
        _environment()
        .from_string(template)
        .render(
            study=study,
            facets=_facets(runs),
            corpora=[_corpus_card(corpus, counted, quality) for corpus in corpora],
            extractions=extractions,
            controls=controls,
            needed=CONTROLS,
            models=list(dict.fromkeys(extraction.model for extraction in extractions)),
            weights=list(dict.fromkeys((made.model, made.attributes["weights"]) for made in extractions)),
            gallery=_gallery(figures),
            figures=len(figures),
            runs=runs,
            metrics=metric_view(measured),
            components=component_view(correlated),
            problems=_problems(quality),
            alike=_alike(quality, {corpus.name: corpus.documents for corpus in corpora}),
            reductions=reduction_view(comparison.reduction_summary(reductions)),
            seeds=seeds_of(metrics if components is None else pd.concat([metrics, components])),
            versions=versions.to_dict("records"),
            tables=tables,
            resolved=resolved,
        )
    )


def link(path: str) -> str:
    """A relative path as it may stand in an attribute: what has a meaning in an address is encoded.

    >>> link("figures/50% #1.png")
    'figures/50%25%20%231.png'
    """
    return quote(path, safe="/")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"link": link, "condition": condition, "grid": grid, "shown": shown, "thousands": thousands}
    return environment


# -------------------------------------------------------------------------------- names of places


def grid(place: Figure | Run) -> str:
    """The grid as it stands in the page, 10 × 10 equal, or the components of a graph without one."""
    return f"{place.size} × {place.size} {place.bins}" if place.size else f"{place.components} components"


def shown(figure: Figure) -> str:
    """What a figure shows, in a word or two.

    >>> shown(Figure("map-3--m", "map-3", "c", "pair", "mean", "pca", "equal", 10, ("m",), {}, space="m"))
    'Region maps of layer 3'
    """
    kind, _, layer = figure.kind.partition("-")
    words = {"nrag": "NRAG", "metrics": "Metrics", "maps": "Region maps"}
    words |= {"components": "Component graph", "probing": "Probing"}
    where = "the last layer" if layer == "last" else f"layer {layer}"
    return words.get(kind, f"Region maps of {where}")


def condition(place: Figure | Run) -> str:
    """Reduction, pooling and grid in one line."""
    if place.reduction is None:
        return f"all reductions · {place.pooling} pooling"
    return f"{place.reduction} · {place.pooling} pooling · {grid(place)}{' bins' if place.size else ''}"


def _facets(runs: Sequence[Run]) -> dict[str, list[str]]:
    values = {
        "corpus": [run.corpus for run in runs],
        "model": [model for run in runs for model in run.models],
        "pooling": [run.pooling for run in runs],
        "reduction": [run.reduction for run in runs],
        "grid": [grid(run) for run in runs],
    }
    return {name: list(dict.fromkeys(values[name])) for name in FACETS}


# ---------------------------------------------------------------------------------------- corpora


def _corpus_card(corpus: Corpus, measured: pd.DataFrame, quality: pd.DataFrame) -> dict[str, Any]:
    own = quality[(quality["corpus"] == corpus.name) & (quality["model"] == "") & (quality["label"] == "")]
    read = own.loc[(own["problem"] == "") & (own["action"] == "read"), "documents"].astype("int64")
    return {
        "corpus": corpus,
        "labellings": _labellings(measured[measured["corpus"] == corpus.name]),
        "read": int(read.sum()),
        "findings": _findings(own[own["problem"] != ""]),
    }


def _findings(rows: pd.DataFrame) -> list[str]:
    return [f"{thousands(int(row.documents))} × {row.problem}, {row.action}" for row in rows.itertuples()]


def _labellings(measured: pd.DataFrame) -> list[dict[str, Any]]:
    labelled = measured[measured["label"] != contracts.ALL_DOCUMENTS]
    found = []
    for name, group in labelled.groupby("labelling"):
        # With a labelling per model the same label may have other documents in each model.
        counts = group.groupby("label")["documents"].agg(["min", "max"])
        largest = counts["max"].max()
        labels = [
            {"label": label, "count": _range(low, high), "share": high / largest}
            for label, low, high in counts.itertuples()
        ]
        found.append({"name": name, "labels": labels[:_LABELS_SHOWN], "more": labels[_LABELS_SHOWN:]})
    return found


def _range(low: int, high: int) -> str:
    return thousands(low) if low == high else f"{thousands(low)}–{thousands(high)}"


def _problems(quality: pd.DataFrame) -> list[dict[str, str]]:
    return quality[quality["problem"] != ""].to_dict("records")


def _alike(quality: pd.DataFrame, documents: Mapping[str, int]) -> list[dict[str, Any]]:
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


def _alike_in_words(rows: pd.DataFrame, documents: int) -> str:
    constant = sorted(rows.loc[rows["problem"] == comparison.CONSTANT, "layer"].astype(int))
    some = rows[rows["problem"] == comparison.SHARED].astype({"layer": "int64", "documents": "int64"})
    words = []
    if constant:
        words.append(f"every document has the same vector in {distinct.layers_in_words(constant)}")
    if len(some):
        counted = f"{_range(some['documents'].min(), some['documents'].max())} of {thousands(documents)} documents"
        words.append(f"{counted} have the vector of another one in {distinct.layers_in_words(sorted(some['layer']))}")
    if {*constant, *some["layer"]} == {0}:
        words.append("the layers above tell all apart")
    return "; ".join(words)


# ------------------------------------------------------------------------------------- reductions


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
        row["name"] = row["model"] if row["model"] == row["space"] else f"{row['model']} in {row['space']}"
        row["measure"] = QUALITIES.get(row["quality"], row["quality"])
        found = [values.get(layer, math.nan) for layer in layers]
        row["cells"] = [None if math.isnan(value) else number(value, 2) for value in found]
        rows.append(row)
    varying = [name for name in ("corpus", "pooling") if kept[name].nunique() > 1]
    return {"layers": layers, "rows": rows, "varying": varying}


# ---------------------------------------------------------------------------------------- figures


def _gallery(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [
        {"corpus": corpus, "comparison": name, "conditions": _by(group, condition)}
        for (corpus, name), group in _by(figures, lambda figure: (figure.corpus, figure.comparison)).items()
    ]


def _by(items: Iterable[Any], key: Any) -> dict[Hashable, list[Any]]:
    groups: dict[Hashable, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


# ---------------------------------------------------------------------------------------- metrics


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
    return {
        "varying": varying,
        "fixed": {name: values[name].pop() for name in names if len(values[name]) == 1},
        "columns": columns,
        "rows": _metric_rows(places, columns),
        "labels": sorted(set(places["label"])),
    }


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


def component_view(correlated: pd.DataFrame) -> dict[str, Any]:
    """The table of component graphs from `comparison.summary`: a row per graph, a column per metric."""
    varying = [
        name for name in ("space", "corpus", "pooling", "reduction", "labelling") if len(set(correlated[name])) > 1
    ]
    columns = [_column(name, correlated[correlated["metric"] == name]) for name in sorted(set(correlated["metric"]))]
    keys = [*comparison.EMBEDDING, "model", "labelling", "label", "documents"]
    return {"varying": varying, "columns": columns, "rows": _rows(correlated, keys, columns)}


def _in_order(metrics: Iterable[str]) -> list[str]:
    return sorted(set(metrics), key=lambda name: (HEADLINE.index(name) if name in HEADLINE else len(HEADLINE), name))


def _metric_rows(places: pd.DataFrame, columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return _rows(places, [*comparison.PLACE, "grid", "model", "labelling", "label", "documents"], columns)


def _rows(places: pd.DataFrame, keys: list[str], columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for key, group in places.groupby(keys, sort=False):
        found = {row.metric: row for row in group.itertuples()}
        cells = [_cell(found.get(column["name"]), column) for column in columns]
        rows.append(dict(zip(keys, key, strict=True)) | {"cells": cells})
    return rows


def _column(name: str, values: pd.DataFrame) -> dict[str, Any]:
    low, high = values["low"].min(), values["high"].max()
    return {
        "name": name,
        "open": name in HEADLINE,
        "low": low,
        "width": high - low,
        "decimals": decimals(max(abs(low), abs(high))),
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


def decimals(largest: float) -> int:
    """Decimals that give the largest number of a column three significant digits, from 0 to 6.

    >>> decimals(0.0123), decimals(6.3), decimals(1500.0)
    (4, 2, 0)
    """
    if not largest > 0:
        return 0
    return min(6, max(0, 2 - math.floor(math.log10(largest))))


def number(value: float, decimals: int) -> str:
    """A number with a true minus sign and narrow spaces between thousands.

    >>> number(-1234.56, 1)
    '−1\u202f234.6'
    """
    text = f"{value:,.{decimals}f}".replace(",", "\u202f").replace("-", "−")
    return text.removeprefix("−") if not text.strip("−0.") else text


def thousands(count: int) -> str:
    """A count as `number` writes it."""
    return number(count, 0)


def seeds_of(table: pd.DataFrame) -> dict[str, list[int]]:
    """The seeds of each reduction, in order; of any table with both."""
    typed = table.assign(seed=table["seed"].astype("int64"))
    return {name: sorted(set(group)) for name, group in typed.groupby("reduction")["seed"]}
