"""Layouts are spanning trees of the grid, as many and as likely as theory says."""

import math
from collections import Counter
from random import Random

import networkx as nx
import pytest
from scipy.stats import chisquare

from nrag.mazes.counting import every_layout, number_of_layouts
from nrag.mazes.generators import GENERATORS, depth_first, depth_first_reaches, wilson
from nrag.mazes.layouts import Layout, MazeError

SIZES = [(1, 2), (5, 1), (2, 2), (7, 2), (3, 8), (10, 10), (31, 17)]


def is_spanning_tree(layout):
    grid = nx.grid_2d_graph(layout.height, layout.width)
    named = nx.convert_node_labels_to_integers(grid, ordering="sorted")
    tree = nx.Graph(list(layout.passages))
    return nx.is_tree(tree) and set(tree) == set(named) and all(named.has_edge(*edge) for edge in tree.edges)


def product_formula(width, height):
    """The non-zero eigenvalues of the grid's Laplacian, multiplied, by the number of cells."""
    waves = [
        4 - 2 * math.cos(math.pi * x / width) - 2 * math.cos(math.pi * y / height)
        for x in range(width)
        for y in range(height)
        if x or y
    ]
    return math.prod(waves) / (width * height)


@pytest.mark.parametrize(
    ("width", "height", "number"),
    [
        (2, 1, 1),
        (1, 9, 1),
        (2, 2, 4),
        (3, 2, 15),
        (3, 3, 192),
        (4, 3, 2415),
        (3, 4, 2415),
        (4, 4, 100_352),
        (5, 5, 557_568_000),
        (10, 10, 5_694_319_004_079_097_795_957_215_725_765_328_371_712_000),
    ],
)
def test_numbers_of_layouts_are_the_published_ones(width, height, number):
    assert number_of_layouts(width, height) == number


@pytest.mark.parametrize(("width", "height"), [(5, 3), (2, 9), (7, 6), (12, 9)])
def test_numbers_of_layouts_are_those_of_the_product_formula(width, height):
    assert number_of_layouts(width, height) == pytest.approx(product_formula(width, height), rel=1e-9)
    assert number_of_layouts(width, height) == number_of_layouts(height, width)


@pytest.mark.parametrize(("width", "height"), [(1, 2), (6, 1), (2, 2), (3, 2), (2, 4), (3, 3), (4, 3)])
def test_every_layout_is_there_once(width, height):
    layouts = list(every_layout(width, height))
    assert len(layouts) == len(set(layouts)) == number_of_layouts(width, height)
    assert all(is_spanning_tree(layout) for layout in layouts)


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_generators_make_spanning_trees_of_any_size(generator, width, height):
    layout = GENERATORS[generator](width, height, Random(0))
    assert (layout.width, layout.height) == (width, height)
    assert is_spanning_tree(layout)


@pytest.mark.parametrize("generator", GENERATORS)
def test_the_source_of_chance_decides_and_nothing_else(generator):
    make = GENERATORS[generator]
    one, same, other = (make(6, 5, Random(seed)) for seed in (1, 1, 2))
    assert one == same != other


def counts(generate, number):
    random = Random(0)
    found = Counter(generate(3, 3, random) for _ in range(number))
    return [found[layout] for layout in every_layout(3, 3)]


def test_wilson_draws_every_layout_with_the_same_chance():
    found = counts(wilson, 192 * 100)
    assert sum(found) == 192 * 100
    assert chisquare(found).pvalue > 0.01


def test_depth_first_does_not_even_among_those_it_reaches():
    found = [number for number in counts(depth_first, 192 * 100) if number]
    assert len(found) == 88
    assert chisquare(found).pvalue < 1e-6


@pytest.mark.parametrize(
    ("width", "height", "reached"), [(2, 1, 1), (1, 4, 1), (2, 2, 4), (3, 2, 14), (3, 3, 88), (4, 3, 432)]
)
def test_depth_first_reaches_few_layouts(width, height, reached):
    possible = {layout for layout in every_layout(width, height) if depth_first_reaches(layout)}
    assert len(possible) == reached
    random = Random(0)
    drawn = {depth_first(width, height, random) for _ in range(40 * reached)}
    assert drawn <= possible
    # Rare ones need more draws than that.
    assert len(drawn) == reached or (reached > 400 and len(drawn) > 0.9 * reached)


@pytest.mark.parametrize("make", [*GENERATORS.values(), lambda w, h, _: number_of_layouts(w, h)])
@pytest.mark.parametrize(
    ("width", "height", "message"),
    [(0, 3, "1 or more cells, found width 0, height 3"), (3, -1, "height -1"), (1, 1, "no room for both S and E")],
)
def test_a_size_without_two_cells_is_refused(make, width, height, message):
    with pytest.raises(MazeError, match=message):
        make(width, height, Random(0))


def test_moves_are_those_of_the_passages():
    # 0-1 2      The middle of three columns, two rows.
    #   |
    # 3 4-5
    layout = Layout(3, 2, frozenset({(0, 1), (1, 4), (4, 5)}))
    assert [layout.moves_from(cell) for cell in range(6)] == ["R", "DL", "", "", "UR", "L"]
    assert [layout.beside(5, move) for move in "UDLR"] == [2, None, 4, None]
    assert layout.joined(5, 4)
    assert not layout.joined(2, 5)
