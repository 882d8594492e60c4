"""How far apart labels lie in an NRAG: each statistic for many labellings of the documents at once.

Counts come label by label: (labels, regions, columns) as `Incidence.documents` counts them, or (labels, edges,
columns) as `Incidence.weights` does; a column is one labelling, observed or dealt anew. Divergences compare the labels'
shares of their own documents, so sizes may differ; but few documents lie farther apart by chance than many, so read
a statistic against its null. Everything is NaN where a label has no documents. Examples are worked on `example()`.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from nrag.graphs import Incidence, incidence_of
from nrag.statistics.columns import in_chunks, ratio, sums, times_log
from nrag.statistics.information import expected_terms

_ROUNDING = 1e-12
"""In nats, far above the rounding of an entropy and far below what a single document adds to it."""


class Separation(NamedTuple):
    """A statistic of every column."""

    overall: np.ndarray
    """(columns,) of all layers."""
    by_layer: np.ndarray
    """(layers, columns); of edges, the layer that they leave, and NaN in the last one."""


def example() -> tuple[Incidence, np.ndarray, np.ndarray]:
    """Two labels of four documents each in two layers: the incidence, documents (2, 4, 1) and weights (2, 3, 1).

    Layer 0 has the regions a and b, layer 1 has c and d. The documents of label A go a → c, a → c, a → d, a → d,
    those of label B a → c, b → d, b → d, b → d.

    >>> example()[1][..., 0]  # regions a, b, c, d
    array([[4., 0., 2., 2.],
           [1., 3., 1., 3.]], dtype=float32)
    >>> example()[2][..., 0]  # edges a → c, a → d, b → d
    array([[2., 2., 0.],
           [1., 0., 3.]], dtype=float32)
    """
    y = np.array([[0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 1, 1, 1]])
    incidence = incidence_of(np.stack([np.zeros_like(y), y], axis=-1), size=2)
    label = np.array([0, 0, 0, 0, 1, 1, 1, 1])[:, None]
    documents = np.stack([incidence.documents(label == number) for number in range(2)])
    return incidence, documents, np.stack([incidence.weights(label == number) for number in range(2)])


def region_divergence(incidence: Incidence, documents: np.ndarray) -> Separation:
    """Generalised Jensen–Shannon divergence of the labels' occupancy of the regions of a layer, in bits.

    H(p̄) − (1/k) Σ_j H(p_j), p_j(r) the share of label j's documents in region r, p̄ the mean of the k labels'
    shares, whatever their sizes; H the entropy. In [0, log₂ k]: 0 for equal shares, log₂ k if no region has
    documents of two labels. Overall it is the mean of the layers. Larger: farther apart. Lin (1991), IEEE
    Transactions on Information Theory 37, 145.

    >>> found = region_divergence(*example()[:2])
    >>> found.by_layer[:, 0].round(4)  # H(5/8) - (0 + H(1/4)) / 2, H(3/8) - (H(1/2) + H(1/4)) / 2
    array([0.5488, 0.0488])
    >>> found.overall.round(4)
    array([0.2988])
    """

    def measured(counts: np.ndarray) -> dict[str, np.ndarray]:
        shares = _shares(counts, incidence.layer)
        surplus = _times_log2(shares).mean(axis=0) - _times_log2(shares.mean(axis=0))
        # Of equal shares it is 0 but for rounding, which may have either sign.
        return _of_layers(np.maximum(sums(incidence.layer, surplus, incidence.layers), 0))

    return Separation(**in_chunks(measured, documents))


def edge_total_variation(incidence: Incidence, weights: np.ndarray) -> Separation:
    """Total variation distance of the labels' shares of the edges between two layers.

    ½ Σ_e |p_i(e) − p_j(e)|, the mean over the pairs of labels i, j; p_j(e) is the share of label j's documents on
    edge e. In [0, 1]: the share of documents that would have to take another edge for the labels to be the same; 1 if
    no edge has documents of two labels. Overall it is the mean of the pairs of layers; NaN for a single layer.
    Larger: farther apart. Levin, Peres and Wilmer (2009), Markov Chains and Mixing Times, prop. 4.2.

    >>> edge_total_variation(example()[0], example()[2]).overall  # (|2 - 1| + |2 - 0| + |0 - 3|) / (2 * 4)
    array([0.75])
    """

    def measured(counts: np.ndarray) -> dict[str, np.ndarray]:
        shares = _shares(counts, incidence.edge_layer)
        pairs = list(combinations(shares, 2))
        apart = sum(np.abs(one - other) for one, other in pairs) / (2 * len(pairs))
        return _of_layer_pairs(sums(incidence.edge_layer, apart, incidence.layers - 1))

    return Separation(**in_chunks(measured, weights))


def edge_jaccard_distance(incidence: Incidence, weights: np.ndarray) -> Separation:
    """Weighted Jaccard distance of the labels' shares of the edges: 1 − Σ_e min_j p_j(e) / Σ_e max_j p_j(e).

    p_j(e) is the share of label j's documents on edge e. In [0, 1]: 0 for equal shares, 1 if no edge has
    documents of all labels. Overall the two sums go over the edges of all layers; NaN for a single layer. Larger:
    farther apart. Of two labels it is 2 t / (1 + t), t the total variation. Ružička (1958), Biológia 13, 647.

    >>> edge_jaccard_distance(example()[0], example()[2]).overall.round(4)  # 1 - 1 / (2 + 2 + 3)
    array([0.8571])
    """

    def measured(counts: np.ndarray) -> dict[str, np.ndarray]:
        shares = _shares(counts, incidence.edge_layer)
        least, most = (
            sums(incidence.edge_layer, extreme, incidence.layers - 1)
            for extreme in (shares.min(axis=0), shares.max(axis=0))
        )
        overall = 1 - ratio(least.sum(axis=0), most.sum(axis=0))
        return _of_layer_pairs(1 - ratio(least, most)) | {"overall": overall}

    return Separation(**in_chunks(measured, weights))


def exclusive_regions(incidence: Incidence, documents: np.ndarray) -> Separation:
    """Share of the occupied regions that one label alone occupies, in [0, 1]; larger: farther apart.

    Overall it is of the regions of all layers. It falls as documents grow in number and depends on the labels'
    sizes, so it is for labels of equal size only (see `matching`).

    >>> exclusive_regions(*example()[:2]).by_layer[:, 0]  # b of a and b; none of c and d
    array([0.5, 0. ])
    """
    return _occupied_by(incidence, documents, 1)


def shared_regions(incidence: Incidence, documents: np.ndarray) -> Separation:
    """Share of the occupied regions that all labels occupy, in [0, 1]; SMALLER: farther apart.

    Overall and for which labels: see `exclusive_regions`, of which it is the rest if there are two labels.

    >>> shared_regions(*example()[:2]).overall
    array([0.75])
    """
    return _occupied_by(incidence, documents, len(documents))


def label_information(incidence: Incidence, documents: np.ndarray) -> Separation:
    """Adjusted mutual information of label and region in a layer: what a region tells of the label, beyond chance.

    (I − E) / ((H(label) + H(region)) / 2 − E): I the mutual information, H the entropies of documents, E the exact
    expectation of I when labels are dealt to documents at random. At most 1, where regions and labels are the same;
    0 is chance, less is possible, and a layer whose documents all share one region has 0. Unlike the divergences it
    weights labels by their documents. Overall it is the mean of the layers. NaN also where every document is a
    region and a label of its own. Larger: farther apart. Vinh, Epps and Bailey (2010), JMLR 11, 2837; equal to
    scikit-learn's `adjusted_mutual_info_score`.

    >>> label_information(*example()[:2]).by_layer[:, 0].round(4)
    array([ 0.5001, -0.0833])
    """

    def measured(counts: np.ndarray) -> dict[str, np.ndarray]:
        layer, layers = incidence.layer, incidence.layers
        sizes, margins = counts[:, layer == 0].sum(axis=1), counts.sum(axis=0)
        n = sizes.sum(axis=0)

        def entropy(logs: np.ndarray) -> np.ndarray:
            return np.log(np.maximum(n, 1)) - ratio(logs, n)

        of_labels, of_regions = entropy(times_log(sizes).sum(axis=0)), entropy(sums(layer, times_log(margins), layers))
        information = of_labels + of_regions - entropy(sums(layer, times_log(counts).sum(axis=0), layers))
        expected = sum(_expected_information(incidence, margins, size, n) for size in sizes)
        gain, most = information - expected, (of_labels + of_regions) / 2 - expected
        # Rounding must neither part layers that tell nothing nor divide by what is 0.
        gain = np.where(np.abs(gain) > _ROUNDING, gain, 0)
        defined = (most > _ROUNDING) & (sizes > 0).all(axis=0)
        return _of_layers(gain / np.where(defined, most, np.nan))

    return Separation(**in_chunks(measured, documents))


def _occupied_by(incidence: Incidence, documents: np.ndarray, labels: int) -> Separation:
    """Share of the occupied regions that exactly this number of labels occupy."""

    def measured(counts: np.ndarray) -> dict[str, np.ndarray]:
        defined = counts.any(axis=1).all(axis=0)
        occupants = (counts > 0).sum(axis=0)
        found, occupied = (
            sums(incidence.layer, which & defined, incidence.layers) for which in (occupants == labels, occupants > 0)
        )
        return {"overall": ratio(found.sum(axis=0), occupied.sum(axis=0)), "by_layer": ratio(found, occupied)}

    return Separation(**in_chunks(measured, documents))


def _shares(counts: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Counts over the documents of their label, which are as many in every layer; NaN for an empty label."""
    return ratio(counts, counts[:, layer == 0].sum(axis=1, keepdims=True))


def _of_layers(by_layer: np.ndarray) -> dict[str, np.ndarray]:
    return {"overall": by_layer.mean(axis=0), "by_layer": by_layer}


def _of_layer_pairs(by_pair: np.ndarray) -> dict[str, np.ndarray]:
    last = np.full((1, by_pair.shape[1]), np.nan)
    overall = by_pair.mean(axis=0) if len(by_pair) else last[0]
    return {"overall": overall, "by_layer": np.concatenate([by_pair, last])}


def _times_log2(shares: np.ndarray) -> np.ndarray:
    return shares * np.log2(np.where(shares > 0, shares, 1))


def _expected_information(incidence: Incidence, margins: np.ndarray, size: np.ndarray, n: np.ndarray) -> np.ndarray:
    """(layers, columns) nats: what one label, of `size` of the `n` documents, adds to the expectation."""
    terms = np.zeros(margins.shape)
    cases, case = np.unique(np.stack([size, n]).astype(np.int64), axis=1, return_inverse=True)
    for number, (of_label, of_all) in enumerate(cases.T):
        columns = case.ravel() == number
        documents = margins[:, columns].astype(np.int64)
        # Many regions hold equally many documents; an empty one adds nothing.
        table = np.zeros(documents.max(initial=0) + 1)
        a = np.flatnonzero(np.bincount(documents.ravel())[1:]) + 1
        table[a] = expected_terms(a, np.full(len(a), of_label), np.full(len(a), of_all)) * np.log(2) / max(of_all, 1)
        terms[:, columns] = table[documents]
    return sums(incidence.layer, terms, incidence.layers)
