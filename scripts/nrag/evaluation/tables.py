"""The three tables of a set of mazes: its checkpoints, its methods beside their controls, its lengths."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from nrag.evaluation.answers import by_maze, described
from nrag.evaluation.differences import stage_differences
from nrag.evaluation.lineages import Stage, in_order
from nrag.evaluation.rates import length_rates, stage_rates


class Tables(NamedTuple):
    """What a set comes to, with stages in the order of `lineages.in_order`."""

    stages: pd.DataFrame
    """As of `rates.stage_rates`."""
    methods: pd.DataFrame
    """As of `differences.stage_differences`."""
    lengths: pd.DataFrame
    """As of `rates.length_rates`, of last checkpoints."""


def evaluated(
    answers: pd.DataFrame, mazes: pd.DataFrame, *, checkpoints: Sequence[Mapping[str, Any]], stages: Sequence[Stage]
) -> Tables:
    """The tables of the answers of all `checkpoints` of a set; arguments as `answers.described` takes them."""
    ordered = in_order(stages)
    table = described(answers, mazes, checkpoints, [stage.name for stage in ordered])
    of_last = by_maze(table[table["last"]])
    found = Tables(
        stage_rates(by_maze(table), ordered),
        stage_differences(stage_rates(of_last, ordered), of_last, ordered),
        length_rates(of_last),
    )
    # Categories were for the order.
    return Tables(*(each.astype({"stage": str}) for each in found))
