"""A checker of mazes and answers that knows nothing of nrag: it reads the text, and networkx does the rest."""

import re
import string
from typing import NamedTuple

import networkx as nx

STEPS = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}


class Seen(NamedTuple):
    """What a prompt shows."""

    free: nx.Graph
    """Every character that is no wall, by line and column; joined where two are side by side."""
    start: tuple
    end: tuple


def seen(prompt):
    lines = prompt.split("\n")
    assert lines.pop() == ">"
    if set(lines[0]) == {"#"}:
        assert set(lines[-1]) == {line[0] for line in lines} == {line[-1] for line in lines} == {"#"}
        lines = [line[1:-1] for line in lines[1:-1]]
    free = nx.grid_2d_graph(len(lines), len(lines[0]))
    free.remove_nodes_from([(row, column) for row, column in list(free) if lines[row][column] == "#"])
    (start,) = (node for node in free if lines[node[0]][node[1]] == "S")
    (end,) = (node for node in free if lines[node[0]][node[1]] == "E")
    return Seen(free, start, end)


def check_row(row):
    """Assert every fact of a row of a table of mazes, and that the maze is a perfect one."""
    maze = seen(row.prompt)
    free = maze.free
    cells = [node for node in free if node[0] % 2 == node[1] % 2 == 0]
    assert row.prompt == row.maze + "\n>"
    assert len(cells) == row.width * row.height
    assert max(cells) == (2 * row.height - 2, 2 * row.width - 2)
    assert nx.is_connected(free)
    assert len(free) - len(cells) == len(cells) - 1, "passages"
    way = nx.shortest_path(free, maze.start, maze.end)
    moves = [letter_of(one, other) for one, other in zip(way[::2], way[2::2], strict=False)]
    assert row.answer == "".join(moves)
    assert row.length == len(moves) == nx.shortest_path_length(free, maze.start, maze.end) / 2
    assert row.first_move == moves[0]
    assert row.turns == len(re.findall(r"(?=(U|D|L|R)(?!\1)[UDLR])", row.answer))
    assert row.dead_ends == sum(free.degree(node) == 1 for node in set(cells) - {maze.start, maze.end})


def letter_of(one, other):
    """Of two cells, two characters apart."""
    step = ((other[0] - one[0]) / 2, (other[1] - one[1]) / 2)
    return next(letter for letter, each in STEPS.items() if each == step)


def judged(prompt, answer, *, ended):
    """(moves, valid moves, solved, optimal, first error or None) of an answer."""
    maze = seen(prompt)
    text = answer.translate(str.maketrans(string.ascii_uppercase, string.ascii_lowercase))
    for word in ("up", "down", "left", "right"):
        text = text.replace(word, word[0].upper())
    text = re.sub(r"[ \t\n\r\f\v,;]", "", text)
    text = re.sub(r"[udlr]", lambda letter: letter[0].upper(), text)
    legal = [maze.start]
    trouble = None
    for letter in text:
        trouble = trouble_of(maze.free, legal[-1], letter)
        if trouble:
            break
        legal.append(tuple(place + 2 * step for place, step in zip(legal[-1], STEPS[letter], strict=True)))
    valid = len(legal) - 1
    solved = ended and trouble is None and legal[-1] == maze.end
    optimal = solved and 2 * valid == nx.shortest_path_length(maze.free, maze.start, maze.end)
    if solved:
        return len(text), valid, solved, optimal, None
    if maze.end in legal and legal.index(maze.end) < len(text):
        return len(text), valid, solved, optimal, (legal.index(maze.end), "passed")
    kind = trouble or ("unfinished" if ended else "cut")
    return len(text), valid, solved, optimal, (valid, kind)


def trouble_of(free, place, letter):
    if letter not in STEPS:
        return "character"
    (row, column), (down, right) = place, STEPS[letter]
    if (row + down, column + right) in free:
        return None
    last = max(node[0] for node in free), max(node[1] for node in free)
    inside = 0 <= row + down <= last[0] and 0 <= column + right <= last[1]
    return "wall" if inside else "outside"
