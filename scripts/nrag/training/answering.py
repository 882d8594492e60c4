"""What a language model answers to prompts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

BATCH = 256
"""Answers that are written at once. A constant: with another one, other last bits, and other draws."""


@dataclass(frozen=True)
class Answer:
    """What was written behind a prompt."""

    text: str
    """Without the token that ends it."""
    ended: bool
    """Whether that token came; false where the answer was cut off."""


def answers(
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    *,
    tokens: int,
    temperature: float | None = None,
    samples: int = 1,
    seed: int = 0,
) -> list[list[Answer]]:
    """For each prompt `samples` answers of at most `tokens` tokens.

    Without a temperature the likeliest token is taken each time (greedy). With one, tokens are drawn by `seed` from
    all of the vocabulary. The state of torch's generators, and whether the network trains, are left as they were.
    What a checkpoint itself wishes for generation, such as a penalty of repetition, is not asked: two moves in one
    direction are the same letter twice. Prompts of one number of tokens are answered together, so that none is padded.
    """
    training, wished = network.training, network.generation_config
    network.eval()
    ids = tokenizer(list(prompts), add_special_tokens=True)["input_ids"]
    by_length: dict[int, list[int]] = {}
    for place, each in enumerate(ids):
        by_length.setdefault(len(each), []).append(place)
    found: list[list[Answer]] = [[] for _ in prompts]
    devices = [network.device] if network.device.type == "cuda" else []
    network.generation_config = GenerationConfig()
    try:
        with torch.random.fork_rng(devices=devices), torch.inference_mode():
            torch.manual_seed(seed)
            for places in by_length.values():
                for part in _parts(places, samples):
                    rows = torch.tensor([ids[place] for place in part], device=network.device)
                    written = _written(network, tokenizer, rows, tokens, temperature)
                    for place, answer in zip(part, written, strict=True):
                        found[place].append(answer)
    finally:
        network.generation_config = wished
    network.train(training)
    return found


def _parts(places: Sequence[int], samples: int) -> Iterator[list[int]]:
    every = [place for place in places for _ in range(samples)]
    for start in range(0, len(every), BATCH):
        yield every[start : start + BATCH]


def _written(
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    rows: torch.Tensor,
    tokens: int,
    temperature: float | None,
) -> list[Answer]:
    # Not the 50 likeliest tokens alone, as transformers draws where nothing is said.
    drawn = {"do_sample": False, "temperature": None, "top_k": None, "top_p": None}
    if temperature is not None:
        drawn = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
    written = network.generate(
        input_ids=rows,
        attention_mask=torch.ones_like(rows),
        max_new_tokens=tokens,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        use_cache=True,
        **drawn,
    )[:, rows.shape[1] :].tolist()
    cut = [row.index(tokenizer.eos_token_id) if tokenizer.eos_token_id in row else None for row in written]
    return [
        Answer(tokenizer.decode(row[:end], skip_special_tokens=False), end is not None)
        for row, end in zip(written, cut, strict=True)
    ]
