"""Random layouts in which one way, and only one, leads from every cell to every other: spanning trees of the grid."""

from collections.abc import Callable
from random import Random

from nrag.mazes.layouts import Layout, check_size, neighbours, passage

Generator = Callable[[int, int, Random], Layout]
"""Width, height and the source of chance; to a layout."""


def wilson(width: int, height: int, random: Random) -> Layout:
    """A spanning tree, each with the same chance: random walks to the tree so far, their loops erased.

    Source: Wilson (1996), Generating random spanning trees more quickly than the cover time, STOC '96.
    Raises MazeError for a size without two cells.
    """
    check_size(width, height)
    beside = [tuple(others.values()) for others in neighbours(width, height)]
    passages = set()
    inside = [False] * len(beside)
    inside[0] = True
    onward = [0] * len(beside)
    for first in range(len(beside)):
        cell = first
        while not inside[cell]:
            # The last way out of a cell is what stays of a walk without its loops.
            onward[cell] = random.choice(beside[cell])
            cell = onward[cell]
        cell = first
        while not inside[cell]:
            inside[cell] = True
            passages.add(passage(cell, onward[cell]))
            cell = onward[cell]
    return Layout(width, height, frozenset(passages))


def depth_first(width: int, height: int, random: Random) -> Layout:
    """A spanning tree of long corridors: a walk to cells not seen before, which steps back where there is none.

    It reaches few of all layouts, not all with the same chance: `depth_first_reaches` says which.
    Raises MazeError for a size without two cells.
    """
    check_size(width, height)
    beside = [tuple(others.values()) for others in neighbours(width, height)]
    way = [random.randrange(len(beside))]
    seen = set(way)
    passages = set()
    while way:
        unseen = [cell for cell in beside[way[-1]] if cell not in seen]
        if unseen:
            following = random.choice(unseen)
            passages.add(passage(way[-1], following))
            seen.add(following)
            way.append(following)
        else:
            way.pop()
    return Layout(width, height, frozenset(passages))


GENERATORS: dict[str, Generator] = {"wilson": wilson, "depth-first": depth_first}
"""By the name in the config."""


def depth_first_reaches(layout: Layout) -> bool:
    """Whether `depth_first` can make a spanning tree.

    It can if, for some first cell, every wall stands between a cell and one that the way to it led through
    (Tarjan 1972, Depth-first search and linear graph algorithms).
    """
    beside = neighbours(layout.width, layout.height)
    walls = [
        (cell, other)
        for cell, others in enumerate(beside)
        for other in others.values()
        if cell < other and not layout.joined(cell, other)
    ]
    ways = (_ways_from(layout, first) for first in range(layout.cells))
    return any(all(one in way[other] or other in way[one] for one, other in walls) for way in ways)


def _ways_from(layout: Layout, first: int) -> dict[int, frozenset[int]]:
    """Of every cell, those on the way to it from the first, both ends included."""
    beside = neighbours(layout.width, layout.height)
    ways = {first: frozenset([first])}
    pending = [first]
    while pending:
        cell = pending.pop()
        for other in beside[cell].values():
            if other not in ways and layout.joined(cell, other):
                ways[other] = ways[cell] | {other}
                pending.append(other)
    return ways
