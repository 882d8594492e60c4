"""Intervals of rates and of paired differences: those of the books where they are there, and calibrated beyond."""

import math

import numpy as np
import pytest
from scipy import stats

from nrag.evaluation.intervals import difference_interval, rate_interval, variance_of_mean
from nrag.mazes.rates import wilson_interval


def slow_variance(values):
    """The variance of a mean by its definition: mean squares of a two-way table of seeds and mazes, value by value."""
    seeds, mazes = len(values), len(values[0])
    mean = sum(map(sum, values)) / (seeds * mazes)
    rows = [sum(row) / mazes for row in values]
    columns = [sum(row[maze] for row in values) / seeds for maze in range(mazes)]
    a = mazes * sum((row - mean) ** 2 for row in rows) / (seeds - 1)
    b = seeds * sum((column - mean) ** 2 for column in columns) / (mazes - 1)
    left = 0.0
    for seed in range(seeds):
        for maze in range(mazes):
            left += (values[seed][maze] - rows[seed] - columns[maze] + mean) ** 2
    left /= (seeds - 1) * (mazes - 1)
    degrees = (a + b - left) ** 2 / (
        a**2 / (seeds - 1) + b**2 / (mazes - 1) + left**2 / ((seeds - 1) * (mazes - 1))
    )  # fmt: skip
    return (a + b - left) / (seeds * mazes), degrees


def test_the_variance_is_that_of_its_definition():
    draw = np.random.default_rng(0)
    values = draw.normal(size=(4, 1)) + draw.normal(size=30) + draw.normal(size=(4, 30))
    assert variance_of_mean(values) == pytest.approx(slow_variance(values.tolist()))


def test_where_only_seeds_or_only_mazes_differ_the_variance_is_theirs():
    apart = np.array([0.1, 0.4, 0.9])
    of_seeds = np.repeat(apart[:, None], 50, axis=1)
    assert variance_of_mean(of_seeds) == pytest.approx((apart.var(ddof=1) / 3, 2))
    of_mazes = np.tile([0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0], (3, 1))
    assert variance_of_mean(of_mazes) == pytest.approx((of_mazes[0].var(ddof=1) / 7, 6))
    assert all(math.isnan(each) for each in variance_of_mean(np.ones((3, 1))))


@pytest.mark.parametrize(("solved", "mazes"), [(0, 20), (20, 20), (1, 29), (81, 263), (341, 500)])
def test_of_one_answer_to_a_maze_it_is_wilsons_interval(solved, mazes):
    shares = np.array([[1.0] * solved + [0.0] * (mazes - solved)])
    assert rate_interval(shares, answers=1) == pytest.approx(wilson_interval(solved, mazes), abs=1e-12)


def test_answers_that_repeat_each_other_count_once():
    shares = np.array([[1.0] * 30 + [0.0] * 70])
    assert rate_interval(shares, answers=16) == pytest.approx(wilson_interval(30, 100), abs=1e-12)
    twice = np.repeat(shares, 3, axis=0)
    low, high = rate_interval(twice, answers=1)
    # Three equal seeds are no more than one; their few degrees widen it a little.
    assert low <= wilson_interval(30, 100)[0] + 1e-9
    assert high == pytest.approx(wilson_interval(30, 100)[1], abs=0.01)


def test_answers_that_know_nothing_of_each_other_count_one_by_one_and_never_more():
    shares = np.random.default_rng(1).binomial(8, 0.4, size=(1, 3000)) / 8
    low, high = rate_interval(shares, answers=8)
    alone = wilson_interval(shares.mean() * 24_000, 24_000)
    assert high - low == pytest.approx(alone[1] - alone[0], rel=0.06)
    even = np.full((1, 100), 0.5)
    assert rate_interval(even, answers=8) == pytest.approx(wilson_interval(400, 800), abs=1e-12)


def test_a_rate_that_few_seeds_tell_has_as_many_answers_as_they_are_worth():
    shares = np.array([[0.5] * 40, [0.9] * 40, [0.1] * 40])
    # Only seeds differ: the variance of the mean is 0.16 / 3, known by two degrees of freedom.
    known = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 2)) ** 2
    number = known * 0.25 / (0.16 / 3)
    assert number < 1
    assert rate_interval(shares, answers=10) == pytest.approx(wilson_interval(number / 2, number), abs=1e-12)


def test_answers_that_agree_more_than_chance_would_have_them_still_count_once_each():
    shares = np.array([[0.5] * 39 + [0.25]])
    alone = wilson_interval(shares.mean() * 160, 160)
    assert rate_interval(shares, answers=4) == pytest.approx(alone, abs=1e-12)


def test_where_all_or_none_succeed_every_maze_counts_once():
    for end in (0.0, 1.0):
        expected = wilson_interval(40 * end, 40)
        assert rate_interval(np.full((3, 40), end), answers=8) == pytest.approx(expected, abs=1e-12)


def test_without_mazes_there_is_no_interval():
    empty = np.empty((1, 0))
    assert all(math.isnan(end) for end in (*rate_interval(empty, answers=0), *difference_interval(empty)))


def test_of_one_seed_the_difference_has_agresti_and_mins_interval():
    # Of 60 mazes 9 are solved by the one alone and 2 by the other alone.
    differences = np.array([[1.0] * 9 + [-1.0] * 2 + [0.0] * 49])
    mean = 7 / 62
    spread = math.sqrt((12 - 62 * mean**2) / 61 / 62)
    half = stats.t.ppf(0.975, 61) * spread
    assert difference_interval(differences) == pytest.approx((mean - half, mean + half))


def test_the_interval_is_not_empty_where_no_maze_tells_the_two_apart():
    few, many = (difference_interval(np.zeros((1, mazes))) for mazes in (20, 500))
    for low, high in (few, many):
        assert low == pytest.approx(-high)
        assert high > 0
    assert many.high < few.high / 10


def test_the_interval_of_a_difference_ends_where_differences_do():
    low, high = difference_interval(np.ones((1, 3)))
    assert high == 1
    assert difference_interval(-np.ones((1, 3))) == (-1, pytest.approx(-low))


def test_the_interval_turns_with_the_difference_and_knows_no_order_of_mazes_and_seeds():
    draw = np.random.default_rng(2)
    values = draw.choice([-1.0, 0.0, 0.0, 1.0, 1.0], size=(3, 80))
    low, high = difference_interval(values)
    assert difference_interval(-values) == pytest.approx((-high, -low))
    mixed = values[[2, 0, 1]][:, draw.permutation(80)]
    assert difference_interval(mixed) == pytest.approx((low, high))


@pytest.mark.parametrize(("seeds", "spread"), [(1, 0.0), (3, 0.0), (3, 0.3), (5, 0.3)])
def test_intervals_hold_what_is_true_about_as_often_as_they_say(seeds, spread):
    """Mazes of unequal difficulty, seeds of unequal luck, four samples each: 300 studies of a known difference."""

    def chances(base, luck):
        return 1 / (1 + np.exp(-(base + hard + luck)))

    draw = np.random.default_rng(3)
    hard, luck = draw.normal(scale=1.5, size=200_000), draw.normal(scale=spread, size=(2, 200_000))
    truth = chances(0.4, luck[0]).mean(), chances(0, luck[1]).mean()
    held = np.zeros(2)
    for _ in range(300):
        hard = draw.normal(scale=1.5, size=120)
        luck = draw.normal(scale=spread, size=(2, seeds, 1))
        stage, control = (draw.binomial(4, chances(base, own)) / 4 for base, own in zip((0.4, 0), luck, strict=True))
        low, high = difference_interval(stage - control)
        held[0] += low <= truth[0] - truth[1] <= high
        low, high = rate_interval(stage, answers=4)
        held[1] += low <= truth[0] <= high
    assert (held / 300 > 0.9).all()
