"""Count what was left out, doubtful or lost of a study's documents, per corpus, label and model."""

from collections.abc import Iterator, Mapping, Sequence

from nrag import comparison, contracts, store

# isort: split
import pandas as pd  # after nrag: its docstring says why


def collect_quality(
    rows: Sequence[str],
    problems: Sequence[str],
    corpora: Sequence[str],
    activations: Sequence[str],
    coordinates: Sequence[str],
    table: str,
    *,
    labelling: Mapping[str, str | None],
    extracted: Sequence[tuple[str, str]],
    reduced: Sequence[tuple[str, str]],
    pooling: Sequence[str],
) -> None:
    """Write the quality table.

    `rows`, `problems` and `corpora` have one file for each corpus of `labelling`, in its order; its
    values name the column of each corpus' first labelling. `extracted` gives the (model, corpus) of
    each file of `activations`, `reduced` the (corpus, pooling) of each of `coordinates`; `pooling`
    names those that the study uses.
    """
    documents = dict(zip(labelling, (store.read_table(path, contracts.CORPUS) for path in corpora), strict=True))
    parts = [
        comparison.corpus_quality(corpus, store.read_table(read, contracts.ROWS), store.read_tsv(found))
        for corpus, read, found in zip(labelling, rows, problems, strict=True)
    ]
    for (model, corpus), path in zip(extracted, activations, strict=True):
        parts += _of_model(path, model, corpus, documents[corpus], labelling=labelling[corpus], pooling=pooling)
    for (corpus, pooled), path in zip(reduced, coordinates, strict=True):
        layers = store.read_coordinate_attributes(path)
        parts.append(comparison.constant_layers(corpus, pooled, layers, documents=len(documents[corpus])))
    counted = comparison.quality_table(parts)
    inputs = {f"{corpus} corpus": path for corpus, path in zip(labelling, corpora, strict=True)}
    inputs |= {f"{corpus} {model}": path for (model, corpus), path in zip(extracted, activations, strict=True)}
    store.write_tsv(table, counted, provenance=store.provenance(inputs=inputs))
    for row in counted.astype("string").fillna("").itertuples(index=False):
        store.LOG.info(", ".join(f"{name} {value}" for name, value in row._asdict().items() if value))


def _of_model(
    path: str, model: str, corpus: str, documents: pd.DataFrame, *, labelling: str | None, pooling: Sequence[str]
) -> Iterator[pd.DataFrame]:
    labels = None if labelling is None else documents[labelling]
    different = store.read_attributes(path)["distinct"]
    yield comparison.truncated_texts(corpus, model, store.read_documents(path)["truncated"].to_numpy(), labels)
    yield comparison.lost_texts(corpus, model, documents["text"], documents=different)
    for pooled in pooling:
        vectors = store.read_distinct(path, pooled)
        yield comparison.lost_differences(corpus, model, pooled, vectors, documents=different)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_quality(
            snakemake.input.rows,
            snakemake.input.problems,
            snakemake.input.corpora,
            snakemake.input.activations,
            snakemake.input.coordinates,
            snakemake.output.table,
            labelling=snakemake.params.labelling,
            extracted=snakemake.params.extracted,
            reduced=snakemake.params.reduced,
            pooling=snakemake.params.pooling,
        )
