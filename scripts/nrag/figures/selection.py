"""The edges that a figure is made of, once it is certain that all it is to show is there."""

from collections.abc import Sequence

import pandas as pd


def selected(edges: pd.DataFrame, *, models: Sequence[str], labelling: str, labels: Sequence[str]) -> pd.DataFrame:
    """The edges (contracts.EDGES) of the models.

    Raises ValueError for a model or label that the edges do not hold, for a label without documents under
    one of the models, and for several seeds: one figure shows one.
    """
    edges = edges[edges["model"].isin(models)]
    absent = [model for model in models if model not in set(edges["model"])]
    if absent:
        raise ValueError(f"the edges hold no model {', '.join(absent)}, only {', '.join(sorted(set(edges['model'])))}")
    if edges["seed"].nunique() > 1:
        raise ValueError(f"one figure shows one seed, found {sorted(set(edges['seed']))}")
    named = edges[edges["labelling"] == labelling]
    held = sorted(set(named["label"]))
    unknown = [label for label in labels if label not in held]
    if unknown:
        raise ValueError(f"labelling '{labelling}' has no label {', '.join(unknown)}, only {', '.join(held)}")
    found = set(zip(named["model"], named["label"], strict=True))
    empty = [f"{label} under {model}" for model in models for label in labels if (model, label) not in found]
    if empty:
        raise ValueError(f"labelling '{labelling}' has no document of {', '.join(empty)}; leave such labels out")
    return edges
