"""One pass over a corpus for all neurons of all blocks: their best examples, random ones, and how strong they are.

An example is one place of one document: that of a document's strongest activation of either sign. Documents, not
examples, are divided into those that patterns are made of and those that they are tested on.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from nrag.models import ModelError
from nrag.neurons.examples import SIGNS, Found, Mined
from nrag.neurons.reading import PASS_TOKENS, Reader, batches_of
from nrag.neurons.reservoirs import BINS, Kept, bins_of, priorities, signed_bins_of


@dataclass
class _Seen:
    """What one block has shown so far."""

    neurons: int
    selected: np.ndarray
    histogram: np.ndarray
    best: Kept
    random: Kept
    highest: np.ndarray
    lowest: np.ndarray
    finite: np.ndarray
    """(neurons,) bool: whether no activation was infinite or no number."""
    base: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        # As wide as `np.bincount` counts, which would copy anything else.
        self.base = (np.arange(self.neurons, dtype=np.int64) * 2 * BINS)[None, None, :]


def mine(
    reader: Reader,
    documents: Sequence[np.ndarray],
    lengths: np.ndarray,
    test: np.ndarray,
    *,
    selected: Mapping[int, np.ndarray],
    examples: int,
    seed: int,
    weakest: float = 0.5,
    skip: int = 0,
    tokens: int = PASS_TOKENS,
) -> dict[int, Mined]:
    """By block, what one pass over the documents shows of the neurons of the reader's projections.

    `documents` are token ids without special tokens, `lengths` (documents,) how many each has, `test` (documents,)
    bool which are kept for tests. `examples` are kept of each sign and half, a quarter as many random ones of each
    bin of strength from `weakest` times the sign's largest on. The first `skip` tokens of a document are not looked
    at: without a token of its own to begin with, the first one of a causal model stands where attention has nothing
    else to look at, and says little of texts. `tokens` is the size of a pass; no result depends on it.
    """
    found = {
        each.block: _nothing(each.neurons, np.asarray(selected[each.block]), len(documents), examples)
        for each in reader.projections
    }
    for rows in batches_of(lengths, skip=skip, tokens=tokens):
        batch = np.stack([documents[row] for row in rows])
        for projection, values in zip(reader.projections, reader.activations(batch), strict=True):
            _add(found[projection.block], rows, values[:, skip:], test, skip=skip, seed=seed + projection.block)
    return {block: _finished(seen, weakest) for block, seen in found.items()}


def is_test(documents: Sequence[np.ndarray], *, share: float, seed: int) -> np.ndarray:
    """(documents,) bool: which are kept for tests, decided by what each says, so that copies stay together."""
    draws = [
        int.from_bytes(hashlib.blake2b(f"{seed}\0".encode() + ids.astype(np.int32).tobytes(), digest_size=8).digest())
        for ids in documents
    ]
    return np.array(draws, dtype=np.float64) / 2.0**64 < share


def check_halves(documents: Sequence[np.ndarray], test: np.ndarray, *, skip: int) -> None:
    """Raises ModelError where either half of a corpus has no token that could be looked at."""
    read = np.array([len(each) > skip for each in documents], dtype=bool)
    for half, purpose in ((~test, "make graphs of"), (test, "test graphs on")):
        if not (read & half).any():
            raise ModelError(
                f"no document with tokens is left to {purpose}: of {len(documents)} documents, {int(read.sum())} with "
                f"tokens, {int(test.sum())} are kept for tests; neurons.test says how many, by what documents say"
            )


def _nothing(neurons: int, selected: np.ndarray, documents: int, examples: int) -> _Seen:
    return _Seen(
        neurons=neurons,
        selected=selected,
        histogram=np.zeros(neurons * 2 * BINS, dtype=np.int64),
        best=Kept(neurons * 4, examples),
        random=Kept(neurons * 2 * BINS, max(examples // 4, 1)),
        highest=np.zeros((documents, len(selected)), dtype=np.float32),
        lowest=np.zeros((documents, len(selected)), dtype=np.float32),
        finite=np.ones(neurons, dtype=bool),
    )


def _finished(seen: _Seen, weakest: float) -> Mined:
    best, random = _found(seen.best, 2), _found(seen.random, BINS)
    peaks = np.zeros((seen.neurons, 2), dtype=np.float32)
    trained = best.group == 0
    place = best.neuron[trained], (best.sign[trained] < 0).astype(int)
    np.maximum.at(peaks, place, np.abs(best.activation[trained]))
    peaks[~seen.finite] = np.nan
    strong = np.abs(random.activation) >= weakest * peaks[random.neuron, (random.sign < 0).astype(int)]
    histogram = seen.histogram.reshape(seen.neurons, 2, BINS)
    return Mined(seen.neurons, seen.selected, histogram, peaks, best, random.where(strong), seen.highest, seen.lowest)


def _found(kept: Kept, groups: int) -> Found:
    kept.settle()
    entries = kept.entries or {name: np.empty(0) for name in ("document", "position", "activation")}
    number, group = np.divmod(kept.group, groups)
    return Found(
        neuron=(number // 2).astype(np.int32),
        sign=(1 - 2 * (number % 2)).astype(np.int8),
        group=group.astype(np.int16),
        document=entries["document"].astype(np.int32),
        position=entries["position"].astype(np.int32),
        activation=entries["activation"].astype(np.float32),
    )


def _add(seen: _Seen, rows: np.ndarray, values: np.ndarray, test: np.ndarray, *, skip: int, seed: int) -> None:
    values = np.ascontiguousarray(values)
    places = seen.base + signed_bins_of(values)
    seen.histogram += np.bincount(places.ravel(), minlength=len(seen.histogram))
    ends = torch.from_numpy(values)
    random = priorities(seed, rows, seen.neurons)
    for number, (sign, (extreme, position)) in enumerate(zip(SIGNS, (ends.max(dim=1), ends.min(dim=1)), strict=True)):
        extreme, position = extreme.numpy(), position.numpy().astype(np.int32) + skip
        # A NaN is the largest and the smallest of its document, an infinity one of the two.
        seen.finite &= np.isfinite(extreme).all(axis=0)
        (seen.highest if sign > 0 else seen.lowest)[rows] = extreme[:, seen.selected]
        fires = sign * extreme > 0
        document, neuron = np.nonzero(fires)
        entries = {
            "document": rows[document].astype(np.int32),
            "position": position[fires],
            "activation": extreme[fires],
        }
        strength = np.abs(entries["activation"])
        kept = test[entries["document"]]
        group = neuron * 2 + number
        seen.best.offer(group * 2 + kept, -strength.astype(np.float64), **entries)
        trained = {name: each[~kept] for name, each in entries.items()}
        seen.random.offer((group * BINS + bins_of(strength))[~kept], random[fires][~kept], **trained)
