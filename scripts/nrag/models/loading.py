"""A model that is ready to read texts: its network, its tokenizer, its window, on a device."""

import hashlib
import logging
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from nrag import checkpoints, gpus, hub
from nrag.models.errors import ModelError, first_line
from nrag.models.networks import hidden_states, placed_on, reading_part, trained, untrained

LOG = logging.getLogger("nrag")


@dataclass(frozen=True)
class Model:
    """A loaded network with what is needed to feed it."""

    network: PreTrainedModel
    """What reads the texts: of an encoder–decoder its encoder."""
    tokenizer: PreTrainedTokenizerBase
    device: torch.device
    window: int
    """Tokens the model reads of a document, special tokens included."""
    padding: int
    """Token id that fills up a batch; masked, so its value never matters to a real token."""
    weights: str
    """SHA-256 over the names and values of all parameters and buffers of the network."""
    revision: str | None
    """Commit of a hub model."""
    vocabulary: str
    """SHA-256 over the tokenizer: its vocabulary and everything it does to a text."""


def load(
    model_id: str,
    *,
    root: Path,
    device: str = "cpu",
    weights: str = "trained",
    seed: int = 0,
    revision: str | None = None,
    fetched: checkpoints.Fetched | None = None,
    max_tokens: int = 512,
    trust_remote_code: bool = False,
    device_map: str | None = None,
) -> Model:
    """A model in float32, ready for inference, and its tokenizer.

    A model of the hub is the one that was `fetched`, of this id and `revision`; the network is never
    asked. With `weights` "random" the architecture of the checkpoint gets untrained weights drawn with
    `seed`, as its authors' code initialises them. With `device_map` "auto" its layers are spread over all GPUs that
    this process sees (over this machine's memory, on the CPU).

    Raises ModelError if another model was fetched, a file is missing, weights are pickled, missing or
    of the wrong shape, the model reads no text or has no states for single tokens, padding changes them, or
    it does not fit on the devices it is spread over;
    hub.HubError if this machine's cache lacks what was fetched.
    """
    folder = folder_of(model_id, root, revision=revision, fetched=fetched)
    if found := checkpoints.problems(folder, weights=weights):
        raise ModelError("; ".join(found))
    config, tokenizer = described(folder, trust_remote_code=trust_remote_code)
    placed = placed_on(config, folder, device, trust_remote_code=trust_remote_code) if device_map else None
    make = partial(untrained, config, seed) if weights == "random" else partial(trained, folder)
    network = reading_part(make(placed, trust_remote_code=trust_remote_code)).eval()
    if placed is None:
        network.to(device)
    # A decoder would keep keys and values of every token for a continuation that never comes.
    network.config.use_cache = False
    model = Model(
        network=network,
        tokenizer=tokenizer,
        device=torch.device(device),
        window=_window(network, tokenizer, max_tokens),
        padding=_padding(tokenizer, config),
        weights=_digest(network),
        revision=fetched.commit if fetched else None,
        vocabulary=hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest(),
    )
    _refuse_unusable_states(model, folder)
    return model


def pick_device(*, gpu: int, setting: str) -> str:
    """The device of a job that was given `gpu` GPUs under the config's `device`: "cuda" or "cpu".

    GPUs are claimed for this process (`gpus.claim`), so nothing may have started CUDA before. Raises
    ModelError if the config asks for a GPU and the job finds none; under "auto" it then uses the CPU
    and says so in the log.
    """
    if not gpu:
        return "cpu"
    gpus.claim(gpu, os.environ)
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if found >= gpu:
        return "cuda"
    missing = f"torch finds {found} GPUs here and needs {gpu}; {gpus.setting(os.environ)}"
    if setting == "cuda":
        raise ModelError(f"device: cuda, but {missing}. Set device: cpu, or submit to a node that has them")
    LOG.warning("%s: using the CPU", missing)
    return "cpu"


def device_name(device: torch.device) -> str:
    """What the activations file says of the device: "cpu", or the GPU's own name."""
    return "cpu" if device.type == "cpu" else torch.cuda.get_device_name(device)


def folder_of(model_id: str, root: Path, *, revision: str | None, fetched: checkpoints.Fetched | None) -> Path:
    """Where a model's files lie. Raises ModelError if it is not what was fetched, or was not fetched."""
    if fetched:
        if other := checkpoints.mismatch(fetched, model_id, revision):
            raise ModelError(f"{model_id}: {other}")
        return hub.whole(fetched)
    folder = checkpoints.locate(model_id, root=root)
    if folder is None:
        raise ModelError(f"{model_id} is a model of the hub that was not fetched; run `{checkpoints.FETCH}`")
    return folder


def described(folder: Path, *, trust_remote_code: bool) -> tuple[Any, PreTrainedTokenizerBase]:
    """A model's config and tokenizer. Raises ModelError if they cannot be read or the tokenizer is a slow one."""
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trust_remote_code)
    except Exception as error:
        # A broken file fails anywhere in the libraries: KeyError, TypeError, or an error of the Rust side.
        raise ModelError(f"{folder}: config or tokenizer cannot be read: {first_line(error)}") from error
    if not tokenizer.is_fast:
        raise ModelError(f"{folder} has a slow tokenizer ({type(tokenizer).__name__}); a tokenizer.json is needed")
    return config, tokenizer


def _refuse_unusable_states(model: Model, folder: Path) -> None:
    """Raise ModelError unless the network gives a state for every token and lets padding play no part in it."""
    kind = type(model.network).__name__
    if model.network.main_input_name != "input_ids":
        raise ModelError(f"{folder}: {kind} reads {model.network.main_input_name}, not text")
    last = vocabulary(model.network.config, model.tokenizer) - 1
    tokens, padding = [last, last - 1] * 4, [model.padding] * 8
    ids, padded = (torch.tensor([document], device=model.device) for document in (tokens, tokens + padding))
    mask = torch.tensor([[1] * 8 + [0] * 8], device=model.device)
    with torch.inference_mode():
        output = model.network(input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True)
        if getattr(output, "hidden_states", None) is None:
            raise ModelError(f"{folder}: {kind} gives no hidden states")
        alone = hidden_states(model.network, ids, torch.ones_like(ids))
        beside = hidden_states(model.network, padded, mask)
    for layer, (one, other) in enumerate(zip(alone, beside, strict=True)):
        if one.shape[:2] != ids.shape or other.shape[:2] != padded.shape:
            raise ModelError(f"{folder}: {kind} has no state for every token in layer {layer}")
        # ASSUME that rounding moves no state by a thousandth of its size.
        if (one - other[:, :8]).abs().max() > 1e-3 * one.abs().max():
            raise ModelError(
                f"{folder}: {kind} does not mask padding; a document's states would depend on the others of its batch"
            )


def _window(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> int:
    limits = [max_tokens]
    # A tokenizer that knows no limit says 1e30.
    if tokenizer.model_max_length < 1_000_000:
        limits.append(tokenizer.model_max_length)
    positions = getattr(network.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions)
    for name, module in network.named_modules():
        # RoBERTa and its kin number positions from the padding index on: 514 rows hold 512 tokens.
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            limits.append(module.num_embeddings - module.padding_idx - 1)
    window, special = min(limits), tokenizer.num_special_tokens_to_add()
    if window <= special:
        raise ModelError(f"max_tokens: {window} leaves no room for text beside {special} special tokens")
    return window


def _padding(tokenizer: PreTrainedTokenizerBase, config: Any) -> int:
    # RoBERTa tells padding by its id when it numbers positions, so the model's own id comes first;
    # a model that has none gets any id of its vocabulary, which the mask hides. Tokenizers were given padding
    # tokens for which the model has no embedding.
    known = range(vocabulary(config, tokenizer))
    candidates = (tokenizer.pad_token_id, getattr(config, "pad_token_id", None), tokenizer.eos_token_id)
    return next((token for token in candidates if isinstance(token, int) and token in known), 0)


def vocabulary(config: Any, tokenizer: PreTrainedTokenizerBase) -> int:
    """Token ids that the model has embeddings for; models that read letters by number have no table of them."""
    return getattr(config.get_text_config(), "vocab_size", len(tokenizer))


def _digest(network: PreTrainedModel) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name}\0{tuple(tensor.shape)}\0".encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()
