"""Gather the metrics of every run of a study in two tables, of the graphs and of their layers."""

from collections.abc import Mapping, Sequence

from nrag import comparison, contracts, store


def collect_metrics(metrics: Sequence[str], table: str, layers: str, *, runs: Sequence[Mapping]) -> None:
    """Write the tables of `metrics`, one file per run of `runs` (see `comparison.PLACE`), in their order."""
    names = ("--".join(str(run[part]) for part in comparison.PLACE) for run in runs)
    provenance = store.provenance(inputs=dict(zip(names, metrics, strict=True)))
    for path, level, gather in ((table, "graph", comparison.metric_table), (layers, "layer", comparison.layer_table)):
        of_level = [("level", "=", level)]
        frames = (store.read_table(file, contracts.METRICS, filters=of_level) for file in metrics)
        gathered = gather(zip(runs, frames, strict=True))
        store.write_tsv(path, gathered, provenance=provenance)
        store.LOG.info("%s: %d values of %d runs", level, len(gathered), len(runs))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_metrics(
            snakemake.input.metrics,
            snakemake.output.table,
            snakemake.output.layers,
            runs=snakemake.params.runs,
        )
