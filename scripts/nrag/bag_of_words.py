"""Texts as bags of words: counts, TF-IDF, and vectors of a few hundred components that keep what they are like.

What the words alone tell of labels, without their order and without a model: a control.
"""

from array import array
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, eigsh
from sklearn.feature_extraction.text import TfidfTransformer

from nrag import contracts
from nrag.words import words_of

_DENSE = 2000
"""Documents or words, whichever are fewer, up to which their products are decomposed as one dense matrix."""

_ROUNDING = 1e-12
"""Of the largest eigenvalue: a component below it is rounding."""

_NOTHING = 1e-6
"""Length of a vector, of 1, below which what is left of it is rounding."""


class Vectors(NamedTuple):
    """Documents by their words."""

    values: np.ndarray
    """(documents, components) float32, of length 1 at most."""
    kept: float
    """Share of the TF-IDF vectors' squared lengths that the components keep; NaN where no text has a word."""
    words: int
    """Different words."""
    lost: int
    """Documents of which the components keep nothing, such as those without a word."""


def word_counts(texts: Iterable[str]) -> csr_array:
    """(documents, words) how often each word occurs in each text; words in the order of their first place.

    >>> word_counts(["A cat, a dog!", "Dog 9"]).toarray()
    array([[2., 1., 1.],
           [0., 0., 1.]])
    """
    vocabulary: dict[str, int] = {}
    # Numbers as they are, not as Python's objects: there are as many as the corpus has words.
    places, ends = array("i"), array("q", [0])
    for text in texts:
        places.extend(vocabulary.setdefault(word, len(vocabulary)) for word in words_of(text))
        ends.append(len(places))
    columns, bounds = np.array(places, dtype=np.int32), np.array(ends, dtype=np.int64)
    counts = csr_array((np.ones(len(columns)), columns, bounds), shape=(len(bounds) - 1, len(vocabulary)))
    counts.sum_duplicates()
    return counts


def distinct_bags(counts: csr_array) -> int:
    """How many documents differ in which words they have how often.

    >>> distinct_bags(word_counts(["a cat", "Cat, a!", "a a cat"]))
    2
    """
    ends = zip(counts.indptr, counts.indptr[1:], strict=False)
    return len({(counts.indices[at:end].tobytes(), counts.data[at:end].tobytes()) for at, end in ends})


def vectors_of(counts: csr_array, *, seed: int = 0, width: int = contracts.WORDS_WIDTH) -> Vectors:
    """TF-IDF of word counts as vectors of `width` components at most, 2 at least.

    TF-IDF is that of the probes: smoothed, each document of length 1, fitted on all documents. It is reduced by a
    truncated singular value decomposition that is not centred, exact to rounding: inner products of documents are
    kept as well as so many components can, and entirely where words and documents have no more of them. Each
    component points where its largest score is positive. `seed` draws where the iteration starts, which decides
    nothing but the rounding.

    Documents of which nothing is left, without a word or with none that the components know, share a component of
    their own: they are one point, and their cosine is defined.

    Source: Deerwester, Dumais, Furnas, Landauer and Harshman (1990), Indexing by latent semantic analysis.
    """
    documents, words = counts.shape
    scores = np.zeros((documents, 0))
    if counts.nnz:
        scores = _scores(csr_array(TfidfTransformer().fit_transform(counts)), min(width, documents, words), seed)
    squared = np.einsum("ij,ij->i", scores, scores)
    lost = squared < _NOTHING**2
    with_words = np.count_nonzero(np.diff(counts.indptr))
    values = scores.astype(np.float32)
    values[lost] = 0
    if lost.any():
        values = np.column_stack([values, lost])
    if values.shape[1] < 2:
        values = np.column_stack([values, np.zeros((documents, 2 - values.shape[1]))])
    kept = float(squared.sum() / with_words) if with_words else float("nan")
    return Vectors(values.astype(np.float32, copy=False), kept, words, int(lost.sum()))


def _scores(weights: csr_array, components: int, seed: int) -> np.ndarray:
    """(documents, components) of the largest singular values of a sparse matrix; none that are rounding."""
    documents, words = weights.shape
    across = documents > words
    fewer = min(documents, words)
    if fewer <= max(_DENSE, components):
        products = (weights.T @ weights if across else weights @ weights.T).toarray()
        values, axes = eigh(products, subset_by_index=[fewer - components, fewer - 1])
    else:
        values, axes = _largest(weights.T if across else weights, components, seed)
    values, axes = values[::-1], axes[:, ::-1]
    real = values > _ROUNDING * values[0]
    values, axes = values[real], axes[:, real]
    scores = weights @ axes if across else axes * np.sqrt(values)
    # In place, and without looking for the largest in absolute value: there may be a hundred million scores.
    scores *= np.where(scores.max(axis=0) < -scores.min(axis=0), -1.0, 1.0)
    return scores


def _largest(rows: csr_array, components: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalues, rising, and eigenvectors of rows @ rows.T, which is never made."""
    rows = rows.tocsr()
    columns = rows.T.tocsr()
    products = LinearOperator((rows.shape[0],) * 2, matvec=lambda vector: rows @ (columns @ vector), dtype=np.float64)
    generator = np.random.default_rng(seed)
    # Lanczos to machine precision; the start is drawn, for ARPACK's own is another in every call.
    values, axes = eigsh(products, k=components, v0=generator.standard_normal(rows.shape[0]), rng=generator)
    order = np.argsort(values, kind="stable")
    return values[order], axes[:, order]
