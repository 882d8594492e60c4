"""Edges: how many documents of each label two regions of neighbouring layers share."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from nrag import contracts, regions
from nrag.graphs.nrags import Key

Labels = Mapping[str, Sequence[str | None]]
"""By labelling one label, or null, per document in order."""


def edges_of(cells: pd.DataFrame, labels: Labels, *, own: Mapping[str, Labels] | None = None) -> pd.DataFrame:
    """The edges of every model and seed, of all documents and of each label of each labelling.

    `cells` as `contracts.CELLS`, `labels` those of every model, `own` by model further ones that are its own. The
    result is as `contracts.EDGES` says: in each layer but the last, the weights of a label
    sum to its documents; documents without a label count only under all documents. A label without
    documents, and a model with a single layer, have no rows.

    Raises ValueError if a labelling is empty text or does not have one value for each document, and for one that is
    both of every model and of one.
    """
    own = own or {}
    for further in own.values():
        if twice := sorted(labels.keys() & further.keys()):
            raise ValueError(f"labelling '{twice[0]}' is both of every model and of one")
    if any(contracts.ALL_DOCUMENTS in each for each in (labels, *own.values())):
        raise ValueError("a labelling has an empty name, which stands for all documents; give it another")
    planes = regions.planes_of(cells)
    size = 1 + max((int(plane.max()) for plane in planes.values()), default=0)
    ranked = {labelling: _ranks(values) for labelling, values in labels.items()}
    ranked_own = {model: {name: _ranks(values) for name, values in each.items()} for model, each in own.items()}
    pieces = []
    for (model, seed), plane in sorted(planes.items(), key=lambda item: item[0]):
        codes = plane[..., 0].astype(np.int64) * size + plane[..., 1]
        everyone = np.zeros(codes.shape[1], dtype=np.int64), [contracts.ALL_DOCUMENTS]
        every = {contracts.ALL_DOCUMENTS: everyone, **ranked, **ranked_own.get(model, {})}
        for labelling, (ranks, names) in sorted(every.items(), key=lambda item: item[0]):
            _check_length(labelling, ranks, codes.shape[1])
            counts = _counts(codes, ranks, labels=len(names), cells=size * size)
            pieces.append(_edge_rows(Key(model, seed, labelling), names, counts, size=size))
    return pd.concat(pieces, ignore_index=True)


def _ranks(values: Sequence[str | None]) -> tuple[np.ndarray, list[str]]:
    """Place of each value among the sorted names, -1 for null; the names."""
    codes, found = pd.factorize(pd.array(values, dtype="str"))
    order = sorted(range(len(found)), key=lambda i: found[i])
    # The last entry is what the code -1 of a null points at.
    rank = np.full(len(found) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(found))
    return rank[codes], [str(found[i]) for i in order]


def _check_length(labelling: str, ranks: np.ndarray, documents: int) -> None:
    if len(ranks) != documents:
        raise ValueError(
            f"labelling '{labelling}' has {len(ranks)} values, expected one for each of the {documents} documents"
        )


def _counts(codes: np.ndarray, ranks: np.ndarray, *, labels: int, cells: int) -> np.ndarray:
    """(edges, 5) integers: rank of the label, layer, code of the source and of the target cell, documents."""
    labelled = ranks >= 0
    if not labelled.all():
        codes, ranks = codes[:, labelled], ranks[labelled]
    # Sorting 32-bit keys takes half the time.
    dtype = np.int32 if labels * cells * cells <= np.iinfo(np.int32).max else np.int64
    codes, ranks = codes.astype(dtype), (ranks * cells * cells).astype(dtype)
    pieces = [np.empty((0, 5), dtype=np.int64)]
    for layer, (here, there) in enumerate(pairwise(codes)):
        keys, documents = _tally(ranks + here * dtype(cells) + there, bound=labels * cells * cells)
        pair = keys % (cells * cells)
        pieces.append(
            np.column_stack(
                [keys // (cells * cells), np.full(len(keys), layer), pair // cells, pair % cells, documents]
            )
        )
    counts = np.concatenate(pieces)
    return counts[np.argsort(counts[:, 0], kind="stable")]


def _tally(keys: np.ndarray, *, bound: int) -> tuple[np.ndarray, np.ndarray]:
    """The different keys, rising, and how often each occurs; keys lie in 0 … bound - 1."""
    if bound > 4 * len(keys):
        return np.unique(keys, return_counts=True)
    # A table of all possible keys is faster than sorting while it is not much larger than the keys.
    counts = np.bincount(keys, minlength=1)
    found = np.flatnonzero(counts)
    return found, counts[found]


def _edge_rows(key: Key, names: list[str], counts: np.ndarray, *, size: int) -> pd.DataFrame:
    rank, layer, here, there, documents = counts.T
    return pd.DataFrame(
        {
            "model": pd.array([key.model], dtype="str").repeat(len(counts)),
            "seed": np.full(len(counts), key.seed, dtype=np.int16),
            "labelling": pd.array([key.labelling], dtype="str").repeat(len(counts)),
            "label": pd.array(names, dtype="str").take(rank),
            "layer": layer.astype(np.int16),
            "x0": (here // size).astype(np.int16),
            "y0": (here % size).astype(np.int16),
            "x1": (there // size).astype(np.int16),
            "y1": (there % size).astype(np.int16),
            "documents": documents.astype(np.int32),
        }
    )
