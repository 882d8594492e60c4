"""New dealings of labels to documents, within strata and by whole units."""

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy.stats import rankdata

from nrag.statistics.permutations import Design, notes, permuted, strata_by_length


def design(labels, *, stratum=None, unit=None):
    labels = np.asarray(labels, dtype=np.int8)
    stratum = np.zeros(len(labels), dtype=int) if stratum is None else np.asarray(stratum)
    return Design(labels, stratum, np.arange(len(labels)) if unit is None else np.asarray(unit))


def random_design(seed, *, documents=40):
    """Strata and units at random: some units have one label, some several, some lie in several strata."""
    generator = np.random.default_rng(seed)
    unit = generator.integers(0, documents * 2 // 3, documents)
    of_unit = generator.integers(0, 3, documents)
    strays = generator.random(documents) < 0.15
    labels = np.where(strays, generator.integers(0, 3, documents), of_unit[unit])
    stratum = np.where(generator.random(documents) < 0.15, 3, (of_unit[::-1] % 3)[unit])
    return design(labels, stratum=stratum, unit=unit)


def slow_dealings(made):
    """Every dealing that may come up: all orders of the labels that keep to the rules, read one by one."""
    documents = range(len(made.labels))
    members = {unit: [d for d in documents if made.unit[d] == unit] for unit in made.unit.tolist()}
    strata = {unit: frozenset(made.stratum[held].tolist()) for unit, held in members.items()}

    def pure(unit):
        return len({made.labels[d] for d in members[unit]}) == 1

    def allowed(dealt):
        for unit, held in members.items():
            if pure(unit) and len({dealt[d] for d in held}) > 1:
                return False
            for stratum in strata[unit]:
                here = [d for d in held if made.stratum[d] == stratum]
                if not pure(unit) and Counter(dealt[d] for d in here) != Counter(made.labels[d].item() for d in here):
                    return False
        for alike in set(strata.values()):
            units = [unit for unit in members if pure(unit) and strata[unit] == alike]
            before = Counter(made.labels[members[unit][0]].item() for unit in units)
            if Counter(dealt[members[unit][0]] for unit in units) != before:
                return False
        return True

    kinds = sorted(set(made.labels.tolist()))
    return {dealt for dealt in itertools.product(kinds, repeat=len(made.labels)) if allowed(dealt)}


CASES = {
    "two documents": design([0, 1]),
    "plain": design([0, 1, 1, 2, 0]),
    "strata": design([0, 1, 0, 1, 1, 0], stratum=[0, 0, 1, 1, 1, 1]),
    "units": design([0, 0, 1, 1, 1, 0], unit=[5, 5, 1, 1, 1, 3]),
    "mixed units": design([0, 1, 1, 0, 1, 1], unit=[0, 0, 0, 1, 2, 2]),
    "units in strata": design([0, 0, 1, 1, 0, 1, 1], stratum=[0, 0, 0, 0, 1, 1, 1], unit=[0, 0, 1, 2, 3, 4, 4]),
    "pure units across strata": design([0, 0, 1, 1, 0, 1], stratum=[0, 1, 0, 1, 0, 0], unit=[0, 0, 1, 1, 2, 3]),
    "mixed unit across strata": design([0, 1, 1, 0, 0], stratum=[0, 0, 1, 1, 1], unit=[0, 0, 0, 0, 1]),
    "mixed units across strata": design([0, 1, 0, 1, 0, 1, 1, 0], stratum=[0, 0, 1, 1] * 2, unit=[0] * 4 + [1] * 4),
}


@pytest.mark.parametrize("name", CASES)
def test_every_dealing_of_the_rules_comes_up_as_often_as_any_other(name):
    made, number = CASES[name], 6000
    found = Counter(map(tuple, permuted(made, number, seed=3)[:, 1:].T.tolist()))
    expected = slow_dealings(made)
    assert set(found) == expected
    assert len(expected) > 1
    # Five standard deviations of a binomial share.
    share = 1 / len(expected)
    assert np.allclose([count / number for count in found.values()], share, atol=5 * np.sqrt(share / number))


@pytest.mark.parametrize("seed", range(6))
def test_labels_stay_within_strata_and_units_stay_whole(seed):
    made = random_design(seed)
    dealt = permuted(made, 50, seed=seed)
    assert dealt.flags.c_contiguous
    assert (dealt[:, 0] == made.labels).all()
    assert (dealt[:, 1:] != dealt[:, :1]).any()
    for unit in np.unique(made.unit):
        held = made.unit == unit
        if len(np.unique(made.labels[held])) == 1:
            assert (dealt[held] == dealt[held][0]).all()
        else:
            assert (np.sort(dealt[held], axis=0) == np.sort(made.labels[held])[:, None]).all()


def test_documents_that_stand_alone_keep_the_labels_of_every_stratum():
    generator = np.random.default_rng(0)
    made = design(generator.integers(0, 4, 300), stratum=generator.integers(0, 30, 300))
    dealt = permuted(made, 40, seed=1)
    for stratum in range(30):
        held = made.stratum == stratum
        assert (np.sort(dealt[held], axis=0) == np.sort(made.labels[held])[:, None]).all()


def test_the_seed_decides_the_dealings():
    made = random_design(1)
    assert (permuted(made, 20, seed=4) == permuted(made, 20, seed=4)).all()
    assert (permuted(made, 20, seed=4) != permuted(made, 20, seed=5)).any()
    parts = [permuted(made, 20, seed=[4, part]) for part in (0, 1)]
    assert (parts[0] != parts[1]).any()


def test_numbers_of_units_and_strata_may_have_gaps():
    made = random_design(2)
    spread = Design(made.labels, made.stratum * 7, made.unit * 11)
    assert (permuted(made, 20, seed=0) == permuted(spread, 20, seed=0)).all()
    assert notes(made) == notes(spread)


def test_without_permutations_there_is_the_observed_labelling_alone():
    found = permuted(design([1, 0, 1]), 0, seed=0)
    assert found.dtype == np.int8
    assert found.tolist() == [[1], [0], [1]]
    assert permuted(design([]), 3, seed=0).shape == (0, 4)


def test_arrays_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"expected \(documents,\) of all"):
        Design(np.zeros(3, dtype=np.int8), np.zeros(2, dtype=int), np.arange(3))


# ------------------------------------------------------------------------------------------- notes


@pytest.mark.parametrize("name", CASES)
def test_the_number_of_dealings_is_told_where_it_is_small(name):
    ways = len(slow_dealings(CASES[name]))
    assert f"the labels can be dealt in {ways} ways only: p is hardly below {1 / ways:.2g}" in notes(CASES[name])


def test_nothing_is_noted_where_nothing_limits_the_permutations():
    assert notes(design([0, 1] * 50, stratum=[0] * 60 + [1] * 40)) == []


def test_strata_with_one_label_are_noted():
    found = notes(design([0, 1] * 20 + [1, 1, 1, 0], stratum=[0] * 40 + [1, 1, 2, 3]))
    assert found == ["3 of 4 strata hold one label, which their documents (4) keep in every permutation"]


def test_what_has_nobody_to_swap_with_is_noted():
    found = notes(design([0, 1] * 20 + [1, 1], stratum=[0] * 41 + [1], unit=[*range(40), 40, 40]))
    assert found == [
        "1 of 2 strata hold one label, which their documents (1) keep in every permutation",
        "documents of other strata (1) keep their label: what may swap with them has the same",
        "1 of 41 units lie in several strata and swap only with units of the same",
    ]


def test_units_with_several_labels_are_noted():
    found = notes(design([0, 1] * 20 + [0, 0, 1], unit=[*range(40), 40, 40, 40]))
    assert found == ["1 of 41 units hold several labels, which are permuted within each (documents: 3)"]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (design([1, 1, 1]), "all documents have one label: there is nothing to permute"),
        (design([]), "all documents have one label: there is nothing to permute"),
        (design([0, 1], stratum=[0, 1]), "the labels can be dealt in no other way: p is 1"),
    ],
)
def test_labels_that_cannot_be_permuted_are_noted(made, said):
    assert notes(made)[-1] == said
    assert (permuted(made, 5, seed=0) == made.labels[:, None]).all()


# ------------------------------------------------------------------------------------------ length


def test_fifths_of_different_lengths_are_of_equal_size():
    words = np.random.default_rng(0).permutation(100)
    found = strata_by_length(words)
    assert np.bincount(found).tolist() == [20] * 5
    assert (found == words // 20).all()


@pytest.mark.parametrize("seed", range(4))
def test_equal_lengths_share_the_fifth_of_their_mean_rank(seed):
    words = np.random.default_rng(seed).integers(0, 12, 47)
    fifths = np.floor(5 * (rankdata(words) - 0.5) / 47 + 1e-9)
    assert (strata_by_length(words) == rankdata(fifths, method="dense") - 1).all()


@pytest.mark.parametrize(("words", "strata"), [([], []), ([7], [0]), ([7, 7, 7], [0, 0, 0]), ([9, 2, 5], [2, 0, 1])])
def test_few_documents_have_few_strata(words, strata):
    assert strata_by_length(np.array(words, dtype=int)).tolist() == strata
