"""Captions of how far checkpoints have drifted: by layer, in the order of their training, as a tree."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import divided, drawn_seed, listed, of_one_vector, together

_DISTANCES = (
    "Regions and edges: Jensen–Shannon divergence of the documents' shares, 0 (the same) to 1 bit (nothing in common); "
    "hidden states: 1 − linear CKA, 0 where one is the other turned, scaled or moved."
)


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption of drift says, some of it empty."""
    kinds = {"drift": _by_layer, "series": _along, "dendrogram": _tree}
    cells = shown[shown["statistic"] == "edge_divergence"]
    return [
        *kinds[figure["kind"]](figure, shown),
        f"{figure['pooling'].capitalize()} pooling, reduction {figure['reduction']}, {divided(figure)}, fitted on all "
        f"{documents:,} documents of the corpus{together(figure)}.",
        drawn_seed(cells, seeds),
        _constant(shown),
        "Divergence by chance alone grows as documents become few beside regions and edges, so distances of different "
        "corpora or grids cannot be compared. Distance is drift, not quality.",
    ]


def _by_layer(figure: Mapping[str, Any], shown: pd.DataFrame) -> list[str]:
    members = shown[(shown["kind"] == "member") & (shown["statistic"] == "region_divergence")]
    base = members["reference"].iloc[0]
    told = (shown["statistic"] == "label_information").any()
    return [
        f"How far {listed(members['name'].unique())} lie from {base} on {figure['corpus']}, layer by layer; mean: of "
        f"the layers. {_DISTANCES}",
        "Labels: adjusted mutual information of label and region under each model, 0 for chance: what the regions are "
        "good for, whatever they have drifted."
        if told
        else "",
        _floors(shown),
        "Grey band: where the 95 % quantiles of divergences lie after the two models' documents were exchanged at "
        "random, those of one text or group together, from the lowest to the highest of the models; a hollow mark is "
        "not above its own. Any real change beats it, be it of another seed, so read a line against the floors.",
        "Dotted: two halves of one model's documents, the largest mean of the base and a model; halves have half as "
        "many documents, and lie the farther apart.",
        "Strokes: central 95 % of 1 − CKA over halves of the documents, for half as many documents.",
    ]


def _along(figure: Mapping[str, Any], shown: pd.DataFrame) -> list[str]:
    members = shown[shown["kind"] == "member"]
    named = [
        f"{name} ({', '.join(rows.sort_values('position', key=lambda each: each.astype(int))['model'].unique())})"
        for name, rows in members.groupby("series", sort=False)
    ]
    return [
        f"Drift along training on {figure['corpus']}: distance of each model from the first of its series, "
        f"{listed(named)}, a line a layer. {_DISTANCES} Edges are of the layer that they leave.",
        _floors(shown),
    ]


def _tree(figure: Mapping[str, Any], shown: pd.DataFrame) -> list[str]:
    layer = shown.loc[shown["statistic"] == "linear_cka", "layer"].dropna()
    where = f"layer {layer.iloc[0]}" if len(layer) else "the last layer"
    return [
        f"Which of {listed(figure['models'])} are near each other on {figure['corpus']}: average linkage on the mean "
        f"divergence of their edges, and beside it on 1 − linear CKA of their hidden states in {where}.",
        "Edges lie in axes that all models share, so those of models that began with other weights lie far apart "
        "whatever they compute; CKA does not depend on axes. Two models are joined at the mean distance of their "
        "clusters.",
    ]


def _floors(shown: pd.DataFrame) -> str:
    floors = shown[shown["kind"] == "floor"].drop_duplicates("name")
    named = [f"{name} ({' and '.join(pair)})" for name, *pair in floors[["name", "reference", "model"]].to_numpy()]
    if not named:
        return "No floor: how far apart another seed or mere further steps would lie is not known."
    return f"Grey lines: distances that are no drift, of {listed(named)}."


def _constant(shown: pd.DataFrame) -> str:
    if "constant" not in shown:
        return ""
    own = shown[(shown["constant"] == "True") & (shown["statistic"] != "edge_divergence")]
    layers = sorted(set(own["layer"].dropna().astype(int)))
    return of_one_vector(layers, "left out")
