"""Rarefaction: how a label's metrics grow with the number of documents they are of."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nrag.compared import Documents
from nrag.graphs import incidence_of
from nrag.statistics.half_samples import samples
from nrag.statistics.label_tests import by_label, metrics_of

SIZES, BEYOND = 10, 5
"""Sizes up to the smallest label's, and from there to the largest label's."""

START = 10
"""Documents of the smallest size, if labels are not as small."""


def rarefaction(
    planes: Mapping[tuple[str, int], np.ndarray], documents: Documents, *, size: int, draws: int = 50, seed: int
) -> pd.DataFrame:
    """Every closed-form metric of every label by the number of documents n, a row each.

    `planes` are the cells of all documents of the corpus by model and seed (`regions.planes_of`). Each size is drawn
    `draws` times without replacement (see `half_samples.samples`: groups stay whole); larger draws contain the
    smaller ones. Compare labels where n is the same: a curve that still rises says that more documents would give
    more of the metric.

    Columns: `model`, `label`, `metric`, `layer` (null for all), `n`, `documents` (the mean number drawn, which is n
    but where groups stay whole), `draws` (those in which the metric is defined), their `mean` and `sd` (divisor
    draws - 1; it falls to 0 as n comes to all documents, so it is no error of the value), `seeds` of a reduction, over
    which values are averaged before.
    """
    sizes = sizes_of(np.bincount(documents.labels, minlength=len(documents.names)))
    tables = []
    for number, (name, of_label) in enumerate(zip(documents.names, sizes, strict=True)):
        chosen = documents.labels == number
        groups = documents.groups[chosen] if documents.groups is not None else np.arange(np.count_nonzero(chosen))
        unit = np.unique(groups, return_inverse=True)[1]
        for model in dict.fromkeys(name for name, _ in planes):
            ways = [
                incidence_of(plane, size=size, documents=documents.rows[chosen])
                for (of_model, _), plane in planes.items()
                if of_model == model
            ]
            for n in of_label:
                drawn = samples(np.zeros_like(unit), unit, 1, m=n, number=draws, seed=seed)
                seeds = [
                    metrics_of(way, by_label(way.documents, drawn), by_label(way.weights, drawn))[0] for way in ways
                ]
                rows = [
                    {"metric": metric} | row
                    for metric in seeds[0]
                    for row in _rows(np.mean([values[metric] for values in seeds], axis=0))
                ]
                of_all = {"model": model, "label": name, "n": np.int32(n), "documents": drawn.sum() / draws}
                tables.append(pd.DataFrame(rows).assign(**of_all, seeds=np.int16(len(ways))))
    names = ["model", "label", "metric", "layer", "n", "documents", "draws", "mean", "sd", "seeds"]
    return pd.concat(tables, ignore_index=True).astype({"layer": "Int16"})[names]


def sizes_of(counts: np.ndarray) -> list[list[int]]:
    """For each label, of `counts` documents, the numbers of documents to draw, rising to all of them.

    Ten in equal ratios up to the smallest label's count, the same for all labels; five more from there to the largest.
    They begin with 10, or with 1 if the smallest label has fewer than 20.

    >>> sizes_of(np.array([100, 100]))[0]
    [10, 13, 17, 22, 28, 36, 46, 60, 77, 100]
    >>> sizes_of(np.array([1000, 4, 500]))
    [[1, 2, 3, 4, 12, 36, 110, 331, 1000], [1, 2, 3, 4], [1, 2, 3, 4, 12, 36, 110, 331, 500]]
    """
    present = counts[counts > 0]
    least, most = int(present.min()), int(present.max())
    common = np.geomspace(START if least >= 2 * START else 1, least, SIZES)
    beyond = np.geomspace(least, most, BEYOND + 1)
    sizes = np.unique(np.rint(np.concatenate([common, beyond])).astype(int))
    return [[*sizes[sizes < count].tolist(), int(count)] if count else [] for count in counts]


# --------------------------------------------------------------------------------------- private


def _rows(values: np.ndarray) -> list[dict[str, object]]:
    """Of all layers and of each where the metric has any value, (1 + layers, draws)."""
    rows = []
    for place, each in enumerate(values):
        defined = each[np.isfinite(each)]
        if len(defined):
            sd = defined.std(ddof=1) if len(defined) > 1 else np.nan
            layer = place - 1 if place else None
            rows.append({"layer": layer, "draws": np.int32(len(defined)), "mean": defined.mean(), "sd": sd})
    return rows
