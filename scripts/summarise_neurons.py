"""Gather the mean scores of the blocks of every model and corpus of a study in one table."""

from collections.abc import Sequence

from nrag import store

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def summarise_neurons(summaries: Sequence[str], table: str, *, traced: Sequence[tuple[str, str]]) -> None:
    """Write the table of `summaries`, those of the models and corpora `traced`, in order."""
    frames = []
    for path, (model, corpus) in zip(summaries, traced, strict=True):
        frame = store.read_tsv(path)
        frame.insert(0, "model", model)
        frame.insert(1, "corpus", corpus)
        frames.append(frame)
    inputs = {"--".join(pair): path for path, pair in zip(summaries, traced, strict=True)}
    store.write_tsv(table, pd.concat(frames, ignore_index=True), provenance=store.provenance(inputs=inputs))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        summarise_neurons(
            snakemake.input.summaries,
            snakemake.output.table,
            traced=[tuple(pair) for pair in snakemake.params.traced],
        )
