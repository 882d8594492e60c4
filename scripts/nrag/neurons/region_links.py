"""Which neurons tell a region's documents, or a label's, from the others."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from nrag import contracts
from nrag.corrections import benjamini_hochberg
from nrag.neurons.examples import Mined

FEWEST = 5
"""Documents of a region or label below which nothing is said of it."""

SHOWN = 10
"""Neurons that are listed for a region or label, those that tell it best."""


def region_neurons(
    cells: pd.DataFrame,
    mined: Mapping[int, Mined],
    untrained: Sequence[Mapping[int, Mined]] = (),
    *,
    lengths: np.ndarray,
) -> pd.DataFrame:
    """The neurons that tell the documents of every region best, rows as of contracts.REGION_NEURONS.

    `cells` are rows as of contracts.CELLS of one model, `mined` what was seen of its blocks in the same documents,
    `untrained` the same of each of its controls, `lengths` (documents,) their tokens. Regions of hidden state k have
    neurons of block k - 1; embeddings have none, and regions of fewer than `FEWEST` documents are left out.
    """
    frames = []
    for (model, seed, layer), own in cells.groupby(["model", "seed", "layer"], sort=True):
        block = int(layer) - 1
        if block in mined:
            regions, member = regions_of(own, len(lengths))
            found = linked(
                _strengths(mined[block]), member, mined[block].selected,
                [_strengths(each[block]) for each in untrained if block in each],
            )  # fmt: skip
            placed = regions.assign(documents=member.sum(axis=0)).iloc[found["set"]].reset_index(drop=True)
            told = {"auc_length": _by_length(lengths, member)[found["set"]]}
            frames.append(found.join(placed).assign(model=model, seed=seed, layer=layer, block=block, **told))
    return _joined(frames, contracts.REGION_NEURONS)


def label_neurons(
    labels: Mapping[str, pd.Series],
    mined: Mapping[int, Mined],
    untrained: Sequence[Mapping[int, Mined]] = (),
    *,
    lengths: np.ndarray,
    threshold: float,
) -> pd.DataFrame:
    """The neurons that tell the documents of every label best, rows as of contracts.LABEL_NEURONS.

    `labels` are by labelling, with a label or null for each document; documents without a label are left out, and
    labels of fewer than `FEWEST` documents are not told. A neuron fires in a document in which it reaches `threshold`
    of the sign's peak anywhere. `lengths` (documents,) are tokens.
    """
    return _joined(list(_labels_told(labels, mined, untrained, lengths, threshold)), contracts.LABEL_NEURONS)


def _joined(frames: Sequence[pd.DataFrame], contract: contracts.Table) -> pd.DataFrame:
    """The rows of all frames in the columns and the order of a contract."""
    columns = [column.name for column in contract.columns]
    table = pd.concat(frames) if frames else pd.DataFrame(columns=columns)
    return table[columns].sort_values(list(contract.key), kind="stable", ignore_index=True)


def _labels_told(
    labels: Mapping[str, pd.Series],
    mined: Mapping[int, Mined],
    untrained: Sequence[Mapping[int, Mined]],
    lengths: np.ndarray,
    threshold: float,
) -> Iterator[pd.DataFrame]:
    for labelling, values in labels.items():
        known = values.notna().to_numpy()
        numbers = values[known].value_counts()
        names = sorted(numbers[numbers >= FEWEST].index)
        member = np.column_stack([values[known] == name for name in names] or [np.zeros((known.sum(), 0), bool)])
        for block, seen in mined.items() if len(names) > 1 else ():
            strength = _strengths(seen)[known]
            others = [_strengths(each[block])[known] for each in untrained if block in each]
            found = linked(strength, member, seen.selected, others)
            peaks = seen.peaks[seen.selected].T.ravel()
            # A sign that is never active fires nowhere.
            at = np.where(peaks > 0, threshold * peaks, np.inf)
            inside, outside = firing_shares(strength, member, at), firing_shares(strength, ~member, at)
            column = np.searchsorted(seen.selected, found["neuron"]) + np.where(
                found["sign"] > 0, 0, len(seen.selected)
            )
            yield found.assign(
                labelling=labelling,
                label=[names[number] for number in found["set"]],
                block=block,
                auc_length=_by_length(lengths[known], member)[found["set"]],
                fires=inside[found["set"], column],
                fires_elsewhere=outside[found["set"], column],
            )


def strengths(highest: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """(documents, 2 * neurons) float32: how strongly each neuron fires in each document, all + before all -.

    `highest` and `lowest` (documents, neurons) are the extremes over a document's tokens.
    """
    return np.hstack([np.maximum(highest, 0), np.maximum(-lowest, 0)])


def separation(strength: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(sets, columns) float64 AUC, and p of it, two-sided, of each set of documents against all others.

    `strength` (documents, columns), `member` (documents, sets) bool. AUC is the chance that a document of the set
    has the larger value, ties half (Mann and Whitney 1947); p is that of the normal approximation with its correction
    for ties. NaN where a set is empty or holds all documents, p 1 where all values are equal.
    """
    documents = len(strength)
    ranks = rankdata(strength, axis=0)
    inside = member.sum(axis=0).astype(float)[:, None]
    outside = documents - inside
    above = member.T.astype(float) @ ranks - inside * (inside + 1) / 2
    ties = np.array([_ties(column) for column in ranks.T])
    variance = inside * outside / 12 * ((documents + 1) - ties / max(documents * (documents - 1), 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        auc = np.where(inside * outside > 0, above / (inside * outside), np.nan)
        z = (above - inside * outside / 2) / np.sqrt(variance)
    p = np.where(variance > 1e-9, 2 * norm.sf(np.abs(z)), 1.0)
    return auc, np.where(inside * outside > 0, p, np.nan)


def linked(
    strength: np.ndarray, member: np.ndarray, neurons: np.ndarray, untrained: Sequence[np.ndarray] = ()
) -> pd.DataFrame:
    """Of each set of documents the neurons that tell it best, with `set`, its place in `member`.

    `neurons` (n,) are the neurons of `strengths`. q is p after Benjamini and Hochberg (1995) over all sets, neurons
    and signs. auc_untrained is the best AUC that any neuron of an untrained control has for the same documents, the
    mean over the `untrained` strengths: neurons of two models have nothing to do with each other, and the best of
    hundreds tells something by chance. NaN without controls.
    """
    auc, p = separation(strength, member)
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)
    # Without the neurons that are not finite, whose AUC is none.
    best = [np.fmax.reduce(separation(each, member)[0], axis=1) for each in untrained]
    by_chance = np.mean(best, axis=0) if best else np.full(member.shape[1], np.nan)
    signs = np.repeat([1, -1], len(neurons))
    numbers = np.tile(neurons, 2)
    rows = []
    for number in range(member.shape[1]):
        # Of equal ones the smaller neuron, + before -.
        order = np.lexsort((-signs, numbers, -auc[number]))[:SHOWN]
        rows += [
            (number, int(numbers[each]), int(signs[each]), auc[number, each], q[number, each], by_chance[number])
            for each in order
            if auc[number, each] > 0.5
        ]
    return pd.DataFrame(rows, columns=["set", "neuron", "sign", "auc", "q", "auc_untrained"])


def regions_of(cells: pd.DataFrame, documents: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The regions of one model, seed and layer with enough documents, (x, y), and (documents, regions) bool."""
    sizes = cells.groupby(["x", "y"], sort=True).size()
    kept = sizes[sizes >= FEWEST].index.to_frame(index=False)
    member = np.zeros((documents, len(kept)), dtype=bool)
    joined = cells.merge(kept.reset_index(names="region"), on=["x", "y"])
    member[joined["document"].to_numpy(), joined["region"].to_numpy()] = True
    return kept, member


def firing_shares(strength: np.ndarray, member: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(sets, columns) float64: share of a set's documents in which a column reaches `at` (columns,); NaN if empty."""
    fires = strength >= at
    inside = member.sum(axis=0)[:, None]
    return np.where(inside > 0, member.T.astype(float) @ fires / np.maximum(inside, 1), np.nan)


def _strengths(mined: Mined) -> np.ndarray:
    return strengths(mined.highest, mined.lowest)


def _by_length(lengths: np.ndarray, member: np.ndarray) -> np.ndarray:
    """(sets,) AUC of the number of tokens."""
    return separation(lengths[:, None], member)[0][:, 0]


def _ties(ranks: np.ndarray) -> float:
    counts = np.unique(ranks, return_counts=True)[1].astype(float)
    return float((counts**3 - counts).sum())
