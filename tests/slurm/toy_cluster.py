"""A real SLURM of one node in a folder of its own: Debian's packages, two partitions, two pretend GPUs.

A GPU is a character device that is none; SLURM schedules it and sets CUDA_VISIBLE_DEVICES as it would
for a real one. Nothing outside the folder is written, no service of the system is started.
"""

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "srun", "squeue", "sinfo", "scontrol", "scancel")
SYSTEM = {"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"}
MEMORY = 16_000
"""MB that the node says it has; jobs are scheduled by it and killed at what they asked for."""


class MissingError(RuntimeError):
    """SLURM cannot be had on this machine."""


@dataclass(frozen=True)
class Job:
    """What the controller remembers of a job."""

    number: int
    rule: str
    wildcards: str
    partition: str
    state: str
    gpus: int
    memory: int
    """MB asked for."""
    cpus: int
    minutes: int
    """Time limit."""
    seconds: int
    """From start to end."""


def install():
    """Find SLURM's programs, or install Debian's packages; MissingError says what is in the way."""
    missing = _missing()
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise MissingError(
            f"{', '.join(missing)} not found, and only root of a Debian or Ubuntu machine can install them: "
            "apt-get install slurm-wlm munge"
        )
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "slurm-wlm", "munge"]):
        done = subprocess.run(["apt-get", *words], capture_output=True, text=True, env=quiet, check=False)
        if done.returncode:
            raise MissingError(f"apt-get {words[0]} failed: {done.stderr.strip()[-500:]}")
    if missing := _missing():
        raise MissingError(f"{', '.join(missing)} not found, although slurm-wlm and munge are installed")


def _missing():
    return [program for program in PROGRAMS if shutil.which(program, path=SYSTEM["PATH"]) is None]


class ToyCluster:
    """A running cluster; `environment` is what a process needs to talk to it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        if os.geteuid() != 0:
            raise MissingError("the pretend GPUs are device files, which only root may make")
        self._configure()
        self.environment = {
            "SLURM_CONF": str(self.folder / "etc" / "slurm.conf"),
            "PATH": f"{self.folder / 'bin'}:{SYSTEM['PATH']}",
        }
        self._daemons = []

    def start(self):
        """Start munged, the controller and the node; back when the node is idle."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self):
        munge = ["munged", "--foreground", "--force", *self._munge_options()]
        for command in (munge, ["slurmctld", "-D"], ["slurmd", "-D", "-N", self._host]):
            output = (self.folder / "log" / f"{command[0]}.out").open("wb")
            self._daemons.append(
                subprocess.Popen(
                    command,
                    stdout=output,
                    stderr=output,
                    env=os.environ | self.environment,
                    start_new_session=True,
                    preexec_fn=_end_with_parent,
                )
            )
            if command[0] == "munged":
                self._wait(lambda: (self.folder / "munge.sock").exists(), "munged gave no socket")
        self._wait(lambda: "idle" in self.ask("sinfo", "-h", "-o", "%T"), "the node did not become idle")

    def stop(self):
        """End every job and every daemon."""
        with contextlib.suppress(subprocess.SubprocessError):
            self.ask("scancel", "--user", "root", "--signal", "KILL")
            self.wait_until_empty(30)
        for daemon in reversed(self._daemons):
            daemon.terminate()
        for daemon in self._daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def ask(self, *command):
        """What one of SLURM's programs prints."""
        done = subprocess.run(
            command, capture_output=True, text=True, env=os.environ | self.environment, timeout=60, check=False
        )
        return done.stdout

    def jobs(self):
        """All jobs that the controller remembers, by number."""
        text = self.ask("scontrol", "show", "job", "--oneliner")
        return [_job(line) for line in text.splitlines() if line.startswith("JobId=")]

    def at_work(self):
        """Numbers of the jobs that wait or run."""
        return [int(number) for number in self.ask("squeue", "-h", "-o", "%i").split()]

    def wait_until_empty(self, seconds):
        """Back when no job waits or runs."""
        self._wait(lambda: not self.at_work(), "jobs are still at work", seconds)

    def _configure(self):
        for part in ("etc", "bin", "state", "spool", "log"):
            (self.folder / part).mkdir(parents=True)
        self.folder.chmod(0o755)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        for number in range(2):
            # A device that reads as empty: the same numbers as /dev/null.
            os.mknod(self.folder / f"nvidia{number}", 0o20666, os.makedev(1, 3))
        self._host = socket.gethostname().split(".")[0]
        (self.folder / "etc" / "slurm.conf").write_text(self._configuration(), encoding="utf-8")
        (self.folder / "etc" / "gres.conf").write_text(
            f"NodeName={self._host} Name=gpu Type=toy Flags=nvidia_gpu_env File={self.folder}/nvidia[0-1]\n",
            encoding="utf-8",
        )
        (self.folder / "etc" / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n", encoding="utf-8")
        # Snakemake's jobstep takes every SLURM_ variable from srun, so also the one that says where this cluster's
        # configuration lies; a real one lies in /etc/slurm.
        srun = self.folder / "bin" / "srun"
        real = shutil.which("srun", path=SYSTEM["PATH"])
        srun.write_text(f'#!/bin/sh\nexport SLURM_CONF={self.folder}/etc/slurm.conf\nexec {real} "$@"\n')
        srun.chmod(0o755)

    def _configuration(self):
        folder, host = self.folder, self._host
        controller, node = _free_ports(2)
        settings = {
            "ClusterName": "toy",
            "SlurmctldHost": f"{host}(127.0.0.1)",
            "SlurmctldPort": controller,
            "SlurmdPort": node,
            "SlurmUser": "root",
            "SlurmdUser": "root",
            "AuthInfo": f"socket={folder}/munge.sock",
            "StateSaveLocation": folder / "state",
            "SlurmdSpoolDir": folder / "spool",
            "SlurmctldPidFile": folder / "slurmctld.pid",
            "SlurmdPidFile": folder / "slurmd.pid",
            "SlurmctldLogFile": folder / "log" / "slurmctld.log",
            "SlurmdLogFile": folder / "log" / "slurmd.log",
            "ProctrackType": "proctrack/linuxproc",
            "TaskPlugin": "task/none",
            "SwitchType": "switch/none",
            "MpiDefault": "none",
            # Memory is looked at every second, and whoever has more than was asked for is killed.
            "JobAcctGatherType": "jobacct_gather/linux",
            "JobAcctGatherFrequency": 1,
            "JobAcctGatherParams": "OverMemoryKill",
            "AccountingStorageType": "accounting_storage/none",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_Core_Memory",
            "SchedulerParameters": "sched_interval=1,bf_interval=1",
            "ReturnToService": 2,
            "GresTypes": "gpu",
            "MinJobAge": 3600,
            "OverTimeLimit": 0,
            "KillWait": 2,
            "SlurmdParameters": "config_overrides",
        }
        node = f"NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory={MEMORY} Gres=gpu:toy:2 State=UNKNOWN"
        partitions = [
            f"PartitionName=cpu Nodes={host} Default=YES MaxTime=1440 State=UP",
            f"PartitionName=gpu Nodes={host} MaxTime=1440 State=UP",
        ]
        return "\n".join([*(f"{key}={value}" for key, value in settings.items()), node, *partitions, ""])

    def _munge_options(self):
        folder = self.folder
        return [
            f"--key-file={folder}/munge.key",
            f"--socket={folder}/munge.sock",
            f"--pid-file={folder}/munged.pid",
            f"--log-file={folder}/log/munged.log",
            f"--seed-file={folder}/munged.seed",
        ]

    def _wait(self, done, failure, seconds=60):
        until = time.monotonic() + seconds
        while not done():
            if time.monotonic() > until:
                logs = "\n".join(
                    f"{file.name}: {file.read_text(errors='replace')[-1500:]}"
                    for file in sorted((self.folder / "log").iterdir())
                )
                raise MissingError(f"{failure} in {seconds} s\n{logs}")
            time.sleep(0.1)


def _end_with_parent():
    # PR_SET_PDEATHSIG: no daemon outlives the tests, however they end.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _free_ports(number):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _job(line):
    def value(key, otherwise=""):
        found = re.search(rf"(?:^| ){key}=(\S+)", line)
        return found[1] if found else otherwise

    comment = re.fullmatch(r"(?:rule|group)_(.+?)(?:_wildcards_(.*))?", value("Comment"))
    resources = dict(part.split("=") for part in value("TRES").split(",") if "=" in part)
    return Job(
        number=int(value("JobId")),
        rule=comment[1] if comment else "",
        wildcards=(comment[2] or "") if comment else "",
        partition=value("Partition"),
        state=value("JobState"),
        gpus=int(re.search(r"gpu:(\d+)$", value("TresPerJob", "gpu:0"))[1]),
        memory=_megabytes(resources.get("mem", "0M")),
        cpus=int(value("NumCPUs", "0")),
        minutes=_seconds(value("TimeLimit")) // 60,
        seconds=_seconds(value("RunTime")),
    )


def _megabytes(text):
    number, unit = re.fullmatch(r"([\d.]+)([MGT]?)", text).groups()
    return round(float(number) * {"M": 1, "": 1, "G": 1024, "T": 1024**2}[unit])


def _seconds(text):
    days, _, clock = text.rpartition("-")
    hours, minutes, seconds = clock.split(":")
    return int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + int(seconds)
