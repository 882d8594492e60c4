"""Where models run, decided once and without importing torch."""

from collections.abc import Mapping, MutableMapping

from nrag import gpus, programs
from nrag.studies.study import StudyError

FROZEN = "NRAG_DEVICE"
"""Environment variable that hands the decision to every process that parses the workflow again."""

DEVICES = ("cpu", "cuda")


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


def device_problems(setting: str, environ: Mapping[str, str], *, cluster: bool) -> list[str]:
    """What is wrong with `device` here: a line if it asks for a GPU that there is not.

    With `cluster`, jobs are sent to a SLURM cluster, and its GPUs count too.
    """
    if setting != "cuda" or local_gpu(environ) or (cluster and cluster_gpu(environ)):
        return []
    shown = "neither this machine nor its SLURM cluster (sinfo) shows a GPU" if cluster else "this machine shows no GPU"
    return [f"device: cuda, but {shown}; {gpus.setting(environ)}. Set device: cpu, or auto, or run where there is one"]


def local_gpu(environ: Mapping[str, str]) -> bool:
    """Whether this machine has an NVIDIA device that processes may use."""
    return bool(gpus.shown(environ)) and gpus.driven(environ) > 0


def cluster_gpu(environ: Mapping[str, str]) -> bool:
    """Whether a SLURM cluster that jobs can be sent to from here offers GPUs."""
    return "gpu" in programs.answer(["sinfo", "-h", "-o", "%G"], environ).lower()
