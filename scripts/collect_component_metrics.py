"""Gather the graph-level metrics of every component graph of a study in one table."""

from collections.abc import Mapping, Sequence

from nrag import comparison, contracts, store


def collect_component_metrics(metrics: Sequence[str], table: str, *, reduced: Sequence[Mapping]) -> None:
    """Write the metric table of `metrics`, one file per embedding of `reduced`, in their order."""
    graph_level = [("level", "=", "graph")]
    frames = (store.read_table(path, contracts.METRICS, filters=graph_level) for path in metrics)
    gathered = comparison.metric_table(zip(reduced, frames, strict=True), place=comparison.EMBEDDING)
    names = ("--".join(embedding.values()) for embedding in reduced)
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=dict(zip(names, metrics, strict=True))))
    store.LOG.info("%d values of %d component graphs", len(gathered), len(metrics))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_component_metrics(snakemake.input.metrics, snakemake.output.table, reduced=snakemake.params.reduced)
