"""Draw what became of a set of mazes under one view, such as its learning curves, and write the table that is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store
from nrag.evaluation.lineages import Stage

VIEWS = {
    "training": (contracts.TRAININGS, figures.training_table, figures.draw_training),
    "stages": (contracts.MAZE_METHODS, figures.stage_table, figures.draw_stages),
    "lengths": (contracts.MAZE_LENGTHS, figures.length_table, figures.draw_lengths),
    "probes": (contracts.MAZE_PROBES, figures.maze_probe_table, figures.draw_maze_probes),
}
"""Of each view the contract of the study's table, what is drawn of it, and how."""


def draw_mazes(
    found: str,
    figure: Sequence[str],
    table: str,
    *,
    view: str,
    name: str,
    stages: Mapping[str, Mapping[str, Any]],
    width: str,
) -> None:
    """Draw a view of the set of a `name` from the study's table of it; `stages` are as the config has them."""
    contract, shown_of, draw = VIEWS[view]
    every = store.read_tsv(found, contract)
    shown = shown_of(every[every["set"] == name], [Stage.of(stage, each) for stage, each in stages.items()])
    drawn = draw(shown, width=width)
    figures.write(drawn, shown, figure, table, inputs={contract.name: found}, parameters={"width": width})


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_mazes(
            snakemake.input[0],
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            view=snakemake.params.view,
            name=snakemake.wildcards.set,
            stages=snakemake.params.stages,
            width=snakemake.params.width,
        )
