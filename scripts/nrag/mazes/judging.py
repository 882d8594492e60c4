"""Answers judged: how far they are right, whether they solve the maze, where they first go wrong."""

import functools
import re
from dataclasses import dataclass

from nrag.mazes.drawing import read_prompt
from nrag.mazes.layouts import Layout, Maze, MazeError
from nrag.mazes.solving import shortest

UNREADABLE = "?"
"""Stands among moves for a character that names none."""

# ASCII: to Unicode's ignoring of case, dotless i and others are letters of these words too.
_PART = re.compile(r"(?P<move>up|down|left|right|[udlr])|(?P<between>[\s,;]+)|.", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class FirstError:
    """Where an answer first goes wrong, and how.

    >>> str(FirstError(3, "wall"))
    '3 wall'
    """

    index: int
    """Number of the move, from 0; of what is missing, the number that it would have."""
    kind: str
    """passed: it had stood on E and went on. wall, outside: a move into a wall, out of the grid. character: no move
    can be read. unfinished: it ends elsewhere than on E. cut: it had not ended when it was cut off."""

    def __str__(self) -> str:
        """As tables have it."""
        return f"{self.index} {self.kind}"


@dataclass(frozen=True)
class Judgement:
    """What is to be said of an answer."""

    moves: int
    """Moves that it names; a character that names none counts as one."""
    valid_moves: int
    """Those before the first that is blocked or unreadable."""
    solved: bool
    """Whether all moves are legal, the last one ends on E, and the answer ends there."""
    optimal: bool
    """Whether it is solved in as few moves as can be."""
    exact: bool
    """Whether it is solved by the very moves of `shortest`; in a perfect maze the same as optimal."""
    first_error: FirstError | None
    """None if it is solved."""


def moves_of(answer: str) -> str:
    """The letters of the moves that an answer names, `UNREADABLE` for each character that names none.

    Upper or lower case, letters or words; white space, commas and semicolons may stand anywhere between.

    >>> moves_of(" r, R; down LEFT"), moves_of("RR!")
    ('RRDL', 'RR?')
    """
    parts = (part for part in _PART.finditer(answer) if not part["between"])
    return "".join(part["move"][0].upper() if part["move"] else UNREADABLE for part in parts)


def judge(maze: Maze, answer: str, *, ended: bool = True) -> Judgement:
    """What is to be said of an answer to a maze; `ended` is whether it came to its own end, or else was cut off.

    No text makes it raise. Raises MazeError where no way leads to E.
    """
    moves = moves_of(answer)
    cells, error = _followed(maze, moves)
    valid = len(cells) - 1
    solved = ended and error is None and cells[-1] == maze.end
    best = shortest(maze)
    first = None
    if not solved:
        met = cells.index(maze.end) if maze.end in cells else len(moves)
        if met < len(moves):
            first = FirstError(met, "passed")
        else:
            first = FirstError(valid, error or ("unfinished" if ended else "cut"))
    return Judgement(
        moves=len(moves),
        valid_moves=valid,
        solved=solved,
        optimal=solved and valid == len(best),
        exact=solved and moves == best,
        first_error=first,
    )


def reward(prompt: str, answer: str, *, ended: bool = True) -> float:
    """1.0 if the answer solves the maze of the prompt, else 0.0. No text makes it raise: a prompt without a maze has 0.

    The maze may have loops. Trainers hand in the text of an answer without its end: `ended` says whether it had one.
    """
    maze = _maze_of(prompt)
    return 0.0 if maze is None else float(judge(maze, answer, ended=ended).solved)


@functools.lru_cache(maxsize=1024)
def _maze_of(prompt: str) -> Maze | None:
    """Read once for all answers to a prompt."""
    try:
        return read_prompt(prompt, perfect=False)
    except MazeError:
        return None


def _followed(maze: Maze, moves: str) -> tuple[list[int], str | None]:
    """The cells that moves lead through, from S on, up to the first that cannot be made, and why it cannot."""
    cells = [maze.start]
    for move in moves:
        error = _blocked(maze.layout, cells[-1], move)
        if error:
            return cells, error
        cells.append(maze.layout.beside(cells[-1], move))
    return cells, None


def _blocked(layout: Layout, cell: int, move: str) -> str | None:
    if move == UNREADABLE:
        return "character"
    other = layout.beside(cell, move)
    if other is None:
        return "outside"
    return None if layout.joined(cell, other) else "wall"
