"""Fit one reduction to every layer of a space and keep where its documents lie."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from nrag import contracts, distinct, reduction, store

# isort: split
import h5py  # after nrag: its docstring says why


def reduce_layers(
    activations: Mapping[str, str], coordinates: str, *, space: str, pooling: str, workers: int = 1, **options: Any
) -> None:
    """`activations` by model; `options` are the config's: method, components, seeds, standardise, centre, ..."""
    chosen = reduction.Reduction.of(**options)
    members = {
        model: {
            layer: partial(store.hidden_state_blocks, path, pooling, layer) for layer in store.layers_of(path, pooling)
        }
        for model, path in activations.items()
    }
    for model, path in activations.items():
        documents = store.read_attributes(path)["distinct"]
        if lost := distinct.in_words(pooling, store.read_distinct(path, pooling), documents=documents):
            store.LOG.warning("%s: %s", model, lost)
    reduced = reduction.reduce_space(members, chosen, workers=workers)
    quality = reduction.REDUCERS[chosen.method].quality

    def fill(file: h5py.File) -> None:
        for key, fit in reduced.items():
            described = {"constant": fit.constant, quality: fit.quality}
            store.add_array(file, contracts.coordinates(*key), fit.coordinates, **described)

    store.write_arrays(
        coordinates,
        contracts.COORDINATES,
        fill,
        provenance=store.provenance(inputs=activations, parameters={"pooling": pooling, **asdict(chosen)}),
        space=space,
        method=chosen.method,
        components=chosen.components,
        parameters=asdict(chosen),
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        reduce_layers(
            dict(zip(snakemake.params.models, snakemake.input.activations, strict=True)),
            snakemake.output.coordinates,
            space=snakemake.wildcards.space,
            pooling=snakemake.wildcards.pooling,
            workers=snakemake.threads,
            **snakemake.params.reduction,
        )
