"""Every file that passes between rules: its columns or arrays, their types and meaning, its version.

Imports nothing of ours. `store` writes and checks these; `docs/data-formats.md` explains them. The
version of a contract goes up when a reader of the old files would go wrong; the rules that read or
write it then rerun, and no other.
"""

from nrag.contracts.kinds import Arrays, Column, Record, Table
from nrag.contracts.names import (
    ALL_DOCUMENTS,
    BAG_OF_WORDS,
    HIDDEN_STATE_ROWS,
    LEVELS,
    POOLINGS,
    RUN,
    TEXT_LENGTH,
    WORDS,
    WORDS_WIDTH,
    GraphKey,
    component,
    coordinates,
    hidden_state,
    node,
)
from nrag.contracts.of_documents import CORPUS, QUALITY, ROWS, TEXTS
from nrag.contracts.of_graphs import CELLS, COMPONENTS, EDGES, METRICS
from nrag.contracts.of_labels import FAITHFULNESS, PATH_MEMORY, PROBING, TESTS
from nrag.contracts.of_samples import CONTRASTS, INTERVALS, RAREFACTION, REGION_STABILITY, VARIANTS
from nrag.contracts.of_states import ACTIVATIONS, COORDINATES, DATASET, MODEL

CONTRACTS = (
    TEXTS,
    ROWS,
    CORPUS,
    QUALITY,
    MODEL,
    DATASET,
    ACTIVATIONS,
    COORDINATES,
    CELLS,
    EDGES,
    COMPONENTS,
    METRICS,
    PROBING,
    TESTS,
    FAITHFULNESS,
    PATH_MEMORY,
    INTERVALS,
    CONTRASTS,
    RAREFACTION,
    VARIANTS,
    REGION_STABILITY,
)

__all__ = [
    "ACTIVATIONS",
    "ALL_DOCUMENTS",
    "BAG_OF_WORDS",
    "CELLS",
    "COMPONENTS",
    "CONTRACTS",
    "CONTRASTS",
    "COORDINATES",
    "CORPUS",
    "DATASET",
    "EDGES",
    "FAITHFULNESS",
    "HIDDEN_STATE_ROWS",
    "INTERVALS",
    "LEVELS",
    "METRICS",
    "MODEL",
    "PATH_MEMORY",
    "POOLINGS",
    "PROBING",
    "QUALITY",
    "RAREFACTION",
    "REGION_STABILITY",
    "ROWS",
    "RUN",
    "TESTS",
    "TEXTS",
    "TEXT_LENGTH",
    "VARIANTS",
    "WORDS",
    "WORDS_WIDTH",
    "Arrays",
    "Column",
    "GraphKey",
    "Record",
    "Table",
    "component",
    "coordinates",
    "hidden_state",
    "node",
]
