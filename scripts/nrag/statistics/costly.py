"""The metrics of graphs that are no closed form of counts: of each subset of the documents an NRAG is built.

Names and definitions are those of `nrag.metrics`, which measures one NRAG at a time.
"""

import numpy as np

from nrag.graphs import Incidence
from nrag.metrics import METRICS, POPULATIONS, communities
from nrag.statistics.columns import ratio, sums, times_log

_OF_PROJECTIONS = (
    "regions",
    "edges",
    "mean_degree",
    "var_degree",
    "mean_strength",
    "var_strength",
    "average_clustering",
    "weighted_clustering",
    "assortativity",
    "density",
    "reachable_pairs",
)

COSTLY = (
    "average_shortest_path",
    "reachable_pairs",
    "betweenness_centralization",
    "communities",
    "modularity",
    *(f"{side}_{name}" for side in ("even", "odd") for name in _OF_PROJECTIONS),
)
"""Metrics of the graph level by name. What is left out, and why, is in docs/statistics.md."""


def costly_metrics(
    incidence: Incidence, weights: np.ndarray, documents: np.ndarray, *, sources: int | None = None
) -> dict[str, np.ndarray]:
    """Metrics of graphs by name, each (columns,) float64: a column is the NRAG of one subset of the documents.

    `weights` (edges, columns) and `documents` (regions, columns) are the incidence's of the same subsets. Paths
    start from `sources` drawn regions where there are more, see `nrag.metrics.metrics_of`. NaN where the metric is
    undefined; a subset without documents has no NRAG, and no metric.
    """
    found = np.full((len(COSTLY), documents.shape[1]), np.nan)
    for column in np.flatnonzero(documents.any(axis=0)):
        nrag = incidence.nrag_of(documents[:, column], weights[:, column])
        for place, name in enumerate(COSTLY):
            options = {"sources": sources} if ("graph", name) in POPULATIONS else {}
            found[place, column] = METRICS["graph"][name](nrag, **options)
    return dict(zip(COSTLY, found, strict=True))


def communities_by_region(whole: Incidence, incidence: Incidence) -> np.ndarray:
    """(regions,) number, in `whole`, of the Louvain community that each region of `incidence` is of.

    `whole` is of documents that those of `incidence` are some of. Labels have no part in it, so it is the same for
    every labelling of them.
    """
    return communities.communities_of(whole.nrag())[np.searchsorted(whole.codes, incidence.codes)]


def community_information(community: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """(columns,) mutual information of community and label in bits, see `nrag.metrics`.

    `community` is (regions,), `documents` (labels, regions, columns) the documents of each label in each region.
    NaN where a label has no documents.

    >>> community_information(np.array([0, 1]), np.array([[[4], [0]], [[0], [4]]]))
    array([1.])
    """
    number = int(community.max(initial=-1)) + 1
    joint = np.stack([sums(community, of_label.astype(np.float64), number) for of_label in documents])
    total = joint.sum(axis=(0, 1))
    # Σ p log p of each distribution from Σ n ln n of its counts, over the same total.
    inner, of_labels, of_communities = (
        times_log(counts).sum(axis=tuple(range(counts.ndim - 1)))
        for counts in (joint, joint.sum(axis=1), joint.sum(axis=0))
    )
    nats = ratio(inner - of_labels - of_communities + times_log(total), total)
    present = joint.sum(axis=1).all(axis=0)
    # Of independent community and label it is 0 but for rounding, which may have either sign.
    return np.where(present, np.maximum(nats, 0) / np.log(2), np.nan)
