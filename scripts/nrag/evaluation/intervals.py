"""How sure rates and differences of rates are, where a maze has several answers and a stage several seeds.

Values are laid out as (seeds, mazes): every seed was asked the same mazes. Answers to one maze are not independent of
each other, nor are those of one training; so mazes and seeds are what varies, and never single answers.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from nrag.mazes.rates import wilson_interval

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Ends of an interval; both NaN where there is none."""

    low: float
    high: float


class Variance(NamedTuple):
    """That of a mean."""

    value: float
    degrees: float
    """Degrees of freedom that it is known by."""


def variance_of_mean(values: np.ndarray) -> Variance:
    """The variance of the mean of (seeds, mazes) `values` from one choice of seeds and mazes to another.

    Seeds and mazes are crossed random factors: value = mean + seed + maze + rest. With the mean squares of seeds A, of
    mazes B and of the rest R the variance is (A + B - R) / (seeds × mazes), its degrees of freedom after Satterthwaite
    (1946). A component that would be negative is none: the larger of A and B then stands alone. One seed has no
    component of seeds, so that the variance is of mazes alone; one maze has NaN.

    Source: Clark (1973), The language-as-fixed-effect fallacy, Journal of Verbal Learning and Verbal Behavior 12, 335
    (people and words are what seeds and mazes are here).

    >>> variance_of_mean(np.array([[0.0, 1.0, 1.0, 0.0]]))
    Variance(value=0.08333333333333333, degrees=3.0)
    """
    seeds, mazes = values.shape
    if mazes < 2:
        return Variance(float("nan"), float("nan"))
    of_mazes = seeds * values.mean(axis=0).var(ddof=1)
    if seeds == 1:
        return Variance(float(of_mazes / mazes), float(mazes - 1))
    of_seeds = mazes * values.mean(axis=1).var(ddof=1)
    rest = values - values.mean(axis=0) - values.mean(axis=1)[:, None] + values.mean()
    left = (rest**2).sum() / ((seeds - 1) * (mazes - 1))
    together = of_seeds + of_mazes - left
    if together <= max(of_seeds, of_mazes):
        square, degrees = max((of_seeds, seeds - 1), (of_mazes, mazes - 1))
    else:
        parts = ((of_seeds, seeds - 1), (of_mazes, mazes - 1), (left, (seeds - 1) * (mazes - 1)))
        square, degrees = together, together**2 / sum(each**2 / freedom for each, freedom in parts)
    return Variance(float(square / (seeds * mazes)), float(degrees))


def rate_interval(shares: np.ndarray, *, answers: int) -> Interval:
    """The 95 % interval of a rate; `shares` are successes of all answers, (seeds, mazes), `answers` those to a maze.

    Wilson's interval (`mazes.rates`) of the effective number of answers: as many independent ones as would make the
    mean of the shares as uncertain as `variance_of_mean` finds it, p (1 - p) / variance, the fewer where the variance
    is known by few seeds. It is never more than there are answers, and of one seed never less than there are mazes:
    with one answer to a maze it is the number of mazes, and the interval Wilson's own. Where all answers succeed, or
    none, every maze counts once.

    Sources: Wilson (1927); Korn and Graubard (1998), Confidence intervals for proportions with small expected number
    of positive counts estimated from survey data, Survey Methodology 24, 193 (effective numbers); Dean and Pagano
    (2015), Journal of Survey Statistics and Methodology 3, 484 (Wilson's interval with them).
    """
    seeds, mazes = shares.shape
    if not shares.size:
        return Interval(float("nan"), float("nan"))
    rate = float(shares.mean())
    number = float(mazes)
    found = variance_of_mean(shares)
    if 0 < rate < 1 and found.value >= 0:
        normal, student = stats.norm.ppf((1 + CONFIDENCE) / 2), stats.t.ppf((1 + CONFIDENCE) / 2, found.degrees)
        most = float(shares.size * answers)
        number = most
        if found.value > 0:
            # Of one seed all degrees are of mazes, for which Wilson's interval is made.
            known = (normal / student) ** 2 if seeds > 1 else 1.0
            number = min(known * rate * (1 - rate) / found.value, most)
        number = number if seeds > 1 else max(number, mazes)
    return Interval(*wilson_interval(rate * number, number, confidence=CONFIDENCE))


def difference_interval(differences: np.ndarray) -> Interval:
    """The 95 % interval of the mean of paired differences, (seeds, mazes) of values from -1 to 1.

    Student's interval with `variance_of_mean`, after two pairs are added that differ by 1 / √2 in one direction and in
    the other: half a maze that the one alone solves and half a maze that the other alone solves. With one seed and one
    answer to a maze this is Agresti and Min's interval (2005, Statistics in Medicine 24, 729) with Student's quantile
    instead of the normal one: Wald's, of the counts that McNemar (1947) tests, which, unlike that of the plain mean, is
    not empty where no maze tells the two apart.
    NaN without mazes.
    """
    seeds, mazes = differences.shape
    if not mazes:
        return Interval(float("nan"), float("nan"))
    added = np.tile([np.sqrt(0.5), -np.sqrt(0.5)], (seeds, 1))
    values = np.concatenate([differences, added], axis=1)
    found = variance_of_mean(values)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, found.degrees) * np.sqrt(found.value)
    middle = values.mean()
    return Interval(float(max(-1.0, middle - half)), float(min(1.0, middle + half)))
