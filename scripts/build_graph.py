"""Count, for every label, the documents that two regions of neighbouring layers share: the NRAG's edges."""

from collections.abc import Mapping, Sequence

from nrag import contracts, graphs, store
from nrag.corpora import by_model


def build_graph(
    cells: str,
    corpus: str,
    edges: str,
    *,
    labels: Sequence[str] = (),
    named: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write the edges of all documents and of every label of every labelling of the corpus.

    `labels` are files of labels that differ from model to model (contracts.MODEL_LABELS), `named` what these call each
    model of the cells.
    """
    labellings = list(store.read_attributes(corpus)["labellings"])
    documents = store.read_table(corpus, contracts.CORPUS, columns=["document", *labellings])
    own: dict[str, dict[str, list[str | None]]] = {model: {} for model in named or {}}
    for path in labels:
        (labelling,) = store.read_attributes(path)["labellings"]
        table = store.read_table(path, contracts.MODEL_LABELS)
        for model, names in (named or {}).items():
            found = by_model.labels_of(table, names, documents=len(documents))
            if found is None:
                store.LOG.info("%s has no label under labelling %s", model, labelling)
            else:
                own[model][labelling] = found
    table = graphs.edges_of(
        store.read_table(cells, contracts.CELLS),
        {labelling: documents[labelling] for labelling in labellings},
        own=own,
    )
    inputs = {"cells": cells, "corpus": corpus} | {f"labels {number}": path for number, path in enumerate(labels)}
    store.write_table(edges, table, contracts.EDGES, provenance=store.provenance(inputs=inputs))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        build_graph(
            snakemake.input.cells,
            snakemake.input.corpus,
            snakemake.output.edges,
            labels=snakemake.input.labels,
            named=snakemake.params.named,
        )
