"""The probe: linear discriminant analysis with a ridge, of any number of tasks on the same hidden states.

It is chosen over logistic regression for its cost: all tasks of a layer, those of the control too, take one
factorisation of (width, width), where logistic regression would iterate for each of them. Its weights are those of
ridge regression on one-hot targets, but for a turn and a scale among the classes that keep a class in the middle from
being masked by those around it.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve

RIDGE = 0.01
"""Added to the variance of every standardised feature within the classes, which is 1 at most."""

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


def told(train: np.ndarray, test: np.ndarray, tasks: Sequence[Labels]) -> list[Labels]:
    """Of each task the classes of the test rows, learned from the training rows and their labels.

    States are (rows, width); features are standardised by the training rows, those that do not vary there left out;
    without any, the most frequent class of the training rows is told. With standardised states x, class shares p and
    class means m (rows of M) the class is the one of the largest m S⁻¹x − m S⁻¹m / 2 + log p, where S is the pooled
    covariance within the classes plus `RIDGE`. S = T − Mᵀ diag(p) M with T, of all classes together, the same for all
    tasks, so that S⁻¹Mᵀ = T⁻¹Mᵀ (1 − diag(p) M T⁻¹Mᵀ)⁻¹ (Woodbury).

    Sources: Fisher (1936), The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 179; the
    ridge: Friedman (1989), Regularized discriminant analysis, JASA 84, 165; its weights as those of a regression:
    Hastie, Buja and Tibshirani (1995), Penalized discriminant analysis, Annals of Statistics 23, 73.
    """
    learned, asked = _standardised(train, test)
    classes, shares, means = zip(*(_classes(learned, labels) for labels in tasks), strict=True)
    total = learned.T @ learned / len(learned)
    total[np.diag_indices_from(total)] += RIDGE
    stacked = np.concatenate(means)
    solved = cho_solve(cho_factor(total), stacked.T) if stacked.size else stacked.T
    ends = np.cumsum([len(each) for each in means])[:-1]
    weights, added = [], []
    for own, mean, share in zip(np.split(solved, ends, axis=1), means, shares, strict=True):
        turned = own @ np.linalg.inv(np.eye(len(mean)) - share[:, None] * (mean @ own))
        weights.append(turned)
        added.append(np.log(share) - np.einsum("cw,wc->c", mean, turned) / 2)
    scores = asked @ np.concatenate(weights, axis=1) + np.concatenate(added)
    return [
        names[np.argmax(own, axis=1)] for names, own in zip(classes, np.split(scores, ends, axis=1), strict=True)
    ]


def _standardised(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features with mean 0 and deviation 1 in the training rows, in float64; no features of constant rows."""
    own = train.astype(np.float64)
    mean, deviation = own.mean(axis=0), own.std(axis=0)
    alive = deviation > 0
    if alive.any():
        alive &= deviation >= DEAD * np.median(deviation[alive])
    if is_constant(own):
        alive[:] = False
    scaled = [(rows[:, alive] - mean[alive]) / deviation[alive] for rows in (own, test)]
    return scaled[0], scaled[1]


def _classes(states: np.ndarray, labels: Labels) -> tuple[Labels, np.ndarray, np.ndarray]:
    """The classes that are there, their shares, and their means, (classes, width)."""
    names, number, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.eye(len(names))[number].T @ states
    return names, counts / len(labels), sums / counts[:, None]
