"""Learn the labels of a comparison from every layer of a space, and see how well that does on other documents."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nrag import compared, contracts, corpora, reduction, store
from nrag.probing import features, layers, splits
from nrag.probing.probes import table_of

# isort: split
import numpy as np  # after nrag: its docstring says why


def probe_layers(
    activations: Mapping[str, str],
    coordinates: Mapping[str, str],
    cells: Mapping[tuple[str, str, int], str],
    corpus: str,
    probes: str,
    *,
    pooling: str,
    labelling: str,
    labels: Any,
    min_documents: int,
    reductions: Mapping[str, Mapping[str, Any]],
    grids: Sequence[tuple[str, int]],
    probing: Mapping[str, Any],
) -> None:
    """Write every probe of a space and comparison.

    `activations` are by model. `coordinates`, by reduction, and `cells`, by reduction, bins and size, are of the
    reductions that stay fitted on all documents; the other `reductions`, the config's, are fitted on training
    parts, with every one of the `grids` on their planes. `probing` has n_splits, test_size, seed and fit.
    Labels that cannot be probed give a table without rows, and its attribute `problems` says why.
    """
    named = store.read_attributes(corpus)["labellings"]
    chosen = corpora.compared_labels(named, labelling, labels, min_documents=min_documents)
    documents = compared.documents_of(store.read_table(corpus, contracts.CORPUS), labelling, chosen)
    parted = splits.parting(documents, **{key: probing[key] for key in ("n_splits", "test_size", "seed")})
    states = {model: _states(path, pooling, documents.rows) for model, path in activations.items()}
    reduced = [
        _reduced(name, reduction.Reduction.of(**options), coordinates.get(name), cells, grids, documents.rows)
        for name, options in reductions.items()
    ]
    found = list(layers.probe_space(states, documents.labels, parted.splits, reduced))
    places = {f"coordinates {name}": path for name, path in coordinates.items()}
    places |= {"cells {}--{}-{}".format(*key): path for key, path in cells.items()}
    store.write_table(
        probes,
        table_of(found),
        contracts.PROBING,
        provenance=store.provenance(
            inputs={"corpus": corpus, **activations, **places},
            parameters={"pooling": pooling, "labelling": labelling, "labels": chosen, **probing},
        ),
        problems=parted.problems,
        labels=documents.counts,
        grouped=documents.groups is not None,
    )
    store.LOG.info("%d fits, %d did not converge", len(found), sum(not probe.converged for probe in found))


def _states(path: str, pooling: str, rows: np.ndarray) -> dict[int, partial]:
    return {layer: partial(_state, path, pooling, layer, rows) for layer in store.layers_of(path, pooling)}


def _state(path: str, pooling: str, layer: int, rows: np.ndarray) -> np.ndarray:
    return store.read_hidden_state(path, pooling, layer)[rows]


def _reduced(
    name: str,
    chosen: reduction.Reduction,
    coordinates: str | None,
    cells: Mapping[tuple[str, str, int], str],
    grids: Sequence[tuple[str, int]],
    rows: np.ndarray,
) -> features.Reduced:
    laid = [features.Grid(*grid) for grid in grids] if chosen.components == 2 else []
    if coordinates is None:
        return features.Reduced(name, chosen, laid)
    planes = {key: plane[rows] for key, plane in store.read_coordinates(coordinates).items()}
    tables = {grid: store.read_table(cells[name, *grid], contracts.CELLS) for grid in laid}
    numbers = {grid: features.cell_numbers(table, rows, size=grid.size) for grid, table in tables.items()}
    return features.Reduced(name, chosen, laid, planes, numbers)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        probe_layers(
            dict(zip(snakemake.params.models, snakemake.input.activations, strict=True)),
            dict(zip(snakemake.params.coordinates, snakemake.input.coordinates, strict=True)),
            dict(zip(map(tuple, snakemake.params.cells), snakemake.input.cells, strict=True)),
            snakemake.input.corpus,
            snakemake.output.probes,
            pooling=snakemake.wildcards.pooling,
            labelling=snakemake.params.comparison["labelling"],
            labels=snakemake.params.comparison["labels"],
            min_documents=snakemake.params.min_documents,
            reductions=snakemake.params.reductions,
            grids=snakemake.params.grids,
            probing=snakemake.params.probing,
        )
