"""Write mazes that stages do not solve, with what they answered and where it first goes wrong, to be read."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, store
from nrag.evaluation.answers import described
from nrag.evaluation.failures import failures
from nrag.evaluation.lineages import Stage, in_order


def write_failures(
    answers: str,
    mazes: str,
    text: str,
    *,
    name: str,
    stages: Mapping[str, Mapping[str, Any]],
    checkpoints: Sequence[Mapping[str, Any]],
    seed: int,
) -> None:
    """Write the Markdown `text` of the last checkpoints of one seed; arguments as `measure_stages` takes them."""
    shown = [each for each in checkpoints if each["last"] and each["seed"] == seed]
    models = [each["model"] for each in shown]
    tests = store.read_table(mazes, contracts.MAZES, filters=[("split", "==", "test")])
    asked = [("decoding", "==", contracts.GREEDY), ("model", "in", models)]
    given = store.read_table(answers, contracts.ANSWERS, filters=asked)
    ordered = in_order([Stage.of(stage, defined) for stage, defined in stages.items()])
    table = described(given[given["id"].isin(tests["id"])], tests, shown, [stage.name for stage in ordered])
    store.write_text(text, failures(table, ordered, name=name))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        write_failures(
            snakemake.input.answers,
            snakemake.input.mazes,
            snakemake.output.failures,
            name=snakemake.wildcards.set,
            stages=snakemake.params.described["stages"],
            checkpoints=snakemake.params.described["checkpoints"],
            seed=snakemake.params.seed,
        )
