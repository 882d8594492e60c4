"""The statistics of comparisons under choices that could as well have been made otherwise, one choice at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.compared import Documents
from nrag.graphs import incidence_of
from nrag.shifts import Planes
from nrag.statistics.agreement import agreement
from nrag.statistics.factors import AGREEMENT, REFERENCE
from nrag.statistics.label_tests import DRAWS
from nrag.statistics.label_values import Values, mean, values_of
from nrag.statistics.matching import Matching, choices
from nrag.statistics.permutations import label_type

Variant = tuple[str, str]
"""A factor and what it is in the variant, such as ("seed", "1")."""


class Place(NamedTuple):
    """How the states of a space were pooled, reduced and divided into regions."""

    pooling: str
    reduction: str
    bins: str
    size: int


@dataclass(frozen=True)
class Varied:
    """What is known of one place and its own variants, the other seeds and the shifts of its grid."""

    values: Mapping[tuple[str, str], Mapping[Variant, Values]]
    """By comparison and model, then by variant, `REFERENCE` among them: (1 + layers,) of each test and metric."""
    agreement: Mapping[str, Mapping[Variant, np.ndarray]]
    """By model and variant, (layers,): see `agreement`."""
    regions: Mapping[str, np.ndarray]
    """By model, (layers, documents): a number for the region of each document under the first seed."""


def varied(
    planes: Planes, shifted: Mapping[str, Planes], comparisons: Mapping[str, Documents], *, size: int, seed: int
) -> Varied:
    """The values of comparisons, by name, in one place: under all seeds together, each of several, and each shift.

    `planes` are the cells of all documents, `shifted` those of grids moved by half a cell (`shifts.shifted_planes`).
    Values are those that `label_tests.label_tests` tests, with the same `seed` of the random choices that
    match labels of unequal size. The reference is the mean over the seeds of the reduction, as there, and so is the
    value under a shift. Regions are compared with those of the first seed, which figures and exports show.
    """
    models = list(dict.fromkeys(model for model, _ in planes))
    values = {}
    for name, documents in comparisons.items():
        orders = choices(len(documents.rows), DRAWS, seed)
        for model in models:
            by_seed = _by_seed(planes, model, documents, orders, size=size)
            found = {REFERENCE: mean(by_seed.values())}
            if len(by_seed) > 1:
                found |= {("seed", str(number)): of_seed for number, of_seed in by_seed.items()}
            for shift, moved in shifted.items():
                # A moved grid has a cell more along each side that is moved.
                found["shift", shift] = mean(_by_seed(moved, model, documents, orders, size=size + 1).values())
            values[name, model] = found
    first = {model: _codes(_first(planes, model)) for model in models}
    agreed: dict[str, dict[Variant, np.ndarray]] = {model: {} for model in models}
    for (model, number), plane in planes.items():
        if plane is not _first(planes, model):
            agreed[model]["seed", str(number)] = agreement(first[model], _codes(plane))
    for shift, moved in shifted.items():
        for model in models:
            agreed[model]["shift", shift] = agreement(first[model], _codes(_first(moved, model)))
    return Varied(values, agreed, first)


def table_of(places: Mapping[Place, Varied], *, labellings: Mapping[str, str]) -> pd.DataFrame:
    """All values of all places and their variants as contracts.VARIANTS has them.

    Beside its own variants, a place has as variants those places that differ from it in one choice alone.
    `labellings` are those of the comparisons.
    """
    columns = [column.name for column in contracts.VARIANTS.columns]
    rows = [row for place in places for row in _rows(place, places, labellings)]
    table = pd.DataFrame(rows, columns=columns).astype({"layer": "Int16", "size": "int16", "value": "float64"})
    return table.sort_values(list(contracts.VARIANTS.key), kind="stable", na_position="first", ignore_index=True)


def factor_between(place: Place, other: Place) -> str | None:
    """The one choice in which two places differ; None if it is none or several.

    >>> factor_between(Place("mean", "pca", "equal", 10), Place("mean", "umap", "equal", 10))
    'reduction'
    """
    different = [name for name, one, two in zip(Place._fields, place, other, strict=True) if one != two]
    return different[0] if len(different) == 1 else None


# --------------------------------------------------------------------------------------- private


def _by_seed(planes: Planes, model: str, documents: Documents, orders: np.ndarray, *, size: int) -> dict[int, Values]:
    """By seed, the statistics of the labels as they are, each (1 + layers,)."""
    labels = documents.labels.astype(label_type(len(documents.names)))[:, None]
    found = {}
    for (owner, seed), plane in planes.items():
        if owner == model:
            way = incidence_of(plane, size=size, documents=documents.rows)
            values = values_of(way, Matching(labels, len(documents.names), orders))
            found[seed] = {key: each[:, 0] for key, each in values.items()}
    return found


def _first(planes: Planes, model: str) -> np.ndarray:
    """The cells of a model under its first seed."""
    return next(plane for (owner, _), plane in planes.items() if owner == model)


def _codes(plane: np.ndarray) -> np.ndarray:
    return plane[..., 0].astype(np.int32) * (int(plane.max(initial=0)) + 1) + plane[..., 1]


def _rows(place: Place, places: Mapping[Place, Varied], labellings: Mapping[str, str]) -> Iterator[tuple]:
    own = places[place]
    near = {
        (factor, str(getattr(other, factor))): other for other in places if (factor := factor_between(place, other))
    }
    for (comparison, model), of_variants in own.values.items():
        found = of_variants | {
            variant: places[other].values[comparison, model][REFERENCE] for variant, other in near.items()
        }
        named = (*place, comparison, labellings[comparison], model)
        for statistic in found[REFERENCE]:
            yield from _lines(named, statistic, {variant: values[statistic] for variant, values in found.items()})
    for model, of_variants in own.agreement.items():
        agreed = of_variants | {
            variant: agreement(own.regions[model], places[other].regions[model]) for variant, other in near.items()
        }
        whole = {variant: np.concatenate([[_mean(by_layer)], by_layer]) for variant, by_layer in agreed.items()}
        yield from _lines((*place, "", "", model), AGREEMENT, whole)


def _lines(of: tuple, statistic: tuple[str, str], found: Mapping[Variant, np.ndarray]) -> Iterator[tuple]:
    """A row for each variant, of all layers together and of each where any variant has a value."""
    defined = ~np.isnan(np.stack(list(found.values()))).all(axis=0) if found else []
    for place in np.flatnonzero(defined).tolist():
        for variant, values in found.items():
            yield (*of, *statistic, place - 1 if place else None, *variant, float(values[place]))


def _mean(values: np.ndarray) -> float:
    """The mean of what is defined."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else np.nan
