"""Draw the NRAGs of a space's models side by side, what changed from the base in colour, and write the table."""

from collections.abc import Mapping, Sequence

from nrag import contracts, figures, store


def draw_members(
    cells: str,
    edges: str,
    figure: Sequence[str],
    table: str,
    *,
    base: str,
    models: Sequence[str],
    width: str,
    colormap: str,
    keep: Mapping[str, float] | None,
) -> None:
    """Draw all documents under the first seed of every one of `models`; `keep` is as `figures.nrag_table` takes it."""
    seed = int(store.read_table(edges, contracts.EDGES, columns=["seed"])["seed"].min())
    constant = store.read_attributes(cells)["constant_layers"]
    shown = figures.members_table(
        store.read_table(
            edges, contracts.EDGES, filters=[("seed", "==", seed), ("label", "==", contracts.ALL_DOCUMENTS)]
        ),
        base=base,
        models=models,
        constant={model: constant.get(model, {}).get(str(seed), []) for model in models},
        colormap=colormap,
        keep=keep,
    )
    parameters = {"seed": seed, "base": base, "width": width, "colormap": colormap, "keep": keep}
    drawn = figures.draw_nrag(shown, width=width, colormap=colormap)
    figures.write(drawn, shown, figure, table, inputs={"cells": cells, "edges": edges}, parameters=parameters)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_members(
            snakemake.input.cells,
            snakemake.input.edges,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            base=snakemake.params.base,
            models=snakemake.params.models,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
            keep=snakemake.params.keep,
        )
