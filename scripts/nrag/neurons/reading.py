"""True activations of neurons: of whole documents, and of short rows of tokens, each computed once for all neurons.

Rows of one pass have one length, so nothing is padded, and a pass has at least `LEAST_TOKENS` tokens: with fewer, the
matrix products of a CPU add up in another order, and the same row beside other rows would get other last bits. So a
value depends on its row alone, not on which neurons are traced together or how many rows a pass takes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from nrag.models import Model
from nrag.neurons.projections import Projection

LEAST_TOKENS = 512
"""Tokens of a pass at least; rows are repeated up to it. With 16 rows, or 256 tokens, bits no longer change."""

PASS_TOKENS = 4096
"""Tokens of a pass at most: enough to keep matrix products busy, 25 MB of activations of 1,536 neurons."""


class _Enough(Exception):  # noqa: N818 (it is no error)
    """All neurons that were asked for are read: the rest of the network need not run."""


@dataclass(frozen=True)
class Frame:
    """The special tokens that a model's tokenizer puts around a text."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    def around(self, rows: np.ndarray) -> np.ndarray:
        """(rows, tokens) with the special tokens at both ends."""
        edges = [np.tile(np.array(tokens, dtype=rows.dtype), (len(rows), 1)) for tokens in (self.before, self.after)]
        return np.hstack([edges[0], rows, edges[1]])


def frame_of(model: Model) -> Frame:
    """What the tokenizer puts before and after every text."""
    ids = model.tokenizer("a", add_special_tokens=True)["input_ids"]
    bare = model.tokenizer("a", add_special_tokens=False)["input_ids"]
    if not bare:
        raise ValueError(f"{type(model.tokenizer).__name__} makes no token of the letter a")
    start = next(start for start in range(len(ids)) if ids[start : start + len(bare)] == bare)
    return Frame(tuple(ids[:start]), tuple(ids[start + len(bare) :]))


@dataclass(frozen=True)
class Reader:
    """A network that is read at the down projections of some of its blocks."""

    network: torch.nn.Module
    projections: Sequence[Projection]
    frame: Frame
    device: torch.device

    def activations(self, rows: np.ndarray) -> list[np.ndarray]:
        """Of each projection (rows, tokens, neurons) float32 of rows of token ids (rows, tokens), without the frame.

        Rows are texts of one length. The network stops behind the last projection.
        """
        repeats = math.ceil(
            LEAST_TOKENS / (len(rows) * (rows.shape[1] + len(self.frame.before) + len(self.frame.after)))
        )
        ids = torch.as_tensor(self.frame.around(np.tile(rows, (max(repeats, 1), 1))), device=self.device).long()
        start = len(self.frame.before)
        found = _read(self.network, self.projections, ids)
        return [
            values.reshape(*ids.shape, -1)[: len(rows), start : start + rows.shape[1]].float().cpu().numpy()
            for values in found
        ]


def passes(rows: int, length: int, *, tokens: int = PASS_TOKENS) -> Iterator[slice]:
    """Slices of rows of one length, each a pass."""
    step = max(tokens // max(length, 1), 1)
    yield from (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def batches_of(lengths: np.ndarray, *, skip: int = 0, tokens: int = PASS_TOKENS) -> Iterator[np.ndarray]:
    """Documents of one length, pass by pass: places, of those with more than `skip` tokens."""
    for length in np.unique(lengths[lengths > skip]).tolist():
        rows = np.flatnonzero(lengths == length)
        yield from (rows[part] for part in passes(len(rows), length, tokens=tokens))


def values_at(
    reader: Reader, rows: np.ndarray, pivots: np.ndarray, neurons: np.ndarray, *, tokens: int = PASS_TOKENS
) -> np.ndarray:
    """The activation of one neuron at one place of each row, (rows,) float32; equal rows are computed once.

    `rows` (rows, tokens) int32 are texts of one length, `pivots` and `neurons` (rows,) say where and which. The
    neurons are those of the reader's last projection.
    """
    values = np.empty(len(rows), dtype=np.float32)
    if not len(rows):
        return values
    key = np.ascontiguousarray(np.column_stack([rows, pivots]).astype(np.int32))
    _, first, inverse = np.unique(
        key.view([("", key.dtype)] * key.shape[1]).ravel(), return_index=True, return_inverse=True
    )
    order = np.argsort(inverse, kind="stable")
    bounds = np.searchsorted(inverse[order], np.arange(len(first) + 1))
    for part in passes(len(first), rows.shape[1], tokens=tokens):
        activations = reader.activations(rows[first[part]])[-1]
        own = order[bounds[part.start] : bounds[part.stop]]
        values[own] = activations[inverse[own] - part.start, pivots[own], neurons[own]]
    return values


def _read(network: torch.nn.Module, projections: Sequence[Projection], ids: torch.Tensor) -> list[torch.Tensor]:
    found: dict[int, torch.Tensor] = {}
    calls: dict[int, int] = {}
    wanted = {(id(each.module), each.call): number for number, each in enumerate(projections)}

    def take(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        call = calls[id(module)] = calls.get(id(module), -1) + 1
        number = wanted.get((id(module), call))
        if number is not None:
            found[number] = inputs[0]
            if len(found) == len(wanted):
                raise _Enough

    modules = {id(each.module): each.module for each in projections}
    handles = [module.register_forward_pre_hook(take) for module in modules.values()]
    try:
        with torch.inference_mode():
            network(input_ids=ids, attention_mask=torch.ones_like(ids))
    except _Enough:
        pass
    finally:
        for handle in handles:
            handle.remove()
    if len(found) < len(wanted):
        raise RuntimeError(f"{type(network).__name__} did not run {len(wanted) - len(found)} of its down projections")
    return [found[number] for number in range(len(projections))]
