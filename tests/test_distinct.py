import time

import numpy as np
import pytest

from nrag import distinct


def slow_distinct(rows):
    """Greedy count over all pairs with full distances."""
    rows = rows.astype(np.float64)
    spread = np.sqrt(np.mean(np.sum((rows - rows.mean(axis=0)) ** 2, axis=1)))
    length = np.sqrt(np.mean(np.sum(rows**2, axis=1)))
    found = []
    for row in rows:
        if not any(np.linalg.norm(row - other) <= 1e-4 * spread + 1e-6 * length for other in found):
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


def test_copies_that_others_kept_apart_are_found_when_those_are_gone():
    """Along the first direction: B A B C A. The second B goes first; then less lies between the two A."""
    along = distinct._sketch(np.eye(3))[:, 0]
    _, *across = np.linalg.qr(np.column_stack([along, np.eye(3)[:, :2]]))[0].T
    places = {"A": across[0], "B": across[1], "C": across[0] + across[1]}
    rows = np.array([places[name] + 1e-9 * step * along for step, name in enumerate("BABCA")])
    assert (np.diff(distinct._sketch(rows)[:, 0]) > 0).all()
    assert distinct.distinct_vectors([rows]) == 3


def test_a_large_corpus_of_few_vectors_takes_no_time():
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((17, 8)).astype(np.float32)[rng.integers(0, 17, 200_000)]
    started = time.process_time()
    assert distinct.distinct_vectors([rows]) == 17
    assert time.process_time() - started < 2


def test_words_name_the_layers_that_lose_and_nothing_else():
    assert distinct.in_words("mean", {0: 9, 1: 9}, documents=9) is None
    assert distinct.in_words("last", {0: 4, 1: 9}, documents=9) == (
        "pooling last: layer 0 has only 4 different vectors for 9 different documents"
    )
    assert distinct.in_words("first", dict.fromkeys(range(13), 1), documents=2000) == (
        "pooling first: layers 0 to 12 have only 1 different vector for 2,000 different documents"
    )
