"""Component graphs: correlations, their p and q, thresholds, metrics, exports."""

from functools import partial

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, spearmanr

from nrag import contracts, graphs
from nrag.components import bases, correlations, exports, metrics, significance
from nrag.components.graphs import ComponentGraph, Threshold, example, graphs_of
from nrag.contracts import GraphKey as Key
from nrag.reduction import Reduction, ReductionError

NAN = np.nan


def random_layers(layers=4, documents=40, components=3, *, seed=0):
    return np.random.default_rng(seed).standard_normal((layers, documents, components))


def rho_of(layers):
    return correlations.correlate(layers, permutations=19, seed=0).rho


def coordinates_of(layers, model="m", seed=0):
    return {(model, seed, k): layer.astype(np.float32) for k, layer in enumerate(layers)}


def table_of(layers, labels=None, *, permutations=99, **options):
    return correlations.correlations_of(
        coordinates_of(layers), labels or {}, permutations=permutations, seed=0, **options
    )


def slow_rho(here, there):
    """Pearson's correlation of mean ranks, one pair and one value at a time."""

    def ranks(values):
        return [
            sum(other < value for other in values) + (1 + sum(other == value for other in values)) / 2
            for value in values
        ]

    a, b = np.array(ranks(list(here))), np.array(ranks(list(there)))
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a @ a) * (b @ b))
    return a @ b / size if size else NAN


# ------------------------------------------------------------------------------------------ rho


@pytest.mark.filterwarnings("ignore:An input array is constant")
def test_rho_is_that_of_the_slow_definition_and_of_scipy_with_ties_and_constant_components():
    layers = np.random.default_rng(1).integers(0, 3, (3, 50, 4)).astype(float)
    layers[1, :, 2] = 7
    found = rho_of(layers)
    for k, i, j in np.ndindex(found.shape):
        here, there = layers[k, :, i], layers[k + 1, :, j]
        assert found[k, i, j] == pytest.approx(slow_rho(here, there), abs=1e-12, nan_ok=True)
        assert found[k, i, j] == pytest.approx(spearmanr(here, there).statistic, abs=1e-12, nan_ok=True)
    assert np.isnan(found[0, :, 2]).all()
    assert np.isnan(found[1, 2]).all()
    assert np.isfinite(found).sum() == found.size - 8


def test_the_first_index_is_the_component_of_the_earlier_layer():
    layers = random_layers(layers=2, documents=200)
    layers[1, :, 2] = np.exp(layers[0, :, 0])
    layers[1, :, 0] = -layers[0, :, 1]
    found = rho_of(layers)[0]
    assert found[0, 2] == 1
    assert found[1, 0] == -1
    assert abs(found[2, 0]) < 0.3
    assert abs(found[0, 1]) < 0.3


def test_the_table_names_layer_i_and_j_as_the_arrays_do():
    layers = random_layers(layers=3, documents=30, components=2)
    table = table_of(layers)
    found = rho_of(layers.astype(np.float32))
    assert [tuple(row) for row in table[["layer", "i", "j"]].to_numpy()] == list(np.ndindex(2, 2, 2))
    np.testing.assert_array_equal(table["rho"], found.ravel())


def test_another_sign_of_a_component_changes_the_sign_of_its_rho_and_nothing_else():
    layers = random_layers()
    flipped = layers.copy()
    flipped[1, :, 2] *= -1
    one, other = (correlations.correlate(each, permutations=99, seed=0) for each in (layers, flipped))
    sign = np.ones(one.rho.shape)
    sign[0, :, 2] = sign[1, 2, :] = -1
    np.testing.assert_array_equal(other.rho, sign * one.rho)
    np.testing.assert_array_equal(Threshold("rho", 0.3).edges(other.rho, other.q), np.abs(one.rho) >= 0.3)


def test_any_rising_transformation_and_any_order_of_the_documents_leave_rho_as_it_is():
    layers = random_layers()
    order = np.random.default_rng(5).permutation(layers.shape[1])
    np.testing.assert_array_equal(rho_of(np.exp(layers)), rho_of(layers))
    np.testing.assert_array_equal(rho_of(layers[:, order]), rho_of(layers))


def test_components_that_are_equal_have_a_rho_of_exactly_one():
    layers = np.repeat(random_layers(layers=1), 2, axis=0)
    assert (np.diagonal(rho_of(layers)[0]) == 1).all()


# --------------------------------------------------------------------------------------- p and q


def test_rho_that_differ_by_rounding_have_one_p():
    """Six documents have few different rho: many of the permutations give the very one, by another sum."""
    orders = np.random.default_rng(1).permuted(np.tile(np.arange(6.0), (2, 3, 1)), axis=2).swapaxes(1, 2)
    ranks = orders - 2.5
    norms = np.full((1, 3, 3), 17.5)
    rho = np.matmul(ranks[:1].swapaxes(1, 2), ranks[1:]) / norms
    exact = significance.p_values(ranks, rho, norms, permutations=99, seed=0)
    above = significance.p_values(ranks, rho * (1 + 1e-15), norms, permutations=99, seed=0)
    assert above.tolist() == exact.tolist()
    assert (significance.p_values(ranks, rho * 1.01, norms, permutations=99, seed=0) < exact).any()


def test_p_is_the_share_of_orders_with_as_large_a_rho_where_all_orders_can_be_listed():
    from itertools import permutations

    values = [np.array([0.0, 1, 2, 3, 4]), np.array([1.0, 0, 3, 2, 4])]
    size = abs(slow_rho(*values))
    orders = [abs(slow_rho(values[0], values[1][list(order)])) for order in permutations(range(5))]
    expected = np.mean([other >= size - 1e-9 for other in orders])
    found = correlations.correlate(np.array(values)[:, :, None], permutations=20_000, seed=0)
    assert found.p[0, 0, 0] == pytest.approx(expected, abs=0.01)
    assert 0.05 < expected < 0.2


def test_p_is_that_of_a_slow_count_over_the_same_permutations_with_ties():
    layers = np.random.default_rng(2).integers(0, 4, (3, 12, 2)).astype(float)
    found = correlations.correlate(layers, permutations=50, seed=3)
    generator, null = np.random.default_rng(3), []
    for _ in range(50):
        order = generator.permutation(12)
        null += [abs(slow_rho(layers[k, :, i], layers[k + 1, order, j])) for k, i, j in np.ndindex(found.rho.shape)]
    expected = [(1 + sum(other >= abs(rho) - 1e-9 for other in null)) / (1 + len(null)) for rho in found.rho.ravel()]
    np.testing.assert_allclose(found.p.ravel(), expected)


def test_p_is_uniform_where_documents_are_paired_by_chance():
    generator = np.random.default_rng(4)
    shares = []
    for repeat in range(60):
        layers = generator.standard_normal((3, 25, 4))
        p = correlations.correlate(layers, permutations=199, seed=repeat).p
        shares.append([(p <= level).mean() for level in (0.01, 0.1, 0.5, 0.9)])
    # 60 x 32 nearly independent p.
    np.testing.assert_allclose(np.mean(shares, axis=0), [0.01, 0.1, 0.5, 0.9], atol=0.035)


def test_p_of_the_same_rho_falls_with_the_number_of_documents():
    layers = random_layers(layers=2, documents=20, components=1)
    layers[1] = layers[0] + 2 * layers[1]
    p = [correlations.correlate(np.tile(layers, (1, times, 1)), permutations=999, seed=0).p.item() for times in (1, 4)]
    assert 0.01 < p[0] < 0.5
    assert p[1] < p[0] / 3


def test_q_is_the_false_discovery_rate_over_the_defined_pairs_of_all_layers():
    layers = random_layers(layers=3, documents=12, components=3)
    layers[1, :, 0] = 5
    found = correlations.correlate(layers, permutations=99, seed=0)
    defined = np.isfinite(found.p)
    assert 0 < defined.sum() < defined.size
    np.testing.assert_allclose(found.q[defined], false_discovery_control(found.p[defined]), rtol=1e-14)
    assert np.isnan(found.q[~defined]).all()


@pytest.mark.parametrize(("documents", "defined"), [(3, False), (4, True)])
def test_fewer_than_four_documents_have_a_rho_but_no_p(documents, defined):
    found = correlations.correlate(random_layers(documents=documents), permutations=19, seed=0)
    assert np.isfinite(found.rho).all()
    assert np.isfinite(found.p).all() == np.isfinite(found.q).all() == defined


def test_a_single_document_has_no_rho():
    assert np.isnan(rho_of(random_layers(documents=1))).all()


def test_shuffled_documents_give_no_edges_by_rate_and_sixty_by_a_fixed_rho_at_twenty_documents():
    """LLM-MRI at |rho| > 0.3, positive only: 58 edges of 600 pairs in shuffled data (research: 58.4 and 58.1)."""
    generator = np.random.default_rng(6)
    fixed, rate = [], []
    for repeat in range(20):
        found = correlations.correlate(generator.standard_normal((7, 20, 10)), permutations=199, seed=repeat)
        fixed.append((found.rho > 0.3).sum())
        rate.append(Threshold("fdr", 0.05).edges(found.rho, found.q).sum())
    assert 50 < np.mean(fixed) < 68
    assert np.mean(np.array(rate) > 0) <= 0.2
    assert np.mean(rate) < 1


def test_planted_links_are_found_again_by_rate():
    layers = random_layers(layers=3, documents=100, components=8)
    layers[1, :, 5] = layers[0, :, 1] + 0.7 * layers[1, :, 5]
    layers[2, :, 0] = 0.7 * layers[2, :, 0] - layers[1, :, 7]
    found = correlations.correlate(layers, permutations=199, seed=0)
    edges = Threshold("fdr", 0.01).edges(found.rho, found.q)
    assert {tuple(map(int, place)) for place in np.argwhere(edges)} >= {(0, 1, 5), (1, 7, 0)}
    assert edges.sum() <= 4


def test_the_seed_decides_p_and_the_batches_do_not(monkeypatch):
    layers = random_layers()
    one, other = (correlations.correlate(layers, permutations=99, seed=seed).p for seed in (0, 1))
    assert not np.array_equal(one, other)
    monkeypatch.setattr(significance, "_BATCH", 100)
    np.testing.assert_array_equal(correlations.correlate(layers, permutations=99, seed=0).p, one)


# ---------------------------------------------------------------------------------------- labels


LABELS = {"area": ["b", "a", None, "b"] * 10, "old": ["x"] * 40}


def test_every_label_and_all_documents_have_every_pair_sorted_and_as_computed_alone():
    layers = random_layers(layers=3)
    table = table_of(layers, LABELS)
    found = list(dict.fromkeys(zip(table["labelling"], table["label"], strict=True)))
    assert found == [("", ""), ("area", "a"), ("area", "b"), ("old", "x")]
    assert len(table) == 4 * 2 * 9
    chosen = np.array([label == "b" for label in LABELS["area"]])
    np.testing.assert_array_equal(
        table.loc[table["label"] == "b", "rho"], rho_of(layers[:, chosen].astype(np.float32)).ravel()
    )
    whole, same = (table[table["labelling"] == name] for name in ("", "old"))
    np.testing.assert_array_equal(whole[["rho", "p", "q"]], same[["rho", "p", "q"]])


def test_p_of_one_label_does_not_depend_on_which_others_there_are():
    layers = random_layers(layers=3)
    few, many = table_of(layers, {"area": LABELS["area"]}), table_of(layers, LABELS)
    pd.testing.assert_frame_equal(few, many[many["labelling"] != "old"].reset_index(drop=True))


def test_a_component_that_is_constant_within_a_label_has_no_rho_there():
    layers = random_layers(layers=2)
    chosen = np.array([label == "b" for label in LABELS["area"]])
    layers[0, chosen, 1] = 3.0
    table = table_of(layers, {"area": LABELS["area"]})
    hidden = table[table["rho"].isna()]
    assert set(hidden["label"]) == {"b"}
    assert set(hidden["i"]) == {1}
    assert hidden["p"].isna().all()
    assert hidden["q"].isna().all()


def test_models_and_seeds_keep_apart():
    coordinates = coordinates_of(random_layers(seed=1), "b") | coordinates_of(random_layers(seed=2), "a", 7)
    table = correlations.correlations_of(coordinates, {}, permutations=19, seed=0)
    assert list(dict.fromkeys(zip(table["model"], table["seed"], strict=True))) == [("a", 7), ("b", 0)]
    np.testing.assert_array_equal(
        table.loc[table["model"] == "b", "rho"], rho_of(random_layers(seed=1).astype(np.float32)).ravel()
    )


def test_labels_of_the_wrong_length_or_without_a_name_are_refused():
    with pytest.raises(ValueError, match="'area' has 3 values, expected one for each of the 40 documents"):
        table_of(random_layers(), {"area": ["a", "b", "c"]})
    with pytest.raises(ValueError, match="empty name, which stands for all documents"):
        table_of(random_layers(), {"": ["a"] * 40})


def test_a_model_with_a_single_layer_has_no_rows():
    table = table_of(random_layers(layers=1))
    assert len(table) == 0
    assert metrics.metrics_of(graphs_of(table, {"": {"": 40}}, Threshold("fdr", 0.05))).empty


# ---------------------------------------------------------------------------------------- bases


def states(documents=60, *, seed=0):
    """Hidden states of two labels whose largest spread lies along another feature each, in blocks of unequal rows."""
    generator = np.random.default_rng(seed)
    labels = np.arange(documents) % 2 == 0
    layers = []
    for _ in range(3):
        spread = np.where(labels[:, None], [9.0, 1, 3, 1], [1.0, 9, 1, 3])
        layers.append((spread * generator.standard_normal((documents, 4))).astype(np.float32))

    def blocks(layer):
        return lambda: iter(np.split(layer, [7, 18, 19]))

    return layers, {"m": {k: blocks(layer) for k, layer in enumerate(layers)}}, labels


def test_a_basis_per_label_is_that_of_a_reduction_of_its_documents_alone():
    layers, members, chosen = states()
    found = bases.refitted(members, Reduction.of("pca", components=3), chosen, "even")
    for k, layer in enumerate(layers):
        rows = layer[chosen].astype(np.float64)
        left, sizes, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
        np.testing.assert_allclose(np.abs(found["m", 0, k]), np.abs(left * sizes)[:, :3], atol=1e-4)


def test_one_basis_for_all_labels_differs_from_one_for_each():
    layers, members, chosen = states()
    labels = {"side": np.where(chosen, "even", "odd").tolist()}
    reduction = Reduction.of("pca", components=3)
    coordinates = bases.refitted(members, reduction, np.ones(len(chosen), dtype=bool), "all")

    def own(rows, name):
        return bases.refitted(members, reduction, rows, name)

    one = correlations.correlations_of(coordinates, labels, permutations=19, seed=0)
    each = correlations.correlations_of(coordinates, labels, permutations=19, seed=0, refit=own)
    whole = one["label"] == ""
    pd.testing.assert_frame_equal(one[whole], each[whole])
    assert not np.allclose(one.loc[~whole, "rho"], each.loc[~whole, "rho"], atol=0.2)
    expected = rho_of(np.stack([own(chosen, "even")["m", 0, k] for k in range(len(layers))]))
    np.testing.assert_array_equal(each.loc[each["label"] == "even", "rho"], expected.ravel())


def test_every_fit_of_a_label_is_logged_with_its_label(caplog):
    layers, members, chosen = states()
    labels = {"side": np.where(chosen, "even", "odd").tolist()}
    coordinates = {("m", 0, k): layer[:, :2] for k, layer in enumerate(layers)}
    refit = partial(bases.refitted, members, Reduction.of("pca", components=2))
    with caplog.at_level("INFO", logger="nrag"):
        correlations.correlations_of(coordinates, labels, permutations=1, seed=0, refit=refit)
    told = [line for line in caplog.messages if "explained variance" in line]
    assert [line.partition(": explained")[0] for line in told] == [
        f"label '{label}' of side: layer {k} of 2" for label in ("even", "odd") for k in range(3)
    ]


def test_a_label_too_small_for_a_basis_of_its_own_is_logged_and_has_no_rho(caplog):
    def refit(chosen, name):
        raise ReductionError("3 components need at least 4 documents")

    with caplog.at_level("WARNING", logger="nrag"):
        table = table_of(random_layers(), {"area": ["a"] * 39 + ["b"]}, refit=refit)
    assert "label 'b' of area: 3 components need at least 4 documents: its rho are undefined" in caplog.text
    assert table.loc[table["label"] == "b", "rho"].isna().all()
    assert table.loc[table["label"] == "", "rho"].notna().all()


def test_the_variance_that_components_explain_is_kept_by_model_seed_and_layer():
    layers = {
        ("m", 0, 0): {"constant": True, "explained_variance": np.array([NAN, NAN])},
        ("m", 0, 1): {"constant": False, "explained_variance": np.array([0.5, 0.25])},
        ("n", 3, 0): {"constant": False, "trustworthiness": 0.9},
    }
    assert correlations.explained_variance(layers) == {"m": {"0": [[None, None], [0.5, 0.25]]}}


def slow_heavy(here, there):
    """Whether each of two components varies and has a value that more than three of four documents share."""
    counts = [[list(values).count(value) for value in values] for values in (here, there)]
    return all(0.75 < max(of_values) / len(of_values) < 1 for of_values in counts)


@pytest.mark.parametrize("documents", [7, 8, 20])
def test_ties_are_heavy_where_most_documents_share_a_value_in_both_components(documents):
    generator = np.random.default_rng(8)
    shares = generator.choice([0.5, 0.75, 0.8, 0.9, 1], (4, 1, 6))
    layers = np.where(generator.random((4, documents, 6)) < shares, 3.0, generator.random((4, documents, 6)))
    found = significance.heavily_tied(layers)
    expected = [slow_heavy(layers[k, :, i], layers[k + 1, :, j]) for k, i, j in np.ndindex(found.shape)]
    np.testing.assert_array_equal(found.ravel(), expected)
    assert 0 < found.sum() < found.size


def test_heavy_ties_make_p_too_small_and_are_logged_by_label(caplog):
    """One document of label a stands alone in a component of each layer: by chance the same one once in 40 times."""
    layers = random_layers(layers=2, documents=80)
    layers[:, :40, 0] = 0
    layers[:, 0, 0] = 1
    with caplog.at_level("WARNING", logger="nrag"):
        table = table_of(layers, {"area": ["a"] * 40 + ["b"] * 40})
    (logged,) = caplog.messages
    assert "m, seed 0, label 'a' of area: in 1 of 9 pairs each component has one value in more than 75 %" in logged
    tied = table[(table["label"] == "a") & (table["i"] == 0) & (table["j"] == 0)]
    assert tied["rho"].item() == 1
    assert tied["p"].item() < 1 / 40 / 4


def test_repeated_texts_are_no_heavy_ties(caplog):
    with caplog.at_level("WARNING", logger="nrag"):
        table_of(np.repeat(random_layers(documents=10), 4, axis=1))
    assert not caplog.messages


# ------------------------------------------------------------------------------------ thresholds


def test_each_kind_of_threshold_keeps_what_it_says_and_nothing_undefined():
    rho = np.array([[[0.3, -0.5], [NAN, 0.1]]])
    q = np.array([[[0.2, 0.05], [NAN, 0.04]]])
    kept = {kind: Threshold(kind, value).edges(rho, q).tolist() for kind, value in (("rho", 0.3), ("fdr", 0.05))}
    assert kept["rho"] == [[[True, True], [False, False]]]
    assert kept["fdr"] == [[[False, True], [False, True]]]
    # The median of 0.1, 0.3 and 0.5 is 0.3.
    assert Threshold("quantile", 0.5).edges(rho, q).tolist() == [[[True, True], [False, False]]]
    assert not Threshold("quantile", 0.5).edges(np.full((1, 1, 1), NAN), q).any()


@pytest.mark.parametrize("wrong", [{}, {"fdr": 0.05, "rho": 0.3}, {"p": 0.05}])
def test_a_threshold_of_no_or_two_or_unknown_kinds_is_refused(wrong):
    with pytest.raises(ValueError, match="a threshold is one of fdr, rho, quantile"):
        Threshold.of(wrong)


def test_a_table_that_lacks_a_pair_is_refused():
    table = table_of(random_layers(layers=3, components=2))
    with pytest.raises(ValueError, match=r"has 7 rows, expected one for each of \(2, 2, 2\)"):
        graphs_of(table.drop(index=3), {"": {"": 40}}, Threshold("fdr", 0.05))


# --------------------------------------------------------------------------------------- metrics


def networkx_of(graph):
    """The same graph, edge by edge."""
    plain = nx.DiGraph()
    plain.add_nodes_from((int(k), int(i)) for k, i in np.argwhere(graph.nodes))
    for k, i, j in np.argwhere(graph.edges):
        plain.add_edge((int(k), int(i)), (int(k) + 1, int(j)), weight=abs(graph.rho[k, i, j]), rho=graph.rho[k, i, j])
    return plain


def random_graph(seed=0):
    layers = random_layers(layers=5, documents=30, components=4, seed=seed)
    layers[2, :, 1] = 0
    return graphs_of(table_of(layers), {"": {"": 30}}, Threshold("rho", 0.2))[Key("m", 0)]


def test_metrics_are_those_of_the_graph_in_networkx():
    graph = random_graph()
    plain = networkx_of(graph)
    values = metrics.metrics_of({Key("m", 0): graph}).set_index(["level", "metric"])["value"]
    rho = [data["rho"] for _, _, data in plain.edges(data=True)]
    strength = dict(plain.degree(weight="weight"))
    expected = {
        "components": len(plain),
        "edges": len(plain.edges),
        "density": len(plain.edges) / (4 * 16 - 8),
        "positive_share": np.mean(np.array(rho) > 0),
        "mean_abs_rho": np.mean(np.abs(rho)),
        "mean_degree": np.mean([degree for _, degree in plain.degree()]),
        "mean_strength": np.mean(list(strength.values())),
        "center_of_mass": sum(s * (2 * k / 4 - 1) for (k, _), s in strength.items()) / sum(strength.values()),
    }
    found = values["graph"].to_dict()
    assert found.pop("mean_abs_rho_of_pairs") == pytest.approx(np.nanmean(np.abs(graph.rho)))
    assert found == pytest.approx(expected)
    table = metrics.metrics_of({Key("m", 0): graph})
    nodes = table[(table["level"] == "node") & table["value"].notna()].set_index(["metric", "layer", "x"])["value"]
    assert nodes["strength"].to_dict() == pytest.approx(strength)
    assert nodes["in_degree"].to_dict() == pytest.approx(dict(plain.in_degree()))
    assert nodes["out_degree"].to_dict() == pytest.approx(dict(plain.out_degree()))
    assert nodes["in_strength"].to_dict() == pytest.approx(dict(plain.in_degree(weight="weight")))
    layers = table[table["level"] == "layer"].set_index(["metric", "layer"])["value"]
    for k in range(4):
        between = [data["rho"] for (layer, _), _, data in plain.edges(data=True) if layer == k]
        assert layers["edges", k] == len(between)
        assert layers["positive_share", k] == pytest.approx(np.mean(np.array(between) > 0))
        assert layers["mean_abs_rho", k] == pytest.approx(np.mean(np.abs(between)))
    assert np.isnan(layers["edges", 4])


def test_a_constant_component_is_no_node_and_has_no_degree():
    table = metrics.metrics_of({Key("m", 0): random_graph()})
    values = table[(table["level"] == "node") & (table["metric"] == "degree")].set_index(["layer", "x"])["value"]
    assert values[values.isna()].index.tolist() == [(2, 1)]


def test_the_table_of_metrics_keeps_its_contract(tmp_path):
    from nrag import store

    found = {Key("m", 0): random_graph(), Key("m", 0, "area", "a"): random_graph(1)}
    table = metrics.metrics_of(found)
    store.write_table(tmp_path / "m.parquet", table, contracts.METRICS, provenance={})
    again = store.read_table(tmp_path / "m.parquet", contracts.METRICS)
    assert len(again) == len(table) == 2 * (9 + 5 * 7 + 20 * 6)
    assert again["y"].isna().all()
    assert set(again["documents"]) == {30}


def test_a_graph_without_edges_has_no_shares_and_no_centre():
    graph = example()
    empty = ComponentGraph(4, graph.rho, graph.p, graph.q, np.zeros_like(graph.edges))
    assert metrics.edges(empty) == metrics.density(empty) == metrics.mean_degree(empty) == 0
    assert np.isnan([metrics.positive_share(empty), metrics.mean_abs_rho(empty), metrics.center_of_mass(empty)]).all()


# --------------------------------------------------------------------------------------- exports


SHARES = {"m": [[0.6, 0.3], [0.5, 0.2], [0.4, None]]}


def part():
    graph = example()
    rho = -graph.rho
    rho[0, 1, 0] = 0.9
    return ComponentGraph(2, rho, graph.p, graph.q, Threshold("rho", 0.45).edges(rho, graph.q))


def exported():
    return {Key("m", 0): example(), Key("m", 0, "area", "AI/<CV>"): part()}


def test_the_graphml_reads_back_with_signs_weights_and_each_label():
    graph = nx.parse_graphml(graphs.graphml(exports.graph_of_space(exported(), SHARES, seed=0)))
    assert dict(graph.nodes(data=True)) == {
        "0_0": {"layer": 0, "component": 0, "explained_variance": 0.6},
        "0_1": {"layer": 0, "component": 1, "explained_variance": 0.3},
        "1_0": {"layer": 1, "component": 0, "explained_variance": 0.5},
        "1_1": {"layer": 1, "component": 1, "explained_variance": 0.2},
        "2_0": {"layer": 2, "component": 0, "explained_variance": 0.4},
    }
    name = "area:AI/<CV>"
    assert {(source, target): data for source, target, data in graph.edges(data=True)} == {
        ("0_0", "1_0"): {"layer": 0, "weight": 0.8, "rho": 0.8, name: -0.8},
        ("0_0", "1_1"): {"layer": 0, "weight": 0.4, "rho": -0.4},
        ("0_1", "1_0"): {"layer": 0, "weight": 0.0, name: 0.9},
        ("1_0", "2_0"): {"layer": 1, "weight": 0.5, "rho": 0.5, name: -0.5},
    }


def test_tables_of_nodes_and_edges_say_the_same():
    nodes, edges = exports.export_tables(exported(), SHARES, seed=0)
    assert nodes["id"].tolist() == ["0_0", "0_1", "1_0", "1_1", "2_0"]
    assert nodes["degree"].tolist() == [2, 0, 2, 1, 1]
    assert edges[["source", "target"]].to_numpy().tolist() == [
        ["0_0", "1_0"],
        ["0_0", "1_1"],
        ["0_1", "1_0"],
        ["1_0", "2_0"],
    ]
    np.testing.assert_allclose(edges["rho"], [0.8, -0.4, NAN, 0.5])
    np.testing.assert_allclose(edges["area:AI/<CV>"], [-0.8, NAN, 0.9, -0.5])


def test_several_models_of_a_space_share_nodes_and_keep_their_rho_apart():
    found = exported() | {Key("n", 0): part()}
    graph = exports.graph_of_space(found, {}, seed=0)
    assert graph.edges["0_0", "1_0"] == {
        "layer": 0,
        "weight": pytest.approx(1.6),
        "m:rho": 0.8,
        "m:area:AI/<CV>": -0.8,
        "n:rho": -0.8,
    }
    assert graph.graph == {"models": "m n", "seed": 0}
