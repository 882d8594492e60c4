"""What else the neurons of a block are named in: pairs of like neurons, labels and regions that they tell."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nrag.page.neuron_entries import Pair, short

_TURNED = {"subset": "contains"}
_SAID = {"subset": "part of"}


def similar_of(similar: pd.DataFrame, *, model: str, block: int) -> dict[Pair, list[list[Any]]]:
    """By neuron and sign, rows as of contracts.SIMILAR, either way: relation, model, block, neuron, sign, overlaps.

    Identical ones first, then similar ones, then those that hold the neuron's tokens or are held; the more alike
    first.
    """
    found: dict[Pair, list[list[Any]]] = {}
    for row in similar.itertuples(index=False):
        ends = [(getattr(row, f"model_{end}"), *_place(row, end)) for end in "ab"]
        overlaps = short(float(row.overlap_activating)), short(float(row.overlap_context))
        words = (_SAID.get(row.relation, row.relation), _TURNED.get(row.relation, row.relation))
        for word, own, other in zip(words, ends, reversed(ends), strict=True):
            if own[:2] == (model, block):
                found.setdefault(own[2:], []).append([word, *other, *overlaps])
    order = ("identical", "similar", "part of", "contains")
    for rows in found.values():
        rows.sort(key=lambda each: (order.index(each[0]), -each[5], -each[6], each[1:5]))
    return found


def labels_of(labels: pd.DataFrame, *, block: int) -> dict[Pair, list[list[Any]]]:
    """By neuron and sign, rows as of contracts.LABEL_NEURONS: labelling, label, AUCs with q, firing shares, `learned`.

    Those come last that are known not to be learned; apart from that the higher the AUC, the earlier.
    """
    names = ("auc", "q", "auc_untrained", "auc_length", "fires", "fires_elsewhere")
    found: dict[Pair, list[list[Any]]] = {}
    for row in _best(labels[labels["block"] == block]):
        found.setdefault(_pair(row), []).append([row.labelling, row.label, *_numbers(row, names), learned(row)])
    return found


def regions_of(runs: Mapping[str, pd.DataFrame], *, model: str, block: int) -> dict[Pair, list[list[Any]]]:
    """By neuron and sign, rows as of contracts.REGION_NEURONS with the run's name: seed, layer, cell, AUC and so on.

    In the order of `labels_of`, with `learned` at their end.
    """
    names = ("auc", "q", "auc_untrained", "auc_length")
    found: dict[Pair, list[list[Any]]] = {}
    for run, table in runs.items():
        for row in _best(table[(table["model"] == model) & (table["block"] == block)]):
            place = [run, *(int(getattr(row, name)) for name in ("seed", "layer", "x", "y", "documents"))]
            found.setdefault(_pair(row), []).append([*place, *_numbers(row, names), learned(row)])
    for rows in found.values():
        # Of several runs.
        rows.sort(key=lambda each: (each[-1] is False, -each[6]))
    return found


def learned(row: Any) -> bool | None:
    """Whether a neuron tells a region or label better than the best of untrained ones does; None without a control."""
    return None if pd.isna(row.auc_untrained) else bool(row.auc > row.auc_untrained)


def _best(table: pd.DataFrame) -> list[Any]:
    rows = table.sort_values("auc", ascending=False, kind="stable").itertuples(index=False)
    return sorted(rows, key=lambda row: learned(row) is False)


def _pair(row: Any) -> Pair:
    return int(row.neuron), int(row.sign)


def _place(row: Any, end: str) -> tuple[int, int, int]:
    return tuple(int(getattr(row, f"{name}_{end}")) for name in ("block", "neuron", "sign"))


def _numbers(row: Any, names: tuple[str, ...]) -> list[float | None]:
    return [short(float(getattr(row, name))) for name in names]
