"""Draw region maps of a comparison, all layers on a strip or one layer large, and write the table that they show."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, corpora, figures, store


def draw_maps(
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
    large: Mapping[str, Any] | None,
    width: str,
    colormap: str,
) -> None:
    """Draw the first seed: a strip of all layers, or `large` a `layer` with `numbers` in its cells.

    `labels` are a config's, or `all`; without a labelling, all documents are drawn.
    """
    labellings = store.read_attributes(corpus)["labellings"]
    chosen = corpora.compared_labels(labellings, labelling, labels, min_documents=min_documents)
    seed = int(store.read_table(edges, contracts.EDGES, columns=["seed"])["seed"].min())
    grid = store.read_attributes(cells)
    shown = figures.map_table(
        store.read_table(edges, contracts.EDGES, filters=[("seed", "==", seed), ("model", "in", list(models))]),
        models=models,
        labelling=labelling or contracts.ALL_DOCUMENTS,
        labels=chosen,
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
    figures.write(drawn, shown, figure, table, provenance=store.provenance(inputs=inputs, parameters=parameters))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_maps(
            snakemake.input.cells,
            snakemake.input.edges,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            models=snakemake.params.models,
            labelling=snakemake.params.comparison["labelling"],
            labels=snakemake.params.comparison["labels"],
            min_documents=snakemake.params.min_documents,
            large=snakemake.params.large,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
        )
