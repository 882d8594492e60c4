"""Every statistic of a comparison in half-samples of its documents: of its labels, of labels dealt anew, of one label.

Most statistics depend on how many documents they are of, so their scatter belongs to a number of documents: here to m,
half of those that the smallest label has. Documents are drawn without replacement. (A bootstrap with replacement, which
draws documents twice, would miss the value: repeated documents occupy no new region.)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nrag.compared import Documents
from nrag.graphs import Incidence, incidence_of
from nrag.statistics.drawing import disjoint, samples
from nrag.statistics.label_tests import DRAWS
from nrag.statistics.label_values import (
    OF_SHARES,
    by_label,
    mean,
    metrics_of,
    of_counts,
    of_shares,
    separations_by_counts,
)
from nrag.statistics.matching import choices, matched
from nrag.statistics.permutations import Design, permuted

PAIRWISE = "edge_total_variation"
"""The one separation that is a mean over pairs of labels, so that two halves can be held against more labels."""

_TOGETHER = 64
"""Half-samples that are looked at in one go: counts of regions and edges are not kept for more."""

_DRAWN, _DEALT, _SPLIT = 1, 2, 3
"""Part of the seeds: documents may not be drawn by the numbers that deal their labels."""

Key = tuple[str, str, int | None]
"""Test, metric, and number of the label where it is of a single one."""

Values = dict[Key, np.ndarray]
"""(1 + layers, columns): of all layers together in row 0, then of each; NaN where there is none."""


@dataclass(frozen=True, eq=False)
class HalfSamples:
    """What half-samples of one model's documents give; arrays as `Values`, several seeds of a reduction averaged."""

    halves: Values
    """(1 + layers, half-samples), of the tests separation, difference and range; label, a metric of one label; and
    floor, a separation of two disjoint halves of one label."""
    observed: Values
    """(1 + layers,) of all documents as in `label_tests`: separations by shares of all, everything else as the mean of
    matched choices; of floors nothing."""
    null_mean: Values
    """(1 + layers,) mean over half-samples of labels dealt anew; of separations, differences and ranges."""
    seeds: int
    """Seeds of the reduction."""

    def effects(self, key: Key) -> np.ndarray:
        """(1 + layers, half-samples): values less the mean of labels dealt anew."""
        return self.halves[key] - self.null_mean[key][:, None]


@dataclass(frozen=True, eq=False)
class Scheme:
    """How half-samples of a comparison are drawn, the same for all its models."""

    documents: Documents
    design: Design
    number: int
    """How many half-samples, dealings of the labels, and pairs of halves of each label."""
    seed: int
    notes: Sequence[str] = ()
    """What to know of the design, and what limits the dealings, in sentences."""

    @property
    def labels(self) -> int:
        """How many labels are compared."""
        return len(self.documents.names)

    @property
    def m(self) -> int:
        """Half of the documents of the smallest label, rounded down."""
        return int(np.bincount(self.documents.labels, minlength=self.labels).min()) // 2

    @property
    def unit(self) -> np.ndarray:
        """(documents,) number of what is drawn as one, from 0."""
        groups = self.documents.groups
        return np.arange(len(self.documents.rows)) if groups is None else np.unique(groups, return_inverse=True)[1]

    def parts(self) -> Iterator[tuple[int, int]]:
        """Start and length of the half-samples that are drawn in one go."""
        for start in range(0, self.number, _TOGETHER):
            yield start, min(_TOGETHER, self.number - start)

    def halves(self, start: int, number: int) -> np.ndarray:
        """(labels, documents, number): half-samples of the labels as they are."""
        return self._drawn(self.documents.labels, start, number)

    def dealt(self, start: int, number: int) -> np.ndarray:
        """(labels, documents, number): half-samples of labels dealt anew, another dealing in each."""
        dealt = permuted(self.design, number, [self.seed, start, _DEALT])[:, 1:]
        return self._drawn(dealt, start, number)

    def split(self, label: int, start: int, number: int) -> np.ndarray:
        """(2, documents, number): two halves of the documents of one label."""
        (of_label,) = np.nonzero(self.documents.labels == label)
        chosen = np.zeros((2, len(self.documents.rows), number), dtype=bool)
        unit = np.unique(self.unit[of_label], return_inverse=True)[1]
        chosen[:, of_label] = disjoint(unit, m=self.m, number=number, seed=(self.seed, start, _SPLIT))
        return chosen

    def _drawn(self, labels: np.ndarray, start: int, number: int) -> np.ndarray:
        return samples(labels, self.unit, self.labels, m=self.m, number=number, seed=(self.seed, start, _DRAWN))


def half_samples(ways: Sequence[np.ndarray], scheme: Scheme, *, size: int) -> HalfSamples:
    """What half-samples of one model give.

    `ways` are its cells under each seed of the reduction, (layers, documents of the corpus, 2). Every half-sample has m
    documents of each label, or, where documents belong together, whole groups of about m (`drawing.samples`); all
    models and seeds of a reduction have the same. Labels are dealt anew as the scheme's design says, and of
    each dealing one half-sample is taken. The two halves of a label are disjoint, m documents each; with more than two
    labels only `PAIRWISE` of them is told, for other separations of two are on another scale than those of more.
    """
    incidences = [incidence_of(way, size=size, documents=scheme.documents.rows) for way in ways]
    halves: dict[Key, list[np.ndarray]] = {}
    null = _Mean()
    for part in scheme.parts():
        found = _of_ways(incidences, scheme.halves(*part))
        for label in range(scheme.labels):
            found |= _floor(incidences, scheme.split(label, *part), label, scheme.labels)
        for key, values in found.items():
            halves.setdefault(key, []).append(values)
        null.add({key: values for key, values in _of_ways(incidences, scheme.dealt(*part)).items() if key[2] is None})
    joined = {key: np.concatenate(parts, axis=-1) for key, parts in halves.items()}
    return HalfSamples(joined, _observed(incidences, scheme), null.values(), len(ways))


def ways_of(planes: Mapping[tuple[str, int], np.ndarray]) -> dict[str, list[np.ndarray]]:
    """By model its cells under each seed, of those of `regions.planes_of`."""
    found: dict[str, list[np.ndarray]] = {}
    for (model, _), plane in planes.items():
        found.setdefault(model, []).append(plane)
    return found


# --------------------------------------------------------------------------------------- private


class _Mean:
    """The mean of columns that come in parts, of those that are defined."""

    def __init__(self) -> None:
        self.sum: dict[Key, np.ndarray] = {}
        self.number: dict[Key, np.ndarray] = {}

    def add(self, values: Values) -> None:
        for key, each in values.items():
            self.sum[key] = self.sum.get(key, 0) + np.nansum(each, axis=-1)
            self.number[key] = self.number.get(key, 0) + np.isfinite(each).sum(axis=-1)

    def values(self) -> Values:
        return {
            key: np.divide(total, self.number[key], out=np.full(total.shape, np.nan), where=self.number[key] > 0)
            for key, total in self.sum.items()
        }


def _of_ways(incidences: Sequence[Incidence], chosen: np.ndarray) -> Values:
    return mean(_values(way, chosen) for way in incidences)


def _values(way: Incidence, chosen: np.ndarray) -> Values:
    """Every statistic of every choice of documents, (labels, documents, columns), under one seed of the reduction."""
    documents, weights = by_label(way, chosen)
    of_labels = metrics_of(way, documents, weights)
    found = of_shares(way, documents, weights) | of_counts(way, documents, of_labels)
    return {(*key, None): values for key, values in found.items()} | {
        ("label", name, number): values for number, each in enumerate(of_labels) for name, values in each.items()
    }


def _floor(incidences: Sequence[Incidence], halves: np.ndarray, label: int, labels: int) -> Values:
    """The separations of two halves of a label, (2, documents, columns)."""
    each = []
    for way in incidences:
        documents, weights = by_label(way, halves)
        each.append(of_shares(way, documents, weights) | separations_by_counts(way, documents))
    found = mean(each)
    return {("floor", name, label): values for (_, name), values in found.items() if labels == 2 or name == PAIRWISE}


def _observed(incidences: Sequence[Incidence], scheme: Scheme) -> Values:
    labels, k = scheme.documents.labels, scheme.labels
    everyone = (labels == np.arange(k)[:, None])[..., None]
    orders = choices(len(labels), DRAWS, scheme.seed)
    alike = np.concatenate([matched(labels[:, None], order, k) for order in orders], axis=-1)
    values = _of_ways(incidences, np.concatenate([everyone, alike], axis=-1))
    return {
        key: found[:, 0] if key[1] in OF_SHARES and key[0] == "separation" else found[:, 1:].mean(axis=1)
        for key, found in values.items()
    }
