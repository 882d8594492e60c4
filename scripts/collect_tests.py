"""Gather the tests of every run of a study in one table, corrected for how many there are."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, store
from nrag.statistics import summary


def collect_tests(
    tests: Sequence[str],
    variants: Sequence[str],
    table: str,
    *,
    runs: Sequence[Mapping[str, Any]],
    varied: Sequence[Mapping[str, str]],
) -> None:
    """Write the table of `tests`, the files of the `runs` (see `contracts.RUN`) in order.

    `variants` are files of the spaces and corpora `varied`, in order: what they say of a sign stands with its tests.
    """
    parts = (
        (run, store.read_table(path, contracts.TESTS), store.read_attributes(path)["nulls"])
        for run, path in zip(runs, tests, strict=True)
    )
    signs = summary.signs_of(
        (place, store.read_table(path, contracts.VARIANTS)) for place, path in zip(varied, variants, strict=True)
    )
    gathered = summary.table_of_tests(parts, signs)
    inputs = {"--".join(map(str, run.values())): path for run, path in zip(runs, tests, strict=True)}
    inputs |= {f"variants {'--'.join(place.values())}": path for place, path in zip(varied, variants, strict=True)}
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs))
    store.LOG.info("%d tests", len(gathered))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_tests(
            snakemake.input.tests,
            snakemake.input.variants,
            snakemake.output.table,
            runs=snakemake.params.runs,
            varied=snakemake.params.varied,
        )
