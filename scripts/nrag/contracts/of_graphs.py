"""Cells, edges, correlations, and metrics of them."""

from nrag.contracts.columns import DOCUMENT, LABEL, LABELLING, MODEL, SEED
from nrag.contracts.kinds import Column, Table

CELLS = Table(
    "cells",
    1,
    (
        MODEL,
        SEED,
        Column("layer", "int16", "index of the hidden state: 0 = embeddings"),
        DOCUMENT,
        Column("x", "int16", "cell along the first coordinate, from 0"),
        Column("y", "int16", "cell along the second coordinate, from 0"),
    ),
    key=("model", "seed", "layer", "document"),
)

EDGES = Table(
    "edges",
    1,
    (
        MODEL,
        SEED,
        LABELLING,
        LABEL,
        Column("layer", "int16", "layer of the source region; the target lies in the next one"),
        Column("x0", "int16", "source cell along the first coordinate"),
        Column("y0", "int16", "source cell along the second coordinate"),
        Column("x1", "int16", "target cell along the first coordinate"),
        Column("y1", "int16", "target cell along the second coordinate"),
        Column("documents", "int32", "edge weight: documents of the label in both regions"),
    ),
    key=("model", "seed", "labelling", "label", "layer", "x0", "y0", "x1", "y1"),
)

COMPONENTS = Table(
    "components",
    1,
    (
        MODEL,
        SEED,
        LABELLING,
        LABEL,
        Column("layer", "int16", "layer of component i; component j lies in the next one"),
        Column("i", "int16", "component of the layer, from 0"),
        Column("j", "int16", "component of the next layer, from 0"),
        Column("rho", "float64", "Spearman's rho over the label's documents; NaN where i or j is constant"),
        Column(
            "p",
            "float64",
            "how often permuted documents have a rho as large in size; NaN where rho is, or below 4 documents",
        ),
        Column("q", "float64", "false discovery rate over the label's pairs; NaN where p is"),
    ),
    key=("model", "seed", "labelling", "label", "layer", "i", "j"),
)

METRICS = Table(
    "metrics",
    2,
    (
        MODEL,
        SEED,
        LABELLING,
        LABEL,
        Column("level", "string", "what the value describes: graph, layer or node"),
        Column("layer", "int16", "null at graph level", nullable=True),
        Column("x", "int16", "cell, or the component; null above node level", nullable=True),
        Column("y", "int16", "cell; null above node level and of components", nullable=True),
        Column("metric", "string", "name in docs/metrics.md, of components in docs/component-graphs.md"),
        Column("value", "float64", "NaN where the metric is undefined", nullable=True),
        Column("sample", "int32", "from how many drawn regions the metric started; null for all", nullable=True),
        Column("documents", "int32", "documents of the label"),
    ),
    key=("model", "seed", "labelling", "label", "level", "layer", "x", "y", "metric"),
)
