"""True activations of neurons: of whole documents, and of short rows of tokens, each computed once for all neurons.

Rows of one pass have one length, so nothing is padded, and a pass has at least `LEAST_TOKENS` tokens: with fewer, the
matrix products of a CPU add up in another order, and the same row beside other rows would get other last bits. So a
value depends on its row alone, not on which neurons are traced together or how many rows a pass takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from nrag.models import Model
from nrag.neurons.projections import Projection, shape_of

LEAST_TOKENS = 256
"""Tokens of a pass at least; rows are repeated up to it. With 16 rows, or 128 tokens, bits no longer change."""

LEAST_PLACES = 32
"""Tokens that pass through the last MLP at least, for the same reason."""

PASS_TOKENS = 4096
"""Tokens of a pass at most: enough to keep matrix products busy, 25 MB of activations of 1,536 neurons."""


_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


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
    """What the model's tokenizer puts before and after every text."""
    return frame_by(model.tokenizer)


def frame_by(tokenizer: PreTrainedTokenizerBase) -> Frame:
    """What a tokenizer puts before and after every text."""
    ids = tokenizer("a", add_special_tokens=True)["input_ids"]
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    if not bare:
        raise ValueError(f"{type(tokenizer).__name__} makes no token of the letter a")
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
        ids = self._ids(rows)
        start = len(self.frame.before)
        return [
            values.reshape(*ids.shape, -1)[: len(rows), start : start + rows.shape[1]].float().cpu().numpy()
            for values in _read(self.network, self.projections, ids)
        ]

    def activations_at(self, rows: np.ndarray, row: np.ndarray, position: np.ndarray) -> np.ndarray:
        """(places, neurons) float32 of the last projection at some positions of some of the rows.

        `row` and `position` (places,) say where. Where the last MLP is made of matrices that look at one token at a
        time, only the tokens that are asked for pass through it.
        """
        ids = self._ids(rows)
        places = row * ids.shape[1] + position + len(self.frame.before)
        least = np.resize(places, max(len(places), LEAST_PLACES))
        if self.expansions:
            chosen = torch.as_tensor(least, device=self.device)
            return self._chosen(ids, chosen, self.expansions)[: len(places)].float().cpu().numpy()
        values = _read(self.network, self.projections[-1:], ids)[0]
        return values.reshape(ids.shape[0] * ids.shape[1], -1)[places].float().cpu().numpy()

    def _ids(self, rows: np.ndarray) -> torch.Tensor:
        framed = self.frame.around(rows)
        least = -(-LEAST_TOKENS // framed.shape[1])
        if len(rows) < least:
            framed = framed[np.arange(least) % len(rows)]
        return torch.as_tensor(framed, device=self.device).long()

    def _chosen(
        self, ids: torch.Tensor, chosen: torch.Tensor, expansions: Sequence[tuple[torch.nn.Module, int]]
    ) -> torch.Tensor:
        calls: dict[int, int] = {}
        wanted = {(id(module), call) for module, call in expansions}

        def choose(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...] | None:
            call = calls[id(module)] = calls.get(id(module), -1) + 1
            if (id(module), call) not in wanted:
                return None
            return inputs[0].reshape(ids.numel(), -1)[chosen], *inputs[1:]

        modules = {id(module): module for module, _ in expansions}
        handles = [module.register_forward_pre_hook(choose) for module in modules.values()]
        try:
            return _read(self.network, self.projections[-1:], ids)[0].reshape(len(chosen), -1)
        finally:
            for handle in handles:
                handle.remove()

    @cached_property
    def expansions(self) -> list[tuple[torch.nn.Module, int]]:
        """The matrices that make the last block's neurons, and which of their calls; none where they cannot be told.

        Those between the matrix before that leads back to hidden states, and the down projection, that make as many
        numbers of a token as there are neurons, or twice as many (gates). Tried: what comes of some tokens alone must
        be what comes of them among all, to the last bit.
        """
        last = self.projections[-1]
        seen: list[tuple[torch.nn.Module, int, int]] = []
        calls: dict[int, int] = {}

        def note(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
            call = calls[id(module)] = calls.get(id(module), -1) + 1
            seen.append((module, call, output.shape[-1]))

        embeddings = self.network.get_input_embeddings() if hasattr(self.network, "get_input_embeddings") else None
        if embeddings is None:
            return []
        matrices = [module for module in self.network.modules() if shape_of(module) is not None]
        handles = [module.register_forward_hook(note) for module in matrices]
        rows = np.arange(LEAST_TOKENS, dtype=np.int32).reshape(-1, 8) % embeddings.weight.shape[0]
        try:
            ids = self._ids(rows)
            whole = _read(self.network, [last], ids)[0].reshape(ids.numel(), -1)
        finally:
            for handle in handles:
                handle.remove()
        found = []
        for module, call, width in reversed(seen):
            if width not in (last.neurons, 2 * last.neurons):
                break
            found.append((module, call))
        chosen = torch.arange(3, ids.numel(), 7, device=self.device)
        try:
            same = torch.equal(self._chosen(ids, chosen, found), whole[chosen])
        except (RuntimeError, ValueError):
            # What stands between needs the shape of whole rows.
            return []
        return found if same else []


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
    reader: Reader,
    rows: np.ndarray,
    lengths: np.ndarray,
    pivots: np.ndarray,
    neurons: np.ndarray,
    *,
    tokens: int = PASS_TOKENS,
) -> np.ndarray:
    """The activation of one neuron at one place of each row, (rows,) float32; equal rows are computed once.

    `rows` (rows, longest) int32 are texts of `lengths` (rows,) tokens, filled up with one number that is no token;
    `pivots` and `neurons` (rows,) say where and which. The neurons are those of the reader's last projection.
    """
    values = np.empty(len(rows), dtype=np.float32)
    if not len(rows):
        return values
    first, inverse = distinct(rows)
    # Texts in order of their lengths, their places in order within them, and the questions in the order of those.
    by_length = np.argsort(lengths[first], kind="stable")
    rank = np.empty_like(by_length)
    rank[by_length] = np.arange(len(by_length))
    asked, place = np.unique(rank[inverse] * rows.shape[1] + pivots, return_inverse=True)
    text, position = np.divmod(asked, rows.shape[1])
    order = np.argsort(place, kind="stable")
    for part in batches_of(lengths[first[by_length]], tokens=tokens):
        places = slice(*np.searchsorted(text, [part[0], part[-1] + 1]))
        own = order[slice(*np.searchsorted(place[order], [places.start, places.stop]))]
        batch = rows[first[by_length[part]], : lengths[first[by_length[part[0]]]]]
        activations = reader.activations_at(batch, text[places] - part[0], position[places])
        values[own] = activations[place[own] - places.start, neurons[own]]
    return values


def distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(distinct,) the place of one of each kind of row, and (rows,) of which kind each row is."""
    key = np.zeros(len(rows), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in rows.T:
            key = (key ^ column.astype(np.uint64)) * _MULTIPLIER
            key ^= key >> np.uint64(29)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    if not np.array_equal(rows[first[inverse]], rows):
        # Two rows of one key, which 64 bits hardly allow: compare them as they are.
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, inverse.ravel()


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
