"""Which documents share a forward pass, and which process computes it.

Cost is decided by padding, so documents are sorted by length and cut into batches of a token
budget. The batches depend on the corpus alone, never on the number of workers: more cores give the
same bytes sooner.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import numpy as np

from nrag.workers import forked


def token_budget(lengths: np.ndarray) -> int:
    """Padded tokens of one batch: min(8192, tokens / 32), at least the longest document.

    8192 keep a CPU's matrix products busy; a small corpus wants smaller batches, since a batch of
    its longest and shortest documents is mostly padding.
    """
    return max(min(8192, int(lengths.sum()) // 32), int(lengths.max()))


def batches_of(lengths: np.ndarray, *, budget: int) -> list[np.ndarray]:
    """Batches of document numbers, longest documents first, each of at most `budget` padded tokens.

    Documents of one length keep their order. A batch also ends where a document is shorter than
    7/8 of its longest one, once the batch holds an eighth of the budget: small batches are cheaper
    than padding, tiny ones are not.

    >>> [batch.tolist() for batch in batches_of(np.array([3, 9, 3, 8]), budget=18)]
    [[1, 3], [0, 2]]
    """
    order = np.lexsort((np.arange(len(lengths)), -lengths))
    batches: list[list[int]] = [[]]
    longest = 0
    for document in order.tolist():
        size = len(batches[-1])
        full = (size + 1) * longest > budget
        looser = lengths[document] * 8 < longest * 7 and size * longest * 8 >= budget
        if size and (full or looser):
            batches.append([])
        if not batches[-1]:
            longest = int(lengths[document])
        batches[-1].append(document)
    return [np.array(batch, dtype=np.int64) for batch in batches if batch]


def run_batches(
    batches: list[np.ndarray],
    compute: Callable[[np.ndarray], Any],
    *,
    workers: int = 1,
) -> Iterator[tuple[np.ndarray, Any]]:
    """Each batch with what `compute` makes of it, in order, computed by `workers` forked processes.

    Workers share the parent's memory, the model's weights above all. At most two batches a worker
    are under way, so results do not pile up. A worker that is killed ends the run with
    BrokenProcessPool.
    """
    if workers == 1:
        yield from ((batch, compute(batch)) for batch in batches)
        return
    global _COMPUTE
    _COMPUTE = compute
    with forked(workers) as processes:
        under_way: deque[tuple[np.ndarray, Future]] = deque()
        waiting = iter(batches)
        for batch in waiting:
            under_way.append((batch, processes.submit(_compute, batch)))
            if len(under_way) == 2 * workers:
                done, future = under_way.popleft()
                yield done, future.result()
        for done, future in under_way:
            yield done, future.result()


_COMPUTE: Callable[[np.ndarray], Any] | None = None


def _compute(batch: np.ndarray) -> Any:
    return _COMPUTE(batch)
