"""Scores of neurons to scores of blocks: means with intervals, in the form of the paper's table."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from nrag.neurons.scoring import METHODS, SPLITS

MEASURES = ("precision", "recall", "f1", "pearson", "r2", "detection_balanced_accuracy", "detection_auc")
DRAWS = 1000
DEAD = "dead"
"""How the reason of a neuron's failure begins that never fires."""


def block_summary(scores: pd.DataFrame, failures: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Of every block, sign, method and split: neurons, and of each measure its mean with the ends of a 95 % interval.

    `scores` and `failures` are rows as of contracts.SCORES and FAILURES. `sign` is 1, -1, or 0 for both together.
    `neurons` are those with a graph of either sign, `failed` those without, `dead` the part of these that never fires;
    `dense` and `single_token` are pairs, a neuron's sign each, of that kind.

    A pair counts that fires in the held-out tokens; of the others nothing can be said, they are the difference of
    `pairs` and `firing`. A mean is over the pairs for which the measure is defined, `..._defined` of them. Intervals
    are percentiles of 1,000 bootstrap samples of neurons (Efron 1979): both signs of one together, the same samples for
    every method, so that methods may be compared.
    """
    whole = scores[scores["quantile"] == 0]
    rows = []
    for block in sorted({*whole["block"], *failures["block"]}):
        of_block = whole[whole["block"] == block]
        counts = _counts(of_block, failures[failures["block"] == block])
        neurons = np.sort(of_block["neuron"].unique())
        draws = _draws(len(neurons), seed=seed, block=int(block))
        for sign in [0, *sorted(set(of_block["sign"]), reverse=True)]:
            of_sign = of_block if sign == 0 else of_block[of_block["sign"] == sign]
            for method, split in itertools.product(METHODS, SPLITS):
                own = of_sign[(of_sign["method"] == method) & (of_sign["split"] == split)]
                firing = own[own["firing"] > 0]
                weight = draws[:, np.searchsorted(neurons, firing["neuron"])]
                place = {"block": block, "sign": sign, "method": method, "split": split}
                numbers = _kinds(own) | {"pairs": len(own), "firing": len(firing)}
                rows.append(place | counts | numbers | _means(firing, weight))
    return pd.DataFrame(rows, columns=None if rows else ["block", "sign", "method", "split"])


def _draws(neurons: int, *, seed: int, block: int) -> np.ndarray:
    """(DRAWS, neurons): how often each neuron is in each bootstrap sample."""
    if not neurons:
        return np.zeros((DRAWS, 0), dtype=np.int64)
    shares = np.full(neurons, 1 / neurons)
    return np.random.default_rng([seed, 17, block]).multinomial(neurons, shares, size=DRAWS)


def _counts(scores: pd.DataFrame, failures: pd.DataFrame) -> dict[str, int]:
    traced = set(scores["neuron"])
    return {
        "neurons": len(traced),
        "failed": len(set(failures["neuron"]) - traced),
        "dead": int(failures["reason"].str.startswith(DEAD).sum()),
    }


def _kinds(scores: pd.DataFrame) -> dict[str, int]:
    kinds = scores["kind"].astype("str").str
    return {"dense": int(kinds.contains("dense").sum()), "single_token": int(kinds.contains("single-token").sum())}


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
            # One neuron, of both signs too, has no spread that a bootstrap could show.
            if firing["neuron"][defined].nunique() > 1:
                low, high = np.nanpercentile(means, [2.5, 97.5])
        found |= dict(zip(_columns(name), (mean, low, high, int(defined.sum())), strict=True))
    return found


def _columns(name: str) -> Sequence[str]:
    return name, f"{name}_low", f"{name}_high", f"{name}_defined"
