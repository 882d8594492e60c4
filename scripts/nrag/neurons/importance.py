"""Which tokens of a window matter: what is lost without each, and whether those that matter suffice.

One token replaced at a time misses context that is there twice or that matters together only (two of three are
needed, say). So what is important is put into random surroundings, and tokens come back until that fires.
"""

import numpy as np

from nrag.neurons.windows import Boxes, Measure, Windows, parts

SURROUNDING = 4
"""Random tokens around a pattern at least: before it, and half of them on either side where a model reads both ways."""


def importances(measure: Measure, windows: Windows, boxes: Boxes, fills: np.ndarray) -> np.ndarray:
    """(examples, columns) float32: of each token of a box, 1 - activation with another in its place / activation.

    `fills` (n, columns) int32 are the tokens put there, one after the other; their mean counts. Of the activating
    token it is 1, outside the box NaN. (Foote et al. 2023, section 2.2, mask with one fixed id.)
    """
    found = np.full(windows.tokens.shape, np.nan, dtype=np.float32)
    found[boxes.found, windows.before] = 1.0
    inside = boxes.inside(windows)
    inside[:, windows.before] = False
    examples, columns = np.nonzero(inside)
    left, right, box = boxes.left[examples], boxes.right[examples], boxes.value[examples]
    values = np.zeros(len(examples), dtype=np.float64)
    for fill in fills:
        for part in parts(len(examples)):
            rows = windows.tokens[examples[part]]
            rows[np.arange(len(rows)), columns[part]] = fill[columns[part]]
            values[part] += measure(rows, left[part], right[part], examples[part])
    found[examples, columns] = 1.0 - values / len(fills) / box
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

    The others' places take the tokens of each of the `fills` (`shares`); a fill fires if it keeps `threshold` of the
    activation in the whole document. Where fewer than `required` of them do, the most
    important tokens that are left out are added: one, three, seven and so on, until enough fire or none is left; then
    as many are taken away again, by halves, as can be without which enough still fire. Where enough never do, the best
    of all that was tried is kept, of equally good ones the smallest. What cannot suffice any more after half of the
    fills is told apart by that half.
    """
    inside = boxes.inside(windows)
    first = important & inside
    first[boxes.found, windows.before] = True
    place = _order_of_return(inside & ~first, importance, windows.before)
    most = np.where(boxes.found, (inside & ~first).sum(axis=1), 0)
    added, share = np.zeros(len(first), dtype=np.int64), np.full(len(first), np.nan)

    cut = np.zeros(len(first), dtype=bool)
    half = -(-len(fills) // 2)

    def fired(kept: np.ndarray, examples: np.ndarray, some: np.ndarray) -> np.ndarray:
        return np.rint(len(some) * shares(measure, windows, kept, examples, fills=some, threshold=threshold))

    def tried(examples: np.ndarray, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The share of fills that fire, and where the second half of them was left out since it could not suffice."""
        kept = first[examples] | (place[examples] < number[:, None])
        now = fired(kept, examples, fills[:half])
        hope = np.flatnonzero(now + len(fills) - half >= required * len(fills))
        now[hope] += fired(kept[hope], examples[hope], fills[half:]) if half < len(fills) else 0
        hopeless = np.ones(len(examples), dtype=bool)
        hopeless[hope] = False
        return now / len(fills), hopeless

    open_, step = np.flatnonzero(boxes.found), 0
    failed = np.zeros(len(first), dtype=np.int64)
    while len(open_):
        number = np.minimum(step, most[open_])
        now, hopeless = tried(open_, number)
        better = np.isnan(share[open_]) | (now > share[open_])
        share[open_[better]], added[open_[better]], cut[open_[better]] = now[better], number[better], hopeless[better]
        open_, number = open_[now < required], number[now < required]
        failed[open_] = number + 1
        open_, step = open_[number < most[open_]], 2 * step + 1
    # Between what did not suffice, `failed` - 1, and what did.
    open_ = np.flatnonzero((share >= required) & (failed < added))
    while len(open_):
        number = (failed[open_] + added[open_]) // 2
        now, _ = tried(open_, number)
        enough = now >= required
        share[open_[enough]], added[open_[enough]] = now[enough], number[enough]
        failed[open_[~enough]] = number[~enough] + 1
        open_ = open_[failed[open_] < added[open_]]
    kept, open_ = first | (place < added[:, None]), np.flatnonzero(cut)
    if half < len(fills):
        share[open_] += fired(kept[open_], open_, fills[half:]) / len(fills)
    return kept, share


def _order_of_return(left_out: np.ndarray, importance: np.ndarray, before: int) -> np.ndarray:
    """(examples, columns) int: of the tokens left out, which comes back first, 0, and so on; of others a large number.

    The most important first, of equally important ones the nearest.
    """
    columns = left_out.shape[1]
    rank = np.where(left_out, importance - 1e-9 * np.abs(np.arange(columns) - before), -np.inf)
    place = np.argsort(np.argsort(-rank, axis=1, kind="stable"), axis=1, kind="stable")
    return np.where(left_out, place, columns)


def shares(
    measure: Measure,
    windows: Windows,
    kept: np.ndarray,
    examples: np.ndarray,
    *,
    fills: np.ndarray,
    threshold: float,
) -> np.ndarray:
    """(examples,) float64: the share of `fills` in which the kept tokens of each of the examples fire.

    `kept` (examples, columns) bool has a row for each of `examples`, their numbers. All other places between the
    first and the last kept token, and of `SURROUNDING` tokens, take the tokens of a fill.
    """
    both = windows.after > 0
    widest = SURROUNDING // 2 if both else SURROUNDING
    # From the first to the last kept token, and no narrower than the surroundings.
    left = np.minimum(np.maximum(windows.before - kept.argmax(axis=1), widest), windows.before)
    last = kept.shape[1] - 1 - kept[:, ::-1].argmax(axis=1)
    right = np.minimum(np.maximum(last - windows.before, widest if both else 0), windows.after)
    fired = np.empty(len(examples), dtype=np.float64)
    for part in parts(len(examples), each=len(fills)):
        rows = np.where(kept[part], windows.tokens[examples[part]], fills[:, None]).reshape(-1, kept.shape[1])
        again = np.tile(examples[part], len(fills))
        values = measure(rows, np.tile(left[part], len(fills)), np.tile(right[part], len(fills)), again)
        fired[part] = (values >= threshold * windows.full[again]).reshape(len(fills), -1).mean(axis=0)
    return fired


def fills_of(tokens: np.ndarray, columns: int, *, number: int, seed: int) -> np.ndarray:
    """(number, columns) int32: tokens drawn from those of a corpus, as often as they occur.

    One table for all neurons: their rows are then often the same, and are computed once.
    """
    drawn = np.random.default_rng([seed, 7]).integers(len(tokens), size=(number, columns))
    return tokens[drawn].astype(np.int32)
