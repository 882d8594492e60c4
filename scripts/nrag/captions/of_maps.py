"""Captions of region maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import drawn_seed, listed, of_one_vector, opening


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption of region maps says, some of it empty."""
    every = figure["kind"] == "maps"
    layers = sorted(set(shown["layer"].astype(int)))
    labels = shown["label"].dropna().unique().tolist()
    filled = shown[shown["left_out"].isna()]
    seen = filled[filled["constant"] == "False"] if (filled["constant"] == "False").any() else filled
    return [
        *opening(f"Region maps of {'every' if every else 'one'} layer", figure, _documents(shown), documents=documents),
        drawn_seed(shown, seeds),
        "emb: embeddings." if every else f"Layer {listed(layers)}.",
        "A map is the whole grid of a layer's plane, x to the right, y upwards; white cells hold no document.",
        "A region stands in a cell near where its documents lie in the plane." if figure["bins"] == "kmeans" else "",
        f"Colour: share of the n documents that lie in a cell, on one scale for all maps of this figure, darkest at "
        f"{100 * seen['share'].astype(float).max():.3g} %; the colour scale follows its square root."
        if len(seen)
        else "",
        _difference(seen, labels),
        f"A cell is one region for all labels{' and models' if len(figure['models']) > 1 else ''}; every layer has a "
        "plane of its own, whose axes may be mirrored or turned beside the next: compare labels within a layer.",
        _crossed_out(shown),
    ]


def _documents(shown: pd.DataFrame) -> pd.DataFrame:
    """Documents of each model and label, which every layer holds in full."""
    first = shown[shown["layer"] == shown["layer"].iloc[0]]
    counts = first.assign(documents=first["documents"].astype(int))
    return counts.groupby(["model", "label"], sort=False, dropna=False)["documents"].sum().reset_index()


def _difference(seen: pd.DataFrame, labels: Sequence[str]) -> str:
    differences = seen["difference"].dropna().astype(float)
    if len(labels) != 2 or differences.empty:
        return ""
    widest = 100 * differences.abs().max()
    if not widest:
        return f"Difference: the share of {labels[0]} minus that of {labels[1]}, which is 0 in every cell."
    return (
        f"Difference: the share of {labels[0]} minus that of {labels[1]}, from one end of the colour map to the "
        f"other, {widest:.3g} percentage points either way."
    )


def _crossed_out(shown: pd.DataFrame) -> str:
    layers = sorted(set(shown.loc[shown["constant"] == "True", "layer"].astype(int)))
    return of_one_vector(layers, "crossed out")
