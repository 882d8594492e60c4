"""Print what exists of a study and how much disk it takes; everything in it was checked before."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrag import plans, store


def print_plan(plan: Mapping[str, Any], *, results: str) -> None:
    """Print the plan of a study."""
    print(plans.text(**plan, results=Path(results)))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        print_plan(snakemake.params.plan, results="results")
