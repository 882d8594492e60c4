"""Label a corpus: its documents with labels and descriptions, and what is odd about them."""

from collections.abc import Mapping
from typing import Any

from nrag import contracts, corpora, store


def label_corpus(
    texts: str,
    rows: str,
    corpus: str,
    quality: str,
    *,
    name: str,
    definition: Mapping[str, Any],
    min_documents: int,
) -> None:
    """Write the labelled documents and their quality, if there are enough of them; log the counts of both."""
    labelled = corpora.label_blocks(
        lambda: store.read_blocks(texts, contracts.TEXTS),
        lambda: store.read_blocks(rows, contracts.ROWS),
        {**definition, "min_documents": min_documents},
        name=name,
    )
    for line in corpora.quality.report(labelled.quality, labelled.labellings, labelled.documents):
        store.LOG.info(line)
    provenance = store.provenance(
        inputs={"texts": texts, "rows": rows},
        parameters={"corpus": name, "definition": corpora.settings(definition)},
    )
    described = {"provenance": provenance, "labellings": labelled.labellings}
    with store.writing_table(corpus, contracts.CORPUS, **described) as add:
        for block in labelled.blocks():
            add(block)
    store.write_tsv(quality, labelled.quality, provenance=provenance, contract=contracts.QUALITY)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        label_corpus(
            snakemake.input.texts,
            snakemake.input.rows,
            snakemake.output.corpus,
            snakemake.output.quality,
            name=snakemake.wildcards.corpus,
            definition=snakemake.params.definition,
            min_documents=snakemake.resources.min_documents,
        )
