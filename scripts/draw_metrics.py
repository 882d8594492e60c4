"""Draw the metrics of a comparison, all models side by side, and write the table that the figure shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store
from nrag.comparison import model_in
from nrag.statistics import stability

# isort: split
import pandas as pd  # after nrag: its docstring says why


def draw_metrics(
    metrics: Sequence[str],
    corpus: str,
    figure: Sequence[str],
    table: str,
    *,
    spaces: Sequence[str],
    comparison: Mapping[str, Any],
    min_documents: int,
    width: str,
    colormap: str,
    variants: Sequence[str] = (),
    place: Mapping[str, Any] | None = None,
    shown: Sequence[str] = figures.SHOWN_METRICS,
) -> None:
    """Draw the metrics of all files, one for each of `spaces`, in a `comparison`, as `figures.compared` takes it.

    `variants`, of the same spaces or none, tell what signs depend on, at a `place`: pooling, reduction, bins and size,
    and the name of the comparison. `shown` names the metrics, in order.
    """
    values = pd.concat(map(_values_of, metrics, spaces), ignore_index=True)
    drawn = figures.metric_table(
        values,
        models=list(values["model"].unique()),
        **figures.compared(corpus, comparison, min_documents=min_documents),
        shown=shown,
        signs=_signs_of(variants, spaces, place) if variants else None,
    )
    picture = figures.draw_metrics(drawn, width=width, colormap=colormap)
    inputs = {"corpus": corpus} | {f"metrics {number}": path for number, path in enumerate(metrics)}
    inputs |= {f"variants {number}": path for number, path in enumerate(variants)}
    parameters = {"width": width, "colormap": colormap}
    figures.write(picture, drawn, figure, table, inputs=inputs, parameters=parameters)


def _values_of(path: str, space: str) -> pd.DataFrame:
    """Values of the graph level; a model in a shared space is another row than in its own, and named so."""
    values = store.read_table(path, contracts.METRICS, filters=[("level", "==", "graph")])
    names = [model_in(space, model) for model in values["model"]]
    return values.assign(model=names)


def _signs_of(variants: Sequence[str], spaces: Sequence[str], place: Mapping[str, Any]) -> pd.DataFrame:
    """Model, metric and sign_depends_on of the graphs at a place."""
    at_place = [(name, "==", value) for name, value in place.items()]
    found = []
    for path, space in zip(variants, spaces, strict=True):
        rows = store.read_table(path, contracts.VARIANTS, filters=at_place)
        signs = stability.sign_dependence(rows[rows["layer"].isna()])
        found.append(signs.assign(model=[model_in(space, model) for model in signs["model"]]))
    return pd.concat(found, ignore_index=True)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_metrics(
            snakemake.input.metrics,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            spaces=snakemake.params.spaces,
            comparison=snakemake.params.comparison,
            min_documents=snakemake.params.min_documents,
            width=snakemake.params.width,
            colormap=snakemake.params.colormap,
            variants=snakemake.input.variants,
            place=snakemake.params.place,
            **snakemake.params.chosen,
        )
