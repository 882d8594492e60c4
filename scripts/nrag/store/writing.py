"""Whole files or none: temporary name, flush to the disk, rename; and where a file comes from."""

import contextlib
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
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
