"""Draw the component graphs of a comparison in every format, and write the table that the figure shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store
from nrag.components.graphs import Threshold, graphs_of


def draw_components(
    components: str,
    corpus: str,
    figure: Sequence[str],
    table: str,
    *,
    models: Sequence[str],
    comparison: Mapping[str, Any],
    min_documents: int,
    threshold: Mapping[str, float],
    width: str,
) -> None:
    """Draw the first seed of a `comparison`, as `figures.compared` takes it."""
    attributes = store.read_attributes(components)
    found = store.read_table(components, contracts.COMPONENTS)
    seed = int(found["seed"].min())
    # Each label's own axes explain shares of their own, which the file does not hold.
    explained = attributes["explained_variance"] if attributes["basis"] == "all documents" else {}
    shown = figures.component_table(
        graphs_of(found[found["seed"] == seed], attributes["documents"], Threshold.of(threshold)),
        models=models,
        seed=seed,
        **figures.compared(corpus, comparison, min_documents=min_documents),
        threshold=Threshold.of(threshold),
        shares={model: fits[str(seed)] for model, fits in explained.items()},
        constant={model: fits[str(seed)] for model, fits in attributes["constant_layers"].items()},
    )
    drawn = figures.draw_components(shown, width=width)
    parameters = {"seed": seed, "width": width, "threshold": dict(threshold)}
    inputs = {"components": components, "corpus": corpus}
    figures.write(drawn, shown, figure, table, inputs=inputs, parameters=parameters)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_components(
            snakemake.input.components,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            models=snakemake.params.models,
            comparison=snakemake.params.comparison,
            min_documents=snakemake.params.min_documents,
            threshold=snakemake.params.threshold,
            width=snakemake.params.width,
        )
