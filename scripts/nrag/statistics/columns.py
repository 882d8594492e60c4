"""Arrays whose last axis are columns, one for each labelling of the documents: a few at a time, summed over rows."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

_CELLS = 2**20
"""Numbers of one array that are looked at together: 8 MB in float64, so a dozen intermediate arrays are small."""


def in_chunks(function: Callable[..., dict[str, np.ndarray]], *arrays: np.ndarray) -> dict[str, np.ndarray]:
    """What `function` gives for all columns of `arrays`, called with a few columns at a time, in float64.

    The results by name have the columns as their last axis too, and none may depend on another column.

    >>> in_chunks(lambda counts: {"sum": counts.sum(axis=0)}, np.array([[1, 2], [3, 4]]))
    {'sum': array([4., 6.])}
    """
    columns = arrays[0].shape[-1]
    largest = max(array.size for array in arrays)
    step = max(1, _CELLS * columns // max(largest, 1))
    # Without columns one call still names the results and shapes them.
    starts = range(0, max(columns, 1), step)
    parts = [function(*(array[..., start : start + step].astype(np.float64) for array in arrays)) for start in starts]
    return {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}


def sums(place: np.ndarray, values: np.ndarray, length: int) -> np.ndarray:
    """(length, columns) float64: the sum of the rows of `values`, (rows, columns), at each `place`, (rows,).

    >>> sums(np.array([0, 2, 2]), np.array([[1, 2], [3, 4], [5, 6]]), 3)
    array([[ 1.,  2.],
           [ 0.,  0.],
           [ 8., 10.]])
    """
    marks = csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(length, len(place)))
    return marks @ values


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The quotient, NaN where the denominator is not above 0.

    >>> ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)


def times_log(counts: np.ndarray) -> np.ndarray:
    """Whole numbers n as n ln n, 0 for 0."""
    return counts * np.log(np.maximum(counts, 1))
