"""How far two checkpoints lie apart in the regions that they share, layer by layer."""

from dataclasses import dataclass

import numpy as np

from nrag.drift.exchanges import Exchanges
from nrag.graphs import incidence_of
from nrag.statistics.agreement import agreement
from nrag.statistics.columns import in_chunks, ratio, sums


@dataclass(frozen=True, eq=False)
class Apart:
    """What lies between two models; column 0 is what was seen, the others are exchanges of documents."""

    regions: np.ndarray
    """(layers, columns) Jensen–Shannon divergence of the shares of documents in each region, in bits, 0 to 1."""
    edges: np.ndarray
    """(layers - 1, columns) the same of the edges from each layer to the next."""
    changed: np.ndarray
    """(layers,) share of documents whose region differs; an exchange of documents leaves it as it is."""
    agreement: np.ndarray
    """(layers,) adjusted mutual information of the two divisions into regions (`statistics.agreement`)."""


def apart(first: np.ndarray, second: np.ndarray, drawn: Exchanges, *, size: int) -> Apart:
    """What lies between the cells of two models, (layers, documents, 2) each, on `size` by `size` grids.

    The documents of both are counted together, and which are whose is exchanged.
    Raises ValueError for models that differ in layers or documents.
    """
    if first.shape != second.shape:
        raise ValueError(f"cells of {first.shape[:2]} and {second.shape[:2]} layers and documents cannot be compared")
    documents = first.shape[1]
    both = incidence_of(np.concatenate([first, second], axis=1), size=size)
    of_first = np.concatenate([~drawn.exchanged, drawn.exchanged])
    counts = both.counts(of_first)
    whole = both.everyone
    regions, edges = (np.stack([each, all_of - each]) for each, all_of in zip(counts, whole, strict=True))
    one, other = both.region[:, :documents], both.region[:, documents:]
    return Apart(
        jensen_shannon(regions, both.layer, both.layers),
        jensen_shannon(edges, both.edge_layer, both.layers - 1),
        (one != other).mean(axis=1),
        agreement(one, other),
    )


def halves_apart(cells: np.ndarray, drawn: Exchanges, *, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(layers,) and (layers - 1,): divergence of regions and of edges between two halves of one model's documents.

    The mean over the pairs of halves. Halves have half as many documents as models have, and so lie farther apart by
    chance.
    """
    own = incidence_of(cells, size=size)
    counts = [own.counts(half) for half in drawn.halves]
    regions, edges = (np.stack(pair) for pair in zip(*counts, strict=True))
    return (
        jensen_shannon(regions, own.layer, own.layers).mean(axis=1),
        jensen_shannon(edges, own.edge_layer, own.layers - 1).mean(axis=1),
    )


def jensen_shannon(counts: np.ndarray, layer: np.ndarray, layers: int) -> np.ndarray:
    """(layers, columns) Jensen–Shannon divergence of two distributions in each layer, in bits.

    `counts` (2, places, columns) are documents of each of the two, `layer` (places,) where a place lies.
    H((p + q) / 2) − (H(p) + H(q)) / 2, p and q shares of the documents of a layer, H the entropy. In [0, 1]: exactly 0
    for equal shares, 1 where no place has documents of both; NaN where one of the two has none. Lin (1991), IEEE
    Transactions on Information Theory 37, 145.

    >>> jensen_shannon(np.array([[[4], [0], [2]], [[0], [4], [2]]]), np.array([0, 0, 1]), 2)
    array([[1.],
           [0.]])
    """

    def measured(part: np.ndarray) -> dict[str, np.ndarray]:
        totals = np.stack([sums(layer, each, layers) for each in part])
        shares = ratio(part, totals[:, layer])
        surplus = _times_log2(shares).mean(axis=0) - _times_log2(shares.mean(axis=0))
        # Of equal shares it is 0 but for rounding, which may have either sign.
        return {"divergence": np.clip(sums(layer, surplus, layers), 0, 1)}

    return in_chunks(measured, counts)["divergence"]


def _times_log2(shares: np.ndarray) -> np.ndarray:
    return shares * np.log2(np.where(shares > 0, shares, 1))
