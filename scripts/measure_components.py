"""Measure every component graph: as a whole, in each layer, at each component."""

from collections.abc import Mapping

from nrag import contracts, store
from nrag.components import metrics
from nrag.components.graphs import Threshold, graphs_of


def measure_components(components: str, table: str, *, threshold: Mapping[str, float]) -> None:
    """Write every metric of every model, seed and label of one reduction."""
    sizes = store.read_attributes(components)["documents"]
    found = graphs_of(store.read_table(components, contracts.COMPONENTS), sizes, Threshold.of(threshold))
    store.write_table(
        table,
        metrics.metrics_of(found),
        contracts.METRICS,
        provenance=store.provenance(inputs={"components": components}, parameters={"threshold": dict(threshold)}),
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        measure_components(snakemake.input.components, snakemake.output.metrics, threshold=snakemake.params.threshold)
