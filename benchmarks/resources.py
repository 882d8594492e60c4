"""Memory and time that jobs used against what they asked for, from the benchmark files of real runs.

    python benchmarks/resources.py results/benchmarks            # of a study of your own
    python benchmarks/resources.py --measure FOLDER              # the runs behind docs/benchmarks.md; an hour, 15 GB
    python benchmarks/resources.py --measure FOLDER --only text  # some of them: passages, states, text or models
    python benchmarks/resources.py FOLDER/results/benchmarks --points tests/data/resources.tsv

Used memory is what SLURM counts: the largest sum of the resident memory of a job's processes, and
Snakemake's own beside it. Snakemake looks at a job twice a second for 15 seconds and then every 30
seconds, and can miss a peak; `--measure` looks four times a second all the time.
"""

import argparse
import csv
import json
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[1]
sys.path.insert(0, str(CHECKOUT / "scripts"))

from nrag.studies import resources  # noqa: E402

PACKAGES = ["networkx", "scikit-learn", "scipy", "pandas"]
PASSAGES = (250, 1000, 4000)
STATES = {"small": (5_000, 768, 12), "large": (20_000, 1024, 12)}
"""Documents, width and blocks of made-up activations."""
TEXTS = {"csv": 10, "jsonl": 100, "parquet": 100}
"""MB of made-up texts by format."""

CLOSELY = """
import sys
from snakemake import benchmark
benchmark.BENCHMARK_INTERVAL_SHORT = 0.25
benchmark.benchmarked.__wrapped__.__defaults__ = (None, None, 10**9)
from snakemake.cli import main
main(sys.argv[1:])
"""
"""Snakemake that looks at its jobs four times a second."""


# ---------------------------------------------------------------------------------------- the table


def records(folder: Path) -> Iterator[dict[str, Any]]:
    """What each benchmark file of a folder says, with the MB of the inputs and what SLURM would count."""
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if "resources" not in record:
                sys.exit(
                    f"{path} does not say what its job asked for: run with benchmark-extended: true in the profile"
                )
            if record["max_rss"] != "NA":
                yield record | {"case": path.stem, "megabytes": sum(record["input_size_mb"].values())}


def table(found: list[Mapping[str, Any]]) -> Iterator[str]:
    """A line a rule: jobs, their largest input, and how much more was asked for than used."""
    yield f"{'rule':20} {'N':>4} {'input MB':>9} | {'used MB':>8} {'asked / used':>14} | {'used s':>7} {'asked / used':>14}"
    for rule in sorted({record["rule_name"] for record in found}):
        of_rule = [record for record in found if record["rule_name"] == rule]
        used = [resources.SNAKEMAKE + record["max_rss"] for record in of_rule]
        memory = [record["resources"]["mem_mib"] / mb for record, mb in zip(of_rule, used, strict=True)]
        time = [60 * record["resources"]["runtime"] / record["s"] for record in of_rule]
        yield (
            f"{rule:20} {len(of_rule):4} {max(record['megabytes'] for record in of_rule):9.1f} | "
            f"{max(used):8.0f} {_spread(memory):>14} | {max(record['s'] for record in of_rule):7.0f} {_spread(time):>14}"
        )


def _spread(ratios: list[float]) -> str:
    return f"{min(ratios):.1f} {statistics.median(ratios):.1f} {max(ratios):.1f}"


if __name__ == "__main__":
    pass
