"""Component graphs for other programs: tables of nodes and edges, NetworkX graphs."""

from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from nrag import contracts
from nrag.components.graphs import ComponentGraph
from nrag.contracts import GraphKey as Key
from nrag.graphs.exports import with_parts

Shares = Mapping[str, Sequence[Sequence[float | None]]]
"""Share of a layer's variance that each component explains, by model: (layers, components); None where unknown."""


def node_table(graph: ComponentGraph, shares: Sequence[Sequence[float | None]] | None = None) -> pd.DataFrame:
    """One row per component with a rho: id, layer, component, explained_variance, degree, strength.

    The last two as in the graph; explained_variance is NaN without `shares`.
    """
    layer, component = np.nonzero(graph.nodes)
    explained = np.full(graph.nodes.shape, np.nan) if shares is None else np.array(shares, dtype=np.float64)
    return pd.DataFrame(
        {
            "id": [contracts.component(*place) for place in zip(layer.tolist(), component.tolist(), strict=True)],
            "layer": layer,
            "component": component,
            "explained_variance": explained[layer, component],
            "degree": (graph.in_degree + graph.out_degree)[layer, component],
            "strength": (graph.in_strength + graph.out_strength)[layer, component],
        }
    )


def edge_table(graph: ComponentGraph, parts: Mapping[str, ComponentGraph] | None = None) -> pd.DataFrame:
    """One row per edge of the graph or of any of `parts`: source, target, layer, i, j, rho, p, q, and rho in each part.

    `parts` are graphs of some of the same documents, such as one label's. What belongs to a graph of which
    the pair is no edge is NaN.
    """
    parts = parts or {}
    layer, i, j = np.nonzero(np.any([graph.edges, *(part.edges for part in parts.values())], axis=0))
    places = list(zip(layer.tolist(), i.tolist(), j.tolist(), strict=True))
    table = {
        "source": [contracts.component(k, source) for k, source, _ in places],
        "target": [contracts.component(k + 1, target) for k, _, target in places],
        "layer": layer,
        "i": i,
        "j": j,
    }
    values = {"rho": graph.rho, "p": graph.p, "q": graph.q}
    table |= {name: np.where(graph.edges, value, np.nan)[layer, i, j] for name, value in values.items()}
    table |= {name: np.where(part.edges, part.rho, np.nan)[layer, i, j] for name, part in parts.items()}
    return pd.DataFrame(table)


def export_tables(
    graphs: Mapping[Key, ComponentGraph], shares: Shares, *, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nodes and edges of every model under one seed: `node_table` and `edge_table` below a column `model`.

    The graph is that of all documents; each label of each labelling is a part `LABELLING:LABEL`.
    """
    wholes = with_parts(graphs, seed=seed)
    nodes = {model: node_table(whole, shares.get(model)) for model, (whole, _) in wholes.items()}
    edges = {model: edge_table(whole, parts) for model, (whole, parts) in wholes.items()}
    return _stacked(nodes), _stacked(edges)


def graph_of_space(graphs: Mapping[Key, ComponentGraph], shares: Shares, *, seed: int) -> nx.DiGraph:
    """All models of a space under one seed as one NetworkX graph, its nodes the components of each layer.

    Nodes are named as `contracts.component` does and carry layer, component and, where it is known,
    explained_variance. Edges are those of `edge_table` and carry layer, weight, and of what they are edges of: rho,
    p, q in the graph of all documents, `LABELLING:LABEL` (rho) in a label's. `weight` is |rho| in the graph of all
    documents, 0 for an edge of labels alone. With several models the names begin with `MODEL:`, and the weight is
    the sum over the models.
    """
    wholes = with_parts(graphs, seed=seed)
    space = nx.DiGraph(models=" ".join(wholes), seed=seed)
    for model, (whole, parts) in wholes.items():
        prefix = f"{model}:" if len(wholes) > 1 else ""
        for row in node_table(whole, shares.get(model)).drop(columns=["degree", "strength"]).to_dict("records"):
            space.add_node(row.pop("id"), **_known(row))
        for row in edge_table(whole, parts).drop(columns=["i", "j"]).to_dict("records"):
            source, target, layer = row.pop("source"), row.pop("target"), row.pop("layer")
            found = _known(row)
            weight = space.edges.get((source, target), {}).get("weight", 0.0) + abs(found.get("rho", 0.0))
            named = {f"{prefix}{name}": value for name, value in found.items()}
            space.add_edge(source, target, layer=layer, weight=weight, **named)
    return space


def _stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, names=["model"]).reset_index("model").reset_index(drop=True)


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a row is defined; GraphML has no missing values."""
    return {name: value for name, value in row.items() if value == value}
