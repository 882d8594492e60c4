"""How alike the hidden states of two models are, whatever axes they have: linear centred kernel alignment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations, combinations_with_replacement

import numpy as np

from nrag.drift.names import PARTS
from nrag.reduction import Blocks, moments_of

FEWEST = 2 * PARTS
"""Units of documents below which there is no interval."""

DIRECT = 4096
"""Documents up to which products of documents are held, documents × documents for each model, although that is more
than the features: they cost once for each model what products of features cost for each pair."""


@dataclass(frozen=True)
class Similarity:
    """Linear CKA of two hidden states."""

    value: float
    """Of all documents, 0 to 1; NaN where one of the two is constant."""
    low: float
    """2.5th percentile over the halves of the documents; NaN where there are too few."""
    high: float
    """97.5th percentile."""


def similarities(
    members: Mapping[str, Blocks], unit: np.ndarray, *, seed: int = 0, direct: bool | None = None
) -> dict[tuple[str, str], Similarity]:
    """Linear CKA of the hidden states of every two members; they may differ in width.

    ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖), Frobenius norms of states X and Y, (documents, width), centred by document means: 1 where
    one is the other turned, scaled or moved, and the nearer to 1 the fewer documents there are beside features.
    Kornblith, Norouzi, Lee and Hinton (2019), Similarity of Neural Network Representations Revisited, section 3.

    `unit` (documents,) numbers what belongs together, from 0, and is parted as a whole. The interval is the central
    95 % over all ways to take half of `PARTS` random parts of the documents, centred anew: it is for half as many
    documents. `direct` is whether products of documents or of features are summed, which gives the same up to
    rounding; the cheaper without it. Blocks are read again for each pair if products are of features.

    Raises ValueError for members with another number of documents than units, and for states that are not finite.
    """
    moments = {name: moments_of(blocks()) for name, blocks in members.items()}
    for name, each in moments.items():
        if each.documents != len(unit):
            raise ValueError(f"the hidden state of {name} has {each.documents} documents, expected {len(unit)}")
    varied = {name: partial(_centred, members[name], each.mean) for name, each in moments.items() if not each.constant}
    if direct is None:
        narrowest = min((len(moments[name].mean) for name in varied), default=0)
        direct = len(unit) <= max(narrowest, min(4 * narrowest, DIRECT))
    part = parted(unit, seed=seed)
    sizes = np.bincount(part, minlength=PARTS)
    sums = _OfDocuments(varied, part) if direct else _OfFeatures(varied, part)
    chosen = np.column_stack([np.ones(PARTS), *([] if len(np.unique(unit)) < FEWEST else [_halves()])])
    products = {
        (one, other): _squared_norms(*sums.crossed(one, other), sums.inner[one], sums.inner[other], chosen, sizes)
        for one, other in combinations_with_replacement(varied, 2)
    }
    nothing = np.full(chosen.shape[1], np.nan)
    found = {}
    for one, other in combinations(members, 2):
        values = nothing
        if (one, other) in products:
            norms = np.sqrt(products[one, one]) * np.sqrt(products[other, other])
            # At most 1 but for rounding; the documents of a half may have one vector.
            values = np.minimum(np.divide(products[one, other], norms, out=nothing.copy(), where=norms > 0), 1)
        halves = values[1:][np.isfinite(values[1:])]
        ends = np.quantile(halves, [0.025, 0.975]) if len(halves) else (np.nan, np.nan)
        found[one, other] = Similarity(float(values[0]), *map(float, ends))
    return found


def parted(unit: np.ndarray, *, seed: int) -> np.ndarray:
    """(documents,) numbers from 0 to PARTS − 1: random parts of about equal size, those of one `unit` in one part."""
    sizes = np.bincount(unit)
    order = np.random.default_rng(seed).permutation(len(sizes))
    before = np.empty(len(sizes), dtype=np.int64)
    before[order] = np.cumsum(sizes[order]) - sizes[order]
    # A unit is of the part that its middle lies in.
    return ((2 * before + sizes) * PARTS // (2 * max(len(unit), 1)))[unit]


# --------------------------------------------------------------------------------------- private


def _centred(blocks: Blocks, mean: np.ndarray) -> Iterator[np.ndarray]:
    return (block.astype(np.float64) - mean for block in blocks())


def _halves() -> np.ndarray:
    """(PARTS, halves) of 0 and 1: every way to choose half of the parts."""
    ways = list(combinations(range(PARTS), PARTS // 2))
    chosen = np.zeros((PARTS, len(ways)))
    chosen[np.array(ways).T, np.arange(len(ways))] = 1
    return chosen


class _OfFeatures:
    """What squared norms are made of, from the products of features of each part: for more documents than features."""

    def __init__(self, members: Mapping[str, Blocks], part: np.ndarray) -> None:
        self._members, self._part = members, part
        self._sums = {name: sum(self._of_parts(name)) for name in members}
        self.inner = {name: each @ each.T for name, each in self._sums.items()}

    def crossed(self, one: str, other: str) -> tuple[np.ndarray, np.ndarray]:
        """As of `_OfDocuments`."""
        first, second = self._sums[one], self._sums[other]
        crossed = np.zeros((PARTS, first.shape[1], second.shape[1]))
        start = 0
        for here, there in zip(self._members[one](), self._members[other](), strict=True):
            part = self._part[start : start + len(here)]
            for number in range(PARTS):
                crossed[number] += here[part == number].T @ there[part == number]
            start += len(here)
        flat = crossed.reshape(PARTS, -1)
        return flat @ flat.T, np.stack([first @ each @ second.T for each in crossed])

    def _of_parts(self, name: str) -> Iterator[np.ndarray]:
        start = 0
        for block in self._members[name]():
            part = self._part[start : start + len(block)]
            yield np.eye(PARTS)[part].T @ block
            start += len(block)


class _OfDocuments:
    """What squared norms are made of, from the products of documents: for fewer documents than features."""

    def __init__(self, members: Mapping[str, Blocks], part: np.ndarray) -> None:
        self._marks = np.eye(PARTS)[part]
        self._products = {}
        for name, blocks in members.items():
            states = np.concatenate(list(blocks()))
            self._products[name] = states @ states.T
        self._sums = {name: each @ self._marks for name, each in self._products.items()}
        self.inner = {name: self._marks.T @ each for name, each in self._sums.items()}

    def crossed(self, one: str, other: str) -> tuple[np.ndarray, np.ndarray]:
        """⟨X_gᵀY_g, X_hᵀY_h⟩ by parts g and h, and x_fᵀ X_gᵀY_g y_h by g, f and h.

        X_g are the states of a part and x_g their sum.
        """
        both = self._marks.T @ (self._products[one] * self._products[other]) @ self._marks
        sums = [(self._sums[one] * of_part[:, None]).T @ self._sums[other] for of_part in self._marks.T]
        return both, np.stack(sums)


def _squared_norms(
    crossed: np.ndarray,
    with_sums: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    chosen: np.ndarray,
    sizes: np.ndarray,
) -> np.ndarray:
    """(choices,) ‖YᵀX‖² of the documents of the chosen parts, centred on their own means.

    YᵀX is the sum of the parts' products less x yᵀ / n, x and y the sums of all n documents. The first two arguments
    are `crossed`, `first` and `second` the inner products of the parts' sums, `chosen` (PARTS, choices) 0 or 1.
    """
    n = sizes @ chosen
    whole = np.einsum("gs,gh,hs->s", chosen, crossed, chosen)
    mixed = np.einsum("gs,fs,gfh,hs->s", chosen, chosen, with_sums, chosen, optimize=True)
    lengths = [np.einsum("gs,gh,hs->s", chosen, each, chosen) for each in (first, second)]
    return np.maximum(whole - 2 * mixed / n + lengths[0] * lengths[1] / n**2, 0)
