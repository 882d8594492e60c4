"""An axis of distances between models: from 0 upwards by square roots, on which small ones stand apart too."""

import math
from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes

NOTE = "Distances stand at their square roots."

LEAST = 0.02
"""What an axis reaches at least, so that rounding does not look like drift."""

_APART = 13.0
"""Points between two ticks."""


def dress(panel: Axes, values: np.ndarray, *, height: float) -> None:
    """Let the y axis, `height` points high, reach from 0 to the largest of the values that are numbers.

    The square root of a Jensen-Shannon divergence is a metric: Endres and Schindelin (2003), A new metric for
    probability distributions, IEEE Transactions on Information Theory 49, 1858.
    """
    high = max(values[np.isfinite(values)].max(initial=0), LEAST)
    panel.set_yscale("function", functions=(_root, _square))
    panel.set_ylim(_square(-0.04 * math.sqrt(high)), _square(1.05 * math.sqrt(high)))
    shown = ticks(high, apart=_APART / height)
    panel.set_yticks(shown, [f"{tick:g}" for tick in shown])
    panel.set_yticks([], minor=True)


def ticks(high: float, *, apart: float) -> list[float]:
    """0 and round numbers up to `high`, their square roots at least `apart` of the axis from each other.

    >>> ticks(0.5, apart=0.12)
    [0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5]
    """
    found: list[float] = []
    for tick in _round(high):
        root = math.sqrt(tick / high)
        if root < apart:
            break
        if not found or math.sqrt(found[-1] / high) - root >= apart:
            found.append(tick)
    return [0.0, *reversed(found)]


def _round(high: float) -> Iterator[float]:
    """1, 2, 3, 5 and 8 times powers of ten, from `high` downwards, without end."""
    power = math.floor(math.log10(high))
    while True:
        yield from (
            tick for tick in (float(f"{first}e{power}") for first in (8, 5, 3, 2, 1)) if tick <= high * (1 + 1e-9)
        )
        power -= 1


def _root(value: np.ndarray) -> np.ndarray:
    # A rounding below 0 stays there.
    return np.sign(value) * np.sqrt(np.abs(value))


def _square(root: np.ndarray) -> np.ndarray:
    return np.sign(root) * np.square(root)
