"""What the figure of label separation shows: effects by relative depth of models, their controls, and words."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from nrag import comparison
from nrag.statistics import one_label

SHOWN = ("region_divergence", "edge_total_variation")
"""Separations that the figure has a panel of each: of regions, and of the edges between two layers."""

OF_EDGES = "edge_total_variation"
"""Stands half-way between its two layers, and has no value in the last one."""

MODEL, CONTROL, WORDS = "model", "control", "bag of words"
"""Kinds of lines. A control is drawn as part of the band of its model."""

COLUMNS = (
    "metric", "kind", "model", "control_of", "layer", "depth", "effect", "permuted_low", "permuted_high", "observed",
    "null_mean", "null_sd", "p", "permutations", "seeds", "documents", "null",
)  # fmt: skip

_MEASURED = ["effect", "observed", "null_mean", "null_sd", "p", "permutations", "seeds", "documents"]


def values(
    parts: Iterable[tuple[str, pd.DataFrame]],
    words: pd.DataFrame | None = None,
    *,
    name: str,
    controls: Mapping[str, Sequence[str]],
    null: str,
) -> pd.DataFrame:
    """A row for each metric of `SHOWN`, line and layer of the comparison `name`; all layers together have no layer.

    `parts` pair a space with its tests (contracts.TESTS), `words` are those of the bag of words; `controls` names the
    untrained twins of every trained model, and `null` says what was permuted. A model in a shared space is named after
    it, and its controls are those in the same space. Models have the order of `parts`, each followed by its controls;
    one that is nobody's control is a line of its own. A twin of two models has rows for each.

    depth is layer / last layer, of edges from layer k to the next (k + ½) / last layer; NaN of all layers, and of
    words. Between permuted_low and permuted_high lie the central 95 % of the effects of permuted labels. No rows
    where nothing was tested, or no effect is defined.
    """
    lines: dict[tuple[str, str], pd.DataFrame] = {}
    for space, tests in parts:
        for model, own in _chosen(tests, name).groupby("model", sort=False):
            lines["" if space == model else space, model] = own
    twins = {(place, twin) for place, model in lines for twin in controls.get(model, ())}
    rows = []
    for (place, model), own in lines.items():
        if (place, model) in twins:
            continue
        shown = comparison.model_in(place or model, model)
        rows.append(_line(own, MODEL, shown))
        for twin in controls.get(model, ()):
            if (place, twin) in lines:
                control = _line(lines[place, twin], CONTROL, comparison.model_in(place or twin, twin))
                rows.append(control.assign(control_of=shown))
    if words is not None:
        # Its one layer says what all layers do.
        of_texts = _chosen(words, name)
        rows.append(_line(of_texts[of_texts["layer"].isna()], WORDS, "").assign(depth=float("nan")))
    found = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(COLUMNS))
    if found["effect"].isna().all():
        found = found.iloc[:0]
    rank = pd.Categorical(found["metric"], SHOWN).codes
    return found.assign(null=null, rank=rank).sort_values("rank", kind="stable", ignore_index=True)[list(COLUMNS)]


def _chosen(tests: pd.DataFrame, name: str) -> pd.DataFrame:
    """The separations that are shown, of one comparison; none where it has one label."""
    shown = (tests["comparison"] == name) & (tests["test"] == "separation") & tests["metric"].isin(SHOWN)
    return tests[shown & ~one_label.among(tests)]


def _line(own: pd.DataFrame, kind: str, shown: str) -> pd.DataFrame:
    layer = own["layer"].astype("Float64").astype("float64")
    last = layer.max()
    between = (own["metric"] == OF_EDGES) * 0.5
    # A model of one hidden state has no depth: its only layer is the first.
    depth = (layer + between) / last if last > 0 else layer
    return own[["metric", "layer", *_MEASURED]].assign(
        kind=kind,
        model=shown,
        control_of="",
        depth=depth,
        permuted_low=own["null_low"] - own["null_mean"],
        permuted_high=own["null_high"] - own["null_mean"],
    )
