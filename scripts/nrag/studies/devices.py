"""Where models run, decided once and without importing torch."""

import os
import shutil
import subprocess
from collections.abc import MutableMapping
from pathlib import Path

from nrag.studies.study import StudyError

FROZEN = "NRAG_DEVICE"
"""Environment variable that hands the decision to every process that parses the workflow again."""

DEVICES = ("cpu", "cuda")
NVIDIA = (Path("/proc/driver/nvidia/gpus"), Path("/dev"))
"""Where the NVIDIA driver lists its devices, and where the files are that open them."""


def resolve_device(setting: str, environ: MutableMapping[str, str]) -> str:
    """`cpu` or `cuda`: what `device` in the config means here; the answer is stored in NRAG_DEVICE.

    `auto` is what NRAG_DEVICE says, since a compute node must decide as the login node did; else cuda
    if this machine has an NVIDIA device that the user does not hide (CUDA_VISIBLE_DEVICES), or if its
    SLURM cluster offers GPUs; else cpu.

    Raises StudyError if NRAG_DEVICE holds something else.
    """
    if setting == "auto":
        setting = environ.get(FROZEN) or ("cuda" if local_gpu(environ) or cluster_gpu(environ) else "cpu")
        if setting not in DEVICES:
            raise StudyError([f"environment variable {FROZEN}: {setting!r} is not one of {', '.join(DEVICES)}"])
    environ[FROZEN] = setting
    return setting


def device_doubts(setting: str, environ: MutableMapping[str, str]) -> list[str]:
    """What may go wrong with `device` here; nothing if all is well. A cluster may hide its GPUs, so no error."""
    if setting != "cuda" or local_gpu(environ) or cluster_gpu(environ):
        return []
    return ["device: cuda, but neither this machine nor sinfo shows a GPU: jobs that find none will fail"]


def local_gpu(environ: MutableMapping[str, str]) -> bool:
    """Whether this machine has an NVIDIA device that processes may use."""
    if environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    driver, devices = NVIDIA
    # The driver's folder shows through into containers; the device files do so only if they are handed in.
    if driver.is_dir() and any(driver.iterdir()) and any(devices.glob("nvidia[0-9]*")):
        return True
    return _answer(["nvidia-smi", "-L"], environ).startswith("GPU")


def cluster_gpu(environ: MutableMapping[str, str]) -> bool:
    """Whether a SLURM cluster that jobs can be sent to from here offers GPUs."""
    return "gpu" in _answer(["sinfo", "-h", "-o", "%G"], environ).lower()


def _answer(command: list[str], environ: MutableMapping[str, str]) -> str:
    """What a command prints; nothing if it is not there, fails or hangs."""
    program = shutil.which(command[0], path=environ.get("PATH", os.defpath))
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 (no shell, fixed arguments)
            [program, *command[1:]], capture_output=True, text=True, timeout=10, env=dict(environ), check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
