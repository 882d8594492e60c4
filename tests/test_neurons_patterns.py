"""Patterns are looked up as a plain search would find them, and simulations are scored as definitions say."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics

from nrag import contracts, store
from nrag.neurons.baselines import sequence_table, token_table
from nrag.neurons.patterns import Pattern, Text, Traced, pattern_of, patterns_of, table_of
from nrag.neurons.scoring import Sums, detection, window_maxima
from nrag.neurons.summary import block_summary

EMPTY = {"software": {}, "parameters": {}, "inputs": {}}


def plain(documents, patterns):
    """Where patterns apply and the largest activation, token by token."""
    found, start = {}, 0
    for ids in documents:
        for place, token in enumerate(ids):
            for pattern, activation in patterns:
                if token == pattern.activating and all(
                    0 <= place - distance < len(ids) and ids[place - distance] == other
                    for distance, other in pattern.context
                ):
                    found[start + place] = max(found.get(start + place, 0.0), activation)
        start += len(ids)
    return found


def test_matches_are_those_of_a_plain_search():
    generator = np.random.default_rng(0)
    documents = [generator.integers(5, size=size) for size in (0, 1, 2, 9, 30, 60)]
    patterns = []
    for _ in range(60):
        distances = generator.choice([-3, -2, -1, 1, 2, 3], size=generator.integers(0, 3), replace=False)
        context = [(int(distance), int(generator.integers(5))) for distance in distances]
        patterns.append((pattern_of(int(generator.integers(5)), context), float(generator.random())))
    for chosen in (patterns, patterns[:3], []):
        matches = Text(documents).matches(chosen)
        expected = plain(documents, chosen)
        assert matches.positions.tolist() == sorted(expected)
        np.testing.assert_allclose(matches.values, [expected[place] for place in sorted(expected)])


def test_a_pattern_has_one_order():
    one = pattern_of(3, [(2, 9), (-1, 4), (1, 5)])
    assert one == pattern_of(np.int64(3), [(1, 5), (2, 9), (-1, 4)])
    assert one.context == ((1, 5), (-1, 4), (2, 9))


def test_patterns_come_back_from_their_table(tmp_path):
    traced = [
        (4, 1, [Traced(Pattern(9), 0.5, 1.0, 3), Traced(Pattern(2, ((1, 7), (3, 8))), 0.25, 0.75, 1)]),
        (4, -1, [Traced(Pattern(1, ((-2, 6),)), 1.0, 0.5, 2)]),
        (1, 1, [Traced(Pattern(9), 0.5, 1.0, 3)]),
    ]
    table = table_of(2, traced)
    assert table[["neuron", "pattern"]].drop_duplicates().to_numpy().tolist() == [[1, 0], [4, 0], [4, 1], [4, 2]]
    assert table.loc[table["pattern"] == 2, "sign"].tolist() == [-1]
    assert table["distance"].isna().sum() == table["context"].isna().sum() == 2
    found = patterns_of(table)
    assert list(found) == [(1, 1), (4, -1), (4, 1)]
    assert found[4, 1] == sorted(traced[0][2], key=lambda each: each.pattern)
    assert table.equals(table_of(2, traced[::-1]))
    store.write_table(tmp_path / "p.parquet", table, contracts.PATTERNS, provenance=EMPTY)
    again = store.read_table(tmp_path / "p.parquet", contracts.PATTERNS)
    assert patterns_of(again) == found


def test_patterns_come_back_whatever_the_order_of_rows_and_without_a_check():
    generator = np.random.default_rng(0)
    kinds = {
        pattern_of(token, [(int(step), int(generator.integers(9))) for step in steps])
        for token in range(30)
        for steps in [generator.choice([-3, -2, -1, 1, 2, 3], size=generator.integers(4), replace=False)]
    }
    traced = [
        (neuron, 1, [Traced(each, float(generator.random()), float("nan"), 0) for each in sorted(kinds)])
        for neuron in (2, 5)
    ]
    table = table_of(0, traced).sample(frac=1, random_state=0)
    found = patterns_of(table)
    assert repr(found) == repr({(neuron, 1): patterns for neuron, _, patterns in traced})
    assert patterns_of(table.iloc[:0]) == {}


def test_baselines_are_mean_activations_of_tokens_and_sequences():
    documents = [np.array([1, 2, 3, 4, 5, 6, 7]), np.array([7])]
    tokens = token_table([7, 7, 3], [0.5, 0.9, 0.6])
    assert tokens == [(Pattern(3), 0.6), (Pattern(7), pytest.approx(0.7))]
    table = dict(sequence_table([documents[0], documents[1], documents[0]], [6, 0, 2], [0.5, 0.9, 0.6]))
    assert table == {
        Pattern(7, ((1, 6), (2, 5), (3, 4), (4, 3), (5, 2))): 0.5,
        Pattern(7): 0.9,
        Pattern(3, ((1, 2), (2, 1))): 0.6,
    }


@pytest.fixture(scope="module")
def simulated():
    generator = np.random.default_rng(1)
    true = np.round(np.maximum(generator.normal(size=(300, 4)), 0) / 2, 2)
    said = np.where(generator.random((300, 4)) < 0.6, true, 0) + (generator.random((300, 4)) < 0.05) * 0.7
    true[:, 3] = 0.0
    said[:, 2] = 0.0
    counted = generator.random((300, 4)) < 0.8
    bounds = np.quantile(true[true >= 0.5], [0.25, 0.5, 0.75])
    sums = Sums(4, 0.5, np.repeat(bounds[:, None], 4, axis=1))
    for part in np.array_split(np.arange(300), 7):
        sums.add(true[part], said[part], counted[part])
    return true, said, counted, bounds, sums


def test_scores_of_firing_equal_those_of_scikit_learn(simulated):
    true, said, counted, _, sums = simulated
    found = sums.firing()
    for pair in range(2):
        own = counted[:, pair]
        y, p = true[own, pair] >= 0.5, said[own, pair] >= 0.5
        expected = metrics.precision_recall_fscore_support(y, p, average="binary")[:3]
        np.testing.assert_allclose([found[name][pair] for name in ("precision", "recall", "f1")], expected)


def test_what_is_undefined_is_nan_and_what_is_missed_is_nought(simulated):
    *_, sums = simulated
    found, agreement = sums.firing(), sums.agreement()
    # Nothing is predicted of the third; it fires.
    assert np.isnan(found["precision"][2])
    assert (found["recall"][2], found["f1"][2]) == (0, 0)
    assert np.isnan(agreement["pearson"][2])
    assert agreement["r2"][2] < 0
    # The fourth never fires.
    assert np.isnan(found["recall"][3])
    assert found["precision"][3] == found["f1"][3] == 0
    assert np.isnan(agreement["pearson"][3])
    assert np.isnan(agreement["r2"][3])


def test_quantiles_share_the_false_alarms(simulated):
    true, said, counted, bounds, sums = simulated
    own = counted[:, 0]
    y, p = true[own, 0], said[own, 0] >= 0.5
    false = (p & (y < 0.5)).sum()
    total = 0
    for quantile in range(4):
        inside = (y >= 0.5) & ((y[:, None] > bounds).sum(axis=1) == quantile)
        found = {name: values[0] for name, values in sums.firing(quantile).items()}
        hits = (inside & p).sum()
        total += inside.sum()
        assert (found["firing"], found["hits"], found["predicted"]) == (inside.sum(), hits, hits + false)
        assert found["precision"] == pytest.approx(hits / (hits + false))
    assert total == sums.firing()["firing"][0]


def test_agreement_is_that_of_all_counted_tokens(simulated):
    true, said, counted, _, sums = simulated
    found = sums.agreement()
    for pair in range(2):
        y, p = true[counted[:, pair], pair], said[counted[:, pair], pair]
        assert found["pearson"][pair] == pytest.approx(stats.pearsonr(y, p)[0])
        assert found["r2"][pair] == pytest.approx(metrics.r2_score(y, p))


def test_detection_equals_scikit_learn():
    generator = np.random.default_rng(2)
    fires = generator.random((60, 3)) < [0.3, 0.5, 0.0]
    said = np.round(generator.random((60, 3)) * 0.6 + fires * 0.3, 1)
    counted = generator.random((60, 3)) < 0.7
    found = detection(fires, said, counted, threshold=0.5)
    for pair in range(2):
        own = counted[:, pair]
        assert found["auc"][pair] == pytest.approx(metrics.roc_auc_score(fires[own, pair], said[own, pair]))
        expected = metrics.balanced_accuracy_score(fires[own, pair], said[own, pair] >= 0.5)
        assert found["balanced_accuracy"][pair] == pytest.approx(expected)
    assert np.isnan(found["auc"][2])
    assert np.isnan(found["balanced_accuracy"][2])


def test_windows_have_the_largest_of_32_tokens_and_the_last_may_be_short():
    values = np.zeros((1, 70, 1))
    values[0, [31, 32, 69], 0] = [1, 2, 3]
    assert window_maxima(values).ravel().tolist() == [1, 2, 3]


def scored(**changed):
    row = {"block": 0, "neuron": 0, "sign": 1, "method": "graph", "split": "text", "quantile": 0, "firing": 5}
    names = ("precision", "recall", "f1", "pearson", "r2", "detection_balanced_accuracy", "detection_auc")
    return row | dict.fromkeys(names, 0.5) | {"kind": ""} | changed


def summed(rows, failures=()):
    lost = pd.DataFrame(failures, columns=["block", "neuron", "sign", "reason"])
    return block_summary(pd.DataFrame(rows), lost, seed=0).set_index(["block", "sign", "method", "split"])


def test_a_block_is_the_mean_of_the_neurons_that_fire():
    rows = [scored(neuron=n, f1=n / 10, precision=np.nan if n == 3 else 0.4) for n in range(5)]
    rows += [scored(neuron=9, firing=0, f1=1.0), scored(neuron=4, quantile=1, f1=9.0)]
    row = summed(rows).loc[0, 1, "graph", "text"]
    assert (row["pairs"], row["firing"]) == (6, 5)
    assert row["f1"] == pytest.approx(0.2)
    assert (row["precision"], row["precision_defined"], row["f1_defined"]) == (pytest.approx(0.4), 4, 5)
    assert row["f1_low"] < 0.2 < row["f1_high"]
    assert row["precision_low"] == pytest.approx(row["precision_high"])
    # The bootstrap's spread is that of a mean of five.
    spread = np.std(np.arange(5) / 10) / np.sqrt(5)
    assert row["f1_high"] - row["f1_low"] == pytest.approx(2 * 1.96 * spread, rel=0.25)


def test_both_signs_of_a_neuron_are_drawn_together():
    # What one sign of a neuron has more the other has less: drawn together their mean never changes.
    rows = [scored(neuron=n, sign=sign, f1=0.5 + sign * n / 20) for n in range(6) for sign in (1, -1)]
    both = summed(rows).loc[0, 0, "graph", "text"]
    assert both["f1_low"] == pytest.approx(0.5)
    assert both["f1_high"] == pytest.approx(0.5)


def test_methods_are_compared_on_the_same_samples_of_neurons():
    rows = [scored(neuron=n, method=m, f1=n / 10 + (m == "token")) for n in range(6) for m in ("graph", "token")]
    table = summed(rows)
    difference = table.loc[0, 0, "token", "text"] - table.loc[0, 0, "graph", "text"]
    assert difference["f1_low"] == pytest.approx(1)
    assert difference["f1_high"] == pytest.approx(1)


def test_a_block_counts_its_kinds_and_failures_by_sign_and_one_without_any_graph_is_there():
    rows = [scored(neuron=1, kind="single-token"), scored(neuron=1, sign=-1, kind="single-token, dense", f1=0.1)]
    failures = [
        (0, 1, -1, "none of its 3 examples"),
        (0, 2, 0, "dead: it"),
        (0, 3, 0, "not finite"),
        (1, 4, 0, "dead: it"),
    ]
    table = summed(rows, failures)
    both = table.loc[0, 0, "graph", "text"]
    assert both[["neurons", "failed", "dead", "pairs", "single_token", "dense"]].tolist() == [1, 2, 1, 2, 2, 1]
    assert both["f1"] == pytest.approx(0.3)
    assert table.loc[0, -1, "graph", "text"]["f1"] == pytest.approx(0.1)
    # One neuron has no interval, whether of one sign or of both.
    assert np.isnan(table.loc[0, [0, 1, -1], "graph", "text"][["f1_low", "f1_high"]].to_numpy()).all()
    empty = table.loc[1, 0, "graph", "text"]
    assert empty[["neurons", "failed", "dead", "pairs"]].tolist() == [0, 1, 1, 0]
    assert np.isnan(empty["f1"])
