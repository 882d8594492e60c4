"""Texts to activations: one forward pass a document fills every layer and every pooling."""

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

from nrag import contracts, distinct, store
from nrag.extraction.batches import batches_of, run_batches, token_budget
from nrag.extraction.pooling import AUTOCAST, pool, pooled_hidden_states
from nrag.extraction.progress import Progress
from nrag.extraction.tokens import ExtractionError, TokenFile, Tokens, tokenise, tokenise_to_file
from nrag.models import Model

__all__ = [
    "AUTOCAST",
    "Activations",
    "ExtractionError",
    "Tokens",
    "batches_of",
    "extract",
    "pool",
    "pooled_hidden_states",
    "token_budget",
    "tokenise",
]

LOG = logging.getLogger("nrag")


@dataclass(frozen=True)
class Activations:
    """Every document's pooled hidden states, on the disk until they are written where they belong."""

    rows: store.PartialRows
    widths: list[int]
    """Width of each hidden state, embeddings first."""
    poolings: tuple[str, ...]
    tokens: np.ndarray
    """(documents,) int32: tokens the model read."""
    truncated: np.ndarray
    """(documents,) bool."""
    distinct: int
    """Documents that differ in what the model read of them."""

    def blocks(self) -> Iterator[tuple[slice, str, int, np.ndarray]]:
        """(documents, pooling, layer, (documents, width)) for blocks of documents as long as a chunk of the file."""
        for start in range(0, self.rows.rows, contracts.HIDDEN_STATE_ROWS):
            documents = range(start, min(start + contracts.HIDDEN_STATE_ROWS, self.rows.rows))
            column = 0
            for layer, width in enumerate(self.widths):
                for pooling in self.poolings:
                    values = self.rows.read(documents, range(column, column + width))
                    yield slice(documents.start, documents.stop), pooling, layer, values
                    column += width

    def filling(self, ids: Iterable[str]) -> Callable[[h5py.File], None]:
        """What `store.write_arrays` needs to write the activations file of documents named `ids`.

        Blocks of whole chunks in corpus order: each chunk is written once, and the file has the
        same bytes in whatever order the documents were computed. Poolings that tell fewer documents
        apart than the model read are told in the log.
        """

        def fill(file: h5py.File) -> None:
            store.add_array(file, "documents/id", np.array(list(ids), dtype=object))
            store.add_array(file, "documents/tokens", self.tokens)
            store.add_array(file, "documents/truncated", self.truncated)
            for pooling, (layer, width) in itertools.product(self.poolings, enumerate(self.widths)):
                store.add_array(file, contracts.hidden_state(pooling, layer), shape=(len(self.tokens), width))
            for documents, pooling, layer, values in self.blocks():
                store.write_rows(file, contracts.hidden_state(pooling, layer), documents, values)
            for pooling in self.poolings:
                self._count_vectors(file, pooling)

        return fill

    def _count_vectors(self, file: h5py.File, pooling: str) -> None:
        vectors = {}
        for layer in range(len(self.widths)):
            path = contracts.hidden_state(pooling, layer)
            vectors[layer] = distinct.distinct_vectors(store.array_blocks(file, path))
            store.describe_array(file, path, distinct=vectors[layer])
        if lost := distinct.in_words(pooling, vectors, documents=self.distinct):
            LOG.warning(lost)

    def discard(self) -> None:
        """Delete the scratch folder, once the activations are where they belong."""
        self.rows.close(discard=True)


def extract(
    model: Model,
    texts: Iterable[list[str]],
    scratch: str | Path,
    *,
    signature: Mapping[str, Any],
    poolings: tuple[str, ...] = contracts.POOLINGS,
    prompt: str = "{text}",
    dtype: str = "float32",
    matmul_precision: str = "highest",
    batch_tokens: int | None = None,
    workers: int = 1,
) -> Activations:
    """Run every document through the model once; what is done is kept in the folder `scratch`.

    Called again with the same `signature` (model, corpus and every setting that changes a number)
    after a kill, it goes on with the batches that are missing. `batch_tokens` is the budget of one
    batch, by default fixed by the corpus. `workers` processes compute batches; a GPU has one.

    Raises ExtractionError for an empty corpus, a document without tokens and a value that is not
    finite, RuntimeError if another process is at work in `scratch`.
    """
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision(matmul_precision)
    scratch = Path(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    tokens = tokenise_to_file(model, texts, scratch, prompt=prompt)
    if not len(tokens.lengths):
        raise ExtractionError("the corpus has no documents")
    widths = _widths(model, tokens, poolings)
    rows = store.PartialRows(
        scratch,
        rows=len(tokens.lengths),
        width=sum(widths) * len(poolings),
        signature=signature,
    )
    try:
        _fill(model, tokens, rows, poolings, dtype, batch_tokens, workers if model.device.type == "cpu" else 1)
    except BaseException:
        rows.close(discard=False)
        raise
    tokens.file.close()
    LOG.info("%d of %d documents were cut at %d tokens", tokens.truncated.sum(), len(tokens.lengths), model.window)
    return Activations(
        rows, widths, poolings, tokens.lengths.astype(np.int32), tokens.truncated, distinct=tokens.distinct
    )


def _fill(
    model: Model,
    tokens: TokenFile,
    rows: store.PartialRows,
    poolings: tuple[str, ...],
    dtype: str,
    batch_tokens: int | None,
    workers: int,
) -> None:
    done = rows.done
    budget = max(batch_tokens or token_budget(tokens.lengths), int(tokens.lengths.max()))
    batches = [batch for batch in batches_of(tokens.lengths, budget=budget) if not done[batch].all()]
    if done.any():
        LOG.info("%d of %d documents were done before: going on", np.count_nonzero(done), len(done))
    if not batches:
        return
    waiting = np.concatenate(batches)
    progress = Progress(len(waiting), int(tokens.lengths[waiting].sum()))

    def compute(batch: np.ndarray) -> np.ndarray:
        documents = [tokens.file[document] for document in batch]
        layers = pooled_hidden_states(model, documents, poolings=poolings, dtype=dtype)
        _refuse_infinite(layers, batch)
        return np.concatenate([layer.reshape(len(batch), -1) for layer in layers], axis=1)

    for batch, values in run_batches(batches, compute, workers=workers):
        rows.write(batch, values)
        progress.add(len(batch), int(tokens.lengths[batch].sum()))
    progress.close()


def _widths(model: Model, tokens: TokenFile, poolings: tuple[str, ...]) -> list[int]:
    # Asked of the model itself, on its shortest document: widths may differ by layer.
    shortest = tokens.file[int(tokens.lengths.argmin())]
    return [layer.shape[-1] for layer in pooled_hidden_states(model, [shortest], poolings=poolings)]


def _refuse_infinite(layers: list[np.ndarray], batch: np.ndarray) -> None:
    for layer, values in enumerate(layers):
        wrong = batch[~np.isfinite(values).all(axis=(1, 2))]
        if len(wrong):
            raise ExtractionError(
                f"{len(wrong)} documents of a batch of {len(batch)} (first: {wrong[0]}) have values that are "
                f"not finite in layer {layer}; half precision overflows in some models: use dtype float32"
            )
