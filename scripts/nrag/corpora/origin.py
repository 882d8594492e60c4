"""Where a corpus' texts come from, as content: for the provenance of what is made of them."""

import hashlib
import json
from pathlib import Path
from typing import Any

from nrag.corpora.docstrings import names_of, versions
from nrag.corpora.readers import Definition, locate


def origin(definition: Definition, *, data: Path) -> dict[str, str]:
    """The SHA-256 of every file that is read, by its name below the source; of packages, their versions."""
    kind, path = locate(definition, data=data)
    if kind == "packages":
        return versions(names_of(definition))
    files = sorted(path.rglob("*.txt")) if kind == "folder" else [path]
    return {file.relative_to(path if kind == "folder" else path.parent).as_posix(): _digest(file) for file in files}


def settings(definition: Definition) -> dict[str, Any]:
    """A definition without its path, which differs between machines, in values that JSON has."""
    return json.loads(json.dumps({key: value for key, value in definition.items() if key != "path"}, default=str))


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
