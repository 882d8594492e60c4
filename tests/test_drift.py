"""How far checkpoints lie apart: against plain definitions, by hand, under what may change nothing, planted drift."""

import json
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from compare_checkpoints import compare_checkpoints
from compare_states import compare_states
from sklearn.metrics import adjusted_mutual_info_score

from nrag import contracts, regions, store
from nrag.compared import units_of
from nrag.drift import names, summary, tables
from nrag.drift.divergences import apart, halves_apart, jensen_shannon
from nrag.drift.exchanges import exchanges
from nrag.drift.similarity import parted, similarities
from nrag.graphs import incidence_of
from nrag.reduction import ReductionError
from nrag.statistics.separation import region_divergence

SIZE = 4


def cells_of(generator, *, layers=3, documents=60, size=SIZE):
    return generator.integers(0, size, (layers, documents, 2)).astype(np.int16)


def moved(cells, generator, *, share, size=SIZE):
    """The cells with a share of the documents, in each layer others, put somewhere at random."""
    found = cells.copy()
    chosen = generator.random(cells.shape[:2]) < share
    found[chosen] = generator.integers(0, size, (chosen.sum(), 2))
    return found


def drawn_for(documents, *, permutations=19, seed=0):
    return exchanges(np.arange(documents), permutations=permutations, seed=seed)


def corpus_of(documents, *, labels=None, groups=None, texts=None):
    return pd.DataFrame(
        {
            "group": pd.array(groups or [None] * documents, dtype="str"),
            "text": texts or [f"text {number}" for number in range(documents)],
            "label": pd.array(labels if labels is not None else ["a"] * documents, dtype="str"),
        }
    )


# ---------------------------------------------------------------------------- a plain definition


def slow_divergence(first, second):
    """Jensen–Shannon divergence of two lists of places, one per document, from counts of each."""
    counts = [Counter(first), Counter(second)]
    total = 0.0
    for place in {*counts[0], *counts[1]}:
        shares = [count[place] / len(each) for count, each in zip(counts, (first, second), strict=True)]
        middle = sum(shares) / 2
        total += sum(share * np.log2(share / middle) for share in shares if share) / 2
    return total


def slow_apart(first, second, exchanged):
    """Regions and edges of each layer after an exchange, document by document."""
    one, other = first.copy(), second.copy()
    one[:, exchanged], other[:, exchanged] = second[:, exchanged], first[:, exchanged]
    places = [[[tuple(cell) for cell in layer] for layer in each] for each in (one, other)]
    on_edges = [[list(zip(*pair, strict=True)) for pair in pairwise(each)] for each in places]
    return (
        [slow_divergence(*layers) for layers in zip(*places, strict=True)],
        [slow_divergence(*layers) for layers in zip(*on_edges, strict=True)],
    )


def test_divergences_are_those_of_the_plain_definition_under_every_exchange():
    generator = np.random.default_rng(0)
    first = cells_of(generator)
    second = moved(first, generator, share=0.4)
    drawn = drawn_for(60)
    found = apart(first, second, drawn, size=SIZE)
    for column, exchanged in enumerate(drawn.exchanged.T):
        on_regions, on_edges = slow_apart(first, second, exchanged)
        assert found.regions[:, column] == pytest.approx(on_regions, abs=1e-12)
        assert found.edges[:, column] == pytest.approx(on_edges, abs=1e-12)


def test_halves_are_those_of_the_plain_definition():
    cells = cells_of(np.random.default_rng(1), documents=41)
    drawn = drawn_for(41)
    on_regions, on_edges = halves_apart(cells, drawn, size=SIZE)
    parts = [
        slow_apart(cells[:, one], cells[:, other], np.zeros(20, dtype=bool))
        for one, other in zip(*(half.T for half in drawn.halves), strict=True)
    ]
    assert on_regions == pytest.approx(np.mean([part[0] for part in parts], axis=0), abs=1e-12)
    assert on_edges == pytest.approx(np.mean([part[1] for part in parts], axis=0), abs=1e-12)


def test_the_divergence_of_two_models_is_that_of_two_labels():
    generator = np.random.default_rng(2)
    cells = cells_of(generator)
    own = incidence_of(cells, size=SIZE)
    label = generator.random((60, 1)) < 0.3
    counts = np.stack([own.documents(label), own.documents(~label)])
    assert jensen_shannon(counts, own.layer, own.layers) == pytest.approx(region_divergence(own, counts).by_layer)


def test_agreement_is_scikit_learns_and_changed_documents_are_counted():
    generator = np.random.default_rng(3)
    first = cells_of(generator)
    second = moved(first, generator, share=0.3)
    found = apart(first, second, drawn_for(60), size=SIZE)
    for layer in range(3):
        one, other = (each[layer, :, 0] * SIZE + each[layer, :, 1] for each in (first, second))
        assert found.agreement[layer] == pytest.approx(adjusted_mutual_info_score(one, other))
        assert found.changed[layer] == (one != other).mean()


# ------------------------------------------------------------------------------------- by hand


def test_of_four_documents_one_moves_alone():
    first = np.array([[[0, 0], [0, 0], [0, 1], [0, 1]], [[1, 0], [1, 0], [1, 1], [1, 1]]], dtype=np.int16)
    second = first.copy()
    second[1, 3] = [0, 1]
    found = apart(first, second, drawn_for(4), size=2)
    # Layer 1: shares 2, 2, 0 and 2, 1, 1 of 4: H(4, 3, 1 of 8) - (H(2, 2) + H(2, 1, 1)) / 2.
    expected = 0.5 + 3 / 8 * np.log2(8 / 3) + 3 / 8 - (1 + 1.5) / 2
    assert found.regions[:, 0] == pytest.approx([0, expected])
    assert found.edges[0, 0] == pytest.approx(expected)
    assert found.changed.tolist() == [0, 0.25]


def test_models_without_a_common_region_are_a_bit_apart():
    first = np.zeros((2, 5, 2), dtype=np.int16)
    found = apart(first, first + 1, drawn_for(5), size=2)
    assert found.regions[:, 0].tolist() == [1, 1]
    assert found.edges[0, 0] == 1


# ------------------------------------------------------------------------------ what must hold


def test_a_checkpoint_lies_at_itself():
    cells = cells_of(np.random.default_rng(4), documents=57)
    found = apart(cells, cells, drawn_for(57), size=SIZE)
    assert (found.regions == 0).all()
    assert (found.edges == 0).all()
    assert (found.changed == 0).all()
    assert found.agreement == pytest.approx(1)


def test_it_is_as_far_there_as_back_and_no_order_of_documents_or_axes_matters():
    generator = np.random.default_rng(5)
    first = cells_of(generator)
    second = moved(first, generator, share=0.5)
    drawn = drawn_for(60)
    there, back = apart(first, second, drawn, size=SIZE), apart(second, first, drawn, size=SIZE)
    for name in ("regions", "edges", "changed", "agreement"):
        assert getattr(there, name) == pytest.approx(getattr(back, name), abs=1e-12)
    order = generator.permutation(60)
    shuffled = apart(first[:, order], second[:, order], drawn, size=SIZE)
    assert shuffled.regions[:, 0] == pytest.approx(there.regions[:, 0], abs=1e-12)
    assert shuffled.edges[:, 0] == pytest.approx(there.edges[:, 0], abs=1e-12)
    turned = apart(first[..., ::-1], second[..., ::-1], drawn, size=SIZE)
    assert turned.regions == pytest.approx(there.regions, abs=1e-12)


def test_models_of_other_depth_or_documents_are_refused():
    cells = cells_of(np.random.default_rng(6))
    with pytest.raises(ValueError, match=r"\(3, 60\) and \(2, 60\) layers and documents cannot be compared"):
        apart(cells, cells[:2], drawn_for(60), size=SIZE)


def test_documents_that_belong_together_are_exchanged_and_halved_together():
    unit = units_of(corpus_of(6, groups=["g", None, "g", None, None, None], texts=["a", "b", "c", "d", "b", "e"]))
    drawn = exchanges(unit, permutations=99, seed=0)
    assert not drawn.exchanged[:, 0].any()
    for one, other in ((0, 2), (1, 4)):
        assert (drawn.exchanged[one] == drawn.exchanged[other]).all()
        assert (drawn.halves[:, one] == drawn.halves[:, other]).all()
    assert (drawn.exchanged[0] != drawn.exchanged[1]).any()
    assert drawn.exchanged[:, 1:].mean() == pytest.approx(0.5, abs=0.1)
    assert not drawn.halves.all(axis=0).any()


def test_another_seed_draws_other_exchanges_and_the_same_seed_the_same():
    once, again, other = (exchanges(np.arange(30), permutations=19, seed=seed) for seed in (0, 0, 1))
    assert (once.exchanged == again.exchanged).all()
    assert (once.halves == again.halves).all()
    assert (once.exchanged != other.exchanged).any()
    assert (once.halves != other.halves).any()


# ------------------------------------------------------------------------------- hidden states


def states_of(generator, *, documents=80, width=6):
    return generator.normal(size=(documents, width)).astype(np.float32)


def in_blocks(states, rows=32):
    return lambda: (states[start : start + rows] for start in range(0, len(states), rows))


def slow_cka(first, second):
    first, second = (each.astype(float) - each.astype(float).mean(axis=0) for each in (first, second))
    cross, one, other = (np.linalg.norm(product) for product in (second.T @ first, first.T @ first, second.T @ second))
    return cross**2 / (one * other)


@pytest.mark.parametrize("direct", [True, False])
def test_cka_is_that_of_the_plain_definition_in_every_half_of_the_documents(direct):
    generator = np.random.default_rng(7)
    first = states_of(generator)
    second = (first @ generator.normal(size=(6, 9)) + generator.normal(size=(80, 9)) + 3).astype(np.float32)
    unit = np.arange(80)
    (found,) = similarities({"a": in_blocks(first), "b": in_blocks(second)}, unit, direct=direct).values()
    assert found.value == pytest.approx(slow_cka(first, second), rel=1e-9)
    part = parted(unit, seed=0)
    assert set(np.bincount(part)) == {10}
    halves = [np.isin(part, chosen) for chosen in combinations(range(names.PARTS), names.PARTS // 2)]
    expected = np.quantile([slow_cka(first[half], second[half]) for half in halves], [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(tuple(expected), rel=1e-9)


@pytest.mark.parametrize("direct", [True, False])
def test_states_that_are_turned_scaled_and_moved_are_alike_though_their_cells_are_not(direct):
    generator = np.random.default_rng(8)
    states = states_of(generator, width=2)
    turn = np.array([[0, 1], [-1, 0]], dtype=np.float32)
    pair = {"a": in_blocks(states), "b": in_blocks(3 * states @ turn + 7)}
    (found,) = similarities(pair, np.arange(80), direct=direct).values()
    assert found.value == pytest.approx(1, abs=1e-6)
    planes = {("a", 0, 0): states, ("b", 0, 0): states @ turn}
    cells = regions.planes_of(regions.cells_of(planes, size=SIZE).cells)
    apart_in_cells = apart(cells["a", 0], cells["b", 0], drawn_for(80), size=SIZE)
    assert apart_in_cells.changed[0] > 0.7
    assert apart_in_cells.agreement[0] > 0.3


def test_a_checkpoint_is_like_itself_and_a_constant_state_like_nothing():
    states = states_of(np.random.default_rng(9))
    dull = np.full((80, 4), 0.3, dtype=np.float32)
    found = similarities({"a": in_blocks(states), "b": in_blocks(states), "c": in_blocks(dull)}, np.arange(80))
    assert found["a", "b"].value == pytest.approx(1, abs=1e-12)
    assert np.isnan([found["a", "c"].value, found["b", "c"].low, found["b", "c"].high]).all()


def test_a_few_documents_have_no_interval_and_a_wrong_number_is_refused():
    states = states_of(np.random.default_rng(10), documents=20)
    pair = {"a": in_blocks(states), "b": in_blocks(states[::-1])}
    (found,) = similarities(pair, np.repeat(np.arange(10), 2)).values()
    assert 0 < found.value < 1
    assert np.isnan([found.low, found.high]).all()
    with pytest.raises(ValueError, match="the hidden state of b has 19 documents, expected 20"):
        similarities(pair | {"b": in_blocks(states[1:])}, np.arange(20))


def test_parts_hold_units_whole():
    unit = np.array([0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 2])
    part = parted(unit, seed=3)
    assert all(len(set(part[unit == number])) == 1 for number in range(10))
    assert part.max() < names.PARTS


def test_parts_are_drawn_at_random_by_the_seed_for_corpora_are_sorted():
    part = parted(np.arange(800), seed=0)
    assert set(np.bincount(part)) == {100}
    assert len(set(part[:50])) == names.PARTS
    assert (part != parted(np.arange(800), seed=1)).any()
    generator = np.random.default_rng(21)
    pair = {name: in_blocks(states_of(generator)) for name in ("a", "b")}
    (one,), (other,) = (similarities(pair, np.arange(80), seed=seed).values() for seed in (0, 1))
    assert one.value == pytest.approx(other.value)
    assert (one.low, one.high) != (other.low, other.high)


# ------------------------------------------------------------------------------------- tables


def drift_of(planes, corpus=None, *, labels=None, constant=None, permutations=19, seed=0):
    documents = next(iter(planes.values())).shape[1]
    return tables.drift_of_cells(
        planes,
        corpus_of(documents) if corpus is None else corpus,
        labels or tables.Labels(""),
        size=SIZE,
        constant=constant or {},
        permutations=permutations,
        seed=seed,
    )


def row_of(found, statistic, layer=None, pair=("base", "tuned"), seed=0):
    chosen = (found["statistic"] == statistic) & (found["model_a"] == pair[0]) & (found["model_b"] == pair[1])
    rows = found[chosen & (found["seed"] == seed)]
    (row,) = rows[rows["layer"].isna() if layer is None else rows["layer"] == layer].itertuples()
    return row


def test_documents_that_moved_are_found_again_and_only_there():
    generator = np.random.default_rng(11)
    base = cells_of(generator, documents=200)
    tuned = base.copy()
    tuned[2, :60] = [3, 3]
    found = drift_of({("base", 0): base, ("tuned", 0): tuned}, permutations=199)
    assert row_of(found, names.CHANGED, 1).value == 0
    went = (base[2, :60] != [3, 3]).any(axis=1).sum()
    assert row_of(found, names.CHANGED, 2).value == went / 200
    assert row_of(found, names.REGIONS, 1).value == 0
    assert row_of(found, names.REGIONS, 1).p == 1
    assert row_of(found, names.REGIONS, 2).p == row_of(found, names.EDGES, 1).p == 1 / 200
    assert row_of(found, names.REGIONS, 2).value > row_of(found, names.REGIONS, 2).null_quantile
    assert row_of(found, names.REGIONS).value == pytest.approx(row_of(found, names.REGIONS, 2).value / 3)


def test_p_of_two_noisy_copies_of_one_model_is_uniform():
    """A document lies in its own cell, or elsewhere, as often under either."""
    found = []
    for seed in range(60):
        generator = np.random.default_rng(seed)
        base = cells_of(generator, layers=2, documents=80)
        copies = {(name, 0): moved(base, generator, share=0.5) for name in ("base", "tuned")}
        drift = drift_of(copies, permutations=39, seed=seed)
        found.append([row_of(drift, statistic).p for statistic in (names.REGIONS, names.EDGES)])
    below = (np.array(found) <= 0.2).mean(axis=0)
    # 60 x 0.2 = 12 expected, with a standard deviation of 3.1.
    assert (below > 0.03).all()
    assert (below < 0.37).all()
    assert np.mean(found, axis=0) == pytest.approx(0.5, abs=0.12)


def test_a_constant_layer_is_marked_and_has_no_part_in_the_mean():
    generator = np.random.default_rng(12)
    base = cells_of(generator)
    tuned = moved(base, generator, share=0.5)
    base[0] = tuned[0] = 2
    labels = ["a", "b"] * 30
    found = drift_of(
        {("base", 0): base, ("tuned", 0): tuned},
        corpus_of(60, labels=labels),
        labels=tables.Labels("label", ("a", "b")),
        constant={"base": {0: [0]}, "tuned": {0: []}},
    )
    for statistic in (names.REGIONS, names.CHANGED, names.AGREEMENT, names.EDGES):
        row = row_of(found, statistic, 0)
        assert row.constant
        assert np.isnan([row.value, row.halves, row.p, row.label_information_a]).all()
        others = [row_of(found, statistic, layer).value for layer in ((1,) if statistic == names.EDGES else (1, 2))]
        assert row_of(found, statistic).value == pytest.approx(np.mean(others))
        assert not row_of(found, statistic).constant


@pytest.mark.parametrize(("layer", "undefined"), [(0, [True, False]), (1, [True, True]), (2, [False, True])])
def test_edges_that_go_from_a_constant_layer_or_to_one_are_undefined(layer, undefined):
    generator = np.random.default_rng(22)
    planes = {("base", 0): cells_of(generator), ("tuned", 0): cells_of(generator)}
    found = drift_of(planes, constant={"tuned": {0: [layer]}})
    edges = found[(found["statistic"] == names.EDGES) & found["layer"].notna()]
    assert edges["value"].isna().tolist() == edges["constant"].tolist() == undefined


def test_a_layer_is_constant_under_the_seeds_that_say_so_and_own_regions_are_those_of_the_seed():
    generator = np.random.default_rng(23)
    planes = {(model, seed): cells_of(generator) for model in ("base", "tuned") for seed in (0, 1)}
    own = {(model, seed): planes[model if seed else "base", 0] for model, seed in planes}
    found = tables.drift_of_cells(
        planes,
        corpus_of(60),
        tables.Labels(""),
        size=SIZE,
        constant={"tuned": {1: [2]}},
        permutations=19,
        seed=0,
        own=own,
    )
    assert [row_of(found, names.REGIONS, 2, seed=seed).constant for seed in (0, 1)] == [False, True]
    alike = [row_of(found, names.OWN_AGREEMENT, 1, seed=seed).value for seed in (0, 1)]
    assert alike[0] == pytest.approx(1)
    assert alike[1] < 0.5


def test_documents_of_one_group_are_exchanged_together_in_the_table():
    generator = np.random.default_rng(24)
    base = cells_of(generator)
    tuned = moved(base, generator, share=0.5)
    corpus = corpus_of(60, groups=[f"group {number // 20}" for number in range(60)])
    found = row_of(drift_of({("base", 0): base, ("tuned", 0): tuned}, corpus, permutations=99), names.REGIONS, 1)
    # Every way to exchange three groups, document by document.
    ways = [np.repeat([bool(way & bit) for bit in (1, 2, 4)], 20) for way in range(8)]
    possible = [slow_apart(base, tuned, exchanged)[0][1] for exchanged in ways]
    assert min(possible) - 1e-12 <= found.null_mean <= max(possible) + 1e-12
    assert min(abs(found.null_quantile - each) for each in possible) < 1e-12
    # As far as what is seen are at least no exchange and that of everything: a quarter of all.
    assert found.p >= 0.15


def test_labels_are_told_by_each_model_as_it_does():
    topics = np.arange(60) % 2
    base = np.zeros((2, 60, 2), dtype=np.int16)
    base[..., 0] = topics
    tuned = np.zeros_like(base)
    tuned[..., 0] = np.arange(60) // 30
    labels = tables.Labels("label", ("sea", "sky"))
    corpus = corpus_of(60, labels=np.where(topics == 0, "sea", "sky").tolist())
    row = row_of(drift_of({("base", 0): base, ("tuned", 0): tuned}, corpus, labels=labels), names.REGIONS, 1)
    assert row.label_information_a == pytest.approx(1)
    assert row.label_information_b < 0.1


def test_what_no_exchange_changes_has_no_null():
    generator = np.random.default_rng(13)
    base = cells_of(generator)
    found = drift_of({("base", 0): base, ("tuned", 0): moved(base, generator, share=0.3)})
    for statistic in (names.CHANGED, names.AGREEMENT):
        row = row_of(found, statistic)
        assert row.permutations == 0
        assert np.isnan([row.null_mean, row.null_quantile, row.p, row.halves]).all()


def test_halves_stand_beside_and_are_the_mean_of_both_models():
    generator = np.random.default_rng(14)
    base = cells_of(generator)
    tuned = np.zeros_like(base)
    found = drift_of({("base", 0): base, ("tuned", 0): tuned})
    own, _ = halves_apart(base, drawn_for(60), size=SIZE)
    assert row_of(found, names.REGIONS, 1).halves == pytest.approx(own[1] / 2)


def test_swapped_labels_are_told_as_well_though_every_document_moved():
    """Two topics change places: no region tells less, and nothing is where it was."""
    topics = np.arange(100) % 2
    base = np.zeros((2, 100, 2), dtype=np.int16)
    base[..., 0] = topics
    tuned = base.copy()
    tuned[..., 0] = 1 - topics
    labels = np.where(topics == 0, "sea", "sky").tolist()
    named = tables.Labels("label", ("sea", "sky"))
    found = drift_of({("base", 0): base, ("tuned", 0): tuned}, corpus_of(100, labels=labels), labels=named)
    assert row_of(found, names.CHANGED).value == 1
    assert row_of(found, names.AGREEMENT).value == pytest.approx(1)
    # Shares of regions do not tell who is where.
    assert row_of(found, names.REGIONS).value == 0
    assert row_of(found, names.REGIONS).label_information_a == pytest.approx(1)
    assert row_of(found, names.REGIONS).label_information_b == pytest.approx(1)


def test_labels_that_differ_from_model_to_model_are_told_of_each_models_own():
    """Both models divide the documents in halves; only the labels of one follow the halves."""
    halves = np.arange(100) % 2
    plane = np.zeros((2, 100, 2), dtype=np.int16)
    plane[..., 0] = halves
    own = {
        "base": np.where(np.arange(100) % 4 < 2, "yes", "no").tolist(),
        "tuned": np.where(halves == 0, "yes", "no").tolist(),
        "untrained": [None] * 100,
        "wrong": ["no"] * 100,
    }
    labels = tables.Labels("solved", ("no", "yes"), own)
    found = drift_of({(model, 0): plane for model in own}, corpus_of(100), labels=labels)
    told = found[(found["statistic"] == names.CHANGED) & found["layer"].isna() & (found["model_b"] == "wrong")]
    values = told.set_index("model_a")["label_information_a"]
    assert values["tuned"] == pytest.approx(1)
    assert values["base"] == pytest.approx(0, abs=0.02)
    assert np.isnan(values["untrained"])
    assert told["label_information_b"].isna().all()
    assert set(found["labelling"]) == {"solved"}


@pytest.mark.parametrize(
    ("labels", "counts"),
    [
        (tables.Labels("label", ("a", "b")), {"a": 3, "b": 2}),
        (tables.Labels("label", ("a",)), None),
        (tables.Labels("label", ("a", "none has it")), None),
        (tables.Labels("label", ("a", "b"), {"m": ["b", "a", None, "b", None, "c"]}), {"a": 1, "b": 2}),
        (tables.Labels("label", ("a", "b"), {"m": ["a", "a", None, "c", None, "c"]}), None),
        (tables.Labels("label", ("a", "b"), {"other": ["a", "b"] * 3}), None),
    ],
)
def test_labels_are_those_of_the_corpus_or_of_the_model_and_two_at_least(labels, counts):
    corpus = corpus_of(6, labels=["a", "b", None, "a", "b", "a"])
    found = labels.of("m", corpus)
    assert (None if found is None else found.counts) == counts


def test_every_pair_seed_statistic_and_layer_has_a_row_as_the_contract_says(tmp_path):
    generator = np.random.default_rng(15)
    planes = {(model, seed): cells_of(generator) for model in ("tuned", "base", "other") for seed in (0, 1)}
    found = drift_of(planes)
    assert len(found) == 3 * 2 * (3 * (3 + 1) + 2 + 1)
    assert set(zip(found["model_a"], found["model_b"], strict=True)) == set(combinations(("base", "other", "tuned"), 2))
    store.write_table(tmp_path / "drift.parquet", found, contracts.DRIFT, provenance={})
    again = drift_of(dict(reversed(planes.items())))
    pd.testing.assert_frame_equal(found, again)


def test_states_become_rows_whose_models_are_in_order(tmp_path):
    generator = np.random.default_rng(16)
    layers = {}
    for layer in range(2):
        states = {name: in_blocks(states_of(generator) * layer) for name in ("tuned", "base")}
        layers[layer] = similarities(states, np.arange(80))
    found = tables.drift_of_states(layers, documents=80)
    store.write_table(tmp_path / "drift.parquet", found, contracts.DRIFT, provenance={})
    assert found["model_a"].tolist() == ["base"] * 3
    assert found["layer"].fillna(-1).tolist() == [-1, 0, 1]
    assert found["constant"].tolist() == [False, True, False]
    assert found["value"].iloc[0] == found["value"].iloc[2]


# --------------------------------------------------------------------------------- the summary


def collected(floors):
    generator = np.random.default_rng(17)
    base = cells_of(generator, documents=120)
    tuned = moved(base, generator, share=0.5)
    planes = {
        ("base", 0): base,
        ("tuned", 0): tuned,
        ("again", 0): moved(tuned, generator, share=0.1),
        ("same", 0): tuned,
    }
    place = {"space": "s", "corpus": "c", "pooling": "mean", "reduction": "pca", "bins": "equal", "size": SIZE}
    states = {name: in_blocks(states_of(generator, documents=120)) for name in ("base", "tuned", "again", "same")}
    of_states = tables.drift_of_states({0: similarities(states, np.arange(120))}, documents=120)
    parts = [({"space": "s", "corpus": "c", "pooling": "mean"}, of_states), (place, drift_of(planes, permutations=99))]
    return summary.table_of_drift(parts, {"s": floors})


def test_floors_stand_beside_every_pair_and_say_who_lies_beyond():
    found = collected({"again": ["tuned", "again"]})
    own = found[found["statistic"] == names.EDGES]
    assert own["floors"].nunique() == 1 + 2  # the mean, and two edges between layers
    floor = row_of(own, names.EDGES, pair=("again", "tuned"))
    assert floor.floors == f'{{"again": {float(f"{floor.value:.10g}")}}}'
    assert not floor.beyond_floors
    assert row_of(own, names.EDGES).beyond_floors
    assert not row_of(own, names.EDGES, pair=("same", "tuned")).beyond_floors


def test_beyond_is_beyond_every_floor_that_is_defined():
    values = {
        ("a", "b"): [0.5, 0.5, 0.7, np.nan, 0.5],
        ("a", "c"): [0.4, 0.6, 0.6, 0.4, np.nan],
        ("b", "c"): [0.3, 0.3, np.nan, 0.3, np.nan],
    }
    columns = [column.name for column in contracts.DRIFT.columns]
    rows = [
        {"model_a": one, "model_b": other, "statistic": names.REGIONS, "seed": 0, "layer": layer, "value": value}
        for (one, other), own in values.items()
        for layer, value in enumerate(own)
    ]
    part = pd.DataFrame(rows, columns=columns).astype({"seed": "Int16", "layer": "Int16", "p": float})
    floors = {"s": {"one": ["c", "a"], "other": ["b", "c"]}, "t": {"itself": ["a", "b"]}}
    places = [{"space": space, "corpus": "x", "pooling": "mean"} for space in floors]
    found = summary.table_of_drift([(place, part) for place in places], floors)
    own = found[(found["model_a"] == "a") & (found["model_b"] == "b")]
    assert own["beyond_floors"].tolist() == [True, False, True, pd.NA, pd.NA, False, False, False, pd.NA, False]
    assert json.loads(own["floors"].iloc[2]) == {"one": 0.6, "other": None}
    assert json.loads(own["floors"].iloc[-1]) == {"itself": 0.5}


def test_families_are_of_one_statistic_and_of_means_or_layers():
    place = {"space": "s", "corpus": "x", "pooling": "mean", "reduction": "pca", "bins": "equal", "size": SIZE}
    rows = [
        {"model_a": "a", "model_b": "b", "statistic": statistic, "layer": layer, "value": 0.5, "p": p}
        for statistic, layer, p in (
            (names.REGIONS, None, 0.01), (names.REGIONS, 0, 0.02), (names.REGIONS, 1, 0.02), (names.REGIONS, 2, 0.06),
            (names.EDGES, None, 0.04), (names.EDGES, 0, 0.5),
        )
    ]  # fmt: skip
    part = pd.DataFrame(rows, columns=[column.name for column in contracts.DRIFT.columns]).astype({"layer": "Int16"})
    found = summary.table_of_drift([(place, part)], {"s": {}})
    assert found["q"].tolist() == pytest.approx([0.01, 0.03, 0.03, 0.06, 0.04, 0.5])


def test_of_similarities_less_is_beyond():
    found = collected({"again": ["tuned", "again"]})
    assert row_of(found, names.AGREEMENT).value < row_of(found, names.AGREEMENT, pair=("again", "tuned")).value
    assert row_of(found, names.AGREEMENT).beyond_floors


def test_without_floors_nothing_is_said_of_them():
    found = collected({})
    assert set(found["floors"]) == {"{}"}
    assert found["beyond_floors"].isna().all()


def test_q_is_of_one_statistic_of_the_table_and_states_have_no_grid():
    found = collected({})
    means = found[(found["statistic"] == names.EDGES) & found["layer"].isna()]
    assert (means["q"] >= means["p"]).all()
    assert means["q"].max() == pytest.approx(means["p"].max())
    assert found.loc[found["statistic"] == names.CKA, ["q", "p"]].isna().all(axis=None)
    assert found.loc[found["statistic"] == names.CKA, "size"].isna().all()
    assert summary.table_of_drift([], {}).columns.tolist() == found.columns.tolist()


def test_regions_of_spaces_of_their_own_are_held_against_each_other_whatever_axes_these_have():
    generator = np.random.default_rng(18)
    base = cells_of(generator)
    tuned = moved(base, generator, share=0.5)
    own = {("base", 0): base, ("tuned", 0): SIZE - 1 - base[..., ::-1]}
    planes = {("base", 0): base, ("tuned", 0): tuned}
    found = tables.drift_of_cells(
        planes,
        corpus_of(60),
        tables.Labels(""),
        size=SIZE,
        constant={"base": {0: [1]}},
        permutations=19,
        seed=0,
        own=own,
    )
    assert row_of(found, names.OWN_AGREEMENT, 0).value == pytest.approx(1)
    assert np.isnan(row_of(found, names.OWN_AGREEMENT, 1).value)
    assert row_of(found, names.AGREEMENT, 0).value < 0.7
    assert row_of(found, names.OWN_AGREEMENT).permutations == 0


def test_the_null_is_that_of_the_exchanges_and_p_counts_those_that_are_as_far():
    generator = np.random.default_rng(19)
    base = cells_of(generator)
    tuned = moved(base, generator, share=0.3)
    found = drift_of({("base", 0): base, ("tuned", 0): tuned}, permutations=39)
    drawn = drawn_for(60, permutations=39)
    values = apart(base, tuned, drawn, size=SIZE)
    for statistic, columns in ((names.REGIONS, values.regions), (names.EDGES, values.edges)):
        for layer, each in ((None, columns.mean(axis=0)), (1, columns[1])):
            row = row_of(found, statistic, layer)
            assert row.value == pytest.approx(each[0])
            assert row.null_mean == pytest.approx(each[1:].mean())
            assert row.null_quantile == pytest.approx(np.quantile(each[1:], 0.95))
            assert row.p == (np.count_nonzero(each[1:] >= each[0] - 1e-12) + 1) / 40
            assert row.permutations == 39


def write_states(path, layers):
    """An activations file with the hidden state of each layer under mean pooling."""

    def fill(file):
        for layer, rows in enumerate(layers):
            store.add_array(file, contracts.hidden_state("mean", layer), rows, distinct=len(rows))

    known = dict.fromkeys(contracts.ACTIVATIONS.attributes, "")
    store.write_arrays(path, contracts.ACTIVATIONS, fill, provenance={}, **known)


def write_corpus(path, corpus, labellings=None):
    documents = len(corpus)
    corpus = corpus.assign(document=range(documents), id=[str(each) for each in range(documents)])
    corpus = corpus.assign(**dict.fromkeys(("time", "hover")))
    store.write_table(path, corpus, contracts.CORPUS, provenance={}, labellings=labellings or {})


def test_the_script_of_states_holds_every_layer_and_refuses_models_of_unequal_depth(tmp_path):
    generator = np.random.default_rng(25)
    states = {model: [states_of(generator) for _ in range(layers)] for model, layers in (("b", 3), ("a", 3), ("c", 4))}
    for model, layers in states.items():
        write_states(tmp_path / f"{model}.h5", layers)
    write_corpus(tmp_path / "corpus.parquet", corpus_of(80).drop(columns="label"))
    asked = [str(tmp_path / "corpus.parquet"), str(tmp_path / "drift.parquet")]
    compare_states({model: str(tmp_path / f"{model}.h5") for model in "ab"}, *asked, pooling="mean", seed=0)
    found = store.read_table(asked[1], contracts.DRIFT)
    expected = [slow_cka(one, other) for one, other in zip(states["a"], states["b"], strict=True)]
    assert found["value"].tolist() == pytest.approx([np.mean(expected), *expected])
    for order in ("abc", "cab"):
        with pytest.raises(ReductionError, match="must have the same number of layers: "):
            compare_states({model: str(tmp_path / f"{model}.h5") for model in order}, *asked, pooling="mean", seed=0)


@pytest.mark.parametrize(("labelling", "told"), [("label", True), ("rare", False), (None, False)])
def test_the_script_tells_labels_that_have_documents_enough_and_reads_each_models_own_cells(tmp_path, labelling, told):
    generator = np.random.default_rng(20)
    planes = {("base", 0): cells_of(generator), ("tuned", 0): cells_of(generator)}
    own = {model: {(model, 0): planes["base", 0]} for model in ("base", "tuned")}
    for name, cells in {"cells": planes, **own}.items():
        layers = {(*key, layer): plane[layer].T for key, plane in cells.items() for layer in range(3)}
        written = regions.table_of(layers)
        store.write_table(
            tmp_path / f"{name}.parquet", written, contracts.CELLS, provenance={}, constant_layers={"tuned": {"0": [2]}}
        )
    columns = {"label": ["a", "b"] * 30, "rare": [f"label {number}" for number in range(60)]}
    counts = {name: pd.Series(values).value_counts().sort_index().to_dict() for name, values in columns.items()}
    write_corpus(tmp_path / "corpus.parquet", corpus_of(60).drop(columns="label").assign(**columns), counts)
    compare_checkpoints(
        str(tmp_path / "cells.parquet"),
        {model: str(tmp_path / f"{model}.parquet") for model in own},
        str(tmp_path / "corpus.parquet"),
        str(tmp_path / "drift.parquet"),
        labelling=labelling,
        min_documents=10,
        size=SIZE,
        permutations=19,
        seed=0,
    )
    found = store.read_table(tmp_path / "drift.parquet", contracts.DRIFT)
    assert found["label_information_a"].notna().any() == told
    assert set(found["labelling"]) == {labelling or ""}
    assert row_of(found, names.OWN_AGREEMENT).value == pytest.approx(1)
    assert row_of(found, names.REGIONS, 2).constant
    assert not row_of(found, names.REGIONS, 1).constant
