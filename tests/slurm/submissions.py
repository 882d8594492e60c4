"""The tiny study on the toy cluster: submitted, killed, submitted again, killed for memory and for time."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

from workflow_runs import STUDY, Place, copy_checkout, environment

PROFILE = ("--workflow-profile", "slurm")
OF_THE_TOY = ("--slurm-status-command", "squeue")
IMPATIENT = """
import sys
from snakemake_executor_plugin_slurm import Executor

Executor.next_seconds_between_status_checks = property(lambda self: 1, lambda self, seconds: None)
from snakemake.cli import main

main(sys.argv[1:])
"""
"""Snakemake that looks at its jobs every second; the executor waits 40 seconds and then longer every time."""

STARVED = ("--set-resources", "reduce_layers:mem_mb=2000 if attempt > 1 else 150")
"""Memory that no job fits in, the first time."""

HANGS = """
import time
from pathlib import Path

if not Path("hung").exists():
    Path("hung").touch()
    time.sleep(600)
"""


@dataclass(frozen=True)
class Submitted:
    """What happened to the study."""

    place: Place
    jobs: list
    """Everything that was submitted, in order."""
    refused: str
    """What a second run printed while jobs of the killed one were at work."""
    printed: str
    """What the run printed that went to the end."""
    killed: tuple
    """Numbers of the jobs that were at work when Snakemake was killed."""


def on_cluster(cluster, folder, checkout, **variables):
    """A place whose runs find the cluster, and in which `device: auto` is asked for anew."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Place(folder, checkout, cluster.environment | {"NRAG_DEVICE": ""} | variables)
    place.write(STUDY)
    return place


def submit(place, *words, **options):
    """A run through the profile, with what is particular to the toy."""
    return place.run(*words, *PROFILE, *OF_THE_TOY, cores=None, program=("-c", IMPATIENT), **options)


def submit_through_trouble(cluster, finished, folder):
    """The study of `finished` on the cluster, in a checkout of its own in which labelling hangs once."""
    checkout = copy_checkout(folder / "checkout")
    script = checkout / "scripts" / "label_corpus.py"
    script.write_text(script.read_text(encoding="utf-8") + HANGS, encoding="utf-8")
    place = on_cluster(cluster, folder / "study", checkout)
    for part in ("data", "models"):
        shutil.copytree(finished.folder / part, place.folder / part)

    before = [job.number for job in cluster.jobs()]
    killed = kill_during_extraction(cluster, place)
    refused = submit(place).stdout
    subprocess.run(
        shlex.split(re.search(r"`(scancel [\d ]+)`", refused)[1]), env=environment() | place.variables, check=True
    )
    cluster.wait_until_empty(60)

    clock = threading.Thread(target=end_when_hanging, args=(cluster, place), daemon=True)
    clock.start()
    done = submit(place, *STARVED)
    assert done.returncode == 0, done.stdout[-20_000:]
    jobs = [job for job in cluster.jobs() if job.number not in before]
    return Submitted(place, jobs, refused, done.stdout, tuple(killed))


def kill_during_extraction(cluster, place):
    """Numbers of the jobs that were left at work by a submitting process that was killed without notice."""
    run = place.start("activations", *PROFILE, *OF_THE_TOY, cores=None, program=("-c", IMPATIENT))
    until = time.monotonic() + 120
    while True:
        running = [job for job in cluster.jobs() if job.rule == "extract_activations" and job.state == "RUNNING"]
        if running:
            break
        assert time.monotonic() < until, "no extraction was started"
        assert run.poll() is None, "the run ended before extraction"
        time.sleep(0.2)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    return cluster.at_work()


def end_when_hanging(cluster, place):
    """Take the time limit of the job that hangs down to now: SLURM then ends it as one that is over time."""
    while True:
        hanging = [job for job in cluster.jobs() if job.rule == "label_corpus" and job.state == "RUNNING"]
        if hanging and (place.folder / "hung").exists():
            cluster.ask("scontrol", "update", f"JobId={hanging[0].number}", "EndTime=now+1")
            return
        time.sleep(0.5)
