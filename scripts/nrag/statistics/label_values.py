"""The statistics of a comparison's labels, of many labellings at once: separations, and differences of metrics."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nrag.graphs import Incidence
from nrag.statistics import separation
from nrag.statistics.closed_forms import graph_metrics, layer_metrics
from nrag.statistics.matching import Matching
from nrag.statistics.significance import Side

OF_SHARES: dict[str, Side] = {
    "region_divergence": "larger",
    "edge_total_variation": "larger",
    "edge_jaccard_distance": "larger",
    "label_information": "larger",
}
"""Separations that count labels by their shares, of all documents; and which values speak for them."""

OF_COUNTS: dict[str, Side] = {"exclusive_regions": "larger", "shared_regions": "smaller"}
"""Separations that need as many documents of each label."""

COUNTED = {
    "region_divergence": "regions",
    "label_information": "regions",
    "edge_total_variation": "edges",
    "edge_jaccard_distance": "edges",
}
"""What each separation by shares counts."""

Values = dict[tuple[str, str], np.ndarray]
"""By test and metric, (1 + layers, columns): of all layers together in row 0, then of each; NaN where there is none."""


def mean(each: Iterable[Values]) -> Values:
    """The mean of several: of the seeds of a reduction, or of random choices. NaN where one of them is."""
    each = list(each)
    return {key: np.mean([values[key] for values in each], axis=0) for key in each[0]}


def by_label(way: Incidence, chosen: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Documents (labels, regions, columns) and weights (labels, edges, columns) of each label's chosen documents."""
    documents, weights = zip(*map(way.counts, chosen), strict=True)
    return np.stack(documents), np.stack(weights)


def of_all(way: Incidence, dealt: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """`by_label` of all documents of so many labels; `dealt` is (documents, columns)."""
    # Every document has a label: the last one has what the others leave, and is not counted.
    counted = [way.counts(dealt == label) for label in range(labels - 1)]
    documents, weights = (
        np.stack([*each, whole - sum(each)])
        for each, whole in zip(zip(*counted, strict=True), way.everyone, strict=True)
    )
    return documents, weights


def of_shares(way: Incidence, documents: np.ndarray, weights: np.ndarray) -> Values:
    """The separations `OF_SHARES`, of counts by label as `by_label` gives them."""
    counted = {"regions": documents, "edges": weights}
    return {
        ("separation", name): _stacked(getattr(separation, name)(way, counted[COUNTED[name]])) for name in OF_SHARES
    }


def of_counts(way: Incidence, documents: np.ndarray, metrics: Sequence[Mapping[str, np.ndarray]]) -> Values:
    """What depends on how many documents there are, of labels with as many each: `OF_COUNTS`, and of every metric
    the difference or range of the labels' values, which `metrics_of` gives.
    """
    return separations_by_counts(way, documents) | compared(metrics)


def compared(metrics: Sequence[Mapping[str, np.ndarray]]) -> Values:
    """Of every metric by name the difference of two labels, the first less the second, or the range of more."""
    test = "difference" if len(metrics) == 2 else "range"
    found = {}
    for name in metrics[0]:
        values = np.stack([each[name] for each in metrics])
        found[test, name] = values[0] - values[1] if test == "difference" else values.max(axis=0) - values.min(axis=0)
    return found


def separations_by_counts(way: Incidence, documents: np.ndarray) -> Values:
    """The separations `OF_COUNTS`, of labels with as many documents each."""
    return {("separation", name): _stacked(getattr(separation, name)(way, documents)) for name in OF_COUNTS}


def metrics_of(way: Incidence, documents: np.ndarray, weights: np.ndarray) -> list[dict[str, np.ndarray]]:
    """Of each label every closed-form metric by name, (1 + layers, columns); NaN where the label has no documents."""
    return [_metrics(way, *of_label) for of_label in zip(weights, documents, strict=True)]


def values_of(way: Incidence, matching: Matching) -> Values:
    """Every closed form of every labelling under one seed of the reduction; labels of unequal size are matched."""
    return of_counted(way, matching, *of_all(way, matching.labels, matching.number))


def of_counted(way: Incidence, matching: Matching, documents: np.ndarray, weights: np.ndarray) -> Values:
    """`values_of`, given the counts of all documents by label, as `of_all` gives them."""
    found = of_shares(way, documents, weights)
    if matching.whole.all():
        return found | of_counts(way, documents, metrics_of(way, documents, weights))
    # A label that keeps all its documents has the same counts and metrics in every draw.
    whole = {
        label: (documents[label], _metrics(way, weights[label], documents[label]))
        for label in np.flatnonzero(matching.whole).tolist()
    }
    draws = []
    for draw in range(len(matching.orders)):
        kept = [whole.get(label) or _kept(way, matching.kept(label, draw)) for label in range(matching.number)]
        draws.append(of_counts(way, np.stack([each for each, _ in kept]), [metrics for _, metrics in kept]))
    return found | mean(draws)


def _kept(way: Incidence, chosen: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Documents and metrics of the chosen documents of one label."""
    documents, weights = way.counts(chosen)
    return documents, _metrics(way, weights, documents)


def _metrics(way: Incidence, weights: np.ndarray, documents: np.ndarray) -> dict[str, np.ndarray]:
    overall, by_layer = graph_metrics(way, weights, documents), layer_metrics(way, weights, documents)
    none = np.full((way.layers, weights.shape[1]), np.nan)
    present = documents.any(axis=0)
    # Without documents a label has no NRAG, rather than one of 0 regions.
    return {
        name: np.where(present, np.concatenate([overall.get(name, none[0])[None], by_layer.get(name, none)]), np.nan)
        for name in dict.fromkeys([*overall, *by_layer])
    }


def _stacked(found: separation.Separation) -> np.ndarray:
    return np.concatenate([found.overall[None], found.by_layer])
