"""Draw how far labels lie apart by depth in every model, beside its controls, and write the table that is drawn."""

from collections.abc import Mapping, Sequence

from nrag import contracts, figures, store


def draw_separation(
    tests: Sequence[str],
    words: str | None,
    figure: Sequence[str],
    table: str,
    *,
    spaces: Sequence[str],
    comparison: str,
    controls: Mapping[str, Sequence[str]],
    width: str,
) -> None:
    """Draw the separations of a comparison from the tests of all files, one for each of `spaces`.

    `words` are the tests of the bag of words, if there are any; `controls` are the untrained twins of each model.
    """
    parts = [(space, store.read_table(path, contracts.TESTS)) for space, path in zip(spaces, tests, strict=True)]
    of_words = store.read_table(words, contracts.TESTS) if words else None
    null = store.read_attributes(tests[0])["nulls"].get(comparison, "")
    shown = figures.separation_table(parts, of_words, name=comparison, controls=controls, null=null)
    drawn = figures.draw_separation(shown, width=width)
    inputs = {f"tests {space}": path for space, path in zip(spaces, tests, strict=True)}
    inputs |= {"tests bag-of-words": words} if words else {}
    parameters = {"comparison": comparison, "controls": dict(controls), "width": width}
    figures.write(drawn, shown, figure, table, inputs=inputs, parameters=parameters)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_separation(
            snakemake.input.tests,
            next(iter(snakemake.input.words), None),
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            spaces=snakemake.params.spaces,
            comparison=snakemake.wildcards.comparison,
            controls=snakemake.params.controls,
            width=snakemake.params.width,
        )
