"""PCA and truncated SVD by one explicit solver: exact, streaming, the same at any number of documents.

Solvers that choose themselves by the size of the data move documents to other cells
(`benchmarks/reduction.py`).
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import eigh

from nrag.reduction.registry import Reduced, ReductionError, reducer
from nrag.reduction.standardise import Layer

ROUNDING = 1e-12
"""An axis whose variance is below this share of the largest one shows the rounding of float32 states."""


@reducer("pca", quality="explained_variance")
def pca(layer: Layer, *, components: int, seeds: Sequence[int]) -> dict[int, Reduced]:
    """The documents' scores on the axes of largest variance.

    explained_variance is each axis' share of the layer's total variance. Each axis points where its
    largest loading is positive. Scores on axes that show rounding alone are 0, not noise.

    Raises ReductionError if there are fewer features or not more documents than components.

    Source: Pearson (1901), On lines and planes of closest fit to systems of points in space.
    """
    _require(layer, components, documents=components + 1)
    scatter = _scatter(layer)
    axes = principal_axes(scatter, components)
    coordinates = _scores(layer, axes, layer.moments.mean)
    return {seeds[0]: Reduced(coordinates, _shares(scatter, axes))}


@reducer("svd", quality="explained_variance")
def svd(layer: Layer, *, components: int, seeds: Sequence[int]) -> dict[int, Reduced]:
    """The documents' scores on the right singular vectors of the states as they are, not centred.

    The first axis is then close to the mean vector, which all documents share: in MiniLM it holds up
    to 99.999 % of the sum of squares and almost none of the differences. Use it to compare with
    LLM-MRI, and `pca` to see differences; after `zscore` the two are the same. explained_variance is
    each axis' share of the total variance about the mean, as in scikit-learn's TruncatedSVD.

    Raises ReductionError if there are fewer features or documents than components.
    """
    _require(layer, components, documents=components)
    scatter = _scatter(layer)
    mean = layer.moments.mean
    axes = principal_axes(scatter + layer.moments.documents * np.outer(mean, mean), components)
    coordinates = _scores(layer, axes, np.zeros_like(mean))
    return {seeds[0]: Reduced(coordinates, _shares(scatter, axes))}


def principal_axes(matrix: np.ndarray, components: int) -> np.ndarray:
    """The eigenvectors of the largest eigenvalues of a symmetric matrix, as columns, largest first.

    Each points where its largest loading in absolute value is positive; among loadings within 1e-6
    of the largest, the first feature decides. A column is all zero where the eigenvalue is rounding.

    >>> abs(principal_axes(np.diag([1.0, 4.0]), 2))
    array([[0., 1.],
           [1., 0.]])
    """
    width = len(matrix)
    values, vectors = eigh(matrix, subset_by_index=[width - components, width - 1])
    values, vectors = values[::-1], vectors[:, ::-1]
    sizes = np.abs(vectors)
    decisive = np.argmax(sizes >= sizes.max(axis=0) * (1 - 1e-6), axis=0)
    signs = np.where(vectors[decisive, np.arange(components)] < 0, -1.0, 1.0)
    return np.where(values > ROUNDING * values[0], vectors * signs, 0.0)


def _require(layer: Layer, components: int, *, documents: int) -> None:
    found, features = layer.shape
    if components < 1 or features < components or found < documents:
        raise ReductionError(
            f"{components} components need at least {documents} documents and {components} features; "
            f"this layer has {found} documents and {features} features"
        )


def _scatter(layer: Layer) -> np.ndarray:
    scatter = np.zeros((layer.shape[1],) * 2)
    for block in layer.blocks():
        centred = block - layer.moments.mean
        scatter += centred.T @ centred
    return scatter


def _scores(layer: Layer, axes: np.ndarray, origin: np.ndarray) -> np.ndarray:
    return np.concatenate([((block - origin) @ axes).astype(np.float32) for block in layer.blocks()])


def _shares(scatter: np.ndarray, axes: np.ndarray) -> np.ndarray:
    return np.einsum("ic,ij,jc->c", axes, scatter, axes, optimize=True) / np.trace(scatter)
