"""Draw what is read of the mazes of a set from each layer, stage by stage, and write the table that is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store
from nrag.evaluation.lineages import Stage


def draw_maze_probes(
    probes: str,
    figure: Sequence[str],
    table: str,
    *,
    name: str,
    stages: Mapping[str, Mapping[str, Any]],
    width: str,
) -> None:
    """Draw the probes of the set of a `name` from the study's table; `stages` are as the config has them."""
    every = store.read_tsv(probes, contracts.MAZE_PROBES)
    defined = [Stage.of(stage, each) for stage, each in stages.items()]
    shown = figures.maze_probe_table(every[every["set"] == name], defined)
    drawn = figures.draw_maze_probes(shown, width=width)
    figures.write(drawn, shown, figure, table, inputs={"probes": probes}, parameters={"width": width})


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_maze_probes(
            snakemake.input.means,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            name=snakemake.wildcards.set,
            stages=snakemake.params.stages,
            width=snakemake.params.width,
        )
