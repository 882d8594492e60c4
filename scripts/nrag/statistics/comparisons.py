"""The comparisons of a corpus as statistics take them: labels with their documents, and what of them is permuted."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nrag import corpora
from nrag.compared import Documents, documents_of
from nrag.statistics.designs import design_of, null_of
from nrag.statistics.permutations import Design

LOG = logging.getLogger("nrag")

Labellings = Mapping[str, Mapping[str, int]]
"""Documents of each label by labelling, as the file of a corpus says."""

Named = Mapping[str, Mapping[str, Any]]
"""Comparisons by name, as a study has them: labelling, labels, and, if labels are permuted, within what."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Labels of one labelling of a corpus, side by side."""

    name: str
    labelling: str
    within: str | None
    """Column that labels are permuted within, or `contracts.TEXT_LENGTH`; None for all documents."""
    documents: Documents
    """Those of the labels, in the order of the comparison."""
    corpus: pd.DataFrame
    """contracts.CORPUS."""

    @property
    def single(self) -> bool:
        """Whether it has one label, and so nothing to compare."""
        return len(self.documents.names) < 2

    @property
    def null(self) -> str:
        """The null in words."""
        return null_of(self.within, grouped=self.documents.groups is not None)

    def design(self) -> tuple[Design, list[str]]:
        """What is permuted, and what to know of it, as `designs.design_of` says, which raises the same errors."""
        return design_of(self.corpus, self.documents, self.within)


def labels_of(labellings: Labellings, named: Named, *, min_documents: int) -> dict[str, list[str]]:
    """The labels of each comparison by name; none where it has no labelling, for all documents are one."""
    return {
        name: corpora.compared_labels(labellings, each["labelling"], each["labels"], min_documents=min_documents)
        for name, each in named.items()
    }


def comparisons_of(
    corpus: pd.DataFrame, labellings: Labellings, named: Named, *, min_documents: int
) -> Iterator[Comparison]:
    """Every comparison of a corpus (contracts.CORPUS), those of one label too; each has a labelling.

    Raises corpora.CorpusError for a label that is not there or has fewer than `min_documents` documents.
    """
    for name, labels in labels_of(labellings, named, min_documents=min_documents).items():
        labelling = named[name]["labelling"]
        documents = documents_of(corpus, labelling, labels)
        yield Comparison(name, labelling, named[name].get("within"), documents, corpus)


def comparisons_by_model(
    corpus: pd.DataFrame,
    labels: Mapping[str, Mapping[str, Sequence[str | None]]],
    labellings: Labellings,
    named: Named,
    *,
    min_documents: int,
) -> Iterator[tuple[str, Comparison]]:
    """Every comparison of labels that differ from model to model, once for each model of `labels`, and the model.

    `labels` are by labelling and model those of the documents in order; `labellings` count, of each label, the
    documents of the model that has most. A model is compared by those labels of which it has `min_documents`.

    Raises corpora.CorpusError for a label that is not there, or has too few documents under every model.
    """
    for name, chosen in labels_of(labellings, named, min_documents=min_documents).items():
        labelling = named[name]["labelling"]
        for model, own in labels[labelling].items():
            column = pd.Series(own, index=corpus.index, dtype="str")
            counts = column.value_counts()
            enough = [label for label in chosen if counts.get(label, 0) >= min_documents]
            table = corpus.assign(**{labelling: column})
            documents = documents_of(table, labelling, enough)
            yield model, Comparison(name, labelling, named[name].get("within"), documents, table)


def several_labels(
    corpus: pd.DataFrame, labellings: Labellings, named: Named, *, min_documents: int
) -> Iterator[Comparison]:
    """Those of `comparisons_of` that have two labels or more; the log names the others."""
    for compared in comparisons_of(corpus, labellings, named, min_documents=min_documents):
        if compared.single:
            LOG.info("%s has one label: nothing is compared", compared.name)
        else:
            yield compared
