"""Draw region maps of a comparison, all layers on a strip or one layer large, and write the table that they show."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store


def draw_maps(
    cells: str,
    edges: str,
    corpus: str,
    figure: Sequence[str],
    table: str,
    *,
    models: Sequence[str],
    comparison: Mapping[str, Any],
    min_documents: int,
    large: Mapping[str, Any] | None,
    width: str,
    colormap: str,
) -> None:
    """Draw the first seed of a `comparison`, as `figures.compared` takes it.

    A strip of all layers, or `large` a `layer` with `numbers` in its cells.
    """
    seed = int(store.read_table(edges, contracts.EDGES, columns=["seed"])["seed"].min())
    grid = store.read_attributes(cells)
    shown = figures.map_table(
        store.read_table(edges, contracts.EDGES, filters=[("seed", "==", seed), ("model", "in", list(models))]),
        models=models,
        **figures.compared(corpus, comparison, min_documents=min_documents),
        constant={model: grid["constant_layers"].get(model, {}).get(str(seed), []) for model in models},
        layer=large["layer"] if large else None,
    )
    looks = {"size": grid["size"], "width": width, "colormap": colormap}
    if large:
        drawn = figures.draw_large_map(shown, numbers=large["numbers"], **looks)
    else:
        drawn = figures.draw_map_strip(shown, **looks)
    inputs = {"cells": cells, "edges": edges, "corpus": corpus}
    parameters = {"seed": seed, "large": large, **looks}
    figures.write(drawn, shown, figure, table, inputs=inputs, parameters=parameters)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_maps(
            snakemake.input.cells,
            snakemake.input.edges,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            models=snakemake.params.models,
            comparison=snakemake.params.comparison,
            min_documents=snakemake.params.min_documents,
            large=snakemake.params.large,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
        )
