"""Neurons are read at the down projection of every block, and a value depends on its row alone."""

import numpy as np
import pytest
import torch
from families import FAMILIES

from nrag import models
from nrag.models import ModelError, reading_part
from nrag.neurons import reading
from nrag.neurons.projections import down_projections
from nrag.neurons.reading import Reader, distinct, frame_of, values_at

WITHOUT = {
    "Mixtral": "none is a module",
    "Mamba": "none is a module",
    "Mamba 2": "none is a module",
    "Falcon Mamba": "none is a module",
}
"""Families without a down projection of their own in every block: fused experts, and state-space blocks."""

BY_NAME = {family.name: family for family in FAMILIES}


@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in WITHOUT])
def test_every_family_is_read_where_its_blocks_lead_back_to_the_hidden_states(name):
    network = reading_part(BY_NAME[name].made())
    projections = down_projections(network)
    assert [each.block for each in projections] == [0, 1]
    reader = Reader(network, projections, FRAME, torch.device("cpu"))
    ids = np.random.default_rng(0).integers(4, 50, size=(3, 9)).astype(np.int32)
    found = reader.activations(ids)
    # Read without stopping, the same values; and what the module makes of them is what it gives.
    given, made = [], []

    def note(module, inputs, output):
        given.append(inputs[0])
        made.append(output)

    hooks = [each.module.register_forward_hook(note) for each in projections[: 1 if projections[1].call else 2]]
    with torch.inference_mode():
        wide = torch.as_tensor(np.tile(ids, (20, 1))).long()
        network(input_ids=wide, attention_mask=torch.ones_like(wide))
    for hook in hooks:
        hook.remove()
    for values, whole, output, projection in zip(found, given, made, projections, strict=True):
        whole = whole.reshape(60, 9, -1)[:3].numpy()
        assert values.shape == (3, 9, projection.neurons)
        np.testing.assert_allclose(values, whole, rtol=1e-5, atol=1e-6)
        assert output.reshape(60, 9, -1).shape[2] == network.config.hidden_size


@pytest.mark.parametrize("name", WITHOUT)
def test_blocks_without_a_down_projection_are_refused_by_name(name):
    with pytest.raises(ModelError, match=WITHOUT[name]):
        down_projections(reading_part(BY_NAME[name].made()))


class Bare:
    """No special tokens."""

    before = after = ()

    def around(self, rows):
        return rows


FRAME = Bare()


@pytest.fixture(scope="module")
def bert(tiny_bert):
    return models.load(str(tiny_bert), root=tiny_bert.parent)


def reader_of(model):
    return Reader(model.network, down_projections(model.network), frame_of(model), model.device)


def test_special_tokens_stand_around_every_row_and_are_not_read(bert):
    reader = reader_of(bert)
    ids = bert.tokenizer("the wave under the moon")["input_ids"]
    assert (ids[:1], ids[-1:]) == (list(reader.frame.before), list(reader.frame.after))
    (values,) = [each[0] for each in reader.activations(np.array([ids[1:-1]]))][-1:]
    with torch.inference_mode():
        states = bert.network(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states
        block = bert.network.encoder.layer[-1]
        hand = block.intermediate(block.attention(states[-2])[0])[0, 1:-1].numpy()
    np.testing.assert_allclose(values, hand, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("family", ["BERT", "GPT-2", "Llama", "T5", "OPT", "ALBERT", "GPT-NeoX"])
def test_a_value_is_the_same_bits_whatever_rows_are_computed_beside_it(family):
    network = reading_part(BY_NAME[family].made())
    reader = Reader(network, down_projections(network), FRAME, torch.device("cpu"))
    generator = np.random.default_rng(1)
    lengths = generator.choice([1, 2, 7, 24], size=400)
    rows = generator.integers(4, 50, size=(400, 24)).astype(np.int32)
    rows[np.arange(24) >= lengths[:, None]] = -1
    rows[320:], lengths[320:] = rows[:80], lengths[:80]
    pivots, neurons = generator.integers(lengths), generator.integers(8, size=400)
    whole = values_at(reader, rows, lengths, pivots, neurons)

    def of(chosen, **options):
        return values_at(reader, rows[chosen], lengths[chosen], pivots[chosen], neurons[chosen], **options)

    every = np.arange(400)
    for tokens in (64, 1000, 100_000):
        np.testing.assert_array_equal(of(every, tokens=tokens), whole)
    one = [of(every[place : place + 1])[0] for place in range(0, 400, 37)]
    np.testing.assert_array_equal(one, whole[::37])
    order = generator.permutation(400)
    np.testing.assert_array_equal(of(order), whole[order])
    # As the whole row gives it.
    for place in range(0, 400, 37):
        values = reader.activations(rows[place : place + 1, : lengths[place]])[-1]
        np.testing.assert_array_equal(values[0, pivots[place], neurons[place]], whole[place])


@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in WITHOUT])
def test_places_that_pass_alone_through_the_last_mlp_give_what_they_give_among_all(name):
    network = reading_part(BY_NAME[name].made())
    ids = np.random.default_rng(0).integers(4, 50, size=(70, 9)).astype(np.int32)
    row, position = np.arange(70), np.arange(70) % 9
    for projection in down_projections(network):
        reader = Reader(network, [projection], FRAME, torch.device("cpu"))
        found = reader.activations_at(ids, row, position)
        np.testing.assert_array_equal(found, reader.activations(ids)[0][row, position])
        assert reader.expansions


def test_rows_of_one_hash_are_told_apart(monkeypatch):
    rows = np.array([[1, 2], [3, 4], [1, 2], [5, -1]], dtype=np.int32)
    first, inverse = distinct(rows)
    assert rows[first[inverse]].tolist() == rows.tolist()
    assert len(first) == 3
    monkeypatch.setattr(reading, "_MULTIPLIER", np.uint64(0))
    first, inverse = distinct(rows)
    assert rows[first[inverse]].tolist() == rows.tolist()
    assert len(first) == 3


def test_nothing_right_of_a_place_matters_to_a_causal_model_and_something_does_to_an_encoder():
    for family, differs in (("GPT-2", False), ("BERT", True)):
        network = BY_NAME[family].made()
        reader = Reader(network, down_projections(network), FRAME, torch.device("cpu"))
        rows = np.array([[5, 6, 7, 8], [5, 6, 7, 30]], dtype=np.int32)
        first, second = reader.activations(rows)[-1]
        assert (not np.array_equal(first[:3], second[:3])) == differs
