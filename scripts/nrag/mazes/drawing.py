"""Mazes as text: drawn in characters, and read back."""

from nrag.mazes.layouts import Layout, Maze, MazeError, check_size, neighbours, passage
from nrag.mazes.solving import distances

WALL, FREE, START, END = "#", ".", "S", "E"

PROMPT_END = "\n>"
"""What follows a drawing in a prompt: the answer is written behind it."""


def drawing(maze: Maze, *, border: bool = False) -> str:
    """A maze in characters: every other one of every other line is a cell, those between are passages or walls.

    `border` adds a wall around. A maze of width w and height h has 2h - 1 lines of 2w - 1 characters, with a border
    two more of each.

    >>> print(drawing(Maze(Layout(2, 2, frozenset({(0, 1), (0, 2), (2, 3)})), start=1, end=3)))
    ..S
    .##
    ..E
    """
    layout = maze.layout
    lines = [[WALL] * (2 * layout.width - 1) for _ in range(2 * layout.height - 1)]
    for cell in range(layout.cells):
        row, column = divmod(cell, layout.width)
        lines[2 * row][2 * column] = {maze.start: START, maze.end: END}.get(cell, FREE)
    for one, other in layout.passages:
        (row, column), (below, right) = divmod(one, layout.width), divmod(other, layout.width)
        lines[row + below][column + right] = FREE
    drawn = ["".join(line) for line in lines]
    if border:
        edge = WALL * (2 * layout.width + 1)
        drawn = [edge, *(f"{WALL}{line}{WALL}" for line in drawn), edge]
    return "\n".join(drawn)


def prompt(maze: Maze, *, border: bool = False) -> str:
    """The drawing and what asks for an answer."""
    return drawing(maze, border=border) + PROMPT_END


def read_prompt(text: str, *, perfect: bool = True) -> Maze:
    """The maze of a prompt. Raises MazeError as `read` does, and where the end of a prompt is missing."""
    if not text.endswith(PROMPT_END):
        raise MazeError("a prompt must end with a line that is '>' alone")
    return read(text.removesuffix(PROMPT_END), perfect=perfect)


def read(text: str, *, perfect: bool = True) -> Maze:
    """The maze of a drawing, with or without a border.

    Raises MazeError, with the line and column where there is one, for an empty text, unknown characters, lines of
    different lengths, an even number of lines or columns, a single cell, a wall where a cell must be, a border or
    corner that is open, not exactly one S and one E, one of them between cells, and no way from S to E. Where a
    `perfect` maze is wanted, also for a cell that cannot be reached and for a loop.
    """
    lines = _without_border(_lines(text))
    width, height = (len(lines[0]) + 1) // 2, (len(lines) + 1) // 2
    check_size(width, height)
    start, end = (_the_cell(lines, letter) for letter in (START, END))
    layout = Layout(width, height, frozenset(_passages(lines)))
    _check_ways(layout, start, end, perfect=perfect)
    return Maze(layout, start, end)


def _lines(text: str) -> list[str]:
    """The lines of a drawing of known characters, all of one odd length, an odd number of them."""
    if not text:
        raise MazeError("the text of the maze is empty")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        for column, character in enumerate(line, 1):
            if character not in (WALL, FREE, START, END):
                raise MazeError(f"unknown character {character!r} in line {number}, column {column}")
        if len(line) != len(lines[0]):
            raise MazeError(f"line {number} has {len(line)} characters, line 1 has {len(lines[0])}")
    if not len(lines) % 2 or not len(lines[0]) % 2:
        raise MazeError(f"lines and columns must be odd in number, found {len(lines)} lines of {len(lines[0])}")
    return lines


def _without_border(lines: list[str]) -> list[str]:
    """The lines inside a border; all of them if there is none. The first cell tells: it is never a wall."""
    if lines[0][0] != WALL or len(lines) < 3 or len(lines[0]) < 3:
        return lines
    edges = [lines[0], lines[-1], "".join(line[0] for line in lines), "".join(line[-1] for line in lines)]
    if set(edges[0]) != {WALL}:
        return lines
    for name, edge in zip(("top", "bottom", "left", "right"), edges, strict=True):
        if set(edge) != {WALL}:
            raise MazeError(f"the border is open at the {name}")
    return [line[1:-1] for line in lines[1:-1]]


def _the_cell(lines: list[str], letter: str) -> int:
    """The one cell with this letter."""
    found = [(row, column) for row, line in enumerate(lines) for column, each in enumerate(line) if each == letter]
    if len(found) != 1:
        raise MazeError(f"one {letter} must be there, found {len(found) or 'none'}")
    row, column = found[0]
    if row % 2 or column % 2:
        raise MazeError(f"{letter} stands between cells")
    return row // 2 * ((len(lines[0]) + 1) // 2) + column // 2


def _passages(lines: list[str]) -> list[tuple[int, int]]:
    """Which cells are joined, of lines without a border."""
    width, height = (len(lines[0]) + 1) // 2, (len(lines) + 1) // 2
    found = []
    for cell, beside in enumerate(neighbours(width, height)):
        row, column = divmod(cell, width)
        if lines[2 * row][2 * column] == WALL:
            raise MazeError(f"a wall where a cell must be: row {row + 1}, column {column + 1} of the cells")
        if row and column and lines[2 * row - 1][2 * column - 1] != WALL:
            raise MazeError(f"no wall at the corner before row {row + 1}, column {column + 1} of the cells")
        for move, other in beside.items():
            if move in "DR" and lines[2 * row + (move == "D")][2 * column + (move == "R")] != WALL:
                found.append(passage(cell, other))
    return found


def _check_ways(layout: Layout, start: int, end: int, *, perfect: bool) -> None:
    reached = distances(layout, start)
    if end not in reached:
        raise MazeError("unsolvable: no way leads from S to E")
    if perfect and len(reached) < layout.cells:
        raise MazeError(f"not connected: {len(reached)} of {layout.cells} cells can be reached from S")
    if perfect and len(layout.passages) >= layout.cells:
        raise MazeError(
            f"a loop: {len(layout.passages)} passages, a perfect maze of {layout.cells} cells has {layout.cells - 1}"
        )
