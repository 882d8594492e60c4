"""Mazes are drawn as said, come back from their text, and text that is none is refused for what is wrong with it."""

from random import Random

import pytest

from nrag.mazes.drawing import drawing, prompt, read, read_prompt
from nrag.mazes.generators import GENERATORS
from nrag.mazes.layouts import Layout, Maze, MazeError

MAZE = Maze(Layout(3, 2, frozenset({(0, 3), (3, 4), (1, 4), (1, 2), (2, 5)})), start=0, end=4)
DRAWN = "S#...\n.#.#.\n..E#."
BORDERED = "#######\n#S#...#\n#.#.#.#\n#..E#.#\n#######"
LOOP = "S..\n.#.\n..E"


def test_a_maze_known_by_hand():
    assert drawing(MAZE) == DRAWN
    assert drawing(MAZE, border=True) == BORDERED
    assert prompt(MAZE) == DRAWN + "\n>"
    assert read(DRAWN) == read(BORDERED) == read_prompt(DRAWN + "\n>") == MAZE


def test_three_rows_of_four_cells_are_five_lines_of_seven_characters():
    layout = GENERATORS["wilson"](4, 3, Random(0))
    lines = drawing(Maze(layout, 0, 11)).split("\n")
    assert [len(line) for line in lines] == [7] * 5
    lines = drawing(Maze(layout, 0, 11), border=True).split("\n")
    assert [len(line) for line in lines] == [9] * 7


@pytest.mark.parametrize("border", [False, True])
@pytest.mark.parametrize("generator", GENERATORS)
def test_mazes_come_back_from_their_text(generator, border):
    random = Random(0)
    for _ in range(100):
        width, height = random.choice([(1, 2), (2, 1), (2, 2), (3, 2), (4, 3), (5, 9), (12, 4)])
        layout = GENERATORS[generator](width, height, random)
        maze = Maze(layout, *random.sample(range(layout.cells), 2))
        text = drawing(maze, border=border)
        assert read(text) == read_prompt(text + "\n>") == maze
        assert drawing(read(text), border=border) == text


def test_a_maze_with_loops_or_closed_cells_is_read_where_none_needs_be_perfect():
    assert read(LOOP, perfect=False).layout.passages == {(0, 1), (0, 2), (1, 3), (2, 3)}
    assert read("S.E#.", perfect=False) == Maze(Layout(3, 1, frozenset({(0, 1)})), 0, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text of the maze is empty"),
        (DRAWN.replace("S", "."), "one S must be there, found none"),
        (DRAWN.replace("E", "."), "one E must be there, found none"),
        (DRAWN.replace("...", ".S."), "one S must be there, found 2"),
        (DRAWN.replace("...", "..E"), "one E must be there, found 2"),
        (DRAWN.replace("S#...", ".#.S."), "S stands between cells"),
        (DRAWN.replace("#.\n.", "#\n."), "line 2 has 4 characters, line 1 has 5"),
        (DRAWN + "\n", "line 4 has 0 characters, line 1 has 5"),
        (DRAWN.replace("...", ".x."), "unknown character 'x' in line 1, column 4"),
        (DRAWN.replace("\n", "\r\n"), r"unknown character '\\r' in line 1, column 6"),
        ("S.E.", "lines and columns must be odd in number, found 1 lines of 4"),
        ("S.E\n.#.", "lines and columns must be odd in number, found 2 lines of 3"),
        ("\n\n", "lines and columns must be odd in number, found 3 lines of 0"),
        (DRAWN.replace("..E", "#.E"), "a wall where a cell must be: row 2, column 1 of the cells"),
        (DRAWN.replace("S#...", "##..S"), "a wall where a cell must be: row 1, column 1 of the cells"),
        (DRAWN.replace(".#.#.", "...#."), "no wall at the corner before row 2, column 2 of the cells"),
        (BORDERED.replace("#..E", "...E"), "the border is open at the left"),
        (BORDERED.replace("...#\n", "....\n"), "the border is open at the right"),
        (BORDERED[:-1] + ".", "the border is open at the bottom"),
        ("S#...\n#####\n..E..", "unsolvable: no way leads from S to E"),
        ("S.E#.", "not connected: 2 of 3 cells can be reached from S"),
        ("S.E#.\n#####\n....#", "a wall where a cell must be: row 2, column 3 of the cells"),
        (LOOP, "a loop: 4 passages, a perfect maze of 4 cells has 3"),
        ("S", "a maze of 1×1 cells has no room for both S and E"),
        ("###\n#S#\n###", "a maze of 1×1 cells has no room for both S and E"),
    ],
)
def test_what_is_wrong_with_a_text_is_said(text, message):
    with pytest.raises(MazeError, match=message):
        read(text)


def test_a_maze_whose_ways_are_parted_and_looped_is_not_taken_for_perfect():
    # 4 cells in a loop and 2 closed off: 5 passages for 6 cells, as a perfect maze has them.
    with pytest.raises(MazeError, match="not connected: 4 of 6 cells"):
        read("S..#.\n.#.#.\n..E#.")


def test_a_prompt_needs_its_end():
    for text in (DRAWN, DRAWN + ">", DRAWN + "\n> "):
        with pytest.raises(MazeError, match="must end with a line that is '>' alone"):
            read_prompt(text)


def test_any_text_is_a_maze_or_refused_as_none():
    random = Random(0)
    read_as_mazes = 0
    for _ in range(20_000):
        size = random.choice([(1, 3), (3, 3), (3, 5), (5, 5), (2, 3)])
        characters = "".join(random.choice("##...") for _ in range(size[0] * size[1]))
        lines = [list(characters[row * size[1] : (row + 1) * size[1]]) for row in range(size[0])]
        for letter in random.choice(["SE", "SE", "SE", "S", "SES", "Sé"]):
            lines[random.randrange(size[0])][random.randrange(size[1])] = letter
        text = "\n".join("".join(line) for line in lines)
        try:
            maze = read(text, perfect=False)
        except MazeError:
            continue
        read_as_mazes += 1
        assert text in (drawing(maze), drawing(maze, border=True))
    assert read_as_mazes > 300
