"""The component graphs of a comparison: a table of everything drawn.

One panel of all documents and one per label, per model; a component stands at the same place in all of them.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from nrag.components.graphs import ComponentGraph, Threshold
from nrag.contracts import GraphKey as Key

MOST_EDGES = 800
"""Edges drawn in one panel, largest |rho| first; beyond it lines cover each other and files grow."""

_COLUMNS = (
    "model",
    "seed",
    "labelling",
    "label",
    "item",
    "layer",
    "i",
    "j",
    "position0",
    "position1",
    "documents",
    "share",
    "rho",
    "p",
    "q",
    "threshold",
    "drawn",
)


def drawing(
    graphs: Mapping[Key, ComponentGraph],
    *,
    models: Sequence[str],
    seed: int,
    labelling: str,
    labels: Sequence[str],
    threshold: Threshold,
    shares: Mapping[str, Sequence[Sequence[float | None]]] | None = None,
    constant: Mapping[str, Collection[int]] | None = None,
) -> pd.DataFrame:
    """Everything that the figure shows, one row per panel and component or edge.

    `shares` are what each component explains of its layer's variance, by model, where one basis serves all
    panels; `constant` names the layers of each model where every document has the same vector.

    Columns: model, seed, labelling, label (empty for all documents), item (component or edge), layer, i, j (empty
    for a component), position0 and position1 (heights from 0 to 1; component 0 on top), documents (of the panel),
    share (of the layer's variance), rho, p, q (of an edge), threshold (in words), drawn. Components of
    constant layers and the weakest edges beyond 800 of a panel have drawn false.

    Raises ValueError for a label without documents.
    """
    panels = []
    for model in models:
        for label in ("", *labels):
            key = Key(model, seed, labelling if label else "", label)
            if key not in graphs:
                there = [other.label for other in graphs if other[:3] == key[:3]]
                raise ValueError(f"labelling '{labelling}' has no label {label!r} of {model}; there are {there}")
            rows = _panel(graphs[key], (shares or {}).get(model), set((constant or {}).get(model, ())))
            panels.append(rows.assign(**key._asdict(), documents=graphs[key].documents))
    table = pd.concat(panels, ignore_index=True).assign(threshold=str(threshold))
    return table.astype({"layer": "Int16", "i": "Int16", "j": "Int16", "documents": "int32"})[list(_COLUMNS)]


def _panel(
    graph: ComponentGraph, shares: Sequence[Sequence[float | None]] | None, constant: Collection[int]
) -> pd.DataFrame:
    layers, count = graph.nodes.shape
    layer, i = np.divmod(np.arange(layers * count), count)
    explained = np.full((layers, count), np.nan) if shares is None else np.array(shares, dtype=np.float64)
    components = pd.DataFrame(
        {
            "item": "component",
            "layer": layer,
            "i": i,
            "position0": _heights(i, count),
            "share": np.round(explained.ravel(), 8),
            "drawn": ~np.isin(layer, list(constant)),
        }
    )
    k, source, target = np.nonzero(graph.edges)
    rho = graph.rho[k, source, target]
    edges = pd.DataFrame(
        {
            "item": "edge",
            "layer": k,
            "i": source,
            "j": target,
            "position0": _heights(source, count),
            "position1": _heights(target, count),
            "rho": rho,
            "p": graph.p[k, source, target],
            "q": graph.q[k, source, target],
            "drawn": np.argsort(np.argsort(-np.abs(rho), kind="stable"), kind="stable") < MOST_EDGES,
        }
    )
    columns = dict.fromkeys(["j", "position1", "rho", "p", "q"], np.nan)
    return pd.concat([components.assign(**columns), edges.assign(share=np.nan)], ignore_index=True)


def _heights(component: np.ndarray, count: int) -> np.ndarray:
    return 1 - component / (count - 1) if count > 1 else np.full(len(component), 0.5)
