"""How many of the documents that went into a hidden state it still tells apart."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

# ASSUME vectors nearer than 1e-4 of their spread, or than 1e-6 of their length, are the same vector:
# in float32 the same text gives vectors 1e-7 of their length apart in batches of different shape.
_OF_SPREAD, _OF_LENGTH = 1e-4, 1e-6
_SKETCH = 16


def distinct_vectors(blocks: Iterable[np.ndarray]) -> int:
    """The number of different vectors among the rows of `blocks`, (rows, width) each.

    Two rows count as the same if they are nearer than rounding noise explains: 1e-4 of the rows' spread, the
    median of their distances from the median of each direction, plus 1e-6 of the longer one's length. No few rows,
    however far from all others, have a say in which of the others are the same. Distances are measured in 16
    random directions, so that memory does not grow with the width. Computation in bfloat16 has noise of
    4e-3 and is beyond this: its repeated vectors may count as different.

    >>> rows = np.array([[3.0, 0.0], [0.0, 1.0], [3.0, 1e-9]])
    >>> distinct_vectors([rows[:2], rows[2:]])
    2
    """
    return len(np.unique(first_copies([blocks])))


def first_copies(sets: Iterable[Iterable[np.ndarray]]) -> np.ndarray:
    """For every row the number of the first one with the same vector, its own if there is none before: (rows,) int64.

    The rows of all `sets` of blocks are numbered through. The same is what `distinct_vectors` calls so, each set
    with a spread of its own. Of a chain in which neighbours are the same, all are.

    >>> rows = np.array([[3.0, 0.0], [0.0, 1.0], [3.0, 1e-9]])
    >>> first_copies([[rows[:2], rows[2:]]])
    array([0, 1, 0])
    """
    sketches = [np.vstack([_sketch(block) for block in blocks]) for blocks in sets]
    sketch, tolerances = np.vstack(sketches), np.concatenate([_tolerances(each) for each in sketches])
    # Rounding to a grid would split equal rows that lie on either side of an edge of it. Instead every row is
    # compared with the one that comes `step` before it along the first direction, and goes if they are the same.
    order = np.argsort(sketch[:, 0], kind="stable")
    rows, tolerances = sketch[order], tolerances[order]
    same_as = np.arange(len(sketch))
    step = 1
    # The larger tolerance of two holds: then no two rows are near with a larger step if none are with this one.
    while len(near := np.flatnonzero(rows[step:, 0] - rows[:-step, 0] <= (of_two := _of_two(tolerances, step)))):
        same = near[np.linalg.norm(rows[near + step] - rows[near], axis=1) <= of_two[near]]
        same_as[order[same + step]] = order[same]
        rows, tolerances, order = (np.delete(values, same + step, axis=0) for values in (rows, tolerances, order))
        # What stays may now be nearer to each other, in places, than any step that was tried.
        step = 1 if len(same) else step + 1
    while (same_as != (further := same_as[same_as])).any():
        same_as = further
    _, first, group = np.unique(same_as, return_index=True, return_inverse=True)
    return first[group]


def in_words(pooling: str, vectors: Mapping[int, int], *, documents: int) -> str | None:
    """What a pooling loses of so many different documents, None if every layer has a vector for each of them.

    `vectors` are the different vectors of each layer.

    >>> in_words("first", {0: 1, 1: 4, 2: 4, 3: 9}, documents=9)
    'pooling first: layers 0 to 2 have only 1 to 4 different vectors for 9 different documents'
    """
    fewer = {layer: count for layer, count in sorted(vectors.items()) if count < documents}
    if not fewer:
        return None
    low, high = min(fewer.values()), max(fewer.values())
    counted = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return (
        f"pooling {pooling}: {layers_in_words(list(fewer))} {'has' if len(fewer) == 1 else 'have'} only {counted} "
        f"different {'vector' if high == 1 else 'vectors'} for {documents:,} different documents"
    )


def layers_in_words(layers: Sequence[int]) -> str:
    """Rising numbers of layers, what follows each other as a range.

    >>> layers_in_words([0]), layers_in_words([0, 1, 2, 5, 6])
    ('layer 0', 'layers 0 to 2, 5, 6')
    """
    starts = [place for place in range(len(layers)) if not place or layers[place] != layers[place - 1] + 1]
    runs = [layers[start:end] for start, end in zip(starts, [*starts[1:], len(layers)], strict=True)]
    named = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"{'layer' if len(layers) == 1 else 'layers'} {', '.join(named)}"


def _of_two(tolerances: np.ndarray, step: int) -> np.ndarray:
    """The larger tolerance of each row and the one `step` after it."""
    return np.maximum(tolerances[step:], tolerances[:-step])


def _tolerances(sketch: np.ndarray) -> np.ndarray:
    """How far from each row the same vector may lie."""
    spread = np.median(np.linalg.norm(sketch - np.median(sketch, axis=0), axis=1))
    return _OF_SPREAD * spread + _OF_LENGTH * np.linalg.norm(sketch, axis=1)


def _sketch(block: np.ndarray) -> np.ndarray:
    directions = np.random.default_rng(0).standard_normal((block.shape[1], _SKETCH)) / np.sqrt(_SKETCH)
    return block.astype(np.float64, copy=False) @ directions
