"""Take random documents of the comparisons of a corpus, under all spaces, and see what they tell of all."""

from collections.abc import Mapping, Sequence
from typing import Any

from nrag import contracts, regions, store
from nrag.statistics import contrasts, half_samples, intervals, permutations, rarefaction
from nrag.statistics.comparisons import several_labels

# isort: split
import pandas as pd  # after nrag: its docstring says why

_CONTRACTS = (contracts.INTERVALS, contracts.CONTRASTS, contracts.RAREFACTION)


def sample_documents(
    cells: Sequence[str],
    corpus: str,
    tables: Mapping[str, str],
    *,
    spaces: Sequence[str],
    comparisons: Mapping[str, Mapping[str, Any]],
    controls: Sequence[tuple[tuple[str, str], Sequence[tuple[str, str]]]],
    min_documents: int,
    size: int,
    statistics: Mapping[str, Any],
) -> None:
    """Write the `tables` intervals, contrasts and rarefaction of the comparisons, by name.

    `cells` are of one corpus under each of `spaces`; `controls` pairs space and name of a trained model with those of
    its untrained ones. A comparison has labelling, labels and within, a column, text-length or None; `statistics` has
    subsamples and seed.
    """
    labellings = store.read_attributes(corpus)["labellings"]
    table = store.read_table(corpus, contracts.CORPUS)
    planes = {
        space: regions.planes_of(store.read_table(path, contracts.CELLS))
        for space, path in zip(spaces, cells, strict=True)
    }
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in tables}
    nulls = {}
    for compared in several_labels(table, labellings, comparisons, min_documents=min_documents):
        documents = compared.documents
        design, notes = compared.design()
        said = [*notes, *permutations.notes(design, of_p=False)]
        scheme = half_samples.Scheme(documents, design, statistics["subsamples"], statistics["seed"], said)
        halves = {
            (space, model): half_samples.half_samples(ways, scheme, size=size)
            for space, of_space in planes.items()
            for model, ways in half_samples.ways_of(of_space).items()
        }
        made = {
            "intervals": intervals.interval_table(halves, scheme),
            "contrasts": contrasts.contrast_table(halves, dict(controls), scheme),
            "rarefaction": pd.concat(
                rarefaction.rarefaction(of_space, documents, size=size, seed=statistics["seed"]).assign(space=space)
                for space, of_space in planes.items()
            ),
        }
        for kind, rows in made.items():
            found[kind].append(rows.assign(comparison=compared.name, labelling=compared.labelling))
        nulls[compared.name] = compared.null
        store.LOG.info("%s: %d documents of each label in %d half-samples", compared.name, scheme.m, scheme.number)
    inputs = {"corpus": corpus} | {f"cells {space}": path for space, path in zip(spaces, cells, strict=True)}
    within = {name: each["within"] for name, each in comparisons.items()}
    provenance = store.provenance(inputs=inputs, parameters=dict(statistics) | {"within": within})
    for contract in _CONTRACTS:
        rows = intervals.gathered(found[contract.name], contract)
        store.write_table(tables[contract.name], rows, contract, provenance=provenance, nulls=nulls)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        sample_documents(
            snakemake.input.cells,
            snakemake.input.corpus,
            {contract.name: snakemake.output[contract.name] for contract in _CONTRACTS},
            spaces=snakemake.params.spaces,
            comparisons=snakemake.params.comparisons,
            controls=snakemake.params.controls,
            min_documents=snakemake.params.min_documents,
            size=int(snakemake.wildcards.size),
            statistics=snakemake.params.statistics,
        )
