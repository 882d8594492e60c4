"""Turn every document into a vector of its words: one hidden state, which further rules read like a model's."""

from itertools import chain

from nrag import bag_of_words, contracts, distinct, store

# isort: split
import h5py  # after nrag: its docstring says why
import numpy as np


def vectorize_texts(texts: str, activations: str) -> None:
    """Write the TF-IDF vectors of a corpus, at most `contracts.WORDS_WIDTH` wide, as the only layer there is."""
    counts = bag_of_words.word_counts(chain.from_iterable(store.read_column(texts, contracts.TEXTS, "text")))
    ids = np.array(list(chain.from_iterable(store.read_column(texts, contracts.TEXTS, "id"))), dtype=object)
    found = bag_of_words.vectors_of(counts)
    different = distinct.distinct_vectors([found.values])

    def fill(file: h5py.File) -> None:
        store.add_array(file, contracts.hidden_state(contracts.WORDS, 0), found.values, distinct=different)
        store.add_array(file, "documents/id", ids)
        store.add_array(file, "documents/tokens", np.asarray(counts.sum(axis=1), dtype=np.int32))
        store.add_array(file, "documents/truncated", np.zeros(len(ids), dtype=bool))

    store.write_arrays(
        activations,
        contracts.ACTIVATIONS,
        fill,
        provenance=store.provenance(inputs={"texts": texts}, parameters={"width": contracts.WORDS_WIDTH}),
        model=contracts.BAG_OF_WORDS,
        corpus=store.read_attributes(texts)["content"],
        distinct=bag_of_words.distinct_bags(counts),
        dtype="float64",
        device="cpu",
        kept=None if np.isnan(found.kept) else found.kept,
        words=found.words,
        lost=found.lost,
        **dict.fromkeys(("weights", "vocabulary", "revision", "matmul_precision", "max_tokens")),
    )
    store.LOG.info("%d words, %d components keep %.3f", found.words, found.values.shape[1], found.kept)
    if found.lost:
        store.LOG.warning("nothing is left of %d documents: no words, or none that others have", found.lost)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        vectorize_texts(snakemake.input.texts, snakemake.output.activations)
