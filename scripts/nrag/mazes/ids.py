"""The ids of mazes: what they are made of, and which a set has before any is drawn."""

from collections.abc import Mapping
from typing import Any

from nrag.mazes.splits import SHIFT, SPLITS


def maze_id(drawn_as: str, place: int) -> str:
    """The id of a maze by its place among those of a split or a shift."""
    return f"{drawn_as}-{place:07}"


def shift_name(generator: str, width: int, height: int) -> str:
    """What the mazes of a shift are drawn as."""
    return f"{SHIFT}-{generator}-w{width}-h{height}"


def known_ids(described: Mapping[str, Any], split: str) -> list[str]:
    """The ids of the mazes of a split, or of all shifts, of a set as `sets.draw_set` takes it.

    >>> known_ids({"test": 2}, "test")
    ['test-0000000', 'test-0000001']
    """
    if split in SPLITS:
        drawn = [(split, described[split])]
    else:
        drawn = [
            (shift_name(shift["generator"], shift["width"], shift["height"]), shift["number"])
            for shift in described["shifts"]
        ]
    return [maze_id(name, place) for name, number in drawn for place in range(number)]
