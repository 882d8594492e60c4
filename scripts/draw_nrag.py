"""Draw the NRAG of a comparison in every format, and write the table that the figure shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, corpora, figures, store


def draw_nrag(
    cells: str,
    edges: str,
    corpus: str,
    figure: Sequence[str],
    table: str,
    *,
    models: Sequence[str],
    labelling: str | None,
    labels: Any,
    min_documents: int,
    width: str,
    colormap: str,
    positions: str,
    keep: Mapping[str, float] | None,
) -> None:
    """Draw the first seed; `labels` are a config's, or `all`; without a labelling, all documents are drawn.

    `positions` and `keep`, which edges are drawn, are as `figures.nrag_table` takes them.
    """
    labellings = store.read_attributes(corpus)["labellings"]
    chosen = corpora.compared_labels(labellings, labelling, labels, min_documents=min_documents)
    seed = int(store.read_table(edges, contracts.EDGES, columns=["seed"])["seed"].min())
    constant = store.read_attributes(cells)["constant_layers"]
    shown = figures.nrag_table(
        store.read_table(edges, contracts.EDGES, filters=[("seed", "==", seed), ("model", "in", list(models))]),
        models=models,
        labelling=labelling or contracts.ALL_DOCUMENTS,
        labels=chosen,
        constant={model: constant.get(model, {}).get(str(seed), []) for model in models},
        colormap=colormap,
        positions=positions,
        keep=keep,
    )
    drawn = figures.draw_nrag(shown, width=width, colormap=colormap)
    parameters = {"seed": seed, "width": width, "colormap": colormap, "positions": positions, "keep": keep}
    inputs = {"cells": cells, "edges": edges, "corpus": corpus}
    figures.write(drawn, shown, figure, table, provenance=store.provenance(inputs=inputs, parameters=parameters))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_nrag(
            snakemake.input.cells,
            snakemake.input.edges,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            models=snakemake.params.models,
            labelling=snakemake.params.comparison["labelling"],
            labels=snakemake.params.comparison["labels"],
            min_documents=snakemake.params.min_documents,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
            positions=snakemake.params.positions,
            keep=snakemake.params.keep,
        )
