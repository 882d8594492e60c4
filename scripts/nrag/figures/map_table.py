"""Region maps: how many documents of each label lie in each cell of each layer's grid."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.figures import layout
from nrag.figures.selection import Nothing, nothing_of, selected

LAST = "last"
"""Name of the last layer, whatever its number."""

_CELL = ["layer", "x", "y"]
_COLUMNS = (
    "model",
    "seed",
    "labelling",
    "label",
    "layer",
    "x",
    "y",
    "documents",
    "share",
    "difference",
    "constant",
    "left_out",
)


def map_table(
    edges: pd.DataFrame,
    *,
    models: Sequence[str],
    labelling: str,
    labels: Sequence[str],
    constant: Mapping[str, Collection[int]] | None = None,
    layer: int | str | None = None,
    min_documents: int | None = None,
) -> pd.DataFrame:
    """Everything that the maps show, one row per model, label, layer and cell that holds a document.

    `edges` (contracts.EDGES) holds one seed, the label of all documents and the named labels. The labels
    come in the order given, then all documents. `constant` names the layers of each model where every
    document has the same vector. `layer` is the only one that is wanted, a number or `last`; then all
    documents are there only if there are no labels.

    Columns: model, seed, labelling, label (empty for all documents), layer, x, y, documents, share (of the
    label's documents, 0 to 1), difference, constant (whether the layer is), left_out. For exactly two labels, the
    difference is the first one's share of the cell minus the second's, the same number in the rows of
    both, and both have a row for each cell that either uses; elsewhere it is empty. In each layer the
    shares of a label sum to 1 and the differences of a label's rows to 0. With `min_documents` labels differ from model
    to model: one of which a model has fewer is a row in every layer of so many documents without a cell or a share,
    left_out says why, as `selection.nothing_of` does, and then nothing is different.

    Raises ValueError for models, labels and a layer that do not exist, and for several seeds.
    """
    edges = selected(edges, models=models, labelling=labelling, labels=labels, min_documents=min_documents)
    pieces = []
    for model in models:
        of_model = edges[edges["model"] == model]
        nothing = nothing_of(edges, model, labelling, labels, min_documents=min_documents)
        given = [label for label in labels if label not in nothing]
        cells = _cells(of_model, labelling, given, compared=len(labels) == len(given) == 2)
        if nothing:
            cells = _with_nothing(cells, labels, nothing)
        if layer is not None:
            cells = cells[cells["layer"] == _number_of(layer, last=int(of_model["layer"].max()) + 1, model=model)]
            cells = cells[cells["label"] != contracts.ALL_DOCUMENTS] if labels else cells
        dull = cells["layer"].isin(list((constant or {}).get(model, ())))
        pieces.append(cells.assign(model=model, constant=dull.to_numpy()))
    table = pd.concat(pieces, ignore_index=True).assign(seed=edges["seed"].iloc[0], labelling=labelling)
    whole = dict.fromkeys(("seed", "layer", "x", "y"), "Int16") | {"documents": "int32"}
    return table.astype(whole)[list(_COLUMNS)]


def _number_of(layer: int | str, *, last: int, model: str) -> int:
    """The number of a layer that may be called `last`."""
    if layer != LAST and layer > last:
        raise ValueError(f"model {model} has no layer {layer}: its last is {last}; write {LAST} or a smaller one")
    return last if layer == LAST else layer


def _cells(edges: pd.DataFrame, labelling: str, labels: Sequence[str], *, compared: bool) -> pd.DataFrame:
    """Documents, shares and differences of one model: the labels, two of which may be `compared`, all documents."""
    named = edges[edges["labelling"] == labelling]
    parts = {label: _occupied(named[named["label"] == label]) for label in labels}
    if compared:
        parts = _set_against(parts)
    parts[contracts.ALL_DOCUMENTS] = _occupied(edges[edges["label"] == contracts.ALL_DOCUMENTS])
    cells = pd.concat([part.assign(label=label) for label, part in parts.items()], ignore_index=True)
    return cells.assign(difference=cells.get("difference", np.nan), left_out=None)


def _with_nothing(cells: pd.DataFrame, labels: Sequence[str], nothing: Mapping[str, Nothing]) -> pd.DataFrame:
    """The cells with a row in every layer for each label that is not shown, in the order of the labels."""
    layers = sorted(set(cells["layer"]))
    empty = [
        pd.DataFrame({"layer": layers, "label": label, "documents": few.documents, "left_out": few.why})
        for label, few in nothing.items()
    ]
    every = pd.concat([cells, *empty], ignore_index=True)
    order = pd.Categorical(every["label"], [*labels, contracts.ALL_DOCUMENTS]).codes
    return every.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _occupied(edges: pd.DataFrame) -> pd.DataFrame:
    """The cells that documents of one label lie in, with their share of them."""
    cells = layout.regions_of(edges)
    total = cells.loc[cells["layer"] == cells["layer"].min(), "documents"].sum()
    return cells.assign(share=np.round(cells["documents"] / total, 8))


def _set_against(parts: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The cells of two labels, each with a row for every cell of either, and their difference."""
    (one, first), (other, second) = parts.items()
    both = first.merge(second, how="outer", on=_CELL, suffixes=("_0", "_1")).fillna(0)
    difference = np.round(both["share_0"] - both["share_1"], 8)
    return {
        label: both[_CELL].assign(
            documents=both[f"documents_{place}"], share=both[f"share_{place}"], difference=difference
        )
        for place, label in enumerate((one, other))
    }
