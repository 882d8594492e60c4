"""Jobs of a study of 20 models, 5 corpora and 3 reductions, and CPU seconds to parse and to plan it.

python benchmarks/many_models.py
"""

import math
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("scripts", "tests")]

import yaml  # noqa: E402
from test_workflow_scale import large_study, processor_seconds  # noqa: E402
from tiny import write_model  # noqa: E402

RUNS = {
    "parsing alone (--list-rules)": (("--list-rules",), {}),
    "--dry-run": (("--dry-run",), {}),
    "--dry-run with the slurm profile": (("--workflow-profile", "slurm", "--dry-run"), {"cores": None}),
}


def main() -> None:
    """Print a line for each number."""
    with tempfile.TemporaryDirectory() as folder:
        place = large_study(Path(folder) / "study", ROOT, write_model(Path(folder) / "bert", "bert"))
        planned = place.planned()
        print(f"{sum(planned.values()):,} jobs, {submissions(planned):,} submissions with the slurm profile")
        for name, (words, options) in RUNS.items():
            took = processor_seconds(partial(place.make, *words, **options))
            print(f"{name}: {took:.1f} CPU s")


def submissions(planned: dict[str, int]) -> int:
    """How many the profile's groups make of so many jobs by rule."""
    profile = yaml.safe_load((ROOT / "profiles" / "slurm" / "profile.yaml").read_text(encoding="utf-8"))
    grouped = Counter[str]()
    for rule, count in planned.items():
        grouped[profile["groups"].get(rule, "")] += count
    # What belongs together in a group: the jobs of a graph, variants and figures by themselves, and all tables.
    together = {"graph": planned["bin_regions"], "variants": grouped["variants"], "figures": grouped["figures"]}
    together["tables"] = 1
    return grouped[""] + sum(math.ceil(n / profile["group-components"].get(name, 1)) for name, n in together.items())


if __name__ == "__main__":
    main()
