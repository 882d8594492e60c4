"""Path memory against conditional entropies counted one by one, and all shuffles of small cases."""

from collections import Counter
from itertools import permutations, product
from math import log2

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from nrag.statistics import path_memory as module
from nrag.statistics.path_memory import path_memory

SMALL = np.array([[0, 0, 0, 1, 1, 2, 0, 1], [5, 5, 5, 5, 5, 5, 4, 4], [7, 7, 8, 8, 7, 9, 7, 8]])
"""One layer with neighbours; 720 · 2 shuffles."""


def slow_memory(before, present, after):
    """I(before; next | present), probability by probability."""
    n = len(present)
    paths, entering = Counter(zip(before, present, after, strict=True)), Counter(zip(before, present, strict=True))
    leaving, regions = Counter(zip(present, after, strict=True)), Counter(present)
    return sum(
        count / n * log2(count * regions[q] / (entering[p, q] * leaving[q, r])) for (p, q, r), count in paths.items()
    )


def slow_open(present, after):
    regions = Counter(present)
    leaving = Counter(zip(present, after, strict=True))
    return -sum(count / len(present) * log2(count / regions[q]) for (q, _), count in leaving.items())


def all_values(before, present, after):
    """The value of every shuffle of the next regions within the present ones, with repetition."""
    groups = [np.flatnonzero(present == q) for q in np.unique(present)]
    values = []
    for orders in product(*(permutations(group) for group in groups)):
        shuffled = after.copy()
        for group, order in zip(groups, orders, strict=True):
            shuffled[group] = after[list(order)]
        values.append(slow_memory(before.tolist(), present.tolist(), shuffled.tolist()))
    return np.array(values)


def chain(rng, *, documents=60, layers=4, regions=3):
    """Documents that go from region to region by chances that the present region alone decides."""
    region = rng.integers(0, regions, (1, documents))
    for _ in range(layers - 1):
        chances = rng.dirichlet(np.ones(regions), regions).cumsum(axis=1)
        region = np.vstack([region, (rng.random(documents)[:, None] > chances[region[-1]]).sum(axis=1)])
    return region.clip(0, regions - 1)


@pytest.mark.parametrize("seed", range(4))
def test_observed_and_open_bits_equal_the_slow_definitions(seed):
    region = np.random.default_rng(seed).integers(0, 5, (6, 50))
    memory = path_memory(region, shuffles=3, seed=0)
    rows = region.tolist()
    assert memory.values.shape == (4, 4)
    for row in range(4):
        assert memory.values[row, 0] == pytest.approx(slow_memory(*rows[row : row + 3]), abs=1e-9)
        assert memory.open[row] == pytest.approx(slow_open(*rows[row + 1 : row + 3]), abs=1e-12)
    assert (memory.values <= memory.open[:, None] + 1e-9).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_expected_bits_are_the_mean_of_all_shuffles(seed):
    rng = np.random.default_rng(seed)
    region = np.stack([rng.integers(0, 3, 9), np.sort(rng.integers(0, 3, 9)), rng.integers(0, 3, 9)])
    memory = path_memory(region, shuffles=0, seed=0)
    assert memory.expected == pytest.approx([all_values(*region).mean()], abs=1e-12)
    assert memory.excess == pytest.approx(memory.values[:, 0] - memory.expected)


def test_shuffles_are_drawn_evenly_from_all_that_keep_the_edges():
    values, counts = np.unique(all_values(*SMALL).round(9), return_counts=True)
    drawn = path_memory(SMALL, shuffles=4800, seed=1).values[0, 1:].round(9)
    found, times = np.unique(drawn, return_counts=True)
    assert found.tolist() == values.tolist()
    assert len(values) > 3
    assert chisquare(times, counts * 4800 / counts.sum()).pvalue > 0.001


def test_a_region_that_remembers_its_documents_has_all_open_bits():
    """All meet in one region and part again as they came; with the edges alone, nobody could tell."""
    side = np.repeat([0, 1], 20)
    memory = path_memory(np.stack([side, np.full(40, 2), side + 3]), shuffles=99, seed=0)
    assert memory.values[0, 0] == memory.open[0] == 1
    assert memory.expected[0] < 0.03
    assert memory.values[0, 1:].max() < 0.5


def test_a_chain_without_memory_is_rarely_called_one_with_memory():
    draws, shuffles = 200, 99
    values = [path_memory(chain(np.random.default_rng(i)), shuffles=shuffles, seed=i).values for i in range(draws)]
    # Of the first present layer, and of the mean over layers.
    for each in (np.array([value[0] for value in values]), np.array([value.mean(axis=0) for value in values])):
        p = (np.count_nonzero(each[:, 1:] >= each[:, :1], axis=1) + 1) / (shuffles + 1)
        assert np.count_nonzero(p <= 0.05) <= binom.ppf(0.999, draws, 0.05)
        # Not for never finding anything: about half of all chains lie above their null's median.
        assert binom.ppf(0.001, draws, 0.5) <= np.count_nonzero(p <= 0.5) <= binom.ppf(0.999, draws, 0.5)


def test_names_of_regions_and_order_of_documents_do_not_matter():
    rng = np.random.default_rng(5)
    region = rng.integers(0, 4, (5, 40))
    names = np.stack([rng.permutation(100)[:4] for _ in range(5)])
    renamed = np.stack([own[row] for own, row in zip(names, region, strict=True)])[:, rng.permutation(40)]
    one, other = (path_memory(each, shuffles=0, seed=0) for each in (region, renamed))
    for name in ("values", "expected", "open"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), atol=1e-12)


def test_it_is_the_same_backwards():
    region = np.random.default_rng(6).integers(0, 4, (5, 40))
    one, back = (path_memory(each, shuffles=0, seed=0) for each in (region, region[::-1]))
    np.testing.assert_allclose(back.values[::-1], one.values, atol=1e-9)
    np.testing.assert_allclose(back.expected[::-1], one.expected, atol=1e-12)


def test_the_seed_alone_decides_the_shuffles(monkeypatch):
    region = np.random.default_rng(7).integers(0, 3, (4, 30))
    whole = path_memory(region, shuffles=20, seed=3).values
    monkeypatch.setattr(module, "NUMBERS_AT_ONCE", 100)
    np.testing.assert_array_equal(path_memory(region, shuffles=20, seed=3).values, whole)
    assert (path_memory(region, shuffles=20, seed=4).values[:, 1:] != whole[:, 1:]).any()


def test_regions_of_one_document_remember_nothing():
    memory = path_memory(np.arange(24).reshape(3, 8), shuffles=5, seed=0)
    assert memory.values.tolist() == [[0.0] * 6]
    assert (memory.expected.tolist(), memory.open.tolist()) == ([0.0], [0.0])


def test_no_documents_give_nan_and_two_layers_no_rows():
    nobody = path_memory(np.empty((4, 0), dtype=int), shuffles=2, seed=0)
    assert nobody.values.shape == (2, 3)
    assert np.isnan(nobody.values).all()
    assert np.isnan(nobody.excess).all()
    for layers in (1, 2):
        assert path_memory(np.zeros((layers, 5), dtype=int), shuffles=2, seed=0).values.shape == (0, 3)
