"""Intervals of a comparison's statistics, from half-samples of its documents without replacement.

Most statistics depend on how many documents they are of, so an interval belongs to a number of documents: here to m,
half of those that the smallest label has. It is an interval for the value at m documents of each label and is
to be labelled as such, never as one for the value of all documents. (A bootstrap with replacement, which draws
documents twice, would miss that value: repeated documents occupy no new region.)
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nrag.compared import Documents
from nrag.graphs import Incidence, incidence_of
from nrag.statistics.label_tests import DRAWS, OF_SHARES, by_label, mean, metrics_of, of_counts, of_shares
from nrag.statistics.matching import matched, priorities

INTERVAL = (2.5, 97.5)
"""Percentiles of the half-samples' values."""

FEWEST = 20
"""Documents of a label, or groups where they belong together, for an interval."""

PILED = 0.5
"""Share of the half-samples, all at the largest or all at the smallest value, from which on there is no interval."""

_Values = dict[tuple[str, str, int | None], np.ndarray]
"""By test, metric and number of the label, (1 + layers, columns): of all layers together in row 0, then of each."""


def half_samples(
    planes: Mapping[tuple[str, int], np.ndarray], documents: Documents, *, size: int, number: int = 200, seed: int
) -> pd.DataFrame:
    """Values and intervals at m documents of each label, a row each.

    `planes` are the cells of all documents of the corpus by model and seed (`regions.planes_of`). m is half of the
    documents of the smallest label, rounded down. Every one of the `number` half-samples has m documents of each
    label, or, where documents belong together (`documents.groups`), whole groups of about m (see `samples`); all
    models and seeds of a reduction have the same. As in `label_tests`, several seeds make one statistic, their mean.

    Columns: `model`; `test`, separation, difference, range, or label for a metric of a single label, which then is
    in `label`; `metric`; `layer`, null for all; `m`; `half_samples`, those in which the statistic is defined; of
    these `value`, the mean, and `low` and `high`, the percentiles of `INTERVAL`; `observed`, of all documents as in
    `label_tests`: separations by shares of all, everything else as the mean of matched choices; `seeds`; `note`.

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
    k, counts = len(documents.names), np.bincount(documents.labels, minlength=len(documents.names))
    m = int(counts.min()) // 2
    together = documents.groups is not None
    kind = "groups" if together else "documents"
    unit = np.unique(documents.groups, return_inverse=True)[1] if together else np.arange(len(documents.rows))
    everyone = (documents.labels == np.arange(k)[:, None])[..., None]
    orders = priorities(len(documents.rows), DRAWS, seed)
    alike = np.concatenate([matched(documents.labels[:, None], order, k) for order in orders], axis=-1)
    halves = samples(documents.labels, unit, k, m=m, number=number, seed=seed)
    chosen = np.concatenate([everyone, alike, halves], axis=-1)
    units = [len(np.unique(unit[label])) for label in everyone[..., 0]]
    drawn = np.count_nonzero(halves, axis=1)
    tables = []
    for model in dict.fromkeys(name for name, _ in planes):
        ways = [plane for (name, _), plane in planes.items() if name == model]
        values = mean(_values(incidence_of(way, size=size, documents=documents.rows), chosen) for way in ways)
        rows = []
        for (test, metric, label), found in values.items():
            concerned = range(k) if label is None else [label]
            named = {"test": test, "metric": metric, "label": None if label is None else documents.names[label]}
            few = [each for each in concerned if units[each] < FEWEST]
            said = [f"{documents.names[each]}: too few {kind} for an interval ({units[each]})" for each in few]
            if together:
                of_these = drawn[list(concerned)]
                said.append(f"whole groups: {of_these.min()} to {of_these.max()} documents of a label")
            observed = found[:, 0] if metric in OF_SHARES else found[:, 1 : 1 + DRAWS].mean(axis=1)
            rows += [named | row for row in _rows(observed, found[:, 1 + DRAWS :], said, known=not few)]
        tables.append(pd.DataFrame(rows).assign(model=model, seeds=np.int16(len(ways))))
    table = pd.concat(tables, ignore_index=True).assign(m=np.int32(m))
    names = ["model", "test", "metric", "layer", "label", "m", "half_samples", "value", "low", "high", "observed"]
    # A label without documents leaves no row, and so no columns either.
    return table.reindex(columns=[*names, "seeds", "note"]).astype({"layer": "Int16", "label": "string"})


def samples(labels: np.ndarray, unit: np.ndarray, k: int, *, m: int, number: int, seed: int) -> np.ndarray:
    """(k, documents, number) bool: random documents of each label without replacement, m of each if units are single.

    `labels` and `unit` are (documents,), with numbers from 0; documents of one unit belong together. The units stand
    in a random order, one for all labels. Each label takes its documents of the first units: of as many units as
    bring it nearest to m documents, of the fewer if two numbers are as near; so of none if the first unit has 2 m or
    more. No unit is parted within a label; where all units are pairs of two labels, pairs are not parted either.
    Samples of one seed are nested: those of a smaller m are part of those of a larger.

    >>> samples(np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 2, 3, 4]), 2, m=2, number=3, seed=0).astype(int)[0]
    array([[0, 0, 1],
           [0, 0, 1],
           [0, 1, 0],
           [1, 1, 0],
           [0, 0, 0],
           [0, 0, 0]])
    """
    units = int(unit.max(initial=-1)) + 1
    order = priorities(units, number, seed).T
    chosen = np.zeros((k, len(labels), number), dtype=bool)
    for label in range(k):
        of_label = labels == label
        turn = np.bincount(unit[of_label], minlength=units)[order]
        # With c documents before a unit of s, it is taken if c + s is nearer to m than c is: c + (c + s) < 2 m.
        taken = np.empty(order.shape, dtype=bool)
        np.put_along_axis(taken, order, 2 * np.cumsum(turn, axis=0) - turn < 2 * m, axis=0)
        chosen[label, of_label] = taken[unit[of_label]]
    return chosen


# --------------------------------------------------------------------------------------- private


def _values(way: Incidence, chosen: np.ndarray) -> _Values:
    """Every statistic of every choice of documents, (labels, documents, columns), under one seed of the reduction."""
    documents, weights = by_label(way.documents, chosen), by_label(way.weights, chosen)
    of_labels = metrics_of(way, documents, weights)
    found = of_shares(way, documents, weights) | of_counts(way, documents, of_labels)
    return {(*key, None): values for key, values in found.items()} | {
        ("label", name, number): values for number, each in enumerate(of_labels) for name, values in each.items()
    }


def _rows(observed: np.ndarray, halves: np.ndarray, said: list[str], *, known: bool) -> list[dict[str, object]]:
    """What is found of a statistic of all layers and of each where it has any value; the interval if it is `known`."""
    rows = []
    for place, (whole, each) in enumerate(zip(observed, halves, strict=True)):
        defined = each[np.isfinite(each)]
        if np.isnan(whole) and not len(defined):
            continue
        missing = len(each) - len(defined)
        piled = len(defined) and _piled(defined)
        low, high = np.percentile(defined, INTERVAL) if known and len(defined) and not piled else (np.nan, np.nan)
        notes = [*said]
        if missing:
            notes.append(f"undefined in {missing} of {len(each)} half-samples")
        if known and piled:
            notes.append("half of the half-samples or more lie at one end of their values: no interval")
        rows.append(
            {
                "layer": place - 1 if place else None,
                "half_samples": np.int32(len(defined)),
                "value": defined.mean() if len(defined) else np.nan,
                "low": low,
                "high": high,
                "observed": whole,
                "note": "; ".join(notes) or None,
            }
        )
    return rows


def _piled(values: np.ndarray) -> bool:
    """Whether too many values are the largest or the smallest, up to rounding."""
    at_end = [np.mean(np.abs(values - end) <= 1e-12 * max(1, abs(end))) for end in (values.min(), values.max())]
    return max(at_end) >= PILED
