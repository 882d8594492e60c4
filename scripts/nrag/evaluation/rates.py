"""Rates of every checkpoint: how many mazes it solves, how far its answers are right, by kind of mazes and decoding."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.evaluation.answers import KIND, PLACE
from nrag.evaluation.intervals import rate_interval
from nrag.evaluation.lineages import Stage
from nrag.mazes.rates import wilson_interval

RATES = ("solve_rate", "optimal_rate", "exact_rate", "valid_move_rate", "first_move_right", "pass_at_k")
"""What is told of every checkpoint as a share from 0 to 1."""

_SETTINGS = ("generations", "learning_rate", "beta", "sft_weight", "reward")
"""What is told of a stage beside its method, parent and steps."""


def stage_rates(solved: pd.DataFrame, stages: Sequence[Stage]) -> pd.DataFrame:
    """A row for each checkpoint, kind of mazes and decoding of `answers.by_maze`, with what the stage is.

    Rates are means over mazes, each maze the mean of its answers: solve_rate with its interval (`rate_interval`, of
    this seed alone), optimal_rate, exact_rate, first_move_right, ended_rate. valid_move_rate is all moves before the
    first blocked one over all moves; mean_moves is moves of an answer. Of sampled answers pass_at_k is the share of
    mazes that at least one of all k = answers to it solves, with Wilson's interval; pass@1 is solve_rate. What is
    undefined is NaN. `examples` are texts, pairs or prompts that the stage has learned from up to the checkpoint.
    """
    rows = []
    for place, own in solved.groupby(PLACE, sort=False, observed=True):
        rows.append(dict(zip(PLACE, place, strict=True)) | _rates(own, sampled=place[-1] == contracts.SAMPLED))
    columns = [*PLACE, *_rates(solved.iloc[:0], sampled=False)]
    table = pd.DataFrame(rows, columns=columns)
    of_stage = {stage.name: stage for stage in stages}
    own = [of_stage[name] for name in table["stage"]]
    described = table.assign(
        method=[stage.method for stage in own],
        parent=[stage.parent for stage in own],
        steps=[stage.steps for stage in own],
        examples=[stage.batch * step for stage, step in zip(own, table["step"], strict=True)],
        **{name: [getattr(stage, name) for stage in own] for name in _SETTINGS},
    )
    # Where no stage has one, a column is of nothing but None.
    return described.astype({"generations": "Int32", "beta": float, "sft_weight": float})


def length_rates(solved: pd.DataFrame) -> pd.DataFrame:
    """Solve rates of `answers.by_maze` by moves of the shortest way: a row for each place and length, n mazes each.

    Over all seeds together too, seed NaN, where there are several: the interval is then over seeds and mazes. Stages
    have the order of their category, test mazes come before shifted ones.
    """
    by = ["stage", *KIND, "decoding", "length"]
    rows = []
    for place, own in solved.groupby(by, sort=True, observed=True):
        shares, answers = by_seed(own)
        parts = [(seed, shares[[number]]) for number, seed in enumerate(sorted(own["seed"].unique()))]
        for seed, part in [*parts, *([(None, shares)] if len(shares) > 1 else [])]:
            low, high = rate_interval(part, answers=answers)
            row = dict(zip(by, place, strict=True)) | {"seed": seed, "mazes": part.shape[1]}
            rows.append(row | {"solve_rate": part.mean(), "low": low, "high": high})
    columns = ["stage", "seed", *by[1:], "mazes", "solve_rate", "low", "high"]
    table = pd.DataFrame(rows, columns=columns).astype({"seed": "Int64", "stage": solved["stage"].dtype})
    shifted = table.assign(shifted=table["split"] != "test")
    order = shifted.sort_values(["stage", "seed", "shifted", *KIND, "decoding", "length"], kind="stable")
    return table.loc[order.index].reset_index(drop=True)


def by_seed(solved: pd.DataFrame) -> tuple[np.ndarray, int]:
    """Shares of solved answers laid out as (seeds, mazes), of mazes that every seed was asked, and answers to one.

    `solved` are rows of one stage of `answers.by_maze`, at least one. Raises ValueError where a seed was not asked the
    same mazes as often as the others.
    """
    ordered = solved.sort_values(["seed", "id"], kind="stable")
    seeds = ordered["seed"].nunique()
    answers, ids = ordered["answers"].unique(), ordered["id"].to_numpy()
    if len(ids) % seeds or (ids.reshape(seeds, -1) != ids[: len(ids) // seeds]).any() or len(answers) > 1:
        raise ValueError(f"not every maze was answered as often by each of {seeds} seeds: {answers} answers to a maze")
    return ordered["solved"].to_numpy(dtype=float).reshape(seeds, -1), int(answers[0])


# --------------------------------------------------------------------------------------- private


def _rates(own: pd.DataFrame, *, sampled: bool) -> dict[str, float]:
    mazes, k = len(own), int(own["answers"].max()) if len(own) else 0
    low, high = rate_interval(own["solved"].to_numpy(dtype=float)[None], answers=k)
    passed = int(own["any_solved"].sum())
    pass_low, pass_high = wilson_interval(passed, mazes) if sampled else (np.nan, np.nan)
    moves, answers = int(own["moves"].sum()), int(own["answers"].sum())
    return {
        "mazes": mazes,
        "answers": answers,
        "solve_rate": own["solved"].mean(),
        "low": low,
        "high": high,
        "optimal_rate": own["optimal"].mean(),
        "exact_rate": own["exact"].mean(),
        "valid_move_rate": own["valid_moves"].sum() / moves if moves else np.nan,
        "first_move_right": own["first_move_right"].mean(),
        "ended_rate": own["ended"].mean(),
        "mean_moves": moves / answers if answers else np.nan,
        "k": k,
        "pass_at_k": passed / mazes if sampled and mazes else np.nan,
        "pass_at_k_low": pass_low,
        "pass_at_k_high": pass_high,
    }
