"""The tests of a comparison: every statistic of its labels against the same statistic of labels dealt anew."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.compared import Documents
from nrag.graphs import Incidence, incidence_of
from nrag.metrics import METRICS, POPULATIONS
from nrag.statistics import separation
from nrag.statistics.costly import communities_by_region, community_information, costly_metrics
from nrag.statistics.label_values import (
    COUNTED,
    OF_COUNTS,
    OF_SHARES,
    Values,
    by_label,
    compared,
    mean,
    of_all,
    of_counted,
)
from nrag.statistics.matching import Matching, choices
from nrag.statistics.permutations import Design, permuted
from nrag.statistics.permutations import notes as limits
from nrag.statistics.significance import Side, Significance, significance
from nrag.statistics.significance import notes as remarks

OF_COMMUNITIES: dict[str, Side] = {"community_information": "larger"}
"""What communities of all documents of the corpus, labelled or not, tell of the labels of the compared ones."""

_SIDES = OF_SHARES | OF_COUNTS | OF_COMMUNITIES

HEADLINE = "edge_total_variation"
"""Of all layers it stands for a comparison, with more permutations than the other tests."""

OF_ONE_LAYER = ("region_divergence", "label_information", *OF_COUNTS, "regions", "occupancy", "effective_regions")
"""What is tested where there is one hidden state: without edges, degrees and strengths are 0 whatever the labels."""

DRAWS = 10
"""Random choices of as many documents of each label, over which statistics of counts are averaged."""

_TOGETHER = 256
"""Permutations that are looked at in one go: memory does not grow with how many there are."""


class Asked(NamedTuple):
    """How many permutations, their seed, and what metrics that are no closed form of counts are given."""

    permutations: int
    permutations_headline: int
    seed: int
    permutations_costly: int = 0
    """0 leaves these metrics out."""
    sources: int | None = None
    """Regions that their paths start from, at most; None for all."""


class Way(NamedTuple):
    """Under one seed of a reduction the way of a comparison's documents, and the communities that it leads through."""

    incidence: Incidence
    community: np.ndarray
    """(regions,) see `costly.communities_by_region`."""


def label_tests(
    planes: Mapping[tuple[str, int], np.ndarray],
    documents: Documents,
    design: Design,
    *,
    size: int,
    asked: Asked,
    notes: Sequence[str] = (),
) -> pd.DataFrame:
    """Every test of a comparison, a row each: the columns of contracts.TESTS but comparison and labelling.

    `planes` are the cells of all documents of the corpus by model and seed (`regions.planes_of`), `design` says
    what of the comparison's `documents` is permuted. Several seeds of a reduction make one statistic: the mean of
    their values under the same permutations. Separations by shares use all documents; those by counts, and the
    metrics of graphs, as many of each label: the mean over `DRAWS` random choices, the same for every permutation;
    of the metrics that are no closed form of counts (`costly.COSTLY`) the first choice alone, under fewer permutations.
    A metric of two labels is tested for its difference, the first less the second; one of more labels for its
    range, the largest less the smallest. `notes`, and what limits the permutations, stand with every test.
    """
    orders = choices(len(documents.rows), DRAWS, asked.seed)
    ways: dict[str, list[Way]] = {}
    for (model, _), plane in planes.items():
        ways.setdefault(model, []).append(_way(plane, documents.rows, size))
    deep = {model: of_model for model, of_model in ways.items() if of_model[0].incidence.layers > 1}
    permute = partial(_permuted_values, design, asked.seed, len(documents.names))
    values = permute(orders, ways, _values, number=asked.permutations)
    headline = permute(orders, deep, _headline, number=asked.permutations_headline)
    costly = permute(orders[:1], deep, partial(_costly, sources=asked.sources), number=asked.permutations_costly)
    sizes = documents.counts
    unequal = len(set(sizes.values())) > 1
    tables = []
    for model, of_model in ways.items():
        rows = _closed_rows(values[model], headline.get(model))
        rows += _costly_rows(of_model, costly[model], asked.sources, unequal=unequal) if model in costly else []
        tables.append(pd.DataFrame(rows).assign(seeds=np.int16(len(of_model)), model=model))
    table = pd.concat(tables, ignore_index=True)
    by_counts = ~table["metric"].isin([*OF_SHARES, *OF_COMMUNITIES])
    said = [*notes, *limits(design)]
    return table.assign(
        labels=json.dumps(list(documents.names), ensure_ascii=False),
        documents=json.dumps(sizes, ensure_ascii=False),
        matched=pd.array([min(sizes.values()) if unequal and each else None for each in by_counts], dtype="Int32"),
        note=["; ".join(filter(None, [each, *said])) or None for each in table["note"]],
    )


def _way(plane: np.ndarray, rows: np.ndarray, size: int) -> Way:
    incidence = incidence_of(plane, size=size, documents=rows)
    return Way(incidence, communities_by_region(incidence_of(plane, size=size), incidence))


def _permuted_values(
    design: Design,
    seed: int,
    labels: int,
    orders: np.ndarray,
    ways: Mapping[str, Sequence[Way]],
    measured: Callable[[Way, Matching], Values],
    *,
    number: int,
) -> dict[str, Values]:
    """By model, the mean over its ways of what is measured of the labels as they are, in column 0, and of `number`
    dealings of them, the same for all models; nothing without dealings.
    """
    parts: dict[str, list[Values]] = {model: [] for model in ways if number}
    for start in range(0, number if parts else 0, _TOGETHER):
        dealt = permuted(design, min(_TOGETHER, number - start), [seed, start])
        # Each part begins with the labels as they are: once is enough.
        matching = Matching(dealt if start == 0 else dealt[:, 1:], labels, orders)
        for model, found in parts.items():
            found.append(mean(measured(way, matching) for way in ways[model]))
    return {
        model: {key: np.concatenate([part[key] for part in found], axis=-1) for key in found[0]}
        for model, found in parts.items()
    }


def _closed_rows(values: Values, headline: Values | None) -> list[dict[str, Any]]:
    """The tests of one model's closed forms; a model of one layer has no headline."""
    if headline is None:
        values = {key: found for key, found in values.items() if key[1] in OF_ONE_LAYER}
    rows = []
    for (test, metric), found in values.items():
        side = _SIDES.get(metric) or ("two-sided" if test == "difference" else "larger")
        rows += _rows(test, metric, side, found)
    if headline is not None:
        # The headline test has more permutations than that of its layers.
        rows = [row for row in rows if (row["metric"], row["layer"]) != (HEADLINE, None)]
        rows += _rows("separation", HEADLINE, "larger", headline["separation", HEADLINE][:1])
    return rows


def _headline(way: Way, matching: Matching) -> Values:
    _, weights = of_all(way.incidence, matching.labels, matching.number)
    return {("separation", HEADLINE): separation.edge_total_variation(way.incidence, weights).overall[None]}


def _costly_rows(ways: Sequence[Way], values: Values, sources: int | None, *, unequal: bool) -> list[dict[str, Any]]:
    """The tests of `costly.COSTLY`: of one choice of as many documents of each label, and fewer permutations."""
    drawn = sources is not None and any(len(way.incidence.codes) > sources for way in ways)
    rows = []
    for (test, metric), found in values.items():
        rows += _rows(test, metric, "two-sided" if test == "difference" else "larger", found)
    for row in rows:
        said = [row["note"]]
        if unequal:
            said.append("of one choice of documents")
        if drawn and ("graph", row["metric"]) in POPULATIONS:
            said.append(f"paths and triangles from at most {sources} regions")
        row["note"] = "; ".join(filter(None, said))
    return rows


def _costly(way: Way, matching: Matching, *, sources: int | None) -> Values:
    """Of the first choice alone."""
    counts = zip(*by_label(way.incidence, (matching.kept(label, 0) for label in range(matching.number))), strict=True)
    measured = [costly_metrics(way.incidence, weights, documents, sources=sources) for documents, weights in counts]
    # Of the graph as a whole: layers have no such metrics.
    return compared([{name: values[None] for name, values in each.items()} for each in measured])


def _values(way: Way, matching: Matching) -> Values:
    """`values_of`, and what communities tell of the labels, which need more than their counts."""
    counts = of_all(way.incidence, matching.labels, matching.number)
    found = {("separation", "community_information"): community_information(way.community, counts[0])[None]}
    return of_counted(way.incidence, matching, *counts) | found


def _rows(test: str, metric: str, side: Side, values: np.ndarray) -> list[dict[str, Any]]:
    """The tests of one statistic: of all layers and of each, wherever there is such a statistic.

    Where it is undefined under every labelling its row says so; what is missing is what does not exist, such as the
    edges that leave the last layer.
    """
    found = significance(values, side=side)
    rows = []
    for place, (note, *row) in enumerate(zip(remarks(found), *found, strict=True)):
        if np.isnan(values[place]).all() and not _is_measured(test, metric, place, len(values) - 1):
            continue
        told = dict(zip(Significance._fields, row, strict=True))
        told.pop("undefined")
        layer = None if place == 0 else place - 1
        rows.append({"test": test, "metric": metric, "layer": layer, "side": side, **told, "note": note})
    return rows


def _is_measured(test: str, metric: str, place: int, layers: int) -> bool:
    """Whether there is such a statistic of all layers together, place 0, or of the layer before `place`."""
    if place and place == layers and metric in _OF_EDGES:
        return False
    if test == "separation":
        return place == 0 or metric not in OF_COMMUNITIES
    return metric in METRICS["layer" if place else "graph"]


_OF_EDGES = {"edges", "effective_edges", "density", *(name for name, counted in COUNTED.items() if counted == "edges")}
"""Statistics of the edges that leave a layer."""


def gathered(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The tests of several comparisons as contracts.TESTS has them; none gives no rows."""
    columns = [column.name for column in contracts.TESTS.columns]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    table = table.astype({"layer": "Int16", "matched": "Int32", "note": "string", "seeds": "int16"})
    return table.sort_values(list(contracts.TESTS.key), kind="stable", na_position="first", ignore_index=True)[columns]
