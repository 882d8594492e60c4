"""Metrics by level and name, and the table of all of them."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.graphs import Key, Nrag

METRICS: dict[str, dict[str, Callable[[Nrag], float | np.ndarray]]] = {level: {} for level in contracts.LEVELS}
"""Every metric by level and name: a number of the graph, an array (layers,) or an array (regions,)."""


def metric(level: str, name: str | None = None) -> Callable:
    """Decorator that registers a function of an NRAG as a metric of a level, under its own name by default."""

    def register(function: Callable[[Nrag], float | np.ndarray]) -> Callable[[Nrag], float | np.ndarray]:
        METRICS[level][name or function.__name__] = function
        return function

    return register


def metrics_of(nrags: Mapping[Key, Nrag]) -> pd.DataFrame:
    """Every metric of every NRAG in the long form of `contracts.METRICS`, sorted as it says."""
    names = sorted({name for metrics in METRICS.values() for name in metrics})
    keys = sorted(nrags)
    pieces = [_values(nrags[key], names) for key in keys]
    sizes = [len(piece["value"]) for piece in pieces]
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    documents = [int(nrags[key].documents[nrags[key].layer == 0].sum()) for key in keys]
    return pd.DataFrame(
        {
            "model": pd.array([key.model for key in keys], dtype="str").repeat(sizes),
            "seed": np.repeat(np.array([key.seed for key in keys], dtype=np.int16), sizes),
            "labelling": pd.array([key.labelling for key in keys], dtype="str").repeat(sizes),
            "label": pd.array([key.label for key in keys], dtype="str").repeat(sizes),
            "level": pd.array(contracts.LEVELS, dtype="str").take(columns["level"]),
            "layer": _nullable(columns["layer"]),
            "x": _nullable(columns["x"]),
            "y": _nullable(columns["y"]),
            "metric": pd.array(names, dtype="str").take(columns["metric"]),
            "value": columns["value"],
            "documents": np.repeat(np.array(documents, dtype=np.int32), sizes),
        }
    )


def _values(nrag: Nrag, names: list[str]) -> dict[str, np.ndarray]:
    """The columns of one NRAG's rows; level and metric as numbers, -1 where a place is null."""
    layers = np.arange(nrag.layers)
    places = {
        "graph": (np.array([-1]), np.array([-1]), np.array([-1])),
        "layer": (layers, np.full_like(layers, -1), np.full_like(layers, -1)),
        "node": (nrag.layer, nrag.x, nrag.y),
    }
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("level", "layer", "x", "y", "metric", "value")}
    for level, (layer, x, y) in places.items():
        chosen = sorted(METRICS[level])
        values = np.column_stack([np.broadcast_to(METRICS[level][name](nrag), len(layer)) for name in chosen])
        columns["level"].append(np.full(values.size, contracts.LEVELS.index(level)))
        for name, place in (("layer", layer), ("x", x), ("y", y)):
            columns[name].append(np.repeat(place, len(chosen)))
        columns["metric"].append(np.tile([names.index(name) for name in chosen], len(layer)))
        columns["value"].append(values.astype(np.float64).ravel())
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def _nullable(numbers: np.ndarray) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(numbers.astype(np.int16), numbers < 0)
