"""Typeset the headline tests of a study as a table of LaTeX."""

from collections.abc import Mapping, Sequence

from nrag import latex, store


def typeset_tests(tests: str, table: str, *, study: str, controls: Mapping[str, Sequence[str]]) -> None:
    """Write the headline tests of the TSV `tests` as LaTeX; `controls` are the untrained twins of each model."""
    store.write_text(table, latex.table_of_tests(store.read_tsv(tests), study=study, controls=controls))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        typeset_tests(
            snakemake.input.tests,
            snakemake.output.table,
            study=snakemake.params.study,
            controls=snakemake.params.controls,
        )
