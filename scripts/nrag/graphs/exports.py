"""NRAGs for other programs: tables, NetworkX graphs, GraphML."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import networkx as nx
import numpy as np
import pandas as pd

from nrag import contracts
from nrag.graphs.nrags import Key, Nrag, compose, example, sums  # noqa: F401 the docstrings use it
from nrag.graphs.significance import significance

Graph = TypeVar("Graph")

_NOT_IN_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def node_table(nrag: Nrag, parts: Mapping[str, Nrag] | None = None) -> pd.DataFrame:
    """One row per region: id, layer, x, y, documents, and a column of documents for each of `parts`.

    `parts` are NRAGs of some of the same documents, such as one label's; a region they do not occupy
    gets 0. Raises ValueError if a part has a region that `nrag` has not.
    """
    table = {
        "id": _names(nrag, np.arange(len(nrag.layer))),
        "layer": nrag.layer,
        "x": nrag.x,
        "y": nrag.y,
        "documents": nrag.documents,
    }
    for name, part in (parts or {}).items():
        table[name] = sums(_places(nrag, part, name), part.documents, len(nrag.layer))
    return pd.DataFrame(table)


def edge_table(nrag: Nrag, parts: Mapping[str, Nrag] | None = None) -> pd.DataFrame:
    """One row per edge: source, target, layer, x0, y0, x1, y1, documents, and a column for each of `parts`.

    As `node_table`; `layer` is the source's.
    """
    source, target = nrag.source, nrag.target
    table = {
        "source": _names(nrag, source),
        "target": _names(nrag, target),
        "layer": nrag.layer[source],
        "x0": nrag.x[source],
        "y0": nrag.y[source],
        "x1": nrag.x[target],
        "y1": nrag.y[target],
        "documents": nrag.weight,
    }
    edges = source * len(nrag.layer) + target
    for name, part in (parts or {}).items():
        places = _places(nrag, part, name)
        table[name] = sums(
            np.searchsorted(edges, places[part.source] * len(nrag.layer) + places[part.target]), part.weight, len(edges)
        )
    return pd.DataFrame(table)


def graph_of(nrag: Nrag, parts: Mapping[str, Nrag] | None = None, **attributes: Any) -> nx.DiGraph:
    """The NRAG as a NetworkX graph with flat attributes, all of them plain integers.

    Nodes are named as `contracts.node` does and carry layer, x, y, documents; edges carry layer and
    weight; both carry one count per part under the part's name, 0 where it is absent, so composing
    labels loses none. Graph attributes: layers, size, and `attributes`.

    >>> both = graph_of(example(), {"area:all": example()})
    >>> both.nodes["1_0_0"]
    {'layer': 1, 'x': 0, 'y': 0, 'documents': 4, 'area:all': 4}
    >>> both.edges["1_0_0", "2_0_0"]
    {'layer': 1, 'weight': 3, 'area:all': 3}
    """
    graph = nx.DiGraph(layers=nrag.layers, size=nrag.size, **attributes)
    nodes = node_table(nrag, parts).set_index("id")
    graph.add_nodes_from(nodes.to_dict("index").items())
    edges = edge_table(nrag, parts).drop(columns=["x0", "y0", "x1", "y1"]).rename(columns={"documents": "weight"})
    edges = edges.set_index(["source", "target"])
    graph.add_edges_from((*ends, data) for ends, data in edges.to_dict("index").items())
    return graph


def graph_of_labels(
    nrags: Mapping[Key, Nrag], *, model: str, seed: int, labelling: str, labels: Sequence[str]
) -> nx.DiGraph:
    """The composed NetworkX graph of some labels of one labelling, with an attribute `LABELLING:LABEL` each.

    `documents` and `weight` are sums over the chosen labels. Raises ValueError for a label that has no
    documents or does not exist, naming those that have.
    """
    keys = [Key(model, seed, labelling, label) for label in labels]
    missing = [key for key in keys if key not in nrags]
    if missing:
        there = [key.label for key in nrags if key[:3] == missing[0][:3]]
        raise ValueError(f"no NRAG of {missing[0]}; labels with documents: {', '.join(map(repr, there)) or 'none'}")
    parts = {part_name(key): nrags[key] for key in keys}
    return graph_of(compose(list(parts.values())), parts, model=model, seed=seed, labelling=labelling)


def export_tables(nrags: Mapping[Key, Nrag], *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nodes and edges of every model under one seed: `node_table` and `edge_table` below a column `model`.

    `documents` counts all documents; each label of each labelling has a column `LABELLING:LABEL`. Edges
    have p and q of all documents too (`significance`), and of each label as `p(LABELLING:LABEL)` and
    `q(LABELLING:LABEL)`; both are 1 where the label has no document on the edge.
    """
    wholes = with_parts(nrags, seed=seed)
    nodes = {model: node_table(whole, parts) for model, (whole, parts) in wholes.items()}
    edges = {model: _judged(edge_table(whole, parts), whole, parts) for model, (whole, parts) in wholes.items()}
    return _stacked(nodes), _stacked(edges)


def graph_of_space(nrags: Mapping[Key, Nrag], *, seed: int) -> nx.DiGraph:
    """All models of a space under one seed as one NetworkX graph, its nodes the space's regions.

    A single model has the attributes of `graph_of`, with a part `LABELLING:LABEL` per label. Several
    models are composed: `documents` and `weight` are sums over the models, and the parts are `MODEL`
    and `MODEL:LABELLING:LABEL`.
    """
    wholes = with_parts(nrags, seed=seed)
    if len(wholes) == 1:
        ((model, (whole, parts)),) = wholes.items()
        return graph_of(whole, parts, models=model, seed=seed)
    parts = {}
    for model, (whole, labels) in wholes.items():
        parts |= {model: whole} | {f"{model}:{name}": part for name, part in labels.items()}
    return graph_of(compose([whole for whole, _ in wholes.values()]), parts, models=" ".join(wholes), seed=seed)


def with_parts(graphs: Mapping[Key, Graph], *, seed: int) -> dict[str, tuple[Graph, dict[str, Graph]]]:
    """By model: the graph of all documents, and those of the labels by `part_name`; graphs of any kind.

    Raises ValueError if there is none of the seed.
    """
    found: dict[str, tuple[Graph, dict[str, Graph]]] = {
        key.model: (graph, {}) for key, graph in graphs.items() if key == Key(key.model, seed)
    }
    if not found:
        raise ValueError(f"no graph of seed {seed}, there are seeds {sorted({key.seed for key in graphs})}")
    for key, graph in graphs.items():
        if key.seed == seed and key != Key(key.model, seed):
            found[key.model][1][part_name(key)] = graph
    return found


def part_name(key: Key) -> str:
    """Name of a label's column or attribute in exports.

    >>> part_name(Key("minilm", 0, "area", "AI/CV"))
    'area:AI/CV'
    """
    return f"{key.labelling}:{key.label}"


def graphml(graph: nx.DiGraph) -> str:
    r"""The graph as GraphML text that `networkx.read_graphml` reads back, the same for the same graph.

    Names of attributes may hold any character: `<`, `&`, quotes and newlines are escaped and come back as
    they were; what XML 1.0 cannot hold (most control characters, lone surrogates) is written as a
    Python escape, such as `\x01`, and comes back as that. Raises ValueError if two attribute names become one by that.
    """
    clean = nx.DiGraph(**_xml_safe(graph.graph))
    clean.add_nodes_from((node, _xml_safe(data)) for node, data in graph.nodes(data=True))
    clean.add_edges_from((source, target, _xml_safe(data)) for source, target, data in graph.edges(data=True))
    file = io.BytesIO()
    # Not `write_graphml`: with lxml installed it writes other bytes.
    nx.write_graphml_xml(clean, file)
    return file.getvalue().decode("utf-8")


def _judged(edges: pd.DataFrame, whole: Nrag, parts: Mapping[str, Nrag]) -> pd.DataFrame:
    """The edges with p and q of all documents and of each part."""
    chances = dict(zip(("p", "q"), significance(whole), strict=True))
    for name, part in parts.items():
        own = edges[name].to_numpy() > 0
        for letter, values in zip(("p", "q"), significance(part), strict=True):
            # The part's edges are some of the whole's, in one order.
            chances[f"{letter}({name})"] = np.ones(len(edges))
            chances[f"{letter}({name})"][own] = values
    return pd.concat([edges, pd.DataFrame(chances, index=edges.index)], axis=1)


def _stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    stacked = pd.concat(tables, names=["model"]).reset_index("model").reset_index(drop=True)
    # A label without documents in one model leaves holes where the other models have counts and chances.
    parts = stacked.columns[stacked.columns.str.contains(":", regex=False)]
    chances = {name: 1.0 for name in parts if name.startswith(("p(", "q("))}
    counts = dict.fromkeys(parts.difference(chances), 0)
    return stacked.fillna(counts | chances).astype(dict.fromkeys(counts, "int64"))


def _places(nrag: Nrag, part: Nrag, name: str) -> np.ndarray:
    """Number in `nrag` of each region of `part`."""
    places = np.searchsorted(nrag.codes, part.codes)
    found = np.append(nrag.codes, -1)[places] == part.codes
    if part.size != nrag.size or not found.all():
        raise ValueError(f"'{name}' has {np.count_nonzero(~found)} regions that the whole NRAG has not")
    return places


def _names(nrag: Nrag, numbers: np.ndarray) -> list[str]:
    names = [
        contracts.node(*place) for place in zip(nrag.layer.tolist(), nrag.x.tolist(), nrag.y.tolist(), strict=True)
    ]
    return [names[number] for number in numbers]


def _xml_safe(attributes: Mapping[str, Any]) -> dict[str, Any]:
    safe = {_escaped(name): _escaped(v) if isinstance(v, str) else v for name, v in attributes.items()}
    if len(safe) < len(attributes):
        raise ValueError(f"two of these names differ only in characters that XML cannot hold: {sorted(attributes)}")
    return safe


def _escaped(text: str) -> str:
    return _NOT_IN_XML.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
