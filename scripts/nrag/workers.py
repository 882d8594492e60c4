"""Forked worker processes that end with their parent.

Forked, so that what the parent has loaded or compiled is shared. An executor, since a pool hangs for
ever when the system kills a worker for its memory. A worker whose parent was killed would otherwise
live on with the model in its memory and the parent's locks in its hands.
"""

import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

LOOK_EVERY = 0.2
"""Seconds between two looks at whether the parent is alive."""


def forked(workers: int) -> ProcessPoolExecutor:
    """An executor of `workers` forked processes; a killed one ends the run with BrokenProcessPool."""
    return ProcessPoolExecutor(
        workers, mp_context=get_context("fork"), initializer=_end_with_parent, initargs=(os.getpid(),)
    )


def _end_with_parent(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
