"""Draw the metrics of a comparison, all models side by side, and write the table that the figure shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from nrag import contracts, corpora, figures, store


def draw_metrics(
    metrics: Sequence[str],
    figure: Sequence[str],
    table: str,
    *,
    models: Sequence[str],
    labelling: str | None,
    labels: Any,
    min_documents: int,
    width: str,
    colormap: str,
) -> None:
    """Draw the metrics of all files; `labels` are a config's, or `all`; without a labelling, of all documents."""
    graph_level = [("level", "==", "graph")]
    values = pd.concat([store.read_table(path, contracts.METRICS, filters=graph_level) for path in metrics])
    chosen: list[str] = []
    if labelling:
        counts = values[values["labelling"] == labelling].groupby("label")["documents"].max().to_dict()
        chosen = corpora.choose_labels(counts, labels, labelling=labelling, min_documents=min_documents)
    shown = figures.metric_table(values, models=models, labelling=labelling or contracts.ALL_DOCUMENTS, labels=chosen)
    drawn = figures.draw_metrics(shown, width=width, colormap=colormap)
    for path in figure:
        store.write_bytes(path, figures.render(drawn, Path(path).suffix[1:]))
    inputs = {f"metrics {place}": path for place, path in enumerate(metrics)}
    parameters = {"width": width, "colormap": colormap}
    store.write_tsv(table, shown, provenance=store.provenance(inputs=inputs, parameters=parameters))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_metrics(
            snakemake.input.metrics,
            snakemake.output.figure,
            snakemake.output.table,
            models=snakemake.params.models,
            labelling=snakemake.params.labelling,
            labels=snakemake.params.labels,
            min_documents=snakemake.params.min_documents,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
        )
