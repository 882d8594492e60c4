"""What of a comparison's documents is permuted, and within what."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.compared import Documents
from nrag.statistics.permutations import Design, label_type, strata_by_length
from nrag.words import words_of

TOGETHER = "documents that belong together as one"
"""Part of a null in words: groups and repeated texts move as wholes."""


def design_of(corpus: pd.DataFrame, documents: Documents, within: str | None) -> tuple[Design, list[str]]:
    """The design of a comparison of a corpus (contracts.CORPUS), and what to know of it, in sentences.

    Labels are permuted among documents that agree in the column `within`, or, under `contracts.TEXT_LENGTH`, are of
    like length; among all of them without it. Documents without a value are a stratum of their own. Documents of one
    group and repeated texts move together (`nrag.compared.documents_of`).

    Raises ValueError for a column that is not there.
    """
    own = corpus.iloc[documents.rows]
    alone = np.arange(len(documents.rows))
    stratum, notes = _strata(own, within)
    unit = alone if documents.groups is None else documents.groups
    return Design(documents.labels.astype(label_type(len(documents.names))), stratum, unit), notes


def null_of(within: str | None, *, grouped: bool) -> str:
    """The null in words.

    >>> null_of("pair", grouped=True)
    'labels permuted within pair, documents that belong together as one'
    """
    place = f" within {within}" if within else " over all documents of the comparison"
    return f"labels permuted{place}{f', {TOGETHER}' if grouped else ''}"


def _strata(own: pd.DataFrame, within: str | None) -> tuple[np.ndarray, Sequence[str]]:
    if within is None:
        return np.zeros(len(own), dtype=np.int64), []
    if within == contracts.TEXT_LENGTH:
        return strata_by_length(np.array([len(words_of(text)) for text in own["text"]])), []
    if within not in own.columns:
        raise ValueError(f"statistics.within: the corpus has no column '{within}'; it has {', '.join(own.columns)}")
    codes, values = pd.factorize(own[within])
    missing = codes < 0
    said = [f"documents without {within} ({missing.sum()}) are a stratum of their own"] if missing.any() else []
    return np.where(missing, len(values), codes), said
