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
    gains = [getattr(network, name).weight for name in _NORMS if hasattr(getattr(network, name, None), "weight")]
    gain = gains[0].detach() if gains else None
    if folder is not None:
        for file in checkpoints.weights_of(folder):
            with safe_open(file, framework="pt") as tensors:
                for name in HEADS:
                    if name in tensors.keys():  # noqa: SIM118 (safe_open is no dict)
                        return Unembedding(tensors.get_tensor(name).float(), gain, name)
    embeddings = network.get_input_embeddings()
    tied = getattr(network.config.get_text_config(), "tie_word_embeddings", False)
    if tied and isinstance(embeddings, torch.nn.Embedding):
        return Unembedding(embeddings.weight.detach().float(), gain, "input embeddings")
    return None


def output_tokens(
    projection: Projection, unembedding: Unembedding, neurons: np.ndarray, frame: Frame, *, number: int = 10
) -> dict[int, Outputs]:
    """By neuron the `number` tokens that it raises and lowers most, each with its logit per unit of activation.

    The neuron's row of the down projection, times the gain of the final norm, times the unembedding: what would come
    out if the blocks behind it did nothing (nostalgebraist 2020, logit lens). Special tokens are left out.
    """
    weight = projection.module.weight.detach().float()
    # A Linear keeps (out, in), GPT-2's Conv1D (in, out).
    columns = weight.T if isinstance(projection.module, torch.nn.Linear) else weight
    directions = columns[torch.as_tensor(np.asarray(neurons)).long()]
    if unembedding.gain is not None:
        directions = directions * unembedding.gain
    found = {}
    special = sorted({*frame.before, *frame.after})
    for neuron, direction in zip(np.asarray(neurons).tolist(), directions, strict=True):
        logits = (unembedding.weight @ direction).numpy().astype(np.float64)
        logits -= logits.mean()
        ids = np.setdiff1d(np.arange(len(logits)), special)
        # Stable, so that of equal ones the smallest id comes first.
        order = ids[np.argsort(-logits[ids], kind="stable")]
        raised, lowered = order[:number], order[::-1][:number]
        found[neuron] = tuple([(int(token), float(logits[token])) for token in ids_] for ids_ in (raised, lowered))
    return found
