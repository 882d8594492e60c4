"""What became of each neuron between two checkpoints of one network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from nrag import contracts
from nrag.neurons.examples import SIGNS, Mined
from nrag.neurons.region_links import strengths


@dataclass(frozen=True)
class Checkpoint:
    """What is known of the neurons of one model in a corpus."""

    mined: Mapping[int, Mined]
    """By block."""
    index: pd.DataFrame
    """Rows as of contracts.TOKENS."""
    scores: pd.DataFrame
    """Rows as of contracts.SCORES of all blocks."""


def changed_neurons(checkpoints: Mapping[str, Checkpoint], pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Every neuron and sign of the named pairs of checkpoints, rows as of contracts.CHANGED.

    Neuron i of one is held against neuron i of the other: that says something of checkpoints which began with the same
    weights; between networks with nothing in common it says what chance alone gives. Only neurons that both select.
    Raises ValueError for checkpoints that did not read the same number of documents.
    """
    frames = []
    for one, other in pairs:
        for block in sorted(set(checkpoints[one].mined) & set(checkpoints[other].mined)):
            found = _pair(checkpoints[one].mined[block], checkpoints[other].mined[block], block)
            frames.append(found.assign(model_a=one, model_b=other))
    columns = [column.name for column in contracts.CHANGED.columns]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    table = _with_graphs(table, checkpoints)
    return table[columns].sort_values(list(contracts.CHANGED.key), kind="stable", ignore_index=True)


def agreement(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(columns,) float64: Spearman's correlation of each column of two arrays (rows, columns); NaN where one is
    constant.
    """  # fmt: skip
    ranks = [rankdata(each, axis=0) for each in (first, second)]
    centred = [each - each.mean(axis=0) for each in ranks]
    spread = np.sqrt((centred[0] ** 2).sum(axis=0) * (centred[1] ** 2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, (centred[0] * centred[1]).sum(axis=0) / spread, np.nan)


def _pair(first: Mined, second: Mined, block: int) -> pd.DataFrame:
    """A row of each sign of each neuron that both have selected: how alike the documents are that it fires in."""
    if len(first.highest) != len(second.highest):
        raise ValueError(f"{len(first.highest)} and {len(second.highest)} documents cannot be held against each other")
    neurons, *places = np.intersect1d(first.selected, second.selected, assume_unique=True, return_indices=True)
    found = [
        strengths(each.highest[:, place], each.lowest[:, place])
        for each, place in zip((first, second), places, strict=True)
    ]
    # As `strengths` has its columns: all + before all -.
    frame = pd.DataFrame({"neuron": np.tile(neurons, 2), "sign": np.repeat(SIGNS, len(neurons))})
    return frame.assign(
        block=block,
        correlation=agreement(*found),
        peak_a=first.peaks[neurons].T.ravel().astype(float),
        peak_b=second.peaks[neurons].T.ravel().astype(float),
    )


def _with_graphs(table: pd.DataFrame, checkpoints: Mapping[str, Checkpoint]) -> pd.DataFrame:
    """The rows with what the graphs of both say; NaN where a sign has none."""
    keys = ["block", "neuron", "sign"]
    scored = ["patterns", "f1", "density"]
    for which in "ab":
        parts = [
            each.scores[_told(each.scores)][[*keys, *scored]].assign(model=model) for model, each in checkpoints.items()
        ]
        of_graphs = pd.concat(parts) if parts else pd.DataFrame(columns=["model", *keys, *scored])
        of_graphs = of_graphs.rename(columns={"model": f"model_{which}"} | {name: f"{name}_{which}" for name in scored})
        table = table.merge(of_graphs, on=[f"model_{which}", *keys], how="left")
        table[f"patterns_{which}"] = table[f"patterns_{which}"].fillna(0).astype("int32")
    sets = {model: _tokens(each.index) for model, each in checkpoints.items()}
    both = (table["patterns_a"] > 0) & (table["patterns_b"] > 0)
    for role in ("activating", "context"):
        table[f"overlap_{role}"] = [
            _overlap(*(sets[model].get((*neuron, role), frozenset()) for model in models)) if traced else np.nan
            for models, neuron, traced in zip(
                table[["model_a", "model_b"]].itertuples(index=False, name=None),
                table[keys].itertuples(index=False, name=None),
                both,
                strict=True,
            )
        ]
    return table


def _told(scores: pd.DataFrame) -> pd.Series:
    return (scores["method"] == "graph") & (scores["split"] == "text") & (scores["quantile"] == 0)


def _tokens(index: pd.DataFrame) -> dict[tuple, frozenset]:
    return index.groupby(["block", "neuron", "sign", "role"])["text"].agg(frozenset).to_dict()


def _overlap(one: frozenset, other: frozenset) -> float:
    larger = max(len(one), len(other))
    return len(one & other) / larger if larger else 1.0
