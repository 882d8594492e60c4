"""From documents to the corpus: labels, group, time and what a page shows, and what is odd about them."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
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
from nrag.corpora.quality import marks_of, problems_of
from nrag.corpora.readers import Definition
from nrag.corpora.reading import AS_READ, source_columns

DESCRIPTIONS = ("group", "time", "hover")
"""Keys of a definition that name a column which the corpus keeps under the key's name."""


Blocks = Callable[[], Iterator[pd.DataFrame]]
"""Reads a table from its beginning, some rows at a time, at least one block."""


@dataclass(frozen=True)
class Labelled:
    """What `label` gives."""

    blocks: Blocks
    """The documents: columns of contracts.CORPUS, one for every labelling, the source's others."""
    quality: pd.DataFrame
    """Columns of contracts.QUALITY."""
    labellings: dict[str, dict[str, int]]
    """Documents of every label: labellings in the definition's order, labels as `count` orders them."""
    documents: int
    """How many there are."""

    @functools.cached_property
    def corpus(self) -> pd.DataFrame:
        """All blocks, in memory."""
        return pd.concat(self.blocks(), ignore_index=True)


def label(texts: pd.DataFrame, rows: pd.DataFrame, definition: Definition, *, name: str | None = None) -> Labelled:
    """`label_blocks`, for tables in memory."""
    return label_blocks(lambda: iter([texts]), lambda: iter([rows]), definition, name=name)


def label_blocks(texts: Blocks, rows: Blocks, definition: Definition, *, name: str | None = None) -> Labelled:
    """The documents with their labels and descriptions, and what is odd about them.

    `texts` and `rows` as `read` gives them, each read twice: in memory are the columns that label and describe,
    and marks of the texts. Labels are of the rows of the source, so that drawing documents moves no cut. A
    document without a label belongs to no label of that labelling.

    Raises CorpusError for a column that is not there, for a label of `labels:` with fewer documents
    than `min_documents`, and for a corpus with fewer than that; nothing else depends on it.
    """
    with naming(name):
        known = _known_columns(rows, definition)
        labels = labels_of(known, definition)
        kept = known["document"].notna().to_numpy()
        labellings = {labelling: count(values[kept]) for labelling, values in labels.items()}
        require_minimum(definition, labellings, documents=int(kept.sum()))
        described = _described(known[kept].reset_index(drop=True), definition, labels, kept)
        marks = marks_of(block["text"] for block in texts())
        quality = problems_of(known, marks, next(iter(labels.values()), None))
        columns = _further_names(next(rows()), known[kept].reset_index(drop=True), described)
        return Labelled(lambda: _corpus(texts, rows, described, columns), quality, labellings, int(kept.sum()))


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


def _known_columns(rows: Blocks, definition: Definition) -> pd.DataFrame:
    """Of all rows what became of them, and the source's columns that label or describe, or are named as what does."""
    named = {how.column for how in labellings_of(definition).values()} | set(labellings_of(definition))
    named |= {definition[key] for key in DESCRIPTIONS if key in definition}
    named |= {column.name for table in (contracts.ROWS, contracts.CORPUS) for column in table.columns}
    kept = []
    for block in rows():
        columns = source_columns(block)
        # A name that is not there is told with all that are.
        for key in (key for key in DESCRIPTIONS if key in definition):
            _require(definition[key], columns)
        for how in labellings_of(definition).values():
            _require(how.column, columns)
        ours = [column.name for column in contracts.ROWS.columns]
        kept.append(block[list(dict.fromkeys([*ours, *(columns[name] for name in columns if name in named)]))])
    return pd.concat(kept, ignore_index=True)


def _described(
    known: pd.DataFrame, definition: Definition, labels: dict[str, pd.Series], kept: np.ndarray
) -> pd.DataFrame:
    """The documents' columns of contracts.CORPUS but the text, and one for every labelling."""
    described = {
        key: _column(known, definition[key]) if key in definition else pd.Series([None] * len(known), dtype="str")
        for key in DESCRIPTIONS
    }
    labelled = {name: values[kept].reset_index(drop=True).astype("str") for name, values in labels.items()}
    documents = {"document": known["document"].astype("int32"), "id": known["id"]}
    return pd.DataFrame(documents | described | labelled)


def _further_names(rows: pd.DataFrame, known: pd.DataFrame, described: pd.DataFrame) -> dict[str, str]:
    """What the further columns of `rows` are called in the corpus, as `join_further` would call them."""
    names = {}
    for name, column in source_columns(rows).items():
        if name not in described and name != "text":
            names[column] = name
        elif name == "text" or not known[column].equals(described[name]):
            names[column] = name + AS_READ
    return names


def _corpus(texts: Blocks, rows: Blocks, described: pd.DataFrame, further: dict[str, str]) -> Iterator[pd.DataFrame]:
    """The documents in blocks as the texts come in them."""
    place, kept = 0, _Rows(rows())
    for block in texts():
        number = len(block)
        here = described.iloc[place : place + number].reset_index(drop=True)
        here.insert(2, "text", block["text"].to_numpy())
        others = kept.next(number)[list(further)].set_axis(list(further.values()), axis="columns")
        yield pd.concat([here.astype({"text": "str"}), others], axis="columns")
        place += number


class _Rows:
    """The rows that became documents, as many at a time as are asked for."""

    def __init__(self, blocks: Iterator[pd.DataFrame]) -> None:
        self.blocks = (block[block["document"].notna()] for block in blocks)
        self.there = next(self.blocks)

    def next(self, number: int) -> pd.DataFrame:
        while len(self.there) < number:
            self.there = pd.concat([self.there, next(self.blocks)])
        taken, self.there = self.there.iloc[:number], self.there.iloc[number:]
        return taken.reset_index(drop=True)


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    columns = source_columns(rows)
    _require(name, columns)
    return rows[columns[name]]


def _require(name: str, columns: Mapping[str, str]) -> None:
    if name not in columns:
        raise CorpusError(absent("column", name, list(columns)))
