"""What is drawn: the regions that costly metrics start from. Everything else is counted in full."""

import numpy as np

SEED = 0
"""Of every draw of the metrics: an NRAG has the same sources and communities in whichever study it is measured."""


def drawn(population: int, sources: int | None) -> np.ndarray:
    """Rising numbers below `population`: all of them, or `sources` drawn without replacement where there are more.

    >>> drawn(4, None), drawn(4, 4)
    (array([0, 1, 2, 3]), array([0, 1, 2, 3]))
    >>> len(set(drawn(40, 30).tolist()))
    30
    """
    if sources is None or population <= sources:
        return np.arange(population)
    return np.sort(np.random.default_rng(SEED).choice(population, sources, replace=False))
