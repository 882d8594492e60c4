"""How often the documents of a region, or of an edge, stay together when the regions are cut in another way."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nrag.graphs import Incidence, incidence_of
from nrag.shifts import Planes


def region_scores(planes: Planes, shifted: Sequence[Planes], *, size: int) -> pd.DataFrame:
    """A row for each region and edge of every model under the first seed, with all documents.

    `planes` are the cells by model and seed, `shifted` those of grids moved by half a cell. The variants are the other
    seeds, and the moved grids of the first seed. Columns as in contracts.REGION_STABILITY but for the place:
    `together`, the share of the pairs of its documents that share a region (an edge) in a variant; `chance`, the
    share of all pairs of documents that do in that layer (between those layers); `stability`, (together − chance) /
    (1 − chance): 1 where its documents always stay together, 0 where they do so no more often than any two; each the
    mean over the variants. NaN with fewer than two documents, without variants, and where any two documents are
    together.
    """
    tables = []
    for model in dict.fromkeys(name for name, _ in planes):
        own = [plane for (name, _), plane in planes.items() if name == model]
        moved = [next(plane for (name, _), plane in of.items() if name == model) for of in shifted]
        first = incidence_of(own[0], size=size)
        others = [incidence_of(plane, size=size) for plane in own[1:]]
        others += [incidence_of(plane, size=size + 1) for plane in moved]
        tables.append(_of_model(first, others).assign(model=model))
    table = pd.concat(tables, ignore_index=True)
    keys = ["model", "layer", "x0", "y0", "x1", "y1"]
    return table.sort_values(keys, kind="stable", na_position="first", ignore_index=True)


# --------------------------------------------------------------------------------------- private


def _of_model(first: Incidence, others: Sequence[Incidence]) -> pd.DataFrame:
    x, y = first.codes // first.size % first.size, first.codes % first.size
    none = pd.array([None] * len(first.codes), dtype="Int16")
    regions = {"item": "region", "layer": first.layer, "x0": x, "y0": y, "x1": none, "y1": none}
    edges = {
        "item": "edge", "layer": first.edge_layer, "x0": x[first.source], "y0": y[first.source],
        "x1": x[first.target], "y1": y[first.target],
    }  # fmt: skip
    parts = [
        pd.DataFrame(regions | _scores(first.region, [other.region for other in others], first.layer)),
        pd.DataFrame(edges | _scores(first.edge, [other.edge for other in others], first.edge_layer)),
    ]
    table = pd.concat([part.astype({"x1": "Int16", "y1": "Int16"}) for part in parts], ignore_index=True)
    return table.assign(variants=np.int16(len(others)))


def _scores(own: np.ndarray, others: Sequence[np.ndarray], layer: np.ndarray) -> dict[str, np.ndarray]:
    """By column; `own` and `others` are (layers, documents) numbers of places, those of `own` lie in `layer`."""
    documents = np.bincount(own.ravel(), minlength=len(layer))
    each = [_against(own, other, documents, layer) for other in others]
    names = ("together", "chance", "stability")
    found = np.mean(each, axis=0) if each else np.full((len(names), len(layer)), np.nan)
    return {"documents": documents.astype(np.int32), **dict(zip(names, found, strict=True))}


def _against(own: np.ndarray, other: np.ndarray, documents: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """(3, places): together, chance and stability against one variant."""
    width = int(other.max(initial=-1)) + 1
    both, counts = np.unique(own.astype(np.int64).ravel() * width + other.ravel(), return_counts=True)
    pairs = np.bincount(both // max(width, 1), counts * (counts - 1.0), minlength=len(documents))
    everyone = own.shape[1]
    of_layers = [(np.bincount(numbers) * (np.bincount(numbers) - 1.0)).sum() for numbers in other]
    chance = np.array(of_layers, dtype=float)[layer] / max(everyone * (everyone - 1), 1)
    several = documents > 1
    together = np.where(several, pairs / np.where(several, documents * (documents - 1.0), 1), np.nan)
    left = np.where(several & (chance < 1), 1 - chance, np.nan)
    return np.stack([together, np.where(several, chance, np.nan), (together - chance) / left])
