"""Count, for every label, the documents that two regions of neighbouring layers share: the NRAG's edges."""

from nrag import contracts, graphs, store


def build_graph(cells: str, corpus: str, edges: str) -> None:
    """Write the edges of all documents and of every label of every labelling of the corpus."""
    labellings = list(store.read_attributes(corpus)["labellings"])
    documents = store.read_table(corpus, contracts.CORPUS, columns=["document", *labellings])
    table = graphs.edges_of(
        store.read_table(cells, contracts.CELLS), {labelling: documents[labelling] for labelling in labellings}
    )
    store.write_table(
        edges, table, contracts.EDGES, provenance=store.provenance(inputs={"cells": cells, "corpus": corpus})
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        build_graph(snakemake.input.cells, snakemake.input.corpus, snakemake.output.edges)
