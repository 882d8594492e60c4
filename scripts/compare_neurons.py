"""Pairs of like neurons of the study's models, in each corpus."""

from collections.abc import Sequence

from nrag import contracts, store
from nrag.neurons.similarity import similar_pairs

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def compare_neurons(tokens: Sequence[str], table: str, *, traced: Sequence[tuple[str, str]]) -> None:
    """Write the pairs of different models; `tokens` are the indexes of the models and corpora `traced`, in order."""
    frames = []
    for corpus in dict.fromkeys(corpus for _, corpus in traced):
        index = pd.concat(
            [
                store.read_table(path, contracts.TOKENS).assign(model=model)
                for path, (model, of) in zip(tokens, traced, strict=True)
                if of == corpus
            ]
        )
        frames.append(similar_pairs(index, across=True).assign(corpus=corpus))
    inputs = {"--".join(pair): path for path, pair in zip(tokens, traced, strict=True)}
    pairs = pd.concat(frames, ignore_index=True)
    store.write_tsv(table, pairs, provenance=store.provenance(inputs=inputs), contract=contracts.SIMILAR)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        compare_neurons(
            snakemake.input.tokens,
            snakemake.output.table,
            traced=[tuple(pair) for pair in snakemake.params.traced],
        )
