"""Communities: groups of regions that documents seldom leave, and what they tell of the labels."""

from collections.abc import Sequence
from functools import lru_cache

import networkx as nx
import numpy as np

from nrag.graphs import Nrag, example  # noqa: F401 the docstrings use `example`
from nrag.metrics.registry import labelling_metric, metric
from nrag.metrics.sampling import SEED


# Read by four metrics; older NRAGs must not be kept.
@lru_cache(maxsize=1)
def communities_of(nrag: Nrag) -> np.ndarray:
    """(regions,) number of each region's community, from 0 in the order of their first regions.

    Louvain's method (Blondel et al. 2008, J. Stat. Mech. P10008) on the NRAG without directions, an
    edge weighing its documents, resolution 1: it looks for high `modularity`. The order in which it
    visits regions is drawn with a fixed seed; another order may give other communities of about
    the same modularity. Without edges every region is one of its own.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(len(nrag.layer)))
    graph.add_weighted_edges_from(zip(nrag.source.tolist(), nrag.target.tolist(), nrag.weight.tolist(), strict=True))
    found = np.empty(len(nrag.layer), dtype=np.int64)
    for number, members in enumerate(sorted(nx.community.louvain_communities(graph, seed=SEED), key=min)):
        found[list(members)] = number
    return found


@metric("node")
def community(nrag: Nrag) -> np.ndarray:
    """Number of each region's Louvain community, from 0; a name, not a size, and its own in every NRAG.

    >>> community(example())
    array([0, 0, 1, 0, 1])
    """
    return communities_of(nrag)


@metric("graph")
def communities(nrag: Nrag) -> float:
    """Louvain communities of the NRAG: groups of regions, over all layers, within which most documents stay.

    Blondel et al. (2008), J. Stat. Mech. P10008; NetworkX' `louvain_communities` with edges weighted,
    directions dropped and a fixed seed. At least 1; every region is one without edges.

    >>> communities(example())
    2.0
    """
    return float(communities_of(nrag).max() + 1)


@metric("graph")
def modularity(nrag: Nrag) -> float:
    """How much more of the weight lies inside the Louvain communities than chance would put there, in [-0.5, 1).

    Σ_c (w_c / W − (S_c / 2W)²): w_c the weight inside community c, S_c the strength of its regions, W
    the weight of all edges. Newman (2004), Phys. Rev. E 70, 056131; equal to NetworkX' `modularity`.
    It is large in every sparse graph, so it takes a null model to read it. NaN without edges.

    >>> round(modularity(example()), 4)  # 7 / 10 - (16 / 20)**2 + 1 / 10 - (4 / 20)**2
    0.12
    """
    if not len(nrag.weight):
        return np.nan
    found, weight = communities_of(nrag), nrag.weight.sum()
    inside = found[nrag.source] == found[nrag.target]
    strength = np.bincount(found, nrag.in_strength + nrag.out_strength)
    return float(nrag.weight[inside].sum() / weight - ((strength / (2 * weight)) ** 2).sum())


@labelling_metric
def community_information(whole: Nrag, labels: Sequence[Nrag]) -> float:
    """Mutual information, in bits, of community and label: Σ p(c, l) log₂ (p(c, l) / p(c) p(l)).

    p is over the occurrences of the labelled documents, one for each document and layer: a document
    has one label but passes a region, hence a community, in each layer, and only a document in
    a layer has one of both. The communities are those of all documents; a document without a label
    has no occurrence here. From 0 to the smaller of the two entropies. Occurrences of one document
    are no independent observations: test it by permuting labels over documents. Cover & Thomas
    (2006), Elements of Information Theory, eq. 2.28.

    >>> community_information(example(), [example()])  # one label tells nothing
    0.0
    """
    joint = _occurrences(whole, labels)
    # Of independent community and label the difference is 0 but for rounding, which may have either sign.
    return max(0.0, _entropy(joint.sum(axis=0)) + _entropy(joint.sum(axis=1)) - _entropy(joint.ravel()))


@labelling_metric
def community_information_normalised(whole: Nrag, labels: Sequence[Nrag]) -> float:
    """`community_information` over the mean of the entropies of communities and labels, in [0, 1].

    1 if every community has documents of one label only and every label lies in one community. Many
    communities of few documents make it large by chance. NaN where both entropies are 0: one community and
    one label. Danon et al. (2005), J. Stat. Mech. P09008; equal to scikit-learn's `normalized_mutual_info_score`.

    >>> community_information_normalised(example(), [example()])
    0.0
    """
    joint = _occurrences(whole, labels)
    most = (_entropy(joint.sum(axis=0)) + _entropy(joint.sum(axis=1))) / 2
    return community_information(whole, labels) / most if most > 0 else np.nan


def _occurrences(whole: Nrag, labels: Sequence[Nrag]) -> np.ndarray:
    """(communities, labels) documents in the regions of each community, counted in every layer."""
    found = communities_of(whole)
    columns = [
        np.bincount(found[np.searchsorted(whole.codes, label.codes)], label.documents, found.max() + 1)
        for label in labels
    ]
    return np.column_stack(columns)


def _entropy(counts: np.ndarray) -> float:
    """In bits, of a distribution given as counts."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())
