"""p-values adjusted for how many were looked at."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from nrag.corrections import benjamini_hochberg, holm

NAN = np.nan


def slow_holm(p):
    """Step down from the smallest: each is multiplied by how many are left, and none is below one before it."""
    adjusted, least = [None] * len(p), Fraction(0)
    for done, place in enumerate(sorted(range(len(p)), key=lambda place: p[place])):
        least = max(least, min(Fraction(1), (len(p) - done) * p[place]))
        adjusted[place] = least
    return adjusted


def some_p(seed, count=12):
    """Fractions from 0 to 1, some of them equal."""
    return [Fraction(int(value), 40) for value in np.random.default_rng(seed).integers(1, 41, count)]


@pytest.mark.parametrize("seed", range(5))
def test_q_are_those_of_scipy(seed):
    p = np.array(some_p(seed), dtype=float) / 8
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p, method="bh"), rtol=1e-14)
    with_ones = np.concatenate([p, np.ones(20)])
    np.testing.assert_allclose(benjamini_hochberg(p, tests=32), false_discovery_control(with_ones)[:12], rtol=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_the_definition(seed):
    p = [value / 8 for value in some_p(seed)]
    np.testing.assert_allclose(holm(np.array(p, dtype=float)), np.array(slow_holm(p), dtype=float), rtol=1e-14)


def test_holm_of_three_values_known_by_hand():
    np.testing.assert_allclose(holm(np.array([0.5, 0.01, 0.02])), [0.5, 0.03, 0.04])
    np.testing.assert_allclose(holm(np.array([0.02, 0.9, 0.021])), [0.06, 0.9, 0.06])


@pytest.mark.parametrize("adjust", [benjamini_hochberg, holm])
def test_undefined_p_count_as_no_test(adjust):
    p = np.array([[0.04, NAN, 0.01], [NAN, 0.2, 0.03]])
    found = adjust(p)
    assert found.shape == p.shape
    np.testing.assert_array_equal(np.isnan(found), np.isnan(p))
    np.testing.assert_array_equal(found[np.isfinite(p)], adjust(p[np.isfinite(p)]))
    assert np.isnan(adjust(np.full(2, NAN))).all()
    assert adjust(np.empty(0)).shape == (0,)


@pytest.mark.parametrize("adjust", [benjamini_hochberg, holm])
def test_no_adjusted_value_is_below_p_or_above_1(adjust):
    p = np.array(some_p(7), dtype=float)
    assert (adjust(p) >= p).all()
    assert (adjust(p) <= 1).all()
    assert adjust(np.ones(3)).tolist() == [1, 1, 1]
    assert adjust(np.array([0.25])).tolist() == [0.25]
