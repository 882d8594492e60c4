"""Texts and labels from any source, exactly as written, and what is odd about them.

`read` makes documents of a source, `label` gives them their labels and descriptions, `problems`
tells beforehand what is wrong. A new kind of source is a function decorated with `reader`.
"""

from nrag.corpora import docstrings, of_mazes, plain, quality, tables
from nrag.corpora.errors import CorpusError
from nrag.corpora.labelling import Labelled, label, label_blocks
from nrag.corpora.labels import MIN_DOCUMENTS, choose_labels, compared_labels, labellings_of, match_label
from nrag.corpora.origin import origin, settings
from nrag.corpora.readers import READERS, Source, read_source, reader
from nrag.corpora.reading import Reading, read
from nrag.corpora.survey import Survey, problems, survey

__all__ = [
    "MIN_DOCUMENTS", "READERS", "CorpusError", "Labelled", "Reading", "Source", "Survey", "choose_labels",
    "compared_labels",
    "docstrings", "label", "label_blocks", "labellings_of", "match_label", "of_mazes", "origin", "plain",
    "problems", "quality", "read", "read_source", "reader", "settings", "survey", "tables",
]  # fmt: skip
