"""Pairs of checkpoints as rows of contracts.DRIFT: of one run's cells, and of one pooling's hidden states."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.compared import Documents, documents_of, units_of
from nrag.drift.divergences import apart, halves_apart
from nrag.drift.exchanges import Exchanges, exchanges
from nrag.drift.names import AGREEMENT, CHANGED, CKA, EDGES, OWN_AGREEMENT, QUANTILE, REGIONS
from nrag.drift.similarity import Similarity
from nrag.graphs import incidence_of
from nrag.statistics.agreement import agreement
from nrag.statistics.separation import label_information
from nrag.statistics.significance import significance

Key = tuple[str, int]
"""Model and seed."""


@dataclass(frozen=True, eq=False)
class Labels:
    """The labels of a corpus whose separation stands beside the drift."""

    labelling: str
    """Empty without labels."""
    names: Sequence[str] = ()
    own: Mapping[str, Sequence[str | None]] | None = None
    """By model the label of each document, where these differ from model to model; None where the corpus has them."""

    def of(self, model: str, corpus: pd.DataFrame) -> Documents | None:
        """The documents that have one of the labels under a model; None where these are not of two labels."""
        if self.own is not None:
            corpus = corpus.assign(**{self.labelling: pd.Series(self.own.get(model), index=corpus.index, dtype="str")})
        if len(self.names) < 2:
            return None
        found = documents_of(corpus, self.labelling, self.names)
        return found if sum(count > 0 for count in found.counts.values()) > 1 else None


def drift_of_cells(
    planes: Mapping[Key, np.ndarray],
    corpus: pd.DataFrame,
    labels: Labels,
    *,
    size: int,
    constant: Mapping[str, Mapping[int, Collection[int]]],
    permutations: int,
    seed: int,
    own: Mapping[Key, np.ndarray] | None = None,
) -> pd.DataFrame:
    """Every pair of models of a run under every seed of its reduction, rows as of contracts.DRIFT.

    `planes` are the cells by model and seed (`regions.planes_of`), (layers, documents, 2), of the documents of `corpus`
    (contracts.CORPUS), `own` those of each model in the space of its own, `constant` the constant layers by model and
    seed. Documents of one group and repeated texts are exchanged together. Values of a layer that is constant under
    either model, and of edges that touch one, are NaN and take no part in the mean.

    Raises ValueError for models that differ in layers.
    """
    drawn = exchanges(units_of(corpus), permutations=permutations, seed=seed)
    rows = []
    for number in sorted({of_seed for _, of_seed in planes}):
        members = {
            model: _Member(
                plane,
                None if own is None else own[model, number],
                halves_apart(plane, drawn, size=size),
                _information(plane, labels.of(model, corpus), size),
                np.isin(np.arange(len(plane)), sorted(constant.get(model, {}).get(number, ()))),
            )
            for (model, of_seed), plane in planes.items()
            if of_seed == number
        }
        for one, other in combinations(sorted(members), 2):
            place = {"model_a": one, "model_b": other, "seed": number, "labelling": labels.labelling}
            rows += [place | row for row in _pair(members[one], members[other], drawn, size)]
    return _table(rows, documents=len(corpus))


def drift_of_states(layers: Mapping[int, Mapping[tuple[str, str], Similarity]], *, documents: int) -> pd.DataFrame:
    """Every pair of models by layer, rows as of contracts.DRIFT; the mean over layers has no interval."""
    rows = []
    for pair in next(iter(layers.values()), {}):
        own = {layer: pairs[pair] for layer, pairs in layers.items()}
        one, other = sorted(pair)
        place = {"model_a": one, "model_b": other, "statistic": CKA, "labelling": contracts.ALL_DOCUMENTS}
        values = np.array([each.value for each in own.values()])
        constant = np.isnan(values)
        rows.append(place | {"value": _mean(values), "constant": constant.all()})
        rows += [
            place | {"layer": layer, "value": each.value, "low": each.low, "high": each.high, "constant": undefined}
            for (layer, each), undefined in zip(own.items(), constant, strict=True)
        ]
    return _table(rows, documents=documents)


# --------------------------------------------------------------------------------------- private


@dataclass(frozen=True, eq=False)
class _Member:
    """A model under one seed."""

    cells: np.ndarray
    """(layers, documents, 2) in the shared space."""
    own: np.ndarray | None
    """The same in the space of its own."""
    halves: tuple[np.ndarray, np.ndarray]
    """Divergence of two halves of its documents: of regions and of edges."""
    information: np.ndarray
    """(layers,) what a region tells of the label."""
    constant: np.ndarray
    """(layers,) bool."""


def _pair(one: _Member, other: _Member, drawn: Exchanges, size: int) -> Iterator[dict[str, Any]]:
    """The rows of a pair under one seed, without what names it."""
    found = apart(one.cells, other.cells, drawn, size=size)
    dull = one.constant | other.constant
    regions, edges = (np.mean(each, axis=0) for each in zip(one.halves, other.halves, strict=True))
    nothing = np.full(len(dull), np.nan)
    values = {
        REGIONS: (found.regions, regions, dull),
        EDGES: (found.edges, edges, dull[:-1] | dull[1:]),
        CHANGED: (found.changed[:, None], nothing, dull),
        AGREEMENT: (found.agreement[:, None], nothing, dull),
    }
    if one.own is not None and other.own is not None:
        values[OWN_AGREEMENT] = (agreement(*(_codes(each.own, size) for each in (one, other)))[:, None], nothing, dull)
    information = {}
    for which, member in (("a", one), ("b", other)):
        told = np.where(dull, np.nan, member.information)
        information[f"label_information_{which}"] = np.append(_mean(told), told)
    for statistic, (columns, halves, without) in values.items():
        columns = np.where(without[:, None], np.nan, columns)
        columns = np.concatenate([_mean(columns)[None], columns])
        halves = np.where(without, np.nan, halves)
        halves = np.append(_mean(halves), halves)
        judged = significance(columns, side="larger")
        for place in range(len(columns)):
            yield {
                "statistic": statistic,
                "layer": place - 1 if place else None,
                "constant": bool(without[place - 1] if place else without.all()),
                "value": columns[place, 0],
                "null_mean": judged.null_mean[place] if judged.permutations[place] else np.nan,
                "null_quantile": _quantile(columns[place, 1:]),
                "p": judged.p[place],
                "permutations": judged.permutations[place],
                "halves": halves[place],
                **{name: each[place] for name, each in information.items()},
            }


def _codes(cells: np.ndarray, size: int) -> np.ndarray:
    """(layers, documents) the number of each document's region."""
    return cells[..., 0].astype(np.int64) * size + cells[..., 1]


def _information(plane: np.ndarray, chosen: Documents | None, size: int) -> np.ndarray:
    """(layers,) what a region tells of the label, NaN without two labels."""
    if chosen is None:
        return np.full(len(plane), np.nan)
    own = incidence_of(plane, size=size, documents=chosen.rows)
    counts = np.stack([own.documents((chosen.labels == label)[:, None]) for label in range(len(chosen.names))])
    return label_information(own, counts).by_layer[:, 0]


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean over the first axis of what is defined; NaN of nothing."""
    defined = np.isfinite(values)
    number = defined.sum(axis=0)
    total = np.where(defined, values, 0).sum(axis=0)
    return np.divide(total, number, out=np.full(np.shape(total), np.nan), where=number > 0)


def _quantile(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.quantile(values, QUANTILE)) if len(values) else np.nan


def _table(rows: Sequence[Mapping[str, Any]], *, documents: int) -> pd.DataFrame:
    names = [column.name for column in contracts.DRIFT.columns]
    table = pd.DataFrame(rows, columns=names).assign(documents=documents)
    numbers = [column.name for column in contracts.DRIFT.columns if column.type == "float64"]
    table = table.astype(dict.fromkeys(numbers, "float64") | {"seed": "Int16", "layer": "Int16"})
    table["permutations"] = table["permutations"].fillna(0).astype("int32")
    return table.sort_values(list(contracts.DRIFT.key), kind="stable", na_position="first", ignore_index=True)
