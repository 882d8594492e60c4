"""Print the neurons of a study that a question finds."""

import sys
from collections.abc import Sequence

from nrag import contracts, store
from nrag.neurons.search import as_tsv, facts_of, search

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def search_neurons(
    tokens: Sequence[str], scores: Sequence[str], *, traced: Sequence[tuple[str, str]], query: str
) -> None:
    """Print a line for each neuron and sign, best first; `tokens` are the indexes of the models and corpora `traced`.

    `scores` are those of their blocks, below folders that are named by model and corpus.
    """
    index = pd.concat(
        [
            store.read_table(path, contracts.TOKENS).assign(model=model, corpus=corpus)
            for path, (model, corpus) in zip(tokens, traced, strict=True)
        ],
        ignore_index=True,
    )
    facts = [
        facts_of(store.read_tsv(path, contracts.SCORES)).assign(model=model, corpus=corpus)
        for model, corpus in traced
        for path in scores
        if path.startswith(f"results/neurons/{model}/{corpus}/")
    ]
    found = search(index, pd.concat(facts, ignore_index=True), query)
    sys.stdout.write(as_tsv(found))
    print(f"{len(found)} neurons and signs answer {query}", file=sys.stderr)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        search_neurons(
            snakemake.input.tokens,
            snakemake.input.scores,
            traced=[tuple(pair) for pair in snakemake.params.traced],
            query=snakemake.params.query,
        )
