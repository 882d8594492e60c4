"""Graphs: cells and labels to edges, edges to NRAGs, NRAGs to tables, NetworkX and GraphML.

An NRAG is directed and layered. Its nodes are the regions that the documents of a label occupy; an
edge joins two regions of neighbouring layers and weighs the documents of the label that lie in
both. Everything is counted on integers; strings appear only in the finished tables.
"""

from nrag.graphs.counting import edges_of
from nrag.graphs.exports import (
    edge_table,
    export_tables,
    graph_of,
    graph_of_labels,
    graph_of_space,
    graphml,
    node_table,
)
from nrag.graphs.incidence import Incidence, incidence_of
from nrag.graphs.nrags import Key, Nrag, compose, example, nrag_of, nrags_of
from nrag.graphs.significance import Significance, significance

__all__ = [
    "Incidence",
    "Key",
    "Nrag",
    "Significance",
    "compose",
    "edge_table",
    "edges_of",
    "example",
    "export_tables",
    "graph_of",
    "graph_of_labels",
    "graph_of_space",
    "graphml",
    "incidence_of",
    "node_table",
    "nrag_of",
    "nrags_of",
    "significance",
]
