"""Compute a space's comparisons, and how regions hold together, under other seeds, grids, reductions and poolings."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, regions, shifts, store
from nrag.statistics import variants
from nrag.statistics.comparisons import several_labels
from nrag.statistics.region_scores import region_scores

# isort: split
import pandas as pd  # after nrag: its docstring says why


def compare_variants(
    cells: Sequence[str],
    coordinates: Sequence[str],
    corpus: str,
    table: str,
    scores: str,
    *,
    runs: Sequence[Mapping[str, Any]],
    comparisons: Mapping[str, Mapping[str, Any]],
    min_documents: int,
    seed: int,
) -> None:
    """Write the values of all runs of a space and corpus and of their variants, and the scores of their regions.

    `cells` and `coordinates` are files of the `runs` (see `contracts.RUN`) in order; comparisons of one label alone
    have nothing to compare. `seed` is that of the tests.
    """
    read, labellings = store.read_table(corpus, contracts.CORPUS), store.read_attributes(corpus)["labellings"]
    several = several_labels(read, labellings, comparisons, min_documents=min_documents)
    documents = {compared.name: compared.documents for compared in several}
    places, scored = {}, []
    for run, of_cells, of_planes in zip(runs, cells, coordinates, strict=True):
        grid = {"size": run["size"], "bins": run["bins"]}
        planes = regions.planes_of(store.read_table(of_cells, contracts.CELLS))
        constant = [key for key, told in store.read_coordinate_attributes(of_planes).items() if told["constant"]]
        shifted = shifts.shifted_planes(planes, store.read_coordinates(of_planes), **grid, constant=constant)
        place = variants.Place(*(run[name] for name in variants.Place._fields))
        places[place] = variants.varied(planes, shifted, documents, size=run["size"], seed=seed)
        scored.append(region_scores(planes, list(shifted.values()), size=run["size"]).assign(**place._asdict()))
        said = "%s: mean stability of regions and edges %.2f%s"
        score = scored[-1]["stability"].mean()
        store.LOG.info(said, " ".join(map(str, place)), score, "" if shifted else ", without a grid to be moved")
    found = variants.table_of(places, labellings={name: each["labelling"] for name, each in comparisons.items()})
    inputs = {"corpus": corpus}
    for run, of_cells, of_planes in zip(runs, cells, coordinates, strict=True):
        name = "/".join(str(run[part]) for part in variants.Place._fields)
        inputs |= {f"cells {name}": of_cells, f"coordinates {name}": of_planes}
    provenance = store.provenance(inputs=inputs, parameters={"seed": seed})
    store.write_table(table, found, contracts.VARIANTS, provenance=provenance)
    of_regions = pd.concat(scored, ignore_index=True)
    of_regions = of_regions.sort_values(list(contracts.REGION_STABILITY.key), kind="stable", na_position="first")
    store.write_table(scores, of_regions.reset_index(drop=True), contracts.REGION_STABILITY, provenance=provenance)
    store.LOG.info("%d values of %d places and their variants", len(found), len(places))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        compare_variants(
            snakemake.input.cells,
            snakemake.input.coordinates,
            snakemake.input.corpus,
            snakemake.output.variants,
            snakemake.output.regions,
            runs=snakemake.params.runs,
            comparisons=snakemake.params.comparisons,
            min_documents=snakemake.params.min_documents,
            seed=snakemake.params.seed,
        )
