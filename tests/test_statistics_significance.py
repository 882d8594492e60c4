"""From observed and permuted values to effect, z and p."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from nrag.statistics.significance import notes, significance

NAN = np.nan
SIDES = ["larger", "smaller", "two-sided"]


def slow_p(values, side):
    """(b + 1) / (B + 1) of whole numbers, in fractions."""
    values = [Fraction(value) for value in values]
    centre = sum(values) / len(values)
    out = {"larger": lambda v: v, "smaller": lambda v: -v, "two-sided": lambda v: abs(v - centre)}[side]
    return Fraction(sum(out(value) >= out(values[0]) for value in values), len(values))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("seed", range(3))
def test_numbers_are_those_of_the_definition(side, seed):
    values = np.random.default_rng(seed).integers(-5, 9, (7, 21))
    found = significance(values.astype(float), side=side)
    for row, drawn in enumerate(values):
        mean, sd = drawn[1:].mean(), drawn[1:].std(ddof=1)
        assert found.observed[row] == drawn[0]
        assert found.null_mean[row] == pytest.approx(mean)
        assert found.null_sd[row] == pytest.approx(sd)
        quantiles = np.quantile(drawn[1:], [0.025, 0.975])
        np.testing.assert_allclose([found.null_low[row], found.null_high[row]], quantiles)
        assert found.effect[row] == pytest.approx(drawn[0] - mean)
        assert found.z[row] == pytest.approx((drawn[0] - mean) / sd)
        assert found.p[row] == pytest.approx(float(slow_p(drawn.tolist(), side)))
    assert (found.permutations == 20).all()
    assert not found.undefined.any()


def test_sides_differ():
    values = np.array([1.0, 0, 0, 0, 0, 0, 0, 0, 0, -2])
    assert [significance(values, side=side).p.item() for side in SIDES] == [0.1, 1.0, 0.2]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("values", [[0, 1, 2, 7, 11], [0, 0, 1, 5], [-3, 0, 1, 1, 8, 9, 20]])
def test_p_is_at_most_a_level_as_often_as_that_whichever_value_is_the_observed_one(side, values):
    orders = np.array([[first, *values[:n], *values[n + 1 :]] for n, first in enumerate(values)], dtype=float)
    p = significance(orders, side=side).p
    for level in p:
        assert (p <= level + 1e-9).mean() <= level + 1e-9


def test_a_permutation_test_of_all_dealings_has_the_exact_p():
    values, count = np.array([3.0, 9, 4, 1, 12, 8, 7]), 3
    means = [np.mean(values[list(chosen)]) for chosen in itertools.combinations(range(7), count)]
    observed = np.mean(values[[1, 4, 5]])
    others = means.copy()
    others.remove(observed)
    p = significance(np.array([observed, *others]), side="larger").p
    # 9, 12, 8 are the three largest: one dealing of 35.
    assert p == pytest.approx(1 / 35)


@pytest.mark.parametrize("side", SIDES)
def test_values_within_rounding_are_equal(side):
    found = significance(np.array([0.1 + 0.2, 0.3, 0.3, 0.3]), side=side)
    assert found.p == 1
    assert found.effect == found.null_sd == 0
    assert np.isnan(found.z)


@pytest.mark.parametrize(("side", "sign"), [("larger", 1), ("smaller", -1), ("two-sided", 1), ("two-sided", -1)])
def test_dealings_that_give_the_observed_value_count_whatever_their_last_digits(side, sign):
    values = sign * np.array([0.3, 0.3 * (1 - 1e-15), -0.1, 0, -0.1, 0])
    assert significance(values, side=side).p == 2 / 6
    values[1] *= 0.999
    assert significance(values, side=side).p == 1 / 6


@pytest.mark.parametrize("side", SIDES)
def test_permutations_without_a_value_are_left_out(side):
    values = np.array([4.0, 1, NAN, 5, 2, np.inf])
    found, kept = (significance(row, side=side) for row in (values, values[[0, 1, 3, 4]]))
    assert found.undefined == 2
    assert found[:-1] == kept[:-1]
    np.testing.assert_allclose([found.null_low, found.null_high], np.quantile([1, 5, 2], [0.025, 0.975]))


def test_nothing_is_known_of_what_is_undefined():
    found = significance(np.array([NAN, 1.0, 2.0]), side="two-sided")
    assert np.isnan(np.array(found[:8])).all()
    assert found.permutations == 0
    found = significance(np.array([2.0, NAN, NAN]), side="larger")
    assert found.observed == 2
    assert np.isnan(np.array(found[1:8])).all()


def test_without_permutations_there_is_no_p():
    found = significance(np.array([[2.0], [3.0]]), side="larger")
    assert found.observed.tolist() == [2, 3]
    assert np.isnan(np.array(found[1:8])).all()


def test_permutations_that_all_agree_have_no_z():
    found = significance(np.array([2.0, 1, 1, 1]), side="larger")
    assert (found.effect, found.null_sd, found.p) == (1, 0, 0.25)
    assert np.isnan(found.z)


def test_one_permutation_has_no_deviation():
    found = significance(np.array([2.0, 1.0]), side="larger")
    assert (found.effect, found.p) == (1, 0.5)
    assert np.isnan(found.null_sd)
    assert np.isnan(found.z)


def test_arrays_keep_their_shape_and_may_be_empty():
    values = np.random.default_rng(0).random((2, 3, 10))
    found = significance(values, side="smaller")
    assert {array.shape for array in found} == {(2, 3)}
    assert found.p[1, 2] == significance(values[1, 2], side="smaller").p
    assert significance(np.empty((0, 10)), side="two-sided").p.shape == (0,)


def test_notes_are_in_the_order_of_the_statistics():
    values = np.array([[[1.0, NAN, 2, 3], [2, 1, 0, 5]], [[NAN, 1, 1, 1], [4, 4, 4, 4]]])
    assert notes(significance(values, side="larger")) == [
        "undefined in 1 of 3 permutations",
        "",
        "undefined",
        "the same in every permutation",
    ]
    assert notes(significance(np.array([[1.0, NAN]]), side="larger")) == ["undefined in 1 of 1 permutations"]
    assert notes(significance(np.array([1.0]), side="larger")) == ["no permutations"]
