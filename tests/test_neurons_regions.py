"""Neurons that tell a region's documents from the others, against SciPy and by what was planted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nrag.corrections import benjamini_hochberg
from nrag.neurons.region_links import FEWEST, firing_shares, linked, regions_of, separation, strengths


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
    assert first.loc[0, "q"] == pytest.approx(q[0, 4])
    assert linked(strengths(highest, lowest), member, np.arange(6))["auc_untrained"].isna().all()


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
