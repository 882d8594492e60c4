"""Training and test parts, the same for everything that is compared."""

import logging
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from nrag.compared import Documents
from nrag.probing.conditions import problem

LOG = logging.getLogger("nrag")

DRAWS = 100
"""Orders of the groups that are tried for a split before it is given up."""


class ProbingError(ValueError):
    """Labels, groups or features that cannot be probed."""


class Split(NamedTuple):
    """One parting of the documents into two: row numbers, rising."""

    train: np.ndarray
    test: np.ndarray


class Parting(NamedTuple):
    """The splits of a comparison, or why there are none."""

    splits: list[Split]
    problems: list[str]


def parting(documents: Documents, *, n_splits: int, test_size: float, seed: int) -> Parting:
    """The splits of `splits_of`; none, and the reason in words, where the labels cannot be split."""
    try:
        return Parting(splits_of(documents, n_splits=n_splits, test_size=test_size, seed=seed), [])
    except ProbingError as error:
        LOG.warning("nothing is probed: %s", error)
        return Parting([], [str(error)])


def splits_of(documents: Documents, *, n_splits: int, test_size: float, seed: int) -> list[Split]:
    """`n_splits` random partings of the documents, of which about the share `test_size` is the test part.

    Labels in their order, groups and seed decide the splits and nothing else, so that all features of all
    models are judged by the same ones.

    Without groups they are scikit-learn's StratifiedShuffleSplit: each label has its share in both parts.
    With groups no group stands on both sides. Groups come in random order, and each goes to the test part
    if that brings the labels nearer to their shares there: if it lessens the sum over the labels of
    ((test documents - wanted) / wanted)², wanted = `test_size` x documents of the label. So groups of
    one document are stratified exactly, large ones as far as they allow. An order that leaves a label out
    of either part is drawn again. Few groups may give a parting twice, which is logged.

    Raises ProbingError for labels that cannot be split so (see `conditions.problem`), and if none of
    `DRAWS` orders has every label on both sides.
    """
    labels, groups = documents.labels, documents.groups
    composition = None if groups is None else _composition(labels, groups, len(documents.names))
    spread = None
    if composition is not None:
        spread = dict(zip(documents.names, np.count_nonzero(composition, axis=0).tolist(), strict=True))
    if found := problem(documents.counts, test_size=test_size, groups=spread):
        raise ProbingError(found)
    if composition is None:
        drawn = StratifiedShuffleSplit(n_splits, test_size=test_size, random_state=seed).split(labels, labels)
        return [Split(np.sort(train), np.sort(test)) for train, test in drawn]
    members = np.unique(groups, return_inverse=True)[1]
    tests = (_test_groups(composition, test_size, np.random.default_rng([seed, turn])) for turn in range(n_splits))
    sides = [test[members] for test in tests]
    if (different := len({side.tobytes() for side in sides})) < n_splits:
        LOG.warning("%d of %d splits are different: groups are few, and errors too small", different, n_splits)
    return [Split(np.flatnonzero(~side), np.flatnonzero(side)) for side in sides]


def _composition(labels: np.ndarray, groups: np.ndarray, kinds: int) -> np.ndarray:
    """(groups, labels): documents of each group under each label."""
    names, members = np.unique(groups, return_inverse=True)
    return np.bincount(members * kinds + labels, minlength=len(names) * kinds).reshape(len(names), kinds)


def _test_groups(composition: np.ndarray, test_size: float, generator: np.random.Generator) -> np.ndarray:
    """(groups,) bool: which groups make up the test part."""
    counts = composition.sum(axis=0)
    shares = composition / (test_size * counts)
    for _ in range(DRAWS):
        chosen = np.zeros(len(composition), dtype=bool)
        reached = np.zeros(len(counts))
        for group in generator.permutation(len(composition)):
            nearer = reached + shares[group]
            if ((nearer - 1) ** 2).sum() < ((reached - 1) ** 2).sum():
                chosen[group], reached = True, nearer
        tested = composition[chosen].sum(axis=0)
        if (tested > 0).all() and (tested < counts).all():
            return chosen
    raise ProbingError(f"none of {DRAWS} ways to part the groups has every label on both sides: they are too large")
