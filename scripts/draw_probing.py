"""Draw how well labels are told by depth in every model, and write the table that the figure shows."""

from collections.abc import Sequence

from nrag import contracts, figures, store


def draw_probing(
    probes: Sequence[str], texts: str, figure: Sequence[str], table: str, *, spaces: Sequence[str], width: str
) -> None:
    """Draw the probes of all files, one for each of `spaces`, beside those of the texts."""
    parts = [(space, store.read_table(path, contracts.PROBING)) for space, path in zip(spaces, probes, strict=True)]
    shown = figures.probing_table(parts, store.read_table(texts, contracts.PROBING))
    drawn = figures.draw_probing(shown, width=width, problems=store.read_attributes(texts)["problems"])
    inputs = {"texts": texts} | {f"probes {space}": path for space, path in zip(spaces, probes, strict=True)}
    figures.write(drawn, shown, figure, table, inputs=inputs, parameters={"width": width})


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_probing(
            snakemake.input.probes,
            snakemake.input.texts,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            spaces=snakemake.params.spaces,
            width=snakemake.params.width,
        )
