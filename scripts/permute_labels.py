"""Hold every statistic of the comparisons of a corpus, under one space and grid, against permuted labels."""

from collections.abc import Mapping
from typing import Any

from nrag import contracts, regions, store
from nrag.statistics import label_tests, one_label
from nrag.statistics.comparisons import comparisons_of


def permute_labels(
    cells: str,
    corpus: str,
    tests: str,
    *,
    comparisons: Mapping[str, Mapping[str, Any]],
    min_documents: int,
    size: int,
    statistics: Mapping[str, Any],
) -> None:
    """Write every test of the comparisons, by name; of one label the row that says there is nothing to compare.

    A comparison has labelling, labels and within, a column, text-length or None; `statistics` has what
    `label_tests.Asked` takes: permutations, permutations_headline, seed, and for metrics that are no closed form
    permutations_costly and sources.
    """
    labellings = store.read_attributes(corpus)["labellings"]
    table = store.read_table(corpus, contracts.CORPUS)
    planes = regions.planes_of(store.read_table(cells, contracts.CELLS))
    asked = label_tests.Asked(**statistics)
    tables, nulls = [], {}
    for compared in comparisons_of(table, labellings, comparisons, min_documents=min_documents):
        place = {"comparison": compared.name, "labelling": compared.labelling}
        if compared.single:
            store.LOG.info("%s has one label: nothing is tested", compared.name)
            counts, headline = compared.documents.counts, label_tests.HEADLINE
            single = one_label.rows(planes, counts, within=compared.within, headline=headline)
            tables.append(single.assign(**place))
            continue
        design, notes = compared.design()
        found = label_tests.label_tests(planes, compared.documents, design, size=size, asked=asked, notes=notes)
        tables.append(found.assign(**place))
        nulls[compared.name] = compared.null
        for row in found[(found["metric"] == label_tests.HEADLINE) & found["layer"].isna()].itertuples():
            said = "%s, %s: edges lie %.3f apart, of permuted labels %.3f, p = %.2g"
            store.LOG.info(said, compared.name, row.model, row.observed, row.null_mean, row.p)
    store.write_table(
        tests,
        label_tests.gathered(tables),
        contracts.TESTS,
        provenance=store.provenance(
            inputs={"cells": cells, "corpus": corpus},
            parameters=dict(statistics) | {"within": {name: each["within"] for name, each in comparisons.items()}},
        ),
        nulls=nulls,
    )


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
        )
