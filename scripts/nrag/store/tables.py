"""Tables: Parquet between rules, TSV for people and other programs."""

import csv
import hashlib
from collections.abc import Iterator, Mapping
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
    table = _conform(frame, contract)
    described = {
        "contract": contract.name,
        "version": contract.version,
        "content": _digest_of_table(table),
        "provenance": provenance,
        **attributes,
    }
    table = table.replace_schema_metadata({"nrag": to_json(described)})
    with atomic(path) as temporary:
        # Row groups of fixed size let readers stream; page checksums catch a damaged disk.
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True, row_group_size=65_536)


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
        frame = _conform(frame, contract).to_pandas(types_mapper=_nullable)
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
    table = pq.read_table(path, columns=columns, filters=filters, page_checksum_verification=True)
    nullable = {column.name for column in contract.columns if column.nullable}
    frame = table.to_pandas()
    for field in table.schema:
        if field.name in nullable and pa.types.is_integer(field.type):
            frame[field.name] = table[field.name].to_pandas(types_mapper=_nullable)
    return frame


def read_column(path: str | Path, contract: contracts.Table, column: str, *, rows: int = 256) -> Iterator[list]:
    """The values of one column, some rows at a time: memory does not grow with the file."""
    check_contract(path, read_attributes(path), contract)
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(batch_size=rows, columns=[column]):
            yield batch.column(0).to_pylist()


def read_tsv(path: str | Path) -> pd.DataFrame:
    """A table of `write_tsv`, every field as text; empty fields are null."""
    return pd.read_csv(path, sep="\t", dtype="string", keep_default_na=False, na_values=[""])


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
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    _check_key(frame, contract)
    return table


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


def _check_key(frame: pd.DataFrame, contract: contracts.Table) -> None:
    if not contract.key or frame.empty:
        return
    key = frame[list(contract.key)].reset_index(drop=True)
    if key.duplicated().any():
        first = key[key.duplicated()].iloc[0].to_dict()
        raise ContractError(f"{contract.name}: more than one row for {first}")
    order = key.sort_values(list(contract.key), kind="stable", na_position="first").index
    if not np.array_equal(order, np.arange(len(key))):
        raise ContractError(f"{contract.name}: rows must be sorted by {', '.join(contract.key)}")


def _digest_of_table(table: pa.Table) -> str:
    sink = hashlib.sha256()
    for field, column in zip(table.schema, table.columns, strict=True):
        sink.update(f"{field.name}\0{field.type}\0{len(column)}\0".encode())
        for value in column.to_pylist() if pa.types.is_string(field.type) else ():
            encoded = b"\xff" if value is None else value.encode("utf-8", "surrogatepass")
            sink.update(len(encoded).to_bytes(8, "little") + encoded)
        if not pa.types.is_string(field.type):
            sink.update(pc.fill_null(column, False if pa.types.is_boolean(field.type) else 0).to_numpy().tobytes())
            sink.update(pc.is_null(column).to_numpy().tobytes())
    return sink.hexdigest()


def _nullable(arrow: pa.DataType) -> Any:
    return {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
    }.get(arrow)
