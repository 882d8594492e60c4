"""One fit of the classifier and what it gave, and the table of all."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.probing.classifier import Parts, predict
from nrag.probing.scores import confusion, scores_of
from nrag.probing.splits import Split


class FeatureSet(NamedTuple):
    """What a probe was given, as `contracts.PROBING` names it."""

    features: str
    """states, coordinates, regions; of the texts bag_of_words, text_length, most_frequent, stratified."""
    reduction: str = ""
    seed: int | None = None
    bins: str = ""
    size: int | None = None
    fitted_on: str = ""
    """train or all: the documents that the reduction and the grid were fitted on; empty without them."""


class Probe(NamedTuple):
    """What one fit of the classifier gave."""

    model: str
    """Empty where the texts alone were read."""
    features: FeatureSet
    layer: int | None
    """None: all layers together, or the texts."""
    split: int
    width: int
    """Features that the classifier was given, those of rounding alone left out."""
    confusion: np.ndarray
    """(labels, labels): test documents by true and predicted label."""
    converged: bool
    train_documents: int
    test_documents: int


def probed(
    parts: Parts,
    labels: np.ndarray,
    split: Split,
    turn: int,
    *,
    features: FeatureSet,
    model: str = "",
    layer: int | None = None,
    width: int | None = None,
) -> Probe:
    """One fit on the training part, judged by the test part.

    `turn` is the number of the split, `width` that of the features where `parts` are in another basis.
    """
    width = parts.train.shape[1] if width is None else width
    predicted = predict(parts, labels, split)
    counts = confusion(labels[split.test], predicted.labels, int(labels.max()) + 1)
    return Probe(model, features, layer, turn, width, counts, predicted.converged, len(split.train), len(split.test))


def table_of(probes: Sequence[Probe]) -> pd.DataFrame:
    """The probes as `contracts.PROBING` has them: a row a score, sorted."""
    rows = [
        {
            "model": probe.model,
            **probe.features._asdict(),
            "layer": probe.layer,
            "split": probe.split,
            "score": score,
            "value": value,
            "width": probe.width,
            "converged": probe.converged,
            "train_documents": probe.train_documents,
            "test_documents": probe.test_documents,
        }
        for probe in probes
        for score, value in scores_of(probe.confusion).items()
    ]
    table = pd.DataFrame(rows, columns=[column.name for column in contracts.PROBING.columns]).astype(
        dict.fromkeys(("seed", "size", "layer"), "Int16")
    )
    return table.sort_values(list(contracts.PROBING.key), kind="stable", na_position="first", ignore_index=True)
