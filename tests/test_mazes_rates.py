"""Rates have Wilson's intervals, and pass@k is a count of ways to choose."""

import itertools
import math
from random import Random

import pytest
from scipy.stats import binom, binomtest

from nrag.mazes.rates import pass_at_k, wilson_interval


@pytest.mark.parametrize(
    ("successes", "number"), [(0, 1), (1, 1), (0, 500), (3, 7), (250, 500), (499, 500), (341, 500)]
)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_intervals_are_those_of_scipy(successes, number, confidence):
    expected = binomtest(successes, number).proportion_ci(confidence_level=confidence, method="wilson")
    assert wilson_interval(successes, number, confidence=confidence) == pytest.approx(tuple(expected), abs=1e-12)


def test_published_intervals():
    # Newcombe (1998), table I.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_intervals_keep_what_is_certain_and_what_is_seen():
    for number in range(1, 60):
        assert wilson_interval(0, number)[0] == 0.0
        assert wilson_interval(number, number)[1] == 1.0
        for successes in range(number + 1):
            low, high = wilson_interval(successes, number)
            assert 0 <= low <= successes / number <= high <= 1
            mirrored = wilson_interval(number - successes, number)
            assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-12)


def test_intervals_hold_the_chance_as_often_as_they_say():
    for chance in (0.1, 0.5, 0.682):
        held = [successes for successes in range(501) if _within(chance, wilson_interval(successes, 500))]
        assert sum(binom.pmf(held, 500, chance)) == pytest.approx(0.95, abs=0.01)


def _within(chance, interval):
    return interval[0] <= chance <= interval[1]


def test_without_trials_nothing_is_known():
    assert all(math.isnan(end) for end in wilson_interval(0, 0))


def test_pass_at_k_is_the_share_of_choices_with_a_success():
    for number in range(1, 8):
        for successes in range(number + 1):
            samples = [True] * successes + [False] * (number - successes)
            for k in range(1, number + 1):
                choices = list(itertools.combinations(samples, k))
                expected = sum(map(any, choices)) / len(choices)
                assert pass_at_k(successes, number, k) == pytest.approx(expected, abs=1e-15)


def test_pass_at_k_is_without_bias():
    random, chance = Random(0), 0.3
    drawn = [pass_at_k(sum(random.random() < chance for _ in range(10)), 10, 4) for _ in range(20_000)]
    assert sum(drawn) / len(drawn) == pytest.approx(1 - (1 - chance) ** 4, abs=0.005)


def test_pass_at_k_of_many_samples_is_exact():
    assert pass_at_k(1, 10_000, 1) == 1e-4
    assert pass_at_k(0, 10_000, 5000) == 0.0
    assert pass_at_k(1, 10_000, 10_000) == 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: wilson_interval(3, 2), "successes must be 0 to 2, found 3"),
        (lambda: wilson_interval(-1, 2), "successes must be 0 to 2, found -1"),
        (lambda: wilson_interval(1, 2, confidence=1), "confidence must be between 0 and 1, found 1"),
        (lambda: pass_at_k(3, 2, 1), "successes must be 0 to 2, found 3"),
        (lambda: pass_at_k(1, 2, 0), "k must be 1 to 2, the number of samples, found 0"),
        (lambda: pass_at_k(1, 2, 3), "k must be 1 to 2, the number of samples, found 3"),
        (lambda: pass_at_k(0, 0, 1), "k must be 1 to 0, the number of samples, found 1"),
    ],
)
def test_counts_that_cannot_be_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
