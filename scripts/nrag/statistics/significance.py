"""From observed and permuted values of a statistic to its effect, z and p."""

from typing import Literal, NamedTuple

import numpy as np

Side = Literal["larger", "smaller", "two-sided"]
"""Which values are at least as far out as the observed one."""

CENTRAL = (0.025, 0.975)
"""Quantiles of `null_low` and `null_high`."""

# The order of summation may change a statistic's last digits, of a value near 0 all of them.
_ROUNDING = 1e-12


class Significance(NamedTuple):
    """How far each statistic is from its values under permutation; arrays in the shape of the statistics."""

    observed: np.ndarray
    null_mean: np.ndarray
    """Mean over the permutations."""
    null_sd: np.ndarray
    """Standard deviation over the permutations, divisor B − 1."""
    null_low: np.ndarray
    """2.5 % quantile over the permutations, interpolated linearly."""
    null_high: np.ndarray
    """97.5 % quantile: between the two lie the central 95 %."""
    effect: np.ndarray
    """observed − null_mean, in the statistic's unit."""
    z: np.ndarray
    """effect / null_sd; NaN where null_sd is 0."""
    p: np.ndarray
    permutations: np.ndarray
    """B: permutations in which the statistic is defined, and which count."""
    undefined: np.ndarray
    """Permutations left out, for the statistic is NaN in them."""


def significance(values: np.ndarray, *, side: Side) -> Significance:
    """Effect, z and p of statistics; `values` is (..., permutations + 1), the observed one in column 0.

    p = (b + 1) / (B + 1): of the B permutations, b give a value at least as far out as the observed one, which
    is itself one of the ways to deal the labels. Far out is `larger`, `smaller`, or `two-sided`: far from the mean
    of all B + 1 values. (The mean without the observed one, `null_mean`, would make p too small: the observed
    value would be the only one with no part in it.) Values within rounding, 1e-12 of the largest or of 1, are equal.

    Where the observed value is undefined, NaN or infinite, everything is NaN. Where it is undefined in some
    permutations, these are left out: p then is about the dealings in which it is defined. Without
    permutations there is no null, and p is NaN.

    Source: Phipson & Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9, 39.

    >>> found = significance(np.array([5.0, 1, 2, 3, 6]), side="larger")
    >>> found.null_mean.item(), found.effect.item(), found.p.item()
    (3.0, 2.0, 0.4)
    """
    defined = np.isfinite(values)
    counted = defined & defined[..., :1]
    known = np.where(counted, values, 0.0)
    tolerance = _ROUNDING * np.maximum(np.abs(known).max(axis=-1), 1)
    observed = np.where(defined[..., 0], values[..., 0], np.nan)
    drawn, permutations = counted[..., 1:], np.count_nonzero(counted[..., 1:], axis=-1)
    # Differences from the observed value first: equal values then have an effect of 0, not of a rounding error.
    away = known[..., :1] - known[..., 1:]
    effect = _rounded(_mean(away, drawn), tolerance)
    squares = np.sum((away - effect[..., None]) ** 2, axis=-1, where=drawn)
    null_sd = _rounded(np.sqrt(_ratio(squares, permutations - 1)), tolerance)
    out = _distance(known, counted, side)
    as_far = drawn & (out[..., 1:] >= out[..., :1] - tolerance[..., None])
    p = np.where(permutations > 0, (np.count_nonzero(as_far, axis=-1) + 1) / (permutations + 1), np.nan)
    undefined = np.count_nonzero(~defined[..., 1:], axis=-1)
    low, high = (_quantile(known[..., 1:], drawn, share) for share in CENTRAL)
    return Significance(
        observed, observed - effect, null_sd, low, high, effect, _ratio(effect, null_sd), p, permutations, undefined
    )


def notes(found: Significance) -> list[str]:
    """A sentence for each statistic, in their order, on what its p does not rest on; empty if there is nothing to say.

    >>> notes(significance(np.array([[1.0, 2, 3], [1, np.nan, 3], [1, 1, 1], [np.nan, 1, 1]]), side="larger"))
    ['', 'undefined in 1 of 2 permutations', 'the same in every permutation', 'undefined']
    """
    rows = zip(*(array.ravel().tolist() for array in found), strict=True)
    return [_note(Significance(*row)) for row in rows]


# --------------------------------------------------------------------------------------- private


def _note(one: Significance) -> str:
    if np.isnan(one.observed):
        return "undefined"
    if one.undefined:
        return f"undefined in {one.undefined} of {one.permutations + one.undefined} permutations"
    if not one.permutations:
        return "no permutations"
    return "the same in every permutation" if one.null_sd == 0 else ""


def _distance(known: np.ndarray, counted: np.ndarray, side: Side) -> np.ndarray:
    """How far out each value is."""
    if side == "two-sided":
        return np.abs(known - _mean(known, counted)[..., None])
    return {"larger": known, "smaller": -known}[side]


def _mean(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    return _ratio(np.sum(values, axis=-1, where=counted), np.count_nonzero(counted, axis=-1))


def _quantile(values: np.ndarray, counted: np.ndarray, share: float) -> np.ndarray:
    """Along the last axis, of the values that count; NaN where there is none."""
    number = np.count_nonzero(counted, axis=-1)
    if not values.shape[-1]:
        return np.full(number.shape, np.nan)
    # What does not count stands behind what does; where nothing counts, it is looked at and left out.
    ordered = np.sort(np.where(counted, values, np.inf), axis=-1)
    ordered = np.where(np.isfinite(ordered), ordered, 0)
    last = np.maximum(number - 1, 0)
    below = np.floor(share * last).astype(np.int64)
    low, high = (
        np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0] for place in (below, np.minimum(below + 1, last))
    )
    return np.where(number > 0, low + (share * last - below) * (high - low), np.nan)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """NaN where the divisor is not positive."""
    above = np.asarray(above, dtype=np.float64)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def _rounded(values: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) <= tolerance, 0.0, values)
