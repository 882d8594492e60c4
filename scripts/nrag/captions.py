"""Captions of figures, ready for a paper: what is drawn, of how many documents, and how to read it.

Made from the table that the figure draws, as read back from its TSV, so that a caption cannot say
what the figure does not show. Figures and their text stay apart: this module needs no Matplotlib.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

_LABELS_NAMED, _LABELS_COLOURED = 12, 8
_CONSTANT = "constant layer"
_KINDS = {
    "nrag": "Neural Region Activation Graph",
    "maps": "Region maps of every layer",
    "map": "Region maps of one layer",
    "metrics": "Metrics of the Neural Region Activation Graphs",
    "components": "Component graph",
}


def caption(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> str:
    """The caption of a figure in sentences.

    `figure` says what is drawn (kind, corpus, models, space, pooling, reduction, bins and size or components; none of
    the last four for probes), `shown` is its table, every field as text; `documents` counts the corpus, `seeds` are
    the reduction's.

    >>> figure = {"kind": "metrics", "corpus": "papers", "models": ["bert"], "space": None}
    >>> figure |= {"pooling": "mean", "reduction": "pca", "bins": "equal", "size": 10}
    >>> shown = pd.DataFrame({"label": ["ai", "dl"], "seed": "0", "documents": ["250", "1200"], "value": ["1", "2"]})
    >>> shown = shown.assign(metric="edges", sample=None)
    >>> caption(figure, shown, documents=1450, seeds=[0]).split(": ")[1].split(". ")[:2]
    ['ai (n = 250), dl (n = 1,200)', 'Mean pooling, reduction pca, 10 × 10 equal bins']
    """
    if figure["kind"] == "components":
        return " ".join(_of_components(figure, shown, documents, seeds))
    if figure["kind"] == "probing":
        return " ".join(_of_probes(figure, shown))
    kind = figure["kind"].partition("-")[0]
    count, tell = _TOLD[kind]
    place = f"{_KINDS[kind]} of {_listed(figure['models'])} on {figure['corpus']}: {_counts(count(shown))}."
    how = (
        f"{figure['pooling'].capitalize()} pooling, reduction {figure['reduction']}, "
        f"{figure['size']} × {figure['size']} {figure['bins']} bins."
    )
    fitted = f"Regions were fitted on all {documents:,} documents of the corpus{_together(figure)}."
    return " ".join([place, how, fitted, *tell(figure, shown, seeds)])


def _together(figure: Mapping[str, Any]) -> str:
    several = figure["space"] is not None and len(figure["models"]) > 1
    return f" under {_listed(figure['models'])} together" if several else ""


def _of_graph(figure: Mapping[str, Any], shown: pd.DataFrame, seeds: Sequence[int]) -> list[str]:
    labels = shown["label"].dropna().unique().tolist()
    said = [
        f"Drawn: seed {shown['seed'].iloc[0]} of {_listed(seeds)}." if len(seeds) > 1 else "",
        "Layers run from left to right (emb: embeddings); a circle is a region, a curve joins regions of neighbouring "
        "layers. Area, and width with darkness, grow with the share of the panel's n documents in them.",
        _coloured(labels),
        _heights(figure, shown),
        _constant(shown),
        _left_out(shown, labels),
    ]
    return [sentence for sentence in said if sentence]


def _of_metrics(figure: Mapping[str, Any], shown: pd.DataFrame, seeds: Sequence[int]) -> list[str]:
    said = [
        "One panel per metric, a row per model, a marker per label.",
        f"Small points: seeds {_listed(seeds)} of the reduction; large markers: their mean." if len(seeds) > 1 else "",
        "No test is shown. Nearly all metrics depend on n: compare them at equal n only.",
        _sampled(shown),
        "No marker: undefined." if shown["value"].isna().any() else "",
    ]
    return [sentence for sentence in said if sentence]


def _sampled(shown: pd.DataFrame) -> str:
    drawn = shown[shown["sample"].notna()]
    metrics = [name.replace("_", " ") for name in drawn["metric"].unique()]
    counts = sorted({int(count) for count in drawn["sample"]})
    return (
        f"Where a graph has more regions, {_listed(counts)} drawn ones stand for all in {_listed(metrics)}."
        if counts
        else ""
    )


def _of_components(figure: Mapping[str, Any], shown: pd.DataFrame, documents: int, seeds: Sequence[int]) -> list[str]:
    edges = shown[shown["item"] == "edge"]
    left_out = int((edges["drawn"] == "False").sum())
    basis = (
        f"Axes were fitted on all {documents:,} documents of the corpus{_together(figure)}, so a component is the same "
        "in every panel."
        if figure.get("basis") != "per-label"
        else "Each label has axes fitted to its own documents, so equal numbers mean nothing across panels."
    )
    said = [
        f"{_KINDS['components']} of {_listed(figure['models'])} on {figure['corpus']}: {_counts(shown)}.",
        f"{figure['pooling'].capitalize()} pooling, reduction {figure['reduction']} to {figure['components']} "
        f"{'component' if figure['components'] == 1 else 'components'}.",
        basis,
        f"Drawn: seed {shown['seed'].iloc[0]} of {_listed(seeds)}." if len(seeds) > 1 else "",
        "Layers run from left to right (emb: embeddings), components from top to bottom. A line joins components of "
        f"neighbouring layers with {shown['threshold'].iloc[0]}, ρ being Spearman's over the panel's n documents: "
        "solid where it is positive, dashed where it is negative, wider and darker the larger |ρ|.",
        _MEANING[next(kind for kind in _MEANING if shown["threshold"].iloc[0].startswith(kind))],
        "The sign of an axis is a convention, and so is that of a single ρ.",
        f"Weakest edges left out: {left_out:,} of {len(edges):,}." if left_out else "",
    ]
    return [sentence for sentence in said if sentence]


def _of_maps(figure: Mapping[str, Any], shown: pd.DataFrame, seeds: Sequence[int]) -> list[str]:
    layers = sorted(set(shown["layer"].astype(int)))
    labels = shown["label"].dropna().unique().tolist()
    seen = shown[shown["constant"] == "False"] if (shown["constant"] == "False").any() else shown
    said = [
        f"Drawn: seed {shown['seed'].iloc[0]} of {_listed(seeds)}." if len(seeds) > 1 else "",
        f"Layer {_listed(layers)}." if figure["kind"] != "maps" else "emb: embeddings.",
        "A map is the whole grid of a layer's plane, x to the right, y upwards; white cells hold no document.",
        f"Colour: share of the n documents that lie in a cell, on one scale for all maps, darkest at "
        f"{100 * seen['share'].astype(float).max():.3g} %; its square root is even to the eye.",
    ]
    if len(labels) == 2:
        widest = 100 * seen["difference"].dropna().astype(float).abs().max()
        said.append(
            f"Difference: the share of {labels[0]} minus that of {labels[1]}, from one end of the colour map to the "
            f"other, {widest:.3g} percentage points either way."
        )
    said += [
        f"A cell is one region for all labels{' and models' if len(figure['models']) > 1 else ''}; every layer has a "
        f"plane of its own.",
        _crossed_out(shown),
    ]
    return [sentence for sentence in said if sentence]


_MEANING = {
    "q": "q: false discovery rate over all pairs of the panel, by permutation of the documents (Benjamini–Hochberg).",
    "|ρ| ≥ quantile": "The quantile is that of |ρ| over all pairs of the panel; no test is made.",
    "|ρ|": "No test is made: the smaller n, the more such pairs occur by chance.",
}
"""What a threshold means, by how it begins."""


def _of_probes(figure: Mapping[str, Any], shown: pd.DataFrame) -> list[str]:
    place = f"{_listed(figure['models'])} on {figure['corpus']}, comparison {figure['comparison']}"
    if shown.empty:
        return [f"Labels of {place} were not probed; the figure says why."]
    first, seeds = shown.iloc[0], shown["seeds"].astype(int).max()
    on_all = shown.loc[shown["fitted_on"] == "all", "reduction"].unique().tolist()
    on_train = shown.loc[shown["fitted_on"] == "train", "reduction"].unique().tolist()
    sizes = f"{float(first['train_documents']):,.0f} training and {float(first['test_documents']):,.0f} test documents"
    said = [
        f"How well labels are told from the layers of {place}: balanced accuracy (mean recall of the labels) on test "
        "documents of a logistic regression, by relative depth (0: embeddings, 1: last layer); all: all layers "
        "together.",
        f"{figure['pooling'].capitalize()} pooling; mean over {first['splits']} random splits into {sizes}, the same "
        "for all lines; bands and bars: one standard error on either side, corrected for overlapping splits (Nadeau "
        "and Bengio 2003).",
        f"Fitted on training parts: {_listed(on_train)}, with their regions." if on_train else "",
        f"Fitted on all documents, the test parts included: {_listed(on_all)}, with their regions." if on_all else "",
        "Seeds of a reduction are averaged." if seeds > 1 else "",
        "Horizontal lines: bag of words (TF-IDF) and text length in the same splits, and chance "
        f"({float(first['chance']):.3g}).",
    ]
    return [sentence for sentence in said if sentence]


def _crossed_out(shown: pd.DataFrame) -> str:
    layers = sorted(set(shown.loc[shown["constant"] == "True", "layer"].astype(int)))
    return f"Layers without differences between documents are crossed out: {_listed(layers)}." if layers else ""


def _documents_of_maps(shown: pd.DataFrame) -> pd.DataFrame:
    """Documents of each model and label, which every layer holds in full."""
    first = shown[shown["layer"] == shown["layer"].iloc[0]]
    counts = first.assign(documents=first["documents"].astype(int))
    return counts.groupby(["model", "label"], sort=False, dropna=False)["documents"].sum().reset_index()


def _documents_of_regions(shown: pd.DataFrame) -> pd.DataFrame:
    """Documents of each model's panels; that of the labels together only where it is the one panel."""
    regions = shown[shown["item"] == "region"]
    regions = regions[regions["layer"].astype(int) == regions["layer"].astype(int).min()]
    regions = regions if regions["label"].isna().all() else regions[regions["label"].notna()]
    counts = regions.assign(documents=regions["documents"].astype(int))
    return counts.groupby(["model", "label"], sort=False, dropna=False)["documents"].sum().reset_index()


def _counts(counted: pd.DataFrame) -> str:
    """Labels with their documents, in the figure's order: the first twelve, and how many more."""
    typed = counted.assign(label=counted["label"].fillna("all documents"), n=counted["documents"].astype(int))
    ranges = typed.groupby("label", sort=False)["n"].agg(["min", "max"])
    named = [f"{label} (n = {_range(low, high)})" for label, low, high in ranges.head(_LABELS_NAMED).itertuples()]
    further = len(ranges) - len(named)
    return ", ".join(named) + (f" and {further} more labels" if further else "")


def _range(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _coloured(labels: Sequence[str]) -> str:
    if len(labels) == 2:
        return (
            f"Colour: from {labels[0]} alone over what both use alike to {labels[1]} alone, "
            "each label's documents counted as a share of its own."
        )
    if len(labels) > _LABELS_COLOURED:
        return (
            "Colour: from grey, where all labels have like shares of their own documents, to dark, where one is alone."
        )
    if len(labels) > 2:
        return (
            "Colour: the label with the largest share of its own documents in a region or edge, "
            "the greyer the more alike the shares."
        )
    return ""


def _heights(figure: Mapping[str, Any], shown: pd.DataFrame) -> str:
    if (shown["positions"] == "free").all():
        return (
            "Heights have no unit; each panel is laid out for its own regions: one may lie elsewhere in another panel."
        )
    return (
        f"Heights have no unit; they are the same in all graphs of {figure['space']} under these settings, "
        "and in no other."
    )


def _constant(shown: pd.DataFrame) -> str:
    hidden = shown[(shown["item"] == "region") & shown["left_out"].notna()]
    layers = sorted(set(hidden["layer"].astype(int)))
    return f"Layers without differences between documents are not drawn: {_listed(layers)}." if layers else ""


def _left_out(shown: pd.DataFrame, labels: Sequence[str]) -> str:
    """Why edges are not drawn, and how many of each panel; those of constant layers have a sentence of their own."""
    together = "labels together" if labels else "all documents"
    edges = shown[(shown["item"] == "edge") & (shown["left_out"].fillna("") != _CONSTANT)]
    edges = edges.assign(label=edges["label"].fillna(together), documents=edges["documents"].astype(int))
    reasons = edges["left_out"].dropna().unique()
    several = edges["model"].nunique() > 1
    parts = []
    for (model, label), rows in edges.groupby(["model", "label"], sort=False):
        hidden = rows["left_out"].notna()
        carried = 100 * rows.loc[~hidden, "documents"].sum() / rows["documents"].sum()
        counts = f"{hidden.sum():,} of {len(rows):,} ({model + ', ' if several else ''}{label})"
        if hidden.any():
            parts.append(f"{counts}, the others carry {carried:.0f} % of the documents")
    return f"Edges left out ({' or '.join(reasons)}): {'; '.join(parts)}.{_null(reasons)}" if parts else ""


def _null(reasons: Sequence[str]) -> str:
    """What q is, where edges were left out by it."""
    if not any(reason.startswith("q ") for reason in reasons):
        return ""
    return (
        " q: false discovery rate (Benjamini–Hochberg over all pairs of occupied regions of neighbouring layers) of "
        "the hypergeometric chance of as many documents or more, were the documents of each layer shuffled."
    )


def _listed(names: Sequence[Any]) -> str:
    """Names in a sentence.

    >>> _listed([0, 1, 2])
    '0, 1 and 2'
    """
    *first, last = map(str, names)
    return f"{', '.join(first)} and {last}" if first else last


_TOLD = {
    "nrag": (_documents_of_regions, _of_graph),
    "maps": (_documents_of_maps, _of_maps),
    "map": (_documents_of_maps, _of_maps),
    "metrics": (lambda shown: shown, _of_metrics),
}
"""By kind: the documents of each label, and the sentences that follow the common ones."""
