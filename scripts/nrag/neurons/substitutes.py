"""Where a model's substitutes for tokens come from, as the config asks for them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nrag import checkpoints
from nrag.models import ModelError
from nrag.neurons.augmentation import Source, nearest_embeddings, seen_between
from nrag.neurons.loading import Opened
from nrag.neurons.masked_models import mlm_substitutes
from nrag.neurons.tracing import TRIED


def sources_of(loaded: Opened, documents: Sequence[np.ndarray], augment: Any, *, root: Path) -> list[Source]:
    """The sources of `augment` in the config, those that see the whole context first: none where it is false.

    `documents` are token ids of those that graphs are made of. The model's own masked language model is among them
    where its checkpoint has one, and the one that `augment` names.

    Raises ModelError if that one has no head for masked tokens.
    """
    if augment is False:
        return []
    tokenizer = loaded.model.tokenizer
    folders = [loaded.folder] if loaded.folder is not None and loaded.both else []
    sources = [mlm_substitutes(folder, tokenizer, number=TRIED, device=loaded.reader.device) for folder in folders]
    if isinstance(augment, dict):
        folder = checkpoints.locate(augment["model"], root=root)
        named = mlm_substitutes(folder, tokenizer, number=TRIED, device=loaded.reader.device)
        if named is None:
            raise ModelError(f"neurons.augment.model: {folder} {checkpoints.NO_MASKED_HEAD}")
        sources.insert(0, named)
    known = np.unique(np.concatenate([*documents, np.empty(0, np.int32)])).astype(np.int64)
    embeddings = loaded.reader.network.get_input_embeddings().weight.detach().float().cpu()
    of_corpus = [seen_between(documents, number=TRIED), nearest_embeddings(embeddings, known, number=TRIED)]
    return [*(source for source in sources if source is not None), *of_corpus]
