"""What became of each neuron between the models of shared spaces, such as checkpoints of one network."""

import itertools
from collections.abc import Mapping, Sequence

from nrag import contracts, store
from nrag.neurons import changes, files

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def follow_neurons(
    examples: Sequence[str],
    tokens: Sequence[str],
    scores: Sequence[Sequence[str]],
    table: str,
    *,
    followed: Sequence[tuple[str, str]],
    pairs: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    """Write what became of the neurons between the models of `pairs`, by corpus.

    `examples` and `tokens` are the files, and `scores` those of all blocks, of the models and corpora `followed`.
    """
    files_of = dict(zip(followed, zip(examples, tokens, scores, strict=True), strict=True))
    frames = []
    for corpus, of_corpus in pairs.items():
        checkpoints = {
            model: _checkpoint(*files_of[model, corpus]) for model in dict.fromkeys(itertools.chain(*of_corpus))
        }
        frames.append(changes.changed_neurons(checkpoints, of_corpus).assign(corpus=corpus))
    inputs = {f"{kind} of {'--'.join(pair)}": path for pair, paths in files_of.items() for kind, path in _named(*paths)}
    changed = pd.concat(frames, ignore_index=True)
    store.write_tsv(table, changed, provenance=store.provenance(inputs=inputs), contract=contracts.CHANGED)


def _checkpoint(examples: str, tokens: str, scores: Sequence[str]) -> changes.Checkpoint:
    scored = [store.read_tsv(path, contracts.SCORES) for path in scores]
    index = store.read_table(tokens, contracts.TOKENS)
    return changes.Checkpoint(files.all_mined(examples), index, pd.concat(scored, ignore_index=True))


def _named(examples: str, tokens: str, scores: Sequence[str]) -> list[tuple[str, str]]:
    blocks = [(f"scores of block {number}", path) for number, path in enumerate(scores)]
    return [("examples", examples), ("tokens", tokens), *blocks]


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        remaining = iter(snakemake.input.scores)
        follow_neurons(
            snakemake.input.examples,
            snakemake.input.tokens,
            [list(itertools.islice(remaining, number)) for number in snakemake.params.blocks],
            snakemake.output.table,
            followed=[tuple(pair) for pair in snakemake.params.followed],
            pairs={corpus: [tuple(pair) for pair in own] for corpus, own in snakemake.params.pairs.items()},
        )
