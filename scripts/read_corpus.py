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
    for reason, count in reading.rows["left_out"].value_counts().sort_index().items():
        store.LOG.info("%s: %d rows left out", reason, count)
    store.LOG.info("%d documents of %d rows", len(reading.texts), len(reading.rows))
    store.write_table(texts, reading.texts, contracts.TEXTS, provenance=provenance)
    store.write_table(rows, reading.rows, contracts.ROWS, provenance=provenance)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        read_corpus(
            snakemake.output.texts,
            snakemake.output.rows,
            name=snakemake.wildcards.corpus,
            definition=snakemake.params.definition,
        )
