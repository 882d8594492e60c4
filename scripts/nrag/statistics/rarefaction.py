"""Rarefaction: how a label's metrics grow with the number of documents they are of."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from nrag.compared import Documents
from nrag.graphs import Incidence, incidence_of
from nrag.statistics.drawing import samples
from nrag.statistics.label_values import by_label, metrics_of

SIZES, BEYOND = 10, 5
"""Sizes up to the smallest label's, and from there to the largest label's."""

START = 10
"""Documents of the smallest size, if labels are not as small."""

_NUMBERS = 2**23
"""Weights of edges that are looked at in one go."""


def rarefaction(
    planes: Mapping[tuple[str, int], np.ndarray], documents: Documents, *, size: int, draws: int = 50, seed: int
) -> pd.DataFrame:
    """Every closed-form metric of every label by the number of documents n, a row each.

    `planes` are the cells of all documents of the corpus by model and seed (`regions.planes_of`). Each size is drawn
    `draws` times without replacement (see `drawing.samples`: groups stay whole); larger draws contain the
    smaller ones. Compare labels where n is the same: a curve that still rises says that more documents would give
    more of the metric.

    Columns: `model`, `label`, `metric`, `layer` (null for all), `n`, `draws` (those in which the metric is defined),
    `documents` (the mean number in these, which is n but where groups stay whole), their `mean` and `sd` (divisor
    draws - 1; it falls to 0 as n comes to all documents, so it is no error of the value), `seeds` of a reduction, over
    which values are averaged before.
    """
    sizes = sizes_of(np.bincount(documents.labels, minlength=len(documents.names)))
    models = dict.fromkeys(name for name, _ in planes)
    rows = []
    for number, (label, of_label) in enumerate(zip(documents.names, sizes, strict=True)):
        chosen = documents.labels == number
        groups = documents.groups[chosen] if documents.groups is not None else np.arange(np.count_nonzero(chosen))
        unit = np.unique(groups, return_inverse=True)[1]
        for model in models:
            ways = [
                incidence_of(plane, size=size, documents=documents.rows[chosen])
                for (of_model, _), plane in planes.items()
                if of_model == model
            ]
            of_model = {"model": model, "label": label, "seeds": len(ways)}
            rows += [of_model | row for row in _curves(ways, unit, of_label, draws=draws, seed=seed)]
    names = ["model", "label", "metric", "layer", "n", "documents", "draws", "mean", "sd", "seeds"]
    types = {"layer": "Int16", "n": "int32", "draws": "int32", "seeds": "int16"}
    return pd.DataFrame(rows, columns=names).astype(types)


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


def _curves(
    ways: Sequence[Incidence], unit: np.ndarray, sizes: Sequence[int], *, draws: int, seed: int
) -> Iterator[dict[str, object]]:
    """Of one model and label every metric by size; several sizes are looked at in one go while they are small."""
    edges = max((len(way.source) for way in ways), default=1)
    step = max(1, _NUMBERS // (max(edges, len(unit), 1) * draws))
    for start in range(0, len(sizes), step):
        part = sizes[start : start + step]
        drawn = [samples(np.zeros_like(unit), unit, 1, m=n, number=draws, seed=seed) for n in part]
        chosen = np.concatenate(drawn, axis=-1)
        of_seeds = [metrics_of(way, *by_label(way, chosen))[0] for way in ways]
        for metric in of_seeds[0]:
            values = np.mean([of_seed[metric] for of_seed in of_seeds], axis=0)
            for n, documents, of_size in zip(part, drawn, np.split(values, len(part), axis=1), strict=True):
                told = {"metric": metric, "n": n}
                yield from (told | row for row in _rows(of_size, documents.sum(axis=(0, 1))))


def _rows(values: np.ndarray, documents: np.ndarray) -> list[dict[str, object]]:
    """Of all layers and of each where the metric has any value, (1 + layers, draws); `documents` are of each draw."""
    rows = []
    for place, each in enumerate(values):
        found = np.isfinite(each)
        if found.any():
            defined = each[found]
            sd = defined.std(ddof=1) if len(defined) > 1 else np.nan
            told = {"draws": len(defined), "documents": documents[found].mean(), "mean": defined.mean(), "sd": sd}
            rows.append({"layer": place - 1 if place else None} | told)
    return rows
