"""Read a corpus: every row of its source, and the documents that are made of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrag import contracts, corpora, store


def read_corpus(texts: str, rows: str, *, name: str, definition: Mapping[str, Any]) -> None:
    """Write the documents, and every row with what became of it; a path starts from the working directory."""
    reading = corpora.read(definition, data=Path(), seed=definition.get("seed", 0), name=name)
    provenance = store.provenance(
        parameters={
            "corpus": name,
            "definition": corpora.settings(definition),
            "source": corpora.origin(definition, data=Path()),
        }
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
        )
