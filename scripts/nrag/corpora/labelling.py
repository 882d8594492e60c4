"""From documents to the corpus: labels, group, time and what a page shows, and what is odd about them."""

from dataclasses import dataclass

import pandas as pd

from nrag import contracts
from nrag.corpora.errors import CorpusError, absent, naming
from nrag.corpora.labels import (
    count,
    label_values,
    labellings_of,
    match_label,
    minimum_of,
    require_documents,
)
from nrag.corpora.quality import problems_of
from nrag.corpora.readers import Definition
from nrag.corpora.reading import join_further, source_columns

DESCRIPTIONS = ("group", "time", "hover")
"""Keys of a definition that name a column which the corpus keeps under the key's name."""


@dataclass(frozen=True)
class Labelled:
    """What `label` gives."""

    corpus: pd.DataFrame
    """The documents: columns of contracts.CORPUS, one for every labelling, the source's others."""
    quality: pd.DataFrame
    """Columns of contracts.QUALITY."""
    labellings: dict[str, dict[str, int]]
    """Documents of every label: labellings in the definition's order, labels as `count` orders them."""


def label(texts: pd.DataFrame, rows: pd.DataFrame, definition: Definition, *, name: str | None = None) -> Labelled:
    """The documents with their labels and descriptions, and what is odd about them.

    `texts` and `rows` as `read` gives them. Labels are of the rows of the source, so that drawing
    documents moves no cut. A document without a label belongs to no label of that labelling.

    Raises CorpusError for a column that is not there, for a label of `labels:` with fewer documents
    than `min_documents`, and for a corpus with fewer than that; nothing else depends on it.
    """
    with naming(name):
        labels = labels_of(rows, definition)
        kept = rows["document"].notna().to_numpy()
        labellings = {labelling: count(values[kept]) for labelling, values in labels.items()}
        require_minimum(definition, labellings, documents=len(texts))
        corpus = _corpus(texts, rows[kept].reset_index(drop=True), definition, labels, kept)
        first = next(iter(labels.values()), None)
        quality = problems_of(rows, texts["text"], first)
        return Labelled(corpus, quality, labellings)


def labels_of(rows: pd.DataFrame, definition: Definition) -> dict[str, pd.Series]:
    """The label of every row of the source under every labelling."""
    labellings = labellings_of(definition)
    taken = sorted(labellings.keys() & {column.name for column in contracts.CORPUS.columns})
    if taken:
        raise CorpusError(f"a labelling may not be named {', '.join(taken)}: the corpus has such a column; rename it")
    return {name: label_values(_column(rows, how.column), how.cut) for name, how in labellings.items()}


def require_minimum(definition: Definition, labellings: dict[str, dict[str, int]], *, documents: int) -> None:
    """Raises CorpusError if the corpus, or a label that `labels:` names, has fewer than `min_documents`."""
    minimum = minimum_of(definition)
    if documents < minimum:
        raise CorpusError(
            f"has {documents} documents, fewer than min_documents: {minimum}; lower it (not below 3) or add documents"
        )
    if "labels" in definition and labellings:
        labelling, counts = next(iter(labellings.items()))
        wanted = definition["labels"]
        for value in wanted if isinstance(wanted, list | tuple) else [wanted]:
            require_documents(counts, match_label(value, counts), labelling=labelling, min_documents=minimum)


def _corpus(
    texts: pd.DataFrame, rows: pd.DataFrame, definition: Definition, labels: dict[str, pd.Series], kept: pd.Series
) -> pd.DataFrame:
    described = {
        key: _column(rows, definition[key]) if key in definition else pd.Series([None] * len(rows), dtype="str")
        for key in DESCRIPTIONS
    }
    labelled = {name: values[kept].reset_index(drop=True).astype("str") for name, values in labels.items()}
    corpus = pd.concat([texts, pd.DataFrame(described | labelled)], axis="columns")
    further = {name: rows[column] for name, column in source_columns(rows).items()}
    return join_further(corpus, pd.DataFrame(further))


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    columns = source_columns(rows)
    if name not in columns:
        raise CorpusError(absent("column", name, list(columns)))
    return rows[columns[name]]
