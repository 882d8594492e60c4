"""What a graph has to beat: look-up tables of tokens and of token sequences, made of the same examples.

Both are patterns too, so that they are looked up as those of a graph are (Foote et al. 2023, section 3.2).
"""

from collections.abc import Sequence

import numpy as np

from nrag.neurons.patterns import Pattern, pattern_of

PREVIOUS = 5
"""Tokens before the activating one in the table of sequences."""


def token_table(tokens: Sequence[int], activations: Sequence[float]) -> list[tuple[Pattern, float]]:
    """Each activating token of the examples with its mean activation."""
    return _means([pattern_of(token, ()) for token in tokens], activations)


def sequence_table(
    documents: Sequence[np.ndarray], positions: Sequence[int], activations: Sequence[float]
) -> list[tuple[Pattern, float]]:
    """Each activating token with the five before it, or all there are, and the mean activation.

    `documents` (examples,) are the token ids of each example's document, `positions` its place there.
    """
    patterns = [
        pattern_of(ids[place], ((back, ids[place - back]) for back in range(1, min(PREVIOUS, place) + 1)))
        for ids, place in zip(documents, map(int, positions), strict=True)
    ]
    return _means(patterns, activations)


def _means(patterns: Sequence[Pattern], activations: Sequence[float]) -> list[tuple[Pattern, float]]:
    """Means, as graphs have them: N2G's tables have the largest, and their squared errors suffer for it."""
    found: dict[Pattern, list[float]] = {}
    for pattern, activation in zip(patterns, activations, strict=True):
        found.setdefault(pattern, []).append(float(activation))
    return [(pattern, float(np.mean(seen))) for pattern, seen in sorted(found.items())]
