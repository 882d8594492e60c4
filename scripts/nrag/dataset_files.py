"""Where the files of a Hugging Face dataset lie and what was fetched of it, with the standard library alone.

The workflow asks this while it parses its rules, as it asks `checkpoints` about models.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nrag import checkpoints, contracts

FETCH_AGAIN = f"{checkpoints.FETCH} --forcerun fetch_corpus"
"""What a user types to have datasets looked up on the hub anew, whatever was recorded."""

SPLITS, STATE, INFO = "dataset_dict.json", "state.json", "dataset_info.json"
"""What `save_to_disk` writes: the names of a DatasetDict's splits; of a Dataset, its files and its columns."""


class DatasetError(ValueError):
    """A record does not say which dataset was fetched."""


@dataclass(frozen=True)
class Fetched:
    """A split of a dataset of the hub that was fetched: which commit it is, and what belongs to it."""

    id: str
    config: str | None
    """Its configuration (`name:` in the config); None where none was asked for."""
    split: str | None
    """The split that was asked for; None where there is only one."""
    revision: str | None
    """Branch, tag or commit that was asked for; None for the main branch."""
    commit: str
    files: Mapping[str, checkpoints.File]
    """Every file that was fetched, by its path in the dataset."""
    read: Sequence[str]
    """Those that hold the split, in the order in which their rows are read."""
    classes: Mapping[str, Sequence[str]]
    """Columns of class labels with the names of the classes 0, 1, ..."""

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.id} at commit {self.commit[:12]}"

    @property
    def megabytes(self) -> float:
        """Size of the files that are read, in MiB."""
        return sum(self.files[name].size for name in self.read) / 2**20


def is_saved(folder: Path) -> bool:
    """Whether a folder is what `Dataset.save_to_disk` or `DatasetDict.save_to_disk` wrote."""
    return (folder / SPLITS).is_file() or (folder / STATE).is_file()


def splits_of(folder: Path) -> list[str]:
    """The splits of a saved DatasetDict; none of a single Dataset, or if the file that tells them is broken."""
    try:
        splits = json.loads((folder / SPLITS).read_text(encoding="utf-8"))["splits"]
        return [str(split) for split in splits]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def saved_files(folder: Path, split: str | None) -> list[Path]:
    """The files that a split of a saved dataset consists of, sorted; those of all splits while none is chosen."""
    splits = splits_of(folder)
    chosen = [split] if split in splits else splits
    inside = [folder / name for name in chosen] if splits else [folder]
    files = [file for place in inside for file in place.glob("*") if file.suffix in (".arrow", ".json")]
    return sorted(files + ([folder / SPLITS] if splits else []))


def mismatch(fetched: Fetched, definition: Mapping[str, Any]) -> str | None:
    """Why what was fetched is not the dataset that the definition of a corpus names, None if it is."""
    of_record = {"hub": fetched.id, "name": fetched.config, "split": fetched.split, "revision": fetched.revision}
    if all(definition.get(key) == value for key, value in of_record.items()):
        return None
    return (
        f"its record in results/datasets is of {shown(of_record)}, and the config says {shown(definition)}; "
        f"run `{FETCH_AGAIN}`, or delete the record"
    )


def shown(definition: Mapping[str, Any]) -> str:
    """What the definition of a corpus asks the hub for, in words.

    >>> shown({"hub": "org/news", "split": "train", "revision": "v2", "text": "body"})
    'org/news split train at v2'
    """
    words = {"name": "name", "split": "split", "revision": "at"}
    asked = [f"{word} {definition[key]}" for key, word in words.items() if definition.get(key)]
    return " ".join([definition["hub"], *asked])


def fetched(record: Path) -> Fetched:
    """What results/datasets/{corpus}.json says.

    Raises FileNotFoundError if it is not there, DatasetError if it is something else.
    """
    text = record.read_text(encoding="utf-8", errors="replace")
    try:
        content = json.loads(text)
        if (content["contract"], content["version"]) != (contracts.DATASET.name, contracts.DATASET.version):
            raise ValueError
        places = {name: file["place"] for name, file in content["files"].items() if file["place"] is not None}
        told = Fetched(
            id=content["id"],
            config=content["name"],
            split=content["split"],
            revision=content["revision"],
            commit=content["commit"],
            files={name: checkpoints.File(file["size"], file["etag"]) for name, file in content["files"].items()},
            read=sorted(places, key=places.__getitem__),
            classes={
                column: [names[str(number)] for number in range(len(names))]
                for column, names in content["classes"].items()
            },
        )
        if not _is_in_form(told):
            raise ValueError
        return told
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DatasetError(
            f"{record} does not say which dataset was fetched (expected JSON, {contracts.DATASET.name} version "
            f"{contracts.DATASET.version}); delete it and run `{checkpoints.FETCH}`"
        ) from None


def record(fetched: Fetched) -> dict[str, Any]:
    """What results/datasets/{corpus}.json says of a dataset that was fetched."""
    places = {name: place for place, name in enumerate(fetched.read)}
    return {
        "id": fetched.id,
        "name": fetched.config,
        "split": fetched.split,
        "revision": fetched.revision,
        "commit": fetched.commit,
        "files": {
            name: {"size": file.size, "etag": file.etag, "place": places.get(name)}
            for name, file in sorted(fetched.files.items())
        },
        "classes": {
            column: {str(number): name for number, name in enumerate(names)}
            for column, names in sorted(fetched.classes.items())
        },
    }


def _is_in_form(told: Fetched) -> bool:
    """Whether the values of a record are what they must be; its files' names may not lead out of the dataset."""
    texts = [told.id, told.commit, *(name for names in told.classes.values() for name in names)]
    perhaps = [told.config, told.split, told.revision, *(file.etag for file in told.files.values())]
    return (
        all(isinstance(text, str) for text in texts)
        and all(text is None or isinstance(text, str) for text in perhaps)
        and all(type(file.size) is int and file.size >= 0 for file in told.files.values())
        and re.fullmatch("[0-9a-f]{40}", told.commit) is not None
        and len(told.read) > 0
        and all(_stays_inside(name) for name in told.files)
    )


def _stays_inside(name: str) -> bool:
    parts = name.split("/")
    return "\\" not in name and "\0" not in name and all(part not in ("", ".", "..") for part in parts)
