"""Draw a set of mazes, divided by their walls into those to learn from and those kept for tests."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nrag import contracts, store
from nrag.mazes.counting import number_of_layouts
from nrag.mazes.sets import draw_set
from nrag.mazes.splits import layouts_by_split

# isort: split
import pandas as pd  # after nrag: numpy then has one thread

COUNTED = 400
"""Cells of a maze, at most, whose layouts are counted: 20 × 20 take a second, and with twice as many it is ten."""


def make_mazes(table: str, *, mazes: Mapping[str, Any]) -> None:
    """Write the mazes of a set; `mazes` is its definition in the config without what is trained on it."""
    rows = draw_set(mazes)
    layouts = layouts_by_split((row.split, row.layout) for row in rows)
    width, height = mazes["width"], mazes["height"]
    exist = number_of_layouts(width, height) if width * height <= COUNTED else "not counted"
    store.LOG.info("layouts of %d × %d cells: %s exist; drawn: %s", width, height, exist, layouts)
    frame = pd.DataFrame([asdict(row) for row in rows]).sort_values("id", ignore_index=True)
    made = store.provenance(inputs={}, parameters=dict(mazes))
    store.write_table(table, frame, contracts.MAZES, provenance=made, layouts=layouts, layouts_that_exist=str(exist))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        make_mazes(snakemake.output.mazes, mazes=snakemake.params.mazes)
