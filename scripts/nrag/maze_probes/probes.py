"""Every layer probed for every target in every parting, beside a control task and the most frequent class."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.maze_probes.discriminants import RIDGES, Learned, is_constant
from nrag.maze_probes.parts import Parts, held_back
from nrag.maze_probes.targets import Target, Tokens

_COLUMNS = [column.name for column in contracts.STAGE_PROBES.columns if column.name != "model"]


def probed(
    states: np.ndarray,
    tokens: Tokens,
    targets: Sequence[Target],
    partings: Sequence[Parts],
    *,
    layouts: Sequence[str],
    seed: int,
) -> pd.DataFrame:
    """Rows of contracts.STAGE_PROBES of one network, but for its name.

    `states` are (layers, tokens, width), `layouts` those of the mazes. In every parting the mazes of some layouts are
    learned from and those of the others judge. The control gives every key of a target the classes of a row that is
    drawn by `seed`, the parting and the target, so that its classes are about as frequent as the true ones, tell
    nothing of the maze, and are the same in both parts: what a probe knows of them, it has learned by heart (Hewitt
    and Liang 2019, Designing and interpreting probes with control tasks, section 2). chance is the accuracy of the
    training part's most frequent class. Numbers are NaN of a task with one class in the training part, which is not
    to be learned, and where no maze judges.
    """
    names = np.unique(np.array(layouts), return_inverse=True)[1]
    asked = list(_asked_together(targets))
    rows = []
    for split, parts in enumerate(partings):
        kept = held_back(names, parts.train, seed=[seed, split])
        counts = {
            f"{side}_{what}": int(number)
            for side, part in zip(Parts._fields, parts, strict=True)
            for what, number in (("mazes", part.sum()), ("layouts", len(np.unique(names[part]))))
        }
        for together in asked:
            place = together[0].rows
            train, test = (np.flatnonzero(part[tokens.maze[place]]) for part in parts)
            counts |= {"train_tokens": len(train), "test_tokens": len(test)}
            columns = [
                (target, of, labels)
                for target in together
                for of, labels in (("true", target.labels), ("control", _control(target, [seed, split])))
            ]
            for layer, state in enumerate(states):
                own = state[place]
                known = {"layer": layer, "split": split, "constant": is_constant(own)} | counts
                found = _told(own, train, test, kept[tokens.maze[place[train]]], [labels for _, _, labels in columns])
                scores = {
                    (target.name, of): [
                        _scores(*each) for each in zip(labels[train].T, labels[test].T, told.T, strict=True)
                    ]
                    for (target, of, labels), told in zip(columns, found, strict=True)
                }
                rows += [
                    {"target": target.name, "task": task, **true, "control": control["accuracy"]} | known
                    for target in together
                    for task, true, control in zip(
                        target.tasks, scores[target.name, "true"], scores[target.name, "control"], strict=True
                    )
                ]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.sort_values(list(contracts.STAGE_PROBES.key[1:]), ignore_index=True)


# --------------------------------------------------------------------------------------- private


def _asked_together(targets: Sequence[Target]) -> Iterator[list[Target]]:
    """Targets that are asked of the same tokens, which are then learned from once."""
    found: dict[bytes, list[Target]] = {}
    for target in targets:
        found.setdefault(target.rows.tobytes(), []).append(target)
    yield from found.values()


def _control(target: Target, seed: Sequence[int]) -> np.ndarray:
    """(rows, tasks) labels that follow from the keys alone."""
    drawn = np.random.default_rng(seed).integers(len(target.rows), size=target.keys.max() + 1)
    return target.labels[drawn][target.keys]


def _told(
    states: np.ndarray, train: np.ndarray, test: np.ndarray, kept: np.ndarray, labels: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Of each of several (rows, tasks) labels what is told of the test rows, (test rows, tasks).

    The ridge of each is the one, the largest of equal ones, that tells most of the training rows that are `kept` back
    from the others; the test rows have no say.
    """
    ends = np.cumsum([each.shape[1] for each in labels])[:-1]
    tasks = np.concatenate(labels, axis=1)
    chosen = [RIDGES[1]] * len(labels)
    if 0 < kept.sum() < len(kept):
        learned = Learned(states[train[~kept]], tasks[train[~kept]].T)
        true = tasks[train[kept]]
        right = [
            [
                each.mean()
                for each in np.split(true == np.array(learned.told(states[train[kept]], ridge)).T, ends, axis=1)
            ]
            for ridge in RIDGES
        ]
        chosen = [RIDGES[best] for best in np.argmax(right, axis=0)]
    learned = Learned(states[train], tasks[train].T)
    found = {ridge: np.split(np.array(learned.told(states[test], ridge)).T, ends, axis=1) for ridge in set(chosen)}
    return [found[ridge][number] for number, ridge in enumerate(chosen)]


def _scores(train: np.ndarray, true: np.ndarray, own: np.ndarray) -> Mapping[str, Any]:
    """Scores on the test part of what is told of it, and of the training part's most frequent class."""
    names, counts = np.unique(train, return_counts=True)
    if len(names) < 2 or not len(true):
        return dict.fromkeys(("accuracy", "balanced_accuracy", "chance"), np.nan)
    right = own == true
    return {
        "accuracy": right.mean(),
        # Of a class that the test part lacks there is no recall.
        "balanced_accuracy": np.mean([right[true == name].mean() for name in np.unique(true)]),
        "chance": (true == names[np.argmax(counts)]).mean(),
    }
