"""Tables of mazes: different ones of one kind, drawn from the layouts of one split."""

import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from random import Random

from nrag.mazes.counting import every_layout, number_of_layouts
from nrag.mazes.drawing import drawing, prompt
from nrag.mazes.generators import GENERATORS, depth_first_reaches
from nrag.mazes.ids import maze_id, shift_name
from nrag.mazes.layouts import Maze, MazeError, check_size
from nrag.mazes.solving import distances, facts
from nrag.mazes.splits import SHIFT, SPLITS, Shares, digest

LISTED = 1_000_000
"""Mazes of a size, at most, of which a list is made: it tells how many there are, and nothing is drawn in vain."""

TRIES = 20_000
"""Mazes of a larger size that are drawn without finding a new one before it is said that there are too few."""


@dataclass(frozen=True)
class Kind:
    """What mazes are drawn. Raises MazeError for what no maze can have."""

    width: int
    height: int
    generator: str = "wilson"
    min_length: int = 1
    """Moves of the shortest way, at least."""
    border: bool = False

    def __post_init__(self) -> None:
        check_size(self.width, self.height)
        if self.generator not in GENERATORS:
            raise MazeError(f"unknown generator {self.generator!r}; there are {', '.join(GENERATORS)}")
        if self.min_length < 1:
            raise MazeError(f"min_length must be 1 or more moves, found {self.min_length}")
        longest = self.width * self.height - 1
        if self.min_length > longest:
            raise MazeError(f"min_length is {self.min_length}, but no way in {self} is longer than {longest} moves")

    def __str__(self) -> str:
        """As errors name it."""
        return f"mazes of width {self.width} and height {self.height}"


@dataclass(frozen=True)
class Row:
    """One maze of a table, as contracts.MAZES has it."""

    id: str
    split: str
    generator: str
    width: int
    height: int
    maze: str
    prompt: str
    answer: str
    length: int
    turns: int
    first_move: str
    dead_ends: int
    layout: str


def draw_split(kind: Kind, number: int, *, split: str, shares: Shares, seed: int) -> list[Row]:
    """So many different mazes of the layouts of a split: train, validation or test.

    Of a `wilson` kind each maze has the same chance. Raises MazeError where fewer exist, and says how many.
    """
    if split not in SPLITS:
        raise MazeError(f"unknown split {split!r}; there are {', '.join(SPLITS)}")
    mazes = _draw(kind, number, _chance(seed, split), shares, split)
    return [_row(maze, kind, split, maze_id(split, place)) for place, maze in enumerate(mazes)]


def draw_shift(kind: Kind, number: int, *, trained: Kind, shares: Shares, seed: int) -> list[Row]:
    """So many different mazes of another kind than was trained on: of another generator, or of another size.

    Those of the size that was trained on have test layouts. Raises MazeError for the kind that was trained on, and
    where fewer exist.
    """
    if kind == trained:
        raise MazeError(f"a shift must differ from what is trained on: both are {kind} by {kind.generator}")
    same = (kind.width, kind.height) == (trained.width, trained.height)
    name = shift_name(kind.generator, kind.width, kind.height)
    mazes = _draw(kind, number, _chance(seed, name), shares, "test" if same else None)
    return [_row(maze, kind, SHIFT, maze_id(name, place)) for place, maze in enumerate(mazes)]


def shortfall(kind: Kind, number: int, *, split: str | None, shares: Shares) -> str | None:
    """What is wrong with the wish for so many mazes of the layouts of a split, or of all; None if they exist.

    Also None of sizes that have too many to list, of which draws tell.
    """
    known = list(_every_maze(kind, shares, split)) if _few(kind) else None
    return None if known is None or number <= len(known) else _too_few(kind, number, known, split)


def _too_few(kind: Kind, number: int, known: list[Maze], split: str | None) -> str:
    layouts = len({maze.layout for maze in known})
    there = f"only {len(known):,} exist, in {layouts:,} layouts"
    return f"{_wanted(kind, number, split)}, but {there}: ask for fewer, for larger mazes, or for other shares"


def _wanted(kind: Kind, number: int, split: str | None) -> str:
    wanted = f"{number:,} {kind} were asked for by {kind.generator}, of {kind.min_length} moves or more, in "
    return wanted + (f"{split} layouts" if split else "any layout")


def _chance(seed: int, name: str) -> Random:
    """A source of chance for each set, so that none depends on how many mazes another has."""
    return Random(f"{seed}-{name}")  # noqa: S311 - mazes are no secrets


def _row(maze: Maze, kind: Kind, split: str, name: str) -> Row:
    return Row(
        id=name,
        split=split,
        generator=kind.generator,
        width=kind.width,
        height=kind.height,
        maze=drawing(maze, border=kind.border),
        prompt=prompt(maze, border=kind.border),
        layout=digest(maze.layout),
        **asdict(facts(maze)),
    )


def _draw(kind: Kind, number: int, random: Random, shares: Shares, split: str | None) -> list[Maze]:
    """Different mazes of a kind, of the layouts of a split or of all."""
    if number < 1:
        raise MazeError(f"1 or more mazes must be asked for, found {number}")
    known = list(_every_maze(kind, shares, split)) if _few(kind) else None
    if known is not None and number > len(known):
        raise MazeError(_too_few(kind, number, known, split))
    # Where most are wanted, draws would mostly find what is found.
    found = {} if known is not None and 2 * number > len(known) else _found(kind, number, random, shares, split)
    missing = number - len(found)
    if missing and known is None:
        raise MazeError(
            f"{_wanted(kind, number, split)}, but {TRIES:,} draws found none beyond the first {len(found):,}"
        )
    rest = [maze for maze in known if maze not in found] if missing else []
    return [*found, *random.sample(rest, missing)]


def _found(kind: Kind, number: int, random: Random, shares: Shares, split: str | None) -> dict[Maze, None]:
    """Different mazes in the order of draws, fewer where too many draws in a row were in vain."""
    generate = GENERATORS[kind.generator]
    found: dict[Maze, None] = {}
    vain = 0
    while len(found) < number and vain < TRIES:
        vain += 1
        layout = generate(kind.width, kind.height, random)
        if split is not None and shares.split_of(digest(layout)) != split:
            continue
        start, end = random.sample(range(layout.cells), 2)
        maze = Maze(layout, start, end)
        if maze not in found and distances(layout, start)[end] >= kind.min_length:
            found[maze] = None
            vain = 0
    return found


def _few(kind: Kind) -> bool:
    """Whether a size has at most `LISTED` mazes."""
    cells = kind.width * kind.height
    pairs = cells * (cells - 1)
    # Larger grids have more layouts, and counting them takes long: the smallest one of more cells, 2×9, has 40,545.
    small = cells <= 16 or min(kind.width, kind.height) == 1
    return small and pairs <= LISTED and pairs * number_of_layouts(kind.width, kind.height) <= LISTED


def _every_maze(kind: Kind, shares: Shares, split: str | None) -> Iterator[Maze]:
    """All mazes of a kind of the layouts of a split, or of all."""
    for layout in every_layout(kind.width, kind.height):
        if split is not None and shares.split_of(digest(layout)) != split:
            continue
        if kind.generator == "depth-first" and not depth_first_reaches(layout):
            continue
        left = [distances(layout, cell) for cell in range(layout.cells)]
        for start, end in itertools.permutations(range(layout.cells), 2):
            if left[start][end] >= kind.min_length:
                yield Maze(layout, start, end)
