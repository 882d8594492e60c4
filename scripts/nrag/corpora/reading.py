"""From a source to documents: what becomes one, what is left out, and why.

A source is read twice: once for what decides which rows become documents, which is kept in memory (a name, a
label and marks of every row), and once for texts and further columns, which pass through in blocks.
"""

import functools
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.corpora.errors import CorpusError, absent, listing, naming
from nrag.corpora.labels import count, label_values, labellings_of, match_label
from nrag.corpora.readers import Definition, Source, read_source
from nrag.corpora.sampling import drawn
from nrag.corpora.tables import other_separator

AS_READ = " (as read)"
"""Ending of a source's column whose name is taken by one of ours."""

LONGEST_ID = 500
"""Characters of an id: every activations file holds them at one width."""


@dataclass(frozen=True)
class Outline:
    """What is known of all rows of a source after the first reading."""

    names: tuple[str, ...]
    """Columns of the source, in the order in which they come."""
    ids: pd.Series
    """The rows' names where the definition names no column for them."""
    columns: pd.DataFrame
    """Those columns that were asked for and are there, whole."""
    lists: frozenset[str]
    """Columns of lists or of values with parts."""
    missing: np.ndarray
    """Whether each row has no text, (rows,) bool."""
    empty: np.ndarray
    """Whether the text is nothing but white space, or missing, (rows,) bool."""
    texts: pd.Series
    """A digest of each row's text, equal where texts are; missing where they are, or if nobody asked."""

    def column(self, name: str) -> pd.Series:
        """One column that was asked for. Raises CorpusError with the names there are."""
        self.require(name)
        return self.columns[name]

    def label_column(self, name: str) -> pd.Series:
        """The same, of a column that labels. Raises CorpusError if it holds lists."""
        self.require(name)
        if name in self.lists:
            raise CorpusError(
                f"column '{name}' holds a list of values for each row, and a document has one label; write a column "
                "with one value each, such as the first of the list, or a labelling for each"
            )
        return self.columns[name]

    def require(self, name: str) -> None:
        """Raises CorpusError with the names there are if a column is not there."""
        if name not in self.names:
            raise CorpusError(absent("column", name, list(self.names)) + other_separator(self.names))


class Block(NamedTuple):
    """Some rows of a source, ready to be written."""

    texts: pd.DataFrame
    """The documents among them: columns of contracts.TEXTS."""
    rows: pd.DataFrame
    """Columns of contracts.ROWS, and the source's others but the text."""


@dataclass(frozen=True)
class Reading:
    """What `read` gives."""

    source: Source
    text: str
    """Column of the text."""
    decided: pd.DataFrame
    """What became of every row: columns of contracts.ROWS."""
    names: Mapping[str, str]
    """What the source's other columns are called beside these, in their order."""

    def blocks(self) -> Iterator[Block]:
        """Reads the source again, some rows at a time.

        Raises CorpusError if it has become another one.
        """
        first = 0
        for block in self.source.blocks():
            decided = self.decided.iloc[first : first + len(block)].reset_index(drop=True)
            first += len(block)
            if first > len(self.decided):
                break
            # A column may begin later in the source, or be missing in this block.
            columns = block.reindex(columns=[self.text, *self.names]).astype("str")
            kept = decided["document"].notna()
            texts = decided.loc[kept, ["document", "id"]].astype({"document": "int32"})
            texts = texts.assign(text=columns.loc[kept, self.text]).reset_index(drop=True)
            others = columns[list(self.names)].set_axis(list(self.names.values()), axis="columns")
            yield Block(texts, pd.concat([decided, others], axis="columns"))
        if first != len(self.decided):
            raise CorpusError("the source has changed while it was read; run again")

    @functools.cached_property
    def texts(self) -> pd.DataFrame:
        """All documents, in memory: columns of contracts.TEXTS."""
        return pd.concat([block.texts for block in self.blocks()], ignore_index=True)

    @functools.cached_property
    def rows(self) -> pd.DataFrame:
        """All rows, in memory: columns of contracts.ROWS, and the source's others but the text."""
        return pd.concat([block.rows for block in self.blocks()], ignore_index=True)


def read(definition: Definition, *, data: Path, seed: int, name: str | None = None) -> Reading:
    """The documents of a corpus and every row that was read for them.

    A row is left out, for the first of these reasons that holds: `label not selected` (`labels:`
    names others of the first labelling), `missing text`, `empty text` (nothing but white space),
    `contradictory labels` (`contradictions: drop`, and its text occurs under several labels),
    `repeated text` (`duplicates: drop`, and an earlier row has it with the same label), `not sampled`
    (`max_documents_per_label`, by `seed`). Documents keep the order of the source.

    Raises CorpusError, beginning with the corpus' `name` where it is given.
    """
    with naming(name):
        source = read_source(definition, data=data)
        return select(source, outline(source, definition), definition, seed=seed)


def outline(source: Source, definition: Definition, *, further: Iterable[str] = ()) -> Outline:
    """The first reading of a source: columns that selection needs and `further` ones, and marks of the texts."""
    text = definition.get("text", "text")
    first = next(iter(labellings_of(definition).values()), None)
    wanted = [*(c.name for c in contracts.ROWS.columns), *further, *([first.column] if first else [])]
    wanted = dict.fromkeys([*wanted, *([definition["id"]] if "id" in definition else [])])
    digested = "drop" in (definition.get("duplicates"), definition.get("contradictions"))
    names: dict[str, None] = {}
    kept, missing, empty, digests = [], [], [], []
    for block in source.blocks():
        names |= dict.fromkeys(block.columns)
        kept.append(block.reindex(columns=list(wanted)).astype("str"))
        texts = block[text] if text in block else pd.Series([None] * len(block), dtype="str")
        missing.append(texts.isna().to_numpy())
        empty.append(np.array([not str(value).strip() for value in texts], dtype=bool))
        digests.append(pd.Series([digest(value) if digested else None for value in texts], dtype="str"))
    columns = pd.concat(kept, ignore_index=True)
    ids = np.arange(len(columns)).astype(str) if source.ids is None else source.ids
    return Outline(
        names=tuple(names),
        ids=pd.Series(ids, dtype="str"),
        columns=columns[[name for name in columns if name in names]],
        lists=source.lists,
        missing=np.concatenate(missing),
        empty=np.concatenate(empty) | np.concatenate(missing),
        texts=pd.concat(digests, ignore_index=True),
    )


def select(source: Source, known: Outline, definition: Definition, *, seed: int) -> Reading:
    """`read`, for a source whose outline is known."""
    text = definition.get("text", "text")
    known.require(text)
    ids = _ids(known, definition)
    labels = _first_labels(known, definition)
    rows = len(known.columns)
    if not rows:
        raise CorpusError("no documents: the source has no row")
    left_out = _Reasons(rows)
    left_out.add("label not selected", ~_selected(labels, definition))
    left_out.add("missing text", known.missing)
    left_out.add("empty text", known.empty)
    if definition.get("contradictions", "keep") == "drop":
        left_out.add("contradictory labels", contradictory(known.texts, labels, among=left_out.open))
    if definition.get("duplicates", "keep") == "drop":
        left_out.add("repeated text", repeated(known.texts, labels, among=left_out.open))
    left_out.add("not sampled", ~_drawn(labels, left_out.open, definition, seed))
    if not left_out.open.any():
        raise CorpusError(f"no documents are left of {rows} rows read: {listing(Counter(left_out.reasons))}")
    decided = _decided(ids, left_out)
    others = [name for name in known.names if name != text]
    return Reading(source, text, decided, _names_in_rows(others, known, decided))


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


def _decided(ids: pd.Series, left_out: "_Reasons") -> pd.DataFrame:
    kept = left_out.open
    return pd.DataFrame(
        {
            "row": np.arange(len(ids), dtype=np.int32),
            "document": pd.Series(np.where(kept, np.cumsum(kept) - 1, -1), dtype="Int32").where(kept),
            "id": ids,
            "left_out": pd.Series(left_out.reasons, dtype="str"),
        }
    )


def _names_in_rows(others: Sequence[str], known: Outline, decided: pd.DataFrame) -> dict[str, str]:
    """What the columns of the source are called among those of `decided`; one that is there already has no name."""
    same = [name for name in others if name in decided and known.columns[name].equals(decided[name])]
    return {name: name + AS_READ if name in decided else name for name in others if name not in same}


def digest(text: str | float) -> str | None:
    """What is equal where texts are, in 32 characters; None for a missing text."""
    return None if pd.isna(text) else hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _name_in_source(column: str, ours: Sequence[str]) -> str:
    name = column.removesuffix(AS_READ)
    return name if name in ours else column


def _ids(known: Outline, definition: Definition) -> pd.Series:
    if "id" not in definition:
        return known.ids
    ids = known.column(definition["id"])
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


def _first_labels(known: Outline, definition: Definition) -> pd.Series:
    """The labels of the first labelling; all missing if there is none, or nothing here depends on it."""
    labellings = labellings_of(definition)
    dependent = ("labels", "max_documents_per_label", "contradictions", "duplicates")
    if not labellings or not any(key in definition for key in dependent):
        return pd.Series([None] * len(known.columns), dtype="str")
    first = next(iter(labellings.values()))
    return label_values(known.label_column(first.column), first.cut)


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
