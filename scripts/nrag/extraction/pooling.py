"""One forward pass to every layer's pooled vectors, on the device."""

import logging
from collections.abc import Callable

import numpy as np
import torch

from nrag.models import Model, hidden_states

LOG = logging.getLogger("nrag")

AUTOCAST = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}
"""Computation dtypes. Weights stay float32: autocast is the more exact of the two half-precision ways
and nearly as fast."""


def pool(hidden: torch.Tensor, lengths: torch.Tensor, poolings: tuple[str, ...]) -> torch.Tensor:
    """Pooled vectors, (documents, poolings, width) float32, of token states padded on the right.

    `hidden` is (documents, tokens, width), `lengths` (documents,) the real tokens of each; padding
    states never enter.
    """
    hidden = hidden.float()
    real = torch.arange(hidden.shape[1], device=hidden.device) < lengths[:, None]
    ways: dict[str, Callable[[], torch.Tensor]] = {
        # A product with weights 1/n reads the states once and copies nothing.
        "mean": lambda: _exact_product((real / lengths[:, None]).unsqueeze(1), hidden).squeeze(1),
        "last": lambda: hidden[torch.arange(len(hidden), device=hidden.device), lengths - 1],
        "first": lambda: hidden[:, 0],
        "max": lambda: hidden.masked_fill(~real.unsqueeze(2), -torch.inf).amax(dim=1),
    }
    return torch.stack([ways[pooling]() for pooling in poolings], dim=1)


def _exact_product(weights: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    # A study's matmul_precision is for its model; averaging is ours.
    precision = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        return torch.bmm(weights, hidden)
    finally:
        torch.set_float32_matmul_precision(precision)


def pooled_hidden_states(
    model: Model, documents: list[np.ndarray], *, poolings: tuple[str, ...], dtype: str = "float32"
) -> list[np.ndarray]:
    """Every layer's pooled vectors of one batch: a list over layers of (documents, poolings, width) float32.

    `documents` are token ids. On a GPU that runs out of memory the batch is halved until it fits;
    the vectors do not depend on it beyond rounding.
    """
    try:
        return _forward(model, documents, poolings, dtype)
    except torch.cuda.OutOfMemoryError:
        if len(documents) == 1:
            raise
    torch.cuda.empty_cache()
    half = len(documents) // 2
    LOG.warning("out of GPU memory with %d documents of up to %d tokens: halved", len(documents), len(documents[0]))
    parts = [
        pooled_hidden_states(model, part, poolings=poolings, dtype=dtype)
        for part in (documents[:half], documents[half:])
    ]
    return [np.concatenate(layer) for layer in zip(*parts, strict=True)]


@torch.inference_mode()
def _forward(model: Model, documents: list[np.ndarray], poolings: tuple[str, ...], dtype: str) -> list[np.ndarray]:
    lengths = torch.tensor([len(ids) for ids in documents])
    ids = torch.full((len(documents), int(lengths.max())), model.padding, dtype=torch.long)
    for row, document in zip(ids, documents, strict=True):
        row[: len(document)] = torch.tensor(document)
    mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
    autocast = AUTOCAST[dtype]
    with torch.autocast(model.device.type, dtype=autocast, enabled=autocast is not None):
        states = hidden_states(model.network, ids.to(model.device), mask.to(model.device))
    # A model larger than one GPU leaves each layer's states on the GPU of the layer.
    return [pool(hidden, lengths.to(hidden.device), poolings).cpu().numpy() for hidden in states]
