"""Random walks through mazes: what a base model learns from before it is told what is wanted."""

from random import Random

from nrag.mazes.layouts import Maze, MazeError


def walk(maze: Maze, random: Random, *, longest: int) -> str:
    """The letters of 1 to `longest` legal moves from S, each as likely as any other that is open there.

    Each number of moves is as likely; a walk may turn back, and pass E.
    Raises MazeError where `longest` is less than 1, and for a start without an open side.
    """
    if longest < 1:
        raise MazeError(f"a walk must have 1 or more moves, found {longest}")
    cell, moves = maze.start, []
    for _ in range(random.randint(1, longest)):
        ways = maze.layout.moves_from(cell)
        if not ways:
            raise MazeError("no way leads away from S")
        moves.append(random.choice(ways))
        cell = maze.layout.beside(cell, moves[-1])
    return "".join(moves)
