"""Gather the answers of all checkpoints of a set of mazes."""

from collections.abc import Sequence

from nrag import contracts, store

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def collect_answers(answers: Sequence[str], table: str) -> None:
    """Write the answers of all files as one table."""
    every = pd.concat([store.read_table(path, contracts.ANSWERS) for path in answers], ignore_index=True)
    every = every.sort_values(list(contracts.ANSWERS.key), kind="stable", ignore_index=True)
    inputs = {f"answers {number}": path for number, path in enumerate(answers)}
    store.write_table(table, every, contracts.ANSWERS, provenance=store.provenance(inputs=inputs))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_answers(snakemake.input.answers, snakemake.output.answers)
