"""Draw how the trainings of a set of mazes went, step by step, and write the table that is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, figures, store
from nrag.evaluation.lineages import Stage


def draw_training(
    trainings: str,
    figure: Sequence[str],
    table: str,
    *,
    name: str,
    stages: Mapping[str, Mapping[str, Any]],
    width: str,
) -> None:
    """Draw the learning curves of the set of a `name` from the study's table; `stages` are as the config has them."""
    every = store.read_tsv(trainings, contracts.TRAININGS)
    defined = [Stage.of(stage, each) for stage, each in stages.items()]
    shown = figures.training_table(every[every["set"] == name], defined)
    drawn = figures.draw_training(shown, width=width)
    figures.write(drawn, shown, figure, table, inputs={"trainings": trainings}, parameters={"width": width})


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        draw_training(
            snakemake.input.trainings,
            [*snakemake.output.shown, *snakemake.output.printed],
            snakemake.output.table,
            name=snakemake.wildcards.set,
            stages=snakemake.params.stages,
            width=snakemake.params.width,
        )
