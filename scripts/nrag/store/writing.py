"""Whole files or none: temporary name, flush to the disk, rename; and where a file comes from."""

import contextlib
import errno
import hashlib
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from nrag.store.attributes import read_attributes

SOFTWARE = (
    "h5py",
    "matplotlib",
    "networkx",
    "numba",
    "numpy",
    "pandas",
    "peft",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "seaborn",
    "tokenizers",
    "torch",
    "transformers",
    "trl",
    "umap-learn",
)
"""Distributions whose versions can change a number or a figure."""

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room on the disk, in the user's share of it, or in one file."""

_MODULES = {"scikit-learn": "sklearn", "umap-learn": "umap"}


class NoSpaceError(RuntimeError):
    """A file or folder has no room for what is to be written."""


@contextlib.contextmanager
def telling_of_space(path: str | Path) -> Iterator[None]:
    """NoSpaceError, about `path`, in the place of whatever the libraries of the block raise for lack of room."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if reason := no_space(error):
            raise NoSpaceError(told_of_space(path, reason)) from error
        raise


def no_space(error: BaseException) -> str | None:
    """Why there is no room, in the system's words, if an error says that there is none."""
    # h5py raises a RuntimeError at times, and pyarrow an OSError, that only spell the number.
    spelled = re.search(r"errno (?:= )?(\d+)", str(error), flags=re.IGNORECASE)
    number = getattr(error, "errno", None) or (int(spelled[1]) if spelled else 0)
    return os.strerror(number) if number in NO_SPACE else None


def told_of_space(path: str | Path, reason: str) -> str:
    """One line about a file or folder without room."""
    there = next(parent for parent in (Path(path), *Path(path).absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free / 1e6
    return (
        f"{path} cannot be written: {reason} ({free:,.1f} MB are free there). "
        "What is finished is kept: make room and run the same command again"
    )


@contextlib.contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well, removed when it fails.

    The name holds the process id: after a kill of the workflow alone its job may still be writing
    while the next run's job starts.

    Raises NoSpaceError where the disk is full.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with telling_of_space(path):
        path.parent.mkdir(parents=True, exist_ok=True)
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


def write_lines(path: str | Path, lines: Iterable[str], *, provenance: Mapping[str, Any]) -> None:
    """Write lines, each with its end, and their provenance beside them as `NAME.json`."""
    content = "".join(lines).encode("utf-8")
    described = {"contract": None, "version": None, "content": hashlib.sha256(content).hexdigest()}
    write_bytes(path, content)
    write_text(f"{path}.json", to_json(described | {"provenance": provenance}, indent=1) + "\n")


def write_text(path: str | Path, text: str) -> None:
    """Write text as UTF-8 with the line ends it has."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def to_json(value: Any, indent: int | None = None) -> str:
    """One spelling for one value: real characters, no NaN."""
    return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
