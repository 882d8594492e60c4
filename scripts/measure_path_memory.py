"""Measure whether the region before tells the next one beyond the present one, of every label of a run."""

from collections.abc import Mapping
from typing import Any

from nrag import contracts, regions, store
from nrag.statistics import path_tables
from nrag.statistics.comparisons import labels_of


def measure_path_memory(
    cells: str,
    corpus: str,
    memories: str,
    *,
    comparisons: Mapping[str, Mapping[str, Any]],
    min_documents: int,
    size: int,
    shuffles: int,
    seed: int,
) -> None:
    """Write the path memory of all documents and of every label that the comparisons, by name, set side by side."""
    labellings = store.read_attributes(corpus)["labellings"]
    labels: dict[str, list[str]] = {}
    for name, chosen in labels_of(labellings, comparisons, min_documents=min_documents).items():
        if (labelling := comparisons[name]["labelling"]) is not None:
            labels[labelling] = list(dict.fromkeys([*labels.get(labelling, []), *chosen]))
    table = path_tables.path_memories(
        regions.planes_of(store.read_table(cells, contracts.CELLS)),
        store.read_table(corpus, contracts.CORPUS),
        labels,
        size=size,
        shuffles=shuffles,
        seed=seed,
    )
    store.write_table(
        memories,
        table,
        contracts.PATH_MEMORY,
        provenance=store.provenance(
            inputs={"cells": cells, "corpus": corpus}, parameters={"shuffles": shuffles, "seed": seed}
        ),
    )
    for row in table[table["layer"].isna()].itertuples():
        said = "%s, seed %d, %s: %.3f bits of memory, %.3f beyond those expected, p = %.2g"
        store.LOG.info(said, row.model, row.seed, row.label or "all documents", row.observed, row.excess, row.p)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        measure_path_memory(
            snakemake.input.cells,
            snakemake.input.corpus,
            snakemake.output.memory,
            comparisons=snakemake.params.comparisons,
            min_documents=snakemake.params.min_documents,
            size=int(snakemake.wildcards.size),
            shuffles=snakemake.params.shuffles,
            seed=snakemake.params.seed,
        )
