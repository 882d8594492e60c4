"""Examples of neurons with the tokens around them, and the shortest window that keeps an activation."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

NO_TOKEN = -1
"""Stands in a window where its document has no token."""

EXACT = 6
"""Tokens of a window that reaches both ways up to which all its divisions are tried; of longer ones, the even one and
the two that reach one way alone."""

Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Rows of token ids (rows, tokens), the place of the activating token (rows,) and the number of the example (rows,), to
the activation of that example's neuron there (rows,), positive where it has the example's sign."""


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

    def groups(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """(left, right, examples) of all boxes of one form."""
        forms = np.unique(np.column_stack([self.left, self.right])[self.found], axis=0)
        for left, right in forms.tolist():
            yield left, right, np.flatnonzero((self.left == left) & (self.right == right))


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


def forms(total: int, *, both: bool) -> list[tuple[int, int]]:
    """How a window of `total` tokens beside the activating one may lie around it: (before, after).

    >>> forms(2, both=True)
    [(2, 0), (1, 1), (0, 2)]
    >>> forms(2, both=False)
    [(2, 0)]
    """
    if not both:
        return [(total, 0)]
    if total <= EXACT:
        return [(total - after, after) for after in range(total + 1)]
    return [(total, 0), (total - total // 2, total // 2), (0, total)]


def shortest(measure: Measure, windows: Windows, *, threshold: float) -> Boxes:
    """The shortest box of each window in which the neuron keeps `threshold` of its activation in the whole document.

    Every length is tried, up to the window's; of those of one length that keep it, the one with the largest
    activation is taken, of equal ones the one that reaches farthest back. (N2G tries every fifth length and takes
    the last one whatever it keeps.)
    """
    number = len(windows.full)
    left, right = np.full(number, -1), np.full(number, -1)
    value = np.full(number, np.nan, dtype=np.float32)
    for total in range(windows.before + 1):
        open_ = np.flatnonzero(left < 0)
        parts = [
            (form, open_[(windows.left[open_] >= form[0]) & (windows.right[open_] >= form[1])])
            for form in forms(total, both=windows.after > 0)
        ]
        parts = [(form, examples) for form, examples in parts if len(examples)]
        if not parts:
            continue
        rows = np.concatenate([cut(windows, *form, examples) for form, examples in parts])
        examples = np.concatenate([examples for _, examples in parts])
        pivots = np.repeat([form[0] for form, _ in parts], [len(each) for _, each in parts])
        found = measure(rows, pivots, examples)
        held = found >= threshold * windows.full[examples]
        # The last one written stays: ascending values, of equal ones the farthest back last.
        order = np.lexsort((pivots, found))
        order = order[held[order]]
        left[examples[order]] = pivots[order]
        right[examples[order]] = total - pivots[order]
        value[examples[order]] = found[order]
    return Boxes(left, right, value)


def cut(windows: Windows, left: int, right: int, examples: np.ndarray) -> np.ndarray:
    """(examples, left + 1 + right) token ids: the boxes of one form of some windows."""
    return windows.tokens[examples, windows.before - left : windows.before + right + 1]
