"""Where a model's substitutes for tokens come from, as the config asks for them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nrag.neurons.augmentation import Source, nearest_embeddings, seen_between
from nrag.neurons.loading import Opened

NUMBER = 5
"""Tokens that each source proposes at most for a place (N2G keeps as many)."""


def sources_of(loaded: Opened, documents: Sequence[np.ndarray], augment: Any, *, root: Path) -> list[Source]:
    """The sources of `augment` in the config: none where it is false.

    `documents` are token ids of those that graphs are made of.
    """
    if augment is False:
        return []
    known = np.unique(np.concatenate([*documents, np.empty(0, np.int32)])).astype(np.int64)
    embeddings = loaded.reader.network.get_input_embeddings().weight.detach().float().cpu()
    return [seen_between(documents, number=NUMBER), nearest_embeddings(embeddings, known, number=NUMBER)]
