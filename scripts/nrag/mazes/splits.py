"""Which mazes are trained on and which are kept for tests: by the walls alone, never by rows of a table."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from nrag.mazes.layouts import Layout, MazeError

SPLITS = ("train", "validation", "test")
"""What a layout can belong to. Mazes of another generator or size are a fourth split of tables, `shift`."""

SHIFT = "shift"


def digest(layout: Layout) -> str:
    """16 hexadecimal digits that stand for a layout: the first of the SHA-256 of its size and its sorted passages.

    What is hashed, of two cells beside each other, is the text `2x1:0-1`.

    >>> digest(Layout(2, 1, frozenset({(0, 1)})))
    'd8685fedf99dd0b6'
    """
    passages = ",".join(f"{one}-{other}" for one, other in sorted(layout.passages))
    return hashlib.sha256(f"{layout.width}x{layout.height}:{passages}".encode()).hexdigest()[:16]


def position(layout: str) -> float:
    """Where between 0 and 1, 1 excluded, the digest of a layout lies: evenly spread over all layouts."""
    # 13 digits are 52 bits, which a float holds exactly, so that none is rounded up to 1.
    return int(layout[:13], 16) / 2**52


@dataclass(frozen=True)
class Shares:
    """The shares of all layouts that are kept for tests and for validation; the others are trained on.

    Raises MazeError for a share that is not between 0 and 1, and where nothing is left to train on.
    """

    test: float = 0.2
    validation: float = 0.1

    def __post_init__(self) -> None:
        for name, share in vars(self).items():
            if not 0 < share < 1:
                raise MazeError(f"the share of {name} layouts must be between 0 and 1, found {share}")
        if self.test + self.validation >= 1:
            raise MazeError(
                f"shares of test and validation layouts must sum to less than 1, found {self.test} and "
                f"{self.validation}"
            )

    def split_of(self, layout: str) -> str:
        """The split of the layout of a digest: test ones lie lowest, then those for validation."""
        place = position(layout)
        if place < self.test:
            return "test"
        return "validation" if place < self.test + self.validation else "train"


def layouts_by_split(rows: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Different layouts of each split, of rows of (split, digest of the layout).

    Raises MazeError for a leak: a layout of train in any other split, or one of validation in test or shift.
    Test and shift may share layouts.
    """
    found: dict[str, set[str]] = {}
    for split, layout in rows:
        found.setdefault(split, set()).add(layout)
    apart = [("train", "validation"), *((one, other) for one in SPLITS[:2] for other in ("test", SHIFT))]
    for one, other in apart:
        shared = sorted(found.get(one, set()) & found.get(other, set()))
        if shared:
            raise MazeError(f"{one} and {other} share {len(shared)} layouts, such as {shared[0]}")
    return {split: len(found[split]) for split in (*SPLITS, SHIFT) if split in found}
