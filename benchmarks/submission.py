"""Submits the default study to a SLURM of one node that is started for it; prints its jobs, and compares its files.

    python benchmarks/submission.py [--against results]

Prints a line for each rule or group: where its jobs went, what they asked for, how long they took; then
which files differ in their bytes from those of a local run in the folder `--against`.
"""

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("scripts", "tests", "tests/conda", "tests/slurm")]

import yaml  # noqa: E402
from submissions import on_cluster, submit  # noqa: E402
from toy_cluster import ToyCluster, install  # noqa: E402
from workflow_runs import products  # noqa: E402


def main() -> None:
    """Start, submit, print, compare, stop."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="results of a local run of it")
    arguments = parser.parse_args()
    install()
    with tempfile.TemporaryDirectory() as folder:
        cluster = ToyCluster(Path(folder) / "slurm").start()
        try:
            place = on_cluster(cluster, Path(folder) / "study", ROOT)
            done = submit(place, config=ROOT / "config.yaml")
            jobs = cluster.jobs()
        finally:
            cluster.stop()
        if done.returncode:
            sys.exit(done.stdout)
        print(table(jobs))
        if arguments.against:
            print(comparison(products(place.results), products(arguments.against)))


def table(jobs) -> str:
    """Jobs by rule or group, in the order in which the first of each was submitted."""
    groups = set(yaml.safe_load((ROOT / "profiles" / "slurm" / "profile.yaml").read_text())["groups"].values())
    alike = defaultdict(list)
    for job in jobs:
        # A group is called after itself and all its rules.
        name, _, rules = job.rule.partition("_")
        alike[f"group {name}" if name in groups and rules else job.rule].append(job)
    lines = [
        "| rule or group | jobs | partition | GPUs | CPUs | MB asked | minutes asked | seconds |",
        "|---" * 8 + "|",
    ]
    for rule, group in alike.items():
        columns = [rule, len(group)]
        for field in ("partition", "gpus", "cpus", "memory", "minutes", "seconds"):
            values = sorted({getattr(job, field) for job in group})
            columns.append(values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}")
        lines.append(f"| {' | '.join(map(str, columns))} |")
    return "\n".join(lines)


def comparison(here, there) -> str:
    """How many files have the same bytes, and which have not."""
    names = (here.keys() | there.keys()) - {"README.md"}
    differing = sorted(name for name in names if here.get(name) != there.get(name))
    return f"\n{len(here)} files; other bytes than in the local run: {', '.join(differing) or 'none'}"


if __name__ == "__main__":
    main()
