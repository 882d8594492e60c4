"""Bases of labels: a reduction fitted anew to the documents of one label."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from nrag.components.correlations import Coordinates
from nrag.reduction import Blocks, Reduction, reduce_space


def refitted(
    members: Mapping[str, Mapping[int, Blocks]],
    reduction: Reduction,
    chosen: np.ndarray,
    name: str,
    *,
    workers: int = 1,
) -> Coordinates:
    """Coordinates of some documents, reduced as if there were no others, by model, seed and layer.

    `members` holds the hidden states of each model's layers, `chosen` is (documents,) bool and `name` what
    the log calls these documents. Component i of two such fits is not the same axis: in the last layers of MiniLM
    the axes of two labels are nearly at right angles.

    Raises reduction.ReductionError where the chosen documents are too few for the reduction.
    """
    own = {
        model: {layer: partial(_rows, blocks, chosen) for layer, blocks in layers.items()}
        for model, layers in members.items()
    }
    return {key: fit.coordinates for key, fit in reduce_space(own, reduction, documents=name, workers=workers).items()}


def _rows(blocks: Blocks, chosen: np.ndarray) -> Iterator[np.ndarray]:
    start = 0
    for block in blocks():
        yield block[chosen[start : start + len(block)]]
        start += len(block)
