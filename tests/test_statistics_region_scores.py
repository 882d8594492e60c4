"""How often documents stay together: pair by pair, and where the truth is known."""

from itertools import combinations

import numpy as np
import planted
import pytest

from nrag import contracts, regions, shifts, store
from nrag.statistics.region_scores import region_scores

SIZE = 3


def slow_scores(plane, others):
    """By place: together, chance and stability, means over the variants, from one pair of documents after another."""
    layers, documents = plane.shape[:2]
    pairs = list(combinations(range(documents), 2))

    def place(cells, layer, document, steps):
        return tuple(tuple(cells[layer + step, document].tolist()) for step in range(steps))

    found = {}
    for steps in (1, 2):
        for layer in range(layers - steps + 1):
            here = [place(plane, layer, document, steps) for document in range(documents)]
            for of_place in set(here):
                own = [pair for pair in pairs if here[pair[0]] == here[pair[1]] == of_place]
                rows = []
                for other in others:
                    there = [place(other, layer, document, steps) for document in range(documents)]
                    chance = np.mean([there[a] == there[b] for a, b in pairs])
                    together = np.mean([there[a] == there[b] for a, b in own]) if own else np.nan
                    rows.append((together, chance if own else np.nan, (together - chance) / (1 - chance)))
                found[layer, of_place] = np.mean(rows, axis=0)
    return found


def scores_of(planes, shifted=(), size=SIZE):
    table = region_scores(planes, list(shifted), size=size)
    keys = []
    for row in table.itertuples():
        ends = [(row.x0, row.y0)] + ([] if row.item == "region" else [(int(row.x1), int(row.y1))])
        keys.append((row.layer, tuple(ends)))
    values = table[["together", "chance", "stability"]].to_numpy(dtype=float)
    return table, dict(zip(keys, values, strict=True))


def test_scores_are_those_of_pairs_of_documents():
    generator = np.random.default_rng(0)
    planes = planted.walks(generator, np.zeros(25), layers=3, size=SIZE, seeds=3)
    moved = {key: generator.integers(0, SIZE + 1, plane.shape).astype(np.int16) for key, plane in planes.items()}
    table, found = scores_of(planes, [moved])
    expected = slow_scores(planes["model", 0], [planes["model", 1], planes["model", 2], moved["model", 0]])
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert found[key] == pytest.approx(values, nan_ok=True), key
    assert set(table["variants"]) == {3}
    documents = table[table["item"] == "region"].groupby("layer")["documents"].sum()
    assert set(documents) == {25}
    assert table["stability"].isna().equals(table["documents"] < 2)


def test_regions_that_stay_score_one_and_those_dealt_out_anew_nothing():
    generator = np.random.default_rng(1)
    cells = generator.integers(0, SIZE, (2, 400, 2)).astype(np.int16)
    renamed = (SIZE - 1 - cells).astype(np.int16)
    table, _ = scores_of({("m", 0): cells, ("m", 1): renamed})
    assert table["stability"].dropna().to_numpy() == pytest.approx(1)
    dealt = generator.permuted(cells, axis=1)
    table, _ = scores_of({("m", 0): cells, ("m", 1): dealt})
    of_regions = table[table["item"] == "region"]
    assert abs(np.average(of_regions["stability"], weights=of_regions["documents"])) < 0.02


def test_an_even_cloud_scores_0_42_when_the_grid_moves():
    generator = np.random.default_rng(2)
    coordinates = {("m", 0, 0): generator.random((6000, 2))}
    planes = regions.planes_of(regions.cells_of(coordinates, size=5)[0])
    shifted = shifts.shifted_planes(planes, coordinates, size=5, bins="equal")
    table, _ = scores_of(planes, shifted.values(), size=5)
    assert table["together"].mean() == pytest.approx(5 / 12, abs=0.01)


def test_what_cannot_come_apart_has_no_score():
    cells = np.zeros((2, 6, 2), np.int16)
    table, _ = scores_of({("m", 0): cells, ("m", 1): cells})
    assert table["together"].tolist() == [1, 1, 1]
    assert table["stability"].isna().all()
    alone, _ = scores_of({("m", 0): cells})
    assert alone["variants"].tolist() == [0, 0, 0]
    assert alone[["together", "chance", "stability"]].isna().all(axis=None)


def test_models_are_scored_each_by_its_own_variants_and_the_table_fits_its_contract(tmp_path):
    generator = np.random.default_rng(3)
    planes = {
        (model, seed): plane
        for model in "nm"
        for (_, seed), plane in planted.walks(generator, np.zeros(20), layers=2, size=SIZE, seeds=2).items()
    }
    table, _ = scores_of(planes)
    for model in "nm":
        own, _ = scores_of({key: plane for key, plane in planes.items() if key[0] == model})
        both = table[table["model"] == model].reset_index(drop=True)
        assert own["stability"].equals(both["stability"])
    placed = table.assign(pooling="mean", reduction="umap", bins="equal", size=SIZE)
    provenance = {"software": {}, "parameters": {}, "inputs": {}}
    store.write_table(tmp_path / "r.parquet", placed, contracts.REGION_STABILITY, provenance=provenance)


def test_one_layer_has_regions_and_no_edges():
    cells = np.array([[[0, 0], [0, 0], [1, 1]]], np.int16)
    table, _ = scores_of({("m", 0): cells, ("m", 1): cells})
    assert table["item"].tolist() == ["region", "region"]
