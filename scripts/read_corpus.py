"""Read a corpus: every row of its source, and the documents that are made of them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# What is read of the hub was fetched before. Its libraries look at this once, when they are imported.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import contracts, corpora, dataset_files, dataset_readers, store


def read_corpus(texts: str, rows: str, *, name: str, definition: Mapping[str, Any], fetched: str | None = None) -> None:
    """Write the documents, and every row with what became of it; a path starts from the working directory.

    `fetched` is the record of a dataset of the hub, which decides the commit.
    """
    dataset_readers.register()
    if fetched:
        definition = {**definition, "fetched": dataset_files.fetched(Path(fetched))}
    reading = corpora.read(definition, data=Path(), seed=definition.get("seed", 0), name=name)
    provenance = store.provenance(
        inputs={"dataset": fetched} if fetched else {},
        parameters={
            "corpus": name,
            "definition": corpora.settings(definition),
            "source": corpora.origin(definition, data=Path()),
        },
    )
    for reason, count in reading.decided["left_out"].value_counts().sort_index().items():
        store.LOG.info("%s: %d rows left out", reason, count)
    store.LOG.info("%d documents of %d rows", reading.decided["document"].count(), len(reading.decided))
    with (
        store.writing_table(texts, contracts.TEXTS, provenance=provenance) as add_texts,
        store.writing_table(rows, contracts.ROWS, provenance=provenance) as add_rows,
    ):
        for block in reading.blocks():
            add_texts(block.texts)
            add_rows(block.rows)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        read_corpus(
            snakemake.output.texts,
            snakemake.output.rows,
            name=snakemake.wildcards.corpus,
            definition=snakemake.params.definition,
            fetched=snakemake.input.get("fetched"),
        )
