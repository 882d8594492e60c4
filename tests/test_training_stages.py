"""Stages of training: what they learn from, that they can be killed, that the same seed gives the same bytes."""

import hashlib
import shutil
from dataclasses import asdict
from random import Random

import pandas as pd
import pytest
import torch
from safetensors import safe_open
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    TrainerCallback,
)

from nrag import contracts
from nrag.mazes.data_sets import Kind, draw_split
from nrag.mazes.drawing import read_prompt
from nrag.mazes.judging import judge
from nrag.mazes.splits import Shares
from nrag.training import material, one_stage, progress, running
from nrag.training.characters import ALPHABET, character_tokenizer
from nrag.training.networks import Shape, network_in, new_network, tokenizer_in
from nrag.training.rewards import learned_reward
from nrag.training.stages import Pair, Stage, cycled

TOKENS = 10
SHAPE = {"architecture": "gpt2", "layers": 2, "width": 16, "heads": 2, "initializer_range": 0.06}
SHARES = Shares(test=0.3, validation=0.15)


def drawn(split, number):
    return draw_split(Kind(3, 2), number, split=split, shares=SHARES, seed=0)


@pytest.fixture(scope="module")
def mazes():
    rows = [asdict(row) for split, number in (("train", 60), ("validation", 20)) for row in drawn(split, number)]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def window(mazes):
    return max(map(len, mazes["prompt"])) + TOKENS + 1


def stage(method, name="stage", *, steps=6, **keys):
    default = {"batch": 4, "learning_rate": 1e-2, "warmup": 1, "kept": [steps], "gradient_accumulation": 1}
    of_method = {
        "pretraining": {"longest_walk": 5},
        "dpo": {"beta": 0.1, "sft_weight": 0.0},
        "orpo": {"beta": 0.5},
        "kto": {"beta": 0.1},
        "rloo": {"beta": 0.1, "generations": 4, "temperature": 1.0},
        "grpo": {"beta": 0.0, "generations": 4, "temperature": 1.0},
    }
    return {"name": name, "method": method, "steps": steps, **default, **of_method.get(method, {}), **keys}


def pairs_of(mazes):
    rows = mazes[mazes["split"] == "train"]
    return pd.DataFrame(
        {"id": rows["id"], "prompt": rows["prompt"], "chosen": rows["answer"], "rejected": rows["answer"] + "U"}
    )


def trained(folder, mazes, described, begin, *, seed=0, pairs=None, name="made", signature=None):
    """The folder of a stage and its numbers."""
    at_work, final = folder / f"{name}.tmp", folder / name
    table = one_stage.train(
        mazes, at_work, stage=described, begin=begin, pairs=pairs, seed=seed, tokens=TOKENS, signature=signature
    )
    one_stage.finish(at_work, final)
    assert not at_work.exists()
    return final, table


@pytest.fixture(scope="module")
def base(tmp_path_factory, mazes, window):
    """A decoder that was trained a little."""
    begin = {"model": SHAPE, "window": window}
    return trained(tmp_path_factory.mktemp("base"), mazes, stage("pretraining", "base", steps=12), begin)[0] / "step-12"


def digest(folder):
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def weights(folder):
    return AutoModelForCausalLM.from_pretrained(folder).state_dict()


# ---------------------------------------------------------------------------------- the whole of a stage


def test_the_same_seed_gives_the_same_bytes_and_another_seed_or_name_others(tmp_path, mazes, window):
    begin = {"model": SHAPE, "window": window}
    made = {
        name: trained(tmp_path, mazes, stage("pretraining", of), begin, seed=seed, name=name)
        for name, of, seed in (("a", "base", 0), ("b", "base", 0), ("c", "base", 1), ("d", "again", 0))
    }
    bytes_of = {name: digest(folder / "step-6") for name, (folder, _) in made.items()}
    assert bytes_of["a"] == bytes_of["b"]
    assert len(set(bytes_of.values())) == 3
    pd.testing.assert_frame_equal(made["a"][1], made["b"][1])


@pytest.mark.parametrize("method", ["sft", "dpo", "orpo", "kto", "grpo", "rloo"])
def test_every_method_begins_with_the_checkpoint_it_names_changes_it_and_leaves_an_ordinary_folder(
    method, tmp_path, mazes, base
):
    folder, table = trained(
        tmp_path, mazes, stage(method), {"checkpoint": str(base)}, pairs=pairs_of(mazes)
    )  # fmt: skip
    before, after = weights(base), weights(folder / "step-6")
    moved = max(float((after[name] - before[name]).abs().max()) for name in before)
    # Six steps of AdamW at 1e-2 move a weight by 0.06 at most: it is no new network.
    assert 1e-4 < moved < 0.07
    assert {path.name for path in folder.iterdir()} == {"step-6"}
    assert not list(folder.rglob("*.bin")) + list(folder.rglob("*.pt"))
    network, tokenizer = AutoModel.from_pretrained(folder / "step-6"), AutoTokenizer.from_pretrained(folder / "step-6")
    states = network(**tokenizer("S.E\n>", return_tensors="pt"), output_hidden_states=True).hidden_states
    assert len(states) == SHAPE["layers"] + 1
    assert list(table.columns) == [column.name for column in contracts.TRAINING.columns]
    last = table.iloc[-1]
    assert (last["step"], last["mazes"]) == (6, 20)
    assert 0 <= last["solve_rate"] <= 1
    assert table["loss"].notna().all()
    assert table["reward"].notna().all() == (method in ("grpo", "rloo"))
    assert table["groups_without_spread"].notna().any() == (method in ("grpo", "rloo"))
    assert pd.notna(last["accuracy"]) == (method in ("dpo", "orpo"))


@pytest.mark.parametrize("method", ["pretraining", "sft", "rloo", "grpo"])
def test_training_mazes_are_learned_from_and_validation_mazes_asked_and_no_others(
    method, tmp_path, mazes, base, monkeypatch
):
    tests = pd.DataFrame([asdict(row) for row in drawn("test", 20)])
    every = pd.concat([tests, mazes, tests.assign(split="shift")], ignore_index=True)
    given = {}
    monkeypatch.setattr(one_stage, "run", lambda *plain, **named: given.update(material=plain[3], **named))
    begin = {"checkpoint": str(base)}
    one_stage.train(every, tmp_path, stage=stage(method, steps=30), begin=begin, pairs=None, seed=0, tokens=TOKENS)
    learned = {(row.get("text") or row["prompt"]).partition(">")[0] + ">" for row in given["material"].rows}
    assert learned == {prompt for prompt, _ in rows_of(mazes)}
    asked = given["solves"].keywords["mazes"]
    assert asked["id"].tolist() == mazes.loc[mazes["split"] == "validation", "id"].tolist()


@pytest.fixture
def made(monkeypatch):
    """The trainers that stages make."""
    found, make = [], running.trainer_of
    monkeypatch.setattr(running, "trainer_of", lambda *given: found.append(make(*given)) or found[-1])
    return found


@pytest.mark.parametrize("method", ["dpo", "kto", "rloo", "grpo"])
def test_what_a_stage_is_held_near_is_the_checkpoint_that_it_begins_with(method, tmp_path, mazes, base, made):
    parent = trained(tmp_path, mazes, stage("sft"), {"checkpoint": str(base)}, name="parent")[0] / "step-6"
    described = stage(method, steps=2, beta=0.3)
    trained(tmp_path, mazes, described, {"checkpoint": str(parent)}, pairs=pairs_of(mazes))
    trainer = made[-1]
    reference, own, older = trainer.ref_model.state_dict(), weights(parent), weights(base)
    assert all(torch.equal(reference[name], own[name]) for name in own)
    assert not all(torch.equal(reference[name], older[name]) for name in own)
    assert trainer.args.beta == 0.3


def test_losses_are_weighed_as_the_stage_says(tmp_path, mazes, base, made):
    for method, keys in (("orpo", {"beta": 0.3}), ("dpo", {"sft_weight": 0.5}), ("dpo", {})):
        described = stage(method, steps=2, **keys)
        trained(tmp_path, mazes, described, {"checkpoint": str(base)}, pairs=pairs_of(mazes))
    odds, both, plain = (trainer.args for trainer in made)
    assert odds.beta == 0.3
    assert (both.loss_type, both.loss_weights) == (["sigmoid", "sft"], [1.0, 0.5])
    assert plain.loss_type == ["sigmoid"]


def test_sampled_answers_are_as_many_and_as_warm_as_the_stage_says(tmp_path, mazes, base, made):
    for method in ("rloo", "grpo"):
        described = stage(method, steps=2, generations=3, temperature=1.5)
        trained(tmp_path, mazes, described, {"checkpoint": str(base)})
        assert (made[-1].args.num_generations, made[-1].args.temperature) == (3, 1.5)
        assert made[-1].args.per_device_train_batch_size == 12


@pytest.mark.parametrize("method", ["pretraining", "sft"])
def test_the_end_is_learned_with_the_moves_and_the_prompt_by_the_base_alone(method, tmp_path, mazes, base, made):
    trained(tmp_path, mazes, stage(method, steps=2, batch=8), {"checkpoint": str(base)})
    tokenizer, answers = tokenizer_in(base), dict(rows_of(mazes))
    for batch in made[-1].get_train_dataloader():
        for ids, labels in zip(batch["input_ids"], batch["labels"], strict=True):
            learned = tokenizer.decode(ids[labels != -100])
            prompt = tokenizer.decode(ids).partition(">")[0] + ">"
            if method == "sft":
                assert learned == answers[prompt] + tokenizer.eos_token
            else:
                assert learned.startswith(prompt)
                assert learned.count(tokenizer.eos_token) == 1
                assert learned.endswith(tokenizer.eos_token)


def test_what_is_learned_is_what_is_taught(tmp_path, mazes, base):
    described = stage("sft", steps=120, batch=16)
    folder, table = trained(tmp_path, mazes, described, {"checkpoint": str(base)})
    assert table["loss"].iloc[-1] < 0.7 * table["loss"].iloc[0]
    network, tokenizer = network_in(folder / "step-120"), tokenizer_in(folder / "step-120")
    row = mazes[mazes["split"] == "train"].iloc[0]
    ids = tokenizer(row["prompt"] + row["answer"] + tokenizer.eos_token, return_tensors="pt")["input_ids"]
    start = len(tokenizer(row["prompt"])["input_ids"])
    with torch.inference_mode():
        taught, before = (
            -torch.nn.functional.cross_entropy(each(ids).logits[0, start - 1 : -1], ids[0, start:]).item()
            for each in (network, network_in(base))
        )
    assert taught > before + 0.5


def test_a_reward_model_learns_the_pairs_and_rewards_answers(tmp_path, mazes, base):
    judge_folder, table = trained(
        tmp_path, mazes, stage("reward", "judge", steps=60, batch=8), {"checkpoint": str(base)},
        pairs=pairs_of(mazes), name="judge",
    )  # fmt: skip
    assert table["accuracy"].iloc[-1] >= 0.9
    assert table["solve_rate"].isna().all()
    begin = {"checkpoint": str(base), "reward": str(judge_folder / "step-60")}
    _, numbers = trained(tmp_path, mazes, stage("rloo"), begin)
    # Not the exact judge's, which is 0 or 1.
    assert not numbers["reward"].dropna().isin([0.0, 1.0]).all()
    assert numbers["kl"].notna().any()


class _Killed(TrainerCallback):
    def __init__(self, step):
        self.step = step

    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == self.step:
            raise KeyboardInterrupt


@pytest.mark.parametrize("method", ["pretraining", "dpo", "grpo"])
def test_a_killed_stage_goes_on_from_its_last_checkpoint_to_the_same_bytes(
    method, tmp_path, mazes, base, monkeypatch, caplog
):
    described, begin = stage(method, steps=8, kept=[4, 8]), {"checkpoint": str(base)}
    whole, table = trained(tmp_path, mazes, described, begin, pairs=pairs_of(mazes), name="whole")
    make = one_stage.run.__globals__["trainer_of"]

    def killed(*arguments):
        trainer = make(*arguments)
        trainer.add_callback(_Killed(6))
        return trainer

    monkeypatch.setitem(one_stage.run.__globals__, "trainer_of", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, mazes, described, begin, pairs=pairs_of(mazes))
    assert (tmp_path / "made.tmp" / "finished" / "step-4").is_dir()
    monkeypatch.setitem(one_stage.run.__globals__, "trainer_of", make)
    with caplog.at_level("INFO", logger="nrag"):
        resumed, again = trained(tmp_path, mazes, described, begin, pairs=pairs_of(mazes))
    assert "goes on from step 4" in caplog.text
    assert [digest(resumed / f"step-{step}") for step in (4, 8)] == [
        digest(whole / f"step-{step}") for step in (4, 8)
    ]  # fmt: skip
    pd.testing.assert_frame_equal(again, table)


@pytest.mark.parametrize(
    ("keys", "signature"),
    [({"learning_rate": 2e-2}, {"code": "a"}), ({"warmup": 0}, {"code": "a"}), ({}, {"code": "b"})],
)
def test_what_a_stage_left_that_meant_something_else_is_not_gone_on_with(
    keys, signature, tmp_path, mazes, base, monkeypatch, caplog
):
    begin = {"checkpoint": str(base)}
    first = stage("sft", steps=8, kept=[4, 8])
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        make = one_stage.run.__globals__["trainer_of"]
        killed.setitem(
            one_stage.run.__globals__, "trainer_of", lambda *given: _with(make(*given), _Killed(6))
        )  # fmt: skip
        trained(tmp_path, mazes, first, begin, signature={"code": "a"})
    with caplog.at_level("INFO", logger="nrag"):
        made, _ = trained(tmp_path, mazes, first | keys, begin, signature=signature)
    assert "is of another training: begun anew" in caplog.text
    whole, _ = trained(tmp_path, mazes, first | keys, begin, name="whole", signature=signature)
    assert [digest(made / f"step-{step}") for step in (4, 8)] == [digest(whole / f"step-{step}") for step in (4, 8)]


def _with(trainer, callback):
    trainer.add_callback(callback)
    return trainer


def test_a_stage_that_was_killed_between_its_last_step_and_its_place_is_finished(tmp_path, mazes, base):
    described, begin = stage("sft", kept=[3, 6]), {"checkpoint": str(base)}
    whole, _ = trained(tmp_path, mazes, described, begin, name="whole")
    at_work = tmp_path / "made.tmp"
    one_stage.train(mazes, at_work, stage=described, begin=begin, pairs=None, seed=0, tokens=TOKENS)
    made, _ = trained(tmp_path, mazes, described, begin)
    assert digest(made / "step-6") == digest(whole / "step-6")
    # Once more, killed when its folder was in its place, which Snakemake then deletes.
    one_stage.train(mazes, at_work, stage=described, begin=begin, pairs=None, seed=0, tokens=TOKENS)
    shutil.rmtree(at_work / "finished")
    made, _ = trained(tmp_path, mazes, described, begin)
    assert [digest(made / f"step-{step}") for step in (3, 6)] == [digest(whole / f"step-{step}") for step in (3, 6)]


def test_a_checkpoint_without_its_numbers_is_not_gone_on_with(tmp_path):
    kept = progress.Progress(tmp_path, [4], None, judged=False, signature={"seed": 0})
    assert kept.resume() is None
    (tmp_path / "checkpoint-4").mkdir()
    (tmp_path / "checkpoint-4" / "trainer_state.json").touch()
    assert kept.resume() is None
    (tmp_path / "finished" / "step-4").mkdir(parents=True)
    numbers = tmp_path / "numbers.json"
    numbers.write_text('{"signature": {"seed": 0}, "step": 4, "rows": {}}')
    assert kept.resume() == tmp_path / "checkpoint-4"
    for other in ('{"seed": 1}', "{}"):
        numbers.write_text(f'{{"signature": {other}, "step": 4, "rows": {{}}}}')
        assert kept.resume() is None
    numbers.write_text('{"signature": {"seed": 0}, "step": 8, "rows": {}}')
    assert kept.resume() is None


def test_a_stage_that_changes_nothing_and_texts_that_do_not_fit_are_refused(tmp_path, mazes, base, window):
    with pytest.raises(one_stage.TrainingError, match="no weight was changed"):
        trained(tmp_path, mazes, stage("sft", learning_rate=1e-30), {"checkpoint": str(base)})
    with pytest.raises(one_stage.TrainingError, match=f"have {window - 1} tokens, and the model reads 20"):
        trained(tmp_path, mazes, stage("sft"), {"model": SHAPE, "window": 20})
    longest = mazes["length"].max()
    with pytest.raises(one_stage.TrainingError, match=f"answer_tokens is {longest}: write {longest + 1} or more"):
        one_stage.train(
            mazes, tmp_path, stage=stage("sft"), begin={"checkpoint": str(base)}, pairs=None, seed=0, tokens=longest
        )
    # Mazes that are only asked of count as well.
    shifted = mazes.assign(split=mazes["split"].replace("validation", "shift")).iloc[-1:]
    shifted["prompt"] = "." * 50
    with pytest.raises(one_stage.TrainingError, match="have 60 tokens"):
        trained(tmp_path, pd.concat([mazes, shifted]), stage("sft"), {"checkpoint": str(base)})


def test_rewards_that_never_come_are_told(tmp_path, mazes, base, monkeypatch, caplog):
    monkeypatch.setitem(
        one_stage._reward.__globals__, "exact_reward", lambda _: lambda prompts, **_: [0.0] * len(prompts)
    )
    with pytest.raises(one_stage.TrainingError, match="no weight was changed: no answer was rewarded"):
        # At such a rate the decay of weights is lost in rounding.
        trained(tmp_path, mazes, stage("grpo", learning_rate=1e-8), {"checkpoint": str(base)})
    assert "the reward was 0 at every step" in caplog.text


# ------------------------------------------------------------------------------- models with a tokenizer


@pytest.fixture(scope="module")
def own_tokens(tmp_path_factory, mazes):
    """Makes the folder of a Llama in half precision with pieces of words as tokens, which may be `joined` to others."""

    def made(name, *, joined=False, beginning=False, ending=False):
        folder = tmp_path_factory.mktemp(name)
        texts = [prompt + answer * joined for prompt, answer in rows_of(mazes)] + [
            answer for _, answer in rows_of(mazes)
        ]
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" " if joined else ">", "isolated")
        tokenizer.decoder = decoders.Fuse()
        tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=400, special_tokens=["<s>", "</s>"]))
        if beginning or ending:
            template = f"{'<s> ' * beginning}$A{' </s>' * ending}"
            special = [("<s>", 0), ("</s>", 1)]
            tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=special)
        fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
        fast.save_pretrained(folder)
        config = LlamaConfig(
            vocab_size=len(fast), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, max_position_embeddings=64, bos_token_id=0, eos_token_id=1, initializer_range=0.2,
        )  # fmt: skip
        with torch.random.fork_rng():
            torch.manual_seed(0)
            LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
        return folder

    return made


@pytest.mark.parametrize("lora", [False, True])
def test_a_language_model_is_trained_in_full_precision_with_its_own_tokens(lora, tmp_path, mazes, own_tokens):
    folder = own_tokens("pieces")
    begin = {"model": {"id": str(folder)}} | ({"lora": {"r": 4, "alpha": 8}} if lora else {})
    assert network_in(folder).dtype == torch.float32
    before = weights(folder)
    for method in ("sft", "orpo", "reward"):
        made, table = trained(tmp_path, mazes, stage(method), begin, pairs=pairs_of(mazes), name=method)
        assert table["loss"].notna().all()
        with safe_open(made / "step-6" / "model.safetensors", "pt") as file:
            after = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dictionary
        assert {each.dtype for each in after.values()} == {torch.float32}
        # Small steps are not lost, and adapters are merged in: names are those of the model.
        moved = {name for name in after.keys() & before.keys() if not torch.equal(after[name], before[name].float())}
        assert "model.layers.0.self_attn.q_proj.weight" in moved
        assert set(after) - set(before) == ({"score.weight"} if method == "reward" else set())
    judge = network_in(tmp_path / "reward" / "step-6", reward=True)
    assert judge.config.pad_token_id == tokenizer_in(folder).pad_token_id != tokenizer_in(folder).eos_token_id
    rewarded = {"checkpoint": str(tmp_path / "sft" / "step-6"), "reward": str(tmp_path / "reward" / "step-6")}
    _, table = trained(tmp_path, mazes, stage("rloo"), rewarded, name="rloo")
    assert table["reward"].notna().all()


def test_tokens_that_reach_from_a_prompt_into_its_answer_are_refused(tmp_path, mazes, own_tokens):
    folder = own_tokens("joined", joined=True)
    read = tokenizer_in(folder)
    assert any(
        read(prompt + answer)["input_ids"][: len(read(prompt)["input_ids"])] != read(prompt)["input_ids"]
        for prompt, answer in rows_of(mazes)
    )
    with pytest.raises(one_stage.TrainingError, match="joins the end of a prompt and the beginning of its answer"):
        trained(tmp_path, mazes, stage("sft"), {"model": {"id": str(folder)}})


@pytest.mark.parametrize("pads", [None, "</s>"])
def test_a_reward_model_of_own_tokens_reads_the_end_of_an_answer(pads, own_tokens):
    folder = own_tokens("unpadded")
    saved = PreTrainedTokenizerFast.from_pretrained(folder)
    saved.pad_token = pads
    saved.save_pretrained(folder)
    tokenizer = tokenizer_in(folder)
    assert tokenizer.pad_token == "<s>"
    network = network_in(folder, reward=True)
    network.config.pad_token_id = tokenizer.pad_token_id
    learned = learned_reward(network, tokenizer)
    answer, end = tokenizer("RD")["input_ids"], tokenizer.eos_token_id
    ended, open_, _ = learned(["S.E\n>"] * 3, [[*answer, end], answer, [*answer, *answer, end]])
    assert ended != open_
    # Beside a longer one, and alone.
    assert learned(["S.E\n>"], [[*answer, end]])[0] == pytest.approx(ended, abs=1e-5)


def test_a_token_that_begins_texts_is_kept_only_where_the_tokenizer_puts_it_there_itself(own_tokens):
    assert tokenizer_in(own_tokens("beginning", beginning=True)).bos_token == "<s>"
    assert tokenizer_in(own_tokens("none")).bos_token is None
    with pytest.raises(one_stage.TrainingError, match="ends every text with its eos_token"):
        tokenizer_in(own_tokens("ending", ending=True))


def test_weights_in_a_pickle_are_never_read(tmp_path, base):
    folder = tmp_path / "pickled"
    shutil.copytree(base, folder)
    (folder / "model.safetensors").unlink()
    torch.save(weights(base), folder / "pytorch_model.bin")
    with pytest.raises(OSError, match=r"model\.safetensors"):
        network_in(folder)


def test_weights_that_are_missing_are_not_drawn(tmp_path, mazes, own_tokens):
    folder = own_tokens("headless")
    AutoModelForCausalLM.from_pretrained(folder).model.save_pretrained(folder)
    with pytest.raises(one_stage.TrainingError, match="lacks weights of a LlamaForCausalLM: lm_head.weight"):
        network_in(folder)
    # Its config.json says it too.
    with pytest.raises(one_stage.TrainingError, match="is no causal language model"):
        trained(tmp_path, mazes, stage("sft"), {"model": {"id": str(folder)}})


# -------------------------------------------------------------------------------------- material


def rows_of(mazes):
    own = mazes[mazes["split"] == "train"]
    return list(zip(own["prompt"], own["answer"], strict=True))


STAGE = Stage("sft", steps=20, batch=5, learning_rate=1e-3, warmup=0, kept=[20])


def test_walks_are_legal_moves_behind_their_prompts(mazes):
    texts = material.texts(rows_of(mazes), STAGE, Random(0), longest=5)
    assert len(texts) == 100
    for each in texts:
        prompt, _, walk = each["text"].partition(">")
        found = judge(read_prompt(prompt + ">"), walk)
        assert 1 <= len(walk) <= 5
        assert found.valid_moves == found.moves
    # A maze that comes again has another walk.
    assert len({each["text"] for each in texts}) > 60


def test_every_maze_comes_before_one_comes_again_and_the_order_is_that_of_the_seed(mazes):
    first = material.completions(rows_of(mazes), STAGE, Random(0))
    assert len(first) == 100
    assert len({row["prompt"] for row in first[:60]}) == 60
    assert first == material.completions(rows_of(mazes), STAGE, Random(0))
    assert first != material.completions(rows_of(mazes), STAGE, Random(1))
    assert dict(rows_of(mazes)) == {row["prompt"]: row["completion"] for row in first}


def test_held_back_pairs_are_not_learned_from(mazes):
    pairs = [Pair(prompt, answer, answer + "U") for prompt, answer in rows_of(mazes)]
    rows, held_back = material.preferences(pairs, STAGE, Random(0))
    assert len(held_back) == 12
    assert len(rows) == 100
    assert not {row["prompt"] for row in rows} & {row["prompt"] for row in held_back}


def test_rows_begin_again_where_more_are_taken():
    assert cycled("abc", 7) == list("abcabca")


# ------------------------------------------------------------------------- tokenizer and networks


def test_the_tokenizer_gives_every_character_back_and_has_no_beginning(tmp_path, mazes):
    tokenizer = character_tokenizer(64)
    assert tokenizer.bos_token is None
    for prompt in mazes["prompt"]:
        ids = tokenizer(prompt)["input_ids"]
        assert len(ids) == len(prompt)
        assert tokenizer.unk_token_id not in ids
        assert tokenizer.decode(ids) == prompt
    assert tokenizer(ALPHABET + "x")["input_ids"][-1] == tokenizer.unk_token_id
    assert set(tokenizer("S")) == {"input_ids", "attention_mask"}
    tokenizer.save_pretrained(tmp_path)
    assert AutoTokenizer.from_pretrained(tmp_path)(ALPHABET)["input_ids"] == tokenizer(ALPHABET)["input_ids"]
    padded = tokenizer(["S", "S.E"], padding=True)["input_ids"]
    assert padded[0][:2] == [tokenizer.pad_token_id] * 2


@pytest.mark.parametrize("architecture", ["gpt2", "llama"])
def test_new_networks_are_of_the_shape_and_the_seed(architecture):
    tokenizer = character_tokenizer(30)
    shape = Shape(architecture, layers=3, width=32, heads=4, initializer_range=0.06)
    first, same, other = (new_network(shape, tokenizer, window=30, seed=seed) for seed in (0, 0, 1))
    assert (first.config.num_hidden_layers, first.config.hidden_size) == (3, 32)
    assert first.config.max_position_embeddings == 30
    states = [each.state_dict() for each in (first, same, other)]
    name = next(name for name in states[0] if "mlp" in name and name.endswith("weight"))
    assert torch.equal(states[0][name], states[1][name])
    assert not torch.equal(states[0][name], states[2][name])
    assert 0.05 < states[0][name].std() < 0.07


def test_a_tokenizer_without_an_end_is_refused(tmp_path):
    tokenizer = character_tokenizer(30)
    tokenizer.eos_token = None
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(one_stage.TrainingError, match="no eos_token"):
        tokenizer_in(tmp_path)
