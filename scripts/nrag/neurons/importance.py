"""Which tokens of a window matter: what is lost without each, and whether those that matter suffice.

One token replaced at a time misses context that is there twice or that matters together only (two of three are
needed, say). So what is important is put into random surroundings, and tokens come back until that fires.
"""

import numpy as np

from nrag.neurons.windows import Boxes, Measure, Windows, cut

SURROUNDING = 4
"""Random tokens around a pattern at least: before it, and half of them on either side where a model reads both ways."""


def importances(measure: Measure, windows: Windows, boxes: Boxes, fills: np.ndarray) -> np.ndarray:
    """(examples, columns) float32: of each token of a box, 1 - activation with another in its place / activation.

    `fills` (n, columns) int32 are the tokens put there, one after the other; their mean counts. Of the activating
    token it is 1, outside the box NaN. (Foote et al. 2023, section 2.2, mask with one fixed id.)
    """
    found = np.full(windows.tokens.shape, np.nan, dtype=np.float32)
    found[boxes.found, windows.before] = 1.0
    for left, right, examples in boxes.groups():
        rows = cut(windows, left, right, examples)
        for column in (column for column in range(rows.shape[1]) if column != left):
            place = windows.before - left + column
            values = np.zeros(len(examples), dtype=np.float64)
            for fill in fills:
                changed = rows.copy()
                changed[:, column] = fill[place]
                values += measure(changed, np.full(len(rows), left), examples)
            found[examples, place] = 1.0 - values / len(fills) / boxes.value[examples]
    return found


def sufficient(
    measure: Measure,
    windows: Windows,
    boxes: Boxes,
    important: np.ndarray,
    *,
    importance: np.ndarray,
    fills: np.ndarray,
    threshold: float,
    required: float,
) -> tuple[np.ndarray, np.ndarray]:
    """(examples, columns) bool, what is kept of each box, and (examples,) float64, the share of fills that fire.

    All other places of the box, and of `SURROUNDING` tokens, take the tokens of each of the `fills`; a fill fires if
    it keeps `threshold` of the activation in the whole document. Where fewer than `required` of them do, the most
    important token that is left out is added, until enough do or none is left; of all that was tried the best is
    kept, of equally good ones the smallest.
    """
    inside = boxes.inside(windows)
    kept = important & inside
    kept[boxes.found, windows.before] = True
    best, share = kept.copy(), np.full(len(kept), np.nan)
    # Of equally important tokens the nearest first.
    rank = importance - 1e-9 * np.abs(np.arange(kept.shape[1]) - windows.before)
    open_ = np.flatnonzero(boxes.found)
    while len(open_):
        now = shares(measure, windows, boxes, kept, open_, fills=fills, threshold=threshold)
        better = np.isnan(share[open_]) | (now > share[open_])
        share[open_[better]], best[open_[better]] = now[better], kept[open_[better]]
        left_out = inside[open_] & ~kept[open_]
        open_ = open_[(now < required) & left_out.any(axis=1)]
        candidates = np.where(inside[open_] & ~kept[open_], rank[open_], -np.inf)
        kept[open_, candidates.argmax(axis=1)] = True
    return best, share


def shares(
    measure: Measure,
    windows: Windows,
    boxes: Boxes,
    kept: np.ndarray,
    examples: np.ndarray,
    *,
    fills: np.ndarray,
    threshold: float,
) -> np.ndarray:
    """(examples,) float64: the share of `fills` in which the kept tokens of each of the examples fire."""
    fired = np.zeros(len(examples), dtype=np.float64)
    both = windows.after > 0
    widest = SURROUNDING // 2 if both else SURROUNDING
    left = np.minimum(np.maximum(boxes.left[examples], widest), windows.before)
    right = np.minimum(np.maximum(boxes.right[examples], widest if both else 0), windows.after)
    for form in np.unique(np.column_stack([left, right]), axis=0).tolist():
        own = np.flatnonzero((left == form[0]) & (right == form[1]))
        numbers = examples[own]
        columns = slice(windows.before - form[0], windows.before + form[1] + 1)
        tokens, stays = windows.tokens[numbers, columns], kept[numbers, columns]
        rows = np.concatenate([np.where(stays, tokens, fill[columns]) for fill in fills])
        again = np.tile(numbers, len(fills))
        values = measure(rows, np.full(len(rows), form[0]), again)
        fires = values >= threshold * windows.full[again]
        fired[own] = fires.reshape(len(fills), -1).mean(axis=0)
    return fired


def fills_of(tokens: np.ndarray, columns: int, *, number: int, seed: int) -> np.ndarray:
    """(number, columns) int32: tokens drawn from those of a corpus, as often as they occur.

    One table for all neurons: their rows are then often the same, and are computed once.
    """
    drawn = np.random.default_rng([seed, 7]).integers(len(tokens), size=(number, columns))
    return tokens[drawn].astype(np.int32)
