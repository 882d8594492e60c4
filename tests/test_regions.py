from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from pace import units

from nrag import contracts, regions, store


def slow_bin(value, edges):
    """The definition of a right-closed bin, one value at a time."""
    for index, (lower, upper) in enumerate(pairwise(edges)):
        if lower < value <= upper:
            return index
    raise AssertionError(f"{value} lies in no bin")


def plane_of(*points):
    return np.array(points, dtype=np.float32)


def cells_by_document(binned, model="m", seed=0, layer=0):
    table = binned.cells
    table = table[(table["model"] == model) & (table["seed"] == seed) & (table["layer"] == layer)]
    return list(zip(table["x"].tolist(), table["y"].tolist(), strict=True))


@pytest.mark.parametrize("size", [1, 2, 7, 10, 30])
@pytest.mark.parametrize("seed", range(6))
def test_equal_bins_are_those_of_pandas_cut(seed, size):
    values = np.random.default_rng(seed).normal(scale=10.0**seed, size=2000)
    edges = regions.bin_edges(values, size=size, bins="equal")
    expected, pandas_edges = pd.cut(values, size, labels=False, retbins=True)
    np.testing.assert_array_equal(edges, pandas_edges)
    np.testing.assert_array_equal(regions.bin_axis(values, edges), expected)


def test_float32_values_are_cut_as_their_float64_copies():
    values = np.random.default_rng(0).normal(size=200_000).astype(np.float32)
    edges = regions.bin_edges(values, size=10, bins="equal")
    np.testing.assert_array_equal(regions.bin_axis(values, edges), pd.cut(values.astype(np.float64), 10, labels=False))


def test_values_on_inner_edges_belong_to_the_lower_bin():
    values = np.arange(0.0, 11.0)  # every value is an edge of ten bins from 0 to 10
    edges = regions.bin_edges(values, size=10, bins="equal")
    assert regions.bin_axis(values, edges).tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert regions.bin_axis(values, edges).tolist() == [slow_bin(v, edges) for v in values]
    assert regions.bin_axis(values, edges).tolist() == pd.cut(values, 10, labels=False).tolist()


@pytest.mark.parametrize("size", [1, 2, 3, 9, 10])
def test_equal_values_share_the_middle_bin_as_in_pandas_cut(size):
    for value in [0.0, 3.0, -0.1, 1e-30, -7.3e20, *np.random.default_rng(1).normal(size=200)]:
        values = np.full(4, value)
        binned = regions.bin_axis(values, regions.bin_edges(values, size=size, bins="equal"))
        assert set(binned) == {(size - 1) // 2}
        assert binned.tolist() == pd.cut(values, size, labels=False).tolist()


@pytest.mark.parametrize(
    ("size", "value"), [(2, 0.24978537155866684), (22, 0.49951540504797803), (40, -0.9998150945476599)]
)
def test_rounding_does_not_push_equal_values_into_the_upper_of_two_middle_bins(size, value):
    binned = regions.bin_axis(np.array([value]), regions.bin_edges(np.array([value]), size=size, bins="equal"))
    assert binned.tolist() == [(size - 1) // 2]
    assert pd.cut(np.array([value]), size, labels=False).tolist() == [size // 2]  # where pandas goes wrong


def test_quantile_bins_hold_equal_numbers_of_documents():
    values = np.random.default_rng(0).permutation(np.geomspace(1, 1e6, 1000))
    binned = regions.bin_axis(values, regions.bin_edges(values, size=10, bins="quantile"))
    assert np.bincount(binned).tolist() == [100] * 10
    np.testing.assert_array_equal(binned, pd.qcut(values, 10, labels=False))


def test_repeated_values_stay_together_and_leave_quantile_bins_empty():
    values = np.array([0.0] * 60 + [1.0] * 20 + [2.0] * 20)
    edges = regions.bin_edges(values, size=10, bins="quantile")
    binned = regions.bin_axis(values, edges)
    assert len(edges) == 11
    assert (np.diff(edges) >= 0).all()
    assert [set(binned[values == v]) for v in (0, 1, 2)] == [{0}, {6}, {8}]
    assert binned.tolist() == [slow_bin(v, edges) for v in values]


@pytest.mark.parametrize("bins", regions.BINS)
def test_bins_follow_the_definition_and_the_recorded_edges(bins):
    plane = np.random.default_rng(5).normal(size=(300, 2)).astype(np.float32).round(1)
    binned = regions.cells_of({("m", 4, 2): plane}, size=7, bins=bins)
    edges = binned.bin_edges[4][2]
    expected = [(slow_bin(x, edges["x"]), slow_bin(y, edges["y"])) for x, y in plane.astype(float)]
    assert cells_by_document(binned, seed=4, layer=2) == expected


def test_the_first_coordinate_is_x():
    binned = regions.cells_of({("m", 0, 0): plane_of((0, 90), (100, 0), (100, 40))}, size=10)
    assert cells_by_document(binned) == [(0, 9), (9, 0), (9, 4)]


def test_a_grid_spans_all_models_of_the_space_but_one_seed_and_layer():
    binned = regions.cells_of(
        {
            ("base", 0, 1): plane_of((0, 0), (1, 1)),
            ("tuned", 0, 1): plane_of((9, 9), (10, 10)),
            ("base", 0, 2): plane_of((0, 0), (1, 1)),
            ("base", 3, 1): plane_of((0, 0), (1, 1)),
        },
        size=10,
    )
    assert cells_by_document(binned, "base", 0, 1) == [(0, 0), (0, 0)]
    assert cells_by_document(binned, "tuned", 0, 1) == [(8, 8), (9, 9)]
    assert cells_by_document(binned, "base", 0, 2) == [(0, 0), (9, 9)]
    assert cells_by_document(binned, "base", 3, 1) == [(0, 0), (9, 9)]
    assert binned.bin_edges[0][1]["x"][-1] == 10
    assert binned.bin_edges[3][1]["x"][-1] == 1


def test_noise_does_not_split_the_documents_of_a_constant_layer():
    noise = np.random.default_rng(0).normal(scale=1e-7, size=(50, 2)).astype(np.float32)
    coordinates = {("m", 0, 0): noise, ("m", 0, 1): noise * 1e7}
    binned = regions.cells_of(coordinates, size=10, constant=[("m", 0, 0)])
    assert set(cells_by_document(binned)) == {(4, 4)}
    assert regions.occupied(binned.cells)["m"][0][0] == 1
    assert regions.occupied(binned.cells)["m"][0][1] > 20


def test_a_constant_model_of_a_shared_space_lies_where_its_documents_are():
    noise = np.random.default_rng(0).normal(scale=1e-3, size=(50, 2)).astype(np.float32)
    moving = np.column_stack([np.linspace(-1, 1, 50), np.linspace(1, -1, 50)]).astype(np.float32)
    binned = regions.cells_of(
        {("base", 0, 0): moving, ("still", 0, 0): noise + np.float32(0.9)}, size=10, constant=[("still", 0, 0)]
    )
    assert set(cells_by_document(binned, "still")) == {(9, 9)}
    assert len(set(cells_by_document(binned, "base"))) >= 10


def test_documents_on_a_line_are_not_split_by_the_noise_of_the_second_axis():
    generator = np.random.default_rng(0)
    line = np.column_stack([generator.normal(size=80), 1e-7 * generator.normal(size=80)]).astype(np.float32)
    binned = regions.cells_of({("m", 0, 0): line}, size=10)
    x, y = zip(*cells_by_document(binned), strict=True)
    assert set(y) == {4}
    assert len(set(x)) > 5
    thin = line * np.array([1, 1e4], dtype=np.float32)  # thin, but far from noise
    assert len({y for _, y in cells_by_document(regions.cells_of({("m", 0, 0): thin}, size=10))}) > 5


def test_shuffled_documents_keep_their_cells():
    plane = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    order = np.random.default_rng(1).permutation(200)
    for bins in regions.BINS:
        straight = cells_by_document(regions.cells_of({("m", 0, 0): plane}, size=10, bins=bins))
        shuffled = cells_by_document(regions.cells_of({("m", 0, 0): plane[order]}, size=10, bins=bins))
        assert shuffled == [straight[i] for i in order]


def test_a_mirrored_axis_mirrors_the_cells_except_on_edges():
    plane = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    straight = cells_by_document(regions.cells_of({("m", 0, 0): plane}, size=10))
    mirrored = cells_by_document(regions.cells_of({("m", 0, 0): plane * np.float32([-1, 1])}, size=10))
    assert mirrored == [(9 - x, y) for x, y in straight]


def test_rows_are_sorted_by_model_seed_layer_as_numbers_and_document(tmp_path):
    plane = plane_of((0, 1), (1, 0), (0.2, 0.7))
    keys = [("b", 10, 0), ("a", 2, 10), ("a", 2, 9), ("a", 10, 0), *[("a", 2, layer) for layer in range(9)]]
    cells = regions.cells_of(dict.fromkeys(keys, plane), size=4).cells
    store.write_table(tmp_path / "cells.parquet", cells, contracts.CELLS, provenance={})
    order = cells[["model", "seed", "layer"]].drop_duplicates().itertuples(index=False, name=None)
    assert list(order) == sorted(keys)
    assert cells["document"].tolist() == [0, 1, 2] * len(keys)


def test_occupied_counts_distinct_cells_per_layer():
    coordinates = {
        ("m", 0, 0): plane_of((0, 0), (9, 9), (9, 9), (0, 9)),
        ("m", 0, 1): plane_of((0, 0), (9, 9), (9, 9), (9, 9)),
    }
    assert regions.occupied(regions.cells_of(coordinates, size=3).cells) == {"m": {0: {0: 3, 1: 2}}}


def test_planes_come_back_as_they_went_into_the_table():
    generator = np.random.default_rng(0)
    coordinates = {
        (model, seed, layer): generator.normal(size=(20, 2)) for model in "ba" for seed in (0, 3) for layer in range(4)
    }
    binned = regions.cells_of(coordinates, size=5)
    planes = regions.planes_of(binned.cells)
    assert {key: plane.shape for key, plane in planes.items()} == {
        (model, seed): (4, 20, 2) for model in "ab" for seed in (0, 3)
    }
    assert [tuple(cell) for cell in planes["b", 3][2].tolist()] == cells_by_document(binned, "b", 3, 2)


def test_an_incomplete_table_of_cells_is_refused():
    coordinates = {("m", 0, layer): np.random.default_rng(layer).normal(size=(5, 2)) for layer in range(3)}
    cells = regions.cells_of(coordinates, size=5).cells
    for broken in (cells.drop(index=7), cells[cells["layer"] != 1], cells.iloc[::-1]):
        with pytest.raises(ValueError, match=r"cells of model m, seed 0 have 1[045] rows"):
            regions.planes_of(broken)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_coordinates_that_are_not_finite_are_refused_with_layer_and_count(value):
    broken = np.zeros((7, 2), dtype=np.float32)
    broken[2:5, 1] = value
    with pytest.raises(ValueError, match="model m, seed 2, layer 11: 3 of 7 documents are not finite"):
        regions.cells_of({("m", 2, 11): broken}, size=10)


@pytest.mark.parametrize("components", [1, 3])
def test_coordinates_that_are_no_plane_are_refused(components):
    with pytest.raises(ValueError, match=rf"layer 1 have the shape \(4, {components}\).*components: 2"):
        regions.cells_of({("m", 0, 1): np.zeros((4, components))}, size=10)


def test_a_grid_that_cannot_be_is_refused():
    plane = {("m", 0, 0): plane_of((0, 1))}
    with pytest.raises(ValueError, match="grid size is 0, expected 1 to 500"):
        regions.cells_of(plane, size=0)
    with pytest.raises(ValueError, match="bins are 'round', expected one of equal, quantile"):
        regions.cells_of(plane, size=3, bins="round")
    with pytest.raises(ValueError, match="layer 0 hold no documents"):
        regions.cells_of({("m", 0, 0): np.empty((0, 2))}, size=3)


def test_runs_are_found_across_the_row_groups_of_a_file(tmp_path):
    plane = np.random.default_rng(0).normal(size=(30_000, 2)).astype(np.float32)
    cells = regions.cells_of({(model, 0, layer): plane for model in "ab" for layer in (0, 1)}, size=5).cells
    store.write_table(tmp_path / "cells.parquet", cells, contracts.CELLS, provenance={})
    read = store.read_table(tmp_path / "cells.parquet", contracts.CELLS)
    assert list(regions.runs_of(read, ["model", "layer"])) == [
        (("a", 0), slice(0, 30_000)),
        (("a", 1), slice(30_000, 60_000)),
        (("b", 0), slice(60_000, 90_000)),
        (("b", 1), slice(90_000, 120_000)),
    ]


def test_binning_keeps_its_pace():
    values = np.random.default_rng(0).normal(size=500_000).astype(np.float32)
    edges = regions.bin_edges(values, size=10, bins="equal")
    # Measured: 0.2 to 0.3.
    assert units(lambda: regions.bin_axis(values, edges)) < 1


def test_the_script_writes_cells_with_grid_and_occupancy(tmp_path):
    from bin_regions import bin_regions

    plane = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    flat = np.full((40, 2), 2.5, dtype=np.float32)

    def fill(file):
        for layer, values in enumerate([flat, plane]):
            store.add_array(file, contracts.coordinates("m", 0, layer), values, constant=layer == 0)

    attributes = {"space": "m", "method": "pca", "components": 2, "parameters": {}}
    store.write_arrays(tmp_path / "pca.h5", contracts.COORDINATES, fill, provenance={}, **attributes)
    bin_regions(tmp_path / "pca.h5", {}, tmp_path / "cells.parquet", size=10, bins="equal", pooling="mean", options={})
    read = store.read_attributes(tmp_path / "cells.parquet")
    cells = store.read_table(tmp_path / "cells.parquet", contracts.CELLS)
    assert (read["size"], read["bins"]) == (10, "equal")
    assert read["constant_layers"] == {"m": {"0": [0]}}
    assert read["occupied"]["m"]["0"] == {"0": 1, "1": len(cells[cells["layer"] == 1].groupby(["x", "y"]))}
    assert len(read["bin_edges"]["0"]["1"]["y"]) == 11
    assert read["provenance"]["parameters"] == {"size": 10, "bins": "equal"}
    before = (tmp_path / "cells.parquet").read_bytes()
    bin_regions(tmp_path / "pca.h5", {}, tmp_path / "cells.parquet", size=10, bins="equal", pooling="mean", options={})
    assert (tmp_path / "cells.parquet").read_bytes() == before
