"""What a SLURM cluster says before any job is sent to it.

A wrong partition or a missing command would fail every job by itself, each after its retries, with
messages of SLURM's own; asked once, it is one line.
"""

import difflib
import logging
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from nrag import programs

LOG = logging.getLogger("nrag")

Limits = Mapping[str, float]
"""What one job may have in a partition, as the executor names it: max_gpu, max_mem_mb, max_runtime (minutes)."""

PROGRAMS = ("sbatch", "squeue", "sinfo", "scancel", "scontrol")
LOGS = ".snakemake/slurm_logs"
"""Where the executor keeps the logs of what it submitted."""

PATIENCE = 20
"""Seconds that a controller has to answer."""

_OTHER_CLUSTER = {"cluster", "clusters", "slurm_cluster"}
"""Keys of a partition file that name the cluster of a partition."""


class Asked(NamedTuple):
    """What a job asks of a node."""

    gpus: int
    megabytes: int
    """At least so much memory; what is not known yet does not count."""
    minutes: int
    """As the memory."""
    less: str
    """How to ask for less, for the message."""


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
    described: Mapping[str, Limits],
    partitions: Collection[str],
    status_command: str,
    asked: Mapping[str, Asked],
) -> list[str]:
    """Everything that keeps jobs from being submitted from this machine, a line each; empty if nothing does.

    `described` are the partitions of this cluster that `partition_file` describes, `partitions` are the
    values of the resource slurm_partition as they are written, `status_command` is what the executor
    asks for its jobs' states, `asked` is what the largest jobs ask for, by what they are called.
    """
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        return [
            f"SLURM is not at hand: {', '.join(missing)} not found; submit from a login node of the cluster, or leave "
            "out --workflow-profile slurm to run on this machine (--cores N)"
        ]
    try:
        there = _partitions()
        found = _wrong_partitions(partition_file, described, partitions, there)
        # Where the resource names a partition, the file has no say.
        if described and not partitions:
            nodes = _nodes(there)
            reasons = ((job, _too_large(needs, described, nodes)) for job, needs in asked.items())
            found += [f"{partition_file}: {job} {reason}" for job, reason in reasons if reason]
        return [*found, *_without_accounting(status_command)]
    except programs.NoAnswerError as error:
        return [f"SLURM does not answer: {error}; is this a login node, its SLURM module loaded (SLURM_CONF)?"]


def at_work(here: Path) -> list[str]:
    """Numbers of the jobs that an earlier run submitted from the folder `here` and that wait or run.

    A killed run leaves them. None where there is no SLURM, or none that answers; the latter with a warning
    if jobs were submitted from this folder before.
    """
    if shutil.which("squeue") is None:
        return []
    try:
        lines = _ask("squeue", "--noheader", f"--user={os.getuid()}", "--format=%i|%k|%Z").splitlines()
    except programs.NoAnswerError as error:
        # A machine may have the programs and no cluster.
        if (here / LOGS).is_dir():
            LOG.warning(
                "SLURM does not answer: %s; whether jobs of an earlier run are at work here is not known", error
            )
        return []
    jobs = [line.split("|", 2) for line in lines]
    # Snakemake's executor comments every job with its rule.
    return [job for job, comment, folder in jobs if Path(folder) == here and comment.startswith("rule_")]


def _partitions() -> dict[str, int]:
    """How many nodes each partition has, those that are switched off and not shown by sinfo included."""
    lines = _ask("scontrol", "--all", "--oneliner", "show", "partition").splitlines()
    described = [dict(part.split("=", 1) for part in line.split() if "=" in part) for line in lines]
    return {each["PartitionName"]: int(each.get("TotalNodes", 0)) for each in described if "PartitionName" in each}


def _nodes(there: Mapping[str, int]) -> dict[str, list[tuple[int, int]]]:
    """GPUs and MB of memory of every node, by partition; only of partitions of which every node is shown."""
    shown: dict[str, list[tuple[int, int]]] = {}
    for line in _ask("sinfo", "--noheader", "--all", "--Node", "--format=%R|%G|%m").splitlines():
        if line.count("|") == 2:
            name, devices, memory = line.split("|")
            # As gpu:2, gpu:a100:4(S:0-1), gpu:a100:no_consume:4, or several with commas; "(null)" without any.
            gpus = sum(int(number) for number in re.findall(r"\bgpu(?::[^,:(]+)*:(\d+)", devices))
            shown.setdefault(name, []).append((gpus, int(memory.rstrip("+"))))
    return {name: nodes for name, nodes in shown.items() if len(nodes) == there.get(name)}


def _wrong_partitions(
    partition_file: Path | None, described: Collection[str], named: Iterable[str], there: Collection[str]
) -> list[str]:
    """Partitions that the cluster does not have."""
    # One name or several with commas, in quotes or not; anything else is an expression, whose value depends on the job.
    lists = (re.fullmatch(r"""(['"]?)([\w.,-]+)\1""", written) for written in named)
    plain = [name for found in lists if found for name in found[2].split(",")]
    sources = dict.fromkeys(plain, "resource slurm_partition")
    sources |= dict.fromkeys(described, str(partition_file))
    return [
        f"{source}: the cluster has no partition '{name}', only {', '.join(sorted(there))}"
        for name, source in sorted(sources.items())
        if name not in there
    ]


def _too_large(
    needs: Asked, described: Mapping[str, Limits], nodes: Mapping[str, Sequence[tuple[int, int]]]
) -> str | None:
    """Why a job finds no place: no described partition takes it, or none that does has a node for it."""
    gpus = f"{needs.gpus} GPU{'s' if needs.gpus > 1 else ''}"
    sizes = {gpus: needs.gpus, f"{needs.megabytes:,} MB": needs.megabytes, f"{needs.minutes} minutes": needs.minutes}
    much = f"asks for at least {', '.join(size for size, number in sizes.items() if number)}"
    with_gpus = {name: limits for name, limits in described.items() if limits["max_gpu"] >= needs.gpus}
    if not with_gpus:
        return (
            f"asks for {gpus}, and no partition has so large a max_gpu: add it where the GPUs are (max_gpu: number), "
            "or set device: cpu"
        )
    fitting = [
        name
        for name, limits in with_gpus.items()
        if limits["max_mem_mb"] >= needs.megabytes and limits["max_runtime"] >= needs.minutes
    ]
    if not fitting:
        most = "; ".join(
            f"{name}: {limits['max_mem_mb']:,} MB, {limits['max_runtime']:,} minutes"
            for name, limits in with_gpus.items()
        )
        return f"{much}, and no partition allows so much (max_mem_mb, max_runtime; {most}): mend it, or {needs.less}"
    # Which of these the executor takes is its own business; where nodes are not known, one may be large enough.
    there = sorted({node for name in fitting for node in nodes.get(name, ())})
    known = all(name in nodes for name in fitting)
    if known and not any(devices >= needs.gpus and memory >= needs.megabytes for devices, memory in there):
        largest = ", ".join(f"{devices} GPUs and {memory:,} MB" for devices, memory in there)
        return f"{much}, and no node of {', '.join(fitting)} has so much (sinfo: {largest}); {needs.less}"
    return None


def _without_accounting(status_command: str) -> list[str]:
    """Without accounting, sacct never learns that a job has ended, and a run would wait for ever."""
    if status_command != "sacct":
        return []
    kept = next(
        (line.split("=")[1].strip() for line in _configuration() if line.startswith("AccountingStorageType")), ""
    )
    # The latter is how newer releases write it.
    if kept not in ("accounting_storage/none", "(null)"):
        return []
    return [
        "this cluster keeps no accounting, so sacct knows no job: add `slurm-status-command: squeue` to the profile"
    ]


def _configuration() -> list[str]:
    return _ask("scontrol", "show", "config").splitlines()


def _ask(program: str, *arguments: str) -> str:
    # What a user likes to see of a queue or of partitions must not hide anything here.
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SQUEUE_", "SINFO_"))}
    return programs.ask([program, *arguments], environ, patience=PATIENCE)


def _misread(name: Any, given: Any, limits: Collection[str]) -> Iterator[str]:
    """What cannot be read of one partition."""
    if not isinstance(name, str) or not name.strip():
        yield f"partition {name!r}: a partition needs a name, in quotes if it is a number"
        return
    if not isinstance(given, dict):
        found = "nothing" if given is None else repr(given)
        yield f"partition '{name}': expected limits, as in {{max_runtime: 60}}, or {{}} for none; found {found}"
        return
    if len(clusters := sorted(_OTHER_CLUSTER & set(given))) > 1:
        yield f"partition '{name}': {' and '.join(clusters)} mean the same: keep one"
    for limit, value in given.items():
        if limit in _OTHER_CLUSTER:
            continue
        kinds = (int, float, str) if limit == "max_runtime" else (int, float)
        if limit not in limits:
            near = difflib.get_close_matches(str(limit), limits, n=1, cutoff=0.6)
            yield f"partition '{name}': unknown limit '{limit}', " + (
                f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(limits))}"
            )
        # Of a time as text the executor says itself if it cannot read it.
        elif limit.startswith("max_") and type(value) not in kinds:
            yield f"partition '{name}': {limit}: expected a number, found {value!r}"
