"""What a SLURM cluster says before any job is sent to it.

A wrong partition or a missing command would fail every job by itself, each after its retries, with
messages of SLURM's own; asked once, it is one line.
"""

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path

import yaml

LOG = logging.getLogger("nrag")

PROGRAMS = ("sbatch", "squeue", "sinfo", "scancel", "scontrol")
PATIENCE = 20
"""Seconds that a controller has to answer."""


class _SilentError(RuntimeError):
    """A program of SLURM gave an error, or no answer in time."""


def problems(
    *, partition_file: Path | None, partitions: Collection[str], status_command: str, gpus: int = 0
) -> list[str]:
    """Everything that keeps jobs from being submitted from this machine, a line each; empty if nothing does.

    `partition_file` describes the partitions that jobs are chosen for, `partitions` are the values of
    the resource slurm_partition as they are written, `status_command` is what the executor asks for
    its jobs' states, `gpus` is how many the job that wants most asks for.
    """
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return [
            f"SLURM is not at hand: {', '.join(missing)} not found; submit from a login node of the cluster, or leave "
            "out --workflow-profile slurm to run on this machine (--cores N)"
        ]
    try:
        # Where the resource names a partition, the file has no say.
        lacking = [] if partitions else _without_gpus(partition_file, gpus)
        return [*_wrong_partitions(partition_file, partitions), *lacking, *_without_accounting(status_command)]
    except _SilentError as error:
        return [str(error)]


def at_work(here: Path) -> list[str]:
    """Numbers of the jobs that an earlier run submitted from the folder `here` and that wait or run.

    A killed run leaves them. None where there is no SLURM, or none that answers.
    """
    if shutil.which("squeue") is None:
        return []
    try:
        lines = _ask("squeue", "--noheader", f"--user={os.getuid()}", "--format=%i|%k|%Z").splitlines()
    except _SilentError as error:
        LOG.warning("%s: whether jobs of an earlier run are still at work here is not known", error)
        return []
    jobs = [line.split("|", 2) for line in lines]
    # Snakemake's executor comments every job with its rule.
    return [job for job, comment, folder in jobs if Path(folder) == here and comment.startswith("rule_")]


def _wrong_partitions(partition_file: Path | None, named: Iterable[str]) -> list[str]:
    """Partitions that the cluster does not have."""
    there = set(_ask("sinfo", "--noheader", "--all", "--format=%R").split())
    # One name or several with commas; anything else is an expression, whose value depends on the job.
    plain = [name for written in named if re.fullmatch(r"[\w.,-]+", written) for name in written.split(",")]
    sources = dict.fromkeys(plain, "resource slurm_partition")
    sources |= dict.fromkeys(_described(partition_file), str(partition_file))
    return [
        f"{source}: the cluster has no partition '{name}', only {', '.join(sorted(there))}"
        for name, source in sorted(sources.items())
        if name not in there
    ]


def _without_gpus(partition_file: Path | None, gpus: int) -> list[str]:
    """A partition file in which no partition takes jobs of so many GPUs: they would go where none are."""
    allowed = [limits.get("max_gpu", 0) for limits in _described(partition_file).values()]
    if not gpus or partition_file is None or max(allowed, default=0) >= gpus:
        return []
    return [
        f"{partition_file}: a job asks for {gpus} GPU{'s' if gpus > 1 else ''}, and no partition has so large a "
        "max_gpu: add it where the GPUs are (max_gpu: number), or set device: cpu"
    ]


def _described(partition_file: Path | None) -> dict[str, dict]:
    """The partitions of this cluster in a partition file, with their limits; another cluster cannot be asked."""
    if partition_file is None:
        return {}
    # The executor has read it before, and holds it to its form.
    described = yaml.safe_load(partition_file.read_text(encoding="utf-8"))["partitions"]
    other = {"cluster", "clusters", "slurm_cluster"}
    return {name: limits for name, limits in described.items() if not other & set(limits)}


def _without_accounting(status_command: str) -> list[str]:
    """Without accounting, sacct never learns that a job has ended, and a run would wait for ever."""
    if status_command != "sacct":
        return []
    kept = next(
        (line.split("=")[1].strip() for line in _configuration() if line.startswith("AccountingStorageType")), ""
    )
    if kept != "accounting_storage/none":
        return []
    return [
        "this cluster keeps no accounting, so sacct knows no job: add `slurm-status-command: squeue` to the profile"
    ]


def _configuration() -> list[str]:
    return _ask("scontrol", "show", "config").splitlines()


def _ask(program: str, *arguments: str) -> str:
    """What a program of SLURM prints; _SilentError if it fails or does not answer."""
    path = shutil.which(program)
    try:
        done = subprocess.run(  # noqa: S603 (no shell, fixed arguments)
            [str(path), *arguments], capture_output=True, text=True, timeout=PATIENCE, env=dict(os.environ), check=False
        )
    except subprocess.TimeoutExpired:
        raise _SilentError(f"SLURM does not answer: {program} said nothing for {PATIENCE} s") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise _SilentError(f"SLURM does not answer: {reason}")
    return done.stdout
