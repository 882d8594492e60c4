"""One stage with one seed: from mazes and what it begins with to a folder of checkpoints."""

import os
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nrag import checkpoints, models
from nrag.training import material
from nrag.training.characters import character_tokenizer
from nrag.training.errors import TrainingError
from nrag.training.judged import solved_greedily
from nrag.training.networks import Shape, network_in, new_network, own_seed, tokenizer_in
from nrag.training.progress import FINISHED
from nrag.training.rewards import exact_reward, learned_reward
from nrag.training.running import run
from nrag.training.stages import OF_PAIRS, OF_REWARDS, Pair, Stage
from nrag.training.trainers import Material, Setting


def train(
    mazes: pd.DataFrame,
    folder: Path,
    *,
    stage: Mapping[str, Any],
    begin: Mapping[str, Any],
    pairs: pd.DataFrame | None,
    seed: int,
    tokens: int,
    device: str = "cpu",
    signature: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Train a stage and return its numbers, rows as of contracts.TRAINING; its checkpoints lie in `folder`.

    `mazes` are rows as of contracts.MAZES: those of training are learned from, those of validation asked, and of all
    others nothing is read but how long they are. `pairs` are rows as of contracts.PAIRS. `stage` is its
    definition in the config with its `name` and `kept`. `begin` has `checkpoint`, the folder of the stage before, or
    `model` of the config, with the `window` of a new one or the record of one that was `fetched`; and `reward`, the
    folder of a reward model, or None. `tokens` is how long an answer may be. All that is drawn follows from seed and
    name, so that stages of one seed do not learn from the same rows in the same order.

    Called again after a kill it goes on, if `signature` is the same: what else decides the stage than these arguments,
    such as the contents of the folders it begins with. Raises TrainingError where the stage cannot be trained.
    """
    own = own_seed(stage["name"], seed)
    described, method = _described(stage), stage["method"]
    network, tokenizer = _begun(begin, reward=method == "reward", seed=own)
    learned, held_out = (mazes[mazes["split"] == split] for split in ("train", "validation"))
    if "id" in begin.get("model", {}):
        _refuse_split(tokenizer, learned)
    longest, answer = (max(map(len, tokenizer(mazes[text].tolist())["input_ids"])) for text in ("prompt", "answer"))
    _refuse_long(network, longest + tokens, answer=answer, tokens=tokens)
    random = Random(f"{own}")  # noqa: S311 - no secrets
    rows, held_back = _material(described, stage, learned, pairs, random)
    reward = _reward(begin.get("reward"), tokenizer, device) if method in OF_REWARDS else None
    adapters = _adapters(begin["lora"], method) if begin.get("lora") else None
    # One more token ends an answer.
    setting = Setting(folder, own, longest + tokens + 1, tokens, device, adapters=adapters)
    solves = partial(solved_greedily, tokenizer=tokenizer, mazes=held_out, tokens=tokens)
    own_part = {"stage": stage, "begin": begin, "seed": seed, "tokens": tokens, "device": device}
    return run(
        described,
        network.to(device),
        tokenizer,
        Material(rows, held_back, reward),
        setting,
        # A reward model answers nothing.
        solves=None if method == "reward" else solves,
        signature={**own_part, **(signature or {})},
    )


def finish(folder: Path, final: Path) -> None:
    """Put what is finished into its place in one go, and remove the trainer's own files."""
    shutil.rmtree(final, ignore_errors=True)
    os.replace(folder / FINISHED, final)
    shutil.rmtree(folder)


def _described(stage: Mapping[str, Any]) -> Stage:
    names = (
        "method", "steps", "batch", "learning_rate", "warmup", "kept", "beta", "sft_weight", "generations",
        "temperature", "gradient_accumulation",
    )  # fmt: skip
    return Stage(**{name: stage[name] for name in names if name in stage})


def _begun(begin: Mapping[str, Any], *, reward: bool, seed: int) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    if "checkpoint" in begin:
        folder = Path(begin["checkpoint"])
        return network_in(folder, reward=reward, seed=seed), tokenizer_in(folder)
    model = begin["model"]
    if "id" in model:
        record = checkpoints.fetched(Path(begin["fetched"])) if "fetched" in begin else None
        folder = models.folder_of(model["id"], Path(), revision=record.revision if record else None, fetched=record)
        if not checkpoints.is_causal(folder):
            raise TrainingError(f"{folder} is no causal language model, which would write answers token by token")
        return network_in(folder, reward=reward, seed=seed), tokenizer_in(folder)
    tokenizer = character_tokenizer(begin["window"])
    shape = Shape(**{key: model[key] for key in ("architecture", "layers", "width", "heads", "initializer_range")})
    return new_network(shape, tokenizer, window=begin["window"], seed=seed), tokenizer


def _material(
    described: Stage, stage: Mapping[str, Any], mazes: pd.DataFrame, pairs: pd.DataFrame | None, random: Random
) -> tuple[Sequence[Mapping[str, str]], Sequence[Mapping[str, str]]]:
    examples = list(zip(mazes["prompt"], mazes["answer"], strict=True))
    if described.method == "pretraining":
        return material.texts(examples, described, random, longest=stage["longest_walk"]), ()
    if described.method == "sft":
        return material.completions(examples, described, random), ()
    if described.method in OF_REWARDS:
        return material.prompts(examples, described, random), ()
    assert described.method in OF_PAIRS, described.method
    return material.preferences(
        [Pair(*row) for row in pairs[list(Pair._fields)].itertuples(index=False)], described, random
    )


def _reward(folder: str | None, tokenizer: PreTrainedTokenizerBase, device: str) -> Any:
    if folder is None:
        return exact_reward(tokenizer)
    return learned_reward(network_in(Path(folder), reward=True).to(device), tokenizer)


def _adapters(lora: Mapping[str, int], method: str) -> Any:
    try:
        from peft import LoraConfig
    except ModuleNotFoundError:
        raise TrainingError("mazes: model: lora: needs peft, which is not installed") from None
    task = "SEQ_CLS" if method == "reward" else "CAUSAL_LM"
    return LoraConfig(r=lora["r"], lora_alpha=lora["alpha"], target_modules="all-linear", task_type=task)


def _refuse_long(network: PreTrainedModel, whole: int, *, answer: int, tokens: int) -> None:
    """Trainers cut what is too long and say nothing: right answers would have no end."""
    if answer >= tokens:
        raise TrainingError(
            f"the longest of the shortest ways has {answer} tokens and one that ends it; answer_tokens is {tokens}: "
            f"write {answer + 1} or more"
        )
    window = getattr(network.config, "max_position_embeddings", None)
    if isinstance(window, int) and whole > window:
        raise TrainingError(
            f"the longest prompt and its answer have {whole} tokens, and the model reads {window}: draw smaller "
            "mazes, lower answer_tokens, or begin with a model of a larger window"
        )


def _refuse_split(tokenizer: PreTrainedTokenizerBase, mazes: pd.DataFrame) -> None:
    """Where tokens reach from a prompt into its answer, a model would be trained on other prompts than it is asked."""
    prompts, answers = mazes["prompt"].tolist(), mazes["answer"].tolist()
    wholes = tokenizer([prompt + answer for prompt, answer in zip(prompts, answers, strict=True)])["input_ids"]
    for read, whole in zip(tokenizer(prompts)["input_ids"], wholes, strict=True):
        if whole[: len(read)] != read:
            joined = tokenizer.convert_ids_to_tokens(whole[len(read) - 1])
            raise TrainingError(
                f"the tokenizer joins the end of a prompt and the beginning of its answer to one token, {joined!r}: "
                "begin with a model of another tokenizer"
            )
