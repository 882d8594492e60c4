"""Every layer probed for every target in every parting, beside a control task and the most frequent class."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.maze_probes.discriminants import is_constant, told
from nrag.maze_probes.parts import Parts
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
        controls = {target.name: _control(target, [seed, split, number]) for number, target in enumerate(targets)}
        counts = {
            f"{side}_{what}": int(number)
            for side, part in (("train", parts.train), ("test", parts.test))
            for what, number in (("mazes", part.sum()), ("layouts", len(np.unique(names[part]))))
        }
        for together in asked:
            place = together[0].rows
            train, test = (np.flatnonzero(part[tokens.maze[place]]) for part in parts)
            counts |= {"train_tokens": len(train), "test_tokens": len(test)}
            columns = [each for target in together for each in _columns(target, controls[target.name])]
            for layer, state in enumerate(states):
                learned = state[place[train]]
                found = told(learned, state[place[test]], [labels[train] for _, _, labels in columns])
                known = {"layer": layer, "split": split, "constant": is_constant(state[place])} | counts
                scores = {
                    (target, task, of): _scores(labels[train], labels[test], own)
                    for ((target, task), of, labels), own in zip(columns, found, strict=True)
                }
                rows += [
                    {"target": target, "task": task, **true, "control": scores[target, task, "control"]["accuracy"]}
                    | known
                    for (target, task, of), true in scores.items()
                    if of == "true"
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


def _columns(target: Target, control: np.ndarray) -> Iterator[tuple[tuple[str, str], str, np.ndarray]]:
    for number, task in enumerate(target.tasks):
        yield (target.name, task), "true", target.labels[:, number]
        yield (target.name, task), "control", control[:, number]


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
