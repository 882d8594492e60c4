"""What the untrained controls of a model have of a value, beside what the model has."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

BESIDE = ("controls", "control_mean", "control_low", "control_high")


def beside(
    table: pd.DataFrame, value: str, controls: Mapping[str, Sequence[str]], *, by: Sequence[str]
) -> pd.DataFrame:
    """For each row of a table of `space`, `model` and more, what the model's controls have of `value`; in its index.

    `controls` are by model. They are found in rows that agree with the model's in the columns `by`, and in the
    space: a model in its own space is held against controls in theirs, one in a shared space against those of its
    members alone, for their regions are the same. Columns: `controls`, how many have the value defined, and their
    mean, lowest and highest value; 0 and NaN where there are none, as for controls themselves.

    >>> table = pd.DataFrame({"space": list("mabn"), "model": list("mabn"), "layer": 0, "bits": [3.0, 1, 2, 5]})
    >>> beside(table, "bits", {"m": ["a", "b"]}, by=["layer"]).loc[[0, 3]]
       controls  control_mean  control_low  control_high
    0         2           1.5          1.0           2.0
    3         0           NaN          NaN           NaN
    """
    named = table.assign(_shared=shared_space(table))[["model", *by, "_shared", value]]
    told = pd.DataFrame({"controls": 0} | dict.fromkeys(BESIDE[1:], np.nan), index=table.index)
    for model, names in controls.items():
        own, others = named["model"] == model, named["model"].isin(list(names))
        if not own.any() or not others.any():
            continue
        key = [*by, "_shared"]
        of_controls = named[others].groupby(key, dropna=False, sort=False)[value].agg(["count", "mean", "min", "max"])
        joined = named.loc[own, key].merge(of_controls.reset_index(), on=key, how="left")
        told.loc[own, "controls"] = joined["count"].fillna(0).astype("int64").to_numpy()
        told.loc[own, list(BESIDE[1:])] = joined[["mean", "min", "max"]].to_numpy()
    return told


def shared_space(table: pd.DataFrame) -> pd.Series:
    """The space of each row where models share it; "" in a space of a model's own, which each has another name for."""
    return table["space"].where(table["space"] != table["model"], "")
