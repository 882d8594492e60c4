"""Models and tokenizers by id, revision and device: any Hugging Face encoder or decoder, or the encoder of an
encoder–decoder.

Weights come from safetensors only, and a weight that the checkpoint lacks is never filled with
random numbers: the hidden states would look like results and be noise.
"""

import hashlib
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from nrag import checkpoints, gpus, hub

LOG = logging.getLogger("nrag")

LARGE = 4e9
"""Bytes of weights beyond which the check before any job reads the description alone."""

# The pooler of an encoder works on the last hidden state; no hidden state depends on it.
_HARMLESS = re.compile(r"(^|\.)pooler\.")

# Their code in transformers collects what comes out of the blocks and not what goes into the first one.
_WITHOUT_EMBEDDINGS = ("mamba", "mamba2", "falcon_mamba", "rwkv")


class ModelError(ValueError):
    """A model cannot be loaded as it should be."""


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
    folder = _folder(model_id, root, revision=revision, fetched=fetched)
    if found := checkpoints.problems(folder, weights=weights):
        raise ModelError("; ".join(found))
    config, tokenizer = _described(folder, trust_remote_code=trust_remote_code)
    placed = _placed(config, folder, device, trust_remote_code=trust_remote_code) if device_map else None
    make = partial(_untrained, config, seed) if weights == "random" else partial(_trained, folder)
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


def settings(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A model's definition as its products record it: without the place of a local folder.

    What the model is, its weights and its tokenizer say; where it lay would make other bytes of the same.
    """
    named = definition["id"].startswith("package:") or not Path(definition["id"]).expanduser().is_dir()
    return {key: value for key, value in definition.items() if key != "id" or named}


def fetch(
    model_id: str,
    *,
    weights: str = "trained",
    revision: str | None = None,
    trust_remote_code: bool = False,
    previous: checkpoints.Fetched | None = None,
    newest: bool = False,
) -> checkpoints.Fetched:
    """A model of the hub, got into this machine's cache: its description, and its weights unless they are random.

    The commit is that of `previous`, if that is the same model at the same revision; else what the
    cache knows of the revision, then the hub. With `newest` the hub alone decides.

    Raises ModelError before any weights are got if the model cannot be used, hub.HubError if it is
    not to be had.
    """
    same = previous is not None and (previous.id, previous.revision) == (model_id, revision) and not newest
    snapshot = hub.describe(model_id, revision=previous.commit if same else revision, newest=newest)
    loaded = _accepted(snapshot, weights=weights, trust_remote_code=trust_remote_code)
    got = loaded if weights == "trained" else []
    hub.add(snapshot, got)
    return checkpoints.Fetched(
        id=model_id,
        revision=revision,
        commit=snapshot.commit,
        shape=checkpoints.shape(snapshot.folder),
        weight_bytes=sum(snapshot.sizes.get(name, 0) for name in loaded),
        files=hub.files(snapshot, got),
    )


def refusal(
    model_id: str,
    *,
    root: Path,
    weights: str = "trained",
    revision: str | None = None,
    fetched: checkpoints.Fetched | None = None,
    max_tokens: int = 512,
    trust_remote_code: bool = False,
) -> str | None:
    """Why `fetch` or `load` would refuse a model, None if they would not: what the check before any job asks.

    Of a hub model that is still to be fetched, of an untrained one, and of one with more than `LARGE`
    bytes of weights only the description is read: a login node should not load it.
    """
    how = {"weights": weights, "trust_remote_code": trust_remote_code}
    try:
        if fetched is None and checkpoints.locate(model_id, root=root) is None:
            _accepted(hub.describe(model_id, revision=revision), **how)
            return None
        folder = _folder(model_id, root, revision=revision, fetched=fetched)
        size = fetched.weight_bytes if fetched else sum(file.stat().st_size for file in checkpoints.weights_of(folder))
        if size > LARGE or (fetched and weights == "random"):
            _described(folder, trust_remote_code=trust_remote_code)
        else:
            load(model_id, root=root, revision=revision, fetched=fetched, max_tokens=max_tokens, **how)
    except (ModelError, checkpoints.CheckpointError, hub.HubError) as error:
        return str(error)
    return None


def _folder(model_id: str, root: Path, *, revision: str | None, fetched: checkpoints.Fetched | None) -> Path:
    if fetched:
        if other := checkpoints.mismatch(fetched, model_id, revision):
            raise ModelError(f"{model_id}: {other}")
        return hub.whole(fetched)
    folder = checkpoints.locate(model_id, root=root)
    if folder is None:
        raise ModelError(f"{model_id} is a model of the hub that was not fetched; run `{checkpoints.FETCH}`")
    return folder


def _accepted(snapshot: hub.Snapshot, *, weights: str, trust_remote_code: bool) -> list[str]:
    """Names of the weights files of a model of the hub, which may still be elsewhere.

    Raises ModelError if the model could not be loaded with them.
    """
    found = checkpoints.problems(snapshot.folder, weights="random")
    loaded = []
    try:
        loaded = checkpoints.loaded_weights(snapshot.folder, snapshot.sizes)
    except checkpoints.CheckpointError as error:
        found += [str(error)] if weights == "trained" else []
    if weights == "trained" and snapshot.listed:
        lacking = [name for name in loaded if name not in snapshot.sizes]
        found += [f"{snapshot.folder} lacks the weights file {name}" for name in lacking]
    if not found:
        try:
            _described(snapshot.folder, trust_remote_code=trust_remote_code)
        except ModelError as error:
            found = [str(error)]
    if found:
        # The folder's name says little: it lies in the cache and is called after the commit.
        raise ModelError("; ".join(found).replace(str(snapshot.folder), snapshot.name))
    return loaded


def _described(folder: Path, *, trust_remote_code: bool) -> tuple[Any, PreTrainedTokenizerBase]:
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trust_remote_code)
    except Exception as error:
        # A broken file fails anywhere in the libraries: KeyError, TypeError, or an error of the Rust side.
        raise ModelError(f"{folder}: config or tokenizer cannot be read: {_first_line(error)}") from error
    if not tokenizer.is_fast:
        raise ModelError(f"{folder} has a slow tokenizer ({type(tokenizer).__name__}); a tokenizer.json is needed")
    return config, tokenizer


def _placed(config: Any, folder: Path, device: str, *, trust_remote_code: bool) -> dict[str, int | str]:
    """The device of each part of a model, whole layers filling them as evenly as can be; "" is the whole model."""
    from accelerate import infer_auto_device_map
    from accelerate.utils import get_balanced_memory

    with torch.device("meta"):
        network = AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=trust_remote_code)
    whole = {"no_split_module_classes": list(network._no_split_modules or ())}
    # Without a limit accelerate asks each GPU what is free, and gives what is too much to this machine's memory.
    limit = {"cpu": sys.maxsize} if device == "cpu" else None
    placed = infer_auto_device_map(network, get_balanced_memory(network, limit, **whole), **whole)
    if device != "cpu" and {"cpu", "disk"} & set(placed.values()):
        needed = sum(weight.numel() * weight.element_size() for weight in network.parameters()) / 1e9
        raise ModelError(
            f"{folder}: weights of {needed:.1f} GB (float32) do not fit on the GPUs that this job has, "
            f"{torch.cuda.device_count()}; give the model more of them (gpus)"
        )
    return dict(placed)


def _trained(folder: Path, placed: Mapping[str, int | str] | None, *, trust_remote_code: bool) -> PreTrainedModel:
    transformers.utils.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings(action="ignore"):
            network, report = AutoModel.from_pretrained(
                folder,
                use_safetensors=True,
                dtype=torch.float32,
                # Reported, and refused below by name; transformers' own error names nothing.
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                trust_remote_code=trust_remote_code,
                device_map=placed,
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{folder}: the weights cannot be read: {_first_line(error)}") from error
    needed = _needed(network)
    lacking = sorted(report["missing_keys"]) + sorted(str(entry[0]) for entry in report["mismatched_keys"])
    if missing := [name for name in lacking if needed(name)]:
        raise ModelError(
            f"{folder} lacks weights that its hidden states depend on ({_some(missing)}); they would be "
            "random numbers. Save the checkpoint from the class it was trained with, or use another revision"
        )
    if lacking:
        LOG.info("weights not in the checkpoint, and not needed: %s", _some(lacking))
    if report["unexpected_keys"]:
        LOG.info("weights in the checkpoint that are not used: %s", _some(sorted(report["unexpected_keys"])))
    return states_in_place(network)


def _untrained(
    config: Any, seed: int, placed: Mapping[str, int | str] | None, *, trust_remote_code: bool
) -> PreTrainedModel:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        # Drawn in float32 whatever the checkpoint was saved in, as the trained weights are loaded.
        network = AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=trust_remote_code)
    if placed is None:
        return network
    from accelerate import dispatch_model

    return states_in_place(dispatch_model(network, placed, skip_keys=network._skip_keys_device_placement))


def reading_part(network: PreTrainedModel) -> PreTrainedModel:
    """What of a network reads the texts: of an encoder–decoder its encoder, of any other model all of it.

    A decoder needs a text of its own to continue, and its states would be about that one. Told by the
    two parts, not by the config: a checkpoint of an encoder alone (T5EncoderModel) is no encoder–decoder
    by its config, and yet loaded as one.
    """
    encoder = getattr(network, "encoder", None)
    return encoder if isinstance(encoder, PreTrainedModel) and hasattr(network, "decoder") else network


def _needed(network: PreTrainedModel) -> Callable[[str], bool]:
    """Whether a weight of the network, by its name, has to do with the hidden states that are read."""
    # By identity, since tied weights have several names.
    read = {id(tensor) for tensor in reading_part(network).state_dict(keep_vars=True).values()}
    everywhere = network.state_dict(keep_vars=True)

    def needed(name: str) -> bool:
        elsewhere = name in everywhere and id(everywhere[name]) not in read
        return not (elsewhere or _HARMLESS.search(name))

    return needed


def states_in_place(network: PreTrainedModel) -> PreTrainedModel:
    """The network, whose hidden states stay on the devices of their layers if it is spread over several.

    accelerate's hook would bring all of them to the device of the token ids, which has no room for them.
    """
    hook = getattr(network, "_hf_hook", None)
    if hook is not None:
        hook.io_same_device = False
    return network


def hidden_states(network: PreTrainedModel, ids: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """A batch's states at every token, (documents, tokens, width) for each layer: the embeddings, then every block's.

    `ids` and `mask` (1 for a token, 0 for padding) are (documents, tokens). They are transformers' own
    `hidden_states`, the last of which has mostly passed the network's final norm. Where transformers leaves
    the embeddings out (`_WITHOUT_EMBEDDINGS`) and gives the last block's output before and after the norm,
    the embeddings come first and the former is left out: layer k is the output of block k in every family.
    """
    states = list(network(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states)
    if network.config.model_type in _WITHOUT_EMBEDDINGS:
        return [network.get_input_embeddings()(ids), *states[:-2], states[-1]]
    return states


def _refuse_unusable_states(model: Model, folder: Path) -> None:
    """Raise ModelError unless the network gives a state for every token and lets padding play no part in it."""
    kind = type(model.network).__name__
    if model.network.main_input_name != "input_ids":
        raise ModelError(f"{folder}: {kind} reads {model.network.main_input_name}, not text")
    last = _vocabulary(model.network.config, model.tokenizer) - 1
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
    known = range(_vocabulary(config, tokenizer))
    candidates = (tokenizer.pad_token_id, getattr(config, "pad_token_id", None), tokenizer.eos_token_id)
    return next((token for token in candidates if isinstance(token, int) and token in known), 0)


def _vocabulary(config: Any, tokenizer: PreTrainedTokenizerBase) -> int:
    """Token ids that the model has embeddings for; models that read letters by number have no table of them."""
    return getattr(config.get_text_config(), "vocab_size", len(tokenizer))


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
