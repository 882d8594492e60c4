"""Windows are the shortest ones, what matters in them is measured, and what matters together is found."""

import dataclasses
import itertools

import numpy as np
import pytest
from neurons_by_hand import A, B, C, D

from nrag.neurons.importance import SURROUNDING, fills_of, importances, shares, sufficient
from nrag.neurons.windows import EXACT, NO_TOKEN, Boxes, aligned, forms, lengths, shortest, windows_of


def measured_by(rule, before=8):
    """A measure of windows with so many columns before the activating token, by a rule on its tokens and place."""

    def measure(rows, left, right, numbers):
        parts = zip(rows, left, right, strict=True)
        found = [rule(row[before - back : before + ahead + 1].tolist(), back) for row, back, ahead in parts]
        return np.array(found, dtype=np.float32)

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
    boxes = shortest(measured_by(rule_, context), windows, threshold=0.5)
    for example, (number, place) in enumerate(places):
        expected = slow_shortest(rule_, documents[number], place, context=context, both=both, threshold=0.5)
        found = (boxes.left[example], boxes.right[example]) if boxes.found[example] else None
        assert found == expected


def test_a_window_that_needs_more_than_its_reach_is_not_found():
    measure = measured_by(lambda row, pivot: float(len(row) >= 6), 4)
    windows = windows_in([np.arange(10, 30)], [(0, 9)], context=4)
    assert not shortest(measure, windows, threshold=0.5).found.any()
    # A text that ends before is its own window.
    measure = measured_by(lambda row, pivot: 1.0 if len(row) == 3 else 0.0, 4)
    boxes = shortest(measure, windows_in([np.arange(10, 30)], [(0, 2)], context=4), threshold=0.5)
    assert boxes.left.tolist() == [2]


def test_half_is_enough_and_of_equal_windows_the_one_that_reaches_farthest_back_is_taken():
    exactly = measured_by(lambda row, pivot: 0.5 if len(row) == 3 else 1.0 * (len(row) > 3), 4)
    boxes = shortest(exactly, windows_in([np.arange(20)], [(0, 9)], context=4, both=True), threshold=0.5)
    assert (boxes.left.tolist(), boxes.right.tolist()) == ([2], [0])


def test_a_causal_window_has_every_length():
    def rule(row, pivot):
        return float(len(row) in (18, 20))

    windows = windows_in([np.arange(40)], [(0, 30)], context=24)
    assert shortest(measured_by(rule, 24), windows, threshold=0.5).left.tolist() == [17]


@pytest.mark.parametrize("context", [12, 20, 24])
def test_long_windows_both_ways_can_lose_no_token_at_either_end(context):
    generator = np.random.default_rng(context)
    documents = [generator.integers(5, 40, size=size).astype(np.int32) for size in (6, 10, 15, 60) for _ in range(60)]
    places = [(number, int(generator.integers(len(ids)))) for number, ids in enumerate(documents)]
    # What must stand around each: tokens so far before and so far behind.
    needed = generator.integers(0, [13, 13], size=(len(places), 2))

    def measure(rows, left, right, numbers):
        holds = (left >= needed[numbers, 0]) & (right >= needed[numbers, 1])
        return holds.astype(np.float32) * (1 + left + right).astype(np.float32)

    windows = windows_in(documents, places, context=context, both=True)
    boxes = shortest(measure, windows, threshold=0.5)
    reach = np.minimum(needed, np.column_stack([windows.left, windows.right]))
    there = (reach == needed).all(axis=1) & (needed.sum(axis=1) <= EXACT)
    assert there.sum() > 5
    np.testing.assert_array_equal(np.column_stack([boxes.left, boxes.right])[there], needed[there])
    assert not boxes.found[(reach < needed).any(axis=1) | (needed.sum(axis=1) > context)].any()
    longer = boxes.found & ~there
    assert longer.sum() > 10
    np.testing.assert_array_equal(np.column_stack([boxes.left, boxes.right])[longer], needed[longer])
    # A document that is no longer than the context is tried as a whole.
    whole = (reach == needed).all(axis=1) & (windows.left + windows.right <= context)
    assert boxes.found[whole].all()


def test_long_windows_both_ways_are_even_or_reach_one_way():
    assert forms(EXACT, both=True) == [EXACT - after for after in range(EXACT + 1)]
    assert forms(9, both=True) == [9, 5, 0]
    assert lengths(20, both=True) == [0, 1, 2, 3, 4, 6, 8, 12, 16, 20]
    assert lengths(3, both=True) == lengths(3, both=False) == [0, 1, 2, 3]
    assert lengths(20, both=False) == list(range(21))


def test_rows_are_cut_to_their_windows():
    rows = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
    assert aligned(rows, np.array([2, 0]), np.array([2, 3])).tolist() == [[3, 4, NO_TOKEN], [5, 6, 7]]


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


def test_repair_adds_as_few_as_one_after_the_other_would():
    generator = np.random.default_rng(0)
    for needed in range(9):
        order = generator.permutation(8)

        def rule(row, pivot, needed=needed, order=order):
            # The tokens in their places, of which so many of the most important ones must be there.
            there = [pivot >= step + 1 and row[pivot - step - 1] == 20 + step for step in range(8)]
            if row[pivot] != A or not all(there[step] for step in order[:needed]):
                return 0.0
            return 0.5 + 0.05 * sum((8 - place) / 4 * there[step] for place, step in enumerate(order))

        ids = [*range(27, 19, -1), A]
        windows = windows_in([np.array(ids, dtype=np.int32)], [(0, 8)])
        measure = measured_by(rule)
        boxes = Boxes(np.array([8]), np.array([0]), np.ones(1, dtype=np.float32))
        importance = np.zeros((1, 9), dtype=np.float32)
        importance[0, [7 - step for step in order]] = np.linspace(0.4, 0.1, 8)
        fills = fills_of(CORPUS, 9, number=8, seed=0)
        kept, share = sufficient(
            measure, windows, boxes, importance > 0.5, importance=importance, fills=fills, threshold=0.5, required=0.75
        )
        assert sorted(np.flatnonzero(kept[0]).tolist()) == sorted([8, *(7 - step for step in order[:needed])])
        assert share == 1


@pytest.mark.parametrize("number", [1, 2, 3, 8])
def test_the_share_that_is_said_is_that_of_all_fills(number):
    generator = np.random.default_rng(number)
    # What is filled in may silence as well as excite, so that some never suffice.
    weights = generator.normal(size=(40, 9)) + 2 * (np.arange(9) == 8)

    def measure(rows, left, right, numbers):
        there = np.arange(9) >= 8 - left[:, None]
        return np.where(there, weights[rows, np.arange(9)], 0).sum(axis=1).astype(np.float32)

    documents = [generator.integers(40, size=9).astype(np.int32) for _ in range(200)]
    windows = windows_in(documents, [(number, 8) for number in range(200)])
    full = measure(windows.tokens, windows.left, windows.right, np.arange(200))
    windows = dataclasses.replace(windows, full=full)
    boxes = shortest(measure, windows, threshold=0.6)
    fills = fills_of(np.arange(40, dtype=np.int32), 9, number=number, seed=0)
    importance = importances(measure, windows, boxes, fills)
    kept, share = sufficient(
        measure,
        windows,
        boxes,
        np.nan_to_num(importance, nan=-1) > 0.3,
        importance=importance,
        fills=fills,
        threshold=0.6,
        required=0.75,
    )
    expected = shares(measure, windows, kept, np.arange(200), fills=fills, threshold=0.6)
    np.testing.assert_allclose(share, expected)
    assert (expected >= 0.75).sum() > 5 < (expected < 0.75).sum()


def test_what_never_suffices_keeps_the_least_of_the_best():
    def fickle(row, pivot):
        # Needs that nothing stands four places before: what is filled in there silences it, whatever is kept.
        return float(row[pivot] == A and len(row) < 5)

    _, _, kept, share, at = traced(fickle, [30, 31, 32, A])
    assert np.flatnonzero(kept).tolist() == [at]
    assert share == 0


@pytest.mark.parametrize(("both", "reach"), [(False, (SURROUNDING, 0)), (True, (SURROUNDING // 2, SURROUNDING // 2))])
def test_patterns_of_one_token_are_tried_in_surroundings_too(both, reach):
    windows = windows_in([np.arange(20, dtype=np.int32)], [(0, 9)], both=both)
    kept = np.arange(windows.tokens.shape[1]) == windows.before
    asked = []

    def measure(rows, left, right, numbers):
        asked.extend(zip(left.tolist(), right.tolist(), strict=True))
        assert (rows[:, windows.before] == 9).all()
        assert (np.delete(rows, windows.before, axis=1) == 30).all()
        return np.ones(len(rows), dtype=np.float32)

    fills = fills_of(CORPUS, windows.tokens.shape[1], number=3, seed=0)
    assert shares(measure, windows, kept[None], np.array([0]), fills=fills, threshold=0.5).tolist() == [1]
    assert asked == [reach] * 3


def test_fills_are_tokens_of_the_corpus_in_its_proportions():
    corpus = np.repeat(np.array([7, 9], dtype=np.int32), [300, 100])
    fills = fills_of(corpus, 50, number=40, seed=1)
    assert set(fills.ravel().tolist()) == {7, 9}
    assert abs((fills == 7).mean() - 0.75) < 0.05
    np.testing.assert_array_equal(fills, fills_of(corpus, 50, number=40, seed=1))
    assert not np.array_equal(fills, fills_of(corpus, 50, number=40, seed=2))
