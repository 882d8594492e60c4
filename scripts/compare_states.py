"""Hold the hidden states of a space's models against each other, layer by layer, whatever axes they have."""

from collections.abc import Mapping
from functools import partial

from nrag import contracts, store
from nrag.compared import units_of
from nrag.drift import tables
from nrag.drift.similarity import similarities
from nrag.reduction.standardise import agreed


def compare_states(activations: Mapping[str, str], corpus: str, drift: str, *, pooling: str, seed: int) -> None:
    """Write the similarity of every pair of models; `activations` are by model.

    `seed` draws the parts of the documents that intervals are of. Raises ReductionError for models of unequal depth.
    """
    unit = units_of(store.read_table(corpus, contracts.CORPUS))
    stored = {model: store.layers_of(path, pooling) for model, path in activations.items()}
    agreed("number of layers", {model: len(each) for model, each in stored.items()})
    layers = {}
    for layer in next(iter(stored.values())):
        states = {
            model: partial(store.hidden_state_blocks, path, pooling, layer)
            for model, path in sorted(activations.items())
        }
        layers[layer] = similarities(states, unit, seed=seed)
        alike = [each.value for each in layers[layer].values()]
        store.LOG.info("layer %d: linear CKA %.3f to %.3f", layer, min(alike), max(alike))
    store.write_table(
        drift,
        tables.drift_of_states(layers, documents=len(unit)),
        contracts.DRIFT,
        provenance=store.provenance(
            inputs={"corpus": corpus, **activations}, parameters={"pooling": pooling, "seed": seed}
        ),
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        compare_states(
            dict(zip(snakemake.params.models, snakemake.input.activations, strict=True)),
            snakemake.input.corpus,
            snakemake.output.drift,
            pooling=snakemake.wildcards.pooling,
            seed=snakemake.params.seed,
        )
