"""Where a corpus' texts come from, as content: for the provenance of what is made of them."""

import hashlib
import json
from pathlib import Path
from typing import Any

from nrag import dataset_files
from nrag.corpora.docstrings import names_of, versions
from nrag.corpora.of_mazes import mazes_table
from nrag.corpora.readers import Definition, locate


def origin(definition: Definition, *, data: Path) -> dict[str, str]:
    """The SHA-256 of every file that is read, by its name below the source; of packages, their versions.

    Of a dataset of the hub its commit, and what the hub calls the content of each file.
    """
    kind, path = locate(definition, data=data)
    match kind:
        case "packages":
            return versions(names_of(definition))
        case "hub":
            fetched = definition["fetched"]
            of_hub = {name: fetched.files[name].etag or "unknown" for name in fetched.read}
            return {"id": fetched.id, "commit": fetched.commit, **of_hub}
        case "mazes":
            files, path = [mazes_table(definition, data=path)], data
        case "folder":
            files = sorted(path.rglob("*.txt"))
        case "dataset":
            files = dataset_files.saved_files(path, definition.get("split"))
        case _:
            files = [path]
    return {file.relative_to(path if path.is_dir() else path.parent).as_posix(): _digest(file) for file in files}


def settings(definition: Definition) -> dict[str, Any]:
    """A definition without its path, which differs between machines, and what was fetched, in values that JSON has."""
    return json.loads(
        json.dumps({key: value for key, value in definition.items() if key not in ("path", "fetched")}, default=str)
    )


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
