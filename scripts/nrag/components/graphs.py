"""Component graphs: the correlations that pass a threshold, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from nrag.contracts import GraphKey as Key
from nrag.regions import runs_of

THRESHOLDS = ("fdr", "rho", "quantile")


@dataclass(frozen=True)
class Threshold:
    """Which pairs of components are edges of a graph; `Threshold.of` takes what the config says."""

    kind: str
    """fdr: q is at most the value. rho: |rho| is at least the value. quantile: |rho| is at least this quantile of
    |rho| over the graph's defined pairs, interpolated linearly."""
    value: float

    @classmethod
    def of(cls, threshold: Mapping[str, float]) -> "Threshold":
        """A threshold from its one key and value in the config.

        >>> str(Threshold.of({"fdr": 0.05})), str(Threshold.of({"rho": 0.3})), str(Threshold.of({"quantile": 0.9}))
        ('q ≤ 0.05', '|ρ| ≥ 0.3', '|ρ| ≥ quantile 0.9')
        """
        if len(threshold) != 1 or not set(threshold) <= set(THRESHOLDS):
            raise ValueError(f"a threshold is one of {', '.join(THRESHOLDS)} with a value, not {dict(threshold)}")
        ((kind, value),) = threshold.items()
        return cls(kind, float(value))

    def edges(self, rho: np.ndarray, q: np.ndarray) -> np.ndarray:
        """Whether each pair of one graph is an edge, bool of the shape of `rho`; undefined pairs never are."""
        if self.kind == "fdr":
            return q <= self.value
        sizes = np.abs(rho)
        if self.kind == "rho":
            return sizes >= self.value
        defined = sizes[np.isfinite(sizes)]
        return sizes >= np.quantile(defined, self.value) if len(defined) else np.zeros(rho.shape, dtype=bool)

    def __str__(self) -> str:
        """As figures and captions write it."""
        return {"fdr": "q ≤ {:g}", "rho": "|ρ| ≥ {:g}", "quantile": "|ρ| ≥ quantile {:g}"}[self.kind].format(self.value)


@dataclass(frozen=True, eq=False)
class ComponentGraph:
    """One component graph; entry [k, i, j] of each array is component i of layer k and component j of layer k + 1."""

    documents: int
    rho: np.ndarray
    """(layers - 1, components, components); NaN where undefined."""
    p: np.ndarray
    q: np.ndarray
    edges: np.ndarray
    """Bool: which pairs pass the threshold."""

    @cached_property
    def nodes(self) -> np.ndarray:
        """(layers, components) bool: the components with a rho. One that is constant over the documents has none and is
        no node; nor is one between constant layers.
        """
        defined = np.isfinite(self.rho)
        return self._forward(defined.any(axis=2), False) | self._backward(defined.any(axis=1), False)

    @cached_property
    def in_degree(self) -> np.ndarray:
        """(layers, components) edges from the layer before."""
        return self._backward(self.edges.sum(axis=1), 0)

    @cached_property
    def out_degree(self) -> np.ndarray:
        """(layers, components) edges to the next layer."""
        return self._forward(self.edges.sum(axis=2), 0)

    @cached_property
    def weights(self) -> np.ndarray:
        """|rho| of edges, 0 elsewhere, in the shape of `rho`."""
        return np.where(self.edges, np.abs(self.rho), 0.0)

    @cached_property
    def in_strength(self) -> np.ndarray:
        """(layers, components) sum of |rho| over edges from the layer before."""
        return self._backward(self.weights.sum(axis=1), 0.0)

    @cached_property
    def out_strength(self) -> np.ndarray:
        """(layers, components) sum of |rho| over edges to the next layer."""
        return self._forward(self.weights.sum(axis=2), 0.0)

    def _forward(self, values: np.ndarray, nothing: float) -> np.ndarray:
        return np.concatenate([values, np.full_like(values[:1], nothing)])

    def _backward(self, values: np.ndarray, nothing: float) -> np.ndarray:
        return np.concatenate([np.full_like(values[:1], nothing), values])


def graphs_of(
    table: pd.DataFrame, sizes: Mapping[str, Mapping[str, int]], threshold: Threshold
) -> dict[Key, ComponentGraph]:
    """Every component graph of a table (contracts.COMPONENTS), in its order.

    `sizes` holds the documents of every label by labelling, see `correlations.label_sizes`.

    Raises ValueError if the rows of a graph are not every pair of neighbouring layers, sorted.
    """
    values = [table[name].to_numpy() for name in ("rho", "p", "q")]
    places = table[["layer", "i", "j"]].to_numpy()
    graphs = {}
    for found, rows in runs_of(table, Key._fields):
        key = Key(*found)
        shape = tuple((places[rows.stop - 1].astype(int) + 1).tolist())
        if not np.array_equal(places[rows], np.stack(np.indices(shape), axis=-1).reshape(-1, 3)):
            raise ValueError(
                f"{key} has {rows.stop - rows.start} rows, expected one for each of {shape} layers, i and j, sorted so"
            )
        rho, p, q = (column[rows].reshape(shape) for column in values)
        documents = sizes[key.labelling][key.label]
        graphs[key] = ComponentGraph(documents, rho, p, q, threshold.edges(rho, q))
    return graphs


def example() -> ComponentGraph:
    """The graph that the docstrings of the metrics are worked on: three layers of two components, four documents.

    Component 1 of layer 2 is constant. The threshold is |rho| ≥ 0.3::

        layer 0      1          2
              0 ─0.8─▸ 0 ─0.5─▸ 0        0 ╌ -0.4 ╌▸ 1 in layers 0 and 1
              1        1        (1)      1 ─ 0.2 ─▸ 0 is no edge
    """
    nan = np.nan
    rho = np.array([[[0.8, -0.4], [0.2, 0.1]], [[0.5, nan], [-0.1, nan]]])
    undefined = np.full(rho.shape, nan)
    return ComponentGraph(4, rho, undefined, undefined, Threshold("rho", 0.3).edges(rho, undefined))
