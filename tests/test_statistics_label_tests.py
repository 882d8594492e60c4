"""Every test of a comparison: against plain definitions, and on cells whose truth is known."""

import json
from collections import Counter
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import planted
import pytest
from sklearn.metrics import adjusted_mutual_info_score, mutual_info_score

from nrag.compared import Documents
from nrag.graphs import edges_of, nrags_of
from nrag.metrics import METRICS, communities
from nrag.statistics import costly, label_tests
from nrag.statistics.matching import choices
from nrag.statistics.permutations import Design, permuted

OVERALL = -1
NUMBERS = ["observed", "null_mean", "null_sd", "effect", "z", "p"]
SEPARATIONS = [*label_tests.OF_SHARES, *label_tests.OF_COUNTS, *label_tests.OF_COMMUNITIES]


def table_of(made, **asked):
    return planted.table_of(made, **asked)


def case_of(sizes, *, seeds=1, push=0.0, layers=3, seed=0):
    generator = np.random.default_rng(seed)
    labels = planted.labels_of(sizes, generator)
    return planted.case(planted.walks(generator, push * labels, layers=layers, size=3, seeds=seeds), labels, size=3)


# ------------------------------------------------------------------ the plain definition


def slow_separations(plane, labels):
    """Separations by shares: of every layer's regions and edges, counted one document at a time."""
    regions = [[tuple(cell) for cell in layer.tolist()] for layer in plane]
    edges = [list(zip(here, there, strict=True)) for here, there in pairwise(regions)]
    kinds = sorted(set(labels))

    def shares(places):
        of_kinds = [Counter(place for place, label in zip(places, labels, strict=True) if label == k) for k in kinds]
        return [{place: counts[place] / counts.total() for place in set(places)} for counts in of_kinds]

    def entropy(of_places):
        return -sum(p * np.log2(p) for p in of_places.values() if p)

    def divergence(places):
        each = shares(places)
        middle = {place: np.mean([one[place] for one in each]) for place in each[0]}
        return entropy(middle) - np.mean([entropy(one) for one in each])

    def variation(places):
        each = shares(places)
        pairs = [(a, b) for i, a in enumerate(each) for b in each[i + 1 :]]
        return np.mean([sum(abs(a[place] - b[place]) for place in a) / 2 for a, b in pairs])

    def extremes(places):
        each = shares(places)
        return [sum(of(one[place] for one in each) for place in each[0]) for of in (min, max)]

    found = {
        "region_divergence": [divergence(layer) for layer in regions],
        "label_information": [adjusted_mutual_info_score(labels, [str(cell) for cell in layer]) for layer in regions],
        "edge_total_variation": [variation(layer) for layer in edges],
    }
    found = {(name, layer): value for name, values in found.items() for layer, value in enumerate(values)} | {
        (name, OVERALL): np.mean(values) for name, values in found.items()
    }
    sums = np.array([extremes(layer) for layer in edges])
    found |= {("edge_jaccard_distance", layer): 1 - least / most for layer, (least, most) in enumerate(sums)}
    return found | {("edge_jaccard_distance", OVERALL): 1 - sums[:, 0].sum() / sums[:, 1].sum()}


def slow_communities(plane, rows, labels, size):
    """What the communities of all documents of the corpus tell of the labels of some of them."""
    cells = cells_of(plane)
    whole = nrags_of(edges_of(cells, {}), cells, size=size)["m", 0, "", ""]
    places = zip(whole.layer.tolist(), whole.x.tolist(), whole.y.tolist(), strict=True)
    community = dict(zip(places, communities.communities_of(whole).tolist(), strict=True))
    passed = [[community[layer, *cell] for cell in plane[layer, rows].tolist()] for layer in range(len(plane))]
    told = mutual_info_score(np.ravel(passed), np.tile(labels, len(plane))) / np.log(2)
    return {("community_information", OVERALL): told}


def cells_of(plane):
    layers, documents, _ = plane.shape
    return pd.DataFrame(
        {
            "model": pd.array(["m"] * layers * documents, dtype="str"),
            "seed": np.int16(0),
            "layer": np.repeat(np.arange(layers, dtype=np.int16), documents),
            "document": np.tile(np.arange(documents, dtype=np.int32), layers),
            "x": plane[..., 0].ravel(),
            "y": plane[..., 1].ravel(),
        }
    )


def slow_counts(plane, labels, names, kept, size):
    """Separations and metrics that count documents: of the NRAGs of the kept documents, rebuilt from their cells."""
    layers, cells = len(plane), cells_of(plane)
    column = [names[label] if keep else None for label, keep in zip(labels, kept, strict=True)]
    nrags = nrags_of(edges_of(cells, {"kind": column}), cells, size=size)
    graphs = [nrags["m", 0, "kind", name] for name in names]
    found = {}
    occupied = [[set(graph.codes[graph.layer == layer].tolist()) for graph in graphs] for layer in range(layers)]
    tallies = [Counter(Counter(code for each in sets for code in each).values()) for sets in occupied]
    for name, number in (("exclusive_regions", 1), ("shared_regions", len(names))):
        found |= {(name, layer): tally[number] / tally.total() for layer, tally in enumerate(tallies)}
        found[name, OVERALL] = sum(tally[number] for tally in tallies) / sum(tally.total() for tally in tallies)
    spread = (lambda a, b: a - b) if len(names) == 2 else (lambda *values: np.max(values) - np.min(values))
    with np.errstate(invalid="ignore", divide="ignore"):
        for name, measure in METRICS["layer"].items():
            by_label = [measure(graph) for graph in graphs]
            found |= {(name, layer): spread(*values) for layer, values in enumerate(zip(*by_label, strict=True))}
        for name, measure in METRICS["graph"].items():
            found[name, OVERALL] = spread(*(measure(graph) for graph in graphs))
    return found


def slow_values(made, dealings, orders):
    """Every statistic of every dealing, one after the other; several seeds and draws by their mean."""
    columns = []
    for labels in dealings.T.tolist():
        of_seeds = []
        for whole in made.planes.values():
            plane = whole[:, made.documents.rows]
            of_draws = []
            least = min(Counter(labels).values())
            for order in orders:
                taken, kept = Counter(), [False] * len(labels)
                for document in order.tolist():
                    kept[document] = taken[labels[document]] < least
                    taken[labels[document]] += 1
                of_draws.append(slow_counts(plane, labels, made.documents.names, kept, made.size))
            shares = slow_separations(plane, labels)
            shares |= slow_communities(whole, made.documents.rows, labels, made.size)
            of_seeds.append(shares | pd.DataFrame(of_draws).mean(skipna=False).to_dict())
        columns.append(pd.DataFrame(of_seeds).mean(skipna=False))
    values = pd.concat(columns, axis=1)
    return dict(zip(values.index, values.to_numpy(), strict=True))


def slow_p(values, side):
    around = {"larger": values, "smaller": -values, "two-sided": abs(values - np.mean(values))}[side]
    return np.mean(around >= around[0] - 1e-9)


def everything():
    return planted.everything(np.random.default_rng(4))


def some_of_a_corpus():
    """Two of three labels: the documents of the third take no part, wherever they lie."""
    made = case_of((7, 11, 9), seeds=2)
    rows = np.flatnonzero(made.documents.labels < 2)
    labels = made.documents.labels[rows]
    documents = Documents(rows, ("A", "B"), labels)
    return made._replace(documents=documents, design=Design(labels.astype(np.int8), labels * 0, np.arange(len(rows))))


def equal_until_dealt():
    """Groups of unequal size make labels of equal size, but hardly again when they are dealt anew."""
    unit = np.repeat(np.arange(8), [1, 5, 2, 4, 3, 3, 1, 5])
    labels = np.array([0, 0, 1, 1, 0, 0, 1, 1])[unit]
    planes = planted.walks(np.random.default_rng(6), np.zeros(24), layers=3, size=3)
    return planted.case(planes, labels, size=3, unit=unit)


CASES = {
    "two labels": partial(case_of, (9, 9)),
    "equal until dealt": equal_until_dealt,
    "unequal": partial(case_of, (6, 13), seeds=2),
    "three labels": partial(case_of, (5, 7, 8)),
    "some of a corpus": some_of_a_corpus,
    "strata, groups, three labels, two seeds": everything,
}


LEFT_OUT = ("even_average_shortest_path", "odd_average_shortest_path")
"""Metrics that are not tested, see docs/statistics.md."""


@pytest.mark.parametrize("name", CASES)
def test_every_test_is_what_its_plain_definition_says(name, monkeypatch):
    monkeypatch.setattr(label_tests, "DRAWS", 3)
    made, seed = CASES[name](), 5
    found = table_of(made, permutations=7, permutations_costly=4, seed=seed)
    orders = choices(len(made.documents.rows), 3, seed)
    values = slow_values(made, permuted(made.design, 7, [seed, 0]), orders)
    # Of the metrics that take long one choice of documents, and fewer dealings.
    few = slow_values(made, permuted(made.design, 4, [seed, 0]), orders[:1])
    values |= {key: each for key, each in few.items() if key[0] in costly.COSTLY}
    values = {key: each for key, each in values.items() if key[0] not in LEFT_OUT}
    for key, row in found.iterrows():
        expected = values[key]
        assert row["observed"] == pytest.approx(expected[0], abs=1e-9, nan_ok=True), key
        if np.isfinite(expected).all():
            assert row["null_mean"] == pytest.approx(expected[1:].mean(), abs=1e-9), key
            assert row["null_sd"] == pytest.approx(expected[1:].std(ddof=1), abs=1e-9), key
            assert row["p"] == pytest.approx(slow_p(expected, row["side"])), key
            assert row["permutations"] == (4 if key[0] in costly.COSTLY else 7)
    # What there is has a row, undefined or not, and a row only once; from the last layer no edges leave.
    last = len(next(iter(made.planes.values()))) - 1
    none = [(name, last) for name in ("edges", "effective_edges", "density")]
    assert sorted(key for key in values if key not in none) == found.index.to_list()


# ------------------------------------------------------------------ what the table says


def test_sides_and_tests_are_those_of_the_statistics():
    two, three = (table_of(case_of(sizes), permutations=19) for sizes in ((8, 8), (6, 6, 6)))
    for table, test, side in ((two, "difference", "two-sided"), (three, "range", "larger")):
        of_metrics = table[~table.index.get_level_values("metric").isin(SEPARATIONS)]
        assert set(of_metrics["test"]) == {test}
        assert set(of_metrics["side"]) == {side}
        assert set(table.loc["shared_regions", "side"]) == {"smaller"}
        assert set(table.loc["region_divergence", "side"]) == {"larger"}


def test_labels_of_unequal_size_are_matched_where_documents_are_counted():
    table = table_of(case_of((6, 13)), permutations=19)
    of_all = [*label_tests.OF_SHARES, *label_tests.OF_COMMUNITIES]
    by_counts = ~table.index.get_level_values("metric").isin(of_all)
    assert (table["matched"][by_counts] == 6).all()
    assert table["matched"][~by_counts].isna().all()
    assert {tuple(json.loads(said).items()) for said in table["documents"]} == {(("A", 6), ("B", 13))}
    assert table_of(case_of((8, 8)), permutations=19)["matched"].isna().all()


def test_unequal_sizes_alone_make_no_difference_of_counts():
    table = table_of(case_of((15, 90)))
    assert abs(table["observed"]["regions", OVERALL]) < 3
    assert table["p"]["regions", OVERALL] > 0.05


@pytest.mark.parametrize("together", [4, 19, 256])
def test_the_observed_labels_count_once_however_many_permutations_are_looked_at_together(monkeypatch, together):
    monkeypatch.setattr(label_tests, "_TOGETHER", together)
    table = table_of(planted.moved(0.5), permutations=19)
    assert set(table["permutations"][table["observed"].notna()]) == {19}
    assert table["p"]["edge_total_variation", OVERALL] == 1 / 20
    assert table["p"]["region_divergence", OVERALL] == 1 / 20


def test_parts_of_the_permutations_are_not_the_same_ones_again(monkeypatch):
    monkeypatch.setattr(label_tests, "_TOGETHER", 10)
    made = case_of((10, 10))
    once, twice = (table_of(made, permutations=number)["null_sd"]["region_divergence", OVERALL] for number in (10, 20))
    assert once != pytest.approx(twice * np.sqrt(19 / 18), rel=1e-6)


@pytest.mark.parametrize("sizes", [(10, 10), (8, 5, 9)])
def test_one_hidden_state_is_tested_by_its_regions_alone_as_it_is_among_others(sizes):
    made = case_of(sizes, push=1.0, seeds=2)
    first = made._replace(planes={key: plane[:1] for key, plane in made.planes.items()})
    found, among = table_of(first, permutations=29), table_of(made, permutations=29)
    layers = {name: found.xs(name, level="metric").index.tolist() for name in found.index.unique("metric")}
    only_by_layer = {"occupancy", "effective_regions"}
    assert layers == {name: [0] if name in only_by_layer else [OVERALL, 0] for name in label_tests.OF_ONE_LAYER}
    for name in label_tests.OF_ONE_LAYER:
        for column in (*NUMBERS, "null_low", "null_high", "permutations"):
            assert found[column][name, 0] == pytest.approx(among[column][name, 0], nan_ok=True), (name, column)
            if name not in only_by_layer:
                assert found[column][name, OVERALL] == pytest.approx(found[column][name, 0], nan_ok=True)


def test_the_headline_alone_has_more_permutations():
    made = case_of((10, 10), push=1.0)
    table = label_tests.label_tests(
        made.planes, made.documents, made.design, size=3, asked=label_tests.Asked(19, 499, seed=1)
    )
    headline = (table["metric"] == label_tests.HEADLINE) & table["layer"].isna()
    assert headline.sum() == 1
    assert table["permutations"][headline].tolist() == [499]
    assert (table["permutations"][~headline] == 19).all()
    few = table_of(made, permutations=19, seed=1).loc[(label_tests.HEADLINE, OVERALL)]
    assert table["observed"][headline].item() == few["observed"]
    assert table["null_mean"][headline].item() == pytest.approx(few["null_mean"], abs=3 * few["null_sd"] / np.sqrt(19))


def test_what_limits_permutations_is_said_of_every_test():
    made = case_of((8, 8))
    stratum = made.documents.labels * (np.arange(16) > 7)
    stratum[:2] = 2
    limited = planted.case(made.planes, made.documents.labels, size=3, stratum=np.where(stratum > 0, 1, 0))
    lone = planted.case(made.planes, made.documents.labels, size=3, stratum=made.documents.labels)
    assert table_of(made, permutations=19)["note"].loc["region_divergence"].isna().all()
    table = table_of(lone, permutations=19)
    assert table["note"].str.contains("2 of 2 strata hold one label").all()
    assert table["note"].str.contains("p is 1").all()
    assert (table["p"].dropna() == 1).all()
    assert not table_of(limited, permutations=19)["note"].fillna("").str.contains("p is 1").any()


def test_models_have_rows_of_their_own_under_the_same_dealings():
    made = case_of((8, 8), seeds=2)
    both = {(model, seed): plane for (_, seed), plane in made.planes.items() for model in ("b", "a")}
    table = label_tests.label_tests(
        both, made.documents, made.design, size=3, asked=label_tests.Asked(19, 19, seed=1)
    ).set_index(["model", "metric", "layer"])
    assert list(table.index.get_level_values("model").unique()) == ["b", "a"]
    pd.testing.assert_frame_equal(table.loc["a"], table.loc["b"])
    assert (table["seeds"] == 2).all()


# ------------------------------------------------------------------ planted truths, fast


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_difference_of_known_size_is_found_and_has_that_size(share):
    table = table_of(planted.moved(share)).xs(OVERALL, level="layer")

    def entropy(p):
        return -p * np.log2(p) - (1 - p) * np.log2(1 - p)

    observed = table["observed"]
    assert observed["edge_total_variation"] == pytest.approx(share)
    assert observed["edge_jaccard_distance"] == pytest.approx(2 * share / (1 + share))
    assert observed["region_divergence"] == pytest.approx(entropy(share / 2) - entropy(share) / 2)
    assert (table["p"][list(label_tests.OF_SHARES)] == 1 / 200).all()
    # Each layer has two regions, of which label A has one.
    assert observed[["exclusive_regions", "shared_regions", "regions"]].tolist() == [0.5, 0.5, -3]
    assert (table["p"][list(label_tests.OF_COUNTS)] < 0.05).all()


def test_every_separation_finds_labels_that_lie_apart():
    generator = np.random.default_rng(1)
    table = table_of(planted.shifted(generator, 2.0)).xs(OVERALL, level="layer")
    assert (table["p"][SEPARATIONS] == 1 / 200).all()
    assert (table["effect"][list(label_tests.OF_SHARES)] > 0).all()
    assert table["effect"]["exclusive_regions"] > 0 > table["effect"]["shared_regions"]


@pytest.fixture
def one_matching(monkeypatch):
    """For tests that look at all documents only, which are not matched."""
    monkeypatch.setattr(label_tests, "DRAWS", 1)


def found(make, cases=12):
    """In how many cases each separation by shares has p below 0.05, and the binomial 99.9 % bound."""
    p = planted.p_values(make, cases, permutations=99).xs(OVERALL, level="layer")
    return planted.rejected(p.loc[list(label_tests.OF_SHARES)])


@pytest.mark.usefixtures("one_matching")
@pytest.mark.parametrize(
    ("ignored", "kept"),
    [
        (partial(planted.strata, documents=150, stratified=False), partial(planted.strata, documents=150)),
        (partial(planted.groups, largest=16, whole=False), partial(planted.groups, largest=16)),
    ],
    ids=["length", "groups"],
)
def test_what_is_no_effect_of_labels_shows_unless_permutations_keep_it(ignored, kept):
    without, within = found(ignored), found(kept)
    assert (without["found"] > without["most"]).all()
    assert (within["found"] <= within["most"]).all()


@pytest.mark.parametrize("texts", [False, True], ids=["free", "copies together"])
def test_the_same_documents_under_two_labels_are_at_the_floor(texts):
    table = table_of(planted.twice(np.random.default_rng(2), texts=texts))
    overall = table.xs(OVERALL, level="layer")
    floor = {"region_divergence": 0, "edge_total_variation": 0, "edge_jaccard_distance": 0, "exclusive_regions": 0}
    for name, value in (floor | {"shared_regions": 1}).items():
        assert overall["observed"][name] == pytest.approx(value, abs=1e-12), name
    assert overall["observed"]["label_information"] < 0
    assert (table["p"].loc[SEPARATIONS] == 1).all()
    differences = table.drop(index=SEPARATIONS, level="metric")
    assert (differences["observed"].dropna() == 0).all()
    assert (differences["p"].dropna() > 0.5).all()
    if texts:
        assert (table["p"].dropna() == 1).all()
        assert table["note"].str.contains("the same in every permutation").all()


# ------------------------------------------------------------------ what must not matter


@pytest.mark.parametrize("name", ["equal", "unequal", "groups"])
def test_the_order_of_two_labels_turns_the_signs_of_differences_and_nothing_else(name):
    made = getattr(planted, name)(np.random.default_rng(3))
    turned = planted.case(
        made.planes, 1 - made.documents.labels, size=3, stratum=made.design.stratum, unit=made.design.unit
    )
    table, other = table_of(made), table_of(turned)
    sign = np.where(table["test"] == "difference", -1, 1)
    for column in ("observed", "null_mean", "effect", "z"):
        np.testing.assert_allclose(other[column], sign * table[column], atol=1e-9, err_msg=column)
    for column in ("null_sd", "p", "permutations"):
        np.testing.assert_allclose(other[column], table[column], atol=1e-9, err_msg=column)
    assert other["matched"].equals(table["matched"])
    assert other["note"].equals(table["note"])


def test_axes_of_the_grid_may_be_swapped():
    made = case_of((8, 12), seeds=2, push=0.5)
    swapped = made._replace(planes={key: plane[..., ::-1] for key, plane in made.planes.items()})
    np.testing.assert_allclose(table_of(swapped)[NUMBERS], table_of(made)[NUMBERS], atol=1e-9)


def test_regions_do_not_need_the_order_of_layers():
    made = planted.one_layer(np.random.default_rng(5))
    order = [4, 2, 0, 1, 3]
    other = table_of(made._replace(planes={key: plane[order] for key, plane in made.planes.items()}))
    table = table_of(made)
    for name in ("region_divergence", "label_information", "exclusive_regions", "regions"):
        np.testing.assert_allclose(other.loc[(name, OVERALL), NUMBERS], table.loc[(name, OVERALL), NUMBERS], atol=1e-9)
        by_layer = table.loc[name].loc[order, NUMBERS]
        np.testing.assert_allclose(other.loc[name].loc[range(5), NUMBERS], by_layer, atol=1e-9)
    assert other["observed"]["edge_total_variation", OVERALL] != table["observed"]["edge_total_variation", OVERALL]


def test_the_order_of_documents_changes_no_value_and_p_by_chance_alone():
    made = case_of((15, 15), push=0.4, layers=4)
    order = np.random.default_rng(8).permutation(30)
    labels = made.documents.labels[order]
    shuffled = planted.case({key: plane[:, order] for key, plane in made.planes.items()}, labels, size=3)
    number = 999
    table, other = (table_of(each, permutations=number) for each in (made, shuffled))
    np.testing.assert_allclose(other["observed"], table["observed"], atol=1e-9)
    # Five standard errors of a mean and of a share, of two independent samples.
    error = 5 * np.sqrt(2 / number)
    assert (abs(other["null_mean"] - table["null_mean"]) <= error * table["null_sd"] + 1e-9).all()
    # Values on both sides of the mean may be equally far from it but for the chance in the mean: one-sided tests only.
    one, two = (each["p"].loc[SEPARATIONS] for each in (table, other))
    middle = (one + two) / 2
    assert (abs(one - two) <= error * np.sqrt(middle * (1 - middle)) + 1 / number).all()


def test_a_seed_gives_the_same_table_again_and_another_seed_other_permutations():
    made = case_of((8, 12))
    pd.testing.assert_frame_equal(table_of(made, seed=1), table_of(made, seed=1))
    one, two = table_of(made, seed=1), table_of(made, seed=2)
    shares = list(label_tests.OF_SHARES)
    np.testing.assert_array_equal(one["observed"].loc[shares], two["observed"].loc[shares])
    assert (one["null_mean"].loc[shares] != two["null_mean"].loc[shares]).any()
