"""Captions of component graphs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import counted, drawn_seed, listed, together

_MEANING = {
    "q": "q: false discovery rate over all pairs of the panel, by permutation of the documents (Benjamini–Hochberg).",
    "|ρ| ≥ quantile": "The quantile is that of |ρ| over all pairs of the panel; no test is made.",
    "|ρ|": "No test is made: the smaller n, the more such pairs occur by chance.",
}
"""What a threshold means, by how it begins."""


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a component graph's caption says, some of it empty."""
    edges = shown[shown["item"] == "edge"]
    left_out = int((edges["drawn"] == "False").sum())
    basis = (
        f"Axes were fitted on all {documents:,} documents of the corpus{together(figure)}, so a component is the same "
        "in every panel."
        if figure.get("basis") != "per-label"
        else "Each label has axes fitted to its own documents, so equal numbers mean nothing across panels."
    )
    return [
        f"Component graph of {listed(figure['models'])} on {figure['corpus']}: {counted(shown)}.",
        f"{figure['pooling'].capitalize()} pooling, reduction {figure['reduction']} to {figure['components']} "
        f"{'component' if figure['components'] == 1 else 'components'}.",
        basis,
        drawn_seed(shown, seeds),
        "Layers run from left to right (emb: embeddings), components from top to bottom. A line joins components of "
        f"neighbouring layers with {shown['threshold'].iloc[0]}, ρ being Spearman's over the panel's n documents: "
        "solid where it is positive, dashed where it is negative, wider and darker the larger |ρ|.",
        _MEANING[next(kind for kind in _MEANING if shown["threshold"].iloc[0].startswith(kind))],
        "The sign of an axis is a convention, and so is that of a single ρ.",
        f"Weakest edges left out: {left_out:,} of {len(edges):,}." if left_out else "",
    ]
