"""Neurons that tell a region's documents from the others, against SciPy and by what was planted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nrag import contracts
from nrag.corrections import benjamini_hochberg
from nrag.neurons.examples import Found, Mined
from nrag.neurons.region_links import (
    FEWEST,
    firing_shares,
    label_neurons,
    linked,
    region_neurons,
    regions_of,
    separation,
    strengths,
)


@pytest.fixture
def planted():
    generator = np.random.default_rng(0)
    member = np.zeros((120, 3), dtype=bool)
    member[:40, 0] = member[40:60, 1] = member[60:, 2] = True
    highest = np.round(generator.normal(size=(120, 6)), 1)
    lowest = highest - np.round(generator.random((120, 6)), 1)
    highest[:40, 4] += 3
    lowest[40:60, 2] -= 3
    return highest.astype(np.float32), lowest.astype(np.float32), member


def test_auc_and_p_are_those_of_mann_and_whitney_with_ties(planted):
    highest, lowest, member = planted
    strength = strengths(highest, lowest)
    assert strength.shape == (120, 12)
    np.testing.assert_array_equal(strength[:, 8], np.maximum(-lowest[:, 2], 0))
    auc, p = separation(strength, member)
    for one in range(3):
        for column in range(12):
            inside, outside = strength[member[:, one], column], strength[~member[:, one], column]
            found = stats.mannwhitneyu(inside, outside, use_continuity=False, method="asymptotic")
            assert auc[one, column] == pytest.approx(found.statistic / len(inside) / len(outside))
            assert p[one, column] == pytest.approx(found.pvalue, rel=1e-6, abs=1e-12)


def test_what_cannot_be_told_is_undefined_and_what_is_alike_is_no_finding():
    strength = np.zeros((8, 2))
    strength[:, 1] = np.arange(8)
    member = np.array([[True] * 8, [False] * 8, [True] * 4 + [False] * 4]).T
    auc, p = separation(strength, member)
    assert np.isnan(auc[:2]).all()
    assert np.isnan(p[:2]).all()
    assert auc[2].tolist() == [0.5, 0.0]
    assert p[2, 0] == 1


def test_planted_neurons_lead_their_regions_and_controls_say_what_chance_gives(planted):
    highest, lowest, member = planted
    generator = np.random.default_rng(1)
    controls = [generator.random((120, 12)).astype(np.float32) for _ in range(2)]
    table = linked(strengths(highest, lowest), member, np.array([10, 11, 12, 13, 14, 15]), controls)
    first = table.groupby("set").first()
    assert first.loc[[0, 1], ["neuron", "sign"]].to_numpy().tolist() == [[14, 1], [12, -1]]
    assert (first.loc[[0, 1], "auc"] > 0.9).all()
    assert (first.loc[[0, 1], "q"] < 0.001).all()
    best = [separation(each, member)[0].max(axis=1) for each in controls]
    np.testing.assert_allclose(first["auc_untrained"], np.mean(best, axis=0))
    assert (first.loc[[0, 1], "auc"] > first.loc[[0, 1], "auc_untrained"] + 0.2).all()
    assert (table["auc"] > 0.5).all()
    _, p = separation(strengths(highest, lowest), member)
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)
    column = table["neuron"] - 10 + 6 * (table["sign"] < 0)
    np.testing.assert_allclose(table["q"], q[table["set"], column], rtol=1e-9)
    assert (table["q"] > 0.01).any()
    assert linked(strengths(highest, lowest), member, np.arange(6))["auc_untrained"].isna().all()


def test_neurons_of_a_control_that_are_not_finite_do_not_count(planted):
    highest, lowest, member = planted
    strength = strengths(highest, lowest)
    control = np.random.default_rng(1).random((120, 12)).astype(np.float32)
    broken = control.copy()
    broken[3, 5] = np.nan
    sound = linked(strength, member, np.arange(6), [np.delete(control, 5, axis=1)])
    pd.testing.assert_frame_equal(linked(strength, member, np.arange(6), [broken]), sound)
    # Of a model it is only the broken neuron itself that tells nothing.
    own = strength.copy()
    own[3, 5] = np.nan
    assert not ((linked(own, member, np.arange(6)).query("sign > 0"))["neuron"] == 5).any()
    assert linked(own, member, np.arange(6))["auc"].notna().all()


def test_regions_are_those_with_enough_documents():
    cells = pd.DataFrame({"document": range(12), "x": [0] * 6 + [1] * FEWEST + [2], "y": 3})
    places, member = regions_of(cells, 12)
    assert places.to_numpy().tolist() == [[0, 3], [1, 3]]
    assert member.sum(axis=0).tolist() == [6, FEWEST]
    assert member[:6, 0].all()


def test_shares_count_the_documents_in_which_a_neuron_fires():
    strength = np.array([[0.1, 1.0], [0.6, 1.0], [0.7, 0.0], [0.2, 0.0]])
    member = np.array([[True, False, False], [True, False, False], [False, True, False], [False, True, False]])
    shares = firing_shares(strength, member, np.array([0.5, 0.5]))
    assert shares[:2].tolist() == [[0.5, 1.0], [0.5, 0.0]]
    assert np.isnan(shares[2]).all()


# ---------------------------------------------------------------------- tables of regions and labels


def seen(highest, lowest, selected):
    """What mining saw of a block, as far as links need it: peaks over all documents."""
    nothing = Found(*(np.empty(0, dtype) for dtype in (np.int32, np.int8, np.int16, np.int32, np.int32, np.float32)))
    peaks = np.zeros((max(selected) + 1, 2), dtype=np.float32)
    peaks[selected] = np.column_stack([highest.max(axis=0), -lowest.min(axis=0)])
    histogram = np.zeros((len(peaks), 2, 96), dtype=np.int64)
    return Mined(len(peaks), np.array(selected), histogram, peaks, nothing, nothing, highest, lowest)


@pytest.fixture
def mined(planted):
    highest, lowest, _ = planted
    generator = np.random.default_rng(3)
    noise = generator.normal(size=(120, 6)).astype(np.float32)
    selected = [10, 11, 12, 13, 14, 15]
    return {0: seen(noise, noise - 1, selected), 2: seen(highest, lowest, selected)}


def test_a_region_has_the_neurons_of_the_block_below_it(planted, mined):
    *_, member = planted
    of_layer = pd.DataFrame({"document": np.arange(120), "x": member.argmax(axis=1), "y": 7})
    cells = pd.concat([of_layer.assign(model="m", seed=seed, layer=layer) for seed in (0, 1) for layer in range(4)])
    generator = np.random.default_rng(4)
    chance = seen(*(generator.normal(size=(120, 6)).astype(np.float32) + step for step in (1, -1)), [0, 1, 2, 3, 4, 5])
    lengths = np.where(member[:, 1], 30, 10)
    table = region_neurons(cells, mined, [{2: chance}], lengths=lengths)
    assert list(table.columns) == [column.name for column in contracts.REGION_NEURONS.columns]
    # Hidden state 0 is the embeddings', and block 1 was not mined.
    assert sorted(set(zip(table["layer"], table["block"], strict=True))) == [(1, 0), (3, 2)]
    assert sorted(set(table["seed"])) == [0, 1]
    last = table[(table["layer"] == 3) & (table["seed"] == 1)]
    best = last.sort_values("auc").groupby("x").tail(1).set_index("x")
    assert best.loc[0, ["neuron", "sign", "documents", "y"]].tolist() == [14, 1, 40, 7]
    assert best.loc[1, ["neuron", "sign", "documents", "y"]].tolist() == [12, -1, 20, 7]
    assert (best.loc[[0, 1], "auc"] > best.loc[[0, 1], "auc_untrained"] + 0.2).all()
    assert table[table["layer"] == 1]["auc_untrained"].isna().all()
    # The second region has the 20 long documents: those of the first tie with the third's 60, and these with its 40.
    assert best["auc_length"].round(3).to_dict() == {0: 0.375, 1: 1, 2: 0.333}
    key = list(contracts.REGION_NEURONS.key)
    assert table[key].equals(table[key].sort_values(key))


def test_a_label_has_neurons_of_every_block_and_how_often_they_fire(planted, mined):
    *_, member = planted
    labels = pd.Series(np.array(["a", "b", "c"])[member.argmax(axis=1)], dtype="str")
    labels[110:] = None
    # One label alone has nothing to be told from.
    table = label_neurons(
        {"topic": labels, "one": labels.where(labels == "a")}, mined, lengths=np.arange(120), threshold=0.5
    )
    assert set(table["labelling"]) == {"topic"}
    assert set(table["block"]) == {0, 2}
    best = table.sort_values("auc").groupby("label").tail(1).set_index("label")
    assert best.loc["a", ["block", "neuron", "sign"]].tolist() == [2, 14, 1]
    assert best.loc["b", ["block", "neuron", "sign"]].tolist() == [2, 12, -1]
    strong = mined[2].highest[:110, 4] >= 0.5 * mined[2].peak(14, 1)
    own = (labels == "a").to_numpy()[:110]
    assert best.loc["a", "fires"] == pytest.approx(strong[own].mean())
    assert best.loc["a", "fires_elsewhere"] == pytest.approx(strong[~own].mean())
    assert table["auc_untrained"].isna().all()
    # Of a negative sign too.
    weak = -mined[2].lowest[:110, 2] >= 0.5 * mined[2].peak(12, -1)
    own = (labels == "b").to_numpy()[:110]
    assert best.loc["b", "fires"] == pytest.approx(weak[own].mean())
    assert best.loc["b", "fires_elsewhere"] == pytest.approx(weak[~own].mean())
    # A control is asked of the labelled documents alone.
    again = label_neurons({"topic": labels}, mined, [mined], lengths=np.arange(120), threshold=0.5)
    strongest = table.groupby(["block", "label"])["auc"].max()
    assert (again.groupby(["block", "label"])["auc_untrained"].max() == strongest).all()
    # The documents of a come before those of b, and these before those of c: each is longer than the last.
    assert best["auc_length"].to_dict() == {"a": 0, "b": pytest.approx(40 / 90), "c": 1}


def test_without_regions_or_labels_tables_are_empty_and_have_their_columns(mined):
    cells = pd.DataFrame(columns=["document", "x", "y", "model", "seed", "layer"])
    assert list(region_neurons(cells, mined, lengths=np.ones(3)).columns) == [
        column.name for column in contracts.REGION_NEURONS.columns
    ]
    assert list(label_neurons({}, mined, lengths=np.ones(3), threshold=0.5).columns) == [
        c.name for c in contracts.LABEL_NEURONS.columns
    ]
