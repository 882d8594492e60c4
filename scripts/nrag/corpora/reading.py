"""From a source to documents: what becomes one, what is left out, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.corpora.errors import CorpusError, listing, naming
from nrag.corpora.labels import count, label_values, labellings_of, match_label
from nrag.corpora.readers import Definition, Source, read_source
from nrag.corpora.sampling import drawn

AS_READ = " (as read)"
"""Ending of a source's column whose name is taken by one of ours."""

LONGEST_ID = 500
"""Characters of an id: every activations file holds them at one width."""


@dataclass(frozen=True)
class Reading:
    """What `read` gives."""

    texts: pd.DataFrame
    """The documents: columns of contracts.TEXTS."""
    rows: pd.DataFrame
    """Every row of the source: columns of contracts.ROWS and the source's others but the text."""


def read(definition: Definition, *, data: Path, seed: int, name: str | None = None) -> Reading:
    """The documents of a corpus and every row that was read for them.

    A row is left out, for the first of these reasons that holds: `label not selected` (`labels:`
    names others of the first labelling), `missing text`, `empty text` (nothing but white space),
    `contradictory labels` (`contradictions: drop`, and its text occurs under several labels),
    `repeated text` (`duplicates: drop`, and an earlier row has it with the same label), `not drawn`
    (`max_documents_per_label`, by `seed`). Documents keep the order of the source.

    Raises CorpusError, beginning with the corpus' `name` where it is given.
    """
    with naming(name):
        return select(read_source(definition, data=data), definition, seed=seed)


def select(source: Source, definition: Definition, *, seed: int) -> Reading:
    """`read`, for a source that has been read."""
    texts = source.column(definition.get("text", "text"))
    ids = _ids(source, definition)
    labels = _first_labels(source, definition)
    if not len(texts):
        raise CorpusError("no documents: the source has no row")
    left_out = _Reasons(len(texts))
    left_out.add("label not selected", ~_selected(labels, definition))
    left_out.add("missing text", texts.isna())
    left_out.add("empty text", np.array([not str(text).strip() for text in texts]))
    if definition.get("contradictions", "keep") == "drop":
        left_out.add("contradictory labels", contradictory(texts, labels, among=left_out.open))
    if definition.get("duplicates", "keep") == "drop":
        left_out.add("repeated text", repeated(texts, labels, among=left_out.open))
    left_out.add("not drawn", ~_drawn(labels, left_out.open, definition, seed))
    if not left_out.open.any():
        raise CorpusError(f"no documents are left of {len(texts)} rows read: {listing(Counter(left_out.reasons))}")
    return _reading(source, definition, texts, ids, left_out)


def contradictory(texts: pd.Series, labels: pd.Series, *, among: np.ndarray) -> np.ndarray:
    """Whether each row's text occurs under several labels, (rows,) bool, looking only at rows of `among`."""
    several = labels[among].groupby(texts[among]).nunique() > 1
    return texts.isin(several.index[several]).to_numpy() & among


def repeated(texts: pd.Series, labels: pd.Series, *, among: np.ndarray) -> np.ndarray:
    """Whether an earlier row has the same text and label, (rows,) bool, looking only at rows of `among`."""
    again = np.zeros(len(texts), dtype=bool)
    again[among] = pd.DataFrame({"text": texts[among], "label": labels[among]}).duplicated()
    return again


def source_columns(rows: pd.DataFrame) -> dict[str, str]:
    """Where each column of the source is among the columns of `rows`: its name there by its name in the source."""
    ours = [column.name for column in contracts.ROWS.columns]
    return {"id": "id"} | {_name_in_source(column, ours): column for column in rows.columns if column not in ours}


def join_further(frame: pd.DataFrame, further: pd.DataFrame) -> pd.DataFrame:
    """`frame` followed by the columns of `further`.

    A further column of the same name and content is there already; one with another content gets
    the ending ` (as read)`.
    """
    added = {}
    for name in further.columns:
        if name not in frame:
            added[name] = further[name]
        elif not further[name].equals(frame[name]):
            added[name + AS_READ] = further[name]
    return pd.concat([frame, pd.DataFrame(added, index=frame.index)], axis="columns")


class _Reasons:
    """Why each row is left out; the first reason given stays."""

    def __init__(self, rows: int) -> None:
        self.reasons = np.full(rows, None, dtype=object)

    @property
    def open(self) -> np.ndarray:
        """Whether each row is still to become a document, (rows,) bool."""
        return np.array([reason is None for reason in self.reasons], dtype=bool)

    def add(self, reason: str, rows: np.ndarray | pd.Series) -> None:
        self.reasons[self.open & np.asarray(rows, dtype=bool)] = reason


def _reading(source: Source, definition: Definition, texts: pd.Series, ids: pd.Series, left_out: _Reasons) -> Reading:
    kept = left_out.open
    numbers = pd.Series(np.where(kept, np.cumsum(kept) - 1, -1), dtype="Int32").where(kept)
    rows = pd.DataFrame(
        {
            "row": np.arange(len(texts), dtype=np.int32),
            "document": numbers,
            "id": ids,
            "left_out": pd.Series(left_out.reasons, dtype="str"),
        }
    )
    documents = pd.DataFrame({"document": numbers[kept].astype("int32"), "id": ids[kept], "text": texts[kept]})
    others = source.columns.drop(columns=definition.get("text", "text"))
    return Reading(documents.reset_index(drop=True), join_further(rows, others))


def _name_in_source(column: str, ours: Sequence[str]) -> str:
    name = column.removesuffix(AS_READ)
    return name if name in ours else column


def _ids(source: Source, definition: Definition) -> pd.Series:
    if "id" not in definition:
        return pd.Series(list(source.ids), dtype="str")
    ids = source.column(definition["id"])
    if ids.isna().any():
        rows = [str(row) for row in np.flatnonzero(ids.isna())]
        raise CorpusError(f"column '{definition['id']}' has no id in the rows {listing(rows)} (counted from 0)")
    long = ids.str.len() > LONGEST_ID
    if long.any():
        raise CorpusError(
            f"column '{definition['id']}' does not name the rows: row {int(long.to_numpy().argmax())} has "
            f"{int(ids.str.len().max())} characters, an id at most {LONGEST_ID}; is it the text?"
        )
    repeated = ids[ids.duplicated(keep=False)]
    if len(repeated):
        rows = {value: " and ".join(map(str, group.index)) for value, group in repeated.groupby(repeated)}
        named = [f"'{value}' (rows {numbers})" for value, numbers in rows.items()]
        raise CorpusError(
            f"two documents have one id in column '{definition['id']}': {listing(named, most=5)}, rows counted from 0; "
            "make them unique, or leave id: out to have the rows numbered"
        )
    return ids


def _first_labels(source: Source, definition: Definition) -> pd.Series:
    """The labels of the first labelling; all missing if there is none, or nothing here depends on it."""
    labellings = labellings_of(definition)
    dependent = ("labels", "max_documents_per_label", "contradictions", "duplicates")
    if not labellings or not any(key in definition for key in dependent):
        return pd.Series([None] * len(source.columns), dtype="str")
    first = next(iter(labellings.values()))
    return label_values(source.column(first.column), first.cut)


def _selected(labels: pd.Series, definition: Definition) -> np.ndarray:
    if "labels" not in definition:
        return np.ones(len(labels), dtype=bool)
    if not labellings_of(definition):
        raise CorpusError("labels: chooses among the labels of a labelling; say which column holds them with label:")
    wanted = definition["labels"]
    available = count(labels)
    chosen = {match_label(value, available) for value in (wanted if isinstance(wanted, list | tuple) else [wanted])}
    return labels.isin(chosen).to_numpy()


def _drawn(labels: pd.Series, among: np.ndarray, definition: Definition, seed: int) -> np.ndarray:
    keep = among.copy()
    if "max_documents_per_label" in definition:
        groups = [None if pd.isna(label) else label for label in labels[among]]
        keep[among] = drawn(groups, maximum=definition["max_documents_per_label"], seed=seed)
    return keep
