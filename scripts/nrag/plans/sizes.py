"""How much disk the activations of a study take."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nrag import checkpoints
from nrag.plans import records
from nrag.plans.records import Definitions


@dataclass(frozen=True)
class Extraction:
    """One model's pass over one corpus."""

    model: str
    corpus: str
    documents: int | None
    """None where the source is gone."""
    values: int | None
    """float32 values stored for each document; None for a model that was not fetched."""
    file: Path

    @property
    def made(self) -> bool:
        """Whether its file is there."""
        return self.file.is_file()

    @property
    def megabytes(self) -> float | None:
        """Size of its file."""
        return None if self.values is None or self.documents is None else self.documents * self.values * 4 / 1e6

    @property
    def begun(self) -> float:
        """Megabytes that an earlier run, which did not end well, left on the disk to go on with."""
        rows = self.file.with_name(f".{self.file.name}.partial") / "rows.bin"
        return rows.stat().st_blocks * 512 / 1e6 if rows.is_file() else 0.0


def planned(models: Definitions, documents: Mapping[str, int | None], results: Path) -> Iterator[Extraction]:
    """Every model's pass over every corpus, with its size: documents x layers x width x poolings x 4 bytes."""
    for corpus, number in documents.items():
        for model, described in models.items():
            file = results / "activations" / model / f"{corpus}.h5"
            yield Extraction(model, corpus, number, _values(model, described, results), file)


def no_room(waiting: Sequence[Extraction], results: Path) -> Iterator[str]:
    """A line if the activations that are to be made do not fit on the disk; those of unknown size are not counted."""
    sizes = [extraction.megabytes for extraction in waiting if extraction.megabytes is not None]
    # Every file is written twice: its rows in any order, then the file itself; then the rows are deleted.
    needed = sum(sizes) + max(sizes, default=0.0) - sum(extraction.begun for extraction in waiting)
    if needed > free(results):
        yield (
            f"the activations to be made need {size(needed)} of disk while they are written, and "
            f"{results.resolve()} has {size(free(results))} free: make room, keep fewer poolings (store), "
            "or run in a folder on a larger disk"
        )


def free(folder: Path) -> float:
    """Megabytes that are free where a folder is, or will be."""
    return shutil.disk_usage(_existing(folder)).free / 1e6


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists())


def size(megabytes: float) -> str:
    """A size in words."""
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.1f} MB"


def _values(name: str, model: Mapping[str, Any], results: Path) -> int | None:
    try:
        folder = checkpoints.locate(model["id"], root=Path())
        fetched = None if folder else records.fetched(name, model, results)
        if not (folder or fetched):
            return None
        shape = checkpoints.shape(folder) if folder else fetched.shape
    except checkpoints.CheckpointError:
        return None
    return (shape.layers + 1) * shape.width * len(model["store"])
