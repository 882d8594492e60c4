"""Draw the component graphs of a comparison in every format, and write the table that the figure shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, corpora, figures, store
from nrag.components.graphs import Threshold, graphs_of


def draw_components(
    components: str,
    corpus: str,
    figure: Sequence[str],
    table: str,
    *,
    models: Sequence[str],
    labelling: str | None,
    labels: Any,
    min_documents: int,
    threshold: Mapping[str, float],
    width: str,
    colormap: str,
) -> None:
    """Draw the first seed; `labels` are a config's, or `all`; without a labelling, all documents are drawn alone."""
    labellings = store.read_attributes(corpus)["labellings"]
    chosen = corpora.compared_labels(labellings, labelling, labels, min_documents=min_documents)
    attributes = store.read_attributes(components)
    found = store.read_table(components, contracts.COMPONENTS)
    seed = int(found["seed"].min())
    # Each label's own axes explain shares of their own, which the file does not hold.
    explained = attributes["explained_variance"] if attributes["basis"] == "all documents" else {}
    shown = figures.component_table(
        graphs_of(found[found["seed"] == seed], attributes["documents"], Threshold.of(threshold)),
        models=models,
        seed=seed,
        labelling=labelling or contracts.ALL_DOCUMENTS,
        labels=chosen,
        threshold=Threshold.of(threshold),
        shares={model: fits[str(seed)] for model, fits in explained.items()},
        constant={model: fits[str(seed)] for model, fits in attributes["constant_layers"].items()},
    )
    drawn = figures.draw_components(shown, width=width, colormap=colormap)
    parameters = {"seed": seed, "width": width, "colormap": colormap, "threshold": dict(threshold)}
    inputs = {"components": components, "corpus": corpus}
    figures.write(drawn, shown, figure, table, provenance=store.provenance(inputs=inputs, parameters=parameters))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_components(
            snakemake.input.components,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            models=snakemake.params.models,
            labelling=snakemake.params.comparison["labelling"],
            labels=snakemake.params.comparison["labels"],
            min_documents=snakemake.params.min_documents,
            threshold=snakemake.params.threshold,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
        )
