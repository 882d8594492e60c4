"""What a source of any kind is read into: blocks of rows, columns of strings exactly as written."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nrag import dataset_files
from nrag.corpora.errors import CorpusError, absent

Definition = Mapping[str, Any]
"""A corpus as the config defines it."""

BLOCK_ROWS, BLOCK_CHARACTERS = 4096, 2**22
"""Rows and characters at which a block ends: what is in memory of a large source at a time."""


@dataclass(frozen=True)
class Source:
    """What is read: one row for every text there might be, some rows at a time."""

    blocks: Callable[[], Iterator[pd.DataFrame]]
    """Reads the source from its beginning, at least one block. Every column is of strings, missing where the
    source has nothing; a later block may have further columns, and lack some."""
    ids: Sequence[str] | None = None
    """The rows' names where the definition names no column for them; None for their numbers, from 0."""
    lists: frozenset[str] = frozenset()
    """Columns of lists or of values with parts, which are there as JSON: nothing that could be a label."""

    @classmethod
    def of(cls, columns: pd.DataFrame, ids: Sequence[str] | None = None) -> "Source":
        """A source whose rows are in memory."""
        return cls(lambda: iter([columns]), ids)

    def whole(self) -> pd.DataFrame:
        """All rows with all columns, in memory."""
        return pd.concat([block.astype("str") for block in self.blocks()], ignore_index=True)


Reader = Callable[[Path, Definition], Source]
READERS: dict[str, Reader] = {}
"""By kind: the ending of a file, `folder`, `dataset`, or the key that takes the place of `path`."""


def reader(kind: str) -> Callable[[Reader], Reader]:
    """Decorator that registers a function of (path, definition) as the reader of one kind of source."""

    def register(function: Reader) -> Reader:
        READERS[kind] = function
        return function

    return register


def read_source(definition: Definition, *, data: Path) -> Source:
    """Everything the source holds, nothing selected.

    Relative paths start from `data`. Raises CorpusError, at once or while blocks are read, if the source
    is not there, of a kind that has no reader, not UTF-8, or not what its ending says.
    """
    kind, path = locate(definition, data=data)
    return READERS[kind](path, definition)


def locate(definition: Definition, *, data: Path) -> tuple[str, Path]:
    """The kind of the source, and where it lies; `data` itself for a kind that has no path."""
    if "path" not in definition:
        kind = next((kind for kind in READERS if kind in definition), None)
        if kind is None:
            raise CorpusError(
                f"names no source; give path: FILE, hub: DATASET or packages: [NAME]. It has: {', '.join(definition)}"
            )
        return kind, data
    path = data / Path(definition["path"]).expanduser()
    if not path.exists():
        there = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
        raise CorpusError(
            f"{absent('file or folder', path.name, there)} in {path.parent} (relative paths start from data: {data})"
        )
    kind = path.suffix.lower()
    if path.is_dir():
        kind = "dataset" if dataset_files.is_saved(path) else "folder"
    if kind not in READERS:
        raise CorpusError(f"{path.name} is of the kind '{kind}', which cannot be read; these can: {', '.join(READERS)}")
    if "split" in definition and kind not in (".txt", "dataset"):
        raise CorpusError(
            f"split: cuts one .txt file into documents, or chooses among the splits of a dataset; {path.name} has a "
            "row or file for each document already"
        )
    return kind, path


def decode(path: Path) -> str:
    """The text of a UTF-8 file without its byte-order mark, line ends as they are."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise not_utf8(path) from None


def not_utf8(path: Path) -> CorpusError:
    """The error for a file that cannot be decoded, with the place of the first wrong byte."""
    place = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return CorpusError(
                    f"{path.name} is not UTF-8: byte {line[error.start]:#04x} in line {number} "
                    f"(byte {place + error.start} of the file); save it again as UTF-8"
                )
            place += len(line)
    raise AssertionError(f"{path} is UTF-8")


def strings(columns: Mapping[str, Sequence[str | None]], *, first: int = 0) -> pd.DataFrame:
    """Columns of strings in which None is missing, whatever they look like; `first` is the number of the first row."""
    return pd.DataFrame({name: _strings(name, list(values), first) for name, values in columns.items()})


def blocks_of(rows: Iterable[Mapping[str, str | None]], names: Iterable[str] = ()) -> Iterator[pd.DataFrame]:
    """Rows of strings, by column, in blocks; `names` are columns that every block has."""
    names, first, block, size = list(names), 0, [], 0
    for row in rows:
        block.append(row)
        size += sum(len(value) for value in row.values() if value is not None)
        if len(block) >= BLOCK_ROWS or size >= BLOCK_CHARACTERS:
            yield _block(block, names, first)
            first, block, size = first + len(block), [], 0
    if block or not first:
        yield _block(block, names, first)


def _block(rows: list[Mapping[str, str | None]], names: list[str], first: int) -> pd.DataFrame:
    every = dict.fromkeys(names) | dict.fromkeys(name for row in rows for name in row)
    return strings({name: [row.get(name) for row in rows] for name in every}, first=first)


def _strings(name: str, values: list[str | None], first: int) -> pd.Series:
    try:
        return pd.Series(values, dtype="str")
    except UnicodeEncodeError as error:
        row = next(row for row, value in enumerate(values) if value is not None and _has_half_character(value))
        raise CorpusError(
            f"column '{name}' of row {first + row} (counted from 0) holds {error.object[error.start]!r}, half of a "
            "character that JSON writes as two; no UTF-8 file can hold it, so remove it from the source"
        ) from None


def _has_half_character(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)
