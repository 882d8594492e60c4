"""Which neurons respond to the same tokens: pairs within and between blocks and models, by sparse products."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

ALIKE = 0.9
"""Overlap of the tokens of two neurons from which on they are similar (Foote et al. 2023, section 4.3)."""

_ROWS = 2048
"""Neurons that are held against all others at once."""

KEYS = ["model", "block", "neuron", "sign"]


def similar_pairs(index: pd.DataFrame, *, across: bool, alike: float = ALIKE) -> pd.DataFrame:
    """Pairs of neurons whose activating tokens, and whose context tokens, are alike (contracts.SIMILAR).

    `index` are rows as of contracts.TOKENS with a model. Tokens are compared by their text, so that models with
    different vocabularies can be. Overlap of two sets is what they share, divided by the size of the larger one; of
    two empty sets it is 1 (in N2G 0, so that neurons without context were like none). `relation` is identical (both 1),
    similar (both at least `alike`), or subset: of the first neuron's tokens, in either role, the second has at least
    `alike`; a neuron without context may be a subset of one with context. (N2G divides each role by the smaller set,
    whichever neuron has it.) `cluster`
    numbers the connected components of identical and similar pairs, NA for subsets. With `across` only pairs of
    different models.
    """
    names, activating, context = _sets(index)
    model = pd.factorize(names["model"])[0]
    parts = [part for part in _pairs(activating, context, alike) if len(part)]
    columns = ["first", "second", "relation", "overlap_activating", "overlap_context"]
    pairs = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    first, second = (pairs[name].to_numpy(dtype=np.int64) for name in ("first", "second"))
    if across:
        other = model[first] != model[second]
        pairs, first, second = pairs[other], first[other], second[other]
    clusters = _clusters(first, second, (pairs["relation"] != "subset").to_numpy(dtype=bool), len(names))
    table = pd.concat(
        [
            names.iloc[first].add_suffix("_a").reset_index(drop=True),
            names.iloc[second].add_suffix("_b").reset_index(drop=True),
            pairs[columns[2:]].reset_index(drop=True),
        ],
        axis=1,
    )
    return table.assign(cluster=pd.array(clusters, dtype="Int32"))


def _sets(index: pd.DataFrame) -> tuple[pd.DataFrame, csr_array, csr_array]:
    """The neurons, and for each role a matrix (neurons, tokens) of 0 and 1."""
    names = index[KEYS].drop_duplicates().sort_values(KEYS, kind="stable").reset_index(drop=True)
    row = index[KEYS].merge(names.reset_index(names="row"), on=KEYS, how="left")["row"].to_numpy()
    column = pd.factorize(index["text"], sort=True)[0]
    shape = len(names), int(column.max(initial=-1)) + 1
    made = []
    for role in ("activating", "context"):
        own = (index["role"] == role).to_numpy()
        # Two ids of one text count once.
        places = np.unique(np.column_stack([row[own], column[own]]), axis=0)
        made.append(csr_array((np.ones(len(places), np.int32), (places[:, 0], places[:, 1])), shape=shape))
    return names, *made


def _pairs(activating: csr_array, context: csr_array, least: float) -> Iterator[pd.DataFrame]:
    sizes = [np.asarray(each.sum(axis=1)).ravel() for each in (activating, context)]
    turned = activating.T.tocsr()
    enough = least * sizes[0]
    for start in range(0, activating.shape[0], _ROWS):
        # Every pair once, and only those whose activating tokens reach the threshold under the smaller set.
        shared = (activating[start : start + _ROWS] @ turned[:, start:]).tocoo()
        kept = shared.data >= np.minimum(enough[start:][shared.row], enough[start:][shared.col])
        kept &= shared.row < shared.col
        first, second, both = (each[kept].astype(np.int64) for each in (shared.row, shared.col, shared.data))
        first, second = first + start, second + start
        together = _shared(context, first, second)
        roles = list(zip(sizes, (both, together), strict=True))
        larger = [_overlap(number, np.maximum(size[first], size[second])) for size, number in roles]
        forth, back = (
            np.logical_and.reduce([_overlap(number, size[each]) >= least for size, number in roles])
            for each in (first, second)
        )
        alike = (larger[0] >= least) & (larger[1] >= least)
        same = (larger[0] == 1) & (larger[1] == 1)
        relation = np.select([same, alike, forth | back], ["identical", "similar", "subset"], "")
        # The part comes first, the whole second.
        turn = (relation == "subset") & ~forth
        frame = pd.DataFrame({
            "first": np.where(turn, second, first),
            "second": np.where(turn, first, second),
            "relation": relation,
            "overlap_activating": larger[0],
            "overlap_context": larger[1],
        })  # fmt: skip
        yield frame[relation != ""].sort_values(["first", "second"], kind="stable")


def _shared(sets: csr_array, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    found = np.zeros(len(first), dtype=np.int64)
    for start in range(0, len(first), 100_000):
        part = slice(start, start + 100_000)
        found[part] = np.asarray(sets[first[part]].multiply(sets[second[part]]).sum(axis=1)).ravel()
    return found


def _overlap(shared: np.ndarray, size: np.ndarray) -> np.ndarray:
    return np.where(size > 0, shared / np.maximum(size, 1), 1.0)


def _clusters(first: np.ndarray, second: np.ndarray, joined: np.ndarray, neurons: int) -> list[int | None]:
    graph = csr_array((np.ones(joined.sum(), np.int8), (first[joined], second[joined])), shape=(neurons, neurons))
    label = connected_components(graph, directed=False)[1]
    numbers = pd.factorize(label[first[joined]], sort=False)[0] if joined.any() else np.empty(0, int)
    of_pairs = np.full(len(first), -1)
    of_pairs[joined] = numbers
    return [int(number) if number >= 0 else None for number in of_pairs]
