"""Half-samples of a comparison as a table: values, intervals and effects at m documents of each label, and floors."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.statistics.half_samples import HalfSamples, Key, Scheme

INTERVAL = (2.5, 97.5)
"""Percentiles of the half-samples' values."""

FEWEST = 20
"""Documents of a label, or groups where they belong together, for an interval."""

PILED = 0.5
"""Share of the half-samples, all at the largest or all at the smallest value, from which on there is no interval."""

PILED_NOTE = "half of the half-samples or more lie at one end of their values: no interval"


def interval_table(found: Mapping[tuple[str, str], HalfSamples], scheme: Scheme) -> pd.DataFrame:
    """A row for each statistic of each space and model: contracts.INTERVALS without comparison and labelling.

    `found` are half-samples by space and model. `value` is the mean of those in which the statistic is defined, `low`
    and `high` the percentiles of `INTERVAL`. `effect`, of separations, differences and ranges, is value less
    null_mean, its interval the same, moved.

    Why it holds: half-samples vary, on average, at least as much as their mean does from one collection of documents
    to the next (Hoeffding 1948, of U-statistics of order m): just as much if a statistic is a mean over documents, more
    if not, and more for a label with more than 2 m documents. So most intervals are wider than need be. Variances and
    other statistics of a few large regions hold less than they say (about 90 %), the less the fewer documents.

    There is no interval, and a note, for a label of fewer than `FEWEST`, and where `PILED` half-samples lie at one end
    of their values, as the regions of a layer do that is full, or the edges of one where nearly every document takes
    its own: the half-samples then hardly show how values vary.

    Documents, or groups, are taken for independent. Strata are not kept: if they explain part of the values,
    intervals are wider than need be; pairs of documents stay pairs if they are handed in as groups.

    Sources: Politis, Romano and Wolf (1999), Subsampling, ch. 2; Hoeffding (1948), Annals of Mathematical Statistics
    19, 293.
    """
    drawn = _drawn(scheme)
    tables = []
    for (space, model), halves in found.items():
        rows = []
        for key in halves.halves:
            test, metric, label = key
            named = {"test": test, "metric": metric, "label": None if label is None else scheme.documents.names[label]}
            few = too_few(scheme, key)
            said = [*few, *([drawn[test == "floor", label]] if drawn else []), *(scheme.notes if label is None else [])]
            rows += [named | row for row in _rows(halves, key, said, known=not few)]
        tables.append(pd.DataFrame(rows).assign(space=space, model=model, seeds=np.int16(halves.seeds)))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    labels = json.dumps(list(scheme.documents.names), ensure_ascii=False)
    return table.assign(m=np.int32(scheme.m), labels=labels)


def too_few(scheme: Scheme, key: Key) -> list[str]:
    """Why there is no interval of a statistic: each label that has fewer than `FEWEST` documents, or groups."""
    kind = "documents" if scheme.documents.groups is None else "groups"
    concerned = range(scheme.labels) if key[2] is None else [key[2]]
    units = {label: len(np.unique(scheme.unit[scheme.documents.labels == label])) for label in concerned}
    names = scheme.documents.names
    return [f"{names[each]}: too few {kind} for an interval ({few})" for each, few in units.items() if few < FEWEST]


def piled(values: np.ndarray) -> bool:
    """Whether too many values are the largest or the smallest, up to rounding.

    >>> piled(np.array([0.0, 3.0, 3.0])), piled(np.array([1.0, 2.0, 2.0, 3.0]))
    (True, False)
    """
    at_end = [np.mean(np.abs(values - end) <= 1e-12 * max(1, abs(end))) for end in (values.min(), values.max())]
    return bool(max(at_end) >= PILED)


def missing(defined: int, drawn: int) -> list[str]:
    """A sentence on half-samples without a value, if there are any."""
    return [f"undefined in {drawn - defined} of {drawn} half-samples"] if defined < drawn else []


def gathered(tables: Sequence[pd.DataFrame], contract: contracts.Table) -> pd.DataFrame:
    """The tables of several comparisons as a contract has them, sorted; none gives no rows."""
    columns = [column.name for column in contract.columns]
    # A label without documents leaves no row, and so no columns either.
    full = [table for table in tables if len(table)]
    table = pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=columns)
    types = {name: kind for name, kind in _TYPES.items() if name in columns}
    return table.astype(types).sort_values(list(contract.key), kind="stable", na_position="first", ignore_index=True)[
        columns
    ]


# --------------------------------------------------------------------------------------- private

_TYPES = {"layer": "Int16", "label": "string", "note": "string"}


def _drawn(scheme: Scheme) -> dict[tuple[bool, int | None], str]:
    """What to say of how many documents whole groups bring, by whether halves are meant, and label; else nothing."""
    if scheme.documents.groups is None:
        return {}
    counts = {
        (False, label): [scheme.halves(*part)[label].sum(axis=0) for part in scheme.parts()]
        for label in range(scheme.labels)
    } | {
        (True, label): [scheme.split(label, *part).sum(axis=1).ravel() for part in scheme.parts()]
        for label in range(scheme.labels)
    }
    ends = {key: np.concatenate(parts) for key, parts in counts.items()}
    ends[False, None] = np.concatenate([ends[False, label] for label in range(scheme.labels)])
    return {
        key: f"whole groups: {each.min()} to {each.max()} documents of a {'half' if key[0] else 'label'}"
        for key, each in ends.items()
    }


def _rows(found: HalfSamples, key: Key, said: Sequence[str], *, known: bool) -> list[dict[str, object]]:
    """What is found of a statistic of all layers and of each where it has any value; the interval if it is `known`."""
    halves = found.halves[key]
    none = np.full(len(halves), np.nan)
    observed, null = found.observed.get(key, none), found.null_mean.get(key, none)
    rows = []
    for place, (whole, each, chance) in enumerate(zip(observed, halves, null, strict=True)):
        defined = each[np.isfinite(each)]
        if np.isnan(whole) and not len(defined):
            continue
        at_end = len(defined) > 0 and piled(defined)
        low, high = np.percentile(defined, INTERVAL) if known and len(defined) and not at_end else (np.nan, np.nan)
        notes = [*said, *missing(len(defined), len(each)), *([PILED_NOTE] if known and at_end else [])]
        value = defined.mean() if len(defined) else np.nan
        rows.append(
            {
                "layer": place - 1 if place else None,
                "half_samples": np.int32(len(defined)),
                "value": value,
                "low": low,
                "high": high,
                "observed": whole,
                "null_mean": chance,
                "effect": value - chance,
                "effect_low": low - chance,
                "effect_high": high - chance,
                "note": "; ".join(notes) or None,
            }
        )
    return rows
