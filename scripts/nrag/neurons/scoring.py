"""How well a simulation of neurons agrees with their true activations, out of sums over passes.

Activations are those of one sign, divided by its largest, 0 where the neuron has the other sign. A token fires where
that reaches the threshold.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import rankdata

METHODS = ("graph", "token", "sequence")
"""The patterns of N2G, and the two look-up tables (`baselines`)."""

SPLITS = ("text", "top")
"""Where scores are measured: in held-out documents as they come, or in those held-out ones in which the neuron is
strongest (N2G's own test)."""

TOP = 10
"""Held-out documents in which a neuron is strongest, of those that it is tested on (N2G takes as many)."""

QUANTILES = 4
"""Parts of like size into which a neuron's firing tokens are divided by strength."""

DETECTION_TOKENS = 32
"""Tokens of the windows in which firing is detected (delphi, EleutherAI, uses as many)."""


@dataclass
class Sums:
    """What scores need of tokens, summed: arrays of (pairs,), a pair being a neuron and sign."""

    pairs: int
    threshold: float
    bounds: np.ndarray
    """(QUANTILES - 1, pairs): where one quarter of the strengths of firing tokens ends and the next begins."""
    tokens: np.ndarray = field(init=False)
    fires: np.ndarray = field(init=False)
    """(QUANTILES, pairs) float64: firing tokens by strength."""
    hits: np.ndarray = field(init=False)
    """(QUANTILES, pairs): those of them that are predicted to fire."""
    predicted: np.ndarray = field(init=False)
    moments: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens, self.predicted = np.zeros(self.pairs), np.zeros(self.pairs)
        self.fires, self.hits = np.zeros((QUANTILES, self.pairs)), np.zeros((QUANTILES, self.pairs))
        self.moments = {name: np.zeros(self.pairs) for name in ("y", "yy", "p", "pp", "yp", "rr")}

    def add(self, true: np.ndarray, simulated: np.ndarray, counted: np.ndarray) -> None:
        """Add tokens: `true` and `simulated` (tokens, pairs) activations, `counted` (tokens, pairs or 1) bool."""
        weight = np.broadcast_to(counted, true.shape)
        y, p = np.where(weight, true, 0).astype(np.float64), np.where(weight, simulated, 0).astype(np.float64)
        fires, predicted = y >= self.threshold, p >= self.threshold
        self.tokens += weight.sum(axis=0)
        self.predicted += predicted.sum(axis=0)
        quarter = sum((true > bound).astype(np.int8) for bound in self.bounds)
        for number in range(QUANTILES):
            own = fires & (quarter == number)
            self.fires[number] += own.sum(axis=0)
            self.hits[number] += (own & predicted).sum(axis=0)
        squares = {"y": y, "yy": y * y, "p": p, "pp": p * p, "yp": y * p, "rr": (y - p) ** 2}
        for name, values in squares.items():
            self.moments[name] += values.sum(axis=0)

    def firing(self, quantile: int | None = None) -> dict[str, np.ndarray]:
        """Precision, recall and F1 of firing, and the counts behind them; NaN where undefined.

        Of one quantile (0 the weakest), firing tokens of the others are left out of the count, and the false alarms
        are those of all. Precision is undefined where nothing is predicted, recall where nothing fires, F1 where
        neither.
        """
        parts = slice(None) if quantile is None else slice(quantile, quantile + 1)
        fires, hits = self.fires[parts].sum(axis=0), self.hits[parts].sum(axis=0)
        predicted = hits + self.predicted - self.hits.sum(axis=0)
        return {
            "firing": fires,
            "predicted": predicted,
            "hits": hits,
            "precision": _ratio(hits, predicted),
            "recall": _ratio(hits, fires),
            "f1": _ratio(2 * hits, fires + predicted),
        }

    def agreement(self) -> dict[str, np.ndarray]:
        """Pearson's correlation and R² (1 - squared error / variance) of all activations; NaN where undefined."""
        n, of = np.maximum(self.tokens, 1), self.moments
        spread = of["yy"] - of["y"] ** 2 / n
        simulated = of["pp"] - of["p"] ** 2 / n
        together = of["yp"] - of["y"] * of["p"] / n
        # What is left of a constant after rounding is no spread.
        varies, differs = spread > 1e-9 * np.maximum(of["yy"], 1e-30), simulated > 1e-9 * np.maximum(of["pp"], 1e-30)
        with np.errstate(invalid="ignore", divide="ignore"):
            pearson = np.where(varies & differs, together / np.sqrt(spread * simulated), np.nan)
            r2 = np.where(varies, 1 - of["rr"] / spread, np.nan)
        return {"pearson": pearson, "r2": r2}


def window_maxima(values: np.ndarray) -> np.ndarray:
    """(rows, windows, pairs): the largest of each window of `DETECTION_TOKENS` tokens of (rows, tokens, pairs)."""
    return np.maximum.reduceat(values, np.arange(0, values.shape[1], DETECTION_TOKENS), axis=1)


def detection(
    fires: np.ndarray, simulated: np.ndarray, counted: np.ndarray, *, threshold: float
) -> dict[str, np.ndarray]:
    """How well the largest simulated activation of a window tells whether the neuron fires in it.

    `fires` (windows, pairs) bool, `simulated` (windows, pairs), `counted` (windows, pairs or 1) bool. Balanced
    accuracy of firing at the threshold, and the area under the ROC curve (Mann and Whitney 1947; ties count half);
    NaN where all windows fire or none does.
    """
    counted = np.broadcast_to(counted, fires.shape)
    yes, no = (fires & counted).sum(axis=0), (~fires & counted).sum(axis=0)
    said = simulated >= threshold
    right = _ratio((said & fires & counted).sum(axis=0), yes), _ratio((~said & ~fires & counted).sum(axis=0), no)
    # What is not counted ranks below everything, and its ranks are taken off.
    ranks = rankdata(np.where(counted, simulated, -np.inf), axis=0) - (~counted).sum(axis=0)
    total = np.where(fires & counted, ranks, 0).sum(axis=0)
    auc = _ratio(total - yes * (yes + 1) / 2, yes * no)
    return {
        "windows_firing": yes.astype(float),
        "balanced_accuracy": (right[0] + right[1]) / 2,
        "auc": auc,
    }


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / np.maximum(whole, 1e-300), np.nan)
