"""The best examples of every neuron, and random ones of every strength, out of a stream: in memory that stays small."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

BINS_AN_OCTAVE = 4
_OCTAVES = 24
_LOWEST = -14
"""Bins reach from 2**-14 to 2**10; what is weaker or stronger is counted in the first or last of them."""
BINS = BINS_AN_OCTAVE * _OCTAVES
"""Bins of the strength of one sign: each octave in four parts of like width."""


def bins_of(values: np.ndarray) -> np.ndarray:
    """The bin of each |value|, of float32, as uint8; of 0 it is bin 0.

    Read from the bits: exponent and the first two bits of the mantissa. `edges` are their bounds.
    """
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.int32) >> 21
    return _BIN_OF_BITS[bits & 0x3FF]


def signed_bins_of(values: np.ndarray) -> np.ndarray:
    """As `bins_of`, `BINS` more where the sign is -, as uint8."""
    bits = values.view(np.int32) >> 21
    return _BIN_OF_BITS_AND_SIGN[bits & 0x7FF]


def edges() -> np.ndarray:
    """(BINS + 1,) float64: lower bound of each bin, and the upper one of the last. The first bin begins at 0."""
    octaves = np.arange(_LOWEST, _LOWEST + _OCTAVES, dtype=float)
    parts = 1 + np.arange(BINS_AN_OCTAVE) / BINS_AN_OCTAVE
    bounds = (2.0 ** octaves[:, None] * parts).ravel()
    return np.concatenate([[0.0], bounds[1:], [np.inf]])


def _table() -> np.ndarray:
    bits = np.arange(1024)
    return np.clip(bits - (127 + _LOWEST) * BINS_AN_OCTAVE, 0, BINS - 1).astype(np.uint8)


_BIN_OF_BITS = _table()
_BIN_OF_BITS_AND_SIGN = np.concatenate([_BIN_OF_BITS, _BIN_OF_BITS + BINS]).astype(np.uint8)


@dataclass
class Kept:
    """The first `limit` entries of each group, in the order of their keys, of all entries that were offered.

    Entries come in any order and in any parts: what is kept is the same.
    """

    groups: int
    limit: int
    group: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    order: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.float64))
    entries: dict[str, np.ndarray] = field(default_factory=dict)
    bound: np.ndarray = field(init=False)
    """(groups,) order of the last entry kept where a group is full, infinity elsewhere: what lies above is no news."""
    _waiting: list[tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        self.bound = np.full(self.groups, np.inf)

    def offer(self, group: np.ndarray, order: np.ndarray, **entries: np.ndarray) -> None:
        """Entries with the group and the order (small comes first) of each; `entries` are arrays of the same length."""
        news = order <= self.bound[group]
        if not news.any():
            return
        self._waiting.append((group[news], order[news], {name: values[news] for name, values in entries.items()}))
        self._number += int(news.sum())
        # A sort for every million entries, not for every pass.
        if self._number > 1_000_000:
            self.settle()

    def settle(self) -> None:
        """Drop what is not among the first of its group; entries are then sorted by group and order."""
        if not self._waiting:
            return
        parts = [(self.group, self.order, self.entries), *self._waiting] if self.entries else self._waiting
        group, order = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
        entries = {name: np.concatenate([part[2][name] for part in parts]) for name in parts[0][2]}
        # Equal keys are decided by the entries themselves, in the order of their names.
        sorting = _sorting(group, order, [entries[name] for name in sorted(entries)])
        group = group[sorting]
        rank = np.arange(len(group)) - np.searchsorted(group, group)
        kept = sorting[rank < self.limit]
        self.group, self.order = group[rank < self.limit], order[kept]
        self.entries = {name: values[kept] for name, values in entries.items()}
        last = rank[rank < self.limit] == self.limit - 1
        self.bound[self.group[last]] = self.order[last]
        self._waiting, self._number = [], 0


def _sorting(group: np.ndarray, order: np.ndarray, further: Sequence[np.ndarray]) -> np.ndarray:
    """The places that sort entries by group, order and further keys: as `np.lexsort`, in a third of its time.

    One sort of group and the first bits of order together, and one of those entries alone that these leave equal.
    """
    bits = np.ascontiguousarray(order, dtype=np.float64).view(np.uint64)
    # As unsigned numbers, floats ascend where the sign bit of positive ones is set and negative ones are inverted.
    rising = np.where(bits >> np.uint64(63), ~bits, bits | np.uint64(1 << 63))
    room = np.uint64(int(group.max(initial=0)).bit_length())
    key = (group.astype(np.uint64) << (np.uint64(64) - room)) | (rising >> room) if room else rising
    sorting = np.argsort(key)
    same = key[sorting][1:] == key[sorting][:-1]
    if same.any():
        equal = np.concatenate([[False], same]) | np.concatenate([same, [False]])
        tied = sorting[equal]
        keys = (*(each[tied] for each in reversed(further)), order[tied], group[tied])
        sorting[equal] = tied[np.lexsort(keys)]
    return sorting


def priorities(seed: int, documents: np.ndarray, neurons: int) -> np.ndarray:
    """(documents, neurons) float64 in [0, 1): a random order of documents for each neuron, by their numbers alone.

    Numbers, not a generator's state, so that parts and order of the corpus do not matter (splitmix64, Steele et
    al. 2014).
    """
    own = _mixed(documents.astype(np.uint64) ^ _mixed(np.array([seed], dtype=np.uint64)))
    other = _mixed(np.arange(neurons, dtype=np.uint64) + np.uint64(0xD1B54A32D192ED03))
    return (_mixed(own[:, None] ^ other) >> np.uint64(11)).astype(np.float64) / 2.0**53


def _mixed(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        values = values + np.uint64(0x9E3779B97F4A7C15)
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))
