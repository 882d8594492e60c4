"""Measure every NRAG: as a whole, in each layer, at each region."""

from nrag import contracts, graphs, metrics, store


def measure_graph(cells: str, edges: str, table: str) -> None:
    """Write every metric of every model, seed and label of one grid."""
    nrags = graphs.nrags_of(
        store.read_table(edges, contracts.EDGES),
        store.read_table(cells, contracts.CELLS),
        size=store.read_attributes(cells)["size"],
    )
    store.write_table(
        table,
        metrics.metrics_of(nrags),
        contracts.METRICS,
        provenance=store.provenance(inputs={"cells": cells, "edges": edges}),
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        measure_graph(snakemake.input.cells, snakemake.input.edges, snakemake.output.metrics)
