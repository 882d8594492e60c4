"""Write the component graphs of the first seed for other programs: tables of nodes and edges, and GraphML."""

from collections.abc import Mapping

from nrag import contracts, graphs, store
from nrag.components import exports
from nrag.components.graphs import Threshold, graphs_of


def export_components(
    components: str, node_table: str, edge_table: str, graphml: str, *, threshold: Mapping[str, float]
) -> None:
    """Write nodes.tsv, edges.tsv and nrag.graphml of the pairs that pass the threshold."""
    attributes = store.read_attributes(components)
    table = store.read_table(components, contracts.COMPONENTS)
    seed = int(table["seed"].min())
    found = graphs_of(table[table["seed"] == seed], attributes["documents"], Threshold.of(threshold))
    shares = {model: fits[str(seed)] for model, fits in attributes["explained_variance"].items()}
    provenance = store.provenance(inputs={"components": components}, parameters={"seed": seed, **threshold})
    tables = exports.export_tables(found, shares, seed=seed)
    for path, exported in zip((node_table, edge_table), tables, strict=True):
        store.write_tsv(path, exported, provenance=provenance)
    store.write_text(graphml, graphs.graphml(exports.graph_of_space(found, shares, seed=seed)))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        export_components(
            snakemake.input.components,
            snakemake.output.nodes,
            snakemake.output.edges,
            snakemake.output.graphml,
            threshold=snakemake.params.threshold,
        )
