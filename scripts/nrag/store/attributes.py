"""What every file says of itself: contract, version, content digest, provenance."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import pyarrow.parquet as pq

from nrag import contracts


class ContractError(ValueError):
    """A file, or what is about to become one, does not keep its contract."""


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
    beside = path if path.suffix == ".json" else Path(f"{path}.json")
    return json.loads(beside.read_text(encoding="utf-8"))


def check_contract(
    path: str | Path, attributes: Mapping[str, Any], contract: contracts.Table | contracts.Arrays
) -> None:
    """Raise ContractError if the attributes are not those of `contract`."""
    found = (attributes.get("contract"), attributes.get("version"))
    if found != (contract.name, contract.version):
        raise ContractError(
            f"{path} holds {found[0]} version {found[1]}, expected {contract.name} version {contract.version}; "
            "delete it to have it made again"
        )


def _from_attribute(name: str, value: Any) -> Any:
    if name in ("contract", "content"):
        return value
    return json.loads(value) if isinstance(value, str) else value.item()
