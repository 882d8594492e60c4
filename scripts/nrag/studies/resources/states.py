"""What jobs ask for that read hidden states, or vectors of words in their place."""

import math
from typing import NamedTuple

from nrag.studies.resources.asked import MIB, asked_memory, asked_minutes

# ----------------------------------------------------------------------------------------------- words

OF_DOCUMENTS, OF_VOCABULARY = 50, 100
"""MiB for each MiB of compressed texts, of which short ones are the most documents, and for its root: words that differ
grow as the root of the texts (Heaps), and with them what the iteration keeps."""


def vectorizing_memory(texts: float) -> int:
    """MiB to ask for, of the vectors of the words of `texts` MiB of compressed texts."""
    return asked_memory(230 + OF_DOCUMENTS * texts + OF_VOCABULARY * math.sqrt(texts))


def vectorizing_minutes(texts: float) -> int:
    """Minutes to ask for, of the vectors of the words of `texts` MiB of compressed texts."""
    return asked_minutes(5 + 4 * texts)


# ------------------------------------------------------------------------------------------- reduction

UMAP = 235
"""MiB of a process with umap-learn and what it compiled."""

PRODUCTS = 20e9
"""Floating-point operations a second of one core, of matrix products in float64 with what is done around them."""


def reduction_memory(method: str, *, layer: float, width: int, workers: int) -> int:
    """MiB to ask for, of the reduction of hidden states of `layer` MiB each, all members of the space together.

    PCA and SVD hold blocks of 4,096 documents and a width x width matrix; UMAP holds all documents in
    float64, in each worker.
    """
    if method == "umap":
        return asked_memory((1 + workers if workers > 1 else 1) * UMAP + workers * 2.7 * 2 * layer)
    block = min(2 * layer, 4096 * width * 8 / MIB)
    return asked_memory(150 + 4 * block + 6 * width**2 * 8 / MIB)


def reduction_minutes(
    method: str,
    *,
    layer: float,
    width: int,
    hidden_states: int,
    workers: int,
    seeds: int = 1,
    n_neighbors: int = 15,
    epochs: int | None = None,
) -> int:
    """Minutes to ask for, of the reduction of so many hidden states of `layer` MiB each."""
    documents = layer * MIB / 4 / width
    if method != "umap":
        return asked_minutes(2 + hidden_states * (layer / 150 + 2 * documents * width**2 / PRODUCTS))
    epochs = epochs or (500 if documents <= 10_000 else 200)
    layout = 2.5e-6 * documents * epochs * n_neighbors / 15
    # Neighbours once, and 2,000 documents judged for each seed.
    distances = 2 * documents * width * (documents + seeds * min(documents, 2000)) / PRODUCTS
    return asked_minutes(15 + hidden_states * (seeds * layout + distances) / workers)


# ------------------------------------------------------------------------------------------ clustering

ROUNDS = 60
"""Rounds of k-means; made-up states of 20,000 documents took 18 to 40."""


def clustering_memory(*, coordinates: float, layer: float) -> int:
    """MiB to ask for, of k-means in hidden states of `layer` MiB each, all members of the space together."""
    return asked_memory(245 + 14 * coordinates + 7 * layer)


def clustering_minutes(*, layer: float, width: int, hidden_states: int, seeds: int, size: int) -> int:
    """Minutes to ask for, of k-means to `size`² clusters in so many hidden states of `layer` MiB each.

    Giving n clusters cells of their own takes n³.
    """
    documents = layer * MIB / 4 / width
    products = 2 * documents * width * size**2 * ROUNDS
    return asked_minutes(5 + hidden_states * seeds * (products / PRODUCTS + 4e-10 * size**6))


# ---------------------------------------------------------------------------------------- correlations


def correlation_memory(*, coordinates: float, components: int, refit: float = 0) -> int:
    """MiB to ask for, of the correlations of coordinates of so many MiB; `refit` is what their reduction asks for."""
    return asked_memory(210 + 20 * coordinates + 0.02 * components**2) + math.ceil(refit)


def correlation_minutes(
    *, coordinates: float, components: int, permutations: int, labellings: int, refit: float = 0
) -> int:
    """Minutes to ask for, of the correlations over all documents and those of each label of so many labellings.

    Every permutation multiplies each layer's ranks with the next one's; `refit` is what the reductions of the labels
    ask for.
    """
    values = coordinates * MIB / 4
    products = 2 * values * components * permutations * (1 + labellings) / PRODUCTS
    return asked_minutes(2 + products) + math.ceil(refit)


# ---------------------------------------------------------------------------------------- faithfulness

JUDGED = 5000
"""Documents whose neighbours are asked at most (`nrag.faithfulness`)."""


def faithfulness_memory(*, cells: float, layer: float) -> int:
    """MiB to ask for, of the faithfulness of regions: `cells` MiB of all reductions and grids, `layer` of a model."""
    return asked_memory(190 + 60 * cells + 5 * layer)


def faithfulness_minutes(*, layer: float, width: int, hidden_states: int, planes: int) -> int:
    """Minutes to ask for, of the neighbours in so many hidden states of `layer` MiB each, and of their `planes`."""
    documents = layer * MIB / 4 / width
    products = 2 * min(documents, JUDGED) * documents * width
    return asked_minutes(3 + hidden_states * (products / PRODUCTS + planes * (0.02 + 1e-6 * documents)))


# ------------------------------------------------------------------------------------------- alignment

DIRECT = 4096
"""Documents up to which their products are held although they are more than features (`nrag.drift.similarity`)."""


def alignment_memory(*, layer: float, width: int, hidden_states: int, members: int) -> int:
    """MiB to ask for, of linear CKA of so many models' hidden states of `layer` MiB each."""
    documents = layer * MIB / 4 / width
    if _direct(documents, width):
        return asked_memory(190 + 6 * layer + (members + 2) * documents**2 * 8 / MIB)
    # Products of features of eight parts of the documents, and of blocks of 4,096.
    return asked_memory(190 + 10 * min(2 * layer, 4096 * width * 8 / MIB) + 11 * width**2 * 8 / MIB)


def alignment_minutes(*, layer: float, width: int, hidden_states: int, members: int) -> int:
    """Minutes to ask for, of linear CKA of every two of so many models in so many hidden states of `layer` MiB each."""
    documents = layer * MIB / 4 / width
    pairs = members * (members + 1) / 2
    if _direct(documents, width):
        products = members * 2 * documents**2 * width + pairs * 60 * documents**2
    else:
        products = pairs * 2 * documents * width**2 + pairs * 200 * width**2
    return asked_minutes(3 + hidden_states * (0.02 * pairs + products / PRODUCTS))


def _direct(documents: float, width: int) -> bool:
    return documents <= max(width, min(4 * width, DIRECT))


# --------------------------------------------------------------------------------------------- probing

LEARNED = 6
"""Copies of a layer's features in float64, or of products of documents, that a probe holds while it learns."""

FIT = (0.005, 1e-5)
"""CPU seconds of a fit to a few coordinates or the cells of a grid: each, and of each document."""

LEARNING = 3e-7
"""CPU seconds of a fit to a hidden state, for each of its numbers, up to documents x documents."""

OCCUPIED = 70
"""Cells of a grid that hold documents. Those of all layers together may be more than the documents."""


class ProbingWork(NamedTuple):
    """What a space is probed by, beside its hidden states."""

    planes: int
    """Reductions, each seed for itself."""
    grids: int
    """Grids laid over each."""
    n_splits: int
    members: int = 1
    """Models of the space."""
    clusters: int = 0
    """That k-means makes of a training part, for all grids and reductions together."""


def probing_memory(probing: ProbingWork, *, layer: float, width: int, hidden_states: int) -> int:
    """MiB to ask for, of the probes of hidden states of `layer` MiB each, all members of the space together.

    Of features that are more than the documents, documents x documents products are held while the layers pass.
    """
    documents = _documents(probing, layer, width)
    crowded = OCCUPIED * hidden_states > documents
    held = LEARNED + (probing.planes * probing.grids if crowded else 0)
    return asked_memory(260 + 2 * LEARNED * layer + probing.members * held * documents**2 * 8 / MIB)


def probing_minutes(probing: ProbingWork, *, layer: float, width: int, hidden_states: int) -> int:
    """Minutes to ask for, of the probes of so many hidden states of `layer` MiB each.

    A wide hidden state costs the products of its documents and is then as wide as there are documents.
    """
    documents = _documents(probing, layer, width)
    few = (hidden_states + 1) * probing.planes * (1 + probing.grids) * (FIT[0] + FIT[1] * documents)
    states = hidden_states * documents * min(width, documents) * LEARNING
    together = documents * min(hidden_states * width, documents) * LEARNING
    products = 2 * hidden_states * (1 + probing.planes) * documents * width * min(width, documents) / PRODUCTS
    clustering = 2 * hidden_states * documents * width * probing.clusters * ROUNDS / PRODUCTS
    return asked_minutes(5 + probing.n_splits * probing.members * (few + states + together + products + clustering))


def _documents(probing: ProbingWork, layer: float, width: int) -> float:
    return layer * MIB / 4 / width / probing.members
