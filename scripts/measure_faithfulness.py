"""Measure how much of its documents' neighbourhoods every region of a space keeps, of all its reductions and grids."""

from collections.abc import Iterator, Mapping

from nrag import contracts, faithfulness, regions, store

# isort: split
import numpy as np  # after nrag: its docstring says why
import pandas as pd


def measure_faithfulness(
    activations: Mapping[str, str],
    cells: Mapping[tuple[str, str, int], str],
    faithful: str,
    *,
    pooling: str,
    seed: int,
) -> None:
    """Write the faithfulness of all regions of a space.

    `activations` are by model, `cells` by reduction, bins and size. The neighbours in a hidden state are found once
    for all of them. `seed` draws the documents that are judged where there are many.
    """
    planes = {key: regions.planes_of(store.read_table(path, contracts.CELLS)) for key, path in cells.items()}
    tables = [
        table
        for model, path in activations.items()
        for layer in store.layers_of(path, pooling)
        for table in _of_layer(store.read_hidden_state(path, pooling, layer), model, layer, planes, seed)
    ]
    table = pd.concat(tables, ignore_index=True)
    inputs = activations | {"cells {}--{}-{}".format(*key): path for key, path in cells.items()}
    parameters = {
        "pooling": pooling,
        "neighbours": faithfulness.NEIGHBOURS,
        "judged": faithfulness.JUDGED,
        "seed": seed,
    }
    store.write_table(
        faithful,
        table.sort_values(list(contracts.FAITHFULNESS.key), kind="stable", na_position="first", ignore_index=True),
        contracts.FAITHFULNESS,
        provenance=store.provenance(inputs=inputs, parameters=parameters),
    )


def _of_layer(
    states: np.ndarray, model: str, layer: int, planes: Mapping[tuple[str, str, int], Mapping], seed: int
) -> Iterator[pd.DataFrame]:
    """The table of every reduction, grid and seed; `planes` are the cells by model and seed of each."""
    found = faithfulness.neighbourhoods_of(states, seed=seed)
    store.LOG.info("%s, layer %d: %d of %d vectors judged", model, layer, len(found.judged), len(found.documents))
    for (reduction, bins, size), by_seed in planes.items():
        for (of_model, number), of_layers in by_seed.items():
            if of_model == model:
                table = faithfulness.faithfulness_of_layer(found, of_layers[layer])
                place = {"reduction": reduction, "bins": bins, "size": size}
                yield table.assign(**place, model=model, seed=number, layer=layer)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        measure_faithfulness(
            dict(zip(snakemake.params.models, snakemake.input.activations, strict=True)),
            dict(zip(map(tuple, snakemake.params.grids), snakemake.input.cells, strict=True)),
            snakemake.output.faithfulness,
            pooling=snakemake.wildcards.pooling,
            seed=snakemake.params.seed,
        )
