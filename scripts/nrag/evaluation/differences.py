"""Every method held against its control: the same mazes, the same seeds, further steps of SFT in its place."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.evaluation.answers import KIND
from nrag.evaluation.intervals import difference_interval, rate_interval
from nrag.evaluation.lineages import Stage, controls
from nrag.evaluation.rates import RATES, by_seed

BETTER, WORSE, ALIKE = "better than control", "worse than control", "no difference seen"
ALONE = "no control"

_PLACE = ["stage", *KIND, "decoding"]


def stage_differences(rates: pd.DataFrame, solved: pd.DataFrame, stages: Sequence[Stage]) -> pd.DataFrame:
    """A row for each stage, kind of mazes and decoding: its last checkpoints over all seeds, and beside its control.

    `rates` are rows of `rates.stage_rates`, `solved` of `answers.by_maze`, both of last checkpoints alone. Of each rate
    the mean over seeds, and the lowest and highest of them; of the solve rate also the interval over seeds and mazes
    (`rate_interval`). `difference` is the solve rate less that of the control (`lineages.controls`), mean over seeds of
    differences on the same mazes, with the lowest and highest seed; low and high are `difference_interval`, over
    `interval_over`: mazes, and seeds where there are several. Of greedy answers, `stage_alone` and `control_alone`
    count mazes, over all seeds, that one of the two solves and the other does not. `finding` says whether the interval
    leaves out 0, and is not corrected for the number of rows. All of it is NaN without a control.

    Raises ValueError where a stage and its control do not have the same seeds or were not asked the same mazes.
    """
    of_stage = {stage.name: stage for stage in stages}
    control_of = controls(stages)
    shares = {place: by_seed(own) for place, own in solved.groupby(_PLACE, sort=False, observed=True)}
    asked = {place: _asked(own) for place, own in solved.groupby(_PLACE, sort=False, observed=True)}
    rows = []
    for place, own in rates.groupby(_PLACE, sort=False, observed=True):
        name, *kind = place
        stage = of_stage[name]
        control = of_stage.get(control_of[name])
        values, answers = shares[place]
        low, high = rate_interval(values, answers=answers)
        beside = shares.get((control.name, *kind)) if control else None
        if beside and asked[place] != asked[control.name, *kind]:
            raise ValueError(f"{name} and its control {control.name} differ in their seeds or mazes, {kind}")
        rows.append(
            dict(zip(_PLACE, place, strict=True))
            | {"method": stage.method, "parent": stage.parent, "control": control.name if control else None}
            | {
                "seeds": len(values),
                "mazes": values.shape[1],
                "k": answers,
                "steps": stage.steps,
                "examples": _examples(stage),
            }
            | {"control_steps": control and control.steps, "control_examples": control and _examples(control)}
            | _over_seeds(own)
            | {"solve_rate_low": low, "solve_rate_high": high}
            | _difference(values, None if beside is None else beside[0], greedy=place[-1] == contracts.GREEDY)
        )
    table = pd.DataFrame(rows, columns=_columns())
    counts = ["control_steps", "control_examples", "stage_alone", "control_alone"]
    return table.astype(dict.fromkeys(counts, "Int64"))


# --------------------------------------------------------------------------------------- private


def _columns() -> list[str]:
    over_seeds = [f"{name}{end}" for name in RATES for end in ("", "_lowest", "_highest")]
    over_seeds[1:1] = ["solve_rate_low", "solve_rate_high"]
    named = [
        "method",
        "parent",
        "control",
        "seeds",
        "mazes",
        "k",
        "steps",
        "control_steps",
        "examples",
        "control_examples",
    ]
    return [*_PLACE, *named, *over_seeds, *_difference(np.empty((0, 0)), None, greedy=True)]


def _asked(solved: pd.DataFrame) -> tuple[list[int], list[str]]:
    """Seeds and mazes, in the order of `rates.by_seed`."""
    return sorted(solved["seed"].unique()), sorted(solved["id"].unique())


def _examples(stage: Stage) -> int:
    return stage.batch * stage.steps


def _over_seeds(rates: pd.DataFrame) -> dict[str, float]:
    ends = (("", "mean"), ("_lowest", "min"), ("_highest", "max"))
    return {f"{name}{end}": getattr(rates[name], how)() for name in RATES for end, how in ends}


def _difference(values: np.ndarray, beside: np.ndarray | None, *, greedy: bool) -> dict[str, object]:
    if beside is None:
        numbers = dict.fromkeys(("difference", "difference_lowest", "difference_highest", "low", "high"), np.nan)
        counts = {"interval_over": None, "stage_alone": None, "control_alone": None}
        return {"control_solve_rate": np.nan} | numbers | counts | {"finding": ALONE}
    differences = values - beside
    by_seeds = differences.mean(axis=1)
    low, high = difference_interval(differences)
    return {
        "control_solve_rate": beside.mean(),
        "difference": by_seeds.mean(),
        "difference_lowest": by_seeds.min(),
        "difference_highest": by_seeds.max(),
        "low": low,
        "high": high,
        "interval_over": "mazes and seeds" if len(values) > 1 else "mazes",
        "stage_alone": int((differences > 0).sum()) if greedy else None,
        "control_alone": int((differences < 0).sum()) if greedy else None,
        "finding": BETTER if low > 0 else WORSE if high < 0 else ALIKE,
    }
