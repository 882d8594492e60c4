"""Texts, labels, and what was wrong with them."""

from nrag.contracts.columns import DOCUMENT, ID
from nrag.contracts.kinds import Column, Table

TEXTS = Table(
    "texts",
    1,
    (DOCUMENT, ID, Column("text", "string", "the text exactly as read")),
    key=("document",),
)

ROWS = Table(
    "rows",
    1,
    (
        Column("row", "int32", "number of the row in the source, from 0"),
        Column("document", "int32", "the document it became; null if it was left out", nullable=True),
        ID,
        Column("left_out", "string", "why the row is no document; null if it is one", nullable=True),
    ),
    key=("row",),
    further=True,
)

CORPUS = Table(
    "corpus",
    1,
    (
        DOCUMENT,
        ID,
        Column("text", "string", "the text exactly as read"),
        Column("group", "string", "documents that belong together, such as one author's", nullable=True),
        Column("time", "string", "when the document was written, as read", nullable=True),
        Column("hover", "string", "what a page shows of the document", nullable=True),
    ),
    key=("document",),
    further=True,
)

MODEL_LABELS = Table(
    "model-labels",
    1,
    (
        Column("model", "string", "the model as the table of labels calls it: its name in the config, or its id"),
        DOCUMENT,
        Column("label", "string", "the document's label under this model, as written in the table or as cut"),
    ),
    key=("model", "document"),
)

QUALITY = Table(
    "quality",
    1,
    (
        Column("document", "int32", "number of the document; null if it was left out", nullable=True),
        ID,
        Column("label", "string", "its label in the corpus' first labelling", nullable=True),
        Column(
            "problem",
            "string",
            "missing text, empty text, repeated text, contradictory labels, long text, missing label, rare label",
        ),
        Column("action", "string", "kept or left out"),
    ),
)
