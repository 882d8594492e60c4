"""Metrics by level and name."""

from collections.abc import Callable, Sequence

import numpy as np

from nrag import contracts
from nrag.graphs import Nrag

Measure = Callable[..., float | np.ndarray]

METRICS: dict[str, dict[str, Measure]] = {level: {} for level in contracts.LEVELS}
"""Every metric of an NRAG by level and name: a number of the graph, an array (layers,) or an array (regions,)."""

POPULATIONS: dict[tuple[str, str], Callable[[Nrag], int]] = {}
"""By level and name, for the metrics that take `sources`: how many regions these are drawn from."""

OF_LABELLINGS: dict[str, Callable[[Nrag, Sequence[Nrag]], float]] = {}
"""Metrics of the graph level that need more than one NRAG: that of all documents, and those of a labelling's labels."""


def metric(level: str, name: str | None = None, *, drawn_from: Callable[[Nrag], int] | None = None) -> Callable:
    """Decorator that registers a function of an NRAG as a metric of a level, under its own name by default.

    With `drawn_from`, which counts the regions there are, the function also takes the keyword
    `sources`: from how many of them, drawn, it may start at most; None for all of them.
    """

    def register(function: Measure) -> Measure:
        METRICS[level][name or function.__name__] = function
        if drawn_from is not None:
            POPULATIONS[level, name or function.__name__] = drawn_from
        return function

    return register


def labelling_metric(function: Callable[[Nrag, Sequence[Nrag]], float]) -> Callable[[Nrag, Sequence[Nrag]], float]:
    """Decorator that registers a function of a whole NRAG and the NRAGs of its labels, see `OF_LABELLINGS`."""
    OF_LABELLINGS[function.__name__] = function
    return function
