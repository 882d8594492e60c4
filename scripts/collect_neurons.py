"""Gather the blocks of a model and corpus: their scores, an index of tokens to search, and pairs of like neurons."""

from collections.abc import Mapping, Sequence

from nrag import contracts, store
from nrag.neurons import graphs
from nrag.neurons.similarity import similar_pairs
from nrag.neurons.summary import block_summary
from nrag.neurons.token_index import token_index

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def collect_neurons(inputs: Mapping[str, Sequence[str]], outputs: Mapping[str, str], *, model: str, seed: int) -> None:
    """Write summary, tokens and similar pairs; `inputs` are patterns, graphs, scores and failures of every block."""
    patterns = pd.concat([store.read_table(path, contracts.PATTERNS) for path in inputs["patterns"]], ignore_index=True)
    scores, failures = (
        pd.concat([store.read_tsv(path, contract) for path in inputs[kind]], ignore_index=True)
        for kind, contract in (("scores", contracts.SCORES), ("failures", contracts.FAILURES))
    )
    tokens = token_index(patterns, graphs.texts_in(inputs["graphs"]))
    made = store.provenance(
        inputs={f"{kind} {number}": path for kind, paths in inputs.items() for number, path in enumerate(paths)},
        parameters={"seed": seed},
    )
    store.write_tsv(outputs["summary"], block_summary(scores, failures, seed=seed), provenance=made)
    store.write_table(outputs["tokens"], tokens, contracts.TOKENS, provenance=made)
    pairs = similar_pairs(tokens.assign(model=model), across=False)
    store.write_tsv(outputs["similar"], pairs, provenance=made, contract=contracts.SIMILAR)
    store.LOG.info("%d patterns, %d pairs", len(patterns.drop_duplicates(["block", "neuron", "pattern"])), len(pairs))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_neurons(
            {kind: list(snakemake.input[kind]) for kind in ("patterns", "graphs", "scores", "failures")},
            dict(snakemake.output.items()),
            model=snakemake.wildcards.model,
            seed=snakemake.params.seed,
        )
