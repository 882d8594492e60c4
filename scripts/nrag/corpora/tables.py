"""Tables: CSV, TSV, JSON and Parquet, in blocks of rows."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nrag.corpora.errors import CorpusError, listing
from nrag.corpora.readers import Definition, Source, blocks_of, decode, not_utf8, reader, strings

ARROW_ROWS = 256
"""Rows of Arrow and Parquet that are in memory at a time."""


@reader(".csv")
def read_csv(path: Path, definition: Definition) -> Source:
    """Comma-separated rows under a header; an empty field is missing, in quotes or not."""
    return Source(lambda: _separated_blocks(path, ","))


@reader(".tsv")
def read_tsv(path: Path, definition: Definition) -> Source:
    """Tab-separated rows under a header, quoted as in CSV."""
    return Source(lambda: _separated_blocks(path, "\t"))


@reader(".jsonl")
def read_jsonl(path: Path, definition: Definition) -> Source:
    """One JSON object a line; null or no such key is missing, other values are their JSON text."""
    return Source(lambda: blocks_of(_json_lines(path)))


@reader(".json")
def read_json(path: Path, definition: Definition) -> Source:
    """One JSON object a line, or one array of objects, which is read whole."""
    return Source(lambda: blocks_of(_json_array(path) if _begins_array(path) else _json_lines(path)))


@reader(".parquet")
def read_parquet(path: Path, definition: Definition) -> Source:
    """One row a row; numbers and dates as text, booleans as `true` and `false`, lists as JSON."""
    return parquet_source([path], {})


def parquet_source(paths: Sequence[Path], classes: Mapping[str, Sequence[str]]) -> Source:
    """The rows of Parquet files of the same columns, one after another, numbers of `classes` by their names."""
    nested = frozenset().union(*(nested_columns(_parquet_schema(path)) for path in paths))
    return Source(lambda: (block for path in paths for block in _parquet_blocks(path, classes)), lists=nested)


def text_of(columns: Mapping[str, pa.Array], classes: Mapping[str, Sequence[str]], *, first: int = 0) -> pd.DataFrame:
    """Columns of Arrow as strings; numbers of a column of `classes` are its names, -1 is no class."""
    return strings(
        {
            name: named_classes(_as_written(column), classes[name], name, numbered=not _is_text(column.type))
            if name in classes
            else _as_written(column)
            for name, column in columns.items()
        },
        first=first,
    )


def nested_columns(schema: pa.Schema) -> frozenset[str]:
    """Columns of lists, or of values with parts."""
    return frozenset(field.name for field in schema if pa.types.is_nested(field.type))


def named_classes(
    values: Sequence[str | None], names: Sequence[str], column: str, *, numbered: bool | None = None
) -> list[str | None]:
    """The names of classes for their numbers; -1 is missing, and a name stays itself.

    `numbered` says whether the column holds numbers (then they count) or text (then names do, where one is a
    number too); None where a file does not tell.

    Raises CorpusError for a value that is neither, and for one that may be either if nothing tells.
    """
    by_number = {str(number): name for number, name in enumerate(names)} | {"-1": None}
    by_name = {name: name for name in names}
    doubtful = sorted({value for value in values if value in by_name and by_number.get(value, value) != value})
    if numbered is None and doubtful:
        raise CorpusError(
            f"column '{column}' has classes whose names are numbers ({listing(names)}), and its file does not tell "
            f"whether {listing(doubtful)} is a name or a number; save the split as Parquet"
        )
    known = by_name | by_number if numbered else by_number | by_name
    unknown = sorted({value for value in values if value is not None and value not in known})
    if unknown:
        raise CorpusError(
            f"column '{column}' has the classes 0 to {len(names) - 1} ({listing(names)}), and holds {listing(unknown)}"
        )
    return [None if value is None else known[value] for value in values]


# ------------------------------------------------------------------------------------ CSV and TSV


def other_separator(names: Sequence[str]) -> str:
    """What to do about a header that holds another separator than it was read with; nothing if it does not."""
    signs = {";": "';'", "\t": "tabs", "|": "'|'"}
    held = next((shown for sign, shown in signs.items() if any(sign in str(name) for name in names)), None)
    return f"; the file looks separated by {held}: save it with commas as .csv, or with tabs as .tsv" if held else ""


def _separated_blocks(path: Path, delimiter: str) -> Iterator[pd.DataFrame]:
    rows = _fields(path, delimiter)
    _, header = next(rows, (0, None))
    if header is None:
        raise CorpusError(f"{path.name} is empty; its first line must name the columns")
    # Programs that write an index leave its name empty.
    names = [name or f"column {place}" for place, name in enumerate(header, 1)]
    _refuse_repeated_names(names, path.name)
    yield from blocks_of((_row(names, fields, line, path.name) for line, fields in rows), names)


def _row(names: list[str], fields: list[str], line: int, file: str) -> dict[str, str | None]:
    if len(fields) != len(names):
        raise CorpusError(
            f"{file}: the row that ends in line {line} has {len(fields)} fields, the header {len(names)}; "
            f"put fields that hold a separator, a quote or a line end in double quotes{other_separator(names)}"
        )
    return {name: field or None for name, field in zip(names, fields, strict=True)}


def _fields(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        # Strict: a stray quote is an error here, where the lenient reader swallows rows up to the next one.
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            try:
                with _long_fields():
                    fields = next(rows, None)
            except csv.Error as error:
                raise CorpusError(
                    f"{path.name}, line {rows.line_num}: {error}; a quote inside a quoted field is written twice"
                ) from None
            except UnicodeDecodeError:
                raise not_utf8(path) from None
            if fields is None:
                return
            if fields:
                yield rows.line_num, fields


@contextmanager
def _long_fields() -> Iterator[None]:
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _refuse_repeated_names(names: Sequence[str], file: str) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise CorpusError(f"{file} has more than one column named {', '.join(repeated)}; rename them")


# ------------------------------------------------------------------------------------------- JSON


class _Number(str):
    """A JSON number as it is written, so that 1.10 stays another label than 1.1."""

    __slots__ = ()


def _json_lines(path: Path) -> Iterator[dict[str, str | None]]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        try:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _json_row(line, f"{path.name}, line {number}")
        except UnicodeDecodeError:
            raise not_utf8(path) from None


def _begins_array(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")


def _json_array(path: Path) -> Iterator[dict[str, str | None]]:
    try:
        values = json.loads(decode(path), parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except json.JSONDecodeError as error:
        raise CorpusError(
            f"{path.name}, line {error.lineno} is not JSON: {error.msg} at column {error.colno}"
        ) from None
    for number, value in enumerate(values):
        yield _json_object(value, f"{path.name}, item {number} (counted from 0)")


def _json_row(line: str, where: str) -> dict[str, str | None]:
    try:
        return _json_object(json.loads(line, parse_int=_Number, parse_float=_Number, parse_constant=_Number), where)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where} is not JSON: {error.msg} at character {error.pos}") from None


def _json_object(row: Any, where: str) -> dict[str, str | None]:
    if not isinstance(row, dict):
        kind = "number" if isinstance(row, _Number) else type(row).__name__
        raise CorpusError(f"{where} holds a {kind}, expected one object such as {{'text': '...'}}")
    return {name: _json_text(_plain(value)) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """Numbers inside lists and objects as numbers again."""
    if isinstance(value, list):
        return [_number(item) for item in value]
    return {name: _number(item) for name, item in value.items()} if isinstance(value, dict) else value


def _number(value: Any) -> Any:
    return json.loads(value) if isinstance(value, _Number) else _plain(value)


def _json_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


# ------------------------------------------------------------------------------ Parquet and Arrow


def _parquet_schema(path: Path) -> pa.Schema:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise CorpusError(f"{path.name} cannot be read as Parquet: {error}") from None
    _refuse_repeated_names(schema.names, path.name)
    return schema


def _parquet_blocks(path: Path, classes: Mapping[str, Sequence[str]]) -> Iterator[pd.DataFrame]:
    schema = _parquet_schema(path)
    first = 0
    try:
        # Buffered: otherwise a whole row group would be in memory, which may be the whole file.
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=2**20) as file:
            for batch in file.iter_batches(batch_size=ARROW_ROWS):
                yield text_of(dict(zip(batch.schema.names, batch.columns, strict=True)), classes, first=first)
                first += len(batch)
    except (pa.ArrowInvalid, OSError) as error:
        raise CorpusError(f"{path.name} cannot be read as Parquet: {error}") from None
    if not first:
        yield strings({name: [] for name in schema.names})


def _is_text(kind: pa.DataType) -> bool:
    """Whether values of a type are text; Arrow has three types for it, and dictionaries of them."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _as_written(column: pa.Array) -> list[str | None]:
    if pa.types.is_nested(column.type):
        return [_json_text(value) for value in column.to_pylist()]
    if pa.types.is_temporal(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_floating(column.type):
        # A whole number stays one: pandas turns integers with a gap among them into floats.
        return [None if value in (None, "nan") else value for value in column.cast(pa.string()).to_pylist()]
    return column.cast(pa.string()).to_pylist()
