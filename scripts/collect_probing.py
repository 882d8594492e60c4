"""Gather how well labels are told from the layers, and from the texts, of a study in one table."""

from collections.abc import Mapping, Sequence

from nrag import contracts, store
from nrag.probing import summary


def collect_probing(
    probes: Sequence[str], texts: Sequence[str], table: str, *, places: Sequence[Mapping[str, str]]
) -> None:
    """Write the table of `probes` and, for each, of the texts in the same splits; `places` see `summary.PLACE`."""
    parts = (
        (place, *(store.read_table(each, contracts.PROBING) for each in paths), store.read_attributes(paths[0]))
        for place, *paths in zip(places, probes, texts, strict=True)
    )
    gathered = summary.probing_table((place, own, words, about["problems"]) for place, own, words, about in parts)
    inputs = {"--".join(place.values()): path for place, path in zip(places, probes, strict=True)}
    inputs |= {
        f"texts {place['corpus']}--{place['comparison']}": path for place, path in zip(places, texts, strict=True)
    }
    store.write_tsv(table, gathered, provenance=store.provenance(inputs=inputs))
    for problem in gathered.loc[gathered["problem"] != "", ["corpus", "comparison", "problem"]].to_numpy().tolist():
        store.LOG.warning("not probed: %s, %s: %s", *problem)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        collect_probing(
            snakemake.input.probes, snakemake.input.texts, snakemake.output.table, places=snakemake.params.places
        )
