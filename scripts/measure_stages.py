"""Count what every checkpoint solves, hold each method against its control, and look at mazes by length."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, store
from nrag.evaluation.lineages import Stage
from nrag.evaluation.tables import Tables, evaluated

# isort: split
import pandas as pd  # after nrag: numpy then has one thread

READ = ["model", "id", "decoding", "sample", "answer", "ended", "moves", "valid_moves", "solved", "optimal"]


def measure_stages(
    answers: Sequence[str], mazes: Sequence[str], tables: Sequence[str], *, sets: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write `tables`, those of checkpoints, methods and lengths, of the `answers` to the `mazes` of each of `sets`.

    A set has `stages`, by name as the config defines them, and `checkpoints` as `evaluation.answers` takes them.
    """
    found = []
    for (name, described), answered, drawn in zip(sets.items(), answers, mazes, strict=True):
        stages = [Stage.of(stage, defined) for stage, defined in described["stages"].items()]
        own = evaluated(
            store.read_table(answered, contracts.ANSWERS, columns=READ),
            store.read_table(drawn, contracts.MAZES),
            checkpoints=described["checkpoints"],
            stages=stages,
        )
        found.append(Tables(*(each.assign(set=name) for each in own)))
    inputs = {f"answers {name}": path for name, path in zip(sets, answers, strict=True)}
    inputs |= {f"mazes {name}": path for name, path in zip(sets, mazes, strict=True)}
    made = store.provenance(inputs=inputs)
    kinds = (contracts.MAZE_STAGES, contracts.MAZE_METHODS, contracts.MAZE_LENGTHS)
    for path, contract, parts in zip(tables, kinds, zip(*found, strict=True), strict=True):
        store.write_tsv(path, pd.concat(parts, ignore_index=True), contract=contract, provenance=made)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        measure_stages(
            snakemake.input.answers,
            snakemake.input.mazes,
            [snakemake.output.stages, snakemake.output.methods, snakemake.output.lengths],
            sets=snakemake.params.sets,
        )
