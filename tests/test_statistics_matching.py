"""As many documents of each label, by the same order in every column."""

import numpy as np
import pytest

from nrag.statistics.matching import Matching, choices, matched, priorities
from nrag.statistics.permutations import Design, permuted


def slow_matched(labels, order, k):
    """The documents kept in one column, taken one by one."""
    least = min(labels.count(label) for label in range(k))
    kept = [[] for _ in range(k)]
    for document in order:
        if len(kept[labels[document]]) < least:
            kept[labels[document]].append(document)
    return [sorted(documents) for documents in kept]


@pytest.mark.parametrize(("seed", "k"), [(0, 2), (1, 3), (2, 5)])
def test_the_first_documents_of_each_label_are_kept(seed, k):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, k, (31, 9)).astype(np.int8)
    (order,) = priorities(31, 1, seed)
    found = matched(labels, order, k)
    assert found.shape == (k, 31, 9)
    for column in range(9):
        expected = slow_matched(labels[:, column].tolist(), order.tolist(), k)
        assert [np.flatnonzero(documents).tolist() for documents in found[..., column]] == expected


def test_labels_of_one_size_keep_all_their_documents():
    labels = np.array([[0, 1], [1, 0], [1, 1], [0, 0]])
    found = matched(labels, np.array([3, 1, 0, 2]), 2)
    assert (found[0] == (labels == 0)).all()
    assert (found[1] == (labels == 1)).all()


def test_a_column_is_matched_to_its_own_smallest_label():
    labels = np.array([[0, 0], [0, 0], [1, 0], [1, 0], [1, 0], [1, 1]])
    found = matched(labels, np.array([5, 4, 3, 2, 1, 0]), 2).astype(int)
    assert found[0].T.tolist() == [[1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0]]
    assert found[1].T.tolist() == [[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 1]]


def test_a_label_without_documents_leaves_none_of_the_others():
    assert not matched(np.array([[0, 1], [1, 1]]), np.arange(2), 3).any()


def test_each_draw_keeps_the_first_documents_in_its_own_order():
    labels = np.array([[0, 1], [0, 0], [0, 1], [1, 1]])
    matching = Matching(labels, 2, np.array([[0, 1, 2, 3], [3, 2, 1, 0]]))
    assert [np.flatnonzero(matching.kept(0, draw)[:, 0]).tolist() for draw in range(2)] == [[0], [2]]
    assert [np.flatnonzero(matching.kept(1, draw)[:, 1]).tolist() for draw in range(2)] == [[0], [3]]


def test_a_label_is_whole_if_it_is_the_smallest_of_every_labelling():
    smallest, smaller_once = np.array([[0, 1], [1, 0], [1, 1]]), np.array([[0, 0], [1, 0], [1, 1]])
    assert Matching(smallest, 2, np.arange(3)[None]).whole.tolist() == [True, False]
    assert Matching(smaller_once, 2, np.arange(3)[None]).whole.tolist() == [False, False]
    assert Matching(smallest[:2], 2, np.arange(2)[None]).whole.all()


def test_permuted_documents_keep_their_kept_ones():
    generator = np.random.default_rng(4)
    labels, order = generator.integers(0, 3, (25, 6)), priorities(25, 1, 0)[0]
    shuffle = generator.permutation(25)
    moved = matched(labels[shuffle], np.argsort(shuffle)[order], 3)
    assert (moved == matched(labels, order, 3)[:, shuffle]).all()


def test_priorities_are_orders_that_the_seed_decides():
    found = priorities(40, 500, seed=2)
    assert (np.sort(found, axis=1) == np.arange(40)).all()
    # Every document comes first about as often: 500 / 40 times.
    assert np.bincount(found[:, 0], minlength=40).max() < 30
    assert (found == priorities(40, 500, seed=2)).all()
    assert (found != priorities(40, 500, seed=3)).any()
    assert priorities(40, 0, seed=2).shape == (0, 40)


def test_no_choice_is_drawn_by_the_numbers_of_the_permutations():
    labels = np.arange(20, dtype=np.int8)
    dealt = permuted(Design(labels, np.zeros(20, dtype=int), np.arange(20)), 10, [7, 0])[:, 1:]
    orders = choices(20, 10, 7)
    assert not any((order == column).all() for order in orders for column in dealt.T)
