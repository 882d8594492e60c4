"""Graphs and look-up tables of a block held against true activations in documents that they were not made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csc_array

from nrag.neurons.patterns import Pattern, Text
from nrag.neurons.reading import PASS_TOKENS, Reader, batches_of
from nrag.neurons.scoring import METHODS, QUANTILES, SPLITS, Sums, detection, window_maxima

Pair = tuple[int, int]
"""A neuron and a sign."""


@dataclass(frozen=True)
class HeldOut:
    """What graphs are tested on."""

    documents: Sequence[np.ndarray]
    """Token ids of the documents of both splits."""
    text: np.ndarray
    """(documents,) bool: those of ordinary text."""
    top: Mapping[Pair, Sequence[int]]
    """Of each pair the places, in `documents`, of the held-out ones in which it is strongest."""


def ordinary(lengths: np.ndarray, test: np.ndarray, *, tokens: int, seed: int) -> np.ndarray:
    """Held-out documents in random order until they have so many tokens, or all; places, ascending."""
    held = np.random.default_rng([seed, 13]).permutation(np.flatnonzero(test))
    before = np.cumsum(lengths[held]) - lengths[held]
    return np.sort(held[before < tokens])


def score(
    reader: Reader,
    held_out: HeldOut,
    patterns: Mapping[str, Mapping[Pair, Sequence[tuple[Pattern, float]]]],
    *,
    peaks: Mapping[Pair, float],
    bounds: Mapping[Pair, Sequence[float]],
    threshold: float,
    skip: int = 0,
    tokens: int = PASS_TOKENS,
) -> pd.DataFrame:
    """A row for each pair, method, split and quantile (0 for all firing tokens, 1 the weakest quarter of them).

    `patterns` are those of each method, with their activations; `peaks` the largest |activation| of each pair,
    `bounds` where the quarters of a pair's firing strengths end. Columns as of contracts.SCORES, without block and
    what is known of neurons.
    """
    pairs = list(patterns["graph"])
    text = Text(held_out.documents)
    lengths = np.array([len(ids) for ids in held_out.documents], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    simulated = {method: _simulated(text, [patterns[method].get(pair, ()) for pair in pairs]) for method in METHODS}
    top = np.zeros((len(lengths), len(pairs)), dtype=bool)
    for column, pair in enumerate(pairs):
        top[list(held_out.top.get(pair, ())), column] = True
    neurons, signs = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    scale = (signs / np.array([peaks[pair] for pair in pairs])).astype(np.float32)
    edges = np.array([bounds[pair] for pair in pairs], dtype=float).reshape(-1, QUANTILES - 1).T
    sums = {(method, split): Sums(len(pairs), threshold, edges) for method in METHODS for split in SPLITS}
    windows: dict[str, list[np.ndarray]] = {name: [] for name in ("fires", *METHODS, *SPLITS)}
    # Without a neuron to be scored no document need be read.
    for rows in batches_of(lengths, skip=skip, tokens=tokens) if pairs else ():
        values = reader.activations(np.stack([held_out.documents[row] for row in rows]))[-1][:, skip:, neurons]
        true = np.maximum(values * scale, 0)
        places = (starts[rows][:, None] + np.arange(skip, skip + true.shape[1])).ravel()
        counted = {"text": held_out.text[rows][:, None, None], "top": top[rows][:, None, :]}
        maxima = window_maxima(true)
        windows["fires"].append((maxima >= threshold).reshape(-1, len(pairs)))
        for split, own in counted.items():
            windows[split].append(np.broadcast_to(own, maxima.shape).reshape(-1, len(pairs)))
        for method in METHODS:
            said = simulated[method][places].toarray().reshape(true.shape)
            windows[method].append(window_maxima(said).reshape(-1, len(pairs)))
            for split, own in counted.items():
                flat = np.broadcast_to(own, true.shape).reshape(-1, len(pairs))
                sums[method, split].add(true.reshape(flat.shape), said.reshape(flat.shape), flat)
    seen = {name: np.concatenate(parts or [np.zeros((0, len(pairs)), bool)]) for name, parts in windows.items()}
    return _table(pairs, sums, seen, threshold)


def _simulated(text: Text, patterns: Sequence[Sequence[tuple[Pattern, float]]]) -> csc_array:
    matches = [text.matches(each) for each in patterns]
    indices = np.concatenate([each.positions for each in matches] or [np.empty(0, np.int64)])
    values = np.concatenate([each.values for each in matches] or [np.empty(0, np.float32)])
    ends = np.concatenate([[0], np.cumsum([len(each.positions) for each in matches])])
    return csc_array((values, indices, ends), shape=(len(text.ids), len(patterns))).tocsr()


def _table(
    pairs: Sequence[Pair], sums: Mapping[tuple[str, str], Sums], seen: Mapping[str, np.ndarray], threshold: float
) -> pd.DataFrame:
    frames = []
    for (method, split), own in sums.items():
        found = detection(seen["fires"], seen[method], seen[split], threshold=threshold)
        whole = own.agreement() | {f"detection_{name}": values for name, values in found.items()}
        for quantile in (None, *range(QUANTILES)):
            # Correlation and detection are of all tokens; of a quantile they would be another question.
            beside = whole if quantile is None else {name: np.full(len(pairs), np.nan) for name in whole}
            frame = pd.DataFrame({"tokens": own.tokens} | own.firing(quantile) | beside)
            frame.insert(0, "neuron", [neuron for neuron, _ in pairs])
            frame.insert(1, "sign", [sign for _, sign in pairs])
            frame.insert(2, "method", method)
            frame.insert(3, "split", split)
            frame.insert(4, "quantile", 0 if quantile is None else quantile + 1)
            frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    table = table.sort_values(["neuron", "sign", "method", "split", "quantile"], kind="stable")
    counts = ["tokens", "firing", "predicted", "hits"]
    return table.astype(dict.fromkeys(counts, "int64")).reset_index(drop=True)
