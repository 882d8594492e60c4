"""Hold the models of a shared space against each other in their common regions, beside what chance makes."""

from collections.abc import Mapping, Sequence

from nrag import contracts, regions, store
from nrag.corpora import by_model
from nrag.drift import names, tables

# isort: split
import numpy as np  # after nrag: its docstring says why


def compare_checkpoints(
    cells: str,
    own: Mapping[str, str],
    corpus: str,
    drift: str,
    *,
    labelling: str | None,
    min_documents: int,
    size: int,
    permutations: int,
    seed: int,
    labels: str | None = None,
    named: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write what lies between every pair of models of a run, and what their regions tell of a `labelling`.

    `own` are the cells of each model in the space of its own. Labels of fewer than `min_documents` are left out.
    `labels` is the file of a labelling whose labels differ from model to model (contracts.MODEL_LABELS), if it is one,
    and `named` what that calls each model.
    """
    documents = store.read_table(corpus, contracts.CORPUS)
    counts = store.read_attributes(labels or corpus)["labellings"][labelling] if labelling else {}
    differing = {}
    if labels:
        table = store.read_table(labels, contracts.MODEL_LABELS)
        differing = {
            model: by_model.labels_of(table, each, documents=len(documents)) or [None] * len(documents)
            for model, each in (named or {}).items()
        }
    constant = {
        model: {int(number): layers for number, layers in seeds.items()}
        for model, seeds in store.read_attributes(cells)["constant_layers"].items()
    }
    table = tables.drift_of_cells(
        _planes(cells),
        documents,
        tables.Labels(
            labelling or contracts.ALL_DOCUMENTS,
            [label for label, number in counts.items() if number >= min_documents],
            differing if labels else None,
        ),
        size=size,
        constant=constant,
        permutations=permutations,
        seed=seed,
        own={key: plane for path in own.values() for key, plane in _planes(path).items()},
    )
    store.write_table(
        drift,
        table,
        contracts.DRIFT,
        provenance=store.provenance(
            inputs={"cells": cells, "corpus": corpus}
            | ({"labels": labels} if labels else {})
            | {f"cells of {model}": path for model, path in own.items()},
            parameters={"permutations": permutations, "seed": seed},
        ),
    )
    means = table[table["layer"].isna() & (table["statistic"] == names.EDGES)]
    for row in means.itertuples():
        said = "%s and %s, seed %d: edges %.3f apart, exchanged %.3f, p = %.2g"
        store.LOG.info(said, row.model_a, row.model_b, row.seed, row.value, row.null_quantile, row.p)


def _planes(path: str) -> dict[tuple[str, int], np.ndarray]:
    return regions.planes_of(store.read_table(path, contracts.CELLS))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        compare_checkpoints(
            snakemake.input.cells,
            dict(zip(snakemake.params.models, snakemake.input.own, strict=True)),
            snakemake.input.corpus,
            snakemake.output.drift,
            labelling=snakemake.params.labelling,
            min_documents=snakemake.params.min_documents,
            size=int(snakemake.wildcards.size),
            permutations=snakemake.params.permutations,
            seed=snakemake.params.seed,
            labels=snakemake.input.get("labels") or None,
            named=snakemake.params.named,
        )
