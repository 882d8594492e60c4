"""Measure every NRAG: as a whole, in each layer, at each region."""

from nrag import contracts, graphs, metrics, store


def measure_graph(cells: str, edges: str, table: str, nodes: str, *, sources: int) -> None:
    """Write every metric of every model, seed and label of one grid, and those of regions once more, side by side.

    `nodes` has the first seed only, as the exports of the graph.
    """
    nrags = graphs.nrags_of(
        store.read_table(edges, contracts.EDGES),
        store.read_table(cells, contracts.CELLS),
        size=store.read_attributes(cells)["size"],
    )
    measured = metrics.metrics_of(nrags, sources=sources)
    inputs, parameters = {"cells": cells, "edges": edges}, {"sources": sources}
    provenance = store.provenance(inputs=inputs, parameters=parameters)
    store.write_table(table, measured, contracts.METRICS, provenance=provenance)
    seed = min(key.seed for key in nrags)
    provenance = store.provenance(inputs=inputs, parameters=parameters | {"seed": seed})
    store.write_tsv(nodes, metrics.node_table(measured, seed=seed), provenance=provenance)
    if sampled := int(measured.loc[measured["level"] == "graph", "sample"].notna().sum()):
        store.LOG.info("%d values start from %d drawn regions (metrics: sources)", sampled, sources)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        measure_graph(
            snakemake.input.cells,
            snakemake.input.edges,
            snakemake.output.metrics,
            snakemake.output.nodes,
            sources=snakemake.params.sources,
        )
