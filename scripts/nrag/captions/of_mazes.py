"""Captions of what trainings on mazes come to: learning curves, stages side by side, solve rates by length."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag import contracts
from nrag.captions.wording import listed

_KIND = ["split", "generator", "width", "height"]


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption of a figure of mazes says, some of it empty; tables count mazes and seeds themselves."""
    if shown.empty:
        return [f"Nothing is known of the stages of the set {figure['set']}; the figure says why."]
    return {"training": _training, "stages": _stages, "lengths": _lengths}[figure["kind"]](figure["set"], shown)


def _training(name: str, shown: pd.DataFrame) -> list[str]:
    stages, seeds = list(shown["stage"].unique()), shown["seed"].nunique()
    asked = shown["mazes"].astype(int).max()
    quantities = set(shown["quantity"])
    return [
        f"Learning curves of the stages {listed(stages)} on the mazes of the set {name}.",
        "Loss and solve rate: every stage begins where the one before it ends, and stages of one depth share a part of "
        "the axis, from 0 to the steps of the longest; dotted: from the checkpoint that a stage begins with. Losses of "
        "different methods are different quantities.",
        f"Solve rate: share of {asked:,} validation mazes, whose walls no stage learns from, that greedy answers solve."
        if asked
        else "",
        "Reward: mean of sampled answers, under the exact judge (1 for a solved maze, else 0) or a reward model, whose "
        "unit is its own."
        if any(each.startswith("reward") for each in quantities)
        else "",
        "KL divergence: from the checkpoint that the stage began with, as its trainer estimates it."
        if "KL divergence" in quantities
        else "",
        "Pair accuracy: share of held-back preference pairs whose right answer is preferred (dotted: chance)."
        if "pair accuracy" in quantities
        else "",
        "Groups without spread: share of prompts whose sampled answers all had one reward, which teaches nothing."
        if "groups without spread" in quantities
        else "",
        f"Thin lines: {seeds} seeds; thick: their mean." if seeds > 1 else "One seed.",
    ]


def _stages(name: str, shown: pd.DataFrame) -> list[str]:
    greedy = shown[(shown["measure"] == "solve rate") & (shown["decoding"] == contracts.GREEDY)]
    held = shown.loc[shown["control"].notna(), ["stage", "control"]].drop_duplicates()
    controls = list(held["control"].unique())
    several = _several(shown)
    return [
        f"What the stages of training on the mazes of the set {name} solve, as the tree in which they go on from each "
        f"other, with their steps: share of answers that solve their maze, of {_kinds(greedy)}; and moves before an "
        "answer's first blocked one, of all its moves.",
        f"Filled: greedy answers; hollow: sampled ones. Bars: 95 % intervals {_over(shown)}"
        + ("; ticks: the lowest and the highest seed." if several else "."),
        f"Bold: {listed(controls)}, the control of {listed(list(held['stage']))}: SFT from the same checkpoint; "
        "dashed: its greedy rate."
        if controls
        else "No stage has a control: what mere further steps do is not known.",
        "Right: solve rate less that of the control, on the same mazes and seeds; where the bar leaves out 0, a method "
        "did better or worse than further steps of SFT (not corrected for the number of methods)."
        if controls
        else "",
        *_unequal(shown),
    ]


def _lengths(name: str, shown: pd.DataFrame) -> list[str]:
    controls = list(shown["control"].dropna().unique())
    return [
        f"Share of mazes of the set {name} that greedy answers solve, by moves of the shortest way, of the last "
        f"checkpoint of each stage; {_kinds(shown.drop_duplicates(_KIND), counted=False)}.",
        f"Bands: 95 % intervals of the first kind, {_over(shown)}; grey bars: how many mazes have that length. Lengths "
        "of fewer than 5 mazes have no marks.",
        f"Dashed grey: the control, {listed(controls)}, on the same mazes." if controls else "",
    ]


def _kinds(shown: pd.DataFrame, *, counted: bool = True) -> str:
    """The kinds of mazes, with how many there are."""
    said = []
    for row in shown.drop_duplicates(_KIND).itertuples():
        drawn = "" if row.generator == "wilson" else f" by {row.generator}"
        number = f" (n = {int(row.mazes):,})" if counted else ""
        said.append(f"{row.split} mazes of {row.width} × {row.height} cells{drawn}{number}")
    return listed(said)


def _several(shown: pd.DataFrame) -> bool:
    return shown["seeds"].astype(int).max() > 1


def _over(shown: pd.DataFrame) -> str:
    seeds = shown["seeds"].astype(int).max()
    return f"over mazes and {seeds} seeds" if seeds > 1 else "over mazes, of one seed"


def _unequal(shown: pd.DataFrame) -> list[str]:
    """Stages that were trained for other steps than their control."""
    steps = shown.drop_duplicates("stage").set_index("stage")["steps"].astype(int)
    held = shown.loc[shown["control"].notna()].drop_duplicates("stage")
    other = [row.stage for row in held.itertuples() if steps[row.stage] != steps[row.control]]
    return [f"Steps differ from the control's: {listed(other)}."] if other else []
