"""Captions of the separation of labels."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import divided, listed
from nrag.statistics.contrasts import FEWEST_CONTROLS
from nrag.statistics.intervals import FEWEST


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption of separations says, some of it empty; `shown` counts documents and seeds itself."""
    place = f"{figure['corpus']}, comparison {figure['comparison']}"
    if shown.empty:
        return [f"Labels of {place} were not tested; the figure says why."]
    models = shown.loc[shown["kind"] == "model", "model"].unique().tolist()
    counts = json.loads(shown["documents"].iloc[0])
    labels = ", ".join(f"{label} (n = {count:,})" for label, count in counts.items())
    overall = shown[shown["layer"].isna()]
    return [
        f"How far labels lie apart in the layers of {listed(models)} on {place}, beyond chance: {labels}.",
        "Effect, the observed separation less its mean over permuted labels, by relative depth (0: embeddings, 1: last "
        "layer; edges half-way between their layers); all: all layers together. Region divergence: Jensen–Shannon "
        "divergence of the labels' shares of the regions. Edge total variation: the share of documents that would have "
        "to take another edge for the labels to be the same.",
        f"{figure['pooling'].capitalize()} pooling, reduction {figure['reduction']}, {divided(figure)}, fitted on all "
        f"{documents:,} documents of the corpus.",
        _controls(shown),
        _intervals(counts, controls=int(_controls_of(shown).max())),
        f"Grey: where the central 95 % of the effects lie under the null, {shown['null'].iloc[0]}.",
        "Dashed: a bag of words (TF-IDF) in the same regions' place, which has no layers and no edges."
        if (shown["kind"] == "bag of words").any()
        else "",
        "Seeds of the reduction are averaged." if overall["seeds"].astype(int).max() > 1 else "",
        "Not corrected for the number of tests; q and Holm's p are in tests.tsv.",
    ]


def _controls(shown: pd.DataFrame) -> str:
    """What hatched bands and hollow marks are, by the number of controls of each model."""
    numbers = _controls_of(shown)
    numbers = numbers[numbers > 0]
    if numbers.empty:
        return "No untrained control: what separates by words and lengths alone is not known."
    alone = " (a line with hollow marks, where there is one)" if (numbers == 1).any() else ""
    band = f"Hatched: untrained controls of the model in the same colour, lowest to highest{alone}."
    line = "A thin line with hollow marks: the untrained control of the model in the same colour."
    beyond = "Where the model lies beyond, it may have learned, or its regions keep more of the hidden space"
    return f"{line if (numbers == 1).all() else band} {beyond} (faithfulness.tsv)."


def _controls_of(shown: pd.DataFrame) -> pd.Series:
    """By model, how many controls it has."""
    numbers = shown[shown["kind"] == "control"].groupby("control_of", sort=False)["model"].nunique()
    return numbers.reindex(shown.loc[shown["kind"] == "model", "model"].unique(), fill_value=0)


def _intervals(counts: Mapping[str, int], *, controls: int) -> str:
    """Where the uncertainty of a line stands, which is that of another number of documents."""
    if min(counts.values()) < FEWEST:
        return f"Lines have no interval, nor has intervals.tsv: a label has fewer than {FEWEST} documents."
    adds = "what training adds, the model's effect less its controls'"
    if controls >= FEWEST_CONTROLS:
        added = f", contrasts.tsv those of {adds}"
    else:
        added = f"; contrasts.tsv has {adds}, without an interval, which needs {FEWEST_CONTROLS} controls"
    added = added if controls else ""
    return (
        "Lines have no interval, for separations depend on how many documents they are of and intervals can be had for "
        f"fewer alone: intervals.tsv has those of effects at {min(counts.values()) // 2:,} documents of each label, "
        f"half of the smallest{added}. (None where the documents of a label are of fewer than {FEWEST} groups.)"
    )
