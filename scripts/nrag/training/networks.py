"""Networks that stages begin with: small new ones, and those of folders."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    set_seed,
)

from nrag.training.errors import TrainingError

_NEW_OUTPUTS = ("score.weight",)
"""Weights of a reward model that a language model does not have."""


@dataclass(frozen=True)
class Shape:
    """A small decoder."""

    architecture: str
    """gpt2 or llama."""
    layers: int
    width: int
    heads: int
    initializer_range: float
    """Standard deviation of the first weights."""


def own_seed(stage: str, seed: int) -> int:
    """The seed of a stage: another for every name, so that a second stage of the same kind draws anew."""
    return int.from_bytes(hashlib.sha256(f"{stage}@{seed}".encode()).digest()[:4], "big")


def new_network(shape: Shape, tokenizer: PreTrainedTokenizerBase, *, window: int, seed: int) -> PreTrainedModel:
    """A decoder with weights drawn by `seed`, which reads `window` tokens."""
    make = {"gpt2": _gpt2, "llama": _llama}[shape.architecture]
    tokens = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    set_seed(seed)
    return make(shape, window=window, vocab_size=len(tokenizer), **tokens)


def _gpt2(shape: Shape, *, window: int, **tokens: Any) -> PreTrainedModel:
    return GPT2LMHeadModel(
        GPT2Config(
            n_layer=shape.layers,
            n_embd=shape.width,
            n_head=shape.heads,
            n_positions=window,
            initializer_range=shape.initializer_range,
            # The fused form is twice as fast on a CPU, and differs from the exact one by 1e-3 at most.
            activation_function="gelu_pytorch_tanh",
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            **tokens,
        )
    )


def _llama(shape: Shape, *, window: int, **tokens: Any) -> PreTrainedModel:
    return LlamaForCausalLM(
        LlamaConfig(
            num_hidden_layers=shape.layers,
            hidden_size=shape.width,
            intermediate_size=4 * shape.width,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.heads,
            max_position_embeddings=window,
            initializer_range=shape.initializer_range,
            tie_word_embeddings=True,
            **tokens,
        )
    )


def tokenizer_in(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder, set to pad on the left.

    Raises TrainingError where it has no token to end a text, and where it ends every text itself, prompts too.
    """
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.eos_token_id is None:
        raise TrainingError(f"{folder}: its tokenizer has no eos_token, so that no answer would ever end")
    read, special = tokenizer("S")["input_ids"], tokenizer.all_special_tokens
    if read[-1] == tokenizer.eos_token_id:
        raise TrainingError(f"{folder}: its tokenizer ends every text with its eos_token, so that none could go on")
    if read[0] != tokenizer.bos_token_id:
        # ORPO's trainer would put it before its texts, which no other trainer does, and no answer is asked with it.
        tokenizer.bos_token = None
    if tokenizer.pad_token_id in (None, tokenizer.eos_token_id):
        # A reward model reads the last token that pads nothing: an end that pads too would be no part of an answer.
        others = [token for token in special if token not in (tokenizer.eos_token, tokenizer.bos_token)]
        tokenizer.pad_token = others[0] if others else tokenizer.eos_token
    tokenizer.padding_side = "left"
    return tokenizer


def network_in(folder: Path, *, reward: bool = False, seed: int = 0) -> PreTrainedModel:
    """The language model of a folder, or one with a single output in the place of its vocabulary: a reward model.

    Weights are read from safetensors alone, and are float32 whatever the folder has: in half precision a step of
    training is lost in rounding. The new output of a reward model is drawn by `seed`. Raises TrainingError where other
    weights are missing: transformers would draw them.
    """
    set_seed(seed)
    kind, outputs = (AutoModelForSequenceClassification, {"num_labels": 1}) if reward else (AutoModelForCausalLM, {})
    network, found = kind.from_pretrained(
        folder, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **outputs
    )
    drawn = set(_NEW_OUTPUTS) if reward else set()
    if missing := sorted(name for name in found["missing_keys"] if name not in drawn):
        raise TrainingError(f"{folder} lacks weights of a {type(network).__name__}: {', '.join(missing[:4])}")
    return network


def write_network(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write both as an ordinary folder of Hugging Face's; of adapters the network with them merged in."""
    whole = network
    if hasattr(network, "merge_and_unload"):
        import copy

        whole = copy.deepcopy(network).merge_and_unload()
    whole.save_pretrained(folder, state_dict=_plain(whole.state_dict()))
    tokenizer.save_pretrained(folder)
    for file in folder.iterdir():
        # safetensors writes for its owner alone, which no other file of a results folder is.
        file.chmod(0o644)


def _plain(weights: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tensor.detach().contiguous() for name, tensor in weights.items()}
