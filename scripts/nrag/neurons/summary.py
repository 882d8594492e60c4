"""Scores of neurons to scores of blocks: means with intervals, in the form of the paper's table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

MEASURES = ("precision", "recall", "f1", "pearson", "r2", "detection_balanced_accuracy", "detection_auc")
DRAWS = 1000
DEAD = "dead"
"""How the reason of a neuron's failure begins that never fires."""


def block_summary(scores: pd.DataFrame, failures: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Of every block, method and split: neurons, and of each measure its mean with the ends of a 95 % interval.

    `neurons` are those with a graph of either sign, `failed` those without, `dead` the part of these that is dead;
    `dense` and `single_token` are pairs of that kind (contracts.SCORES).

    A pair, a neuron's sign, counts that fires in the held-out tokens; of the others nothing can be said, they are the
    difference of `pairs` and `firing`. A mean is over the pairs for which the measure is defined, `..._defined` of
    them. Intervals are percentiles of 1,000 bootstrap samples of neurons (Efron 1979): both signs of one together,
    the same samples for every method, so that methods may be compared.
    """
    whole = scores[scores["quantile"] == 0]
    rows = []
    for (block, split), own in whole.groupby(["block", "split"], sort=True):
        neurons = np.sort(own["neuron"].unique())
        draws = np.random.default_rng([seed, 17, int(block)]).multinomial(
            len(neurons), np.full(len(neurons), 1 / len(neurons)), size=DRAWS
        )
        for method, each in own.groupby("method", sort=False):
            firing = each[each["firing"] > 0]
            row = {"block": block, "method": method, "split": split, **_counts(own, failures[failures["block"] == block])}
            row |= {"pairs": len(each), "firing": len(firing)}
            weight = draws[:, np.searchsorted(neurons, firing["neuron"])]
            rows.append(row | _means(firing, weight))
    names = ["block", "method", "split", "neurons", "failed", "dead", "dense", "single_token", "pairs", "firing"]
    columns = [*names, *(column for name in MEASURES for column in _columns(name))]
    return pd.DataFrame(rows, columns=columns)


def _counts(scores: pd.DataFrame, failures: pd.DataFrame) -> dict[str, int]:
    traced = set(scores["neuron"])
    kinds = scores.drop_duplicates(["neuron", "sign"])["kind"].str
    return {
        "neurons": len(traced),
        "failed": len(set(failures["neuron"]) - traced),
        "dead": int(failures["reason"].str.startswith(DEAD).sum()),
        "dense": int(kinds.contains("dense").sum()),
        "single_token": int(kinds.contains("single-token").sum()),
    }


def _means(firing: pd.DataFrame, weight: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in MEASURES:
        values = firing[name].to_numpy(dtype=float)
        defined = ~np.isnan(values)
        mean, low, high = np.nan, np.nan, np.nan
        if defined.any():
            drawn = weight[:, defined]
            total = drawn.sum(axis=1)
            with np.errstate(invalid="ignore"):
                means = np.where(total > 0, drawn @ values[defined] / np.maximum(total, 1), np.nan)
            mean = values[defined].mean()
            # One neuron has no spread that a bootstrap could show.
            if defined.sum() > 1:
                low, high = np.nanpercentile(means, [2.5, 97.5])
        found |= dict(zip(_columns(name), (mean, low, high, int(defined.sum())), strict=True))
    return found


def _columns(name: str) -> Sequence[str]:
    return name, f"{name}_low", f"{name}_high", f"{name}_defined"
