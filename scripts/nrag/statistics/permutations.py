"""New dealings of a comparison's labels to its documents, within strata and by whole units."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln

FEW = 1000
"""With fewer different dealings, their number is told: no p can be much below one of them."""

QUANTILES = 5


@dataclass(frozen=True)
class Design:
    """What may be permuted; all arrays are (documents,)."""

    labels: np.ndarray
    """Numbers from 0, of `label_type`."""
    stratum: np.ndarray
    """Numbers from 0: no label moves to another stratum."""
    unit: np.ndarray
    """Numbers from 0: the documents of a group and repeated texts belong together (see `nrag.compared`)."""

    def __post_init__(self) -> None:
        shapes = [values.shape for values in (self.labels, self.stratum, self.unit)]
        if len(set(shapes)) > 1 or len(shapes[0]) != 1:
            raise ValueError(f"labels, stratum and unit have the shapes {shapes}, expected (documents,) of all")

    @cached_property
    def _slots(self) -> "_Slots":
        """The same for every dealing, so found once."""
        return _slots_of(self)


def label_type(labels: int) -> type[np.signedinteger]:
    """The smallest type for the numbers of so many labels: thousands of dealings are held at once."""
    return np.int8 if labels <= 128 else np.int16


def permuted(design: Design, number: int, seed: int | Sequence[int]) -> np.ndarray:
    """(documents, number + 1) of the labels' type: labels as they are in column 0, then `number` random dealings.

    A unit whose documents share one label swaps it, as a whole, with other such units of its stratum, so the
    documents of a label may vary in number where units vary in size. A unit whose documents have
    several labels permutes them among its own documents of each stratum. What lies in several strata swaps
    only with units that lie in the same ones. So every dealing that may come up is as likely as
    any other, the observed one too, if labels say nothing within strata.

    The seed decides the dealings; several numbers may serve as one, to go on in parts.

    >>> labels = np.array([0, 1, 0, 1], dtype=np.int8)
    >>> permuted(Design(labels, stratum=np.array([0, 0, 1, 1]), unit=np.arange(4)), 5, seed=0)
    array([[0, 0, 0, 1, 0, 0],
           [1, 1, 1, 0, 1, 1],
           [0, 0, 1, 0, 1, 1],
           [1, 1, 0, 1, 0, 0]], dtype=int8)
    """
    slots = design._slots
    order = np.argsort(slots.block, kind="stable")
    dealt = np.tile(slots.labels[order].astype(design.labels.dtype), (number + 1, 1))
    sizes = np.bincount(slots.block)
    ends = np.cumsum(sizes)
    generator = np.random.default_rng(seed)
    # Strata are often many and alike, as pairs are: those of one size are permuted in one call.
    for size in np.unique(sizes[sizes > 1]):
        places = ends[sizes == size, None] - np.arange(size, 0, -1)
        # Indexing would lay the dealings of a place side by side, and to permute one be four times as slow.
        dealt[1:, places] = generator.permuted(np.take(dealt[1:], places, axis=1), axis=2)
    place = np.argsort(order)[slots.of_document]
    return np.ascontiguousarray(dealt.T[place])


def notes(design: Design, *, of_p: bool = True) -> list[str]:
    """What limits the permutations, as sentences for a table; none if nothing does.

    Of how few dealings there are a p must know, `of_p`; an effect, where there is no other than the observed one.
    """
    if len(np.unique(design.labels)) < 2:
        return ["all documents have one label: there is nothing to permute"]
    slots = design._slots
    return [*_kept(design, slots), *_units(design), *_dealings(slots, of_p=of_p)]


def strata_by_length(words: np.ndarray) -> np.ndarray:
    """(documents,) number of the fifth, from 0, that each document's number of words falls in.

    Documents of equal length share a stratum: that of their mean rank. So fifths differ in size where many
    are equally long, and fewer than five may be filled; with fewer than ten documents some are alone.

    >>> strata_by_length(np.array([3, 9, 4, 4, 50, 7]))
    array([0, 3, 1, 1, 4, 2])
    """
    _, place, counts = np.unique(words, return_inverse=True, return_counts=True)
    # Twice the mean rank, less 1: whole numbers, so that nothing is rounded at the edge of a fifth.
    doubled = 2 * np.cumsum(counts) - counts
    fifths = QUANTILES * doubled // (2 * max(len(words), 1))
    return np.unique(fifths, return_inverse=True)[1][place]


# --------------------------------------------------------------------------------------- private


@dataclass(frozen=True)
class _Slots:
    """What takes a label as one: a unit of one label, or a document of a unit with several."""

    of_document: np.ndarray
    """(documents,) number of each document's slot."""
    labels: np.ndarray
    """(slots,) the observed label."""
    block: np.ndarray
    """(slots,) number of the block that a slot is of: slots of one block swap labels."""

    def composition(self) -> np.ndarray:
        """(blocks, labels): slots of each block under each label."""
        kinds = int(self.labels.max()) + 1
        counts = np.bincount(self.block * kinds + self.labels, minlength=(self.block.max() + 1) * kinds)
        return counts.reshape(-1, kinds)


def _slots_of(design: Design) -> _Slots:
    labels = design.labels.astype(np.int64)
    unit = _numbered(design.unit)
    strata = _strata_of_units(unit, design.stratum)
    alone = _mixed(unit, labels)[unit]
    slot = np.where(alone, len(strata) + np.arange(len(unit)), unit)
    _, first, of_document = np.unique(slot, return_index=True, return_inverse=True)
    within_unit = _numbered(unit * (design.stratum.max(initial=0) + 1) + design.stratum)
    block = np.where(alone, len(strata) + within_unit, strata[unit])
    return _Slots(of_document, labels[first], _numbered(block[first]))


def _mixed(unit: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(units,) bool: whether the documents of a unit have several labels."""
    first = np.unique(unit, return_index=True)[1]
    return np.bincount(unit, labels != labels[first][unit]) > 0


def _strata_of_units(unit: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """(units,) number of the set of strata that a unit's documents lie in."""
    kinds = stratum.max(initial=0) + 1
    pairs = np.unique(unit * kinds + stratum)
    starts = np.flatnonzero(np.diff(pairs // kinds, prepend=-1))
    sets = [tuple(part.tolist()) for part in np.split(pairs % kinds, starts[1:])]
    numbers = {strata: number for number, strata in enumerate(dict.fromkeys(sets))}
    return np.array([numbers[strata] for strata in sets], dtype=np.int64)


def _numbered(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1]


def _kept(design: Design, slots: _Slots) -> list[str]:
    one_label = ~_mixed(_numbered(design.stratum), design.labels)
    in_one_label = one_label[_numbered(design.stratum)]
    stays = (np.count_nonzero(slots.composition(), axis=1) < 2)[slots.block][slots.of_document]
    said = []
    if in_one_label.any():
        said.append(
            f"{one_label.sum()} of {len(one_label)} strata hold one label, "
            f"which their documents ({in_one_label.sum()}) keep in every permutation"
        )
    if further := np.count_nonzero(stays & ~in_one_label):
        said.append(f"documents of other strata ({further}) keep their label: what may swap with them has the same")
    return said


def _units(design: Design) -> list[str]:
    unit = _numbered(design.unit)
    mixed = _mixed(unit, design.labels)
    wide = _mixed(unit, design.stratum)
    said = []
    if mixed.any():
        said.append(
            f"{mixed.sum()} of {len(mixed)} units hold several labels, "
            f"which are permuted within each (documents: {mixed[unit].sum()})"
        )
    if wide.any():
        said.append(f"{wide.sum()} of {len(wide)} units lie in several strata and swap only with units of the same")
    return said


def _dealings(slots: _Slots, *, of_p: bool) -> list[str]:
    counts = slots.composition()
    number = np.exp(min(gammaln(counts.sum(axis=1) + 1).sum() - gammaln(counts + 1).sum(), 50))
    if number < 1.5:
        return [f"the labels can be dealt in no other way: {'p is 1' if of_p else 'no effect'}"]
    if of_p and number < FEW:
        return [f"the labels can be dealt in {number:.0f} ways only: p is hardly below {1 / round(number):.2g}"]
    return []
