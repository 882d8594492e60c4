"""Typeset the headline tests of a study as a table of LaTeX."""

from nrag import latex, store


def typeset_tests(tests: str, table: str, *, study: str) -> None:
    """Write the headline tests of the TSV `tests` as LaTeX."""
    store.write_text(table, latex.table_of_tests(store.read_tsv(tests), study=study))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        typeset_tests(snakemake.input.tests, snakemake.output.table, study=snakemake.params.study)
