"""Metrics of component graphs: of each as a whole, of its layers, of its components.

Undefined is NaN. The examples are worked on `graphs.example()`: edges 0.8, -0.4 and 0.5.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.components.graphs import ComponentGraph, example  # noqa: F401 the docstrings use `example`
from nrag.contracts import GraphKey as Key

METRICS: dict[str, dict[str, Callable[[ComponentGraph], float | np.ndarray]]] = {
    level: {} for level in contracts.LEVELS
}
"""By level and name: a number of the graph, an array (layers,) or an array (layers, components)."""


def metric(level: str, name: str | None = None) -> Callable:
    """Decorator that registers a function of a component graph as a metric of a level, under its own name if none."""

    def register(function: Callable[[ComponentGraph], float | np.ndarray]) -> Callable:
        METRICS[level][name or function.__name__] = function
        return function

    return register


# ------------------------------------------------------------------------------------- components


@metric("node")
def in_degree(graph: ComponentGraph) -> np.ndarray:
    """Edges from components of the layer before; 0 in the first layer, NaN for a component without a rho."""
    return _of_nodes(graph, graph.in_degree)


@metric("node")
def out_degree(graph: ComponentGraph) -> np.ndarray:
    """Edges to components of the next layer; 0 in the last layer, NaN for a component without a rho."""
    return _of_nodes(graph, graph.out_degree)


@metric("node")
def degree(graph: ComponentGraph) -> np.ndarray:
    """Edges of each component; NaN for one without a rho.

    >>> degree(example())
    array([[ 2.,  0.],
           [ 2.,  1.],
           [ 1., nan]])
    """
    return _of_nodes(graph, graph.in_degree + graph.out_degree)


@metric("node")
def in_strength(graph: ComponentGraph) -> np.ndarray:
    """Σ |rho| over edges from the layer before; 0 in the first layer, NaN for a component without a rho."""
    return _of_nodes(graph, graph.in_strength)


@metric("node")
def out_strength(graph: ComponentGraph) -> np.ndarray:
    """Σ |rho| over edges to the next layer; 0 in the last layer, NaN for a component without a rho."""
    return _of_nodes(graph, graph.out_strength)


@metric("node")
def strength(graph: ComponentGraph) -> np.ndarray:
    """Σ |rho| over the edges of each component; NaN for one without a rho. Barrat et al. (2004), PNAS 101, 3747.

    >>> strength(example()).round(2)
    array([[1.2, 0. ],
           [1.3, 0.4],
           [0.5, nan]])
    """
    return _of_nodes(graph, graph.in_strength + graph.out_strength)


# ----------------------------------------------------------------------------------------- layers


@metric("layer", "components")
def components_by_layer(graph: ComponentGraph) -> np.ndarray:
    """Components that have a rho: those that vary over the documents, as one of a neighbouring layer does.

    >>> components_by_layer(example())
    array([2., 2., 1.])
    """
    return graph.nodes.sum(axis=1).astype(np.float64)


@metric("layer", "edges")
def edges_by_layer(graph: ComponentGraph) -> np.ndarray:
    """Edges from each layer to the next; NaN for the last.

    >>> edges_by_layer(example())
    array([ 2.,  1., nan])
    """
    return _of_steps(graph.edges.sum(axis=(1, 2)))


@metric("layer", "density")
def density_by_layer(graph: ComponentGraph) -> np.ndarray:
    """Edges from each layer to the next out of the pairs with a rho; NaN for the last, and without any.

    >>> density_by_layer(example())
    array([0.5, 0.5, nan])
    """
    return _of_steps(_divided(graph.edges.sum(axis=(1, 2)), np.isfinite(graph.rho).sum(axis=(1, 2))))


@metric("layer", "positive_share")
def positive_share_by_layer(graph: ComponentGraph) -> np.ndarray:
    """Positive edges out of those from each layer to the next; NaN for the last, and without any.

    >>> positive_share_by_layer(example())
    array([0.5, 1. , nan])
    """
    return _of_steps(_divided(_positive(graph).sum(axis=(1, 2)), graph.edges.sum(axis=(1, 2))))


@metric("layer", "mean_abs_rho")
def mean_abs_rho_by_layer(graph: ComponentGraph) -> np.ndarray:
    """Mean |rho| of the edges from each layer to the next; NaN for the last, and without any.

    >>> mean_abs_rho_by_layer(example()).round(2)
    array([0.6, 0.5, nan])
    """
    return _of_steps(_divided(graph.weights.sum(axis=(1, 2)), graph.edges.sum(axis=(1, 2))))


@metric("layer", "mean_degree")
def mean_degree_by_layer(graph: ComponentGraph) -> np.ndarray:
    """Mean degree of the components with a rho; the first and last layer have edges on one side only.

    >>> mean_degree_by_layer(example())
    array([1. , 1.5, 1. ])
    """
    return _divided(np.nansum(degree(graph), axis=1), components_by_layer(graph))


@metric("layer", "mean_strength")
def mean_strength_by_layer(graph: ComponentGraph) -> np.ndarray:
    """Mean strength of the components with a rho.

    >>> mean_strength_by_layer(example()).round(2)
    array([0.6 , 0.85, 0.5 ])
    """
    return _divided(np.nansum(strength(graph), axis=1), components_by_layer(graph))


# ------------------------------------------------------------------------------------------ graph


@metric("graph")
def components(graph: ComponentGraph) -> float:
    """|V|: components that have a rho, over all layers; see `ComponentGraph.nodes`.

    >>> components(example())
    5.0
    """
    return float(graph.nodes.sum())


@metric("graph")
def edges(graph: ComponentGraph) -> float:
    """|E|: pairs of components of neighbouring layers that pass the threshold.

    >>> edges(example())
    3.0
    """
    return float(graph.edges.sum())


@metric("graph")
def density(graph: ComponentGraph) -> float:
    """Edges out of the pairs with a rho, in [0, 1]; NaN without any.

    >>> density(example())  # 3 / 6
    0.5
    """
    return _ratio(graph.edges.sum(), np.isfinite(graph.rho).sum())


@metric("graph")
def positive_share(graph: ComponentGraph) -> float:
    """Positive edges out of all; NaN without edges. The sign of an axis is a convention, so it is one of both signs.

    >>> round(positive_share(example()), 4)  # 2 / 3
    0.6667
    """
    return _ratio(_positive(graph).sum(), graph.edges.sum())


@metric("graph")
def mean_abs_rho(graph: ComponentGraph) -> float:
    """Mean |rho| of the edges; NaN without edges.

    >>> round(mean_abs_rho(example()), 4)  # 1.7 / 3
    0.5667
    """
    return _ratio(graph.weights.sum(), graph.edges.sum())


@metric("graph")
def mean_abs_rho_of_pairs(graph: ComponentGraph) -> float:
    """Mean |rho| of all pairs with a rho, whatever the threshold; NaN without any.

    By chance about sqrt(2 / (π (n - 1))) for n documents: compare it at equal n only.

    >>> round(mean_abs_rho_of_pairs(example()), 4)  # 2.1 / 6
    0.35
    """
    defined = np.isfinite(graph.rho)
    return _ratio(np.abs(graph.rho[defined]).sum(), defined.sum())


@metric("graph")
def mean_degree(graph: ComponentGraph) -> float:
    """Mean over components with a rho of their edges: 2 |E| / |V|; NaN without any.

    >>> mean_degree(example())  # 6 / 5
    1.2
    """
    return _ratio(2 * graph.edges.sum(), graph.nodes.sum())


@metric("graph")
def mean_strength(graph: ComponentGraph) -> float:
    """Mean over components with a rho of Σ |rho| over their edges; NaN without any.

    >>> round(mean_strength(example()), 4)  # 3.4 / 5
    0.68
    """
    return _ratio(2 * graph.weights.sum(), graph.nodes.sum())


@metric("graph")
def center_of_mass(graph: ComponentGraph) -> float:
    """Mean relative depth of the strength: Σ s_v (2 k_v / L - 1) / Σ s_v, in [-1, 1]; NaN without edges.

    s_v is the strength of component v, k_v its layer, L the last one. Negative: early layers hang together more than
    late ones. Every layer has the same number of components, so a centre of the components themselves, as the graph of
    regions has it, would be 0 for every graph; that of LLM-MRI is -0.5 for all, for it counts a layer too many.

    >>> round(center_of_mass(example()), 4)  # (-1.2 + 0.5) / 3.4
    -0.2059
    """
    by_layer = (graph.in_strength + graph.out_strength).sum(axis=1)
    depth = np.linspace(-1, 1, len(by_layer))
    return _ratio(float(by_layer @ depth), by_layer.sum())


# ------------------------------------------------------------------------------------------ table


def metrics_of(graphs: Mapping[Key, ComponentGraph]) -> pd.DataFrame:
    """Every metric of every graph in the long form of `contracts.METRICS`, sorted as it says: x is the component."""
    pieces = [
        _values(graph).assign(documents=np.int32(graph.documents), **key._asdict()) for key, graph in graphs.items()
    ]
    columns = [column.name for column in contracts.METRICS.columns]
    if not pieces:
        return pd.DataFrame({name: [] for name in columns})
    table = pd.concat(pieces, ignore_index=True).astype(
        {"seed": "int16", "layer": "Int16", "x": "Int16", "y": "Int16", "sample": "Int32"}
    )
    return table.sort_values(list(contracts.METRICS.key), na_position="first", kind="stable", ignore_index=True)[
        columns
    ]


def _values(graph: ComponentGraph) -> pd.DataFrame:
    layers, count = graph.nodes.shape
    layer, component = np.divmod(np.arange(layers * count), count)
    places = {
        "graph": {"layer": [pd.NA], "x": [pd.NA]},
        "layer": {"layer": np.arange(layers), "x": [pd.NA] * layers},
        "node": {"layer": layer, "x": component},
    }
    pieces = [
        pd.DataFrame(places[level] | {"level": level, "metric": name, "value": np.ravel(function(graph)).astype(float)})
        for level, metrics in METRICS.items()
        for name, function in metrics.items()
    ]
    return pd.concat(pieces, ignore_index=True).assign(y=pd.NA, sample=pd.NA)


def _of_nodes(graph: ComponentGraph, values: np.ndarray) -> np.ndarray:
    return np.where(graph.nodes, values, np.nan)


def _of_steps(values: np.ndarray) -> np.ndarray:
    """Values of the steps between layers, (layers,): that of the last layer, which leads nowhere, is NaN."""
    return np.append(values.astype(np.float64), np.nan)


def _positive(graph: ComponentGraph) -> np.ndarray:
    return graph.edges & (graph.rho > 0)


def _divided(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)


def _ratio(total: float, count: float) -> float:
    return float(total / count) if count else np.nan
