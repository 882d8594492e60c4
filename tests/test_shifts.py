"""Grids moved by half a cell: against a plain definition, and what must hold of any documents."""

import numpy as np
import pytest

from nrag import regions, shifts

DRAW = np.random.default_rng(5)


def slow_cell(value, values, size, bins):
    """Edges strictly below a value, counted one by one."""
    low, high = min(values), max(values)
    if bins == "equal":
        edges = [low + (high - low) * (2 * k + 1) / (2 * size) for k in range(size)]
    else:
        edges = [float(np.quantile(values, (2 * k + 1) / (2 * size))) for k in range(size)]
    return sum(edge < value for edge in edges)


@pytest.mark.parametrize("bins", regions.BINS)
@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("values", [DRAW.normal(size=40), DRAW.integers(0, 11, size=40) / 10, np.array([1.0, 2.0])])
def test_a_cell_is_as_many_edges_as_lie_below(values, size, bins):
    found = shifts.shifted_axis(values, values, size=size, bins=bins)
    assert found.tolist() == [slow_cell(value, values, size, bins) for value in values]
    assert found.dtype == np.int16
    assert found.min() >= 0
    assert found.max() <= size


def test_equal_cells_move_by_half_a_cell():
    values = DRAW.random(500)
    own = regions.bin_axis(values, regions.bin_edges(values, size=8, bins="equal"))
    moved = shifts.shifted_axis(values, values, size=8, bins="equal")
    low, width = values.min(), np.ptp(values) / 8
    in_upper_half = values > low + (own + 0.5) * width
    assert (moved == own + in_upper_half).all()


def test_the_outer_quantiles_hold_half_as_many_documents():
    values = DRAW.permutation(np.arange(400.0))
    counts = np.bincount(shifts.shifted_axis(values, values, size=4, bins="quantile"))
    assert counts.tolist() == [50, 100, 100, 100, 50]


def cut(coordinates, **options):
    cells, _ = regions.cells_of(coordinates, **options)
    planes = regions.planes_of(cells)
    return planes, shifts.shifted_planes(planes, coordinates, **options)


@pytest.mark.parametrize("bins", regions.BINS)
def test_what_is_not_moved_stays(bins):
    coordinates = {("m", seed, layer): DRAW.normal(size=(30, 2)) for seed in (0, 3) for layer in range(2)}
    planes, moved = cut(coordinates, size=4, bins=bins)
    assert set(moved) == {"x", "y", "xy"}
    for key, plane in planes.items():
        assert (moved["x"][key][..., 1] == plane[..., 1]).all()
        assert (moved["y"][key][..., 0] == plane[..., 0]).all()
        assert (moved["xy"][key][..., 0] == moved["x"][key][..., 0]).all()
        assert (moved["xy"][key][..., 1] == moved["y"][key][..., 1]).all()
        for layer in range(2):
            for side, name in enumerate(("x", "y")):
                axis = coordinates[key[0], key[1], layer][:, side]
                expected = [slow_cell(value, axis, 4, bins) for value in axis]
                assert moved[name][key][layer, :, side].tolist() == expected


def test_models_of_a_space_share_the_moved_grid():
    wide, narrow = np.array([[0.0, 0.0], [8.0, 8.0]]), np.array([[2.9, 3.1], [4.9, 5.1]])
    _, moved = cut({("a", 0, 0): wide, ("b", 0, 0): narrow}, size=4, bins="equal")
    # Cells are 2 wide and begin at -1: edges 1, 3, 5, 7.
    assert moved["xy"]["b", 0][0].tolist() == [[1, 2], [2, 3]]
    assert moved["xy"]["a", 0][0].tolist() == [[0, 0], [4, 4]]


def test_documents_of_a_constant_layer_and_on_a_flat_axis_stay_together():
    noise = 1e-9 * DRAW.normal(size=(20, 2))
    line = np.column_stack([np.arange(20.0), 1e-7 * DRAW.normal(size=20)])
    coordinates = {("m", 0, 0): noise, ("m", 0, 1): line}
    _, moved = cut(coordinates, size=5, bins="equal", constant=[("m", 0, 0)])
    assert len(np.unique(moved["xy"]["m", 0][0], axis=0)) == 1
    assert len(np.unique(moved["xy"]["m", 0][1][:, 1])) == 1
    assert len(np.unique(moved["xy"]["m", 0][1][:, 0])) == 6


def test_regions_without_a_grid_are_not_moved():
    assert shifts.shifted_planes({("m", 0): np.zeros((1, 2, 2), np.int16)}, {}, size=5, bins="kmeans") == {}
