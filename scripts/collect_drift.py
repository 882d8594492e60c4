"""Gather how far the checkpoints of a study have come apart in one table, corrected, beside the floors."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, store
from nrag.drift import summary


def collect_drift(
    drift: Sequence[str],
    table: str,
    *,
    places: Sequence[Mapping[str, Any]],
    floors: Mapping[str, Mapping[str, Sequence[str]]],
) -> None:
    """Write the table of `drift`, the files of the `places` (see `contracts.RUN`) in order.

    `floors` are pairs of models, by space and by what their distance comes from.
    """
    parts = ((place, store.read_table(path, contracts.DRIFT)) for place, path in zip(places, drift, strict=True))
    gathered = summary.table_of_drift(parts, floors)
    inputs = {"--".join(map(str, place.values())): path for place, path in zip(places, drift, strict=True)}
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs, parameters={"floors": floors}))
    store.LOG.info("%d rows of %d files", len(gathered), len(drift))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_drift(
            snakemake.input.drift,
            snakemake.output.table,
            places=snakemake.params.places,
            floors=snakemake.params.floors,
        )
