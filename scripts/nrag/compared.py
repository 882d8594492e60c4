"""The documents of a comparison, and which of them belong together."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse
from scipy.sparse import csgraph

LOG = logging.getLogger("nrag")


@dataclass(frozen=True)
class Documents:
    """The documents of a comparison; those of other labels, and those without a label, take no part."""

    rows: np.ndarray
    """(documents,) numbers in the corpus, rising."""
    names: tuple[str, ...]
    """The labels, in the order of the comparison."""
    labels: np.ndarray
    """(documents,) each one's place among the names."""
    groups: np.ndarray | None = None
    """(documents,) numbers; None where no two documents belong together."""

    @property
    def counts(self) -> dict[str, int]:
        """Documents of each label."""
        return dict(zip(self.names, np.bincount(self.labels, minlength=len(self.names)).tolist(), strict=True))


def documents_of(corpus: pd.DataFrame, labelling: str, chosen: Sequence[str]) -> Documents:
    """The documents of a corpus (contracts.CORPUS) that have one of the `chosen` labels of a labelling.

    Documents of one group belong together, and so do documents of the same text, under whatever group: a
    text in both parts of a split would be recognised, not judged, and copies are no independent evidence.
    What is joined through a third document belongs together as well. Other documents are groups of their own.
    """
    labels = pd.Index(chosen).get_indexer(corpus[labelling])
    rows = np.flatnonzero(labels >= 0)
    groups = _joined([corpus[column].iloc[rows] for column in ("group", "text")])
    together = len(np.unique(groups)) < len(rows)
    LOG.info("%d of %d documents have one of the %d labels", len(rows), len(corpus), len(chosen))
    return Documents(rows, tuple(chosen), labels[rows], groups if together else None)


def units_of(corpus: pd.DataFrame) -> np.ndarray:
    """(documents,) numbers from 0: documents of one group of a corpus (contracts.CORPUS), or of one text, are a unit.

    As in `documents_of`, of all documents.
    """
    return _joined([corpus[column] for column in ("group", "text")])


def _joined(columns: Sequence[pd.Series]) -> np.ndarray:
    """(documents,) number of each document's group: equal values of any column join documents, missing ones do not."""
    documents = len(columns[0])
    ends, nodes = [], documents
    for column in columns:
        codes, values = pd.factorize(column)
        ends.append(np.stack([np.flatnonzero(codes >= 0), nodes + codes[codes >= 0]]))
        nodes += len(values)
    here, there = np.concatenate(ends, axis=1)
    links = scipy.sparse.coo_array((np.ones(len(here)), (here, there)), shape=(nodes, nodes))
    return csgraph.connected_components(links, directed=False)[1][:documents]
