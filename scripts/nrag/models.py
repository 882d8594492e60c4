"""Models and tokenizers by id, revision and device: any Hugging Face encoder or decoder.

Weights come from safetensors only, and a weight that the checkpoint lacks is never filled with
random numbers: the hidden states would look like results and be noise.
"""

import hashlib
import logging
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from nrag import checkpoints

LOG = logging.getLogger("nrag")

# The pooler of an encoder works on the last hidden state; no hidden state depends on it.
_HARMLESS = re.compile(r"(^|\.)pooler\.")


class ModelError(ValueError):
    """A model cannot be loaded as it should be."""


@dataclass(frozen=True)
class Model:
    """A loaded network with what is needed to feed it."""

    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    device: torch.device
    window: int
    """Tokens the model reads of a document, special tokens included."""
    padding: int
    """Token id that fills up a batch; masked, so its value never matters to a real token."""
    weights: str
    """SHA-256 over the names and values of all parameters and buffers."""
    revision: str | None
    """Commit of a hub model."""


def load(
    model_id: str,
    *,
    root: Path,
    device: str = "cpu",
    weights: str = "trained",
    seed: int = 0,
    revision: str | None = None,
    max_tokens: int = 512,
    trust_remote_code: bool = False,
) -> Model:
    """A model in float32, ready for inference, and its tokenizer.

    With `weights` "random" the architecture of the checkpoint gets untrained weights drawn with
    `seed`, as its authors' code initialises them.

    Raises ModelError if a file is missing, weights are pickled, missing or of the wrong shape, or
    the model is an encoder-decoder.
    """
    transformers.utils.logging.disable_progress_bar()
    folder = checkpoints.locate(model_id, root=root)
    if folder is not None and (found := checkpoints.problems(folder, weights=weights)):
        raise ModelError("; ".join(found))
    source: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    place = str(folder) if folder else model_id
    config, tokenizer = _described(place, source)
    network = _untrained(config, seed, source) if weights == "random" else _trained(place, source)
    network = network.to(device).eval()
    return Model(
        network=network,
        tokenizer=tokenizer,
        device=torch.device(device),
        window=_window(network, tokenizer, max_tokens),
        padding=_padding(tokenizer, config),
        weights=_digest(network),
        revision=getattr(config, "_commit_hash", None),
    )


def pick_device(*, gpu: int, setting: str) -> str:
    """The device of a job that was given `gpu` GPUs under the config's `device`: "cuda" or "cpu".

    Raises ModelError if the config asks for a GPU and the job finds none; under "auto" it then
    uses the CPU and says so in the log.
    """
    if not gpu:
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if setting == "cuda":
        raise ModelError("device: cuda, but torch finds no GPU here; set device: cpu, or submit to a node that has one")
    LOG.warning("no GPU found here: using the CPU")
    return "cpu"


def device_name(device: torch.device) -> str:
    """What the activations file says of the device: "cpu", or the GPU's own name."""
    return "cpu" if device.type == "cpu" else torch.cuda.get_device_name(device)


def refusal(
    model_id: str,
    *,
    root: Path,
    weights: str = "trained",
    revision: str | None = None,
    trust_remote_code: bool = False,
) -> str | None:
    """Why `load` would refuse a model, None if it would not: what the check before any job asks.

    Of a hub model only config and tokenizer are fetched: its weights may be many gigabytes.
    """
    try:
        if checkpoints.locate(model_id, root=root) is None:
            _described(model_id, {"revision": revision, "trust_remote_code": trust_remote_code})
        else:
            load(model_id, root=root, weights=weights, revision=revision, trust_remote_code=trust_remote_code)
    except (ModelError, checkpoints.CheckpointError) as error:
        return str(error)
    return None


def _described(place: str, source: dict[str, Any]) -> tuple[Any, PreTrainedTokenizerBase]:
    try:
        config = AutoConfig.from_pretrained(place, **source)
        tokenizer = AutoTokenizer.from_pretrained(place, **source)
    except (OSError, ValueError) as error:
        raise ModelError(f"{place}: {_first_line(error)}") from error
    if config.is_encoder_decoder:
        raise ModelError(f"{place} is an encoder-decoder; encoders and decoders are read so far")
    return config, tokenizer


def _trained(place: str, source: dict[str, Any]) -> PreTrainedModel:
    try:
        with warnings.catch_warnings(action="ignore"):
            network, report = AutoModel.from_pretrained(
                place,
                use_safetensors=True,
                dtype=torch.float32,
                # Reported, and refused below by name; transformers' own error names nothing.
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                **source,
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{place}: the weights cannot be read: {_first_line(error)}") from error
    missing = sorted(name for name in report["missing_keys"] if not _HARMLESS.search(name))
    misshapen = sorted(str(entry[0]) for entry in report["mismatched_keys"])
    if missing or misshapen:
        raise ModelError(
            f"{place} lacks weights that its hidden states depend on ({_some(missing + misshapen)}); they would be "
            "random numbers. Save the checkpoint from the class it was trained with, or use another revision"
        )
    if report["missing_keys"]:
        LOG.info("weights not in the checkpoint, and not needed: %s", _some(sorted(report["missing_keys"])))
    if report["unexpected_keys"]:
        LOG.info("weights in the checkpoint that are not used: %s", _some(sorted(report["unexpected_keys"])))
    return network


def _untrained(config: Any, seed: int, source: dict[str, Any]) -> PreTrainedModel:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return AutoModel.from_config(config, trust_remote_code=source["trust_remote_code"]).float()


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
    return min(limits)


def _padding(tokenizer: PreTrainedTokenizerBase, config: Any) -> int:
    # RoBERTa tells padding by its id when it numbers positions, so the model's own id comes first;
    # a model that has none gets any id of its vocabulary, which the mask hides.
    candidates = (tokenizer.pad_token_id, getattr(config, "pad_token_id", None), tokenizer.eos_token_id)
    return next((int(token) for token in candidates if isinstance(token, int) and token >= 0), 0)


def _digest(network: PreTrainedModel) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name}\0{tuple(tensor.shape)}\0".encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _some(names: list[str], shown: int = 4) -> str:
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + rest


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
