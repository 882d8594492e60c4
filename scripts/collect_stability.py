"""Gather in one table what of a study's statistics holds whatever the seed, the grid, the reduction."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, store
from nrag.statistics import stability


def collect_stability(variants: Sequence[str], table: str, *, places: Sequence[Mapping[str, Any]]) -> None:
    """Write the table of `variants`, the files of the `places`, a space and a corpus each, in order."""
    parts = [(place, store.read_table(path, contracts.VARIANTS)) for place, path in zip(places, variants, strict=True)]
    gathered = stability.table_of_stability(parts)
    inputs = {"--".join(place.values()): path for place, path in zip(places, variants, strict=True)}
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs))
    changing = int((gathered["sign_changes"] == True).sum())  # noqa: E712 the column has nulls
    store.LOG.info("%d rows, in %d of which the sign changes", len(gathered), changing)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_stability(snakemake.input.variants, snakemake.output.table, places=snakemake.params.places)
