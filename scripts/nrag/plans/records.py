"""What is known of what was fetched or drawn before: records of models and datasets of the hub, tables of mazes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrag import checkpoints, dataset_files

Definitions = Mapping[str, Mapping[str, Any]]
"""Models, corpora or reductions by name, each with its keys."""


def fetched(name: str, model: Mapping[str, Any], results: Path) -> checkpoints.Fetched | None:
    """What was fetched of a model of the hub; None if nothing was, or another model or revision.

    Raises checkpoints.CheckpointError if its record is broken.
    """
    fetched = recorded(name, model, results)
    return None if fetched is None or checkpoints.mismatch(fetched, model["id"], model.get("revision")) else fetched


def recorded(name: str, model: Mapping[str, Any], results: Path) -> checkpoints.Fetched | None:
    """What the record of a model of the hub says, whatever it is of; None without one."""
    record = results / "models" / f"{name}.json"
    return checkpoints.fetched(record) if is_of_the_hub(model) and record.is_file() else None


def fetched_dataset(name: str, corpus: Mapping[str, Any], results: Path) -> dataset_files.Fetched | None:
    """What was fetched of a corpus of the hub; None if nothing was, or another dataset, split or revision.

    Raises dataset_files.DatasetError if its record is broken.
    """
    fetched = recorded_dataset(name, corpus, results)
    return None if fetched is None or dataset_files.mismatch(fetched, corpus) else fetched


def recorded_dataset(name: str, corpus: Mapping[str, Any], results: Path) -> dataset_files.Fetched | None:
    """What the record of a corpus of the hub says, whatever it is of; None without one."""
    record = results / "datasets" / f"{name}.json"
    return dataset_files.fetched(record) if "hub" in corpus and record.is_file() else None


def is_drawn(table: Path, mazes: Mapping[str, Any]) -> bool:
    """Whether a table is there and has the mazes of this definition; so it has where no library can read it."""
    if not table.is_file():
        return False
    try:
        from nrag import store
    except ModuleNotFoundError:
        return True
    try:
        return store.read_attributes(table)["provenance"]["parameters"] == json.loads(json.dumps(mazes))
    except (store.ContractError, OSError, ValueError, KeyError):
        return False


def taken_for_an_id(model: Mapping[str, Any]) -> str | None:
    """What to say of an id that may be a misspelt folder; None for one that cannot be, as it has a revision."""
    if "revision" in model or not is_of_the_hub(model):
        return None
    return f"taken for an id of the hub (for a folder write ./{model['id']})"


def is_of_the_hub(model: Mapping[str, Any]) -> bool:
    """Whether a model comes from the hub; one whose folder or package is gone does not."""
    try:
        return checkpoints.locate(model["id"], root=Path()) is None
    except checkpoints.CheckpointError:
        return False
