"""Probes of all checkpoints of a set in few numbers: means over partings, and how sure they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from nrag import contracts
from nrag.maze_probes.targets import ALL, TARGETS
from nrag.probing.summary import corrected_error

CONFIDENCE = 0.95

_MEASURED = ("accuracy", "balanced_accuracy", "chance", "control", "selectivity")
_WITH_INTERVAL = {"accuracy": (0.0, 1.0), "selectivity": (-1.0, 1.0)}
"""With what they can be at least and at most, where their intervals end."""

_COUNTS = ("train_tokens", "test_tokens", "train_mazes", "test_mazes", "train_layouts", "test_layouts")
_PLACE = ["model", "target", "task", "layer"]


def summary(probes: pd.DataFrame, checkpoints: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of contracts.MAZE_PROBES of one set, but for its name.

    `probes` are rows of contracts.STAGE_PROBES. `checkpoints` tell of each model its stage, seed and step, and whether
    it is the `last` of them, in the order that rows are to have. Where a target has several tasks, the mean over them
    is a row of its own, of the task `all`, before theirs; tasks that are undefined in a parting do not count there.

    Values are means over the partings in which they are defined, of which there are `splits`. selectivity is accuracy
    less control, parting by parting. Intervals are Student's with the error that is corrected for what partings share
    (`nrag.probing.summary.corrected_error`, by layouts). NaN where nothing is defined, and the interval of one parting.

    Raises ValueError for probes of a model that is not among `checkpoints`.
    """
    known = pd.DataFrame(list(checkpoints), columns=["model", "stage", "seed", "step", "last"])
    if len(unknown := probes.loc[~probes["model"].isin(known["model"]), "model"]):
        raise ValueError(f"a probe is of the model {unknown.iloc[0]!r}, which is not among those of the set")
    table = probes.assign(selectivity=probes["accuracy"] - probes["control"])
    several = table[table["task"] != ALL]
    by = ["model", "target", "layer", "split"]
    over = {name: (name, "mean") for name in _MEASURED} | {name: (name, "first") for name in ("constant", *_COUNTS)}
    together = several.groupby(by, sort=False).agg(**over).reset_index().assign(task=ALL)
    found = pd.concat([together, table], ignore_index=True).groupby(_PLACE, sort=False)
    rows = [dict(zip(_PLACE, place, strict=True)) | _row(own) for place, own in found]
    told = pd.DataFrame(rows, columns=[*_PLACE, *_row(table.iloc[:0])]).merge(known, on="model")
    ranks = {
        "model": list(known["model"]),
        "target": list(TARGETS),
        "task": sorted(told["task"].unique(), key=_in_order),
        "layer": sorted(told["layer"].unique()),
    }
    order = pd.DataFrame(
        {name: told[name].map(dict(zip(of, range(len(of)), strict=True))) for name, of in ranks.items()}
    )
    columns = [column.name for column in contracts.MAZE_PROBES.columns if column.name != "set"]
    return told.loc[order.sort_values(list(ranks), kind="stable").index, columns].reset_index(drop=True)


# --------------------------------------------------------------------------------------- private


def _row(own: pd.DataFrame) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in _MEASURED:
        row[name] = own[name].mean()
        if name in _WITH_INTERVAL:
            row[f"{name}_low"], row[f"{name}_high"] = _interval(own, name)
    row |= {"splits": int(own["accuracy"].notna().sum()), "constant": bool(own["constant"].any())}
    # Parts have fewer tokens or more, as their layouts have mazes.
    return row | {name: own[name].mean() for name in _COUNTS}


def _interval(own: pd.DataFrame, name: str) -> tuple[float, float]:
    values = own[name].dropna()
    if len(values) < 2:
        return np.nan, np.nan
    parts = {side: own[f"{side}_layouts"].mean() for side in ("train", "test")}
    error = corrected_error(values.std(), len(values), **parts)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1) * error
    least, most = _WITH_INTERVAL[name]
    return max(values.mean() - half, least), min(values.mean() + half, most)


def _in_order(task: str) -> tuple[bool, list[int], int]:
    """The mean over tasks, then walls in the order of their cells, moves in that of U, D, L, R."""
    return task != ALL, [int(part) for part in task.split("-") if part.isdigit()], "UDLR".find(task)
