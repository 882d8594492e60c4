"""Agreement of regions, and statistics under other choices: against what is computed one at a time elsewhere."""

import numpy as np
import pandas as pd
import planted
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from nrag import contracts, store
from nrag.compared import Documents
from nrag.statistics import label_tests
from nrag.statistics.agreement import agreement
from nrag.statistics.factors import REFERENCE
from nrag.statistics.permutations import Design
from nrag.statistics.variants import Place, factor_between, table_of, varied

DRAW = np.random.default_rng(11)
MEAN_PCA = Place("mean", "pca", "equal", 3)


# ------------------------------------------------------------------ agreement


@pytest.mark.parametrize(("kinds", "others", "documents"), [(3, 3, 30), (2, 12, 40), (20, 20, 60), (1, 5, 20)])
def test_agreement_is_scikit_learns_adjusted_mutual_information(kinds, others, documents):
    first, second = DRAW.integers(0, kinds, (4, documents)), DRAW.integers(0, others, (4, documents))
    second[0] = first[0] if kinds > 1 else second[0]
    expected = [adjusted_mutual_info_score(*pair) for pair in zip(first, second, strict=True)]
    assert agreement(first, second) == pytest.approx(expected, abs=1e-9)


def test_agreement_knows_no_names_of_regions_and_no_first_and_second():
    first, second = DRAW.integers(0, 4, (2, 30)), DRAW.integers(0, 6, (2, 30))
    renamed = np.array([907, 3, 55, 12])[first]
    assert agreement(renamed, second) == pytest.approx(agreement(first, second))
    assert agreement(second, first) == pytest.approx(agreement(first, second))
    assert agreement(first, renamed) == pytest.approx([1, 1])


def test_where_neither_division_says_anything_agreement_is_undefined():
    together, alone = np.zeros((1, 6), int), np.arange(6)[None]
    assert np.isnan(agreement(together, together)).all()
    assert np.isnan(agreement(alone, alone)).all()
    assert agreement(together, np.array([[0, 0, 0, 1, 1, 1]])) == pytest.approx([0])


def test_agreement_of_unrelated_regions_is_about_nothing():
    found = agreement(DRAW.integers(0, 40, (60, 300)), DRAW.integers(0, 40, (60, 300)))
    assert abs(found.mean()) < 3 * found.std(ddof=1) / np.sqrt(len(found))


# ------------------------------------------------------------------ values


def observed_of(planes, documents, size):
    """The observed values of the tests, which compute them beside their permutations."""
    design = Design(
        documents.labels.astype(np.int8), np.zeros(len(documents.rows), int), np.arange(len(documents.rows))
    )
    asked = label_tests.Asked(3, 3, seed=4)
    table = label_tests.label_tests(planes, documents, design, size=size, asked=asked)
    # Communities are no closed form of counts, and are not varied.
    table = table[table["metric"] != "community_information"]
    layer = table["layer"].astype("Int16").fillna(-1).astype(int)
    return dict(zip(zip(table["test"], table["metric"], layer, strict=True), table["observed"], strict=True))


def values_of(found):
    return {
        (*statistic, place - 1): value
        for statistic, values in found.items()
        for place, value in enumerate(values)
        if not np.isnan(value)
    }


def case(sizes, seeds):
    generator = np.random.default_rng(2)
    labels = planted.labels_of(sizes, generator)
    planes = planted.walks(generator, 0.8 * labels, layers=3, size=3, seeds=seeds)
    # Documents 3 and 7 of the corpus belong to no label.
    rows = np.setdiff1d(np.arange(len(labels)), [3, 7])
    return planes, Documents(rows, tuple("abc"[: len(sizes)]), labels[rows])


@pytest.mark.parametrize("sizes", [(15, 15), (10, 20), (9, 12, 14)])
def test_values_are_those_that_are_tested_of_all_seeds_each_seed_and_each_shift(sizes):
    planes, documents = case(sizes, seeds=3)
    moved = {key: np.minimum(plane + 1, 3) for key, plane in planes.items()}
    found = varied(planes, {"x": moved}, {"pair": documents}, size=3, seed=4).values["pair", "model"]
    assert set(found) == {REFERENCE, ("seed", "0"), ("seed", "1"), ("seed", "2"), ("shift", "x")}
    assert values_of(found[REFERENCE]) == pytest.approx(observed_of(planes, documents, 3))
    assert values_of(found["shift", "x"]) == pytest.approx(observed_of(moved, documents, 4))
    for seed in range(3):
        alone = {("model", seed): planes["model", seed]}
        assert values_of(found["seed", str(seed)]) == pytest.approx(observed_of(alone, documents, 3))


def test_one_seed_is_no_variant_of_itself():
    planes, documents = case((15, 15), seeds=1)
    found = varied(planes, {}, {"pair": documents}, size=3, seed=0)
    assert set(found.values["pair", "model"]) == {REFERENCE}
    assert found.agreement == {"model": {}}


def test_regions_agree_with_those_of_the_first_seed():
    planes, documents = case((15, 15), seeds=2)
    moved = {key: plane[:, ::-1] for key, plane in planes.items()}
    found = varied(planes, {"y": moved}, {"pair": documents}, size=3, seed=0).agreement["model"]
    codes = {name: plane[..., 0] * 3 + plane[..., 1] for name, plane in planes.items()}
    expected = [adjusted_mutual_info_score(*pair) for pair in zip(codes["model", 0], codes["model", 1], strict=True)]
    assert found["seed", "1"] == pytest.approx(expected)
    turned = [adjusted_mutual_info_score(layer, layer[::-1]) for layer in codes["model", 0]]
    assert found["shift", "y"] == pytest.approx(turned)


# ------------------------------------------------------------------ the table


def places_of(*places):
    planes, documents = case((15, 15), seeds=1)
    found = {}
    for number, place in enumerate(places):
        own = {key: np.roll(plane, number, axis=1) for key, plane in planes.items()}
        found[place] = varied(own, {}, {"pair": documents}, size=3, seed=0)
    return found


def test_a_place_is_held_against_those_that_differ_in_one_choice():
    near = {
        "pooling": MEAN_PCA._replace(pooling="last"),
        "reduction": MEAN_PCA._replace(reduction="umap"),
        "bins": MEAN_PCA._replace(bins="quantile"),
        "size": MEAN_PCA._replace(size=5),
    }
    far = MEAN_PCA._replace(pooling="last", size=5)
    places = places_of(MEAN_PCA, *near.values(), far)
    table = table_of(places, labellings={"pair": "area"})
    own = table[(table["reduction"] == "pca") & (table["pooling"] == "mean") & (table["bins"] == "equal")]
    own = own[own["size"] == 3]
    named = {factor: str(getattr(place, factor)) for factor, place in near.items()}
    compared = own[own["comparison"] == "pair"]
    assert dict(zip(compared["factor"], compared["variant"], strict=True)) == named | {"reference": ""}
    divergence = own[(own["metric"] == "region_divergence") & own["layer"].isna()].set_index("factor")["value"]
    for factor, place in near.items():
        there = places[place].values["pair", "model"][REFERENCE]["separation", "region_divergence"]
        assert divergence[factor] == there[0]
        codes = places[MEAN_PCA].regions["model"], places[place].regions["model"]
        agreed = own[(own["test"] == "agreement") & (own["factor"] == factor)].set_index("layer")["value"]
        assert agreed.loc[[0, 1, 2]].tolist() == pytest.approx(agreement(*codes).tolist())
        assert agreed[agreed.index.isna()].item() == pytest.approx(agreement(*codes).mean())
    assert factor_between(MEAN_PCA, far) is None
    assert factor_between(MEAN_PCA, MEAN_PCA) is None
    assert set(table.loc[table["test"] == "agreement", ["comparison", "labelling"]].stack()) == {""}


def test_the_table_fits_its_contract_in_any_order_of_places_and_leaves_out_what_is_undefined(tmp_path):
    first = MEAN_PCA, MEAN_PCA._replace(size=5)
    tables = []
    for places in (first, first[::-1]):
        found = places_of(*first)
        tables.append(table_of({place: found[place] for place in places}, labellings={"pair": "area"}))
        provenance = {"software": {}, "parameters": {}, "inputs": {}}
        store.write_table(tmp_path / "v.parquet", tables[-1], contracts.VARIANTS, provenance=provenance)
    pd.testing.assert_frame_equal(*tables)
    # Of the last layer no edge leaves, and `effective_regions` is of layers alone.
    assert set(tables[0].loc[tables[0]["metric"] == "edge_total_variation", "layer"].dropna()) == {0, 1}
    assert tables[0].loc[tables[0]["metric"] == "effective_regions", "layer"].notna().all()
    assert tables[0]["value"].notna().all()


def test_a_value_that_a_variant_alone_has_is_kept_beside_what_is_undefined():
    planes, documents = case((15, 15), seeds=1)
    together = {key: np.zeros_like(plane) for key, plane in planes.items()}
    places = {
        place: varied(of, {}, {"pair": documents}, size=3, seed=0)
        for place, of in ((MEAN_PCA, together), (MEAN_PCA._replace(size=5), planes))
    }
    table = table_of(places, labellings={"pair": "area"})
    found = table[(table["metric"] == "var_strength") & (table["size"] == 3) & (table["layer"] == 0)]
    assert found.set_index("factor")["value"].isna().to_dict() == {"reference": True, "size": False}


def test_without_comparisons_regions_are_held_against_each_other_all_the_same():
    planes, _ = case((15, 15), seeds=2)
    table = table_of({MEAN_PCA: varied(planes, {}, {}, size=3, seed=0)}, labellings={})
    assert set(table["test"]) == {"agreement"}
    assert set(table["factor"]) == {"seed"}
