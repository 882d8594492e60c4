"""Tokens that may stand in the place of another: seen there in the corpus, or near it in the model."""

from collections.abc import Callable, Sequence
from itertools import islice, zip_longest

import numpy as np
import torch

from nrag.neurons.tracing import TRIED

Source = Callable[[np.ndarray, np.ndarray], list[list[int]]]
"""Windows (places, columns) int, `NO_TOKEN` beyond the ends of the document, and the column of the token in question
(places,), never the first or the last one; to other tokens that may stand there, the best first."""


def nearest_embeddings(embeddings: torch.Tensor, known: np.ndarray, *, number: int) -> Source:
    """The tokens among `known` whose input embeddings have the largest cosine with the token's, `number` of each.

    `embeddings` (vocabulary, width) are the model's, `known` (n,) the token ids that its corpus uses.
    """
    table = torch.nn.functional.normalize(embeddings[torch.as_tensor(known).long()].double(), dim=1)
    place = {int(token): row for row, token in enumerate(known.tolist())}

    def candidates(windows: np.ndarray, columns: np.ndarray) -> list[list[int]]:
        tokens = windows[np.arange(len(windows)), columns]
        found: dict[int, list[int]] = {}
        for token in np.unique(tokens).tolist():
            row = place[token]
            alike = (table @ table[row]).numpy()
            alike[row] = -np.inf
            # Stable, so that of equal ones the smallest id comes first.
            found[token] = known[np.argsort(-alike, kind="stable")[:number]].tolist()
        return [found[token] for token in tokens.tolist()]

    return candidates


def seen_between(documents: Sequence[np.ndarray], *, number: int) -> Source:
    """The tokens that a corpus most often has between the same two neighbours, `number` of each place at most."""
    inner = [ids.astype(np.int64) for ids in documents if len(ids) > 2]
    triples = np.concatenate(
        [np.column_stack([ids[:-2], ids[2:], ids[1:-1]]) for ids in inner] or [np.empty((0, 3), int)]
    )
    kinds, counts = np.unique(triples, axis=0, return_counts=True)
    key = kinds[:, 0] << 32 | kinds[:, 1]

    def candidates(windows: np.ndarray, columns: np.ndarray) -> list[list[int]]:
        found = []
        places = windows[np.arange(len(windows))[:, None], columns[:, None] + [0, -1, 1]].astype(np.int64)
        wanted = places[:, 1] << 32 | places[:, 2]
        bounds = np.searchsorted(key, np.column_stack([wanted, wanted + 1]))
        for (token, before, after), (start, stop) in zip(places.tolist(), bounds.tolist(), strict=True):
            if before < 0 or after < 0:
                found.append([])
                continue
            order = np.argsort(-counts[start:stop], kind="stable")
            there = [each for each in kinds[start:stop, 2][order].tolist() if each != token]
            found.append(there[:number])
        return found

    return candidates


def from_all(
    sources: Sequence[Source], neighbours: np.ndarray
) -> Callable[[Sequence[int], Sequence[int]], list[list[int]]]:
    """What `tracing.trace` asks: of examples and columns of their windows, the first `TRIED` candidates, each once.

    `neighbours` (examples, columns + 2) int are the tokens of the windows and one beyond either end, -1 where there
    is none.
    """

    def candidates(examples: Sequence[int], columns: Sequence[int]) -> list[list[int]]:
        if not len(examples):
            return []
        windows, middle = neighbours[np.asarray(examples)], np.asarray(columns) + 1
        found = [source(windows, middle) for source in sources]
        return [_in_turn(ways) for ways in zip(*found, strict=True)]

    return candidates


def _in_turn(ways: Sequence[Sequence[int]]) -> list[int]:
    """The best of each source, then the second of each, and so on."""
    turns = (token for turn in zip_longest(*ways) for token in turn if token is not None)
    return list(islice(dict.fromkeys(turns), TRIED))
