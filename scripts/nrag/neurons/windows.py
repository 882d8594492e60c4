"""Examples of neurons with the tokens around them, and the shortest window that keeps an activation."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

NO_TOKEN = -1
"""Stands in a window where its document has no token."""

EXACT = 4
"""Tokens of a window that reaches both ways up to which all its divisions are tried; of longer ones, the even one and
the two that reach one way, as far as the document has tokens there."""

LONGER = (6, 8, 12, 16, 24)
"""Lengths beyond `EXACT` that are tried of a window that reaches both ways; the context asked for comes last."""

Measure = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Rows of token ids laid out as windows are (rows, columns), how many tokens of each stand before and after the
activating one (rows,), (rows,), and the number of the example (rows,); to the activation of that example's neuron
there (rows,), positive where it has the example's sign."""


ROWS = 2**18
"""Rows that a measure is asked for at once, at most: 50 MB of windows of 49 tokens."""


@dataclass(frozen=True)
class Windows:
    """Examples: places of documents at which a neuron fires, with what stands around them."""

    tokens: np.ndarray
    """(examples, before + 1 + after) int32, `NO_TOKEN` beyond the ends of the document."""
    before: int
    """Column of the activating token."""
    left: np.ndarray
    """(examples,) int: tokens of the document in the window before the activating one."""
    right: np.ndarray
    """(examples,) int: tokens after it."""
    full: np.ndarray
    """(examples,) float32: activation in the whole document, positive where it has the example's sign."""

    @property
    def after(self) -> int:
        """Columns behind the activating token: 0 for a causal model."""
        return self.tokens.shape[1] - self.before - 1


@dataclass(frozen=True)
class Boxes:
    """The part of each window that is needed: `left` tokens before the activating one and `right` after it."""

    left: np.ndarray
    """(examples,) int; -1 where no window within reach keeps the activation."""
    right: np.ndarray
    value: np.ndarray
    """(examples,) float32: activation in the box alone; NaN where there is none."""

    @property
    def found(self) -> np.ndarray:
        """(examples,) bool."""
        return self.left >= 0

    def inside(self, windows: Windows) -> np.ndarray:
        """(examples, columns) bool: the columns of each window that lie in its box."""
        distance = np.arange(windows.tokens.shape[1]) - windows.before
        return (distance >= -self.left[:, None]) & (distance <= self.right[:, None]) & self.found[:, None]


def windows_of(
    documents: Sequence[np.ndarray],
    document: np.ndarray,
    position: np.ndarray,
    activation: np.ndarray,
    *,
    context: int,
    both: bool,
) -> Windows:
    """The windows of examples, `context` tokens before each, and as many after it where a model reads `both` ways."""
    after = context if both else 0
    tokens = np.full((len(document), context + 1 + after), NO_TOKEN, dtype=np.int32)
    left, right = np.empty(len(document), dtype=np.int64), np.empty(len(document), dtype=np.int64)
    for row, (number, place) in enumerate(zip(document.tolist(), position.tolist(), strict=True)):
        ids = documents[number]
        left[row], right[row] = min(place, context), min(len(ids) - place - 1, after)
        tokens[row, context - left[row] : context + 1 + right[row]] = ids[place - left[row] : place + right[row] + 1]
    return Windows(tokens, context, left, right, np.abs(activation).astype(np.float32))


def forms(total: int, *, both: bool) -> list[int]:
    """How many of `total` tokens beside the activating one may stand before it.

    >>> forms(2, both=True)
    [2, 1, 0]
    >>> forms(2, both=False)
    [2]
    """
    if not both:
        return [total]
    return list(range(total, -1, -1)) if total <= EXACT else [total, total - total // 2, 0]


def lengths(context: int, *, both: bool) -> list[int]:
    """The lengths of windows that are tried, ascending, tokens beside the activating one."""
    if not both:
        return list(range(context + 1))
    exact = range(min(EXACT, context) + 1)
    return sorted({*exact, *(length for length in LONGER if length < context), context})


def shortest(measure: Measure, windows: Windows, *, threshold: float) -> Boxes:
    """The shortest box of each window in which the neuron keeps `threshold` of its activation in the whole document.

    Of a causal model every length is tried, up to the window's. Of one that reads both ways every division of every
    length up to `EXACT`; of longer ones some, and of what holds tokens are dropped from either end until neither end
    can lose one more. Of boxes of one length the one with the largest activation is taken, of equal ones the one that
    reaches farthest back. (N2G tries every fifth length and takes the last one whatever it keeps.)
    """
    both = windows.after > 0
    number = len(windows.full)
    boxes = Boxes(np.full(number, -1), np.full(number, -1), np.full(number, np.nan, dtype=np.float32))
    for total in lengths(windows.before, both=both):
        open_ = np.flatnonzero(~boxes.found)
        before = np.array(forms(total, both=both))[:, None]
        if total > EXACT and both:
            # What the document lacks on one side is taken from the other, so that a short one is tried as a whole.
            before = np.maximum(np.minimum(before, windows.left[open_]), total - windows.right[open_])
            fits = windows.left[open_] + windows.right[open_] >= total
            before = np.where(fits, before, windows.left[open_])
            after = np.where(fits, total - before, windows.right[open_])
            fits = np.ones(before.shape, dtype=bool)
            # Two forms that have become one, once.
            fits[1:] = before[1:] != before[:-1]
        else:
            before, after = np.broadcast_arrays(before + 0 * open_, total - before)
            fits = (windows.left[open_] >= before) & (windows.right[open_] >= after)
        _take(boxes, measure, windows, open_[np.nonzero(fits)[1]], before[fits], after[fits], threshold=threshold)
    if both:
        _tighten(boxes, measure, windows, np.flatnonzero(boxes.left + boxes.right > EXACT), threshold=threshold)
    return boxes


def _take(
    boxes: Boxes,
    measure: Measure,
    windows: Windows,
    examples: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    *,
    threshold: float,
) -> np.ndarray:
    """Put into `boxes` the best of those tried, of each example; (tried,) bool, which held."""
    found = np.empty(len(examples), dtype=np.float32)
    for part in parts(len(examples)):
        found[part] = measure(windows.tokens[examples[part]], left[part], right[part], examples[part])
    held = found >= threshold * windows.full[examples]
    # The last one written stays: ascending values, of equal ones the farthest back last.
    order = np.lexsort((left, found))
    order = order[held[order]]
    boxes.left[examples[order]] = left[order]
    boxes.right[examples[order]] = right[order]
    boxes.value[examples[order]] = found[order]
    return held


def _tighten(boxes: Boxes, measure: Measure, windows: Windows, examples: np.ndarray, *, threshold: float) -> None:
    """Drop tokens from either end of some boxes, several at a time and then one, until neither end can lose one."""
    for step in (4, 2, 1):
        open_ = examples
        while len(open_):
            own = np.tile(open_, 2)
            side = np.repeat([True, False], len(open_))
            left, right = boxes.left[own] - step * side, boxes.right[own] - step * ~side
            fits = (left >= 0) & (right >= 0)
            own, left, right = own[fits], left[fits], right[fits]
            open_ = np.unique(own[_take(boxes, measure, windows, own, left, right, threshold=threshold)])


def parts(number: int, *, each: int = 1) -> Iterator[slice]:
    """Slices of so many, of each of which a measure is asked for `each` rows."""
    step = max(ROWS // each, 1)
    yield from (slice(start, start + step) for start in range(0, number, step))


def aligned(rows: np.ndarray, start: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(rows, longest) token ids: `lengths` (rows,) tokens of each row from `start` (rows,) on, then `NO_TOKEN`."""
    columns = np.arange(int(lengths.max(initial=0)))
    moved = np.take_along_axis(rows, np.minimum(start[:, None] + columns, rows.shape[1] - 1), axis=1)
    return np.where(columns < lengths[:, None], moved, NO_TOKEN)
