"""Draw how far the checkpoints of a space have drifted in one of three ways, and write the table that is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store

# isort: split
import pandas as pd  # after nrag: its docstring says why

DRAWN = {
    "drift": (figures.drift_table, figures.draw_drift),
    "series": (figures.series_table, figures.draw_series),
    "dendrogram": (figures.dendrogram_table, figures.draw_dendrogram),
}
"""Kinds of figures: what makes the table, and what draws it."""


def draw_drift(
    cells: str,
    states: str,
    figure: Sequence[str],
    table: str,
    *,
    kind: str,
    shown: Mapping[str, Any],
    width: str,
) -> None:
    """Draw the first seed of the drift of `cells` and that of hidden `states`, files of contracts.DRIFT.

    `kind` is one of `DRAWN`, and `shown` is what its table takes: base, models, floors or series.
    """
    of_cells = store.read_table(cells, contracts.DRIFT)
    first = of_cells[of_cells["seed"] == of_cells["seed"].min()]
    tabled, drawn = DRAWN[kind]
    rows = tabled(pd.concat([first, store.read_table(states, contracts.DRIFT)], ignore_index=True), **shown)
    inputs = {"cells": cells, "states": states}
    figures.write(drawn(rows, width=width), rows, figure, table, inputs=inputs, parameters={"width": width, **shown})


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_drift(
            snakemake.input.drift,
            snakemake.input.states,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            kind=snakemake.wildcards.drift,
            shown=snakemake.params.shown,
            width=snakemake.params.width,
        )
