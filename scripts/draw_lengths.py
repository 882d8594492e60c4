"""Draw how many mazes the stages of a set solve by the length of the way, and write the table that is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store
from nrag.evaluation.lineages import Stage


def draw_lengths(
    lengths: str,
    figure: Sequence[str],
    table: str,
    *,
    name: str,
    stages: Mapping[str, Mapping[str, Any]],
    width: str,
) -> None:
    """Draw solve rates of the set of a `name` from the study's table; `stages` are as the config has them."""
    every = store.read_tsv(lengths, contracts.MAZE_LENGTHS)
    defined = [Stage.of(stage, each) for stage, each in stages.items()]
    shown = figures.length_table(every[every["set"] == name], defined)
    drawn = figures.draw_lengths(shown, width=width)
    figures.write(drawn, shown, figure, table, inputs={"lengths": lengths}, parameters={"width": width})


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_lengths(
            snakemake.input.lengths,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            name=snakemake.wildcards.set,
            stages=snakemake.params.stages,
            width=snakemake.params.width,
        )
