"""Hold every statistic of the comparisons of a corpus, under one space and grid, against permuted labels."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nrag import contracts, regions, store
from nrag.corpora import by_model
from nrag.statistics import label_tests, one_label
from nrag.statistics.comparisons import Comparison, comparisons_by_model, comparisons_of

# isort: split
import pandas as pd  # after nrag: its docstring says why


def permute_labels(
    cells: str,
    corpus: str,
    tests: str,
    *,
    comparisons: Mapping[str, Mapping[str, Any]],
    min_documents: int,
    size: int,
    statistics: Mapping[str, Any],
    labels: Sequence[str] = (),
    named: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write every test of the comparisons, by name; of one label the row that says there is nothing to compare.

    A comparison has labelling, labels and within, a column, text-length or None; `statistics` has what
    `label_tests.Asked` takes: permutations, permutations_headline, seed, and for metrics that are no closed form
    permutations_costly and sources. `labels` are files of labels that differ from model to model
    (contracts.MODEL_LABELS), and `named` what these call each model: these are permuted model by model.
    """
    planes = regions.planes_of(store.read_table(cells, contracts.CELLS))
    asked = label_tests.Asked(**statistics)
    tables, nulls = [], {}
    for models, compared in _compared(corpus, comparisons, labels, named or {}, min_documents=min_documents):
        place = {"comparison": compared.name, "labelling": compared.labelling}
        own = {key: plane for key, plane in planes.items() if models is None or key[0] in models}
        if compared.single:
            store.LOG.info("%s has one label: nothing is tested", compared.name)
            counts, headline = compared.documents.counts, label_tests.HEADLINE
            single = one_label.rows(own, counts, within=compared.within, headline=headline)
            tables.append(single.assign(**place))
            continue
        design, notes = compared.design()
        found = label_tests.label_tests(own, compared.documents, design, size=size, asked=asked, notes=notes)
        tables.append(found.assign(**place))
        nulls[compared.name] = max(compared.null, nulls.get(compared.name, ""), key=len)
        for row in found[(found["metric"] == label_tests.HEADLINE) & found["layer"].isna()].itertuples():
            said = "%s, %s: edges lie %.3f apart, of permuted labels %.3f, p = %.2g"
            store.LOG.info(said, compared.name, row.model, row.observed, row.null_mean, row.p)
    inputs = {"cells": cells, "corpus": corpus} | {f"labels {number}": path for number, path in enumerate(labels)}
    store.write_table(
        tests,
        label_tests.gathered(tables),
        contracts.TESTS,
        provenance=store.provenance(
            inputs=inputs,
            parameters=dict(statistics) | {"within": {name: each["within"] for name, each in comparisons.items()}},
        ),
        nulls=nulls,
    )


def _compared(
    corpus: str,
    comparisons: Mapping[str, Mapping[str, Any]],
    labels: Sequence[str],
    named: Mapping[str, Sequence[str]],
    *,
    min_documents: int,
) -> Iterator[tuple[list[str] | None, Comparison]]:
    """Every comparison, and the models that it is of; None for all."""
    documents = store.read_table(corpus, contracts.CORPUS)
    differing = {next(iter(store.read_attributes(path)["labellings"])): path for path in labels}
    shared = {name: each for name, each in comparisons.items() if each["labelling"] not in differing}
    counted = store.read_attributes(corpus)["labellings"]
    for compared in comparisons_of(documents, counted, shared, min_documents=min_documents):
        yield None, compared
    for labelling, path in differing.items():
        own = {name: each for name, each in comparisons.items() if each["labelling"] == labelling}
        table, counted = store.read_table(path, contracts.MODEL_LABELS), store.read_attributes(path)["labellings"]
        found = {labelling: _labels_of(table, named, documents)}
        for model, compared in comparisons_by_model(documents, found, counted, own, min_documents=min_documents):
            yield [model], compared


def _labels_of(
    table: pd.DataFrame, named: Mapping[str, Sequence[str]], documents: pd.DataFrame
) -> dict[str, list[str | None]]:
    number = len(documents)
    return {
        model: by_model.labels_of(table, names, documents=number) or [None] * number for model, names in named.items()
    }


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        permute_labels(
            snakemake.input.cells,
            snakemake.input.corpus,
            snakemake.output.tests,
            comparisons=snakemake.params.comparisons,
            min_documents=snakemake.params.min_documents,
            size=int(snakemake.wildcards.size),
            statistics=snakemake.params.statistics,
            labels=snakemake.input.labels,
            named=snakemake.params.named,
        )
