"""One pass finds what a look at every token of every document would find."""

import dataclasses

import numpy as np
import pytest
import torch
from neurons_by_hand import RULES, documents, reader

from nrag.neurons.blocks import Settings, Surface, trace_block
from nrag.neurons.choosing import selected, training_examples
from nrag.neurons.mining import is_test, mine
from nrag.neurons.reading import Reader
from nrag.neurons.reservoirs import BINS, Kept, bins_of, edges, priorities, signed_bins_of

FEW = 6


def varied(generator):
    """Rules with many different values."""
    table = generator.normal(size=(3, 40))
    return {f"n{row}": (lambda is_, row=row: sum(float(table[row, t]) * is_(t) for t in range(40))) for row in range(3)}


@pytest.fixture(scope="module")
def everything():
    read = reader(varied(np.random.default_rng(3)))
    texts = documents(80, seed=5, length=(1, 30))
    values = [read.activations(ids[None])[0][0] for ids in texts]
    return read, texts, values, is_test(texts, share=0.5, seed=0)


def mined(everything, *, order=None, block=0, **options):
    read, texts, _, test = everything
    numbers = np.arange(len(texts)) if order is None else order
    lengths = np.array([len(texts[number]) for number in numbers])
    given = {"selected": {block: np.array([0, 2])}, "examples": FEW, "seed": 4} | options
    return mine(read, [texts[number] for number in numbers], lengths, test[numbers], **given)[block]


def test_the_best_examples_are_those_of_the_strongest_documents_of_each_half(everything):
    _, _, values, test = everything
    found = mined(everything)
    for neuron in range(3):
        for sign in (1, -1):
            for half in (0, 1):
                extremes = [
                    (-(sign * each[:, neuron]).max(), number)
                    for number, each in enumerate(values)
                    if test[number] == half and (sign * each[:, neuron]).max() > 0
                ]
                expected = [number for _, number in sorted(extremes)[:FEW]]
                own = found.best.of(neuron, sign)
                own = own.where(own.group == half)
                assert own.document.tolist() == expected
                for document, position, activation in zip(own.document, own.position, own.activation, strict=True):
                    assert values[document][position, neuron] == activation
                    assert sign * activation == (sign * values[document][:, neuron]).max()


def test_histograms_count_every_token_and_peaks_are_of_training_documents(everything):
    _, _, values, test = everything
    found = mined(everything)
    tokens = np.concatenate(values)
    for neuron in range(3):
        for place, sign in enumerate((1, -1)):
            own = tokens[np.signbit(tokens[:, neuron]) == (sign < 0), neuron]
            np.testing.assert_array_equal(
                found.histogram[neuron, place], np.bincount(bins_of(np.abs(own)), minlength=BINS)
            )
            peak = max((sign * each[:, neuron]).max() for each, kept in zip(values, test, strict=True) if not kept)
            assert found.peaks[neuron, place] == max(peak, 0)
    np.testing.assert_array_equal(found.highest, [each[:, [0, 2]].max(axis=0) for each in values])
    np.testing.assert_array_equal(found.lowest, [each[:, [0, 2]].min(axis=0) for each in values])


def test_what_is_strongest_in_held_out_documents_alone_is_no_peak(everything):
    read, texts, values, _ = everything
    extremes = np.array([each[:, 0].max() for each in values])
    test = extremes > np.quantile(extremes, 0.5)
    found = mined((read, texts, values, test))
    assert found.peaks[0, 0] == extremes[~test].max() < extremes.max()


def test_random_examples_are_of_training_documents_and_of_every_bin(everything):
    _, _, values, test = everything
    found = mined(everything, weakest=0.0)
    assert not test[found.random.document].any()
    for neuron in range(3):
        own = found.random.of(neuron, 1)
        strongest = [max(float(each[:, neuron].max()), 0) for each in values]
        bins = {
            int(bins_of(np.float32([value]))[0])
            for value, kept in zip(strongest, test, strict=True)
            if not kept and value
        }
        assert set(own.group.tolist()) == bins
        assert max(np.bincount(own.group)) <= max(FEW // 4, 1)
    # Those of another block of the same corpus are others.
    read = everything[0]
    second = Reader(read.network, [dataclasses.replace(read.projections[0], block=7)], read.frame, read.device)
    other = mined((second, *everything[1:]), block=7, weakest=0.0)
    assert other.best.document.tolist() == found.best.document.tolist()
    assert other.random.document.tolist() != found.random.document.tolist()
    strong = mined(everything, weakest=0.5).random
    peaks = found.peaks[strong.neuron, (strong.sign < 0).astype(int)]
    assert (np.abs(strong.activation) >= 0.5 * peaks).all()
    assert 0 < len(strong.neuron) < len(found.random.neuron)


@pytest.mark.parametrize("tokens", [8, 100, 100_000])
def test_the_size_of_a_pass_changes_nothing(everything, tokens):
    one, other = mined(everything), mined(everything, tokens=tokens)
    for name in ("histogram", "peaks", "highest", "lowest"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for part in ("best", "random"):
        for name in ("neuron", "sign", "group", "document", "position", "activation"):
            np.testing.assert_array_equal(getattr(getattr(one, part), name), getattr(getattr(other, part), name))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_neuron_that_is_not_finite_anywhere_is_a_failure_and_no_other_one(value):
    rules = {"sound": lambda is_: is_(10), "broken": lambda is_: is_(10) + torch.where(is_(11) > 0, value, 0.0)}
    read, texts = reader(rules), documents()
    test = is_test(texts, share=0.5, seed=0)
    lengths = np.array([len(ids) for ids in texts])
    found = mine(read, texts, lengths, test, selected={0: np.arange(2)}, examples=4, seed=0)[0]
    assert np.isnan(found.peaks[1]).all()
    assert found.peaks[0].tolist() == [1, 0]
    traces = trace_block(read, texts, test, found, Settings(examples=4, context=3), Surface(both=False))
    assert [each.neuron for each in traces.traced] == [0]
    assert [(each.neuron, each.reason) for each in traces.failures] == [(1, "its activation is not finite")]


def test_first_tokens_are_left_out_where_asked(everything):
    _, texts, values, _ = everything
    found = mined(everything, skip=1)
    assert found.histogram.sum() == 3 * sum(len(ids) - 1 for ids in texts)
    assert found.best.position.min() == 1
    for neuron, document, position, activation in zip(
        found.best.neuron, found.best.document, found.best.position, found.best.activation, strict=True
    ):
        assert values[document][position, neuron] == activation


def test_copies_of_a_text_are_of_one_half(everything):
    texts = documents(50, seed=1)
    test = is_test([*texts, *texts], share=0.5, seed=2)
    np.testing.assert_array_equal(test[:50], test[50:])
    assert 15 < test[:50].sum() < 35
    assert not np.array_equal(test[:50], is_test(texts, share=0.5, seed=3))


def test_bins_are_quarters_of_an_octave():
    bounds = edges()
    assert len(bounds) == BINS + 1
    values = np.float32([1.0, 1.24, 1.25, 1.5, 1.75, 1.9999, 2.0, 1e-9, 1e9, 0.0])
    places = bins_of(values)
    assert np.diff(places[:7]).tolist() == [0, 1, 1, 1, 0, 1]
    for value, place in zip(values, places, strict=True):
        assert bounds[place] <= value < bounds[place + 1]
    signed = signed_bins_of(np.float32([2.0, -2.0]))
    assert signed[1] - signed[0] == BINS


def test_kept_entries_do_not_depend_on_how_they_come():
    generator = np.random.default_rng(0)
    group, order = generator.integers(5, size=400), generator.integers(30, size=400).astype(float)
    number = np.arange(400)
    whole = Kept(5, 7)
    whole.offer(group, order, number=number)
    whole.settle()
    parts = Kept(5, 7)
    for part in np.array_split(generator.permutation(400), 9):
        parts.offer(group[part], order[part], number=number[part])
        parts.settle()
    for name in ("group", "order"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    np.testing.assert_array_equal(whole.entries["number"], parts.entries["number"])
    for each in range(5):
        own = np.flatnonzero(group == each)
        expected = sorted(zip(order[own], own, strict=True))[:7]
        assert whole.entries["number"][whole.group == each].tolist() == [n for _, n in expected]


def test_priorities_are_uniform_and_of_each_document_and_neuron():
    found = priorities(0, np.arange(500), 40)
    assert found.min() >= 0
    assert found.max() < 1
    assert abs(found.mean() - 0.5) < 0.01
    np.testing.assert_array_equal(priorities(0, np.array([7, 3]), 40), found[[7, 3]])
    assert not np.array_equal(priorities(1, np.arange(500), 40), found)
    assert abs(np.corrcoef(found[:, 0], found[:, 1])[0, 1]) < 0.15


def test_training_examples_are_half_the_best_and_the_rest_of_all_bins_alike():
    best = np.arange(10)
    drawn, bins = np.array([20, 21, 22, 0, 23, 24]), np.array([9, 9, 9, 8, 8, 7])
    first, chosen = training_examples(best, drawn, bins, number=8)
    assert first.tolist() == [0, 1, 2, 3]
    # Of bins 9, 8 and 7 in turn; document 0 is there already.
    assert chosen.tolist() == [0, 4, 5, 1]
    first, chosen = training_examples(best, drawn[:1], bins[:1], number=8)
    assert (first.tolist(), chosen.tolist()) == ([0, 1, 2, 3, 4, 5, 6], [0])


def test_neurons_are_selected_by_number_list_or_all():
    assert selected(5, "all", seed=0).tolist() == selected(5, 9, seed=0).tolist() == [0, 1, 2, 3, 4]
    some = selected(1000, 30, seed=0)
    assert len(set(some.tolist())) == 30
    assert (np.diff(some) > 0).all()
    assert some.tolist() != selected(1000, 30, seed=1).tolist()
    assert selected(9, [7, 2, 7], seed=0).tolist() == [2, 7]
    with pytest.raises(ValueError, match="there is no neuron 9; blocks have 0 to 8"):
        selected(9, [2, 9], seed=0)


def test_rules_by_hand_have_their_peaks():
    read, texts = reader(), documents()
    test = is_test(texts, share=0.5, seed=0)
    lengths = np.array([len(ids) for ids in texts])
    found = mine(read, texts, lengths, test, selected={0: np.arange(len(RULES))}, examples=4, seed=0)[0]
    names = list(RULES)
    assert found.peaks[names.index("A")].tolist() == [1, 0]
    assert found.peaks[names.index("dead")].tolist() == [0, 0]
    np.testing.assert_allclose(found.peaks[names.index("A, or less C")], [1, 0.6])
