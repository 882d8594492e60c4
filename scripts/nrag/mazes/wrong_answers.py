"""Answers that do not solve a maze, near to one that does: what preference pairs set beside the shortest way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from nrag.mazes.judging import judge
from nrag.mazes.layouts import MOVES, Maze, MazeError
from nrag.mazes.solving import shortest

REACH = 3
"""Legal moves, at most, by which a way goes on beyond E."""

_OPPOSITE = {"U": "D", "D": "U", "L": "R", "R": "L"}


@dataclass(frozen=True)
class WrongAnswer:
    """An answer that does not solve its maze."""

    kind: str
    """How it was made of the shortest way: a name of `CORRUPTIONS`."""
    answer: str


def wrong_answers(maze: Maze, number: int, random: Random, *, longest: int | None = None) -> list[WrongAnswer]:
    """So many different wrong answers to a maze, of all kinds of corruption by turns. Each was judged not to solve it.

    None has more than `longest` moves, where that is given.
    Raises MazeError where there are fewer, and says how many.
    """
    if number < 1:
        raise MazeError(f"1 or more wrong answers must be asked for, found {number}")
    way = shortest(maze)
    piles = {kind: list(dict.fromkeys(corrupt(maze, way))) for kind, corrupt in CORRUPTIONS.items()}
    for pile in piles.values():
        random.shuffle(pile)
    kinds = list(piles)
    random.shuffle(kinds)
    found: dict[str, str] = {}
    while len(found) < number and any(piles.values()):
        for kind in kinds:
            answer = _next(maze, piles[kind], found, longest)
            if answer is not None and len(found) < number:
                found[answer] = kind
    if len(found) < number:
        raise MazeError(f"{number} wrong answers were asked for, but the maze has only {len(found)} of these kinds")
    return [WrongAnswer(kind, answer) for answer, kind in found.items()]


def _next(maze: Maze, pile: list[str], found: dict[str, str], longest: int | None) -> str | None:
    """The next answer of a pile that is new, wrong, and not too long."""
    while pile:
        answer = pile.pop()
        short = longest is None or len(answer) <= longest
        if short and answer not in found and not judge(maze, answer).solved:
            return answer
    return None


def _cut(_: Maze, way: str) -> Iterator[str]:
    """The last moves are missing, not all of them."""
    yield from (way[:length] for length in range(1, len(way)))


def _extended(maze: Maze, way: str) -> Iterator[str]:
    """Legal moves beyond E."""
    layout = maze.layout
    ends = [(way, maze.end)]
    for _ in range(REACH):
        ends = [(answer + move, layout.beside(cell, move)) for answer, cell in ends for move in layout.moves_from(cell)]
        yield from (answer for answer, _ in ends)


def _blocked(maze: Maze, way: str) -> Iterator[str]:
    """One move beyond E, into a wall or out of the grid."""
    yield from (way + move for move in MOVES if move not in maze.layout.moves_from(maze.end))


def _altered(_: Maze, way: str) -> Iterator[str]:
    """Another letter in the place of one."""
    for place, letter in enumerate(way):
        yield from (way[:place] + move + way[place + 1 :] for move in MOVES if move != letter)


def _reversed(_: Maze, way: str) -> Iterator[str]:
    """The letters from the last to the first."""
    yield way[::-1]


def _returning(_: Maze, way: str) -> Iterator[str]:
    """The way back from E, as if it began at S."""
    yield "".join(_OPPOSITE[letter] for letter in reversed(way))


CORRUPTIONS: dict[str, Callable[[Maze, str], Iterator[str]]] = {
    "cut": _cut,
    "extended": _extended,
    "blocked": _blocked,
    "altered": _altered,
    "reversed": _reversed,
    "returning": _returning,
}
"""By name, what makes all answers of a kind from a maze and its shortest way; some of them may still solve it."""
