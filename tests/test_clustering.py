import itertools
import logging
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans

from nrag import clustering, contracts, regions, store
from nrag.reduction import Reduction

PCA = Reduction.of("pca")


def cells(states, coordinates, *, size, chosen=PCA, constant=()):
    """Cells by model, seed and layer, (documents, 2), of states by model and layer."""
    blocks = {model: {layer: partial(halves, rows) for layer, rows in each.items()} for model, each in states.items()}
    table = clustering.cells_of(blocks, coordinates, chosen, size=size, constant=constant)
    found = regions.planes_of(table)
    return {(model, seed, layer): found[model, seed][layer] for model, seed, layer in coordinates}


def halves(rows):
    """Rows in two blocks, as files give them."""
    yield rows[: len(rows) // 2]
    yield rows[len(rows) // 2 :]


def parts(found):
    """Which documents share a region, whatever cells the regions have."""
    return {tuple(np.flatnonzero((found == cell).all(axis=1))) for cell in np.unique(found, axis=0)}


def drawn(documents, width, seed=0):
    return np.random.default_rng(seed).normal(size=(documents, width)).astype(np.float32)


def one_layer(rows, *, size, plane=None, **options):
    plane = rows[:, :2] if plane is None else plane
    return cells({"m": {0: rows}}, {("m", 0, 0): plane}, size=size, **options)["m", 0, 0]


# ----------------------------------------------------------------------------------------- regions


def test_regions_are_those_of_scikit_learns_k_means_of_the_hidden_state():
    rows = drawn(200, 12)
    labels = KMeans(25, n_init=1, random_state=0).fit(rows.astype(np.float64) - rows.mean(axis=0, dtype=float)).labels_
    assert parts(one_layer(rows, size=5)) == {tuple(np.flatnonzero(labels == label)) for label in range(25)}


def test_every_document_is_in_the_region_whose_mean_is_nearest():
    rows = drawn(300, 4)
    found = one_layer(rows, size=4)
    whose = [tuple(cell) for cell in found.tolist()]
    means = {cell: rows[[each == cell for each in whose]].mean(axis=0) for cell in set(whose)}
    assert len(means) == 16
    nearest = [min(means, key=lambda cell: np.linalg.norm(row - means[cell])) for row in rows]
    # Rounds end at a tolerance, so a document on a border may be one round behind.
    assert np.mean([a == b for a, b in zip(whose, nearest, strict=True)]) > 0.95


def test_planted_groups_are_found_where_no_plane_shows_them():
    groups = np.repeat(np.arange(9), 30)
    rows = 10 * np.eye(9, 20, dtype=np.float32)[groups] + drawn(270, 20)
    plane = drawn(270, 2, seed=1)
    assert parts(one_layer(rows, plane=plane, size=3)) == {tuple(np.flatnonzero(groups == g)) for g in range(9)}


def test_the_plane_has_no_say_in_which_documents_share_a_region():
    rows = drawn(150, 6)
    one, other = (one_layer(rows, plane=drawn(150, 2, seed), size=4) for seed in (1, 2))
    assert parts(one) == parts(other)
    assert (one != other).any()


def test_documents_of_one_vector_share_a_region_and_few_vectors_have_one_each(caplog):
    vectors = drawn(7, 5)
    which = np.resize(np.arange(7), 60)
    noise = 1e-7 * drawn(60, 5, seed=3)
    with caplog.at_level(logging.INFO, "nrag"):
        found = one_layer(vectors[which] + noise, plane=vectors[which, :2], size=3)
    assert parts(found) == {tuple(np.flatnonzero(which == vector)) for vector in range(7)}
    assert "layer 0, seed 0: 7 regions instead of 9: 7 different vectors of 60 documents" in caplog.text
    many = drawn(40, 5)[np.resize(np.arange(40), 200)]
    shared = one_layer(many + 1e-7 * drawn(200, 5, seed=4), plane=many[:, :2], size=3)
    assert len({tuple(cell) for cell in shared.tolist()}) == 9
    assert all((shared[vector::40] == shared[vector]).all() for vector in range(40))


def test_a_vector_weighs_as_many_documents_as_have_it():
    values, counts = drawn(40, 1)[:, 0].astype(float), np.random.default_rng(0).choice([1, 100], size=40)
    vectors = clustering.Vectors(values[:, None], np.repeat(np.arange(40), counts))
    for seed in range(5):
        numbers = clustering.clusters(vectors, 6, seed=seed)
        means = [np.repeat(values, counts)[numbers[vectors.place] == number].mean() for number in range(6)]
        assert numbers.tolist() == [int(np.argmin(np.abs(value - means))) for value in values]


def test_states_are_clustered_as_the_reduction_reads_them():
    rows = drawn(120, 6)
    rows[:, 0] = 100 * np.repeat([0, 1, 2, 3], 30) + 0.1 * rows[:, 0]
    rows[:, 1:] += 20 * np.eye(4, 5, dtype=np.float32)[np.resize(np.arange(4), 120)]
    blocks = {tuple(range(start, start + 30)) for start in range(0, 120, 30)}
    turns = {tuple(range(start, 120, 4)) for start in range(4)}
    assert parts(one_layer(rows, size=2)) == blocks
    assert parts(one_layer(rows, size=2, chosen=Reduction.of("pca", standardise="zscore"))) == turns


def test_lengths_do_not_count_where_the_reduction_compares_by_cosine():
    groups = np.resize(np.arange(4), 100)
    turned = np.eye(4, 8, dtype=np.float32)[groups] + 0.02 * drawn(100, 8)
    rows = turned * np.random.default_rng(0).choice([1, 30], size=(100, 1)).astype(np.float32)
    planted = {tuple(range(group, 100, 4)) for group in range(4)}
    assert parts(one_layer(rows, size=2, chosen=Reduction.of("umap"))) == planted
    assert parts(one_layer(rows, size=2, chosen=Reduction.of("umap", metric="euclidean"))) != planted


def test_every_seed_and_layer_is_clustered_for_itself():
    states = {"m": {layer: drawn(90, 6, layer) for layer in (0, 1)}}
    coordinates = {("m", seed, layer): drawn(90, 2, 9) for seed in (0, 5) for layer in (0, 1)}
    found = cells(states, coordinates, size=4, chosen=Reduction.of("umap", seeds=[0, 5], metric="euclidean"))
    assert len({frozenset(parts(each)) for each in found.values()}) == 4
    alone = Reduction.of("umap", seeds=[5], metric="euclidean")
    moved = {("m", 5, layer): plane for (_, seed, layer), plane in coordinates.items() if seed == 5}
    assert (cells(states, moved, size=4, chosen=alone)["m", 5, 1] == found["m", 5, 1]).all()


# ------------------------------------------------------------------------------------------- cells


@pytest.mark.parametrize(("size", "places"), [(2, 2), (2, 3), (2, 4), (3, 4)])
def test_cells_are_those_of_the_least_sum_of_squares_over_all_ways(size, places):
    middles = [(x + 0.5, y + 0.5) for x in range(size) for y in range(size)]
    for seed in range(5):
        points = size * np.random.default_rng(seed).random((2, places))
        ways = itertools.permutations(range(size**2), places)
        apart = [[(x - a) ** 2 + (y - b) ** 2 for a, b in middles] for x, y in points.T]
        best = min(ways, key=lambda way: sum(apart[place][cell] for place, cell in enumerate(way)))
        assert clustering.cells_near(points, size=size).T.tolist() == [list(divmod(cell, size)) for cell in best]


def test_every_region_has_a_cell_of_its_own():
    rows = drawn(400, 8)
    crowded = drawn(400, 2, seed=1) ** 5  # most documents in one cell of equal bins
    found = one_layer(rows, plane=crowded, size=7)
    assert len(parts(found)) == len(np.unique(found, axis=0)) == 49
    assert found.min() == 0
    assert found.max() == 6


def test_regions_lie_in_the_plane_where_their_documents_do():
    places = np.stack(np.meshgrid(np.arange(5), np.arange(5), indexing="ij"), axis=-1).reshape(-1, 2)
    which = np.resize(np.random.default_rng(0).permutation(25), 250)
    plane = (places[which] * [100, 0.01] + [7, -3]).astype(np.float32)
    rows = 10 * np.eye(25, dtype=np.float32)[which] + 0.1 * drawn(250, 25)
    assert (one_layer(rows, plane=plane, size=5) == places[which]).all()


def test_of_fewer_regions_than_cells_each_has_the_nearest():
    vectors = np.array([[0, 0], [10, 0], [10, 10], [4.2, 5.9]], dtype=np.float32)
    plane = vectors * np.float32([1, 0.01])
    assert one_layer(vectors, plane=plane, size=10).tolist() == [[0, 0], [9, 0], [9, 9], [4, 5]]


# ---------------------------------------------------------------------------- constant and together


def test_a_constant_layer_is_one_region_in_the_middle():
    states = {"m": {0: np.ones((30, 4), dtype=np.float32) + 1e-7 * drawn(30, 4), 1: drawn(30, 4)}}
    coordinates = {("m", 0, 0): np.zeros((30, 2), dtype=np.float32), ("m", 0, 1): drawn(30, 2)}
    found = cells(states, coordinates, size=10, constant=[("m", 0, 0)])
    assert {tuple(cell) for cell in found["m", 0, 0].tolist()} == {(4, 4)}
    assert len(parts(found["m", 0, 1])) == 30


def test_regions_span_all_models_of_a_space():
    rows, plane = drawn(60, 4), drawn(60, 2)
    order = np.random.default_rng(0).permutation(60)
    coordinates = {("base", 0, 0): plane, ("tuned", 0, 0): plane[order]}
    found = cells({"tuned": {0: rows[order]}, "base": {0: rows}}, coordinates, size=4)
    assert len(parts(found["base", 0, 0])) == 16
    assert (found["tuned", 0, 0] == found["base", 0, 0][order]).all()
    apart = cells({"tuned": {0: rows[order] + 100}, "base": {0: rows}}, coordinates, size=4)
    assert not {tuple(c) for c in apart["tuned", 0, 0].tolist()} & {tuple(c) for c in apart["base", 0, 0].tolist()}


def test_a_constant_model_of_a_space_lies_where_equal_bins_put_it_and_takes_no_part():
    rows, plane = drawn(60, 4), drawn(60, 2)
    still = np.ones((60, 4), dtype=np.float32)
    coordinates = {("base", 0, 0): plane, ("still", 0, 0): np.zeros((60, 2), dtype=np.float32)}
    constant = [("still", 0, 0)]
    found = cells({"base": {0: rows}, "still": {0: still}}, coordinates, size=6, constant=constant)
    equal = regions.planes_of(regions.cells_of(coordinates, size=6, constant=constant).cells)["still", 0][0]
    assert (found["still", 0, 0] == equal).all()
    assert (found["base", 0, 0] == one_layer(rows, plane=plane, size=6)).all()


# ------------------------------------------------------------------------------------------ script

PROGRAM = """
import hashlib, sys
from bin_regions import bin_regions
bin_regions("pca.h5", {"m": "m.h5"}, sys.argv[1], size=5, bins="kmeans", pooling="mean", options={"method": "pca"})
from threadpoolctl import threadpool_info
assert {each["num_threads"] for each in threadpool_info()} == {1}, threadpool_info()
"""


@pytest.fixture
def files(tmp_path):
    """A folder with activations and coordinates of two layers, the first of them constant."""
    states = [np.full((300, 8), 2.5, dtype=np.float32), drawn(300, 8)]

    def fill_states(file):
        store.add_array(file, "documents/id", np.array([str(number) for number in range(300)], dtype=object))
        for layer, rows in enumerate(states):
            store.add_array(file, contracts.hidden_state("mean", layer), rows, distinct=1 if layer == 0 else 300)

    def fill(file):
        for layer, rows in enumerate(states):
            store.add_array(file, contracts.coordinates("m", 0, layer), rows[:, :2], constant=layer == 0)

    known = dict.fromkeys(contracts.ACTIVATIONS.attributes, "")
    store.write_arrays(tmp_path / "m.h5", contracts.ACTIVATIONS, fill_states, provenance={}, **known)
    known = {"space": "m", "method": "pca", "components": 2, "parameters": {}}
    store.write_arrays(tmp_path / "pca.h5", contracts.COORDINATES, fill, provenance={}, **known)
    return tmp_path


def test_the_script_writes_the_same_bytes_whatever_threads_a_job_is_offered(files):
    for threads in ("1", "8"):
        offered = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        scripts = str(Path(__file__).parents[1] / "scripts")
        subprocess.run(
            [sys.executable, "-c", PROGRAM, f"{threads}.parquet"],
            cwd=files,
            env=os.environ | offered | {"PYTHONPATH": scripts},
            check=True,
        )
    assert (files / "1.parquet").read_bytes() == (files / "8.parquet").read_bytes()


def test_the_script_writes_cells_without_edges_of_bins(files):
    from bin_regions import bin_regions

    options = {"size": 5, "pooling": "mean", "options": {"method": "pca"}}
    bin_regions(files / "pca.h5", {"m": files / "m.h5"}, files / "cells.parquet", bins="kmeans", **options)
    read = store.read_attributes(files / "cells.parquet")
    assert (read["size"], read["bins"], read["bin_edges"]) == (5, "kmeans", {})
    assert read["occupied"] == {"m": {"0": {"0": 1, "1": 25}}}
    assert read["constant_layers"] == {"m": {"0": [0]}}
    assert set(read["provenance"]["inputs"]) == {"coordinates", "m"}
    planes = regions.planes_of(store.read_table(files / "cells.parquet", contracts.CELLS))["m", 0]
    assert {tuple(cell) for cell in planes[0].tolist()} == {(2, 2)}
