"""The probe: linear discriminant analysis with a ridge, of any number of tasks on the same hidden states.

It is chosen over logistic regression for its cost: all tasks of a layer, those of the control too, take one
factorisation of (width, width), where logistic regression would iterate for each of them. Its weights are those of
ridge regression on one-hot targets, but for a turn and a scale among the classes that keep a class in the middle from
being masked by those around it.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve

RIDGES = (1.0, 1e-2, 1e-4, 1e-6)
"""What may be added to the variance of every standardised feature within the classes, which is 1 at most. In a decoder
of 64 components that 1,400 mazes are learned from, the least is the best: what walls there are stand in directions of
little variance. Where features are more than mazes, it would learn all by heart."""

CONSTANT = 1e-5
"""States are constant if no feature's range exceeds this share of the root mean square of the mean vector, as in
`nrag.reduction`: a hundred times the rounding of one float32 operation."""

DEAD = 1e-6
"""A feature is dead if its standard deviation is below this share of the median one of those that vary."""

Labels = np.ndarray
"""(rows,) whole numbers."""


def is_constant(states: np.ndarray) -> bool:
    """Whether all rows of (rows, width) are one vector, up to the rounding of a forward pass."""
    spread = np.ptp(states, axis=0).max() if states.size else 0.0
    return bool(spread <= CONSTANT * np.sqrt(np.mean(states.mean(axis=0, dtype=np.float64) ** 2)))


class Learned:
    """Training rows and their labels, for discriminants of any ridge.

    States are (rows, width); features are standardised by the training rows, those that do not vary there left out;
    without any, the most frequent class of the training rows is told. With standardised states x, class shares p and
    class means m (rows of M) the class is the one of the largest m S⁻¹x − m S⁻¹m / 2 + log p, where S is the pooled
    covariance within the classes plus the ridge. S = T − Mᵀ diag(p) M with T, of all classes together and the same for
    all tasks, so that S⁻¹Mᵀ = T⁻¹Mᵀ (1 − diag(p) M T⁻¹Mᵀ)⁻¹ (Woodbury).

    Sources: Fisher (1936), The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 179; the
    ridge: Friedman (1989), Regularized discriminant analysis, JASA 84, 165; its weights as those of a regression:
    Hastie, Buja and Tibshirani (1995), Penalized discriminant analysis, Annals of Statistics 23, 73.
    """

    def __init__(self, train: np.ndarray, tasks: Sequence[Labels]) -> None:
        self._scale = _scale(train)
        states = self._standardised(train)
        self._classes, self._shares, self._means = zip(*(_classes(states, labels) for labels in tasks), strict=True)
        self._ends = np.cumsum([len(each) for each in self._means])[:-1]
        self._total = states.T @ states / len(states)

    def told(self, test: np.ndarray, ridge: float) -> list[Labels]:
        """Of each task the classes of the test rows."""
        total, stacked = self._total.copy(), np.concatenate(self._means)
        total[np.diag_indices_from(total)] += ridge
        solved = cho_solve(cho_factor(total), stacked.T) if stacked.size else stacked.T
        weights, added = [], []
        for own, mean, share in zip(np.split(solved, self._ends, axis=1), self._means, self._shares, strict=True):
            turned = own @ np.linalg.inv(np.eye(len(mean)) - share[:, None] * (mean @ own))
            weights.append(turned)
            added.append(np.log(share) - np.einsum("cw,wc->c", mean, turned) / 2)
        scores = self._standardised(test) @ np.concatenate(weights, axis=1) + np.concatenate(added)
        parts = np.split(scores, self._ends, axis=1)
        return [names[np.argmax(own, axis=1)] for names, own in zip(self._classes, parts, strict=True)]

    def _standardised(self, states: np.ndarray) -> np.ndarray:
        mean, deviation, alive = self._scale
        return (states[:, alive] - mean) / deviation


def _scale(states: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means and deviations of the features that vary, and which those are; none of constant rows."""
    own = states.astype(np.float64)
    mean, deviation = own.mean(axis=0), own.std(axis=0)
    alive = deviation > 0
    if alive.any():
        alive &= deviation >= DEAD * np.median(deviation[alive])
    if is_constant(own):
        alive[:] = False
    return mean[alive], deviation[alive], alive


def _classes(states: np.ndarray, labels: Labels) -> tuple[Labels, np.ndarray, np.ndarray]:
    """The classes that are there, their shares, and their means, (classes, width)."""
    names, number, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.eye(len(names))[number].T @ states
    return names, counts / len(labels), sums / counts[:, None]
