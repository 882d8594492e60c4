"""Expected mutual information against all dealings, exact fractions and scikit-learn."""

from fractions import Fraction
from itertools import permutations
from math import comb, log2

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.metrics.cluster import expected_mutual_information as sklearn_expected

from nrag.statistics import information
from nrag.statistics.information import expected_mutual_information


def slow_expected(rows, columns):
    """Equation 24a term by term, with exact probabilities."""
    n, total = sum(rows), 0.0
    for a in rows:
        for b in columns:
            for x in range(max(1, a + b - n), min(a, b) + 1):
                chance = Fraction(comb(b, x) * comb(n - b, a - x), comb(n, a))
                total += float(chance * x / n) * log2(n * x / (a * b))
    return total


@pytest.mark.parametrize(("rows", "columns"), [([3, 2, 1], [4, 2]), ([2, 2, 2], [3, 1, 1, 1]), ([5, 1], [3, 3])])
def test_it_is_the_mean_over_all_dealings(rows, columns):
    own, other = np.repeat(np.arange(len(rows)), rows), np.repeat(np.arange(len(columns)), columns)
    dealt = [mutual_info_score(own, other[list(order)]) / np.log(2) for order in permutations(range(len(own)))]
    assert expected_mutual_information(rows, columns) == pytest.approx(np.mean(dealt), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_the_slow_definition_and_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    # Squared, so that sizes are very unequal; parts without documents are among them.
    own, other = rng.integers(0, 40, 300) ** 2 // 40, rng.integers(0, 1 + seed * 8, 300)
    rows, columns = np.bincount(own), np.bincount(other)
    found = expected_mutual_information(rows, columns)
    assert found == pytest.approx(slow_expected(rows[rows > 0].tolist(), columns[columns > 0].tolist()), abs=1e-11)
    assert found == pytest.approx(sklearn_expected(contingency_matrix(own, other), 300) / np.log(2), abs=1e-11)
    assert found == pytest.approx(expected_mutual_information(columns, rows), abs=1e-12)


def test_small_values_of_many_documents_keep_their_digits():
    found = expected_mutual_information([1000] * 100, [50_000, 50_000])
    # Probabilities by their ratios: P(x + 1) / P(x) = (a - x) (b - x) / ((x + 1) (n - a - b + x + 1)).
    x, (a, b, n) = np.arange(1001), (1000, 50_000, 100_000)
    ratios = (a - x[:-1]) * (b - x[:-1]) / ((x[:-1] + 1) * (n - a - b + x[:-1] + 1))
    chances = np.exp(np.concatenate([[0], np.cumsum(np.log(ratios))]) - np.log(ratios[:500]).sum())
    terms = (chances[1:] * x[1:] / n * np.log2(n * x[1:] / (a * b))).sum() / chances.sum()
    assert found == pytest.approx(200 * terms, rel=1e-7)


def test_values_too_rare_to_count_are_left_out_and_no_others(monkeypatch):
    n = 100_000
    a, b = (each.ravel() for each in np.meshgrid([1, 40, 900, 5_000, 30_000, 99_000], [3, 700, 20_000, 60_000, n]))
    found = information.expected_terms(a, b, np.full(len(a), n))
    monkeypatch.setattr(information, "_REACH", 1e9)
    every = information.expected_terms(a, b, np.full(len(a), n))
    np.testing.assert_allclose(found, every, rtol=1e-13, atol=1e-12)
    monkeypatch.setattr(information, "_REACH", 1)
    assert np.abs(information.expected_terms(a, b, np.full(len(a), n)) - every).max() > 1e-4


def test_one_part_or_no_documents_give_nothing():
    assert expected_mutual_information([7], [3, 4]) == 0
    assert expected_mutual_information([1] * 6, [6]) == 0
    assert expected_mutual_information([0, 0], []) == 0


def test_parts_of_one_document_tell_the_whole_entropy():
    assert expected_mutual_information([1] * 8, [4, 2, 2]) == pytest.approx(1.5)


def test_the_size_of_blocks_changes_nothing(monkeypatch):
    rows, columns = [9, 7, 7, 4, 1], [14, 9, 5]
    whole = expected_mutual_information(rows, columns)
    monkeypatch.setattr(information, "TERMS_AT_ONCE", 4)
    assert expected_mutual_information(rows, columns) == pytest.approx(whole, abs=1e-15)


def test_sizes_of_different_sums_are_refused():
    with pytest.raises(ValueError, match="rows have 3 documents and columns 4"):
        expected_mutual_information([1, 2], [4])
