"""Learn the labels of a comparison from the texts alone: what a model's layers have to be held against."""

from collections.abc import Mapping
from typing import Any

from nrag import compared, contracts, corpora, store
from nrag.probing import splits, texts
from nrag.probing.probes import table_of


def probe_texts(
    corpus: str, probes: str, *, labelling: str, labels: Any, min_documents: int, probing: Mapping[str, Any]
) -> None:
    """Write the probes of words and length, and what guessing gives, in the splits of `probe_layers`."""
    named = store.read_attributes(corpus)["labellings"]
    chosen = corpora.compared_labels(named, labelling, labels, min_documents=min_documents)
    table = store.read_table(corpus, contracts.CORPUS)
    documents = compared.documents_of(table, labelling, chosen)
    parted = splits.parting(documents, **probing)
    found = list(texts.probe_texts(table["text"].iloc[documents.rows], documents.labels, parted.splits))
    store.write_table(
        probes,
        table_of(found),
        contracts.PROBING,
        provenance=store.provenance(
            inputs={"corpus": corpus}, parameters={"labelling": labelling, "labels": chosen, **probing}
        ),
        problems=parted.problems,
        labels=documents.counts,
        grouped=documents.groups is not None,
    )
    store.LOG.info("%d fits, %d did not converge", len(found), sum(not probe.converged for probe in found))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        probe_texts(
            snakemake.input.corpus,
            snakemake.output.probes,
            labelling=snakemake.params.comparison["labelling"],
            labels=snakemake.params.comparison["labels"],
            min_documents=snakemake.params.min_documents,
            probing=snakemake.params.probing,
        )
