"""Gather the tests of every run of a study in one table, corrected for how many there are."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, store
from nrag.statistics import summary


def collect_tests(tests: Sequence[str], table: str, *, runs: Sequence[Mapping[str, Any]]) -> None:
    """Write the table of `tests`, the files of the `runs` (see `contracts.RUN`) in order."""
    parts = (
        (run, store.read_table(path, contracts.TESTS), store.read_attributes(path)["nulls"])
        for run, path in zip(runs, tests, strict=True)
    )
    gathered = summary.table_of_tests(parts)
    inputs = {"--".join(map(str, run.values())): path for run, path in zip(runs, tests, strict=True)}
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs))
    store.LOG.info("%d tests", len(gathered))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_tests(snakemake.input.tests, snakemake.output.table, runs=snakemake.params.runs)
