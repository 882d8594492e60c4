"""The edges that a figure is made of, once it is certain that all it is to show is there."""

from collections.abc import Sequence

import pandas as pd


def selected(
    edges: pd.DataFrame, *, models: Sequence[str], labelling: str, labels: Sequence[str], by_model: bool = False
) -> pd.DataFrame:
    """The edges (contracts.EDGES) of the models.

    Raises ValueError for a model or label that the edges do not hold, for a label without documents under
    one of the models, and for several seeds: one figure shows one. With `by_model` labels differ from model to model,
    and a model may be without some, or without any: `nothing_of` says which.
    """
    edges = edges[edges["model"].isin(models)]
    absent = [model for model in models if model not in set(edges["model"])]
    if absent:
        raise ValueError(f"the edges hold no model {', '.join(absent)}, only {', '.join(sorted(set(edges['model'])))}")
    if edges["seed"].nunique() > 1:
        raise ValueError(f"one figure shows one seed, found {sorted(set(edges['seed']))}")
    if by_model:
        return edges
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


NO_ANSWERS, NO_DOCUMENT = "no answers", "no document"
"""What stands in a panel without documents where labels differ from model to model: of a model that has no label at
all, such as an untrained one, and of one whose documents all have other labels."""


def nothing_of(edges: pd.DataFrame, model: str, labelling: str, labels: Sequence[str]) -> dict[str, str]:
    """The labels of a labelling that no document of a model has, each with why."""
    held = set(edges.loc[(edges["model"] == model) & (edges["labelling"] == labelling), "label"])
    return {label: NO_DOCUMENT if held else NO_ANSWERS for label in labels if label not in held}
