"""Correlate the components of neighbouring layers over all documents and over those of every label."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from nrag import contracts, reduction, regions, store
from nrag.components import bases, correlations


def correlate_components(
    coordinates: str,
    corpus: str,
    table: str,
    *,
    permutations: int,
    seed: int,
    pooling: str,
    activations: Mapping[str, str],
    refit: Mapping[str, Any],
) -> None:
    """Write rho, p and q of every pair. `refit` is the reduction where every label has a basis of its own, else empty.

    `activations`, by model, are read only then.
    """
    labellings = list(store.read_attributes(corpus)["labellings"])
    documents = store.read_table(corpus, contracts.CORPUS, columns=["document", *labellings])
    labels = {labelling: documents[labelling] for labelling in labellings}
    layers = store.read_coordinate_attributes(coordinates)
    basis = {}
    if refit:
        members = {
            model: {
                layer: partial(store.hidden_state_blocks, path, pooling, layer)
                for layer in store.layers_of(path, pooling)
            }
            for model, path in activations.items()
        }
        basis = {"refit": partial(bases.refitted, members, reduction.Reduction.of(**refit))}
    found = correlations.correlations_of(
        store.read_coordinates(coordinates), labels, permutations=permutations, seed=seed, **basis
    )
    store.LOG.info("%d pairs of components, %d without a rho", len(found), found["rho"].isna().sum())
    store.write_table(
        table,
        found,
        contracts.COMPONENTS,
        provenance=store.provenance(
            inputs={"coordinates": coordinates, "corpus": corpus, **activations},
            parameters={"permutations": permutations, "seed": seed, "basis": "per-label" if refit else "all documents"},
        ),
        documents=correlations.label_sizes(labels, documents=len(documents)),
        explained_variance=correlations.explained_variance(layers),
        constant_layers=regions.layers_by_model(layers, [key for key in layers if layers[key]["constant"]]),
        basis="per-label" if refit else "all documents",
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        correlate_components(
            snakemake.input.coordinates,
            snakemake.input.corpus,
            snakemake.output.components,
            permutations=snakemake.params.permutations,
            seed=snakemake.params.seed,
            pooling=snakemake.wildcards.pooling,
            activations=dict(zip(snakemake.params.models, snakemake.input.activations, strict=True)),
            refit=snakemake.params.refit,
        )
