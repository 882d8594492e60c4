"""Synthetic cells whose truth is known: documents walk through the layers, pushed by what is planted."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binom

from nrag.compared import Documents, documents_of
from nrag.statistics.label_tests import Asked, label_tests
from nrag.statistics.permutations import Design, strata_by_length

Planes = Mapping[tuple[str, int], np.ndarray]

_EDGE = 2.0
"""Half the width of the grid in standard deviations of the places; what lies beyond is in the last cells."""


class Case(NamedTuple):
    """What `label_tests` takes."""

    planes: Planes
    documents: Documents
    design: Design
    size: int


def walks(generator: np.random.Generator, push: np.ndarray, *, layers: int, size: int, seeds: int = 1) -> Planes:
    """Cells by model and seed, each (layers, documents, 2), of walks over a plane of standard deviation 1.

    `push`, (documents,) or (layers, documents), is added to a document's first coordinate in the layer.
    Seeds of the reduction see the same places, each with noise of its own.
    """
    push = np.broadcast_to(push, (layers, np.shape(push)[-1]))
    places = _places(generator, push.shape[1], layers)
    places[..., 0] += push
    noise = 0.3 if seeds > 1 else 0.0
    return {
        ("model", seed): cells_of(places + noise * generator.normal(size=places.shape), size=size)
        for seed in range(seeds)
    }


def _places(generator: np.random.Generator, documents: int, layers: int) -> np.ndarray:
    """(layers, documents, 2): from layer to layer a document keeps most of its place."""
    places = [generator.normal(size=(documents, 2))]
    for _ in range(1, layers):
        places.append(0.8 * places[-1] + 0.6 * generator.normal(size=(documents, 2)))
    return np.stack(places)


def cells_of(places: np.ndarray, *, size: int) -> np.ndarray:
    """Cells of places on a grid that does not depend on them."""
    return np.clip(np.floor((places + _EDGE) / (2 * _EDGE) * size), 0, size - 1).astype(np.int16)


def case(
    planes: Planes,
    labels: np.ndarray,
    *,
    size: int,
    stratum: np.ndarray | None = None,
    unit: np.ndarray | None = None,
    names: Sequence[str] | None = None,
) -> Case:
    """A comparison of all documents; without strata and units each document is permuted with all others."""
    labels = np.asarray(labels)
    names = tuple(names or "ABCDEFG"[: labels.max() + 1])
    stratum = np.zeros(len(labels), dtype=np.int64) if stratum is None else stratum
    unit = np.arange(len(labels)) if unit is None else unit
    documents = Documents(np.arange(len(labels)), names, labels)
    return Case(planes, documents, Design(labels.astype(np.int8), stratum, unit), size)


def labels_of(sizes: Sequence[int], generator: np.random.Generator) -> np.ndarray:
    """Labels of these sizes, in random order."""
    return generator.permutation(np.repeat(np.arange(len(sizes)), sizes))


# ------------------------------------------------------------------ labels that say nothing, given the design


def equal(generator: np.random.Generator) -> Case:
    return _random_labels(generator, (14, 14))


def unequal(generator: np.random.Generator) -> Case:
    return _random_labels(generator, (8, 20))


def three_labels(generator: np.random.Generator) -> Case:
    return _random_labels(generator, (7, 9, 12))


def several_seeds(generator: np.random.Generator) -> Case:
    return _random_labels(generator, (10, 14), seeds=2)


def strata(generator: np.random.Generator, *, stratified: bool = True, documents: int = 50) -> Case:
    """Long documents lie elsewhere and have another label more often; within a fifth the label says nothing."""
    words = np.round(np.exp(generator.normal(4, 1, documents))).astype(int)
    fifth = strata_by_length(words)
    labels = (generator.random(documents) < 0.1 + 0.2 * fifth).astype(int)
    push = np.log(words) - 4
    stratum = fifth if stratified else None
    return case(walks(generator, push, layers=3, size=3), labels, size=3, stratum=stratum)


def groups(generator: np.random.Generator, *, whole: bool = True, largest: int = 6) -> Case:
    """Groups of two documents or more that lie together and have one label, six groups each."""
    number = 12
    unit = np.repeat(np.arange(number), generator.integers(2, largest + 1, number))
    labels = generator.permutation(np.arange(number) % 2)[unit]
    push = 2 * generator.normal(size=number)[unit]
    planes = walks(generator, push, layers=3, size=3)
    return case(planes, labels, size=3, unit=unit if whole else None)


def mixed_units(generator: np.random.Generator) -> Case:
    """Groups that lie together: those of several labels where their labels' shares put them, the others anywhere."""
    unit = np.repeat(np.arange(9), generator.integers(2, 6, 9))
    labels = (generator.random(len(unit)) < generator.choice([0.0, 0.3, 0.8, 1.0], 9)[unit]).astype(int)
    # Both labels must come up; which documents have them is still random.
    labels[:2] = generator.permutation(2)
    share = np.bincount(unit, labels) / np.bincount(unit)
    # What has one label swaps it with others, so its place may not depend on it.
    push = np.where((share > 0) & (share < 1), 4 * (share - 0.5), generator.normal(size=9))[unit]
    return case(walks(generator, push, layers=3, size=3), labels, size=3, unit=unit)


def repeated_texts(generator: np.random.Generator) -> Case:
    """Every text up to three times, always under its own label and in the same cells; units as a study makes them."""
    text = np.repeat(np.arange(16), generator.integers(1, 4, 16))
    labels = generator.permutation(np.arange(16) % 2)[text]
    planes = walks(generator, np.zeros(16), layers=3, size=3)
    corpus = pd.DataFrame({"group": pd.array([None] * len(text), dtype="str"), "text": text.astype(str)})
    documents = documents_of(corpus.assign(kind=np.array(["A", "B"])[labels]), "kind", ["A", "B"])
    copied = {key: plane[:, text] for key, plane in planes.items()}
    return case(copied, documents.labels, size=3, unit=documents.groups)


def everything(generator: np.random.Generator) -> Case:
    """Three labels, groups within two strata that lie apart and prefer other labels, two seeds."""
    unit = np.repeat(np.arange(20), generator.integers(1, 4, 20))
    stratum = np.arange(20) % 2
    labels = np.empty(20, dtype=int)
    labels[stratum == 0] = generator.permutation([0] * 5 + [1] * 3 + [2] * 2)
    labels[stratum == 1] = generator.permutation([0] * 2 + [1] * 3 + [2] * 5)
    push = (generator.normal(size=20) + 2 * stratum - 1)[unit]
    planes = walks(generator, push, layers=3, size=3, seeds=2)
    return case(planes, labels[unit], size=3, stratum=stratum[unit], unit=unit)


NULLS: dict[str, Callable[[np.random.Generator], Case]] = {
    "labels of equal size": equal,
    "labels of unequal size": unequal,
    "three labels": three_labels,
    "two seeds": several_seeds,
    "strata": strata,
    "groups of one label": groups,
    "groups of several labels": mixed_units,
    "repeated texts": repeated_texts,
    "strata, groups, three labels, two seeds": everything,
}
"""Where labels say nothing that strata and units do not tell: every test must find that."""


def _random_labels(generator: np.random.Generator, sizes: Sequence[int], *, seeds: int = 1) -> Case:
    planes = walks(generator, np.zeros(sum(sizes)), layers=3, size=3, seeds=seeds)
    return case(planes, labels_of(sizes, generator), size=3)


# ------------------------------------------------------------------ labels that say something


def random_labels(generator: np.random.Generator) -> Case:
    return shifted(generator, 0.0)


def shifted(generator: np.random.Generator, shift: float | Sequence[float]) -> Case:
    """Label B pushed by `shift` standard deviations, the same in all layers or one number each."""
    labels = labels_of((_EACH, _EACH), generator)
    push = np.broadcast_to(shift, _LAYERS)[:, None] * labels
    return case(walks(generator, push, layers=_LAYERS, size=_SIZE), labels, size=_SIZE)


def one_layer(generator: np.random.Generator) -> Case:
    """A shortcut: label B elsewhere in layer 2 alone."""
    return shifted(generator, [0, 0, 2, 0, 0])


def spread(generator: np.random.Generator) -> Case:
    """Both labels around one centre, label B closer to it."""
    labels = labels_of((_EACH, _EACH), generator)
    places = _places(generator, len(labels), _LAYERS)
    places[:, labels == 1] *= 0.4
    return case({("model", 0): cells_of(places, size=_SIZE)}, labels, size=_SIZE)


def other_pairs(generator: np.random.Generator) -> Case:
    """The same regions as often, other edges: documents of label A keep their region, those of B take the next one."""
    labels = labels_of((_EACH, _EACH), generator)
    region = np.empty((_LAYERS, len(labels)), dtype=int)
    for label in range(2):
        # As many documents of each label in every region, so occupancy cannot tell the labels apart.
        region[0, labels == label] = generator.permutation(np.arange(_EACH) % _SIZE)
    for layer in range(1, _LAYERS):
        region[layer] = (region[layer - 1] + labels) % _SIZE
    plane = np.stack([region, np.zeros_like(region)], axis=-1).astype(np.int16)
    return case({("model", 0): plane}, labels, size=_SIZE)


def strands(generator: np.random.Generator) -> Case:
    """As many documents of either label in every region; those of A stay in one half of them, those of B do not."""
    labels = labels_of((_EACH, _EACH), generator)
    region = np.empty((_LAYERS, 2 * _EACH), dtype=int)
    half = np.empty(2 * _EACH, dtype=int)
    for label in range(2):
        half[labels == label] = generator.permutation(np.arange(_EACH) % 2)
    for layer in region:
        for label in range(2):
            own = np.flatnonzero(labels == label)
            halves = half[own] if label == 0 else generator.permutation(half[own])
            for number in range(2):
                some = own[halves == number]
                layer[some] = 4 * number + generator.permutation(np.arange(len(some)) % 4)
    plane = np.stack([region // 4, region % 4], axis=-1).astype(np.int16)
    return case({("model", 0): plane}, labels, size=4)


def bottleneck(generator: np.random.Generator) -> Case:
    """Documents anywhere, in the middle layer those of label B in one region."""
    labels = labels_of((_EACH, _EACH), generator)
    plane = generator.integers(0, 4, (_LAYERS, 2 * _EACH, 2)).astype(np.int16)
    plane[_LAYERS // 2, labels == 1] = 0
    return case({("model", 0): plane}, labels, size=4)


def shuffled_layers(generator: np.random.Generator) -> Case:
    """`other_pairs`, then each label's documents shuffled in every layer: what edges told is lost."""
    base = other_pairs(generator)
    plane = base.planes["model", 0].copy()
    for layer in plane:
        for label in range(2):
            rows = np.flatnonzero(base.documents.labels == label)
            layer[rows] = layer[generator.permutation(rows)]
    return base._replace(planes={("model", 0): plane})


def moved(share: float, *, documents: int = 40) -> Case:
    """All documents in one region of every layer, but a share of label B's, which lie in another."""
    labels = np.repeat([0, 1], documents)
    away = np.arange(2 * documents) >= 2 * documents - round(share * documents)
    plane = np.zeros((3, 2 * documents, 2), dtype=np.int16)
    plane[:, away] = 2
    return case({("model", 0): plane}, labels, size=3)


def twice(generator: np.random.Generator, *, texts: bool = False) -> Case:
    """The same documents under two labels; with `texts` each of them and its copy are one unit."""
    once = walks(generator, np.zeros(30), layers=4, size=4)
    planes = {key: np.concatenate([plane, plane], axis=1) for key, plane in once.items()}
    return case(planes, np.repeat([0, 1], 30), size=4, unit=np.tile(np.arange(30), 2) if texts else None)


def by_length(generator: np.random.Generator, *, stratified: bool) -> Case:
    """As `strata`, with 120 documents, but the label follows the length itself, within fifths too."""
    words = np.round(np.exp(generator.normal(4, 1, 120))).astype(int)
    labels = (generator.random(120) < 1 / (1 + np.exp(-1.5 * (np.log(words) - 4)))).astype(int)
    stratum = strata_by_length(words) if stratified else None
    return case(walks(generator, np.log(words) - 4, layers=3, size=3), labels, size=3, stratum=stratum)


_EACH, _LAYERS, _SIZE = 60, 5, 6

TRUTHS: dict[str, Callable[[np.random.Generator], Case]] = {
    "random labels": random_labels,
    "elsewhere in all layers": partial(shifted, shift=1.0),
    "elsewhere in one layer": one_layer,
    "closer together": spread,
    "other pairs of regions": other_pairs,
    "other pairs, layers shuffled": shuffled_layers,
}
"""What is planted, for the table of which test sees what."""

STRUCTURES: dict[str, Callable[[np.random.Generator], Case]] = {"strands": strands, "bottleneck": bottleneck}
"""What is planted for the metrics of paths and communities."""


# ------------------------------------------------------------------ tests of many cases


def table_of(
    made: Case, *, permutations: int = 199, permutations_costly: int = 0, seed: int = 0, sources: int | None = None
) -> pd.DataFrame:
    """`label_tests` of a case, by metric and layer; the layer of all layers together is -1."""
    asked = Asked(permutations, permutations, seed, permutations_costly, sources)
    table = label_tests(made.planes, made.documents, made.design, size=made.size, asked=asked)
    return table.assign(layer=table["layer"].fillna(-1).astype(int)).set_index(["metric", "layer"]).sort_index()


def p_values(
    make: Callable[[np.random.Generator], Case], draws: int, *, permutations: int = 199, permutations_costly: int = 0
) -> pd.DataFrame:
    """(metric and layer) by (draws): p of every test in as many cases, NaN where it is undefined."""
    asked = {"permutations": permutations, "permutations_costly": permutations_costly}
    found = {draw: table_of(make(np.random.default_rng([draw, 6])), seed=draw, **asked)["p"] for draw in range(draws)}
    return pd.DataFrame(found)


def rejected(p: pd.DataFrame, *, level: float = 0.05) -> pd.DataFrame:
    """How often each test's p is below the level, of how many defined p, and the binomial 99.9 % bound."""
    defined = p.notna().sum(axis=1)
    return pd.DataFrame({"found": (p < level).sum(axis=1), "draws": defined, "most": binom.ppf(0.999, defined, level)})
