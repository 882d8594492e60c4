"""Layouts: which neighbouring cells of a grid are joined; and mazes: a layout with a start and an end."""

import functools
from dataclasses import dataclass

MOVES = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}
"""The letter of a move and its step (rows, columns). Wherever moves are tried in turn, it is in this order."""


class MazeError(ValueError):
    """What is wrong with a maze, with the text of one, or with what is asked of mazes."""


@dataclass(frozen=True)
class Layout:
    """A grid of cells, some neighbours of which are joined by a passage; between the others is a wall.

    >>> Layout(width=3, height=1, passages=frozenset({(0, 1), (1, 2)})).moves_from(1)
    'LR'
    """

    width: int
    height: int
    passages: frozenset[tuple[int, int]]
    """The two cells that each joins, the smaller number first."""

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.width * self.height

    def beside(self, cell: int, move: str) -> int | None:
        """The cell that a move leads to, whatever is between; None outside the grid."""
        return neighbours(self.width, self.height)[cell].get(move)

    def joined(self, one: int, other: int) -> bool:
        """Whether a passage joins two cells."""
        return passage(one, other) in self.passages

    def moves_from(self, cell: int) -> str:
        """The letters of the moves that a cell's passages allow."""
        beside = neighbours(self.width, self.height)[cell]
        return "".join(move for move, other in beside.items() if self.joined(cell, other))


@dataclass(frozen=True)
class Maze:
    """A layout with the cell where the way starts, S, and the one where it ends, E."""

    layout: Layout
    start: int
    end: int


def passage(one: int, other: int) -> tuple[int, int]:
    """A passage in its one order."""
    return (one, other) if one < other else (other, one)


@functools.lru_cache(maxsize=64)
def neighbours(width: int, height: int) -> tuple[dict[str, int], ...]:
    """Of every cell of a grid, the cells beside it by the move that leads there."""
    return tuple(
        {
            move: (row + down) * width + column + right
            for move, (down, right) in MOVES.items()
            if 0 <= row + down < height and 0 <= column + right < width
        }
        for row in range(height)
        for column in range(width)
    )


def check_size(width: int, height: int) -> None:
    """Raises MazeError for a size without a cell, and for a single cell, from which no way leads."""
    if width < 1 or height < 1:
        raise MazeError(f"width and height of a maze must be 1 or more cells, found width {width}, height {height}")
    if width == height == 1:
        raise MazeError("a maze of 1×1 cells has no room for both S and E")
