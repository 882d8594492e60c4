"""Gather the graph-level metrics of every run of a study in one table."""

from collections.abc import Mapping, Sequence

from nrag import comparison, contracts, store


def collect_metrics(metrics: Sequence[str], table: str, *, runs: Sequence[Mapping]) -> None:
    """Write the metric table of `metrics`, one file per run of `runs` (see `comparison.PLACE`), in their order."""
    graph_level = [("level", "=", "graph")]
    frames = (store.read_table(path, contracts.METRICS, filters=graph_level) for path in metrics)
    gathered = comparison.metric_table(zip(runs, frames, strict=True))
    names = ("--".join(str(run[part]) for part in comparison.PLACE) for run in runs)
    inputs = dict(zip(names, metrics, strict=True))
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs))
    store.LOG.info("%d values of %d runs", len(gathered), len(runs))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_metrics(snakemake.input.metrics, snakemake.output.table, runs=snakemake.params.runs)
