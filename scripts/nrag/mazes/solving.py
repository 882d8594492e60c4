"""Shortest ways through mazes, and what can be said of a maze in numbers."""

import itertools
from collections import deque
from dataclasses import dataclass

from nrag.mazes.layouts import Layout, Maze, MazeError


@dataclass(frozen=True)
class Facts:
    """What is known of a maze."""

    answer: str
    """The shortest way, a letter U, D, L or R for every cell that it enters."""
    length: int
    """Moves of the shortest way."""
    turns: int
    """How often it changes direction."""
    first_move: str
    """Its first letter."""
    dead_ends: int
    """Cells with one open side, S and E not counted: there the way begins and ends, and nobody strays."""


def distances(layout: Layout, cell: int) -> dict[int, int]:
    """Moves from every cell that can be reached to this one."""
    found = {cell: 0}
    pending = deque([cell])
    while pending:
        here = pending.popleft()
        for move in layout.moves_from(here):
            other = layout.beside(here, move)
            if other not in found:
                found[other] = found[here] + 1
                pending.append(other)
    return found


def shortest(maze: Maze) -> str:
    """The shortest way from S to E; where there are several, the first in the order U, D, L, R of their moves.

    Raises MazeError where no way leads to E.
    """
    layout = maze.layout
    left = distances(layout, maze.end)
    if maze.start not in left:
        raise MazeError("unsolvable: no way leads from S to E")
    cell, moves = maze.start, []
    while cell != maze.end:
        move = next(move for move in layout.moves_from(cell) if left[layout.beside(cell, move)] < left[cell])
        moves.append(move)
        cell = layout.beside(cell, move)
    return "".join(moves)


def facts(maze: Maze) -> Facts:
    """What is known of a maze.

    Raises MazeError where no way leads from S to E, and where both are one cell.
    """
    if maze.start == maze.end:
        raise MazeError("S and E are the same cell")
    answer = shortest(maze)
    return Facts(
        answer=answer,
        length=len(answer),
        turns=sum(one != other for one, other in itertools.pairwise(answer)),
        first_move=answer[0],
        dead_ends=sum(
            len(maze.layout.moves_from(cell)) == 1
            for cell in range(maze.layout.cells)
            if cell not in (maze.start, maze.end)
        ),
    )
