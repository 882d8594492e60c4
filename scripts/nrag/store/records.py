"""Records: JSON between rules."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nrag import contracts
from nrag.store.attributes import ContractError
from nrag.store.writing import to_json, write_text

_TYPES = {"string": str, "int32": int, "int64": int}


def write_record(
    path: str | Path, values: Mapping[str, Any], contract: contracts.Record, *, provenance: Mapping[str, Any]
) -> None:
    """Write a record as JSON after checking it against its contract.

    Raises ContractError for a missing or surplus field, and for a value of another type.
    """
    _conform(values, contract)
    described = {
        "contract": contract.name,
        "version": contract.version,
        "content": hashlib.sha256(to_json(values).encode()).hexdigest(),
        "provenance": provenance,
    }
    write_text(path, to_json(described | values, indent=1) + "\n")


def _conform(values: Mapping[str, Any], contract: contracts.Record) -> None:
    told = [(place, value, _field(place, contract)) for place, value in _leaves(values)]
    missing = [
        field.name
        for field in contract.fields
        if "{" not in field.name and field not in [found for _, _, found in told]
    ]
    surplus = ["/".join(place) for place, _, field in told if field is None]
    if missing or surplus:
        raise ContractError(
            f"{contract.name} (version {contract.version}): missing fields {missing}, surplus fields {surplus}"
        )
    for place, value, field in told:
        if not (value is None and field.nullable) and type(value) is not _TYPES[field.type]:
            raise ContractError(f"{contract.name}: field '{'/'.join(place)}' must be {field.type}, found {value!r}")


def _leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value inside, with the keys on the way to it."""
    if not isinstance(value, Mapping):
        yield place, value
        return
    for key, item in value.items():
        yield from _leaves(item, (*place, key))


def _field(place: tuple[str, ...], contract: contracts.Record) -> contracts.Column | None:
    for field in contract.fields:
        parts = field.name.split("/")
        if len(parts) == len(place) and all(part in (key, "{name}") for part, key in zip(parts, place, strict=True)):
            return field
    return None
