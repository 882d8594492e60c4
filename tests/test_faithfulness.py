"""Faithfulness of regions against neighbours counted one by one, and cases known by hand."""

import numpy as np
import pandas as pd
import pytest
from collect_faithfulness import collect_faithfulness
from measure_faithfulness import measure_faithfulness

from nrag import contracts, faithfulness, regions, store
from nrag.faithfulness import faithfulness_of_layer, neighbourhoods_of, of_layer, table_of_faithfulness

SHARES = ["same", "same_chance", "same_most", "near", "near_chance"]


def faithfulness_of(states, cells, **asked):
    """The regions of a layer from its states, in one step."""
    return faithfulness.faithfulness_of(neighbourhoods_of(states, **asked), cells)


def layer(documents=40, *, width=6, size=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(documents, width)), rng.integers(0, size, (documents, 2)).astype(np.int16)


def slow_faithfulness(states, cells, neighbours):
    """The table by loops: every document asks all others."""
    unit = [row / np.sqrt(sum(row**2)) for row in states]
    n, rows = len(states), {}
    k = min(neighbours, n - 1)
    for i in range(n):
        others = sorted((j for j in range(n) if j != i), key=lambda j: (round(1 - unit[i] @ unit[j], 12), j))
        apart = {j: max(abs(int(a) - int(b)) for a, b in zip(cells[i], cells[j], strict=True)) for j in others}
        inside = {reach: sum(apart[j] <= reach for j in others) for reach in (0, 1)}
        kept = {reach: sum(apart[j] <= reach for j in others[:k]) for reach in (0, 1)}
        values = kept[0] / k, inside[0] / (n - 1), min(k, inside[0]) / k, kept[1] / k, inside[1] / (n - 1)
        rows.setdefault(tuple(cells[i].tolist()), []).append(values)
    return pd.DataFrame(
        [[*cell, len(values), *np.mean(values, axis=0)] for cell, values in sorted(rows.items())],
        columns=["x", "y", "documents", *SHARES],
    )


@pytest.mark.parametrize(("seed", "neighbours"), [(0, 1), (1, 5), (2, 15), (3, 60)])
def test_it_equals_the_slow_definition(seed, neighbours):
    states, cells = layer(seed=seed)
    found = faithfulness_of(states.astype(np.float32), cells, neighbours=neighbours)
    slow = slow_faithfulness(states.astype(np.float32).astype(float), cells, neighbours)
    slow.insert(3, "judged", slow["documents"])
    pd.testing.assert_frame_equal(found, slow, check_dtype=False, atol=1e-12)


def test_the_values_of_a_layer_are_the_means_over_its_documents():
    states, cells = layer()
    table = faithfulness_of(states, cells, neighbours=5)
    each = table.loc[table.index.repeat(table["documents"])]
    assert of_layer(table) == pytest.approx({name: each[name].mean() for name in SHARES})


def test_fifteen_neighbours_are_asked_unless_told_otherwise():
    states, cells = layer()
    pd.testing.assert_frame_equal(faithfulness_of(states, cells), faithfulness_of(states, cells, neighbours=15))


def test_regions_that_are_clusters_keep_all_they_can():
    """Two clusters of 4 and 2: with 3 neighbours, the documents of the small one have 1 of 3 at most."""
    angles = np.array([0, 0.01, 0.02, 0.03, 1.5, 1.51])
    states = np.column_stack([np.cos(angles), np.sin(angles)]) * [[1], [9], [2], [5], [3], [7]]
    cells = np.array([[0, 5]] * 4 + [[9, 0]] * 2)
    table = faithfulness_of(states, cells, neighbours=3)
    assert table["same"].tolist() == table["same_most"].tolist() == [1, pytest.approx(1 / 3)]
    assert table["same_chance"].tolist() == [3 / 5, 1 / 5]


def test_planes_that_know_nothing_of_the_states_reach_chance():
    states, cells = layer(documents=60)
    rng = np.random.default_rng(8)
    layers = [of_layer(faithfulness_of(states, rng.permutation(cells), neighbours=5)) for _ in range(300)]
    for share in ("same", "near"):
        excess = np.array([values[share] - values[f"{share}_chance"] for values in layers])
        assert abs(excess.mean()) < 4 * excess.std() / np.sqrt(len(excess))


def test_a_cell_has_eight_neighbours_whatever_the_axes_and_the_order():
    states, cells = layer()
    order = np.random.default_rng(4).permutation(len(cells))
    plain, turned = (faithfulness_of(*args) for args in ((states, cells), (states[order], cells[order, ::-1])))
    turned = turned.rename(columns={"x": "y", "y": "x"}).sort_values(["x", "y"], ignore_index=True)
    pd.testing.assert_frame_equal(turned[plain.columns], plain)


def test_copies_of_a_vector_count_once_up_to_rounding():
    """A hundred copies of two documents in one region would make it look faithful."""
    states, cells = layer()
    copies = np.repeat([0, 7], 50)
    noise = 1e-7 * np.random.default_rng(1).normal(size=(100, states.shape[1]))
    more = np.vstack([states, states[copies] + noise])
    found = faithfulness_of(more, np.vstack([cells, cells[copies]]), neighbours=5)
    pd.testing.assert_frame_equal(found, faithfulness_of(states, cells, neighbours=5))


def test_the_length_of_vectors_does_not_matter_but_where_zero_lies_does():
    """Cosine of the states as the model has them: neither centred nor scaled."""
    states, cells = layer()
    scaled = states * np.random.default_rng(2).uniform(0.5, 9, (len(states), 1))
    pd.testing.assert_frame_equal(faithfulness_of(scaled, cells), faithfulness_of(states, cells))
    moved = faithfulness_of(states + np.eye(6)[0] * 5, cells, neighbours=5)
    assert not moved["same"].equals(faithfulness_of(states, cells, neighbours=5)["same"])


def test_where_there_are_many_some_are_judged_against_all():
    states, _ = layer(documents=60)
    whole = neighbourhoods_of(states, neighbours=5)
    some = neighbourhoods_of(states, neighbours=5, judged=20, seed=3)
    assert len(some.documents) == 60
    assert len(set(some.judged.tolist())) == 20
    assert (np.diff(some.judged) > 0).all()
    np.testing.assert_array_equal(some.nearest, whole.nearest[some.judged])
    again, other = (neighbourhoods_of(states, neighbours=5, judged=20, seed=seed) for seed in (3, 4))
    np.testing.assert_array_equal(again.judged, some.judged)
    assert (other.judged != some.judged).any()


def test_what_is_not_judged_has_no_shares_but_chances():
    states, cells = layer(documents=60)
    some = neighbourhoods_of(states, neighbours=5, judged=7)
    table, whole = (
        faithfulness.faithfulness_of(found, cells) for found in (some, neighbourhoods_of(states, neighbours=5))
    )
    assert table["judged"].sum() == 7
    assert table["documents"].tolist() == whole["documents"].tolist()
    assert table["same"].isna().equals(table["judged"] == 0)
    assert (table["judged"] == 0).any()
    assert table["same_chance"].equals(whole["same_chance"])
    values = of_layer(table)
    judged = table[table["judged"] > 0]
    for name in SHARES:
        assert values[name] == pytest.approx((judged[name] * judged["judged"]).sum() / 7)


def test_judging_some_estimates_what_judging_all_gives():
    states, _ = layer(documents=80)
    cells = (states[:, :2] > 0).astype(np.int16)
    whole = of_layer(faithfulness_of(states, cells, neighbours=5))
    drawn = [of_layer(faithfulness_of(states, cells, neighbours=5, judged=20, seed=seed)) for seed in range(200)]
    for name in SHARES:
        values = np.array([each[name] for each in drawn])
        assert abs(values.mean() - whole[name]) <= 4 * values.std() / np.sqrt(len(values)) + 1e-12


def test_the_layer_as_a_whole_comes_before_its_regions():
    states, cells = layer()
    found = neighbourhoods_of(states, neighbours=5)
    table, regions = faithfulness_of_layer(found, cells), faithfulness.faithfulness_of(found, cells)
    assert table[["x", "y"]].isna().all(axis=1).tolist() == [True] + [False] * len(regions)
    assert table.iloc[0][SHARES].to_dict() == pytest.approx(of_layer(regions))
    assert (table.iloc[0]["documents"], table.iloc[0]["judged"]) == (40, 40)
    pd.testing.assert_frame_equal(table[1:].reset_index(drop=True), regions, check_dtype=False)


def test_zero_vectors_count_nowhere():
    states, cells = layer()
    padded = np.insert(states, [0, 7], 0, axis=0)
    more = np.insert(cells, [0, 7], [[9, 9], [1, 1]], axis=0)
    pd.testing.assert_frame_equal(faithfulness_of(padded, more), faithfulness_of(states, cells))


@pytest.mark.filterwarnings("error")
def test_a_single_document_and_none_have_no_shares():
    alone = faithfulness_of(np.ones((1, 3)), np.array([[2, 3]]))
    assert alone[["x", "y", "documents", "judged"]].to_numpy().tolist() == [[2, 3, 1, 1]]
    assert alone[SHARES].isna().all(axis=None)
    nobody = faithfulness_of(np.zeros((2, 3)), np.array([[2, 3], [1, 1]]))
    assert len(nobody) == 0
    for table in (alone, nobody):
        assert all(np.isnan(value) for value in of_layer(table).values())


def test_what_is_not_finite_or_incomplete_is_refused():
    states, cells = layer(documents=5)
    with pytest.raises(ValueError, match="5 hidden states and 4 cells"):
        faithfulness_of(states, cells[:4])
    states[2, 0] = np.nan
    with pytest.raises(ValueError, match="1 of 5 hidden states are not finite"):
        faithfulness_of(states, cells)


# ------------------------------------------------------------------------------------------- tables

EMPTY = {"software": {}, "parameters": {}, "inputs": {}}
PLACE = {"space": "m", "corpus": "c", "pooling": "mean"}


def measured(shares, *, model="m", reduction="pca", most=1.0):
    """Layers of one region each, by seed and layer, as contracts.FAITHFULNESS has them."""
    rows = [
        {"reduction": reduction, "bins": "equal", "size": 4, "model": model, "seed": seed, "layer": number, "x": x}
        | {"y": x, "documents": 30, "judged": 20, "same": share, "same_chance": 0.1, "same_most": most}
        | {"near": share, "near_chance": 0.3}
        for seed, layers in enumerate(shares)
        for number, share in enumerate(layers)
        for x in (pd.NA, 2)
    ]
    return pd.DataFrame(rows).astype({"x": "Int16", "y": "Int16"})


def of_study(*parts, controls=None):
    return table_of_faithfulness([({**PLACE, "space": space}, table) for space, table in parts], controls or {})


def test_layers_are_means_over_seeds_and_the_first_row_is_the_mean_of_layers():
    table = of_study(("m", measured([[0.2, 0.5], [0.4, 0.9]], most=0.6)))
    assert table["layer"].tolist() == [pd.NA, 0, 1]
    assert table["same"].tolist() == pytest.approx([0.5, 0.3, 0.7])
    assert table["same_effect"].tolist() == pytest.approx([0.4, 0.2, 0.6])
    assert table["same_kept"].tolist() == pytest.approx([0.8, 0.4, 1.2])
    assert table["near_effect"].tolist() == pytest.approx([0.2, 0.0, 0.4])
    assert table[["documents", "judged", "seeds"]].to_numpy().tolist() == [[30, 20, 2]] * 3
    assert table["controls"].tolist() == [0] * 3
    assert table[["control_mean", "gain", "note"]].isna().all(axis=None)


def test_what_no_plane_can_keep_more_of_than_chance_is_undefined():
    table = of_study(("m", measured([[0.3]], most=0.1 + 1e-16)))
    assert table["same_kept"].isna().all()
    assert table["same_effect"].to_numpy() == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("share", "said"), [(0.8, "keeps more"), (0.2, "keeps less"), (0.5, "keeps as much"), (0.6, "keeps as much")]
)
def test_a_model_is_read_beside_its_controls(share, said):
    controls = [(f"m{number}", measured([[value]], model=f"m{number}")) for number, value in enumerate((0.3, 0.4, 0.6))]
    table = of_study(("m", measured([[share]])), *controls, controls={"m": ["m0", "m1", "m2"]})
    own = table[table["model"] == "m"]
    assert own["controls"].tolist() == [3, 3]
    assert own[["control_mean", "control_low", "control_high"]].to_numpy() == pytest.approx(
        np.array([[1 / 3, 0.2, 0.5]] * 2)
    )
    assert own["gain"].to_numpy() == pytest.approx(share - 0.1 - 1 / 3)
    assert own["note"].iloc[0].startswith(said)
    assert own["note"].isna().tolist() == [False, True]
    assert table.loc[table["model"] != "m", "controls"].eq(0).all()


@pytest.mark.parametrize("cells", [np.zeros((6, 2)), np.stack([np.arange(6), np.zeros(6)], axis=1)])
def test_one_region_for_all_and_one_for_each_leave_nothing_to_be_kept(cells):
    found = neighbourhoods_of(np.random.default_rng(0).normal(size=(6, 3)), neighbours=2)
    layer = faithfulness_of_layer(found, cells.astype(np.int16)).assign(reduction="pca", bins="equal", size=6)
    table = of_study(("m", layer.assign(model="m", seed=0, layer=0)))
    assert table["same_effect"].to_numpy() == pytest.approx(0)
    assert table["same_kept"].isna().all()


def test_controls_on_other_grids_are_not_a_models_own():
    for other in ({"bins": "kmeans"}, {"size": 5}, {"reduction": "other"}):
        control = measured([[0.3]], model="m0").assign(**other)
        table = of_study(("m", measured([[0.5]])), ("m0", control), controls={"m": ["m0"]})
        assert table.loc[table["model"] == "m", "controls"].tolist() == [0, 0]


def test_undefined_layers_are_named_and_no_part_of_the_mean():
    table = of_study(
        ("m", measured([[np.nan, 0.5, np.nan]])),
        ("m0", measured([[np.nan, 0.4, 0.6]], model="m0")),
        controls={"m": ["m0"]},
    )
    own = table[table["model"] == "m"]
    assert own["same"].iloc[0] == 0.5
    assert own["note"].iloc[0].startswith("undefined, and no part of the mean: layers 0, 2; ")
    assert own["note"].iloc[1] == "undefined: fewer than two different vectors"
    assert own["controls"].tolist() == [1, 0, 1, 1]


def test_the_means_of_a_model_and_its_controls_are_of_the_layers_that_all_of_them_have():
    controls = {"m": ["m0", "m1"]}
    table = of_study(
        ("m", measured([[0.9, 0.5, 0.3]])),
        ("m0", measured([[np.nan, 0.4, 0.6]], model="m0")),
        ("m1", measured([[0.8, 0.2, 0.4]], model="m1")),
        ("n", measured([[np.nan, 0.7, 0.7]], model="n")),
        controls=controls,
    )
    whole = table[table["layer"].isna()].set_index("model")
    # Of layers 1 and 2; a control by itself, and a model without controls, has a mean of its own layers.
    assert whole["same"].to_dict() == pytest.approx({"m": 0.4, "m0": 0.5, "m1": 1.4 / 3, "n": 0.7})
    own = whole.loc["m"]
    assert own["same_effect"] == pytest.approx(0.3)
    assert own[["control_mean", "control_low", "control_high"]].tolist() == pytest.approx([0.3, 0.2, 0.4])
    assert own["gain"] == pytest.approx(0)
    assert own["note"].startswith("undefined in a control, and no part of the mean: layers 0; keeps as much")
    assert pd.isna(whole.loc["m1", "note"])
    first = table[(table["model"] == "m") & (table["layer"] == 0)]
    assert first[["controls", "same", "control_mean"]].to_numpy().tolist() == [[1, 0.9, pytest.approx(0.7)]]


def test_layers_are_common_under_one_corpus_pooling_reduction_and_grid():
    measures = {"m": [[0.9, 0.5]], "m0": [[0.8, 0.4]]}
    lacking = measured([[np.nan, 0.4]], model="m0")
    for changed in ({"corpus": "d"}, {"pooling": "last"}, {"reduction": "umap"}, {"bins": "quantile"}, {"size": 5}):
        place = {name: changed.get(name, value) for name, value in PLACE.items()}
        of_grid = {name: value for name, value in changed.items() if name not in PLACE}
        parts = [({**PLACE, "space": name}, measured(share, model=name)) for name, share in measures.items()]
        parts += [({**place, "space": "m"}, measured(measures["m"]).assign(**of_grid))]
        parts += [({**place, "space": "m0"}, lacking.assign(**of_grid))]
        table = table_of_faithfulness(parts, {"m": ["m0"]})
        whole = table[table["layer"].isna() & (table["model"] == "m")]
        (name, value), *_ = changed.items()
        elsewhere = whole[name] == value
        assert whole.loc[~elsewhere, "same"].item() == pytest.approx(0.7)
        assert whole.loc[elsewhere, "same"].item() == pytest.approx(0.5)


def test_without_a_common_layer_there_is_no_mean_and_the_row_says_so():
    parts = [("m", measured([[0.9, np.nan]])), ("m0", measured([[np.nan, 0.4]], model="m0"))]
    own = of_study(*parts, controls={"m": ["m0"]}).iloc[0]
    assert np.isnan([own["same"], own["control_mean"], own["gain"]]).all()
    assert own["controls"] == 0
    assert own["note"] == (
        "undefined, and no part of the mean: layers 1; undefined in a control, and no part of the mean: layers 0"
    )


def test_a_study_without_regions_has_an_empty_table_of_the_same_columns():
    assert list(of_study().columns) == list(of_study(("m", measured([[0.3]]))).columns)
    assert len(of_study()) == 0


@pytest.fixture
def place(tmp_path):
    """A space of two models: the plane of the first is its hidden space, that of the second is shuffled."""
    documents, layers = 40, 3
    rng = np.random.default_rng(0)
    cells = {}
    for model in "ab":
        states = [rng.normal(size=(documents, 2)).astype(np.float32) + 9 for _ in range(layers)]

        def fill(file, states=states):
            for layer, values in enumerate(states):
                store.add_array(file, contracts.hidden_state("mean", layer), values, distinct=documents)
            store.add_array(file, "documents/id", np.array([str(each) for each in range(documents)]))
            store.add_array(file, "documents/tokens", np.ones(documents, dtype=np.int32))
            store.add_array(file, "documents/truncated", np.zeros(documents, dtype=bool))

        told = dict.fromkeys(contracts.ACTIVATIONS.attributes, "") | {"model": model}
        store.write_arrays(tmp_path / f"{model}.h5", contracts.ACTIVATIONS, fill, provenance=EMPTY, **told)
        for seed in (0, 1):
            for layer, values in enumerate(states):
                angle = np.arctan2(values[:, 1], values[:, 0])
                angle = rng.permutation(angle) if model == "b" or seed == 1 else angle
                ranks = np.argsort(np.argsort(angle))
                cells[model, seed, layer] = np.stack([ranks // 10, ranks // 10]).astype(np.int16)
    store.write_table(tmp_path / "cells.parquet", regions.table_of(cells), contracts.CELLS, provenance=EMPTY)
    return tmp_path


def test_a_space_is_measured_model_by_model_seed_by_seed_and_layer_by_layer(place):
    activations = {model: place / f"{model}.h5" for model in "ab"}
    grids = {("umap", "equal", 4): place / "cells.parquet", ("pca", "kmeans", 4): place / "cells.parquet"}
    for name in ("one", "two"):
        measure_faithfulness(activations, grids, place / f"{name}.parquet", pooling="mean", seed=0)
    assert (place / "one.parquet").read_bytes() == (place / "two.parquet").read_bytes()
    table = store.read_table(place / "one.parquet", contracts.FAITHFULNESS)
    grid = table.groupby(["reduction", "bins"], sort=False)
    assert list(grid.groups) == [("pca", "kmeans"), ("umap", "equal")]
    first, second = (each.drop(columns=["reduction", "bins"]).reset_index(drop=True) for _, each in grid)
    pd.testing.assert_frame_equal(first, second)
    planes = regions.planes_of(store.read_table(place / "cells.parquet", contracts.CELLS))
    for (model, seed, layer), rows in first.groupby(["model", "seed", "layer"]):
        found = neighbourhoods_of(store.read_hidden_state(activations[model], "mean", layer))
        expected = faithfulness_of_layer(found, planes[model, seed][layer])
        pd.testing.assert_frame_equal(
            rows.reset_index(drop=True)[list(expected.columns)],
            expected,
            check_dtype=False,
            obj=f"{model}{seed}{layer}",
        )
    assert len(first.groupby(["model", "seed", "layer"])) == 2 * 2 * 3


def test_the_table_of_a_study_tells_planes_that_show_the_hidden_space_from_those_that_do_not(place):
    activations = {model: place / f"{model}.h5" for model in "ab"}
    grids = {("umap", "equal", 4): place / "cells.parquet"}
    measure_faithfulness(activations, grids, place / "m.parquet", pooling="mean", seed=0)
    places = [{"space": "both", "corpus": "c", "pooling": "mean"}]
    collect_faithfulness([place / "m.parquet"], place / "f.tsv", places=places, controls={"a": ["b"], "b": []})
    table = store.read_tsv(place / "f.tsv").set_index("model")
    whole = table[table["layer"].isna()]
    # Half of its planes, those of seed 0, are cut along the angle that cosine sees.
    assert 0.15 < float(whole.loc["a", "same_effect"]) < 0.4
    assert abs(float(whole.loc["b", "same_effect"])) < 0.05
    assert float(whole.loc["a", "control_mean"]) == pytest.approx(float(whole.loc["b", "same_effect"]), abs=1e-9)
    assert whole.loc["a", "note"].startswith(
        "keeps more of its neighbourhoods than its control does of its own: where labels"
    )
    assert set(table["space"]) == {"both"}
    assert set(table["seeds"]) == {"2"}
