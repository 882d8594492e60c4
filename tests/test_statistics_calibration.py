"""Label tests on cells of known truth: they find nothing too often where there is nothing, and find what is planted."""

from functools import partial

import numpy as np
import pandas as pd
import planted
import pytest

from nrag.statistics import closed_forms, label_tests, separation

pytestmark = pytest.mark.slow

DRAWS = 200
OVERALL = -1
WAY, DOCUMENTS, WEIGHTS = separation.example()
METRICS = {
    *label_tests.OF_SHARES,
    *label_tests.OF_COUNTS,
    *label_tests.OF_COMMUNITIES,
    *closed_forms.graph_metrics(WAY, WEIGHTS[0], DOCUMENTS[0]),
    *closed_forms.layer_metrics(WAY, WEIGHTS[0], DOCUMENTS[0]),
}


@pytest.fixture(autouse=True)
def _fewer_matchings(monkeypatch):
    # Matching is the same for every permutation, however many draws its values are averaged over: three save minutes.
    monkeypatch.setattr(label_tests, "DRAWS", 3)


@pytest.mark.parametrize("name", planted.NULLS)
def test_no_test_finds_more_than_chance_where_labels_say_nothing(name):
    p = planted.p_values(planted.NULLS[name], DRAWS)
    counted = planted.rejected(p)
    too_often = counted[counted["found"] > counted["most"]]
    assert too_often.empty, f"{too_often}"
    # Every statistic was put to the test, and defined often enough for it to mean something.
    assert set(p.index.get_level_values("metric")) == METRICS
    assert (counted["draws"] > DRAWS / 2).groupby(level="metric").any().all()
    # Nor is any test blind: of those with many values, p of 1/2 or less comes up about as often as it should.
    headline = p.loc[("edge_total_variation", OVERALL)]
    assert 0.35 < (headline <= 0.5).mean() < 0.65


# What is ignored must show, or the calibration above shows nothing.
@pytest.mark.parametrize(
    "make",
    [partial(planted.strata, stratified=False), partial(planted.groups, largest=16, whole=False)],
    ids=["length", "groups"],
)
def test_what_strata_and_groups_are_for_shows_without_them(make):
    p = planted.p_values(make, 60)
    counted = planted.rejected(p).xs(OVERALL, level="layer")
    for name in label_tests.OF_SHARES:
        assert counted["found"][name] > counted["most"][name], name


def test_of_a_length_that_labels_follow_within_fifths_too_little_is_left_with_them():
    plain, stratified = (
        planted.rejected(planted.p_values(partial(planted.by_length, stratified=stratified), 40))
        for stratified in (False, True)
    )
    for name in label_tests.OF_SHARES:
        assert plain["found"][name, OVERALL] > 20, name
        assert stratified["found"][name, OVERALL] <= stratified["most"][name, OVERALL], name


SEEN = {
    "random labels": set(),
    "elsewhere in all layers": {"region_divergence", "label_information"},
    "elsewhere in one layer": {*label_tests.OF_SHARES},
    "closer together": {*label_tests.OF_SHARES, *label_tests.OF_COUNTS, "regions", "effective_edges", "density"},
    "other pairs of regions": {"edge_total_variation", "edge_jaccard_distance"},
    "other pairs, layers shuffled": set(),
}
"""What must be found in nine of ten cases at least."""

UNSEEN = {
    "random labels": {*label_tests.OF_SHARES, *label_tests.OF_COUNTS, "regions", "effective_edges", "density"},
    "elsewhere in all layers": {"center_of_strength"},
    "elsewhere in one layer": {"center_of_mass"},
    "closer together": set(),
    "other pairs of regions": {"region_divergence", "label_information", *label_tests.OF_COUNTS, "regions", "edges"},
    "other pairs, layers shuffled": {*label_tests.OF_SHARES, *label_tests.OF_COUNTS, "regions"},
}
"""What must not be found more often than chance has it."""


@pytest.fixture(scope="module")
def table():
    return {name: planted.rejected(planted.p_values(make, 30)) for name, make in planted.TRUTHS.items()}


@pytest.mark.parametrize("name", planted.TRUTHS)
def test_each_statistic_sees_what_it_is_for_and_nothing_else(table, name):
    counted = table[name].xs(OVERALL, level="layer")
    for metric in SEEN[name]:
        assert counted["found"][metric] >= 27, metric
    for metric in UNSEEN[name]:
        assert counted["found"][metric] <= counted["most"][metric], metric


def test_a_shortcut_is_found_in_its_layer_and_on_the_edges_next_to_it(table):
    counted = table["elsewhere in one layer"]
    regions, edges = (counted.loc[name] for name in ("region_divergence", "edge_total_variation"))
    assert regions["found"][2] == 30
    assert (regions["found"] <= regions["most"])[[0, 1, 3, 4]].all()
    assert (edges["found"] >= 20)[[1, 2]].all()
    assert (edges["found"] <= edges["most"])[[0, 3]].all()


def mean_effects(shift):
    """Mean effect of every separation in ten cases, a row each, those of `shared_regions` turned."""
    cases = [planted.table_of(planted.shifted(np.random.default_rng(seed), shift)) for seed in range(10)]
    effects = pd.concat([table["effect"] for table in cases], axis=1).mean(axis=1).unstack("layer")
    turned = np.where(effects.index == "shared_regions", -1, 1)
    return effects.mul(turned, axis=0).loc[[*label_tests.OF_SHARES, *label_tests.OF_COUNTS]]


def test_effects_of_separations_keep_the_order_of_what_is_planted():
    effects = np.stack([mean_effects(shift)[OVERALL] for shift in (0, 0.75, 1.5, 2.25)])
    assert (np.diff(effects, axis=0) > 0).all()


def test_effects_of_layers_keep_the_order_of_what_is_planted():
    by_layer = mean_effects([0, 1.5, 3, 2.25, 0.75]).drop(columns=OVERALL)
    of_regions = by_layer.dropna(axis=0)[[0, 4, 1, 3, 2]]
    assert len(of_regions) == 4
    assert (np.diff(of_regions, axis=1) > 0).all()
    # Edges leave a layer and enter the next: those that leave layer 1 or 2 join the two layers farthest apart.
    of_edges = by_layer[by_layer[4].isna()]
    assert len(of_edges) == 2
    assert (of_edges[[1, 2]].min(axis=1) > of_edges[[0, 3]].max(axis=1)).all()
