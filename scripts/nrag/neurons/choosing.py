"""Which neurons are traced, and by which examples."""

from collections.abc import Sequence

import numpy as np

from nrag.models import ModelError

DEAD = 1e-3
"""A neuron is dead whose largest |activation| is below this part of its block's median."""


def selected(neurons: int, wanted: str | int | Sequence[int], *, seed: int) -> np.ndarray:
    """The neurons of a block that are traced, (n,) int32 ascending: all, so many drawn at random, or those listed.

    Raises ModelError for a neuron that the block does not have.
    """
    if wanted == "all" or (isinstance(wanted, int) and wanted >= neurons):
        return np.arange(neurons, dtype=np.int32)
    if isinstance(wanted, int):
        return np.sort(np.random.default_rng([seed, 11]).choice(neurons, wanted, replace=False)).astype(np.int32)
    beyond = sorted({int(neuron) for neuron in wanted if not 0 <= neuron < neurons})
    if beyond:
        raise ModelError(f"neurons.per_block: there is no neuron {beyond[0]}; blocks have 0 to {neurons - 1}")
    return np.unique(np.asarray(wanted, dtype=np.int32))


def training_examples(
    best: np.ndarray, drawn: np.ndarray, drawn_bin: np.ndarray, *, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which of a neuron's best and of its randomly drawn examples patterns are made of, as places in the two lists.

    `best` and `drawn` (n,) are their documents, the strongest first, the drawn ones in random order within each bin
    of strength. Half of the `number` are the best; the others are drawn from all bins alike, the strongest bin first,
    and what bins lack the next best fill up: weak activations, too, are patterns.
    """
    first = np.arange(min(number // 2 or 1, len(best)))
    taken = set(best[first].tolist())
    queues = [np.flatnonzero(drawn_bin == each).tolist() for each in sorted(set(drawn_bin.tolist()), reverse=True)]
    chosen: list[int] = []
    while any(queues) and len(first) + len(chosen) < number:
        for queue in queues:
            while queue and int(drawn[queue[0]]) in taken:
                queue.pop(0)
            if queue and len(first) + len(chosen) < number:
                chosen.append(queue.pop(0))
                taken.add(int(drawn[chosen[-1]]))
    further = [place for place in range(len(first), len(best)) if int(best[place]) not in taken]
    further = further[: max(number - len(first) - len(chosen), 0)]
    return np.concatenate([first, np.array(further, dtype=first.dtype)]), np.array(chosen, dtype=np.int64)
