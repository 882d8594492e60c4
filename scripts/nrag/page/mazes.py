"""What trainings on mazes come to as the start page shows it: of each set a table of stages, figures, failures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nrag import contracts
from nrag.page.numbers import number

_KIND = ["split", "generator", "width", "height"]

KINDS = {
    "stages": "Stages side by side, and beside their controls",
    "training": "Learning curves",
    "lengths": "Solve rate by length of the shortest way",
    "probes": "What of the maze can be read from each layer",
}
"""What figures of mazes are called, by their kind."""


@dataclass(frozen=True)
class MazeFigure:
    """One drawing of a set of mazes, and its files by the ends of their names."""

    name: str
    kind: str
    """One of `KINDS`."""
    set: str
    files: Mapping[str, str]
    caption: str = ""


def maze_view(
    methods: pd.DataFrame, figures: Sequence[MazeFigure], failures: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each set of maze_methods.tsv, read back as text: a row a stage, with what it solves of test mazes.

    `failures` link the text of each set. A cell is None where there is no such number.
    """
    sets = []
    for name, own in methods[methods["split"] == "test"].groupby("set", sort=False):
        first = own.iloc[0]
        parents = dict(own[["stage", "parent"]].drop_duplicates().itertuples(index=False, name=None))
        sets.append(
            {
                "name": name,
                "mazes": int(first["mazes"]),
                "seeds": int(first["seeds"]),
                "width": first["width"],
                "height": first["height"],
                "rows": [_row(stage, of_stage, parents) for stage, of_stage in own.groupby("stage", sort=False)],
                "figures": [(KINDS[figure.kind], figure) for figure in figures if figure.set == name],
                "failures": failures.get(name),
            }
        )
    return sets


# --------------------------------------------------------------------------------------- private


def _row(stage: str, own: pd.DataFrame, parents: Mapping[str, Any]) -> dict[str, Any]:
    of = {row.decoding: row for row in own.itertuples()}
    greedy, sampled = of[contracts.GREEDY], of.get(contracts.SAMPLED)
    return {
        "stage": stage,
        "depth": _depth(stage, parents),
        "method": greedy.method,
        "parent": "" if pd.isna(greedy.parent) else greedy.parent,
        "control": "" if pd.isna(greedy.control) else greedy.control,
        "steps": int(greedy.steps),
        "control_steps": None if pd.isna(greedy.control_steps) else int(greedy.control_steps),
        "cells": [
            _cell(greedy.solve_rate, greedy.solve_rate_low, greedy.solve_rate_high),
            _cell(sampled.solve_rate, sampled.solve_rate_low, sampled.solve_rate_high) if sampled else None,
            _cell(sampled.pass_at_k) | {"beside": f"k = {sampled.k}"} if sampled else None,
            _cell(greedy.valid_move_rate),
            _cell(greedy.difference, greedy.low, greedy.high, signed=True),
        ],
        "finding": greedy.finding,
    }


def _depth(stage: str, parents: Mapping[str, Any]) -> int:
    depth, parent = 0, parents[stage]
    while parent in parents:
        depth, parent = depth + 1, parents[parent]
    return depth


def _cell(value: Any, low: Any = None, high: Any = None, *, signed: bool = False) -> dict[str, str] | None:
    """A share in per cent, or a difference of shares in percentage points, with the ends of its interval below."""
    if value is None or pd.isna(value):
        return None
    ends = "" if low is None or pd.isna(low) else f"{_percent(low, signed=signed)} to {_percent(high, signed=signed)}"
    return {"text": _percent(value, signed=signed), "value": str(value), "beside": ends}


def _percent(value: Any, *, signed: bool) -> str:
    share = 100 * float(value)
    plus = "+" if signed and not math.isclose(share, 0, abs_tol=0.05) and share > 0 else ""
    return plus + number(share, 1)
