"""Columns that several tables have."""

from nrag.contracts.kinds import Column

DOCUMENT = Column("document", "int32", "number of the document in its corpus, from 0")
ID = Column("id", "string", "the document's name: as in the source, or made from its place there")
MODEL = Column("model", "string", "name of the model in the config")
SEED = Column("seed", "int16", "seed of the reduction; 0 where nothing is drawn")
LABELLING = Column("labelling", "string", "name of the labelling; empty for all documents")
PLACE = (
    Column("pooling", "string", "how the documents' states were pooled"),
    Column("reduction", "string", "name of the reduction"),
    Column("bins", "string", "how the grid is cut"),
    Column("size", "int16", "cells along each axis of the grid"),
)
LABEL = Column("label", "string", "the label as written in the data; empty for all documents")
