"""Rewards of sampled answers: of the exact judge, or of a trained reward model."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nrag.mazes.judging import reward

Reward = Callable[..., list[float]]
"""As trl calls it: with prompts, completion_ids and more by name."""


def exact_reward(tokenizer: PreTrainedTokenizerBase) -> Reward:
    """1 for an answer that solves the maze of its prompt and ends there, else 0.

    It reads token ids: trl's texts are without special tokens, so that an answer might hide some among its moves.
    """

    def exact(prompts: Sequence[str], completion_ids: Sequence[Sequence[int]], **_: Any) -> list[float]:
        read = [_read(tokenizer, ids) for ids in completion_ids]
        return [reward(prompt, text, ended=ended) for prompt, (text, ended) in zip(prompts, read, strict=True)]

    return exact


def learned_reward(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Reward:
    """What a reward model gives to prompt and answer, read as in its own training: up to the end of the answer."""
    network.eval()

    def learned(prompts: Sequence[str], completion_ids: Sequence[Sequence[int]], **_: Any) -> list[float]:
        starts = tokenizer(list(prompts))["input_ids"]
        rows = [[*start, *ids] for start, ids in zip(starts, completion_ids, strict=True)]
        # Padded on the right, as reward models of decoders find their last token.
        padded = tokenizer.pad({"input_ids": rows}, padding_side="right", return_tensors="pt").to(network.device)
        with torch.inference_mode():
            return network(**padded).logits[:, 0].float().tolist()

    return learned


def _read(tokenizer: PreTrainedTokenizerBase, ids: Sequence[int]) -> tuple[str, bool]:
    ids = list(ids)
    ended = tokenizer.eos_token_id in ids
    return tokenizer.decode(ids[: ids.index(tokenizer.eos_token_id)] if ended else ids), ended
