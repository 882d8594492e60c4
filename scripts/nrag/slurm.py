"""What a SLURM cluster says before any job is sent to it.

A wrong partition or a missing command would fail every job by itself, each after its retries, with
messages of SLURM's own; asked once, it is one line.
"""

import difflib
import logging
import math
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nrag import programs

LOG = logging.getLogger("nrag")

PROGRAMS = ("sbatch", "squeue", "sinfo", "scancel", "scontrol")
PATIENCE = 20
"""Seconds that a controller has to answer."""

_OTHER_CLUSTER = {"cluster", "clusters", "slurm_cluster"}
"""Keys of a partition file that name the cluster of a partition."""


class Asked(NamedTuple):
    """What a job asks of a node."""

    gpus: int
    megabytes: int
    """At least so much memory; what is not known yet does not count."""


def misread(partition_file: Path, limits: Collection[str]) -> list[str]:
    """What the executor cannot read in a partition file, a line each; `limits` are those that it knows.

    Nothing is said of a file that is not there or no YAML, or has no section `partitions`: the executor does.
    """
    try:
        described = yaml.safe_load(partition_file.read_text(encoding="utf-8"))["partitions"].items()
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError, AttributeError):
        return []
    return [f"{partition_file}: {line}" for name, given in described for line in _misread(name, given, limits)]


def problems(
    *,
    partition_file: Path | None,
    partitions: Collection[str],
    status_command: str,
    asked: Mapping[str, Asked] | None = None,
) -> list[str]:
    """Everything that keeps jobs from being submitted from this machine, a line each; empty if nothing does.

    `partition_file` describes the partitions that jobs are chosen for, `partitions` are the values of
    the resource slurm_partition as they are written, `status_command` is what the executor asks for
    its jobs' states, `asked` is what the largest jobs ask for, by what they are called.
    """
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return [
            f"SLURM is not at hand: {', '.join(missing)} not found; submit from a login node of the cluster, or leave "
            "out --workflow-profile slurm to run on this machine (--cores N)"
        ]
    try:
        # Where the resource names a partition, the file has no say.
        too_large = [] if partitions else _too_large(partition_file, asked or {})
        return [*_wrong_partitions(partition_file, partitions), *too_large, *_without_accounting(status_command)]
    except programs.NoAnswerError as error:
        return [f"SLURM does not answer: {error}"]


def at_work(here: Path) -> list[str]:
    """Numbers of the jobs that an earlier run submitted from the folder `here` and that wait or run.

    A killed run leaves them. None where there is no SLURM, or none that answers.
    """
    if shutil.which("squeue") is None:
        return []
    try:
        lines = _ask("squeue", "--noheader", f"--user={os.getuid()}", "--format=%i|%k|%Z").splitlines()
    except programs.NoAnswerError as error:
        LOG.warning("SLURM does not answer: %s; whether jobs of an earlier run are at work here is not known", error)
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


def _too_large(partition_file: Path | None, asked: Mapping[str, Asked]) -> Iterator[str]:
    """Jobs that no partition of the file takes: they would go to the cluster's default one."""
    if partition_file is None:
        return
    described = _described(partition_file).values()
    for job, (gpus, megabytes) in asked.items():
        taking = [limits for limits in described if limits.get("max_gpu", 0) >= gpus]
        most = max((limits.get("max_mem_mb", math.inf) for limits in taking), default=0)
        if not taking:
            yield (
                f"{partition_file}: {job} asks for {gpus} GPU{'s' if gpus > 1 else ''}, and no partition has so large "
                "a max_gpu: add it where the GPUs are (max_gpu: number), or set device: cpu"
            )
        elif megabytes > most:
            yield (
                f"{partition_file}: {job} asks for at least {megabytes:,} MB, and max_mem_mb of the largest partition "
                f"{'with so many GPUs ' if gpus else ''}is {most:,}: mend it, add a partition of larger nodes, or ask "
                "for less (--set-threads extract_activations=1, or --set-resources extract_activations:mem_mb=NUMBER)"
            )


def _described(partition_file: Path | None) -> dict[str, dict]:
    """The partitions of this cluster in a partition file, with their limits; another cluster cannot be asked."""
    if partition_file is None:
        return {}
    # The executor has read it before, and holds it to its form.
    described = yaml.safe_load(partition_file.read_text(encoding="utf-8"))["partitions"]
    return {name: limits for name, limits in described.items() if not _OTHER_CLUSTER & set(limits)}


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
    return programs.ask([program, *arguments], os.environ, patience=PATIENCE)


def _misread(name: Any, given: Any, limits: Collection[str]) -> Iterator[str]:
    """What cannot be read of one partition."""
    if not isinstance(name, str):
        yield f"partition {name}: write its name in quotes"
        return
    if not isinstance(given, dict):
        found = "nothing" if given is None else repr(given)
        yield f"partition '{name}': expected limits, as in {{max_runtime: 60}}, or {{}} for none; found {found}"
        return
    for limit, value in given.items():
        if limit in _OTHER_CLUSTER:
            continue
        if limit not in limits:
            near = difflib.get_close_matches(str(limit), limits, n=1, cutoff=0.6)
            yield f"partition '{name}': unknown limit '{limit}', " + (
                f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(limits))}"
            )
        # Times are read by the executor, which says itself what it cannot read.
        elif limit.startswith("max_") and limit != "max_runtime" and type(value) not in (int, float):
            yield f"partition '{name}': {limit}: expected a number, found {value!r}"
