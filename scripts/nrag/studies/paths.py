"""One spelling for paths, whatever folder the config starts from."""

import os
from pathlib import Path

from nrag import checkpoints


def from_here(path: Path) -> str:
    """A path in one spelling: relative to the working directory if it lies below it, `..` taken out."""
    normal = Path(os.path.normpath(path))
    here = Path.cwd()
    return str(normal.relative_to(here)) if normal.is_absolute() and normal.is_relative_to(here) else str(normal)


def id_from_here(data: Path, written: str) -> str:
    """A model's id with a local folder, which starts from `data`, as a path from here; other ids as they are."""
    try:
        folder = checkpoints.locate(written, root=data)
    except checkpoints.CheckpointError:
        # Of a study that was run before; where the folder lay is still what it meant.
        return written if written.startswith("package:") else from_here(data / Path(written).expanduser())
    return written if folder is None or written.startswith("package:") else from_here(folder)
