"""Which tokens a neuron raises and lowers in the model's output, from the weights alone."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from nrag import checkpoints
from nrag.neurons.graphs import Outputs
from nrag.neurons.projections import Projection
from nrag.neurons.reading import Frame

HEADS = ("lm_head.weight", "embed_out.weight", "output_layer.weight")
"""What checkpoints call the matrix from hidden states to tokens."""

_NORMS = ("norm", "ln_f", "final_layer_norm", "final_layernorm", "ln_out")
"""What networks call the norm behind their last block."""

_BEHIND = "post_feedforward_layernorm"
"""What blocks call a norm between their MLP and the sum with what came in."""


@dataclass(frozen=True)
class Unembedding:
    """From hidden states to tokens."""

    weight: torch.Tensor
    """(vocabulary, width)."""
    gain: torch.Tensor | None
    """(width,) of the final norm, None where the network has none of its own."""
    source: str
    """Where the matrix is from: a head of the checkpoint, or the input embeddings."""


def unembedding_of(network: torch.nn.Module, folder: Path | None) -> Unembedding | None:
    """The matrix that the model predicts tokens with; None where its checkpoint has no such matrix.

    Tied to the input embeddings where the config says so (`folder` None means untrained weights, which have no head of
    their own).
    """
    gain = _final_gain(network)
    if folder is not None:
        for file in checkpoints.weights_of(folder):
            with safe_open(file, framework="pt") as tensors:
                for name in HEADS:
                    if name in tensors.keys():  # noqa: SIM118 (safe_open is no dict)
                        return Unembedding(tensors.get_tensor(name).float(), gain, name)
    embeddings = network.get_input_embeddings()
    tied = getattr(network.config.get_text_config(), "tie_word_embeddings", False)
    if tied and isinstance(embeddings, torch.nn.Embedding):
        return Unembedding(embeddings.weight.detach().float().cpu(), gain, "input embeddings")
    return None


def gain_behind(network: torch.nn.Module, projection: Projection) -> torch.Tensor | None:
    """(width,) of the norm that a block's MLP passes before it is added, as in Gemma 2 and OLMo 2; None without."""
    block = projection.name.rpartition(".mlp.")[0]
    norm = getattr(network.get_submodule(block), _BEHIND, None) if block else None
    return None if norm is None else gain_of(norm)


def gain_of(norm: torch.nn.Module) -> torch.Tensor:
    """(width,) float32: what a norm multiplies each component by.

    Asked of the norm, not read from its weight: Gemma's keep the gain less 1.
    """
    width, device = len(norm.weight), norm.weight.device
    # Of mean 0, so that a norm that takes the mean off leaves it as it is, and so large that no epsilon counts.
    signs = 1.0 - 2 * (torch.arange(width, device=device) % 2)
    asked = 1000 * (signs - signs.mean()).to(norm.weight.dtype)
    with torch.inference_mode():
        # Half the difference: without what the norm adds.
        answer = (norm(asked[None]) - norm(-asked[None]))[0].float() / 2
    return (answer * asked.float().square().mean().sqrt() / asked.float()).cpu()


def _final_gain(network: torch.nn.Module) -> torch.Tensor | None:
    # OPT keeps its norm with its blocks, one module further in.
    owners = (network, getattr(network, "decoder", None))
    norms = [getattr(owner, name, None) for owner in owners for name in _NORMS]
    return next((gain_of(norm) for norm in norms if getattr(norm, "weight", None) is not None), None)


def output_tokens(
    projection: Projection,
    unembedding: Unembedding,
    neurons: np.ndarray,
    frame: Frame,
    *,
    tokens: np.ndarray,
    behind: torch.Tensor | None = None,
    number: int = 10,
) -> dict[int, Outputs]:
    """By neuron the `number` tokens that it raises and lowers most, each with its logit per unit of activation.

    The neuron's row of the down projection, times the gain of the norm `behind` it and of the final one, times the
    unembedding: what would come out if the blocks behind it did nothing (nostalgebraist 2020, logit lens). `tokens`
    (n,) are the ids that the tokenizer has, of which the unembedding may have more; special ones are left out. Nothing
    where the unembedding is of another width than the block (OPT-350m).
    """
    weight = projection.module.weight.detach().float().cpu()
    # A Linear keeps (out, in), GPT-2's Conv1D (in, out).
    columns = weight.T if isinstance(projection.module, torch.nn.Linear) else weight
    directions = columns[torch.as_tensor(np.asarray(neurons)).long()]
    if unembedding.weight.shape[1] != directions.shape[1]:
        return {}
    for gain in (behind, unembedding.gain):
        directions = directions if gain is None else directions * gain
    found = {}
    known = np.unique(tokens[tokens < len(unembedding.weight)])
    rows = unembedding.weight[torch.as_tensor(known).long()]
    said = ~np.isin(known, [*frame.before, *frame.after])
    for neuron, direction in zip(np.asarray(neurons).tolist(), directions, strict=True):
        logits = (rows @ direction).numpy().astype(np.float64)
        logits -= logits.mean()
        ids, logits = known[said], logits[said]
        # Stable, so that of equal ones the smallest id comes first.
        order = np.argsort(-logits, kind="stable")
        ends = order[:number], order[::-1][:number]
        found[neuron] = tuple([(int(ids[place]), float(logits[place])) for place in end] for end in ends)
    return found
