"""The drift of all runs of a study in one table: corrected for how many tests there are, beside what makes no drift."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.corrections import benjamini_hochberg
from nrag.drift.names import SIMILARITIES

Floors = Mapping[str, Sequence[str]]
"""Two models by what their distance comes from, such as another seed of the training."""


def table_of_drift(
    parts: Iterable[tuple[Mapping[str, Any], pd.DataFrame]], floors: Mapping[str, Floors]
) -> pd.DataFrame:
    """One row for each of the rows of all parts: its place, contracts.DRIFT, q, and the floors.

    `parts` pair a place, contracts.RUN of cells or its first three of hidden states, with the drift there; `floors` are
    by space. q is p after Benjamini and Hochberg (1995) over a family: all rows of one statistic in this table, of
    means over the layers or of single layers. `floors` is a JSON object, by name the value of each pair that the
    config calls a floor, in the same place; `beyond_floors` whether a pair is farther apart than all of these that are
    defined: null where its own value, or every floor, is not.
    """
    named = [column.name for column in contracts.DRIFT.columns]
    after_p = named.index("p") + 1
    after_halves = named.index("halves") + 1
    columns = [*contracts.RUN, *named[:after_p], "q", *named[after_p:after_halves], "floors", "beyond_floors"]
    columns += named[after_halves:]
    frames = [_beside_floors(rows, floors[place["space"]]).assign(**_run(place)) for place, rows in parts if len(rows)]
    if not frames:
        return pd.DataFrame(columns=columns)
    table = pd.concat(frames, ignore_index=True)
    families = table.groupby(["statistic", table["layer"].isna()], sort=False)["p"]
    table["q"] = families.transform(lambda p: benjamini_hochberg(p.to_numpy(dtype=float)))
    return table[columns]


# --------------------------------------------------------------------------------------- private

_PLACE = ["statistic", "seed", "layer"]


def _run(place: Mapping[str, Any]) -> dict[str, Any]:
    """What names a run, without what hidden states do not have."""
    return {name: place.get(name, pd.NA if name == "size" else "") for name in contracts.RUN}


def _beside_floors(rows: pd.DataFrame, floors: Floors) -> pd.DataFrame:
    """The rows of one place with `floors` and `beyond_floors`."""
    marked = rows.assign(seed=rows["seed"].fillna(-1), layer=rows["layer"].fillna(-1))
    keys = pd.MultiIndex.from_frame(marked[_PLACE])
    values = {}
    for name, pair in floors.items():
        one, other = sorted(pair)
        own = marked[(marked["model_a"] == one) & (marked["model_b"] == other)].set_index(_PLACE)["value"]
        values[name] = own.reindex(keys).to_numpy(dtype=float)
    towards = np.where(rows["statistic"].isin(SIMILARITIES), -1.0, 1.0)
    against = np.array([*values.values()]).reshape(-1, len(rows)) * towards
    value = rows["value"].to_numpy(dtype=float) * towards
    known = np.isfinite(value) & np.isfinite(against).any(axis=0)
    beyond = (np.isnan(against) | (value > against)).all(axis=0)
    told = [
        json.dumps(
            {name: None if np.isnan(each[place]) else float(f"{each[place]:.10g}") for name, each in values.items()},
            ensure_ascii=False,
        )
        for place in range(len(rows))
    ]
    return rows.assign(floors=told, beyond_floors=pd.array(np.where(known, beyond, None), dtype="boolean"))
