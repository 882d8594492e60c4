"""The ids that the mazes of a set have, before any is drawn.

Apart from what draws them: only what looks ahead needs it, and no maze is drawn anew for a change of it.
"""

from collections.abc import Mapping
from typing import Any

from nrag.mazes.splits import SPLITS


def known_ids(described: Mapping[str, Any], split: str) -> list[str]:
    """The ids of the mazes of a split, or of all shifts, of a set as `sets.draw_set` takes it.

    >>> known_ids({"test": 2}, "test")
    ['test-0000000', 'test-0000001']
    """
    if split in SPLITS:
        begun = [(split, described[split])]
    else:
        begun = [
            (f"{split}-{shift['generator']}-w{shift['width']}-h{shift['height']}", shift["number"])
            for shift in described["shifts"]
        ]
    return [f"{begin}-{place:07}" for begin, number in begun for place in range(number)]
