import numpy as np
import pytest
from pace import units

from nrag import distinct


def slow_distinct(rows):
    """Greedy count over all pairs with full distances."""
    rows = [row.astype(np.float64) for row in rows]
    middle = np.median(rows, axis=0)
    spread = np.median([np.linalg.norm(row - middle) for row in rows])

    def same(one, other):
        length = max(np.linalg.norm(one), np.linalg.norm(other))
        return np.linalg.norm(one - other) <= 1e-4 * spread + 1e-6 * length

    found = []
    for row in rows:
        if not any(same(row, other) for other in found):
            found.append(row)
    return len(found)


@pytest.mark.parametrize("seed", range(6))
def test_distinct_vectors_agree_with_all_pairs(seed):
    rng = np.random.default_rng(seed)
    different = rng.standard_normal((rng.integers(1, 40), 24)).astype(np.float32)
    drawn = rng.integers(0, len(different), 200)
    rows = different[drawn]
    rows = rows * (1 + 1e-7 * rng.standard_normal(rows.shape)).astype(np.float32)
    assert distinct.distinct_vectors([rows]) == slow_distinct(rows) == len(set(drawn))


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_rounding_noise_makes_no_vector_distinct(offset):
    """Also where one huge dimension, as decoders have them, is the same in every document."""
    rng = np.random.default_rng(3)
    rows = np.repeat(rng.standard_normal((5, 64)), 100, axis=0)
    rows[:, 7] += offset
    rows = rows.astype(np.float32) * (1 + 1e-7 * rng.standard_normal((500, 64))).astype(np.float32)
    assert distinct.distinct_vectors([rows]) == 5


def test_one_vector_for_all_documents_is_one():
    rows = np.full((50, 8), 3.0, dtype=np.float32)
    rows[::2] += np.float32(3e-7)
    assert distinct.distinct_vectors([rows]) == 1
    assert distinct.distinct_vectors([np.zeros((4, 8), dtype=np.float32)]) == 1


def test_small_real_differences_stay_distinct():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((30, 16)).astype(np.float32)
    near = rows + np.float32(1e-2) * rng.standard_normal((30, 16)).astype(np.float32)
    assert distinct.distinct_vectors([rows, near]) == 60


def test_one_far_outlier_makes_no_others_equal():
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((40, 16)).astype(np.float32)
    rows = np.vstack([rows, rows[:10], rows[:1]])
    rows[-1, 3] = 1e7
    assert distinct.distinct_vectors([rows]) == slow_distinct(rows) == 41


def test_rounding_noise_of_a_far_vector_is_judged_by_its_own_length():
    rng = np.random.default_rng(6)
    rows = np.vstack([rng.standard_normal((50, 16)), np.tile(1e6 * rng.standard_normal(16), (20, 1))])
    rows = rows.astype(np.float32) * (1 + 1e-7 * rng.standard_normal(rows.shape)).astype(np.float32)
    assert distinct.distinct_vectors([rows]) == slow_distinct(rows) == 51


def test_most_documents_sharing_a_vector_hide_no_small_difference_of_the_others():
    rng = np.random.default_rng(7)
    rows = np.ones((100, 16))
    rows[90:] += 1e-3 * rng.standard_normal((10, 16))
    rows[99] = 1e5
    assert distinct.distinct_vectors([rows]) == slow_distinct(rows) == 11


def test_blocks_and_order_of_documents_do_not_change_the_count():
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((9, 5))[rng.integers(0, 9, 100)]
    counts = {distinct.distinct_vectors(np.split(rows[rng.permutation(100)], [cut])) for cut in (1, 40, 99)}
    assert counts == {distinct.distinct_vectors([rows])}


def test_copies_are_found_wherever_they_lie_among_others():
    """On a line that all share in the first direction: every row is near every other along it."""
    rng = np.random.default_rng(1)
    different = np.ones((60, 3)) + 1e-9 * rng.standard_normal((60, 3))
    different = np.hstack([different, rng.standard_normal((60, 40))])
    rows = different[np.arange(180) % 60]
    assert distinct.distinct_vectors([rows]) == slow_distinct(rows) == 60
    assert distinct.first_copies([[rows]]).tolist() == [*range(60)] * 3


def test_copies_that_others_kept_apart_are_found_when_those_are_gone():
    """Along the first direction: B A B C A. The second B goes first; then less lies between the two A."""
    along = distinct._sketch(np.eye(3))[:, 0]
    _, *across = np.linalg.qr(np.column_stack([along, np.eye(3)[:, :2]]))[0].T
    places = {"A": across[0], "B": across[1], "C": across[0] + across[1]}
    rows = np.array([places[name] + 1e-9 * step * along for step, name in enumerate("BABCA")])
    assert (np.diff(distinct._sketch(rows)[:, 0]) > 0).all()
    assert distinct.distinct_vectors([rows]) == 3
    assert distinct.first_copies([[rows]]).tolist() == [0, 1, 0, 3, 1]


def test_far_copies_are_found_with_a_short_vector_between_them_along_the_first_direction():
    """It is not near either by its own tolerance; the copies are, by theirs."""
    along = distinct._sketch(np.eye(3))[:, 0]
    across = np.linalg.qr(np.column_stack([along, np.eye(3)[:, :2]]))[0].T[1]
    rows = np.array([1e6 * across - 0.05 * along, 0 * along, 1e6 * across + 0.05 * along])
    assert (np.diff(distinct._sketch(rows)[:, 0]) > 0).all()
    assert distinct.distinct_vectors([rows]) == slow_distinct(rows) == 2


def test_a_large_corpus_of_few_vectors_takes_no_time():
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((17, 8)).astype(np.float32)[rng.integers(0, 17, 200_000)]
    assert distinct.distinct_vectors([rows]) == 17
    # Measured: 6.
    assert units(lambda: distinct.distinct_vectors([rows])) < 30


def slow_first_copies(rows):
    """The lowest row that a chain of same rows leads to, over all pairs with full distances."""
    rows = rows.astype(np.float64)
    spread = np.median(np.linalg.norm(rows - np.median(rows, axis=0), axis=1))
    lengths = np.linalg.norm(rows, axis=1)
    apart = np.linalg.norm(rows[:, None] - rows, axis=2)
    same = apart <= 1e-4 * spread + 1e-6 * np.maximum(lengths[:, None], lengths)
    first = np.arange(len(rows))
    for _ in rows:
        first = np.array([first[each].min() for each in same])
    return first


@pytest.mark.parametrize("seed", range(6))
def test_first_copies_agree_with_all_pairs(seed):
    rng = np.random.default_rng(seed)
    different = rng.standard_normal((rng.integers(1, 40), 24)).astype(np.float32)
    rows = different[rng.integers(0, len(different), 200)]
    rows = rows * (1 + 1e-7 * rng.standard_normal(rows.shape)).astype(np.float32)
    first = distinct.first_copies([np.split(rows, [3, 90])])
    np.testing.assert_array_equal(first, slow_first_copies(rows))
    assert len(set(first)) == distinct.distinct_vectors([rows])


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 2, 0], [2, 0, 3, 1], [1, 3, 0, 2]])
def test_all_of_a_chain_of_same_vectors_have_its_first_row(order):
    """Each is within 1e-6 of its length from the next one, the first and last are not."""
    chain = np.array([[10.0, 0], [10, 8e-6], [10, 16e-6], [10, 24e-6]])[order]
    rows = np.vstack([[[-10.0, 0]], chain, [[10.0, 1]]])
    assert distinct.first_copies([[rows]]).tolist() == slow_first_copies(rows).tolist() == [0, 1, 1, 1, 1, 5]


def test_every_set_is_judged_by_its_own_spread():
    """A short set beside one 1e5 times as long keeps its vectors; a row of both is one."""
    rng = np.random.default_rng(8)
    short, long = rng.standard_normal((30, 16)), 1e5 * rng.standard_normal((60, 16))
    short[4] = long[7]
    first = distinct.first_copies([[short], [long]])
    assert first.tolist() == [*range(30), *range(30, 37), 4, *range(38, 90)]
    assert distinct.distinct_vectors([short, long]) < 89


def test_words_name_the_layers_that_lose_and_nothing_else():
    assert distinct.in_words("mean", {0: 9, 1: 9}, documents=9) is None
    assert distinct.in_words("last", {0: 4, 1: 9}, documents=9) == (
        "pooling last: layer 0 has only 4 different vectors for 9 different documents"
    )
    assert distinct.in_words("first", dict.fromkeys(range(13), 1), documents=2000) == (
        "pooling first: layers 0 to 12 have only 1 different vector for 2,000 different documents"
    )
