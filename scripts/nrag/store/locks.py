"""Folders in which one process works at a time, also where a killed run left its job over."""

import fcntl
import os
import time
from pathlib import Path

PATIENCE = 3.0
"""Seconds to wait for a folder: the workers of a killed job hold its lock until they notice."""


def hold(folder: Path) -> int:
    """The open file `lock` of a folder, which is made if need be: it is held until it is closed, or the process ends.

    Raises RuntimeError if another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(0.1)
                continue
            os.close(lock)
            raise RuntimeError(
                f"another process is writing to {folder}; wait for it, or end it if a killed run left it over"
            ) from None
        return lock
