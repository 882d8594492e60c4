"""Texts to token ids, each text once; the ids of a large corpus wait on the disk."""

import hashlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nrag import store
from nrag.models import Model


class ExtractionError(ValueError):
    """A corpus and a model that do not go together."""


@dataclass(frozen=True)
class Tokens:
    """Token ids of one document."""

    ids: np.ndarray
    """(tokens,) int32, special tokens included."""
    truncated: bool
    """Whether the text went on beyond the model's window."""


def tokenise(model: Model, texts: Iterable[str], *, prompt: str = "{text}") -> list[Tokens]:
    """Token ids of each text, cut at the model's window.

    `prompt` is put around every text where it says {text}; braces in the text mean nothing.
    """
    before, _, after = prompt.partition("{text}")
    encoded = model.tokenizer([before + text + after for text in texts], truncation=True, max_length=model.window)
    return [
        Tokens(np.asarray(encoding.ids, dtype=np.int32), truncated=bool(encoding.overflowing))
        for encoding in encoded.encodings
    ]


@dataclass(frozen=True)
class TokenFile:
    """Token ids of a corpus in a file: memory holds three numbers and a mark a document."""

    file: store.RaggedRows
    truncated: np.ndarray
    """(documents,) bool."""
    distinct: int
    """Documents that differ in what the model reads of them."""

    @property
    def lengths(self) -> np.ndarray:
        """(documents,) int64: tokens of each document."""
        return self.file.lengths


def tokenise_to_file(model: Model, texts: Iterable[list[str]], folder: Path, *, prompt: str = "{text}") -> TokenFile:
    """Token ids of a corpus that comes in lists of texts, kept in a scratch file in `folder`.

    Raises ExtractionError if the tokenizer makes no token at all of a document, with the first such
    documents: they would have no hidden state.
    """
    truncated: list[bool] = []
    digests = array("Q")

    def rows() -> Iterable[np.ndarray]:
        for part in texts:
            for document in tokenise(model, part, prompt=prompt):
                truncated.append(document.truncated)
                digests.append(int.from_bytes(hashlib.blake2b(document.ids.tobytes(), digest_size=8).digest()))
                yield document.ids

    file = store.RaggedRows(folder, rows())
    empty = np.flatnonzero(file.lengths == 0)
    if len(empty):
        raise ExtractionError(
            f"{len(empty)} documents (first: {empty[:5].tolist()}) have no token for {type(model.tokenizer).__name__}; "
            "leave them out of the corpus, or give the model a prompt that adds one"
        )
    return TokenFile(file, np.array(truncated, dtype=bool), distinct=len(np.unique(digests)))
