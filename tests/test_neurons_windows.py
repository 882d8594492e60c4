"""Windows are the shortest ones, what matters in them is measured, and what matters together is found."""

import itertools

import numpy as np
import pytest
from neurons_by_hand import A, B, C, D

from nrag.neurons.importance import fills_of, importances, sufficient
from nrag.neurons.windows import EXACT, NO_TOKEN, forms, shortest, windows_of


def measured_by(rule):
    """A measure of windows by a rule on their tokens and the place of the activating one."""

    def measure(rows, pivots, numbers):
        return np.array([rule(row.tolist(), pivot) for row, pivot in zip(rows, pivots, strict=True)], dtype=np.float32)

    return measure


def windows_in(documents, places, *, context=8, both=False, activation=1.0):
    number, position = (np.array(each) for each in zip(*places, strict=True))
    return windows_of(documents, number, position, np.full(len(number), activation), context=context, both=both)


def slow_shortest(rule, ids, place, *, context, both, threshold):
    """All windows that keep the activation, shortest first: (left, right)."""
    full = rule(ids, place)
    found = []
    for left, right in itertools.product(range(min(place, context) + 1), range(len(ids) - place if both else 1)):
        if left + right <= context and right < len(ids) - place:
            value = rule(ids[place - left : place + right + 1], left)
            if value >= threshold * full:
                found.append((left + right, -value, -left, left, right))
    return min(found)[3:] if found else None


@pytest.mark.parametrize("both", [False, True])
def test_windows_are_the_shortest_that_keep_half(both):
    generator = np.random.default_rng(0)
    table = generator.random((12, 41))

    def rule(row, pivot):
        # Every token near the activating one adds something of its own, not always the more the nearer.
        near = {place - pivot: token for place, token in enumerate(row) if abs(place - pivot) <= 20}
        return 0.3 * table[row[pivot], 20] + sum(table[token, 20 + step] ** 6 for step, token in near.items())

    documents = [generator.integers(12, size=size).tolist() for size in (1, 3, 9, 14)]
    places = [(number, place) for number, ids in enumerate(documents) for place in range(len(ids))]
    context = EXACT
    arrays = [np.array(ids, dtype=np.int32) for ids in documents]
    full = np.array([rule(documents[number], place) for number, place in places])
    windows = windows_in(arrays, places, context=context, both=both, activation=1.0)
    windows = type(windows)(windows.tokens, windows.before, windows.left, windows.right, full.astype(np.float32))
    if not both:
        rule_ = lambda row, pivot: rule(row[: pivot + 1], pivot)  # noqa: E731
        full = np.array([rule_(documents[number], place) for number, place in places])
        windows = type(windows)(windows.tokens, windows.before, windows.left, windows.right, full.astype(np.float32))
    else:
        rule_ = rule
    boxes = shortest(measured_by(rule_), windows, threshold=0.5)
    for example, (number, place) in enumerate(places):
        expected = slow_shortest(rule_, documents[number], place, context=context, both=both, threshold=0.5)
        found = (boxes.left[example], boxes.right[example]) if boxes.found[example] else None
        assert found == expected


def test_a_window_that_needs_more_than_its_reach_is_not_found():
    measure = measured_by(lambda row, pivot: float(len(row) >= 6))
    windows = windows_in([np.arange(10, 30)], [(0, 9)], context=4)
    assert not shortest(measure, windows, threshold=0.5).found.any()
    # A text that ends before is its own window.
    measure = measured_by(lambda row, pivot: 1.0 if len(row) == 3 else 0.0)
    boxes = shortest(measure, windows_in([np.arange(10, 30)], [(0, 2)], context=4), threshold=0.5)
    assert boxes.left.tolist() == [2]


def test_long_windows_both_ways_are_even_or_reach_one_way():
    assert forms(EXACT, both=True) == [(EXACT - after, after) for after in range(EXACT + 1)]
    assert forms(9, both=True) == [(9, 0), (5, 4), (0, 9)]


def test_windows_end_where_documents_do():
    windows = windows_in([np.array([5, 6, 7])], [(0, 1), (0, 2)], context=3, both=True)
    assert windows.tokens.tolist() == [
        [NO_TOKEN, NO_TOKEN, 5, 6, 7, NO_TOKEN, NO_TOKEN],
        [NO_TOKEN, 5, 6, 7, NO_TOKEN, NO_TOKEN, NO_TOKEN],
    ]
    assert (windows.left.tolist(), windows.right.tolist()) == ([1, 2], [1, 0])


def two_of_three(row, pivot):
    """A, with two of B before, C two before and D three before it."""
    there = [pivot >= step and row[pivot - step] == token for step, token in ((1, B), (2, C), (3, D))]
    return float(row[pivot] == A and sum(there) >= 2)


def redundant(row, pivot):
    """A with B anywhere before it."""
    return float(row[pivot] == A and B in row[:pivot])


CORPUS = np.full(50, 30, dtype=np.int32)


def traced(rule, ids, *, required=0.75, both=False):
    windows = windows_in([np.array(ids, dtype=np.int32)], [(0, len(ids) - 1)], both=both)
    measure = measured_by(rule)
    boxes = shortest(measure, windows, threshold=0.5)
    fills = fills_of(CORPUS, windows.tokens.shape[1], number=8, seed=0)
    importance = importances(measure, windows, boxes, fills[:5])
    important = np.nan_to_num(importance, nan=-1) > 0.5
    kept, share = sufficient(
        measure, windows, boxes, important, importance=importance, fills=fills, threshold=0.5, required=required
    )
    return boxes, importance[0], kept[0], share[0], windows.before


def test_importance_is_what_is_lost_without_a_token():
    boxes, importance, kept, share, at = traced(redundant, [30, B, 31, 32, A])
    assert boxes.left.tolist() == [3]
    assert importance[at - 3 : at + 1].tolist() == [1, 0, 0, 1]
    assert np.isnan(importance[: at - 3]).all()
    assert np.flatnonzero(kept).tolist() == [at - 3, at]
    assert share == 1


def test_what_matters_together_comes_back_until_it_suffices():
    _, _, kept, share, at = traced(two_of_three, [30, D, C, B, A])
    # The shortest window has C and B, each of which matters.
    assert np.flatnonzero(kept).tolist() == [at - 2, at - 1, at]
    assert share == 1

    def either(row, pivot):
        # Full strength with any one of two, so neither matters by itself; none, nothing; one alone 0.6.
        there = sum(pivot >= step and row[pivot - step] == token for step, token in ((1, B), (2, C)))
        return (0.0, 0.45, 1.0)[there] if row[pivot] == A else 0.0

    _, importance, kept, _, at = traced(either, [30, 31, C, B, A])
    assert importance[at - 2 : at].tolist() == pytest.approx([0.55, 0.55])
    assert np.flatnonzero(kept).tolist() == [at - 2, at - 1, at]

    def joint(row, pivot):
        # Three tokens, of which any may be missing, but no two.
        there = sum(pivot >= step and row[pivot - step] == token for step, token in ((1, B), (2, C), (3, D)))
        return (0.0, 0.1, 0.6, 1.0)[there] if row[pivot] == A else 0.0

    _, importance, kept, share, at = traced(
        lambda row, pivot: joint(row, pivot) if len(row) > 3 else 0.0, [30, D, C, B, A]
    )
    assert importance[at - 3 : at].tolist() == pytest.approx([0.4, 0.4, 0.4])
    # None matters by itself; of those that come back, the nearest of equal ones first, two suffice.
    assert np.flatnonzero(kept).tolist() == [at - 2, at - 1, at]
    assert share == 1


def test_what_never_suffices_keeps_the_least_of_the_best():
    def fickle(row, pivot):
        # Needs that nothing stands four places before: what is filled in there silences it, whatever is kept.
        return float(row[pivot] == A and len(row) < 5)

    _, _, kept, share, at = traced(fickle, [30, 31, 32, A])
    assert np.flatnonzero(kept).tolist() == [at]
    assert share == 0


def test_fills_are_tokens_of_the_corpus_in_its_proportions():
    corpus = np.repeat(np.array([7, 9], dtype=np.int32), [300, 100])
    fills = fills_of(corpus, 50, number=40, seed=1)
    assert set(fills.ravel().tolist()) == {7, 9}
    assert abs((fills == 7).mean() - 0.75) < 0.05
    np.testing.assert_array_equal(fills, fills_of(corpus, 50, number=40, seed=1))
    assert not np.array_equal(fills, fills_of(corpus, 50, number=40, seed=2))
