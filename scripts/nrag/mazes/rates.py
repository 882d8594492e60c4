"""Shares of successes, with how sure they are; and the chance that one of several samples succeeds."""

import math
from statistics import NormalDist


def wilson_interval(successes: float, number: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper end of the interval of a chance of which `successes` of `number` trials are known.

    The chances p for which the share s of successes lies within z standard deviations, z √(p (1 - p) / n): never
    outside 0 and 1, and not empty where all or none succeed. Both ends are NaN without a trial. Numbers need not be
    whole: trials that depend on each other count as fewer (`evaluation.intervals`).
    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209.

    >>> [round(end, 3) for end in wilson_interval(341, 500)]
    [0.64, 0.721]

    Raises ValueError for more successes than trials, negative ones, and a confidence outside 0 and 1.
    """
    _check_counts(successes, number)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, found {confidence}")
    if number == 0:
        return math.nan, math.nan
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / number
    middle = (share + z * z / (2 * number)) / (1 + z * z / number)
    half = z / (1 + z * z / number) * math.sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    # Rounding must not take what is certain out of the interval.
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == number else middle + half)


def pass_at_k(successes: int, number: int, k: int) -> float:
    """The chance that at least one of k samples succeeds, without bias from a larger `number` of samples.

    1 - C(n - c, k) / C(n, k): of all ways to choose k of the n samples, those with one of the c successes.
    Source: Chen et al. (2021), Evaluating large language models trained on code, equation 1.

    >>> pass_at_k(2, 4, 1), round(pass_at_k(2, 4, 2), 3)
    (0.5, 0.833)

    Raises ValueError for more successes than samples, negative ones, and k that is not 1 to `number`.
    """
    _check_counts(successes, number)
    if not 1 <= k <= number:
        raise ValueError(f"k must be 1 to {number}, the number of samples, found {k}")
    ways = math.comb(number, k)
    return (ways - math.comb(number - successes, k)) / ways


def _check_counts(successes: float, number: float) -> None:
    if not 0 <= successes <= number:
        raise ValueError(f"successes must be 0 to {number}, found {successes}")
