"""UMAP on exact nearest neighbours: one seed is one embedding.

umap-learn is imported by the functions that need it: 2 CPU seconds, and 16 the first time in a new
environment, which PCA jobs must not pay.
"""

import logging
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from nrag.reduction.linear import principal_axes
from nrag.reduction.neighbours import nearest_neighbours, trustworthiness
from nrag.reduction.registry import Reduced, ReductionError, reducer
from nrag.reduction.standardise import Layer

LOG = logging.getLogger("nrag")

METRICS = ("cosine", "euclidean")


def _compile() -> None:
    """Compile what UMAP runs, on a small case, so that forked workers find it done."""
    rows = np.random.default_rng(0).normal(size=(16, 3))
    embed(rows, fuzzy_graph(rows, 4, metric="euclidean"), 2, seed=0, metric="euclidean", min_dist=0.1, epochs=1)


@reducer("umap", quality="trustworthiness", seeded=True, warm_up=_compile)
def umap(
    layer: Layer,
    *,
    components: int,
    seeds: Sequence[int],
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    metric: str = "cosine",
    epochs: int | None = None,
) -> dict[int, Reduced]:
    """One UMAP embedding per seed, all on the same exact neighbours, with its trustworthiness.

    Documents with the same vector (`nrag.distinct`) are embedded once, the first for all, and share its coordinates:
    the layout would push copies apart. Trustworthiness is that of the different vectors. Fewer than components + 2
    of them UMAP cannot embed: they lie on their principal axes instead, one plane for all seeds, which is logged.
    `n_neighbors` counts the vector itself; where there are not more different vectors, it becomes one less
    than their number, which is logged: both as in umap-learn. `epochs`: if None, umap-learn's 500 up
    to 10,000 different vectors and 200 above.
    The same bytes come back from the same states, seed and versions; a change of the states by 1e-7
    is another draw. Memory: documents × features × 8 bytes.

    Raises ReductionError for too few documents, an unknown metric, and a zero vector under cosine.

    Source: McInnes, Healy and Melville (2018), UMAP, arXiv:1802.03426.
    """
    documents = layer.shape[0]
    if components < 1 or documents < components + 2:
        raise ReductionError(
            f"UMAP to {components} components needs at least {components + 2} documents; this layer has {documents}"
        )
    first = layer.first_copies()
    rows = comparable_rows(layer, metric, first)
    vectors = len(rows)
    found = (
        f"{documents} documents" if vectors == documents else f"{vectors} different vectors of {documents} documents"
    )
    if vectors < components + 2:
        LOG.warning("UMAP to %d components cannot embed %s: principal axes instead", components, found)
        planes = dict.fromkeys(seeds, on_principal_axes(rows, components))
    else:
        if vectors <= n_neighbors:
            LOG.warning("n_neighbors is %d instead of %d: %s", vectors - 1, n_neighbors, found)
        graph = fuzzy_graph(rows, min(n_neighbors, vectors - 1), metric=metric)
        planes = {
            seed: embed(rows, graph, components, seed=seed, metric=metric, min_dist=min_dist, epochs=epochs)
            for seed in seeds
        }
    _, place = np.unique(first, return_inverse=True)
    return {seed: Reduced(plane[place], trustworthiness(rows, plane)) for seed, plane in planes.items()}


def comparable_rows(layer: Layer, metric: str, first: np.ndarray) -> np.ndarray:
    """The different vectors as rows whose Euclidean distances order them as the metric does, float64.

    `first` is `Layer.first_copies`; the rows are those documents that stand for themselves, in order.
    Cosine: unit vectors, for which 1 - cos is half the squared distance. Euclidean: less the mean of all
    documents, which changes no distance and makes their computation exact where the mean is large.
    """
    if metric not in METRICS:
        raise ReductionError(f"metric is '{metric}', must be one of {', '.join(METRICS)}")
    chosen = np.unique(first)
    rows = layer.matrix(chosen)
    if metric == "euclidean":
        rows -= layer.moments.mean
        return rows
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not norms.all():
        zero = np.flatnonzero(np.isin(first, chosen[norms[:, 0] == 0]))
        raise ReductionError(
            f"{len(zero)} documents have the zero vector, first document {zero[0]}: cosine is undefined; "
            "use metric: euclidean"
        )
    rows /= norms
    return rows


def on_principal_axes(rows: np.ndarray, components: int) -> np.ndarray:
    """The rows' scores on the axes of their largest variance, (rows, components) float32; axes too many are 0."""
    centred = rows - rows.mean(axis=0)
    axes = principal_axes(centred.T @ centred, min(components, rows.shape[1]))
    plane = np.zeros((len(rows), components), dtype=np.float32)
    plane[:, : axes.shape[1]] = centred @ axes
    return plane


def fuzzy_graph(rows: np.ndarray, n_neighbors: int, *, metric: str) -> Any:
    """UMAP's fuzzy simplicial set over exact neighbours, a (documents, documents) sparse matrix."""
    indices, squared = nearest_neighbours(rows, n_neighbors)
    distances = squared / 2 if metric == "cosine" else np.sqrt(squared)
    graph, _, _ = _umap().umap_.fuzzy_simplicial_set(
        rows, n_neighbors, None, metric, knn_indices=indices, knn_dists=distances
    )
    return graph


def embed(
    rows: np.ndarray,
    graph: Any,
    components: int,
    *,
    seed: int,
    metric: str,
    min_dist: float,
    epochs: int | None,
) -> np.ndarray:
    """The layout of a fuzzy graph, (documents, components) float32.

    The steps and constants of umap-learn's `UMAP.fit`, which cannot be told to keep the graph
    between seeds and takes a distance matrix of its own below 4,096 documents.
    """
    curve = _umap().umap_.find_ab_params(1.0, min_dist)
    plane, _ = _umap().umap_.simplicial_set_embedding(
        rows,
        graph,
        components,
        initial_alpha=1.0,
        a=curve[0],
        b=curve[1],
        gamma=1.0,
        negative_sample_rate=5,
        n_epochs=epochs,
        init="spectral",
        random_state=np.random.RandomState(seed),
        metric=metric,
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
    )
    return plane


@cache
def _umap() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # no TensorFlow: ParametricUMAP is not used
        import umap
        import umap.layouts
    # umap-learn compiles these anew in every process, 5 CPU seconds; from numba's disk cache it takes 0.02.
    for function in (
        umap.umap_.smooth_knn_dist,
        umap.umap_.compute_membership_strengths,
        umap.layouts._nb_optimize_layout_euclidean_single_epoch,
    ):
        function.enable_caching()
    return umap
