"""What is asked of the tokens of a maze and its shortest way: walls, position, legal moves, next move."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nrag.mazes.layouts import MOVES, Maze, neighbours

ALL = "all"
"""The one task of a target that has no parts."""

TARGETS = ("walls", "position", "legal_moves", "next_move")
"""In the order of tables and figures."""


class Tokens(NamedTuple):
    """The tokens whose hidden states are read, maze by maze: the last one of each prompt, then those of the answer."""

    maze: np.ndarray
    """(tokens,) number of the maze."""
    moves: np.ndarray
    """(tokens,) moves of the answer up to the token's end; 0 at the last token of the prompt."""


@dataclass(frozen=True)
class Target:
    """Something that is asked of some tokens, as one or more tasks of classification."""

    name: str
    rows: np.ndarray
    """(rows,) numbers of the tokens that are asked."""
    tasks: tuple[str, ...]
    labels: np.ndarray
    """(rows, tasks) numbers of classes, from 0."""
    keys: np.ndarray
    """(rows,) numbers of what the control task is a function of: things that many mazes share."""


def targets_of(mazes: Sequence[Maze], ways: Sequence[str], tokens: Tokens) -> list[Target]:
    """The four `TARGETS` of mazes of one size, with the shortest way of each.

    walls: at the last token of a prompt, of every two cells beside each other whether a wall stands between them (1)
    or a passage (0); a task is named after both cells, such as 0-1. Its control is a function of start and end.
    position: the cell that the way has reached after the token's moves, numbered row by row. legal_moves: of U, D, L
    and R whether it is open from there. next_move: the move, by its place in UDLR, that the shortest way makes next;
    not asked where it has ended. The controls of these three are functions of the moves so far.

    Raises ValueError for mazes of different sizes.
    """
    sizes = {(maze.layout.width, maze.layout.height) for maze in mazes}
    if len(sizes) > 1:
        raise ValueError(f"mazes of one size have the same walls to be asked of, found {sorted(sizes)}")
    between = borders(*next(iter(sizes)))
    walls = np.array([[not maze.layout.joined(*pair) for pair in between] for maze in mazes], dtype=np.int64)
    ends = _numbers([(maze.start, maze.end) for maze in mazes])
    prompts = np.flatnonzero(tokens.moves == 0)

    every = np.arange(len(tokens.maze))
    made = [ways[maze][:moves] for maze, moves in zip(tokens.maze, tokens.moves, strict=True)]
    cells = np.array([_reached(mazes[maze], moves) for maze, moves in zip(tokens.maze, made, strict=True)])
    open_from = np.array(
        [
            [move in mazes[maze].layout.moves_from(cell) for move in MOVES]
            for maze, cell in zip(tokens.maze, cells, strict=True)
        ],
        dtype=np.int64,
    )
    so_far = _numbers(made)
    going = np.flatnonzero([moves < len(ways[maze]) for maze, moves in zip(tokens.maze, tokens.moves, strict=True)])
    following = [list(MOVES).index(ways[tokens.maze[row]][tokens.moves[row]]) for row in going]
    names = tuple(f"{one}-{other}" for one, other in between)
    return [
        Target("walls", prompts, names, walls[tokens.maze[prompts]], ends[tokens.maze[prompts]]),
        Target("position", every, (ALL,), cells[:, None], so_far),
        Target("legal_moves", every, tuple(MOVES), open_from, so_far),
        Target("next_move", going, (ALL,), np.array(following, dtype=np.int64)[:, None], so_far[going]),
    ]


def borders(width: int, height: int) -> list[tuple[int, int]]:
    """Every two cells that stand beside each other, the smaller number first, in order.

    >>> borders(2, 2)
    [(0, 1), (0, 2), (1, 3), (2, 3)]
    """
    return sorted(
        (cell, other)
        for cell, beside in enumerate(neighbours(width, height))
        for other in beside.values()
        if cell < other
    )


def _reached(maze: Maze, moves: str) -> int:
    cell = maze.start
    for move in moves:
        cell = maze.layout.beside(cell, move)
    return cell


def _numbers(things: Sequence) -> np.ndarray:
    """The number of each thing among the different ones, in the order of their first appearance."""
    known: dict = {}
    return np.array([known.setdefault(each, len(known)) for each in things], dtype=np.int64)
