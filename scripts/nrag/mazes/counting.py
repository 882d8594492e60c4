"""How many layouts a size has, and, of small sizes, all of them."""

import functools
from collections.abc import Iterator
from fractions import Fraction

from nrag.mazes.layouts import Layout, check_size, neighbours


@functools.lru_cache(maxsize=64)
def number_of_layouts(width: int, height: int) -> int:
    """Spanning trees of a grid, exactly.

    The determinant of the grid's Laplacian (degrees less neighbourhoods) without the row and column of one cell:
    Kirchhoff's matrix tree theorem (1847). Elimination needs no pivots, since the matrix is positive definite, and
    stays within as many columns as the narrow side has cells.

    >>> number_of_layouts(4, 3), number_of_layouts(5, 5)
    (2415, 557568000)

    Raises MazeError for a size without two cells.
    """
    check_size(width, height)
    narrow, long = sorted((width, height))
    beside = neighbours(narrow, long)[:-1]
    # The upper triangle, which tells the lower one.
    rows = [
        {cell: Fraction(len(others))} | {other: Fraction(-1) for other in others.values() if cell < other < len(beside)}
        for cell, others in enumerate(beside)
    ]
    determinant = Fraction(1)
    for cell, row in enumerate(rows):
        pivot = row.pop(cell)
        determinant *= pivot
        for one, factor in row.items():
            for other, value in row.items():
                if one <= other:
                    rows[one][other] = rows[one].get(other, Fraction(0)) - factor * value / pivot
    return int(determinant)


def every_layout(width: int, height: int) -> Iterator[Layout]:
    """All spanning trees of a grid, each once, always in the same order: of sizes with few of them.

    Raises MazeError for a size without two cells.
    """
    check_size(width, height)
    edges = [
        (cell, other)
        for cell, others in enumerate(neighbours(width, height))
        for other in sorted(others.values())
        if cell < other
    ]
    pending: list[tuple[int, tuple[tuple[int, int], ...]]] = [(0, ())]
    while pending:
        place, chosen = pending.pop()
        if len(chosen) == width * height - 1:
            yield Layout(width, height, frozenset(chosen))
            continue
        group = _groups(width * height, chosen)
        one, other = edges[place]
        # Without this edge, if the later ones can still join everything; with it, if it closes no loop.
        if len(set(_groups(width * height, (*chosen, *edges[place + 1 :])))) == 1:
            pending.append((place + 1, chosen))
        if group[one] != group[other]:
            pending.append((place + 1, (*chosen, edges[place])))


def _groups(cells: int, passages: tuple[tuple[int, int], ...]) -> list[int]:
    """Of every cell, the number of its group: cells that passages join have the same."""
    group = list(range(cells))

    def first(cell: int) -> int:
        while group[cell] != cell:
            group[cell] = group[group[cell]]
            cell = group[cell]
        return cell

    for one, other in passages:
        group[first(one)] = first(other)
    return [first(cell) for cell in range(cells)]
