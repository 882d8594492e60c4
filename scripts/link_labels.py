"""The neurons of a model that tell each label's documents from the others, beside those of its untrained controls."""

from collections.abc import Sequence

from nrag import contracts, store
from nrag.neurons import files, region_links


def link_labels(examples: str, untrained: Sequence[str], corpus: str, table: str, *, threshold: float) -> None:
    """Write the neurons of the labels; `untrained` are the examples of the model's controls in the same corpus."""
    labellings = list(store.read_attributes(corpus)["labellings"])
    documents = store.read_table(corpus, contracts.CORPUS, columns=["document", *labellings])
    found = region_links.label_neurons(
        {labelling: documents[labelling] for labelling in labellings},
        files.all_mined(examples),
        [files.all_mined(path) for path in untrained],
        lengths=files.lengths_of(examples),
        threshold=threshold,
    )
    inputs = {"examples": examples, "corpus": corpus}
    inputs |= {f"untrained {number}": path for number, path in enumerate(untrained)}
    made = store.provenance(inputs=inputs, parameters={"threshold": threshold})
    store.write_tsv(table, found, provenance=made, contract=contracts.LABEL_NEURONS)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        link_labels(
            snakemake.input.examples,
            snakemake.input.untrained,
            snakemake.input.corpus,
            snakemake.output.table,
            threshold=snakemake.params.threshold,
        )
