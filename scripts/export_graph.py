"""Write the NRAGs of the first seed for other programs: tables of nodes and edges, and GraphML."""

from nrag import contracts, graphs, store


def export_graph(cells: str, edges: str, node_table: str, edge_table: str, graphml: str) -> None:
    """Write nodes.tsv, edges.tsv and nrag.graphml of one grid."""
    nrags = graphs.nrags_of(
        store.read_table(edges, contracts.EDGES),
        store.read_table(cells, contracts.CELLS),
        size=store.read_attributes(cells)["size"],
    )
    seed = min(key.seed for key in nrags)
    provenance = store.provenance(inputs={"cells": cells, "edges": edges}, parameters={"seed": seed})
    for path, table in zip((node_table, edge_table), graphs.export_tables(nrags, seed=seed), strict=True):
        store.write_tsv(path, table, provenance=provenance)
    store.write_text(graphml, graphs.graphml(graphs.graph_of_space(nrags, seed=seed)))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        export_graph(
            snakemake.input.cells,
            snakemake.input.edges,
            snakemake.output.nodes,
            snakemake.output.edges,
            snakemake.output.graphml,
        )
