"""Draw the NRAG of a comparison in every format, and write the table that the figure shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store

# isort: split
import pandas as pd  # after nrag: its docstring says why


def draw_nrag(
    cells: str,
    edges: str,
    corpus: str,
    figure: Sequence[str],
    table: str,
    *,
    models: Sequence[str],
    comparison: Mapping[str, Any],
    min_documents: int,
    width: str,
    colormap: str,
    positions: str,
    keep: Mapping[str, float] | None,
    scores: str | None = None,
    place: Mapping[str, Any] | None = None,
) -> None:
    """Draw the first seed of a `comparison`, as `figures.compared` takes it.

    `positions` and `keep`, which edges are drawn, are as `figures.nrag_table` takes them. With `scores`, a file of
    stabilities, those of the `place` (pooling, reduction, bins and size) decide what is drawn pale.
    """
    seed = int(store.read_table(edges, contracts.EDGES, columns=["seed"])["seed"].min())
    constant = store.read_attributes(cells)["constant_layers"]
    shown = figures.nrag_table(
        store.read_table(edges, contracts.EDGES, filters=[("seed", "==", seed), ("model", "in", list(models))]),
        models=models,
        **figures.compared(corpus, comparison, min_documents=min_documents),
        constant={model: constant.get(model, {}).get(str(seed), []) for model in models},
        colormap=colormap,
        positions=positions,
        keep=keep,
        stability=_scores_of(scores, place) if scores else None,
    )
    drawn = figures.draw_nrag(shown, width=width, colormap=colormap)
    parameters = {"seed": seed, "width": width, "colormap": colormap, "positions": positions, "keep": keep}
    inputs = {"cells": cells, "edges": edges, "corpus": corpus} | ({"scores": scores} if scores else {})
    figures.write(drawn, shown, figure, table, inputs=inputs, parameters=parameters)


def _scores_of(path: str, place: Mapping[str, Any]) -> pd.DataFrame:
    filters = [(name, "==", value) for name, value in place.items()]
    return store.read_table(path, contracts.REGION_STABILITY, filters=filters)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_nrag(
            snakemake.input.cells,
            snakemake.input.edges,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            models=snakemake.params.models,
            comparison=snakemake.params.comparison,
            min_documents=snakemake.params.min_documents,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
            positions=snakemake.params.positions,
            keep=snakemake.params.keep,
            scores=snakemake.input.get("scores") or None,
            place=snakemake.params.place,
        )
