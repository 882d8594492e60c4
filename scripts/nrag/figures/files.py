"""A figure's files: what it compares of a corpus, every format from one drawing, and the table of everything drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from nrag import contracts, corpora, store
from nrag.figures.style import render


def compared(corpus: str, comparison: Mapping[str, Any], *, min_documents: int) -> dict[str, Any]:
    """Labelling and labels of a comparison as tables of figures take them: without a labelling, all documents.

    The labels of `comparison` are a config's, or `all`; the result has those of the file `corpus`, a corpus or its
    labels that differ from model to model: then a model shows those of which it has `min_documents` itself.
    """
    labelling = comparison["labelling"]
    attributes = store.read_attributes(corpus)
    labels = corpora.compared_labels(
        attributes["labellings"], labelling, comparison["labels"], min_documents=min_documents
    )
    differing = {"min_documents": min_documents} if attributes["contract"] == contracts.MODEL_LABELS.name else {}
    return {"labelling": labelling or contracts.ALL_DOCUMENTS, "labels": labels, **differing}


def write(
    drawn: Figure,
    shown: pd.DataFrame,
    files: Sequence[str],
    table: str,
    *,
    inputs: Mapping[str, str],
    parameters: Mapping[str, Any],
) -> None:
    """Write a drawing to files whose suffixes say the format, and the table that it shows as TSV.

    The table tells of `inputs`, files by what they are, and `parameters`.
    """
    for path in files:
        store.write_bytes(path, render(drawn, Path(path).suffix[1:]))
    store.write_tsv(table, shown, provenance=store.provenance(inputs=inputs, parameters=parameters))
