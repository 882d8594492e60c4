"""Sources of every kind, read into one form: columns of strings, exactly as written."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nrag.corpora.errors import CorpusError, absent

Definition = Mapping[str, Any]
"""A corpus as the config defines it."""


@dataclass(frozen=True)
class Source:
    """What was read: one row for every text there might be."""

    columns: pd.DataFrame
    """Every column of the source as strings, missing where the source has nothing."""
    ids: Sequence[str]
    """The rows' names where the definition names no column for them."""

    def column(self, name: str) -> pd.Series:
        """One column by its name in the source. Raises CorpusError with the names there are."""
        if name in self.columns:
            return self.columns[name]
        raise CorpusError(absent("column", name, list(self.columns)) + _other_separator(self.columns.columns))


Reader = Callable[[Path, Definition], Source]
READERS: dict[str, Reader] = {}
"""By kind: the ending of a file, `folder`, or the key that takes the place of `path`."""


def reader(kind: str) -> Callable[[Reader], Reader]:
    """Decorator that registers a function of (path, definition) as the reader of one kind of source."""

    def register(function: Reader) -> Reader:
        READERS[kind] = function
        return function

    return register


def read_source(definition: Definition, *, data: Path) -> Source:
    """Everything the source holds, nothing selected.

    Relative paths start from `data`. Raises CorpusError if the source is not there, of a kind that
    has no reader, not UTF-8, or not what its ending says.
    """
    kind, path = locate(definition, data=data)
    return READERS[kind](path, definition)


def locate(definition: Definition, *, data: Path) -> tuple[str, Path]:
    """The kind of the source, and where it lies; `data` itself for a kind that has no path."""
    if "path" not in definition:
        kind = next((kind for kind in READERS if kind in definition), None)
        if kind is None:
            raise CorpusError(f"names no source; give path: FILE or packages: [NAME]. It has: {', '.join(definition)}")
        return kind, data
    path = data / Path(definition["path"]).expanduser()
    if not path.exists():
        there = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
        raise CorpusError(
            f"{absent('file or folder', path.name, there)} in {path.parent} (relative paths start from data: {data})"
        )
    kind = "folder" if path.is_dir() else path.suffix.lower()
    if kind not in READERS:
        raise CorpusError(f"{path.name} is of the kind '{kind}', which cannot be read; these can: {', '.join(READERS)}")
    if "split" in definition and kind != ".txt":
        raise CorpusError(f"split: cuts one .txt file into documents; {path.name} has a row or file for each already")
    return kind, path


def decode(path: Path) -> str:
    """The text of a UTF-8 file without its byte-order mark, line ends as they are."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A stripped mark shifts the reported place, so it is looked for in the bytes as they lie.
        start = error.start + 3 * content.startswith(b"\xef\xbb\xbf")
        line = content.count(b"\n", 0, start) + 1
        raise CorpusError(
            f"{path.name} is not UTF-8: byte {content[start]:#04x} in line {line} (byte {start} of the file); "
            "save it again as UTF-8"
        ) from None


def strings(columns: Mapping[str, Sequence[str | None]]) -> pd.DataFrame:
    """Columns of strings in which None is missing, whatever they look like."""
    return pd.DataFrame({name: _strings(name, list(values)) for name, values in columns.items()})


@reader(".csv")
def read_csv(path: Path, definition: Definition) -> Source:
    """Comma-separated rows under a header; an empty field is missing, in quotes or not."""
    return _read_separated(path, ",")


@reader(".tsv")
def read_tsv(path: Path, definition: Definition) -> Source:
    """Tab-separated rows under a header, quoted as in CSV."""
    return _read_separated(path, "\t")


@reader(".jsonl")
def read_jsonl(path: Path, definition: Definition) -> Source:
    """One JSON object a line; null or no such key is missing, other values are their JSON text."""
    lines = [(number, line) for number, line in enumerate(decode(path).split("\n"), 1) if line.strip()]
    rows = [_json_row(line, f"{path.name}, line {number}") for number, line in lines]
    names = dict.fromkeys(name for row in rows for name in row)
    return _numbered(strings({name: [row.get(name) for row in rows] for name in names}))


@reader(".parquet")
def read_parquet(path: Path, definition: Definition) -> Source:
    """One row a row; numbers and dates as text, booleans as `true` and `false`, lists as JSON."""
    try:
        table = pq.ParquetFile(path).read()
        _refuse_repeated_names(table.column_names, path.name)
        return _numbered(strings({name: _as_written(table[name]) for name in table.column_names}))
    except (pa.ArrowInvalid, OSError) as error:
        raise CorpusError(f"{path.name} cannot be read as Parquet: {error}") from None


def _read_separated(path: Path, delimiter: str) -> Source:
    rows = _fields(decode(path), delimiter, path.name)
    line, header = next(rows, (0, None))
    if header is None:
        raise CorpusError(f"{path.name} is empty; its first line must name the columns")
    # Programs that write an index leave its name empty.
    names = [name or f"column {place}" for place, name in enumerate(header, 1)]
    _refuse_repeated_names(names, path.name)
    values: list[list[str]] = []
    for line, fields in rows:
        if len(fields) != len(names):
            raise CorpusError(
                f"{path.name}: the row that ends in line {line} has {len(fields)} fields, the header {len(names)}; "
                f"put fields that hold a separator, a quote or a line end in double quotes{_other_separator(names)}"
            )
        values.append(fields)
    return _numbered(strings({name: [row[k] or None for row in values] for k, name in enumerate(names)}))


def _other_separator(names: Sequence[str]) -> str:
    """What to do about a header that holds another separator than it was read with; nothing if it does not."""
    signs = {";": "';'", "\t": "tabs", "|": "'|'"}
    held = next((shown for sign, shown in signs.items() if any(sign in str(name) for name in names)), None)
    return f"; the file looks separated by {held}: save it with commas as .csv, or with tabs as .tsv" if held else ""


def _fields(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    # Strict: a stray quote is an error here, where the lenient reader swallows rows up to the next one.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    with _long_fields():
        try:
            yield from ((rows.line_num, fields) for fields in rows if fields)
        except csv.Error as error:
            raise CorpusError(
                f"{name}, line {rows.line_num}: {error}; a quote inside a quoted field is written twice"
            ) from None


@contextmanager
def _long_fields() -> Iterator[None]:
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


class _Number(str):
    """A JSON number as it is written, so that 1.10 stays another label than 1.1."""

    __slots__ = ()


def _json_row(line: str, where: str) -> dict[str, str | None]:
    try:
        row = json.loads(line, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where} is not JSON: {error.msg} at character {error.pos}") from None
    if not isinstance(row, dict):
        raise CorpusError(f"{where} holds a {type(row).__name__}, expected one object such as {{'text': '...'}}")
    plain = json.loads(line) if any(isinstance(value, list | dict) for value in row.values()) else row
    return {name: _json_text(plain[name] if isinstance(row[name], list | dict) else row[name]) for name in row}


def _json_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _as_written(column: pa.ChunkedArray) -> list[str | None]:
    if pa.types.is_nested(column.type):
        return [_json_text(value) for value in column.to_pylist()]
    if pa.types.is_temporal(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_floating(column.type):
        # A whole number stays one: pandas turns integers with a gap among them into floats.
        return [None if value in (None, "nan") else value for value in column.cast(pa.string()).to_pylist()]
    return column.cast(pa.string()).to_pylist()


def _strings(name: str, values: list[str | None]) -> pd.Series:
    try:
        return pd.Series(values, dtype="str")
    except UnicodeEncodeError as error:
        row = next(row for row, value in enumerate(values) if value is not None and _has_half_character(value))
        raise CorpusError(
            f"column '{name}' of row {row} (counted from 0) holds {error.object[error.start]!r}, half of a "
            "character that JSON writes as two; no UTF-8 file can hold it, so remove it from the source"
        ) from None


def _has_half_character(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)


def _numbered(columns: pd.DataFrame) -> Source:
    return Source(columns, [str(row) for row in range(len(columns))])


def _refuse_repeated_names(names: Sequence[str], file: str) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise CorpusError(f"{file} has more than one column named {', '.join(repeated)}; rename them")
