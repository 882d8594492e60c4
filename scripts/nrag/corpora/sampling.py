"""Which documents are kept where a label has more than wanted."""

import hashlib
from collections.abc import Sequence

import numpy as np


def drawn(labels: Sequence[str | None], *, maximum: int, seed: int) -> np.ndarray:
    """Whether each row is drawn, (rows,) bool: at most `maximum` of every label, without replacement.

    Rows without a label are drawn as one group. What is drawn of a label depends on the seed, the
    label and the order of its own rows alone: more rows of another label change nothing.
    """
    if maximum < 1:
        raise ValueError(f"maximum must be at least 1, not {maximum}")
    keep = np.zeros(len(labels), dtype=bool)
    places: dict[str | None, list[int]] = {}
    for row, label in enumerate(labels):
        places.setdefault(label, []).append(row)
    for label, rows in places.items():
        chosen = rows if len(rows) <= maximum else _generator(seed, label).choice(rows, maximum, replace=False)
        keep[chosen] = True
    return keep


def _generator(seed: int, label: str | None) -> np.random.Generator:
    # Python's own hash changes with every process.
    name = b"" if label is None else b"label " + label.encode()
    return np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name).digest()[:8], "little")])
