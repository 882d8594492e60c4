"""Cut each layer's plane into a grid of cells and record every document's cell."""

from nrag import contracts, regions, store


def bin_regions(coordinates: str, cells: str, *, size: int, bins: str) -> None:
    """Write the cells of one coordinates file, with the grid's edges and occupancy beside them."""
    layers = store.read_coordinate_attributes(coordinates)
    constant = [key for key, attributes in layers.items() if attributes["constant"]]
    table, edges = regions.cells_of(store.read_coordinates(coordinates), size=size, bins=bins, constant=constant)
    store.write_table(
        cells,
        table,
        contracts.CELLS,
        provenance=store.provenance(inputs={"coordinates": coordinates}, parameters={"size": size, "bins": bins}),
        size=size,
        bins=bins,
        bin_edges=edges,
        occupied=regions.occupied(table),
        constant_layers=regions.layers_by_model(layers, constant),
    )


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        bin_regions(
            snakemake.input.coordinates,
            snakemake.output.cells,
            size=snakemake.params.size,
            bins=snakemake.params.bins,
        )
