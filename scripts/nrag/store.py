"""The only module that opens files: writes whole or not at all, checks on writing and on reading.

Every file is written under a temporary name in its own folder, flushed to the disk and renamed, so
a killed job or a full disk leaves no half file under the real name. Parquet pages and HDF5 chunks
carry checksums that are verified on reading. No file holds a date, a host name or a path outside
the results folder: the same input gives the same bytes.
"""

import contextlib
import hashlib
import json
import logging
import os
import platform
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nrag import contracts

LOG = logging.getLogger("nrag")

SOFTWARE = (
    "h5py",
    "matplotlib",
    "networkx",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "seaborn",
    "tokenizers",
    "torch",
    "transformers",
    "umap-learn",
)
"""Distributions whose versions can change a number or a figure."""

_MODULES = {"scikit-learn": "sklearn", "umap-learn": "umap"}


class ContractError(ValueError):
    """A file, or what is about to become one, does not keep its contract."""


# --------------------------------------------------------------------------------------- writing


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well, removed when it fails.

    The name holds the process id: after a kill of the workflow alone its job may still be writing
    while the next run's job starts.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def provenance(
    *, inputs: Mapping[str, str | Path] | None = None, parameters: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Where a file comes from: software versions, parameters, and the content digest of each input.

    Inputs are named by the role they play; only files of this workflow carry a digest.
    """
    versions = {"python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in SOFTWARE if _MODULES.get(name, name) in sys.modules}
    return {
        "software": versions,
        "parameters": dict(parameters or {}),
        "inputs": {role: read_attributes(path)["content"] for role, path in (inputs or {}).items()},
    }


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
    table = table.replace_schema_metadata({"nrag": _json(described)})
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
    described = {
        "contract": contract.name if contract else None,
        "version": contract.version if contract else None,
        "content": hashlib.sha256(text.encode()).hexdigest(),
        "provenance": provenance,
    }
    write_text(path, text)
    write_text(f"{path}.json", _json(described, indent=1) + "\n")


def write_text(path: str | Path, text: str) -> None:
    """Write text as UTF-8 with the line ends it has."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def write_arrays(
    path: str | Path,
    contract: contracts.Arrays,
    fill: Callable[[h5py.File], None],
    *,
    provenance: Mapping[str, Any],
    **attributes: Any,
) -> None:
    """Write an HDF5 file: `fill` gets the open file and creates what the contract says with `add_array`.

    Raises ContractError if an attribute that the contract names is missing.
    """
    missing = set(contract.attributes) - set(attributes)
    if missing:
        raise ContractError(f"{path}: {contract.name} needs the attributes {', '.join(sorted(missing))}")
    # The default library version: files of the latest one are refused after an unclean close.
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        fill(file)
        file.attrs["contract"] = contract.name
        file.attrs["version"] = contract.version
        file.attrs["content"] = _digest_of_arrays(file)
        file.attrs["provenance"] = _json(provenance)
        for name, value in sorted(attributes.items()):
            file.attrs[name] = _json(value)


def add_array(
    file: h5py.File,
    path: str,
    values: np.ndarray | None = None,
    *,
    shape: tuple[int, ...] | None = None,
    dtype: Any = np.float32,
    **attributes: Any,
) -> h5py.Dataset:
    """Create one checksummed array, from `values`, or of `shape` to be written in blocks of rows."""
    if values is not None and values.dtype.kind in "OU":
        values, dtype = np.asarray(values, dtype=object), h5py.string_dtype()
    elif values is not None:
        dtype = values.dtype
    shape = shape if values is None else values.shape
    chunks = (min(contracts.HIDDEN_STATE_ROWS, max(shape[0], 1)), *(max(n, 1) for n in shape[1:]))
    dataset = file.create_dataset(
        path, shape, dtype=dtype, data=values, chunks=chunks, fletcher32=True, track_times=False
    )
    for name, value in sorted(attributes.items()):
        dataset.attrs[name] = value
    return dataset


# --------------------------------------------------------------------------------------- reading


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
    _check_contract(path, read_attributes(path), contract)
    table = pq.read_table(path, columns=columns, filters=filters, page_checksum_verification=True)
    nullable = {column.name for column in contract.columns if column.nullable}
    frame = table.to_pandas()
    for field in table.schema:
        if field.name in nullable and pa.types.is_integer(field.type):
            frame[field.name] = table[field.name].to_pandas(types_mapper=_nullable)
    return frame


def read_column(path: str | Path, contract: contracts.Table, column: str) -> Iterator[list]:
    """The values of one column, a row group at a time: memory does not grow with the file."""
    _check_contract(path, read_attributes(path), contract)
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(batch_size=4096, columns=[column]):
            yield batch.column(0).to_pylist()


def read_tsv(path: str | Path) -> pd.DataFrame:
    """A table of `write_tsv`, every field as text; empty fields are null."""
    return pd.read_csv(path, sep="\t", dtype="string", keep_default_na=False, na_values=[""])


def read_attributes(path: str | Path) -> dict[str, Any]:
    """What a file of this workflow says of itself: contract, version, content, provenance and more."""
    path = Path(path)
    if path.suffix == ".h5":
        with h5py.File(path, "r") as file:
            return {name: _from_attribute(name, value) for name, value in file.attrs.items()}
    if path.suffix == ".parquet":
        described = (pq.read_schema(path).metadata or {}).get(b"nrag")
        if described is None:
            raise ContractError(f"{path} was not written by this workflow: it carries no provenance")
        return json.loads(described)
    return json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))


def layers_of(path: str | Path, pooling: str) -> list[int]:
    """The layers of an activations file, in order."""
    with h5py.File(path, "r") as file:
        _check_contract(path, file.attrs, contracts.ACTIVATIONS)
        if pooling not in file["hidden_states"]:
            stored = ", ".join(sorted(file["hidden_states"]))
            raise ContractError(f"{path} holds no pooling '{pooling}', only {stored}")
        return sorted(int(layer) for layer in file[f"hidden_states/{pooling}"])


def read_hidden_state(path: str | Path, pooling: str, layer: int) -> np.ndarray:
    """One layer's hidden state, (documents, width) float32."""
    with h5py.File(path, "r") as file:
        _check_contract(path, file.attrs, contracts.ACTIVATIONS)
        return file[contracts.hidden_state(pooling, layer)][:]


def hidden_state_blocks(path: str | Path, pooling: str, layer: int, rows: int = 4096) -> Iterator[np.ndarray]:
    """One layer's hidden state in blocks of rows, in order, for what need not hold it whole."""
    with h5py.File(path, "r") as file:
        _check_contract(path, file.attrs, contracts.ACTIVATIONS)
        dataset = file[contracts.hidden_state(pooling, layer)]
        for start in range(0, len(dataset), rows):
            yield dataset[start : start + rows]


def read_documents(path: str | Path) -> pd.DataFrame:
    """What an activations file says of its documents: id, tokens, truncated."""
    with h5py.File(path, "r") as file:
        _check_contract(path, file.attrs, contracts.ACTIVATIONS)
        group = file["documents"]
        return pd.DataFrame(
            {
                "id": group["id"].asstr()[:],
                "tokens": group["tokens"][:],
                "truncated": group["truncated"][:],
            }
        )


def read_coordinates(path: str | Path) -> dict[tuple[str, int, int], np.ndarray]:
    """Every layer's coordinates, (documents, components) float32, by (model, seed, layer), in order."""
    with h5py.File(path, "r") as file:
        _check_contract(path, file.attrs, contracts.COORDINATES)
        return {key: file[contracts.coordinates(*key)][:] for key in _coordinate_keys(file)}


def read_coordinate_attributes(path: str | Path) -> dict[tuple[str, int, int], dict[str, Any]]:
    """Per (model, seed, layer): constant, and explained_variance or trustworthiness."""
    with h5py.File(path, "r") as file:
        _check_contract(path, file.attrs, contracts.COORDINATES)
        return {key: dict(file[contracts.coordinates(*key)].attrs) for key in _coordinate_keys(file)}


# ------------------------------------------------------------------------------------------ logs


@contextlib.contextmanager
def logged(path: str | Path) -> Iterator[logging.Logger]:
    """Log lines, warnings and an uncaught error of the block go to the file `path`.

    Errors also go to the terminal as one line; the log holds the traceback.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    root = logging.getLogger()
    root.addHandler(handler)
    LOG.setLevel(logging.INFO)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    try:
        yield LOG
    except Exception as error:
        notes = "".join(f"\n  {note}" for note in getattr(error, "__notes__", []))
        LOG.exception("%s: %s%s", type(error).__name__, error, notes)
        raise
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        handler.close()


# --------------------------------------------------------------------------------------- private


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
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
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


def _check_contract(
    path: str | Path, attributes: Mapping[str, Any], contract: contracts.Table | contracts.Arrays
) -> None:
    found = (attributes.get("contract"), attributes.get("version"))
    if found != (contract.name, contract.version):
        raise ContractError(
            f"{path} holds {found[0]} version {found[1]}, expected {contract.name} version {contract.version}; "
            "delete it to have it made again"
        )


def _coordinate_keys(file: h5py.File) -> list[tuple[str, int, int]]:
    return sorted(
        (model, int(seed), int(layer))
        for model, seeds in file["coordinates"].items()
        for seed, layers in seeds.items()
        for layer in layers
    )


def _digest_of_table(table: pa.Table) -> str:
    sink = hashlib.sha256()
    for field, column in zip(table.schema, table.columns, strict=True):
        sink.update(f"{field.name}\0{field.type}\0{len(column)}\0".encode())
        for value in column.to_pylist() if pa.types.is_string(field.type) else ():
            encoded = b"\xff" if value is None else value.encode("utf-8", "surrogatepass")
            sink.update(len(encoded).to_bytes(8, "little") + encoded)
        if not pa.types.is_string(field.type):
            sink.update(
                pa.compute.fill_null(column, False if pa.types.is_boolean(field.type) else 0).to_numpy().tobytes()
            )
            sink.update(pa.compute.is_null(column).to_numpy().tobytes())
    return sink.hexdigest()


def _digest_of_arrays(file: h5py.File) -> str:
    paths: list[str] = []
    file.visititems(lambda name, item: paths.append(name) if isinstance(item, h5py.Dataset) else None)
    sink = hashlib.sha256()
    for path in sorted(paths):
        dataset = file[path]
        sink.update(f"{path}\0{dataset.shape}\0{dataset.dtype}\0".encode())
        for start in range(0, len(dataset), 4096):
            block = dataset[start : start + 4096]
            sink.update(b"\0".join(block) if block.dtype.kind == "O" else block.tobytes())
    return sink.hexdigest()


def _nullable(arrow: pa.DataType) -> Any:
    return {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
    }.get(arrow)


def _from_attribute(name: str, value: Any) -> Any:
    if name in ("contract", "content"):
        return value
    return json.loads(value) if isinstance(value, str) else value.item()


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent, allow_nan=False)
