"""One layer of a space, made comparable: centred, scaled and standardised while it streams by.

Every step is affine in each feature, so all of them together are one subtraction and one
multiplication per model, decided by moments that one pass over the documents gives. Nothing holds a
whole hidden state unless the reduction does.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from nrag.distinct import first_copies
from nrag.reduction.registry import Reduction, ReductionError

LOG = logging.getLogger("nrag")

Blocks = Callable[[], Iterable[np.ndarray]]
"""Gives, each time it is called, one model's hidden state in blocks of rows: (rows, width) float32."""

CONSTANT = 1e-5
"""A layer is constant if no feature's range exceeds this share of the root mean square of the mean vector."""

DEAD = 1e-6
"""A feature is dead if its standard deviation is below this share of the layer's median one."""


@dataclass(frozen=True)
class Moments:
    """What one pass over documents tells of each feature; all arrays are (width,) float64."""

    documents: int
    mean: np.ndarray
    squares: np.ndarray
    """Sum of squared deviations from the mean."""
    lowest: np.ndarray
    highest: np.ndarray

    @property
    def deviation(self) -> np.ndarray:
        """Population standard deviation of each feature."""
        return np.sqrt(self.squares / self.documents)

    @property
    def constant(self) -> bool:
        """Whether every document has the same vector up to the rounding of a float32 forward pass.

        A BERT-like encoder's layer 0 under `first` is one: token and position are the same in every
        document. What rounding moves depends on the size of the whole vector, hence the comparison
        with its root mean square; 1e-5 is a hundred times the rounding of one float32 operation.
        """
        return bool(np.ptp([self.lowest, self.highest], axis=0).max() <= CONSTANT * np.sqrt(np.mean(self.mean**2)))


@dataclass(frozen=True)
class Affine:
    """x becomes (x - offset) * factor in each kept feature."""

    offset: np.ndarray
    factor: np.ndarray
    keep: np.ndarray
    """(width,) bool."""

    def __call__(self, block: np.ndarray) -> np.ndarray:
        """The block's kept features, (rows, features) float64."""
        return (block[:, self.keep].astype(np.float64) - self.offset[self.keep]) * self.factor[self.keep]

    def then(self, other: "Affine") -> "Affine":
        """This map followed by another over the same features."""
        return Affine(self.offset + other.offset / self.factor, self.factor * other.factor, self.keep & other.keep)

    def of(self, moments: Moments) -> Moments:
        """The moments after the map."""
        offset, factor, keep = self.offset[self.keep], self.factor[self.keep], self.keep
        return Moments(
            moments.documents,
            (moments.mean[keep] - offset) * factor,
            moments.squares[keep] * factor**2,
            (moments.lowest[keep] - offset) * factor,
            (moments.highest[keep] - offset) * factor,
        )


@dataclass(frozen=True)
class Layer:
    """One layer of a space as a reduction sees it: the standardised documents of all members, stacked."""

    members: Mapping[str, Blocks]
    maps: Mapping[str, Affine]
    moments: Moments
    """After standardisation, over the documents of all members."""
    documents: Mapping[str, int]
    """How many documents each member has; the rows of the members follow each other in this order."""

    @property
    def shape(self) -> tuple[int, int]:
        """(documents, features)."""
        return self.moments.documents, len(self.moments.mean)

    def blocks(self) -> Iterator[np.ndarray]:
        """All documents in order in blocks of rows, (rows, features) float64."""
        for model, blocks in self.members.items():
            yield from map(self.maps[model], blocks())

    def matrix(self, chosen: np.ndarray | None = None) -> np.ndarray:
        """The chosen documents, rising numbers, or all of them at once: (documents, features) float64."""
        documents, features = self.shape
        chosen = np.arange(documents) if chosen is None else chosen
        rows = np.empty((len(chosen), features))
        start = 0
        for block in self.blocks():
            first, last = np.searchsorted(chosen, [start, start + len(block)])
            rows[first:last] = block[chosen[first:last] - start]
            start += len(block)
        return rows

    def first_copies(self) -> np.ndarray:
        """For every document the number of the first one with the same vector: (documents,) int64.

        Within a member the hidden states are compared as they are, for standardisation may raise rounding to the
        size of real differences; across members, what the reduction sees of them.
        """
        ends = np.cumsum(list(self.documents.values()))
        starts = ends - list(self.documents.values())
        own = [start + first_copies([blocks()]) for start, blocks in zip(starts, self.members.values(), strict=True)]
        first = np.concatenate(own)
        if len(own) == 1:
            return first
        chosen, place = np.unique(first, return_inverse=True)
        members = np.split(self.matrix(chosen), np.searchsorted(chosen, ends[:-1]))
        return chosen[first_copies([rows] for rows in members)][place]


def moments_of(blocks: Iterable[np.ndarray]) -> Moments:
    """The moments of a hidden state, accumulated in float64 whatever the size of its blocks.

    Raises ReductionError for values that are not finite and for a hidden state without documents.
    """
    parts = [_moments(block.astype(np.float64)) for block in blocks if len(block)]
    if not parts:
        raise ReductionError("the hidden state has no documents")
    moments = reduce(merge, parts)
    if not np.isfinite(moments.mean).all():
        bad = np.count_nonzero(~np.isfinite(moments.mean))
        raise ReductionError(f"values that are not finite in {bad} of {len(moments.mean)} features")
    return moments


def merge(first: Moments, second: Moments) -> Moments:
    """The moments of two sets of documents together.

    Source: Chan, Golub and LeVeque (1979), Updating formulae and a pairwise algorithm for computing
    sample variances, equation 2.1.
    """
    documents = first.documents + second.documents
    apart = second.mean - first.mean
    return Moments(
        documents,
        first.mean + apart * (second.documents / documents),
        first.squares + second.squares + apart**2 * (first.documents * second.documents / documents),
        np.minimum(first.lowest, second.lowest),
        np.maximum(first.highest, second.highest),
    )


def fit_layer(members: Mapping[str, Blocks], moments: Mapping[str, Moments], chosen: Reduction) -> Layer:
    """One layer of a space, ready to be reduced.

    First each model on its own: `centre` subtracts its mean vector, `scale` divides by its total
    standard deviation (the root mean square distance of its documents from their mean), so that
    differences of place and size between models do not become axes. Then `standardise` over the
    documents of all members together; both standardisations leave out dead features, which carry
    rounding alone, unless `keep_dead`.

    Raises ReductionError for members of unequal width.
    """
    agreed("width", {model: len(each.mean) for model, each in moments.items()})
    own = {model: _own_map(each, centre=chosen.centre, scale=chosen.scale) for model, each in moments.items()}
    together = reduce(merge, [own[model].of(each) for model, each in moments.items()])
    common = _common_map(together, chosen.standardise, keep_dead=chosen.keep_dead)
    return Layer(
        members,
        {model: own[model].then(common) for model in members},
        common.of(together),
        {model: each.documents for model, each in moments.items()},
    )


def agreed(what: str, values: Mapping[str, object]) -> None:
    """Raise ReductionError unless all members of a space have the same value; it names two that differ."""
    (model, value), *others = values.items()
    for other, different in others:
        if different != value:
            raise ReductionError(
                f"the models of a space must have the same {what}: {model} has {value}, {other} has {different}; "
                "give them spaces of their own"
            )


def _moments(block: np.ndarray) -> Moments:
    mean = block.mean(axis=0)
    return Moments(len(block), mean, ((block - mean) ** 2).sum(axis=0), block.min(axis=0), block.max(axis=0))


def _own_map(moments: Moments, *, centre: bool, scale: bool) -> Affine:
    width = len(moments.mean)
    total = np.sqrt(moments.squares.sum() / moments.documents)
    return Affine(
        moments.mean if centre else np.zeros(width),
        np.full(width, 1 / total if scale else 1.0),
        np.ones(width, dtype=bool),
    )


def _common_map(moments: Moments, standardise: str, *, keep_dead: bool) -> Affine:
    width = len(moments.mean)
    if standardise == "none":
        return Affine(np.zeros(width), np.ones(width), np.ones(width, dtype=bool))
    deviation, extent = moments.deviation, moments.highest - moments.lowest
    varies = extent > 0
    alive = varies & (deviation >= DEAD * np.median(deviation))
    if not keep_dead and not alive.all():
        LOG.info("%d of %d features are dead and left out", width - np.count_nonzero(alive), width)
    size = deviation if standardise == "zscore" else extent
    # A feature with one value becomes 0 throughout, as in scikit-learn's scalers, instead of 0/0.
    factor = 1 / np.where(varies, size, 1.0)
    offset = moments.mean if standardise == "zscore" else moments.lowest
    return Affine(offset, factor, np.ones(width, dtype=bool) if keep_dead else alive)
