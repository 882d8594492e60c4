"""docs/data-formats.md says of every file what the code says."""

import re
from pathlib import Path

import pytest

from nrag import contracts

DOCUMENT = (Path(__file__).parents[1] / "docs" / "data-formats.md").read_text(encoding="utf-8")


def section(name):
    found = re.search(rf"(?ms)^### `{name}`.*?(?=^##|\Z)", DOCUMENT)
    assert found, f"docs/data-formats.md has no section of {name}"
    return found.group(0)


def columns_of(contract):
    """Its columns, arrays or fields."""
    (columns,) = (vars(contract)[kind] for kind in ("columns", "arrays", "fields") if kind in vars(contract))
    return columns


@pytest.mark.parametrize("contract", contracts.CONTRACTS, ids=lambda contract: contract.name)
def test_every_column_is_documented_with_its_type(contract):
    text = section(contract.name)
    assert f"version {contract.version}" in text
    for column in columns_of(contract):
        type_ = column.type + ("?" if column.nullable else "")
        assert re.search(rf"^\| `{re.escape(column.name)}` \| {re.escape(type_)} \| ", text, re.M), column.name


@pytest.mark.parametrize("contract", contracts.CONTRACTS, ids=lambda contract: contract.name)
def test_no_documented_column_is_gone(contract):
    documented = re.findall(r"(?m)^\| `([^`]+)` \| ", section(contract.name))
    assert documented == [column.name for column in columns_of(contract)]


def test_every_contract_has_a_name_of_its_own_and_a_key_among_its_columns():
    names = [contract.name for contract in contracts.CONTRACTS]
    assert len(set(names)) == len(names)
    for contract in contracts.CONTRACTS:
        if isinstance(contract, contracts.Table):
            assert set(contract.key) <= {column.name for column in contract.columns}
