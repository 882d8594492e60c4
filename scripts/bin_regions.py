"""Put every document of each layer into a cell: of a grid on the plane, or of k-means in the hidden space."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from nrag import clustering, contracts, reduction, regions, store


def bin_regions(
    coordinates: str,
    activations: Mapping[str, str],
    cells: str,
    *,
    size: int,
    bins: str,
    pooling: str,
    options: Mapping[str, Any],
) -> None:
    """Write the cells of one coordinates file, with the grid's edges and occupancy beside them.

    Only k-means reads `activations`, by model, and `options`, the reduction that made the coordinates of them.
    """
    layers = store.read_coordinate_attributes(coordinates)
    planes = store.read_coordinates(coordinates)
    constant = [key for key, attributes in layers.items() if attributes["constant"]]
    parameters = {"size": size, "bins": bins}
    if bins == clustering.BINS:
        chosen = reduction.Reduction.of(**options)
        states = {model: _hidden_states(path, pooling) for model, path in activations.items()}
        table, edges = clustering.cells_of(states, planes, chosen, size=size, constant=constant), {}
    else:
        table, edges = regions.cells_of(planes, size=size, bins=bins, constant=constant)
    store.write_table(
        cells,
        table,
        contracts.CELLS,
        provenance=store.provenance(inputs={"coordinates": coordinates, **activations}, parameters=parameters),
        size=size,
        bins=bins,
        bin_edges=edges,
        occupied=regions.occupied(table),
        constant_layers=regions.layers_by_model(layers, constant),
    )


def _hidden_states(path: str, pooling: str) -> dict[int, reduction.Blocks]:
    return {layer: partial(store.hidden_state_blocks, path, pooling, layer) for layer in store.layers_of(path, pooling)}


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        bin_regions(
            snakemake.input.coordinates,
            dict(zip(snakemake.params.models, snakemake.input.activations, strict=True)),
            snakemake.output.cells,
            size=snakemake.params.size,
            bins=snakemake.params.bins,
            pooling=snakemake.wildcards.pooling,
            options=snakemake.params.reduction,
        )
