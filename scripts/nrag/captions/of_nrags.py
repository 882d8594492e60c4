"""Captions of NRAGs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import drawn_seed, of_one_vector, opening

_LABELS_COLOURED = 8
"""Labels that have colours of their own in the figure."""

_CONSTANT = "constant layer"


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What an NRAG's caption says, some of it empty."""
    labels = shown["label"].dropna().unique().tolist()
    return [
        *opening("Neural Region Activation Graph", figure, _documents(shown), documents=documents),
        drawn_seed(shown, seeds),
        "Layers run from left to right (emb: embeddings); a circle is a region, a curve joins regions of neighbouring "
        "layers. The area of circles, and the width and darkness of curves, grow with the share of the panel's n "
        "documents in them.",
        _beside(shown) if "base" in shown else _coloured(labels),
        _heights(figure, shown),
        _constant(shown),
        _pale(shown),
        _left_out(shown, labels),
        _alone(shown, labels, tested=figure.get("tested", False)),
    ]


def _documents(shown: pd.DataFrame) -> pd.DataFrame:
    """Documents of each model's panels, of empty ones 0; that of the labels together only where it is the one panel."""
    regions = shown[shown["item"] == "region"]
    first = regions[regions["layer"].astype(int) == regions["layer"].astype(int).min()]
    # Labels in the order of the panels, the empty ones among them.
    regions = shown.loc[shown.index.isin(first.index) | (shown["item"] == "panel")]
    regions = regions if regions["label"].isna().all() else regions[regions["label"].notna()]
    counts = regions.assign(documents=regions["documents"].astype(int))
    return counts.groupby(["model", "label"], sort=False, dropna=False)["documents"].sum().reset_index()


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


def _beside(shown: pd.DataFrame) -> str:
    """What colours of models beside a base are, and how many edges have theirs for want of documents."""
    base = shown["base"].iloc[0]
    edges = shown[(shown["item"] == "edge") & (shown["drawn"] == "True") & (shown["model"] != base)]
    single = (edges["documents"].astype(int) == 1) & (edges["base_share"].astype(float) == 0)
    return (
        f"Colour: from what {base} alone has over what both have alike to what the checkpoint alone has. An edge of "
        f"one document that {base} has not has the full colour whatever changed: {single.sum():,} of {len(edges):,} "
        "edges here. How far checkpoints lie apart by more than chance stands in drift.tsv."
    )


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
    return of_one_vector(layers, "not drawn")


def _pale(shown: pd.DataFrame) -> str:
    """What is pale, where anything is."""
    if not shown["stability"].notna().any():
        return ""
    return (
        "Pale: regions and edges whose documents stay together in few of the other seeds and of the grids moved by "
        "half a cell, or that have fewer than two; full colours: those whose pairs of documents do in 60 % or more, "
        "chance taken off."
    )


def _left_out(shown: pd.DataFrame, labels: Sequence[str]) -> str:
    """Why edges are not drawn, and how many are; those of constant layers have a sentence of their own."""
    together = "labels together" if labels else "all documents"
    edges = shown[(shown["item"] == "edge") & (shown["left_out"].fillna("") != _CONSTANT)]
    edges = edges.assign(label=edges["label"].fillna(together), documents=edges["documents"].astype(int))
    reasons = edges["left_out"].dropna().unique()
    several = edges["model"].nunique() > 1
    parts = []
    for (model, label), rows in edges.groupby(["model", "label"], sort=False):
        hidden = rows["left_out"].notna()
        carried = 100 * rows.loc[~hidden, "documents"].sum() / rows["documents"].sum()
        panel = f"{model}, {label}" if several else label
        parts.append(f"{panel}: {(~hidden).sum():,} of {len(rows):,} ({carried:.0f} %)")
    if not len(reasons):
        return ""
    left_out = f"Edges left out: {' or '.join(reasons)}."
    return f"{left_out} Drawn, with their part of the documents, of {'; '.join(parts)}.{_null(reasons)}"


def _alone(shown: pd.DataFrame, labels: Sequence[str], *, tested: bool) -> str:
    """How many edges look as if they were a label's own because one document takes them, and what tells more."""
    edges = shown[(shown["item"] == "edge") & (shown["drawn"] == "True")]
    edges = edges[edges["label"].isna()]
    single = int((edges["documents"].astype(int) == 1).sum())
    if len(labels) < 2 or not single:
        return ""
    return (
        f"An edge of one document has its label's full colour whatever labels do: {single:,} of the {len(edges):,} "
        f"edges of all labels here.{' Whether labels lie apart, tests tell (tests.tsv).' if tested else ''}"
    )


def _null(reasons: Sequence[str]) -> str:
    """What q is, where edges were left out by it."""
    if not any(reason.startswith("q ") for reason in reasons):
        return ""
    return (
        " q: false discovery rate (Benjamini–Hochberg over all pairs of occupied regions of neighbouring layers) of "
        "the hypergeometric chance of as many documents or more, were the documents of each layer shuffled."
    )
