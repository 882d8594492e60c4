"""Captions of what is read of mazes from each layer."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions.wording import listed


def sentences(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> list[str]:
    """What a caption says, some of it empty; the table counts mazes and seeds itself."""
    trained = shown[shown["place"].astype(int) >= 0]
    if trained["accuracy"].isna().all():
        return [f"Nothing of the mazes of the set {figure['set']} could be probed."]
    first, number = trained.iloc[0], trained["seeds"].astype(int).max()
    stages = listed(list(dict.fromkeys(trained["stage"])))
    return [
        f"What a linear probe tells of the mazes of the set {figure['set']} from hidden states by layer, while "
        f"the last checkpoints of {stages} read a test maze and its shortest way.",
        "Walls: at the end of the prompt, whether a wall or a passage is between two cells, mean over all such pairs. "
        "Position: the cell that the way has reached, there and after every move; legal moves: which of U, D, L and R "
        "are open from it, mean over the four; next move: the way's next one.",
        f"Accuracy on {float(first['test_mazes']):,.0f} mazes whose walls the probe has not learned from "
        f"({float(first['test_layouts']):,.0f} layouts), mean over {int(first['splits']):,} partings"
        + (f" and {number} seeds; bands: the lowest and the highest seed." if number > 1 else ", of one seed."),
        "Dashed: the network before all training." if len(trained) < len(shown) else "",
        "Thin: a control task, classes at random that are a function of start and end (walls) or of the moves so far, "
        "which a probe can only learn by heart. Dotted: the most frequent class of the training part.",
        "Hollow: all tokens have one vector in that layer, and tell nothing."
        if trained["constant"].astype(str).str.lower().eq("true").any()
        else "",
    ]
