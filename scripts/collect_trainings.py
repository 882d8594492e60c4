"""Gather how the trainings of all stages went in one table."""

from collections.abc import Sequence
from pathlib import Path

from nrag import contracts, store

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def collect_trainings(folders: Sequence[str], table: str, *, runs: Sequence[tuple[str, str, int]]) -> None:
    """Write the numbers of all `folders` of stages, those of the set, stage and seed of each of `runs`, in order."""
    files = [Path(folder) / "training.tsv" for folder in folders]
    frames = []
    for file, (name, stage, seed) in zip(files, runs, strict=True):
        found = store.read_tsv(file, contracts.TRAINING)
        frames.append(found.assign(set=name, stage=stage, seed=seed))
    inputs = {f"{name}/{stage}@{seed}": file for (name, stage, seed), file in zip(runs, files, strict=True)}
    every = pd.concat(frames, ignore_index=True)
    store.write_tsv(table, every, contract=contracts.TRAININGS, provenance=store.provenance(inputs=inputs))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_trainings(
            snakemake.input.trained,
            snakemake.output.table,
            runs=[tuple(run) for run in snakemake.params.runs],
        )
