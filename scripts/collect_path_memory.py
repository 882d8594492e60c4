"""Gather the path memory of every run of a study in one table, corrected for how many there are."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, store
from nrag.statistics import path_tables


def collect_path_memory(
    memories: Sequence[str],
    table: str,
    *,
    runs: Sequence[Mapping[str, Any]],
    controls: Mapping[str, Sequence[str]],
) -> None:
    """Write the table of `memories`, the files of the `runs` (see `contracts.RUN`) in order.

    `controls` are by model.
    """
    parts = ((run, store.read_table(path, contracts.PATH_MEMORY)) for run, path in zip(runs, memories, strict=True))
    gathered = path_tables.table_of_memories(parts, controls)
    inputs = {"--".join(map(str, run.values())): path for run, path in zip(runs, memories, strict=True)}
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs))
    store.LOG.info("%d path memories", len(gathered))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_path_memory(
            snakemake.input.memories,
            snakemake.output.table,
            runs=snakemake.params.runs,
            controls=snakemake.params.controls,
        )
