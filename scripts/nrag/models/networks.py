"""Networks: weights into an architecture, on one device or spread over several, and the states they give."""

import logging
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from transformers import AutoModel, PreTrainedModel

from nrag.models.errors import ModelError, first_line

LOG = logging.getLogger("nrag")

# The pooler of an encoder works on the last hidden state; no hidden state depends on it.
_HARMLESS = re.compile(r"(^|\.)pooler\.")

# Their code in transformers collects what comes out of the blocks and not what goes into the first one.
_WITHOUT_EMBEDDINGS = ("mamba", "mamba2", "falcon_mamba", "rwkv")


def placed_on(config: Any, folder: Path, device: str, *, trust_remote_code: bool) -> dict[str, int | str]:
    """The device of each part of a model, whole layers filling them as evenly as can be; "" is the whole model.

    Raises ModelError if they do not fit on the GPUs.
    """
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


def trained(folder: Path, placed: Mapping[str, int | str] | None, *, trust_remote_code: bool) -> PreTrainedModel:
    """The network of a folder with its weights in float32, on the devices that `placed` says.

    Raises ModelError if they cannot be read, or one that the hidden states depend on is missing.
    """
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
        raise ModelError(f"{folder}: the weights cannot be read: {first_line(error)}") from error
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


def untrained(
    config: Any, seed: int, placed: Mapping[str, int | str] | None, *, trust_remote_code: bool
) -> PreTrainedModel:
    """The network of a config with weights drawn with `seed`, on the devices that `placed` says."""
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


def _needed(network: PreTrainedModel) -> Callable[[str], bool]:
    """Whether a weight of the network, by its name, has to do with the hidden states that are read."""
    # By identity, since tied weights have several names.
    read = {id(tensor) for tensor in reading_part(network).state_dict(keep_vars=True).values()}
    everywhere = network.state_dict(keep_vars=True)

    def needed(name: str) -> bool:
        elsewhere = name in everywhere and id(everywhere[name]) not in read
        return not (elsewhere or _HARMLESS.search(name))

    return needed


def _some(names: list[str], shown: int = 4) -> str:
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + rest
