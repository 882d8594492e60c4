"""Metrics that take an NRAG for every subset of the documents: against each one's own NRAG, and on planted truths."""

import re

import numpy as np
import planted
import pytest

from nrag import metrics
from nrag.graphs import incidence_of
from nrag.statistics import closed_forms, costly, label_tests, separation

OVERALL = -1
LEFT_OUT = {"even_average_shortest_path", "odd_average_shortest_path"}


def plane_of(*, layers=5, documents=60, size=4, seed=0):
    """Random cells, crowded towards a corner."""
    return (size * np.random.default_rng(seed).random((layers, documents, 2)) ** 2).astype(np.int16)


def chosen_of(documents, columns=8, seed=1):
    """Random subsets; the first has all documents, the second none, the third one, the fourth two."""
    generator = np.random.default_rng(seed)
    chosen = generator.random((documents, columns)) < generator.random(columns)
    chosen[:, 0], chosen[:, 1], chosen[:, 2], chosen[:, 3] = True, False, False, False
    chosen[0, 2] = chosen[:2, 3] = True
    return chosen


def measured(plane, chosen, *, size=4, sources=None):
    incidence = incidence_of(plane, size=size)
    return costly.costly_metrics(incidence, incidence.weights(chosen), incidence.documents(chosen), sources=sources)


# ------------------------------------------------------------------ the metrics of many subsets


def test_every_metric_of_a_graph_is_a_closed_form_or_costly_or_left_out():
    way, documents, weights = separation.example()
    closed = set(closed_forms.graph_metrics(way, weights[0], documents[0]))
    assert closed.isdisjoint(costly.COSTLY)
    assert closed | set(costly.COSTLY) | LEFT_OUT == set(metrics.METRICS["graph"])
    assert len(set(costly.COSTLY)) == len(costly.COSTLY)
    assert LEFT_OUT.isdisjoint(costly.COSTLY)


@pytest.mark.parametrize("sources", [None, 5])
@pytest.mark.parametrize("layers", [1, 2, 5])
def test_a_column_s_metrics_are_those_of_the_nrag_of_its_documents_alone(layers, sources):
    plane, chosen = plane_of(layers=layers), chosen_of(60)
    found = measured(plane, chosen, sources=sources)
    assert set(found) == set(costly.COSTLY)
    for column, own in enumerate(chosen.T):
        nrag = incidence_of(plane, size=4, documents=np.flatnonzero(own)).nrag()
        for name in costly.COSTLY:
            if not own.any():
                assert np.isnan(found[name][column]), name
                continue
            options = {"sources": sources} if ("graph", name) in metrics.POPULATIONS else {}
            expected = metrics.METRICS["graph"][name](nrag, **options)
            np.testing.assert_equal(found[name][column], expected, err_msg=name)


def test_drawn_sources_change_what_follows_paths_and_nothing_else():
    plane, chosen = plane_of(documents=40, size=10), chosen_of(40)
    every, few = (measured(plane, chosen, size=10, sources=number) for number in (None, 5))
    other = {name for name in every if not np.array_equal(every[name], few[name], equal_nan=True)}
    assert other == {name for level, name in metrics.POPULATIONS if level == "graph"} - LEFT_OUT


# ------------------------------------------------------------------ what communities tell of labels


def test_what_communities_tell_is_the_metric_of_the_labelling():
    plane, chosen = plane_of(documents=90), np.random.default_rng(3).integers(0, 3, (90, 5))
    incidence = incidence_of(plane, size=4)
    counts = np.stack([incidence.documents(chosen == label) for label in range(3)])
    community = costly.communities_by_region(incidence, incidence)
    found = costly.community_information(community, counts)
    for column, labels in enumerate(chosen.T):
        parts = [incidence_of(plane, size=4, documents=np.flatnonzero(labels == label)).nrag() for label in range(3)]
        expected = metrics.communities.community_information(incidence.nrag(), parts)
        assert found[column] == pytest.approx(expected, abs=1e-12)


def test_communities_are_those_of_all_documents_of_the_corpus():
    plane, rows = plane_of(documents=90), np.arange(0, 90, 4)
    whole, some = incidence_of(plane, size=4), incidence_of(plane, size=4, documents=rows)
    of_all = dict(zip(whole.codes.tolist(), metrics.communities.communities_of(whole.nrag()).tolist(), strict=True))
    found = costly.communities_by_region(whole, some)
    assert found.tolist() == [of_all[code] for code in some.codes.tolist()]
    assert len(some.codes) < len(whole.codes)


def test_communities_tell_everything_nothing_or_are_undefined():
    counts = np.array(
        [
            [[5, 1, 2, 0], [0, 1, 2, 0]],
            [[0, 1, 3, 2], [5, 1, 3, 2]],
        ]
    )
    found = costly.community_information(np.array([0, 1]), counts)
    assert found[:3] == pytest.approx([1, 0, 0], abs=1e-12)
    assert np.isnan(found[3])


# ------------------------------------------------------------------ the tests of them


def table_of(made, **asked):
    return planted.table_of(made, permutations=19, **{"permutations_costly": 99} | asked)


def test_strands_show_in_communities_and_paths_though_regions_are_the_same():
    table = table_of(planted.strands(np.random.default_rng(0))).xs(OVERALL, level="layer")
    assert table["observed"]["regions"] == 0
    assert table["observed"]["modularity"] > 0
    assert table["observed"]["reachable_pairs"] < 0
    assert table["p"][["modularity", "reachable_pairs"]].tolist() == [0.01, 0.01]
    assert table["permutations"]["modularity"] == 99
    assert table["side"]["modularity"] == "two-sided"


def test_a_bottleneck_shows_in_how_central_one_region_is():
    table = table_of(planted.bottleneck(np.random.default_rng(0))).xs(OVERALL, level="layer")
    assert table["observed"]["betweenness_centralization"] < table["null_mean"]["betweenness_centralization"] - 0.005
    assert table["p"]["betweenness_centralization"] == 0.01


def test_swapped_labels_turn_every_difference_and_leave_p():
    made = planted.strands(np.random.default_rng(1))
    names = made.documents.names
    other = planted.case(made.planes, 1 - made.documents.labels, size=made.size, names=names)
    one, two = (table_of(each, permutations_costly=19).xs(OVERALL, level="layer") for each in (made, other))
    of_costly = one.index.intersection(costly.COSTLY)
    assert len(of_costly) > 20
    np.testing.assert_allclose(one["observed"][of_costly], -two["observed"][of_costly], atol=1e-12)
    np.testing.assert_allclose(one["effect"][of_costly], -two["effect"][of_costly], atol=1e-12)
    assert one["p"][of_costly].tolist() == two["p"][of_costly].tolist()


def test_without_permutations_of_their_own_there_are_no_such_tests():
    made = planted.moved(0.5)
    some, none = (table_of(made, permutations_costly=number) for number in (19, 0))
    assert set(some.index.get_level_values("metric")) - set(none.index.get_level_values("metric")) <= {*costly.COSTLY}
    assert set(none.index.get_level_values("metric")).isdisjoint(costly.COSTLY)
    assert some.loc[none.index].equals(none)
    assert "modularity" in some.index


def test_how_many_permutations_go_together_makes_no_difference_to_what_is_observed(monkeypatch):
    made = planted.equal(np.random.default_rng(2))
    whole = table_of(made, permutations_costly=25)
    monkeypatch.setattr(label_tests, "_TOGETHER", 10)
    parts = table_of(made, permutations_costly=25)
    of_costly = whole.index.get_level_values("metric").isin(costly.COSTLY)
    np.testing.assert_array_equal(whole["observed"][of_costly], parts["observed"][of_costly])
    assert (parts["permutations"][of_costly & whole["note"].isna()] == 25).all()


def test_notes_say_that_one_choice_of_documents_was_taken_and_how_many_regions_paths_start_from():
    made = planted.unequal(np.random.default_rng(2))
    table = table_of(made, permutations_costly=19, sources=4)["note"].fillna("").xs(OVERALL, level="layer")
    equal = table_of(planted.equal(np.random.default_rng(2)), permutations_costly=19)["note"].fillna("")
    assert "of one choice of documents" in table["modularity"]
    assert "regions" not in table["modularity"]
    assert re.search("of one choice of documents; paths and triangles from at most 4 regions", table["reachable_pairs"])
    assert "choice" not in table["mean_degree"]
    assert not equal.str.contains("choice|at most").any()


def test_a_label_that_may_lose_all_documents_has_undefined_permutations():
    """A large and a small unit swap labels: dealt the other way, sizes are turned, and matching keeps one of each."""
    unit = np.array([0] * 9 + [1])
    made = planted.case({("model", 0): plane_of(documents=10)}, (unit == 1).astype(int), size=4, unit=unit)
    table = table_of(made, permutations_costly=19).xs(OVERALL, level="layer")
    assert (table["matched"][["modularity", "communities"]] == 1).all()
    # Of one document each: one way through the layers, as long as any other.
    assert table["observed"][["communities", "reachable_pairs"]].tolist() == [0, 0]
    assert (table["p"][["communities", "reachable_pairs"]] == 1).all()
    assert table["note"]["communities"].startswith("the same in every permutation; of one choice of documents")


# ------------------------------------------------------------------ how often they find something


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["labels of unequal size", "three labels", "groups of one label", "strata, groups, three labels, two seeds"],
)
def test_no_test_finds_more_than_chance_where_labels_say_nothing(name):
    p = planted.p_values(planted.NULLS[name], 100, permutations=19, permutations_costly=19).xs(OVERALL, level="layer")
    of_costly = p.loc[p.index.isin(costly.COSTLY)]
    # p is a multiple of 1/20: at most 0.1 in one case of ten.
    counted = planted.rejected(of_costly, level=0.1 + 1e-9)
    too_often = counted[counted["found"] > counted["most"]]
    assert too_often.empty, f"{too_often}"
    assert set(of_costly.index) == set(costly.COSTLY)
    always = ["average_shortest_path", "betweenness_centralization", "communities", "modularity", "reachable_pairs"]
    assert (counted["draws"][always] > 50).all()
    # Nor is any of these blind: p of a half or less comes up about as often as it should.
    assert 0.3 < (p.loc["average_shortest_path"] <= 0.5).mean() < 0.7


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "seen"),
    [(planted.strands, {"modularity", "reachable_pairs"}), (planted.bottleneck, {"betweenness_centralization"})],
    ids=["strands", "bottleneck"],
)
def test_what_is_planted_is_found_in_nine_cases_of_ten(make, seen):
    p = planted.p_values(make, 20, permutations=19, permutations_costly=39).xs(OVERALL, level="layer")
    for name in seen:
        assert (p.loc[name] <= 0.05).sum() >= 18, (name, p.loc[name].tolist())
