"""The tables of all metrics: long, of every NRAG, and wide, of its regions."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.graphs import Key, Nrag
from nrag.metrics.registry import METRICS, OF_LABELLINGS, POPULATIONS

_NULL = -1
"""Stands for null among the whole numbers of `_Rows`."""


class _Rows(NamedTuple):
    """The rows of one NRAG as columns; level and metric as numbers."""

    level: np.ndarray
    layer: np.ndarray
    x: np.ndarray
    y: np.ndarray
    metric: np.ndarray
    value: np.ndarray
    sample: np.ndarray
    documents: np.ndarray


def metrics_of(nrags: Mapping[Key, Nrag], *, sources: int | None = None) -> pd.DataFrame:
    """Every metric of every NRAG in the long form of `contracts.METRICS`, sorted as it says.

    What the NRAG of all documents tells of a labelling has rows with the labelling's name and the empty
    label; their documents are those with a label. A metric that starts from every region starts from
    `sources` drawn ones where there are more, and its rows say so in `sample`; None for all regions.
    """
    names = sorted({*OF_LABELLINGS, *(name for metrics in METRICS.values() for name in metrics)})
    measured = dict(_measured(nrags, names, sources))
    keys = sorted(measured)
    sizes = [len(measured[key].value) for key in keys]
    columns = _Rows(*(np.concatenate(parts) for parts in zip(*(measured[key] for key in keys), strict=True)))
    return pd.DataFrame(
        {
            "model": pd.array([key.model for key in keys], dtype="str").repeat(sizes),
            "seed": np.repeat(np.array([key.seed for key in keys], dtype=np.int16), sizes),
            "labelling": pd.array([key.labelling for key in keys], dtype="str").repeat(sizes),
            "label": pd.array([key.label for key in keys], dtype="str").repeat(sizes),
            "level": pd.array(contracts.LEVELS, dtype="str").take(columns.level),
            "layer": _nullable(columns.layer, np.int16),
            "x": _nullable(columns.x, np.int16),
            "y": _nullable(columns.y, np.int16),
            "metric": pd.array(names, dtype="str").take(columns.metric),
            "value": columns.value,
            "sample": _nullable(columns.sample, np.int32),
            "documents": columns.documents.astype(np.int32),
        }
    )


def node_table(metrics: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """The regions under one seed: one row per model, labelling, label and region, one column per metric.

    `metrics` as `metrics_of` gives it. Columns: model, labelling, label, id (see `contracts.node`), layer, x,
    y, the metrics by name, and sample: from how many drawn regions `betweenness` started, null for all.
    """
    rows = metrics[(metrics["level"] == "node") & (metrics["seed"] == seed)]
    place = ["model", "labelling", "label", "layer", "x", "y"]
    wide = rows.pivot(index=place, columns="metric", values="value")
    sample = rows.groupby(place)["sample"].max()
    table = wide.assign(sample=sample).reset_index().rename_axis(columns=None)
    names = [contracts.node(*region) for region in table[["layer", "x", "y"]].itertuples(index=False)]
    table.insert(place.index("layer"), "id", names)
    return table


def _measured(nrags: Mapping[Key, Nrag], names: Sequence[str], sources: int | None) -> Iterator[tuple[Key, _Rows]]:
    """Rows by model, seed, labelling and label; a labelling right after the NRAG that it shares communities with."""
    for key in sorted(nrags, key=lambda key: (key.model, key.seed, key.label != contracts.ALL_DOCUMENTS, key)):
        yield key, _rows(nrags[key], names, sources)
        if key == Key(key.model, key.seed):
            labels = sorted(label for label in nrags if label[:2] == key[:2] and label != key)
            for labelling, group in groupby(labels, key=lambda label: label.labelling):
                of_labels = [nrags[label] for label in group]
                yield key._replace(labelling=labelling), _labelling_rows(nrags[key], of_labels, names)


def _rows(nrag: Nrag, names: Sequence[str], sources: int | None) -> _Rows:
    layers = np.arange(nrag.layers)
    none, nowhere = np.array([_NULL]), np.full(nrag.layers, _NULL)
    places = {
        "graph": (none, none, none),
        "layer": (layers, nowhere, nowhere),
        "node": (nrag.layer, nrag.x, nrag.y),
    }
    parts = []
    for level, place in places.items():
        chosen = sorted(METRICS[level])
        values, samples = zip(*(_value(level, name, nrag, sources) for name in chosen), strict=True)
        values = np.column_stack([np.broadcast_to(value, len(place[0])) for value in values]).astype(np.float64)
        parts.append(
            _Rows(
                np.full(values.size, contracts.LEVELS.index(level)),
                *(np.repeat(number, len(chosen)) for number in place),
                np.tile([names.index(name) for name in chosen], len(values)),
                values.ravel(),
                np.tile(samples, len(values)),
                np.full(values.size, _documents(nrag)),
            )
        )
    return _Rows(*map(np.concatenate, zip(*parts, strict=True)))


def _value(level: str, name: str, nrag: Nrag, sources: int | None) -> tuple[float | np.ndarray, int]:
    """A metric, and from how many regions it started if not from all."""
    if (level, name) not in POPULATIONS:
        return METRICS[level][name](nrag), _NULL
    whole = sources is None or POPULATIONS[level, name](nrag) <= sources
    return METRICS[level][name](nrag, sources=sources), _NULL if whole else sources


def _labelling_rows(whole: Nrag, labels: Sequence[Nrag], names: Sequence[str]) -> _Rows:
    chosen = sorted(OF_LABELLINGS)
    none = np.full(len(chosen), _NULL)
    return _Rows(
        level=np.full(len(chosen), contracts.LEVELS.index("graph")),
        layer=none,
        x=none,
        y=none,
        metric=np.array([names.index(name) for name in chosen]),
        value=np.array([OF_LABELLINGS[name](whole, labels) for name in chosen]),
        sample=none,
        documents=np.full(len(chosen), sum(map(_documents, labels))),
    )


def _documents(nrag: Nrag) -> int:
    return int(nrag.documents[nrag.layer == 0].sum())


def _nullable(numbers: np.ndarray, dtype: type) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(numbers.astype(dtype), numbers == _NULL)
