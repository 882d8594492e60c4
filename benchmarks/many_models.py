"""CPU seconds to parse and to plan a study of 20 models, 5 corpora and 3 reductions.

python benchmarks/many_models.py
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("scripts", "tests")]

from test_workflow_scale import large_study, processor_seconds  # noqa: E402
from tiny import write_model  # noqa: E402

RUNS = {
    "parsing alone (--list-rules)": (("--list-rules",), {}),
    "--dry-run": (("--dry-run",), {}),
    "--dry-run with the slurm profile": (("--workflow-profile", "slurm", "--dry-run"), {"cores": None}),
}


def main() -> None:
    """Print a line for each way."""
    with tempfile.TemporaryDirectory() as folder:
        place = large_study(Path(folder) / "study", ROOT, write_model(Path(folder) / "bert", "bert"))
        for name, (words, options) in RUNS.items():
            print(f"{name}: {processor_seconds(place, *words, **options):.1f} CPU s")


if __name__ == "__main__":
    main()
