"""The faithfulness of all runs of a study in one table, that of the untrained controls beside each model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.controls import BESIDE, beside, shared_space
from nrag.faithfulness.regions import SHARES

_ROUNDING = 1e-12
"""What means of equal shares may differ by."""

_PLACE = ("reduction", "bins", "size")
_MEANS = (*SHARES, "same_effect", "same_kept", "near_effect")
_COLUMNS = (*contracts.RUN, "model", "layer", "documents", "judged", "seeds", *_MEANS, *BESIDE, "gain", "note")


def table_of_faithfulness(
    parts: Iterable[tuple[Mapping[str, str], pd.DataFrame]], controls: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """One row for each run, model and layer, and one without a layer: the mean of its layers; sorted.

    `parts` pair space, corpus and pooling with a table of contract FAITHFULNESS; `controls` are by model. Shares
    are those of layers, the mean over the seeds. The mean of a model's layers, and of its controls' beside it, is of
    those layers that are defined in all of them. Columns beside those of the contract:

    - same_effect, near_effect: same - same_chance and near - near_chance, 0 for a plane that knows nothing.
    - same_kept: (same - same_chance) / (same_most - same_chance), at most 1; NaN where all documents share a region, or
      each has its own.
    - controls, control_mean, control_low, control_high: of `same_effect`, see `nrag.controls.beside`.
    - gain: same_effect - control_mean.
    - note: what a difference of this model from its controls may come from, in the row of all layers; layers that
      are undefined, and which.
    """
    frames = [_layers_of(table).assign(**place) for place, table in parts]
    if not frames:
        return pd.DataFrame(columns=list(_COLUMNS))
    layers = pd.concat(frames, ignore_index=True)
    by = list(contracts.RUN[1:])
    layers = pd.concat([layers, beside(layers, "same_effect", controls, by=[*by, "layer"])], axis=1)
    models = layers["model"].unique()
    whole = pd.concat([_whole(layers, model, controls.get(model, ()), by) for model in models], ignore_index=True)
    table = pd.concat([whole, layers], ignore_index=True).astype({"layer": "Int16", "seeds": "int64"})
    table["gain"] = table["same_effect"] - table["control_mean"]
    table["note"] = [_note(row) for row in table.to_dict("records")]
    order = [*contracts.RUN, "model", "layer"]
    return table.sort_values(order, kind="stable", na_position="first", ignore_index=True)[list(_COLUMNS)]


# --------------------------------------------------------------------------------------- private


def _layers_of(table: pd.DataFrame) -> pd.DataFrame:
    """The layers of a table of contract FAITHFULNESS, each the mean of its seeds."""
    groups = table[table["x"].isna()].groupby([*_PLACE, "model", "layer"], sort=False)
    means = groups[list(SHARES)].mean()
    means["documents"], means["judged"], means["seeds"] = (
        groups["documents"].first(),
        groups["judged"].first(),
        groups.size(),
    )
    means["same_effect"] = means["same"] - means["same_chance"]
    most = means["same_most"] - means["same_chance"]
    means["same_kept"] = means["same_effect"] / most.where(most > _ROUNDING)
    means["near_effect"] = means["near"] - means["near_chance"]
    return means.reset_index()


def _whole(layers: pd.DataFrame, model: str, controls: Sequence[str], by: Sequence[str]) -> pd.DataFrame:
    """The rows of a model's layers together, and what its controls have of the same layers beside each.

    `undefined` lists its layers without a value, `left_out` those that have none in one of its controls.
    """
    own = layers[layers["model"].isin([model, *controls])]
    own = own.assign(shared=shared_space(own))
    defined = own["same"].notna()
    common = defined.groupby([own[name] for name in [*by, "shared", "layer"]]).transform("all")
    groups = [own[name] for name in ("space", *by, "model")]
    whole = own[list(_MEANS)].where(common).groupby(groups, sort=False).mean()
    counts = own.groupby(["space", *by, "model"], sort=False)[["documents", "judged", "seeds"]].max()
    told = {
        "undefined": own["layer"][~defined].groupby(groups, sort=False).agg(list),
        "left_out": own["layer"][defined & ~common].groupby(groups, sort=False).agg(list),
    }
    whole = whole.join(counts).assign(**{name: each.reindex(whole.index) for name, each in told.items()}).reset_index()
    whole = pd.concat([whole, beside(whole, "same_effect", {model: controls}, by=by)], axis=1)
    return whole[whole["model"] == model].assign(layer=None)


def _note(row: Mapping[str, Any]) -> str | None:
    """What to know of a row, in words."""
    said = []
    if pd.isna(row["layer"]):
        for name, where in {"undefined": "undefined", "left_out": "undefined in a control"}.items():
            if isinstance(row[name], list):
                said.append(f"{where}, and no part of the mean: layers {', '.join(map(str, row[name]))}")
        if row["controls"] and np.isfinite(row["same_effect"]):
            said.append(_against_controls(row["same_effect"], row["control_low"], row["control_high"], row["controls"]))
    elif np.isnan(row["same"]):
        said.append("undefined: fewer than two different vectors")
    return "; ".join(said) or None


def _against_controls(effect: float, low: float, high: float, controls: int) -> str:
    """What may be behind a difference between a model and its untrained controls, beside learning."""
    one, all_, several = ("its control",) * 3 if controls == 1 else ("every control", "the controls", "its controls")
    if effect > high:
        return (
            f"keeps more of its neighbourhoods than {one} does of its own: where labels lie further apart than in "
            f"{all_}, part of it may be that the plane shows more, not that the model learned more"
        )
    if effect < low:
        return (
            f"keeps less of its neighbourhoods than {one} does of its own: where labels lie no further apart than in "
            f"{all_}, what the model learned may be lost in the plane"
        )
    theirs = "does of its own" if controls == 1 else "do of theirs"
    return f"keeps as much of its neighbourhoods as {several} {theirs}: the plane alone does not tell them apart"
