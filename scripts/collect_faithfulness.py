"""Gather the faithfulness of every run of a study in one table, that of the untrained controls beside each model."""

from collections.abc import Mapping, Sequence

from nrag import contracts, faithfulness, store


def collect_faithfulness(
    measured: Sequence[str],
    table: str,
    *,
    places: Sequence[Mapping[str, str]],
    controls: Mapping[str, Sequence[str]],
) -> None:
    """Write the table of the files `measured`.

    `places` have space, corpus and pooling of each, `controls` are by model.
    """
    parts = (
        (place, store.read_table(path, contracts.FAITHFULNESS)) for place, path in zip(places, measured, strict=True)
    )
    gathered = faithfulness.table_of_faithfulness(parts, controls)
    inputs = {"--".join(place.values()): path for place, path in zip(places, measured, strict=True)}
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs))
    for row in gathered[gathered["layer"].isna() & (gathered["controls"] > 0)].itertuples():
        said = "%s, %s, %s %s-%d: keeps %.3f of its neighbourhoods beyond chance, its controls %.3f"
        where = (row.model, row.corpus, row.reduction, row.bins, row.size)
        store.LOG.info(said, *where, row.same_effect, row.control_mean)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_faithfulness(
            snakemake.input.faithfulness,
            snakemake.output.table,
            places=snakemake.params.places,
            controls=snakemake.params.controls,
        )
