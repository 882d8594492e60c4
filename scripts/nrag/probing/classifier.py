"""The probe: logistic regression on what was standardised with the training part alone."""

import warnings
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpstrf
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from nrag.probing.splits import Split
from nrag.reduction import moments_of
from nrag.reduction.standardise import DEAD

MAX_ITER = 1000
"""Iterations after which a fit counts as not converged."""


class Parts(NamedTuple):
    """Features of one split, (training documents, features) and (test documents, features)."""

    train: np.ndarray | csr_array
    test: np.ndarray | csr_array


class Predicted(NamedTuple):
    """What the probe says of the test part."""

    labels: np.ndarray
    """(test documents,): numbers of labels, of which there are those of the training part."""
    converged: bool


def predict(parts: Parts, labels: np.ndarray, split: Split) -> Predicted:
    """The labels of the test part, learned from the training part.

    scikit-learn's LogisticRegression with balanced class weights (a label's documents weigh the more the fewer
    they are, so that all labels weigh alike), otherwise with its defaults: L2 penalty, C = 1, multinomial,
    intercept without penalty, solver lbfgs; at most `MAX_ITER` iterations. Without features the intercept alone
    decides: the most frequent label of the training part. `labels` are numbers, (documents,).
    """
    featured = parts.train.shape[1] > 0
    train, test = parts if featured else Parts(*(np.zeros((rows.shape[0], 1)) for rows in parts))
    # With equal weights alone, weak features of few documents give the most frequent label, whatever they tell.
    probe = LogisticRegression(max_iter=MAX_ITER, class_weight="balanced" if featured else None)
    with warnings.catch_warnings():
        # Counted below, and told in the table.
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(train, labels[split.train])
    return Predicted(probe.predict(test), bool((probe.n_iter_ < MAX_ITER).all()))


def standardised(rows: np.ndarray, split: Split) -> Parts:
    """Features with mean 0 and standard deviation 1 in the training part, in which the test part has no say.

    `rows` are (documents, features). Features that hold rounding alone in the training part are left out, since
    standardising would blow it up: all of a constant layer, and dead ones (`nrag.reduction.standardise`).
    """
    moments = moments_of([rows[split.train]])
    deviation = moments.deviation
    varies = (moments.highest > moments.lowest) & (not moments.constant)
    alive = varies & (deviation >= DEAD * np.median(deviation))
    scaled = (rows[:, alive] - moments.mean[alive]) / deviation[alive]
    return Parts(scaled[split.train], scaled[split.test])


class Joined:
    """Features side by side, kept as no more columns than there are training documents.

    The weights of a logistic regression with an L2 penalty are a sum of training rows (the representer
    theorem), so features matter only through the products of rows. Where there are more features than
    training documents, rows are given in a basis of the span of the training rows, which is an exact
    change of coordinates: predictions are the same, and all layers of a wide model take no more memory
    than (documents, training documents) numbers.
    """

    def __init__(self) -> None:
        self.width = 0
        """Features that were added."""
        self._held: list[Parts] = []
        self._products: Parts | None = None

    def add(self, parts: Parts, *, width: int | None = None) -> None:
        """Put more features beside those that are there; `width` of them where `parts` are in another basis."""
        self.width += parts.train.shape[1] if width is None else width
        self._held.append(parts)
        if self._products is not None or self.width > len(parts.train):
            for each in self._held:
                added = Parts(each.train @ each.train.T, each.test @ each.train.T)
                self._products = added if self._products is None else Parts(*map(np.add, self._products, added))
            self._held.clear()

    def parts(self) -> Parts:
        """All features, or what stands for them."""
        if self._products is not None:
            return _in_span(self._products)
        return Parts(*(np.concatenate(side, axis=1) for side in zip(*self._held, strict=True)))


def _in_span(products: Parts) -> Parts:
    """Rows with the given inner products: of training rows with each other, and of test with training rows.

    Pivoted Cholesky, which stops at the rank: standardised training rows sum to zero and are dependent.
    """
    factor, pivots, rank, _ = dpstrf(products.train, lower=True)
    order = pivots - 1
    lower = np.tril(factor)[:, :rank]
    train = np.empty_like(lower)
    train[order] = lower
    test = solve_triangular(lower[:rank], products.test[:, order[:rank]].T, lower=True).T
    return Parts(train, test)
