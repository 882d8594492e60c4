"""HDF5 files: activations and coordinates, checksummed, read a layer or a block of rows at a time."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from nrag import contracts
from nrag.store.attributes import ContractError, check_contract
from nrag.store.writing import atomic, to_json


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
    with atomic(path) as temporary, h5py.File(temporary, "w") as file, _abandoned_if_it_fails(file):
        fill(file)
        file.attrs["contract"] = contract.name
        file.attrs["version"] = contract.version
        file.attrs["content"] = _digest_of_arrays(file)
        file.attrs["provenance"] = to_json(provenance)
        for name, value in sorted(attributes.items()):
            file.attrs[name] = to_json(value)
        file.flush()


def add_array(
    file: h5py.File,
    path: str,
    values: np.ndarray | None = None,
    *,
    shape: tuple[int, ...] | None = None,
    dtype: Any = np.float32,
    **attributes: Any,
) -> h5py.Dataset:
    """Create one checksummed array, from `values`, or of `shape` for `write_rows`."""
    if values is not None and values.dtype.kind in "OU":
        # Strings of one length can be checksummed; HDF5 keeps others outside the chunks.
        encoded = [value.encode("utf-8") for value in values]
        dtype = h5py.string_dtype("utf-8", max(map(len, encoded), default=1) or 1)
        values = np.array(encoded, dtype=dtype)
    elif values is not None:
        dtype = values.dtype
    shape = shape if values is None else values.shape
    # An array without numbers has no chunk, and nothing to sum.
    kept = (
        {} if 0 in shape else {"chunks": (min(contracts.HIDDEN_STATE_ROWS, shape[0]), *shape[1:]), "fletcher32": True}
    )
    dataset = file.create_dataset(path, shape, dtype=dtype, data=values, track_times=False, **kept)
    for name, value in sorted(attributes.items()):
        dataset.attrs[name] = value
    dataset.flush()
    return dataset


def write_rows(file: h5py.File, path: str, rows: slice, values: np.ndarray) -> None:
    """Write some rows of an array.

    On the disk at once: what HDF5 cannot write later, when it closes the array, it leaves out without an
    error, and the rows would be read as zeros.
    """
    dataset = file[path]
    dataset[rows] = values
    dataset.flush()


def describe_array(file: h5py.File, path: str, **attributes: Any) -> None:
    """Add attributes to an array that is written."""
    for name, value in sorted(attributes.items()):
        file[path].attrs[name] = value


def array_blocks(file: h5py.File, path: str, rows: int = contracts.HIDDEN_STATE_ROWS) -> Iterator[np.ndarray]:
    """An array of an open file in blocks of rows, in order."""
    dataset = file[path]
    for start in range(0, len(dataset), rows):
        yield dataset[start : start + rows]


def read_array(path: str | Path, contract: contracts.Arrays, name: str) -> np.ndarray:
    """One array of an HDF5 file, whole; text as str."""
    with h5py.File(path, "r") as file:
        check_contract(path, file.attrs, contract)
        dataset = file[name]
        return dataset.asstr()[:] if h5py.check_string_dtype(dataset.dtype) else dataset[:]


def names_in(path: str | Path, contract: contracts.Arrays, group: str) -> list[str]:
    """What lies in a group of an HDF5 file, sorted."""
    with h5py.File(path, "r") as file:
        check_contract(path, file.attrs, contract)
        return sorted(file[group])


def layers_of(path: str | Path, pooling: str) -> list[int]:
    """The layers of an activations file, in order."""
    with h5py.File(path, "r") as file:
        check_contract(path, file.attrs, contracts.ACTIVATIONS)
        if pooling not in file["hidden_states"]:
            stored = ", ".join(sorted(file["hidden_states"]))
            raise ContractError(f"{path} holds no pooling '{pooling}', only {stored}")
        return sorted(int(layer) for layer in file[f"hidden_states/{pooling}"])


def read_hidden_state(path: str | Path, pooling: str, layer: int) -> np.ndarray:
    """One layer's hidden state, (documents, width) float32."""
    with h5py.File(path, "r") as file:
        check_contract(path, file.attrs, contracts.ACTIVATIONS)
        return file[contracts.hidden_state(pooling, layer)][:]


def hidden_state_blocks(path: str | Path, pooling: str, layer: int, rows: int = 4096) -> Iterator[np.ndarray]:
    """One layer's hidden state in blocks of rows, in order, for what need not hold it whole."""
    with h5py.File(path, "r") as file:
        check_contract(path, file.attrs, contracts.ACTIVATIONS)
        yield from array_blocks(file, contracts.hidden_state(pooling, layer), rows)


def read_distinct(path: str | Path, pooling: str) -> dict[int, int]:
    """How many different vectors each layer of an activations file has under a pooling."""
    layers = layers_of(path, pooling)
    with h5py.File(path, "r") as file:
        return {layer: int(file[contracts.hidden_state(pooling, layer)].attrs["distinct"]) for layer in layers}


def read_documents(path: str | Path) -> pd.DataFrame:
    """What an activations file says of its documents: id, tokens, truncated."""
    with h5py.File(path, "r") as file:
        check_contract(path, file.attrs, contracts.ACTIVATIONS)
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
        check_contract(path, file.attrs, contracts.COORDINATES)
        return {key: file[contracts.coordinates(*key)][:] for key in _coordinate_keys(file)}


def read_coordinate_attributes(path: str | Path) -> dict[tuple[str, int, int], dict[str, Any]]:
    """Per (model, seed, layer): constant, and explained_variance or trustworthiness."""
    with h5py.File(path, "r") as file:
        check_contract(path, file.attrs, contracts.COORDINATES)
        return {key: dict(file[contracts.coordinates(*key)].attrs) for key in _coordinate_keys(file)}


@contextlib.contextmanager
def _abandoned_if_it_fails(file: h5py.File) -> Iterator[None]:
    """Where writing fails, let HDF5 write the rest to memory.

    It holds on to what a full disk did not take, tries again whenever anything is closed, with a traceback
    each, and ends the process with a segmentation fault. The file is to be deleted anyway.
    """
    try:
        yield
    except BaseException:
        memory = os.memfd_create("abandoned")
        os.dup2(memory, file.id.get_vfd_handle())
        os.close(memory)
        raise


def _coordinate_keys(file: h5py.File) -> list[tuple[str, int, int]]:
    return sorted(
        (model, int(seed), int(layer))
        for model, seeds in file["coordinates"].items()
        for seed, layers in seeds.items()
        for layer in layers
    )


def _digest_of_arrays(file: h5py.File) -> str:
    paths: list[str] = []
    file.visititems(lambda name, item: paths.append(name) if isinstance(item, h5py.Dataset) else None)
    sink = hashlib.sha256()
    for path in sorted(paths):
        sink.update(f"{path}\0{file[path].shape}\0{file[path].dtype}\0".encode())
        for block in array_blocks(file, path, 4096):
            sink.update(block.tobytes())
    return sink.hexdigest()
