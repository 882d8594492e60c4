"""Label a corpus for every model of a table: its documents with the labels that they have under each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrag import contracts, store
from nrag.corpora import by_model


def label_models(
    texts: str, table: str, labels: str, *, name: str, labelling: str, definition: Mapping[str, Any]
) -> None:
    """Write the labels of `table` under every model that it names, and log how many there are and what was left out.

    `definition` is as `by_model.labels_by_model` takes it.
    """
    ids = store.read_table(texts, contracts.TEXTS, columns=["document", "id"])["id"]
    found = by_model.read_labels(Path(table), definition, ids, corpus=name, labelling=labelling)
    provenance = store.provenance(
        inputs={"texts": texts, "table": table}, parameters={"labelling": labelling, "definition": dict(definition)}
    )
    described = {"provenance": provenance, "labellings": {labelling: found.counts}}
    store.write_table(labels, found.table, contracts.MODEL_LABELS, **described)
    for model, rows in found.table.groupby("model"):
        counted = ", ".join(f"{label} {number}" for label, number in rows["label"].value_counts().sort_index().items())
        store.LOG.info("%s: %d of %d documents: %s", model, len(rows), len(ids), counted)
    store.LOG.info(
        "labels left out: %d of documents that are not in the corpus, %d without a model or a document",
        found.unknown,
        found.unnamed,
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        label_models(
            snakemake.input.texts,
            snakemake.input.table,
            snakemake.output.labels,
            name=snakemake.wildcards.corpus,
            labelling=snakemake.wildcards.labelling,
            definition=snakemake.params.definition,
        )
