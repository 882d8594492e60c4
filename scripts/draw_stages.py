"""Draw the stages of a set of mazes side by side, beside their controls, and write the table that is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store
from nrag.evaluation.lineages import Stage


def draw_stages(
    methods: str,
    figure: Sequence[str],
    table: str,
    *,
    name: str,
    stages: Mapping[str, Mapping[str, Any]],
    width: str,
) -> None:
    """Draw what the stages of the set of a `name` solve, from the study's table; `stages` as the config has them."""
    every = store.read_tsv(methods, contracts.MAZE_METHODS)
    defined = [Stage.of(stage, each) for stage, each in stages.items()]
    shown = figures.stage_table(every[every["set"] == name], defined)
    drawn = figures.draw_stages(shown, width=width)
    figures.write(drawn, shown, figure, table, inputs={"methods": methods}, parameters={"width": width})


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_stages(
            snakemake.input.methods,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            name=snakemake.wildcards.set,
            stages=snakemake.params.stages,
            width=snakemake.params.width,
        )
