"""The edges that a figure is made of, once it is certain that all it is to show is there."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd


def selected(
    edges: pd.DataFrame,
    *,
    models: Sequence[str],
    labelling: str,
    labels: Sequence[str],
    min_documents: int | None = None,
) -> pd.DataFrame:
    """The edges (contracts.EDGES) of the models.

    Raises ValueError for a model or label that the edges do not hold, for a label without documents under
    one of the models, and for several seeds: one figure shows one. With `min_documents` labels differ from model to
    model, and a model may have too few documents of some, or of all: `nothing_of` says of which.
    """
    edges = edges[edges["model"].isin(models)]
    absent = [model for model in models if model not in set(edges["model"])]
    if absent:
        raise ValueError(f"the edges hold no model {', '.join(absent)}, only {', '.join(sorted(set(edges['model'])))}")
    if edges["seed"].nunique() > 1:
        raise ValueError(f"one figure shows one seed, found {sorted(set(edges['seed']))}")
    if min_documents is not None:
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


FEW_OF_ALL = "too few documents of every label"
"""What stands in the panel of the labels together where a model has too few documents of each."""


@dataclass(frozen=True)
class Nothing:
    """A label of which nothing is shown under a model."""

    documents: int
    """That have it: too few."""
    why: str


def nothing_of(
    edges: pd.DataFrame, model: str, labelling: str, labels: Sequence[str], *, min_documents: int | None
) -> dict[str, Nothing]:
    """The labels of a labelling of which a model has fewer documents than `min_documents`; none without it."""
    if min_documents is None:
        return {}
    own = edges[(edges["model"] == model) & (edges["labelling"] == labelling)]
    # A document's path has an edge from every layer but the last.
    counts = own[own["layer"] == own["layer"].min()].groupby("label")["documents"].sum()
    few = {label: int(counts.get(label, 0)) for label in labels if counts.get(label, 0) < min_documents}
    return {label: Nothing(count, why_nothing(count, answered=len(own) > 0)) for label, count in few.items()}


def why_nothing(documents: int, *, answered: bool) -> str:
    """Why nothing is shown of a label that so many documents of a model have, which has or has not others.

    >>> why_nothing(3, answered=True)
    'only 3 documents'
    """
    if documents:
        return "only 1 document" if documents == 1 else f"only {documents:,} documents"
    return NO_DOCUMENT if answered else NO_ANSWERS
