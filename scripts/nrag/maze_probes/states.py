"""Hidden states of networks that read mazes and their shortest ways, teacher forced, and networks without training."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerBase, set_seed

from nrag import checkpoints, models
from nrag.maze_probes.targets import Tokens
from nrag.mazes.judging import moves_of
from nrag.training.characters import character_tokenizer
from nrag.training.networks import Shape, new_network, own_seed, tokenizer_in

BATCH = 8192
"""Tokens that are read at once, about. A constant: with another one, other last bits."""


class States(NamedTuple):
    """What a network held of every token that is asked of."""

    layers: np.ndarray
    """(layers, tokens, width) float32; layer 0 is the embeddings, the last one has passed the final norm."""
    tokens: Tokens


def read(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], ways: Sequence[str]
) -> States:
    """The hidden states at the last token of every prompt, and at every token of the way behind it.

    The end that follows a way is not read. Texts of one number of tokens are read together, so that none is padded.
    Raises ValueError where the tokens of a prompt with its way do not begin with those of the prompt.
    """
    ids = tokenizer(list(prompts), add_special_tokens=True)["input_ids"]
    texts = [prompt + way for prompt, way in zip(prompts, ways, strict=True)]
    wholes = tokenizer(texts, add_special_tokens=True)["input_ids"]
    for prompt, own, whole in zip(prompts, ids, wholes, strict=True):
        if whole[: len(own)] != own:
            raise ValueError(f"the tokenizer joins the end of a prompt and the beginning of its way: {prompt!r}")
    made: dict[tuple[int, ...], int] = {(): 0}
    starts = [len(own) - 1 for own in ids]
    moves = [list(_moves(tokenizer, whole[start + 1 :], made)) for whole, start in zip(wholes, starts, strict=True)]
    tokens = Tokens(
        np.repeat(np.arange(len(moves)), [len(each) for each in moves]),
        np.array([number for each in moves for number in each], dtype=np.int64),
    )
    first = np.concatenate([[0], np.cumsum([len(each) for each in moves])])
    layers: np.ndarray | None = None
    training = network.training
    network.eval()
    with torch.inference_mode():
        for part in _batches([len(whole) for whole in wholes]):
            rows = torch.tensor([wholes[place] for place in part], device=network.device)
            # The decoder alone: nothing is told of the next token.
            held = models.hidden_states(network.base_model, rows, torch.ones_like(rows))
            if layers is None:
                layers = np.empty((len(held), len(tokens.maze), held[0].shape[-1]), dtype=np.float32)
            for layer, state in enumerate(held):
                for place, row in zip(part, state, strict=True):
                    layers[layer, first[place] : first[place + 1]] = row[starts[place] :].float().cpu().numpy()
    network.train(training)
    return States(layers, tokens)


def untrained(begin: Mapping[str, Any], *, stage: str, seed: int) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The network of a set's shape before it has learned anything, and its tokenizer.

    `begin` is what a stage begins with that goes on from no other: the `model` of the config, with the `window` of a
    new one or the record of one that was `fetched`. Where it is new, these are the very weights with which the stage of
    that name begins its training with this seed; where it is a model that is there, its config with weights drawn anew.
    """
    own, model = own_seed(stage, seed), begin["model"]
    if "id" not in model:
        tokenizer = character_tokenizer(begin["window"])
        shape = Shape(**{key: model[key] for key in ("architecture", "layers", "width", "heads", "initializer_range")})
        return new_network(shape, tokenizer, window=begin["window"], seed=own), tokenizer
    record = checkpoints.fetched(Path(begin["fetched"])) if "fetched" in begin else None
    folder = models.folder_of(model["id"], Path(), revision=record.revision if record else None, fetched=record)
    set_seed(own)
    return AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32), tokenizer_in(
        folder
    )


# --------------------------------------------------------------------------------------- private


def _moves(tokenizer: PreTrainedTokenizerBase, way: Sequence[int], made: dict[tuple[int, ...], int]) -> Iterator[int]:
    """The moves up to each token of a way, 0 before it; `made` has those that are known, for many ways begin alike."""
    for end in range(len(way) + 1):
        part = tuple(way[:end])
        if part not in made:
            made[part] = len(moves_of(tokenizer.decode(part)))
        yield made[part]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of texts of one length, of about `BATCH` tokens."""
    by_length: dict[int, list[int]] = {}
    for place, length in enumerate(lengths):
        by_length.setdefault(length, []).append(place)
    for length, places in sorted(by_length.items()):
        size = max(1, BATCH // length)
        yield from (places[start : start + size] for start in range(0, len(places), size))
