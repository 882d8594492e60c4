"""A set of mazes as the config describes it: the mazes of every split, and of every shift."""

from collections.abc import Iterator, Mapping
from typing import Any

from nrag.mazes.data_sets import Kind, Row, draw_shift, draw_split, shortfall
from nrag.mazes.layouts import MazeError
from nrag.mazes.splits import SPLITS, Shares


def draw_set(described: Mapping[str, Any]) -> list[Row]:
    """All mazes of a set, described by width, height, generator, border, min_length, shares, shifts and seed, and the
    numbers of train, validation and test.

    Raises MazeError for what no maze can have, and where fewer exist than are asked for.
    """
    kind, shares, seed = kind_of(described), Shares(**described["shares"]), described["seed"]
    rows = [
        row for split in SPLITS for row in draw_split(kind, described[split], split=split, shares=shares, seed=seed)
    ]
    for shift in described["shifts"]:
        other = kind_of(described, shift)
        rows += draw_shift(other, shift["number"], trained=kind, shares=shares, seed=seed)
    return rows


def shortfalls(described: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and message of everything in a set that cannot be drawn, as far as it is known without drawing."""
    try:
        kind, shares = kind_of(described), Shares(**described["shares"])
    except MazeError as error:
        yield "min_length", str(error)
        return
    for split in SPLITS:
        if wrong := shortfall(kind, described[split], split=split, shares=shares):
            yield split, wrong
    for number, shift in enumerate(described["shifts"]):
        try:
            other = kind_of(described, shift)
        except MazeError as error:
            yield f"shifts[{number}]", str(error)
            continue
        same = (other.width, other.height) == (kind.width, kind.height)
        if wrong := shortfall(other, shift["number"], split="test" if same else None, shares=shares):
            yield f"shifts[{number}]", wrong


def kind_of(described: Mapping[str, Any], other: Mapping[str, Any] | None = None) -> Kind:
    """The mazes of a set, or of one of its shifts. Raises MazeError for what no maze can have."""
    size = other or described
    return Kind(
        size["width"], size["height"], size["generator"], min_length=described["min_length"], border=described["border"]
    )
