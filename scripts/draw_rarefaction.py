"""Draw the metrics of a comparison by number of documents, and write the table that the figure shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store


def draw_rarefaction(
    rarefaction: str,
    corpus: str,
    figure: Sequence[str],
    table: str,
    *,
    name: str,
    comparison: Mapping[str, Any],
    controls: Sequence[tuple[tuple[str, str], Sequence[tuple[str, str]]]],
    min_documents: int,
    width: str,
    colormap: str,
    shown: Sequence[str] = figures.RAREFIED_METRICS,
) -> None:
    """Draw the rarefaction of the comparison `name`, which `figures.compared` takes as `comparison`.

    `controls` pairs space and name of a trained model with those of its untrained ones; `shown` names the metrics, of
    which those that are no closed form of counts are left out.
    """
    rows = store.read_table(rarefaction, contracts.RAREFACTION, filters=[("comparison", "==", name)])
    labels = figures.compared(corpus, comparison, min_documents=min_documents)["labels"]
    drawn = figures.rarefaction_table(rows, dict(controls), labels=labels, shown=shown)
    problem = "None of the chosen metrics is a closed form of counts" if len(rows) else "The comparison has one label"
    picture = figures.draw_rarefaction(drawn, width=width, colormap=colormap, problem=f"Not rarefied: {problem}.")
    inputs = {"rarefaction": rarefaction, "corpus": corpus}
    figures.write(picture, drawn, figure, table, inputs=inputs, parameters={"width": width, "colormap": colormap})


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_rarefaction(
            snakemake.input.rarefaction,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            name=snakemake.wildcards.comparison,
            comparison=snakemake.params.comparison,
            controls=snakemake.params.controls,
            min_documents=snakemake.params.min_documents,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
            **snakemake.params.chosen,
        )
