"""Metrics: numbers of an NRAG as a whole, of each of its layers, of each of its regions.

A metric is a function registered under its level and name. The names are LLM-MRI's where it has the
metric; where its definition goes wrong the right one is here, and docs/metrics.md tells the
difference. Undefined is NaN. The examples are worked on `nrag.graphs.example()`.
"""

from nrag.metrics import communities, of_graphs, of_layers, of_nodes, paths, projections
from nrag.metrics.registry import METRICS, OF_LABELLINGS, POPULATIONS, labelling_metric, metric
from nrag.metrics.tables import metrics_of, node_table

__all__ = [
    "METRICS",
    "OF_LABELLINGS",
    "POPULATIONS",
    "communities",
    "labelling_metric",
    "metric",
    "metrics_of",
    "node_table",
    "of_graphs",
    "of_layers",
    "of_nodes",
    "paths",
    "projections",
]
