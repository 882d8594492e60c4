"""Which of a machine's NVIDIA GPUs a job uses: one that no other job holds.

Snakemake counts GPUs and does not say which one a job gets, so jobs that run side by side on a machine
without a scheduler each claim theirs by a lock. The kernel lets a lock go however its process ends.
"""

import fcntl
import itertools
import logging
import os
import stat
import tempfile
import time
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import IO

from nrag import programs

LOG = logging.getLogger("nrag")

VISIBLE = "CUDA_VISIBLE_DEVICES"

DRIVER = (Path("/proc/driver/nvidia/gpus"), Path("/dev"))
"""Where the NVIDIA driver lists its devices, and where the files are that open them."""

SCHEDULERS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")
"""Variables that name the job of a scheduler, which gives a device to one job at a time."""

LOOK_EVERY = 0.5
"""Seconds between two looks at whether a device is free."""

INSTANT = 2
"""Seconds that another job may have the turn before this one says that it waits."""

_CLAIMED: list[IO] = []


class GpuError(RuntimeError):
    """A job cannot have the GPUs it needs."""


def shown(environ: Mapping[str, str]) -> list[str]:
    """The devices that a process may use, as CUDA_VISIBLE_DEVICES names them.

    Those of that variable where it is set, by a scheduler or by the user; as for CUDA, what is no
    device ends the list. Otherwise all that the driver shows, by number.

    >>> shown({"CUDA_VISIBLE_DEVICES": "2,3"}), shown({"CUDA_VISIBLE_DEVICES": "0,-1,1"})
    (['2', '3'], ['0'])
    """
    if VISIBLE not in environ:
        return [str(number) for number in range(driven(environ))]
    named = (device.strip() for device in environ[VISIBLE].split(","))
    return list(dict.fromkeys(itertools.takewhile(lambda device: device not in ("", "-1"), named)))


def driven(environ: Mapping[str, str]) -> int:
    """How many devices the NVIDIA driver of this machine shows, whether or not they are hidden from a process."""
    driver, files = DRIVER
    # The driver's folder shows through into containers; the device files do so only if they are handed in.
    if driver.is_dir() and any(driver.iterdir()) and (devices := list(files.glob("nvidia[0-9]*"))):
        return len(devices)
    return sum(line.startswith("GPU ") for line in programs.answer(["nvidia-smi", "-L"], environ).splitlines())


def setting(environ: Mapping[str, str]) -> str:
    """What CUDA_VISIBLE_DEVICES says, for a message."""
    return f"{VISIBLE} is {environ[VISIBLE]!r}" if VISIBLE in environ else f"{VISIBLE} is not set"


def claim(number: int, environ: MutableMapping[str, str]) -> list[str]:
    """`number` devices that this process holds until it ends; CUDA_VISIBLE_DEVICES then names them alone.

    Waits, with a line in the log, until this user's other jobs have let go of enough of them. Nothing
    is claimed, and nothing returned, where no device is shown: whoever starts CUDA then finds none.

    To be called before CUDA is started, which reads the variable once. Raises GpuError if fewer
    devices are shown than needed, and where the locks cannot be written.
    """
    devices = shown(environ)
    if devices and len(devices) < number:
        raise GpuError(f"{number} GPUs are needed, and this job sees {len(devices)}; {setting(environ)}")
    if not devices:
        return []
    job = next((environ[name] for name in SCHEDULERS if name in environ), None)
    # Nobody else holds what a scheduler gave; numbers begin at 0 in each of its jobs, so they tell nothing apart.
    claimed = devices if job and len(devices) == number else _locked(number, devices, _folder(job))
    environ[VISIBLE] = ",".join(claimed)
    LOG.info("GPU %s", environ[VISIBLE])
    return claimed


def _folder(job: str | None) -> Path:
    """Where this user's locks are; jobs of a scheduler have theirs apart."""
    parts = ["nrag-gpus", str(os.getuid()), *([job] if job else [])]
    folder = Path(tempfile.gettempdir()) / "-".join(parts).replace("/", "_")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # Of a link, not of what it leads to: another user may have put it there.
        found = folder.lstat()
    except OSError as error:
        raise GpuError(f"GPUs are claimed in {folder}, which cannot be made: {error.strerror}") from None
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise GpuError(f"GPUs are claimed in {folder}, which is another user's; set TMPDIR to a folder of your own")
    return folder


def _locked(number: int, devices: Sequence[str], folder: Path) -> list[str]:
    """The first `number` devices to be free, locked until this process ends.

    Whoever waits holds the turn, and takes what it needs as it becomes free: no two jobs ever hold a
    part each of what both need, and one that needs several is not passed over for ever.
    """
    try:
        # MIG devices have slashes in their names. To append: whatever lies there keeps its content.
        files = {device: (folder / device.replace("/", "_")).open("a") for device in devices}
        turn_file = (folder / "turn").open("a")
    except OSError as error:
        raise GpuError(
            f"GPUs are claimed in {folder}, where {error.filename} cannot be opened: {error.strerror}"
        ) from None
    claimed: list[str] = []
    asked, told = time.monotonic(), False
    with turn_file as turn:
        while True:
            has_turn = _lock(turn)
            for device in devices if has_turn else ():
                if len(claimed) < number and device not in claimed and _lock(files[device]):
                    claimed.append(device)
            if len(claimed) == number:
                break
            # Whoever finds all it needs has the turn for an instant only: no reason to speak of waiting.
            if not told and (has_turn or time.monotonic() - asked > INSTANT):
                LOG.info("waiting for %d of the GPUs %s, which other jobs hold", number, ", ".join(devices))
                told = True
            time.sleep(LOOK_EVERY)
    for device in set(devices) - set(claimed):
        files.pop(device).close()
    # A lock lasts as long as its open file.
    _CLAIMED.extend(files.values())
    return list(files)


def _lock(file: IO) -> bool:
    """Whether this process now has, or had, the lock of a file."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise GpuError(
            f"GPUs are claimed by locks, and {file.name} cannot be locked: {error.strerror}; "
            "set TMPDIR to a folder on a disk of this machine"
        ) from None
    return True
