"""Gather how much of every layer the reductions of a study show."""

from collections.abc import Mapping, Sequence

from nrag import comparison, store


def collect_reductions(coordinates: Sequence[str], table: str, *, reduced: Sequence[Mapping]) -> None:
    """Write the reduction table of `coordinates`, one file per embedding of `reduced`, in their order."""
    layers = (store.read_coordinate_attributes(path) for path in coordinates)
    gathered = comparison.reduction_table(zip(reduced, layers, strict=True))
    names = ("--".join(embedding.values()) for embedding in reduced)
    inputs = dict(zip(names, coordinates, strict=True))
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs))
    store.LOG.info("%d fits of %d embeddings", len(gathered), len(coordinates))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_reductions(snakemake.input.coordinates, snakemake.output.table, reduced=snakemake.params.reduced)
