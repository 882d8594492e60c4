"""One run at a time in a results folder."""

import fcntl
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import IO

LOG = logging.getLogger("nrag")

_CLAIMED: list[IO] = []


class BusyError(RuntimeError):
    """Another run works in the same results folder."""


def claim(results: Path, *, at_work: Sequence[str] = ()) -> None:
    """Hold the results folder until this process ends, however it ends.

    `at_work` are the numbers of SLURM jobs that an earlier run left: they write there too.

    Raises BusyError if another process holds it, such jobs are left, or it cannot be written to. A file
    system without locks gives a warning only.
    """
    if at_work:
        raise BusyError(
            f"SLURM jobs of an earlier run are still at work here ({', '.join(at_work)}): wait for them, or end them "
            f"with `scancel {' '.join(at_work)}`, then run again; what is finished is kept"
        )
    try:
        results.mkdir(parents=True, exist_ok=True)
        lock = (results / ".lock").open("w")
    except OSError as error:
        raise BusyError(
            f"{error.filename} cannot be written ({error.strerror}): run in a folder of your own, "
            "or ask its owner to let you write there"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise BusyError(f"another run is at work in {results.resolve()}; wait for it or end it") from None
    except OSError as error:
        LOG.warning("%s cannot be locked (%s): start no second run there before this one ends", results, error)
    # The lock lasts as long as the open file.
    _CLAIMED.append(lock)
