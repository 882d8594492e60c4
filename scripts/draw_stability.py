"""Draw what of a comparison holds under other seeds, grids and reductions, and write the table that is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store
from nrag.comparison import model_in

# isort: split
import pandas as pd  # after nrag: its docstring says why


def draw_stability(
    variants: Sequence[str],
    corpus: str,
    figure: Sequence[str],
    table: str,
    *,
    spaces: Sequence[str],
    places: Sequence[Mapping[str, Any]],
    name: str,
    comparison: Mapping[str, Any],
    min_documents: int,
    width: str,
    shown: Sequence[str] = figures.SHOWN_METRICS,
) -> None:
    """Draw the variants of all files, one for each of `spaces`, of the comparison of a `name`.

    `places` are drawn, each a pooling, reduction, bins and size, `comparison` is as `figures.compared` takes it, and
    `shown` names the metrics, in order.
    """
    parts = [
        _at(store.read_table(path, contracts.VARIANTS), place, space)
        for place in places
        for space, path in zip(spaces, variants, strict=True)
    ]
    rows = pd.concat(parts, ignore_index=True)
    drawn = figures.stability_table(rows, comparison=name, models=list(rows["model"].unique()), shown=shown)
    labels = figures.compared(corpus, comparison, min_documents=min_documents)["labels"]
    picture = figures.draw_stability(drawn, labels=labels, width=width)
    inputs = {"corpus": corpus} | {f"variants {space}": path for space, path in zip(spaces, variants, strict=True)}
    figures.write(picture, drawn, figure, table, inputs=inputs, parameters={"width": width})


def _at(variants: pd.DataFrame, place: Mapping[str, Any], space: str) -> pd.DataFrame:
    """The rows of a place; a model in a shared space is another than in its own, and named so."""
    there = variants[(variants[list(place)] == pd.Series(place)).all(axis=1)]
    return there.assign(model=[model_in(space, model) for model in there["model"]])


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_stability(
            snakemake.input.variants,
            snakemake.input.corpus,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            spaces=snakemake.params.spaces,
            places=snakemake.params.places,
            name=snakemake.wildcards.comparison,
            comparison=snakemake.params.comparison,
            min_documents=snakemake.params.min_documents,
            width=snakemake.params.width,
            **snakemake.params.chosen,
        )
