"""Tables: Parquet between rules, TSV for people and other programs."""

import contextlib
import csv
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nrag import contracts
from nrag.store.attributes import ContractError, check_contract, read_attributes
from nrag.store.writing import atomic, to_json, write_text

_GROUP_ROWS, _GROUP_BYTES = 65_536, 32 * 2**20
"""Rows and bytes at which a row group of a Parquet file ends."""


def write_table(
    path: str | Path,
    frame: pd.DataFrame,
    contract: contracts.Table,
    *,
    provenance: Mapping[str, Any],
    **attributes: Any,
) -> None:
    """Write a table as Parquet after checking it against its contract.

    Columns are put in the contract's order and cast to its types; further columns, where the
    contract allows them, keep their order. `attributes` are stored as JSON beside the provenance.

    Raises ContractError for a missing or surplus column, a value that does not fit its type, a null
    where none may be, and rows that are not sorted and unique in the contract's key.
    """
    with writing_table(path, contract, provenance=provenance, **attributes) as add:
        add(frame)


@contextlib.contextmanager
def writing_table(
    path: str | Path, contract: contracts.Table, *, provenance: Mapping[str, Any], **attributes: Any
) -> Iterator[Callable[[pd.DataFrame], None]]:
    """`write_table` for a table that comes in blocks of rows, at least one: gives the function that adds a block.

    Memory does not grow with the table. How the rows were cut into blocks changes nothing but where row groups
    end: these hold 65,536 rows, or fewer where a block takes them beyond 32 MiB.

    Raises ContractError as `write_table` does, and for a block with other further columns than the first.
    """
    with atomic(path) as temporary, _BlockWriter(temporary, contract) as writer:
        yield writer.add
        described = {
            "contract": contract.name,
            "version": contract.version,
            "content": writer.content.digest(),
            "provenance": provenance,
            **attributes,
        }
        writer.finish({"nrag": to_json(described)})


def write_tsv(
    path: str | Path,
    frame: pd.DataFrame,
    *,
    provenance: Mapping[str, Any],
    contract: contracts.Table | None = None,
) -> None:
    """Write a table as tab-separated text, its provenance beside it as `NAME.tsv.json`.

    Numbers have up to 10 significant digits; NaN and null are empty fields. Tabs, newlines and
    quotes inside a field are quoted as in CSV.
    """
    if contract is not None:
        conforming = _conform(frame, contract)
        _Keys(contract).add(frame)
        frame = conforming.to_pandas(types_mapper=_nullable)
    text = frame.to_csv(sep="\t", index=False, float_format="%.10g", lineterminator="\n")
    if "\r" in text:
        # Until Python 3.13 the csv module leaves a lone carriage return bare, and readers end the line there.
        text = frame.to_csv(sep="\t", index=False, float_format="%.10g", lineterminator="\n", quoting=csv.QUOTE_ALL)
    described = {
        "contract": contract.name if contract else None,
        "version": contract.version if contract else None,
        "content": hashlib.sha256(text.encode()).hexdigest(),
        "provenance": provenance,
    }
    write_text(path, text)
    write_text(f"{path}.json", to_json(described, indent=1) + "\n")


def read_table(
    path: str | Path,
    contract: contracts.Table,
    *,
    columns: list[str] | None = None,
    filters: list[tuple] | None = None,
) -> pd.DataFrame:
    """A table of `write_table`; nullable integer columns come back as pandas' nullable integers.

    Raises ContractError if the file is of another contract or version.
    """
    check_contract(path, read_attributes(path), contract)
    return _frame(pq.read_table(path, columns=columns, filters=filters, page_checksum_verification=True), contract)


def read_blocks(path: str | Path, contract: contracts.Table, *, rows: int = 4096) -> Iterator[pd.DataFrame]:
    """`read_table`, some rows at a time, at least one block: memory does not grow with the file."""
    check_contract(path, read_attributes(path), contract)
    options = {"page_checksum_verification": True, "pre_buffer": False, "buffer_size": 2**20}
    with pq.ParquetFile(path, **options) as file:
        if not file.metadata.num_rows:
            yield _frame(file.read(), contract)
        for batch in file.iter_batches(batch_size=rows):
            yield _frame(pa.Table.from_batches([batch]), contract)


def read_column(path: str | Path, contract: contracts.Table, column: str, *, rows: int = 256) -> Iterator[list]:
    """The values of one column, some rows at a time: memory does not grow with the file."""
    check_contract(path, read_attributes(path), contract)
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(batch_size=rows, columns=[column]):
            yield batch.column(0).to_pylist()


def read_tsv(path: str | Path, contract: contracts.Table | None = None) -> pd.DataFrame:
    """A table of `write_tsv`: of a contract as `read_table` gives it, of none every field as text, empty ones null.

    Raises ContractError if the file is of another contract or version.
    """
    if contract is None:
        return pd.read_csv(path, sep="\t", dtype="string", keep_default_na=False, na_values=[""])
    check_contract(path, read_attributes(path), contract)
    types = {column.name: _pandas_type(column) for column in contract.columns}
    frame = pd.read_csv(path, sep="\t", dtype=types, keep_default_na=False, na_values=[""])
    full = [column.name for column in contract.columns if column.type == "string" and not column.nullable]
    return frame.assign(**{name: frame[name].fillna("") for name in full})


def _pandas_type(column: contracts.Column) -> str:
    if column.type == "string":
        return "str"
    return column.type.capitalize() if column.nullable and column.type.startswith("int") else column.type


def _frame(table: pa.Table, contract: contracts.Table) -> pd.DataFrame:
    nullable = {column.name for column in contract.columns if column.nullable}
    frame = table.to_pandas()
    for field in table.schema:
        if field.name in nullable and pa.types.is_integer(field.type):
            frame[field.name] = table[field.name].to_pandas(types_mapper=_nullable)
    return frame


def _conform(frame: pd.DataFrame, contract: contracts.Table) -> pa.Table:
    names = [column.name for column in contract.columns]
    missing = [name for name in names if name not in frame.columns]
    surplus = [name for name in frame.columns if name not in names]
    if missing or (surplus and not contract.further):
        raise ContractError(
            f"{contract.name} (version {contract.version}): missing columns {missing}, surplus columns {surplus}"
        )
    fields = [pa.field(c.name, pa.type_for_alias(c.type), nullable=c.nullable) for c in contract.columns]
    arrays = [_cast(frame[field.name], field, contract.name) for field in fields]
    for name in surplus:
        array = _arrow(frame[name])
        fields.append(pa.field(name, array.type))
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _arrow(values: pd.Series) -> pa.Array:
    array = pa.Array.from_pandas(values)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    # pandas keeps strings as large_string; one type for all strings keeps files of equal content equal.
    return array.cast(pa.string()) if pa.types.is_large_string(array.type) else array


def _cast(values: pd.Series, field: pa.Field, name: str) -> pa.Array:
    # NaN stays NaN in a column of numbers: undefined is not the same as unknown.
    keep_nan = pa.types.is_floating(field.type)
    try:
        array = pa.array(values.to_numpy(), from_pandas=False) if keep_nan else _arrow(values)
        array = array.cast(field.type)
    except pa.ArrowException as error:
        raise ContractError(f"{name}: column '{field.name}' must be {field.type}: {error}") from None
    if array.null_count and not field.nullable:
        raise ContractError(f"{name}: column '{field.name}' has {array.null_count} nulls where none may be")
    return array


class _BlockWriter:
    """A Parquet file to which conforming blocks of rows are added; row groups fill up across them."""

    def __init__(self, path: Path, contract: contracts.Table) -> None:
        self.path, self.contract = path, contract
        self.content, self.keys = _Content(), _Keys(contract)
        self.file: pq.ParquetWriter | None = None
        self.pending: list[pa.Table] = []

    def __enter__(self) -> "_BlockWriter":
        return self

    def __exit__(self, *error: object) -> None:
        if self.file is not None:
            self.file.close()

    def add(self, frame: pd.DataFrame) -> None:
        table = _conform(frame, self.contract)
        if self.file is None:
            # Row groups let readers stream; page checksums catch a damaged disk. Arrow's own copy of the schema, which
            # is not stored, would hide the metadata that is added at the end from whoever asks for the schema.
            options = {"compression": "zstd", "write_page_checksum": True, "store_schema": False}
            self.file = pq.ParquetWriter(self.path, table.schema, **options)
        if table.schema != self.file.schema:
            raise ContractError(
                f"{self.contract.name}: a block has the columns {table.column_names}, the first had "
                f"{self.file.schema.names}"
            )
        self.keys.add(frame)
        self.content.add(table)
        self.pending.append(table)
        if sum(map(len, self.pending)) >= _GROUP_ROWS or sum(block.nbytes for block in self.pending) >= _GROUP_BYTES:
            self._flush()

    def finish(self, metadata: dict[str, str]) -> None:
        if self.file is None:
            raise ContractError(f"{self.contract.name}: no block of rows, not even an empty one")
        self._flush()
        self.file.add_key_value_metadata(metadata)

    def _flush(self) -> None:
        if self.pending:
            self.file.write_table(pa.concat_tables(self.pending), row_group_size=_GROUP_ROWS)
            self.pending = []


class _Keys:
    """Looks whether rows that come in blocks are sorted by the key of a contract, and unique in it."""

    def __init__(self, contract: contracts.Table) -> None:
        self.contract, self.last = contract, None

    def add(self, frame: pd.DataFrame) -> None:
        if not self.contract.key or frame.empty:
            return
        key = frame[list(self.contract.key)]
        if self.last is not None:
            key = pd.concat([self.last, key])
        _check_key(key.reset_index(drop=True), self.contract)
        self.last = key.iloc[-1:]


def _check_key(key: pd.DataFrame, contract: contracts.Table) -> None:
    if key.duplicated().any():
        first = key[key.duplicated()].iloc[0].to_dict()
        raise ContractError(f"{contract.name}: more than one row for {first}")
    order = key.sort_values(list(contract.key), kind="stable", na_position="first").index
    if not np.array_equal(order, np.arange(len(key))):
        raise ContractError(f"{contract.name}: rows must be sorted by {', '.join(contract.key)}")


class _Content:
    """Digest of what a table holds, whatever blocks of rows it comes in: that of the digests of its columns."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns: dict[tuple[str, str], Any] = {}

    def add(self, table: pa.Table) -> None:
        self.rows += len(table)
        for field, column in zip(table.schema, table.columns, strict=True):
            sink = self.columns.setdefault((field.name, str(field.type)), hashlib.sha256())
            for part in _bytes_of(field.type, column):
                sink.update(part)

    def digest(self) -> str:
        whole = hashlib.sha256()
        for (name, type_), sink in self.columns.items():
            whole.update(f"{name}\0{type_}\0{self.rows}\0".encode() + sink.digest())
        return whole.hexdigest()


def _bytes_of(type_: pa.DataType, column: pa.ChunkedArray) -> Iterator[bytes]:
    """The values of a column as bytes, one after another, so that no two lists of values give the same."""
    if pa.types.is_string(type_):
        for value in itertools.chain.from_iterable(chunk.to_pylist() for chunk in column.chunks):
            encoded = b"\xff" if value is None else value.encode("utf-8", "surrogatepass")
            yield len(encoded).to_bytes(8, "little") + encoded
    else:
        for chunk in column.chunks:
            values = pc.fill_null(chunk, False if pa.types.is_boolean(type_) else 0).to_numpy(zero_copy_only=False)
            missing = pc.is_null(chunk).to_numpy(zero_copy_only=False)
            # Value and mark by turns: blocks may end anywhere.
            yield np.rec.fromarrays([values, missing]).tobytes()


def _nullable(arrow: pa.DataType) -> Any:
    return {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
    }.get(arrow)
