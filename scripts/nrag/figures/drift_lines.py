"""What the figures of drift show: distances of checkpoints from a base, and along the order of their training."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from nrag.drift.names import CKA, EDGES, REGIONS

INFORMATION = "label_information"
"""What regions tell of the labels under one model, beside how far it has drifted."""

SHOWN = (REGIONS, EDGES, CKA)
"""Statistics that figures show as distances; linear CKA as 1 − CKA."""

MEMBER, FLOOR = "member", "floor"
"""Kinds of lines: a model's, and that of two models whose distance is no drift."""

_COLUMNS = (
    "statistic", "kind", "name", "model", "reference", "seed", "layer", "constant", "value", "low", "high",
    "null_quantile", "within", "halves",
)  # fmt: skip

_NOTHING = dict.fromkeys(("low", "high", "null_quantile", "halves"), float("nan"))


def by_layer(
    drift: pd.DataFrame, *, base: str, models: Sequence[str], floors: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """A row for each statistic, line and layer: of every model its distance from the base, and of every floor its own.

    `drift` are rows of contracts.DRIFT, of cells under one seed and of hidden states; `models` are in the order of the
    figure. Columns: statistic, one of `SHOWN` or `INFORMATION`; kind; name, of the model or floor; model and reference,
    the two that are apart; seed; layer, of edges the one they leave, null for the mean; constant; value, a distance or
    an information; low and high, the interval of 1 − CKA; null_quantile and halves as in the contract; within, whether
    the value is not above its null_quantile.
    """
    lines = [(MEMBER, model, base, model) for model in models if model != base]
    lines += [(FLOOR, name, *pair) for name, pair in floors.items()]
    parts = [
        apart(drift, one, other, statistic).assign(kind=kind, name=name)
        for statistic in SHOWN
        for kind, name, one, other in lines
    ]
    parts += [each.assign(kind=MEMBER, name=each["model"]) for each in _information(drift, models)]
    return pd.concat(parts, ignore_index=True)[list(_COLUMNS)]


def along(
    drift: pd.DataFrame, *, series: Mapping[str, Sequence[str]], floors: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """A row for each series, statistic, model and layer: its distance from the first model of the series.

    `drift` as in `by_layer`. Columns: series; position, from 0, of the model in it; and those of `by_layer`. The first
    model is at 0. Floors have rows for each series, without a position.
    """
    parts = []
    for name, (first, *others) in series.items():
        for statistic in SHOWN:
            own = [apart(drift, first, other, statistic) for other in others]
            start = own[0].assign(model=first, value=own[0]["value"] * 0, within=False, **_NOTHING)
            parts += [
                each.assign(kind=MEMBER, name=each["model"], series=name, position=position)
                for position, each in enumerate([start, *own])
            ]
            parts += [
                apart(drift, *pair, statistic).assign(kind=FLOOR, name=floor, series=name)
                for floor, pair in floors.items()
            ]
    table = pd.concat(parts, ignore_index=True)
    table["position"] = table.get("position", pd.Series(dtype="float64")).astype("Int16")
    return table[["series", "position", *_COLUMNS]]


def apart(drift: pd.DataFrame, one: str, other: str, statistic: str) -> pd.DataFrame:
    """The rows of a statistic of two models, by layer, as distances: 1 − CKA, and its interval turned likewise.

    Raises ValueError for a pair that has no rows, so that no gap looks like a result.
    """
    first, second = sorted((one, other))
    pair = (drift["model_a"] == first) & (drift["model_b"] == second)
    rows = drift[pair & (drift["statistic"] == statistic)].assign(model=other, reference=one)
    rows["within"] = rows["value"] <= rows["null_quantile"]
    if rows.empty:
        raise ValueError(f"the drift holds no {statistic} of {one} and {other}")
    if statistic == CKA:
        rows = rows.assign(value=1 - rows["value"], low=1 - rows["high"], high=1 - rows["low"])
    return rows


def _information(drift: pd.DataFrame, models: Sequence[str]) -> Iterator[pd.DataFrame]:
    """What the regions of each model tell of the labels, as a pair that it is one of has it; nothing without labels."""
    for model in models:
        other = next(each for each in models if each != model)
        rows = apart(drift, other, model, REGIONS)
        told = rows["label_information_a" if model < other else "label_information_b"]
        if told.notna().any():
            yield rows.assign(statistic=INFORMATION, value=told, reference="", within=False, **_NOTHING)
