"""Gather what is read of mazes from the layers of all checkpoints, as means over partings of the mazes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nrag import contracts, store
from nrag.maze_probes.summary import summary

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def collect_maze_probes(probes: Sequence[str], table: str, *, sets: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write the means of all `probes`; `sets` has the checkpoints of each, as `maze_probes.summary` takes them."""
    every = pd.concat([store.read_table(path, contracts.STAGE_PROBES) for path in probes], ignore_index=True)
    frames = []
    for name, checkpoints in sets.items():
        own = every[every["model"].isin([each["model"] for each in checkpoints])]
        frames.append(summary(own, checkpoints).assign(set=name))
    made = store.provenance(inputs={Path(path).as_posix(): path for path in probes})
    rows = pd.concat(frames, ignore_index=True)
    store.write_tsv(table, rows, contract=contracts.MAZE_PROBES, provenance=made)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_maze_probes(snakemake.input.maze_probes, snakemake.output.table, sets=snakemake.params.sets)
