"""What models answer, how answers are rewarded, and the pairs that are made of wrong ones."""

from dataclasses import asdict

import pandas as pd
import pytest
import torch
from transformers import GenerationConfig

from nrag import contracts
from nrag.mazes.data_sets import Kind, draw_split
from nrag.mazes.drawing import read_prompt
from nrag.mazes.judging import judge
from nrag.mazes.splits import Shares
from nrag.training.answering import Answer, answers
from nrag.training.characters import character_tokenizer
from nrag.training.errors import TrainingError
from nrag.training.judged import answered, solved_greedily
from nrag.training.networks import Shape, new_network
from nrag.training.pairs import SAMPLED, preference_pairs
from nrag.training.rewards import exact_reward, learned_reward

TOKENIZER = character_tokenizer(60)
SHAPE = Shape("gpt2", layers=2, width=16, heads=2, initializer_range=0.3)


@pytest.fixture(scope="module")
def network():
    """Untrained, and with weights so large that it is sure of something."""
    return new_network(SHAPE, TOKENIZER, window=60, seed=1)


@pytest.fixture(scope="module")
def mazes():
    shares = Shares(test=0.3, validation=0.15)
    return pd.DataFrame([asdict(row) for row in draw_split(Kind(3, 2), 50, split="train", shares=shares, seed=0)])


class Knowing:
    """A stand-in for a network: it writes what it is told to each prompt."""

    def __init__(self, known):
        self.known = known
        self.device = torch.device("cpu")
        self.generation_config = None
        self.training = False

    def eval(self):
        return self

    def train(self, mode):
        return self

    def generate(self, *, input_ids, max_new_tokens, **_):
        written = []
        for row in input_ids.tolist():
            ids = TOKENIZER(self.known[TOKENIZER.decode(row)])["input_ids"] + [TOKENIZER.eos_token_id]
            written.append([*row, *(ids + [TOKENIZER.pad_token_id] * max_new_tokens)[:max_new_tokens]])
        return torch.tensor(written)


def test_greedy_answers_are_the_likeliest_tokens_one_after_another(network, mazes):
    prompt = mazes["prompt"][0]
    ids = TOKENIZER(prompt)["input_ids"]
    start = len(ids)
    while len(ids) < start + 7 and ids[-1] != TOKENIZER.eos_token_id:
        with torch.inference_mode():
            ids.append(int(network(torch.tensor([ids])).logits[0, -1].argmax()))
    ended = ids[-1] == TOKENIZER.eos_token_id
    expected = TOKENIZER.decode(ids[start : len(ids) - ended])
    assert answers(network, TOKENIZER, [prompt], tokens=7) == [[Answer(expected, ended)]]


def test_an_answer_does_not_depend_on_what_is_asked_beside_it(network, mazes):
    prompts = [*mazes["prompt"][:6], "S.E\n>", "E.S\n>"]
    together = answers(network, TOKENIZER, prompts, tokens=6)
    assert together == [answers(network, TOKENIZER, [prompt], tokens=6)[0] for prompt in prompts]
    assert together[::-1] == answers(network, TOKENIZER, prompts[::-1], tokens=6)


def test_sampled_answers_are_those_of_the_seed_and_leave_chance_and_network_as_they_were(network, mazes):
    prompts = mazes["prompt"][:5].tolist()
    network.train()
    before = torch.random.get_rng_state()
    first = answers(network, TOKENIZER, prompts, tokens=8, temperature=1.0, samples=4, seed=3)
    assert torch.equal(before, torch.random.get_rng_state())
    assert network.training
    assert [len(each) for each in first] == [4] * 5
    assert first == answers(network, TOKENIZER, prompts, tokens=8, temperature=1.0, samples=4, seed=3)
    assert first != answers(network, TOKENIZER, prompts, tokens=8, temperature=1.0, samples=4, seed=4)
    # At a low temperature all are the greedy one.
    cold = answers(network, TOKENIZER, prompts, tokens=8, temperature=1e-4, samples=2)
    greedy = answers(network, TOKENIZER, prompts, tokens=8)
    assert [each[0].text for each in cold] == [each[0].text for each in greedy]
    network.eval()


@pytest.mark.parametrize(
    "wish", [{"repetition_penalty": 5.0}, {"no_repeat_ngram_size": 1}, {"suppress_tokens": [10, 11, 12]}, {"top_k": 1}]
)
def test_what_a_checkpoint_wishes_for_generation_is_not_asked(network, mazes, wish, monkeypatch):
    prompts = mazes["prompt"][:8].tolist()
    keys = {"tokens": 8, "temperature": 1.0, "samples": 2}
    greedy, sampled = answers(network, TOKENIZER, prompts, tokens=8), answers(network, TOKENIZER, prompts, **keys)
    wished = GenerationConfig(**wish)
    monkeypatch.setattr(network, "generation_config", wished)
    assert answers(network, TOKENIZER, prompts, tokens=8) == greedy
    assert answers(network, TOKENIZER, prompts, **keys) == sampled
    assert network.generation_config is wished


def test_an_answer_without_an_end_is_cut_and_not_solved(mazes):
    row = mazes.iloc[0]
    known = Knowing({row["prompt"]: row["answer"]})
    asked = mazes.iloc[:1]
    assert answers(known, TOKENIZER, [row["prompt"]], tokens=12) == [[Answer(row["answer"], True)]]
    cut = answered(known, TOKENIZER, asked, tokens=len(row["answer"]))
    assert (cut["ended"][0], cut["solved"][0], cut["first_error"][0].split()[1]) == (False, False, "cut")
    whole = answered(known, TOKENIZER, asked, tokens=len(row["answer"]) + 1)
    assert (whole["solved"][0], whole["optimal"][0], whole["first_error"][0]) == (True, True, None)
    assert solved_greedily(known, TOKENIZER, asked, tokens=12) == (1, 1)


def test_answers_are_rows_of_the_contract(network, mazes):
    table = answered(network, TOKENIZER, mazes, tokens=6, samples=2, temperature=1.0)
    assert list(table.columns) == [each.name for each in contracts.ANSWERS.columns if each.name != "model"]
    assert len(table) == 100
    assert table.groupby("id")["sample"].agg(list).map(lambda numbers: numbers == [0, 1]).all()
    assert set(table["decoding"]) == {"sampled"}


def ids_of(*tokens):
    return [token if isinstance(token, int) else TOKENIZER.convert_tokens_to_ids(token) for token in tokens]


def test_the_exact_reward_sees_tokens_that_texts_hide():
    prompt, end = "S.E\n>", TOKENIZER.eos_token_id
    exact = exact_reward(TOKENIZER)
    given = [ids_of("R", end), ids_of("R"), ids_of("R", "<pad>", end), ids_of("<unk>", "R", end), ids_of(end), []]
    found = exact(prompts=[prompt] * 6, completion_ids=given, completions=["R"] * 6, trainer_state=None)
    assert found == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert exact(prompts=["no maze"], completion_ids=[ids_of("R", end)]) == [0.0]


def test_a_learned_reward_is_what_the_model_gives_to_each_answer_alone():
    from transformers import GPT2Config, GPT2ForSequenceClassification

    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(TOKENIZER), n_positions=60, n_embd=16, n_layer=2, n_head=2, num_labels=1,
        pad_token_id=TOKENIZER.pad_token_id, initializer_range=0.3,
    )  # fmt: skip
    network = GPT2ForSequenceClassification(config).eval()
    prompts, given = ["S.E\n>", "E.S\n>", "S.E\n>"], [ids_of("R"), ids_of("L", "L", "L"), ids_of("R", "R")]
    together = learned_reward(network, TOKENIZER)(prompts=prompts, completion_ids=given)
    for value, prompt, ids in zip(together, prompts, given, strict=True):
        row = torch.tensor([TOKENIZER(prompt)["input_ids"] + ids])
        with torch.inference_mode():
            assert value == pytest.approx(network(input_ids=row).logits.item(), abs=1e-5)
    assert len({round(value, 4) for value in together}) == 3


# ----------------------------------------------------------------------------------------- pairs


def pairs_by(network, mazes, number=20, *, corrupted=0.0, seed=0):
    return preference_pairs(
        mazes, number, network=network, tokenizer=TOKENIZER, corrupted=corrupted, temperature=1.0, tokens=8, seed=seed
    )  # fmt: skip


def test_pairs_are_of_different_mazes_a_right_answer_beside_a_wrong_one(mazes):
    # Every other maze is answered rightly, the others by a move too many.
    right = dict(zip(mazes["prompt"], mazes["answer"], strict=True))
    known = {prompt: answer + "U" * (place % 2) for place, (prompt, answer) in enumerate(right.items())}
    table = pairs_by(Knowing(known), mazes, corrupted=0.25)
    assert table["id"].is_unique
    assert len(table) == 20
    assert (table["source"] != SAMPLED).sum() == 5
    for row in table.itertuples():
        maze = read_prompt(row.prompt)
        assert judge(maze, row.chosen).optimal
        assert not judge(maze, row.rejected).solved
        if row.source == SAMPLED:
            assert row.rejected == known[row.prompt]
    assert set(table["layout"]) <= set(mazes["layout"])
    pd.testing.assert_frame_equal(table, pairs_by(Knowing(known), mazes, corrupted=0.25))
    assert not table.equals(pairs_by(Knowing(known), mazes, corrupted=0.25, seed=1))


def test_spoiled_answers_leave_room_for_their_end(mazes):
    tokens = int(mazes["length"].max()) + 1
    keys = {"network": Knowing({}), "tokenizer": TOKENIZER, "corrupted": 1.0, "temperature": 1.0}
    lengths = [
        preference_pairs(mazes, 50, tokens=room, seed=seed, **keys)["rejected"].str.len().max()
        for room in (tokens, 20)
        for seed in range(5)
    ]
    assert max(lengths[:5]) < tokens < max(lengths[5:])


def test_a_model_that_is_always_right_has_no_wrong_answers(mazes):
    knowing = Knowing(dict(zip(mazes["prompt"], mazes["answer"], strict=True)))
    with pytest.raises(TrainingError, match=r"20 pairs were asked for, but of 50 sampled answers only 0 were wrong"):
        pairs_by(knowing, mazes)
    assert len(pairs_by(knowing, mazes, corrupted=1.0)) == 20


def test_answers_that_were_cut_or_are_empty_are_not_preferred_against(mazes):
    known = {prompt: "" if place % 2 else "UUUUUUUUUUUU" for place, prompt in enumerate(mazes["prompt"])}
    with pytest.raises(TrainingError, match="only 0 were wrong"):
        pairs_by(Knowing(known), mazes)


def test_more_pairs_than_mazes_are_refused(mazes):
    with pytest.raises(TrainingError, match="51 pairs were asked for, but there are 50 training mazes"):
        pairs_by(Knowing({}), mazes, number=51)
