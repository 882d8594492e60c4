"""Captions of figures, ready for a paper: what is drawn, of how many documents, and how to read it.

Made from the table that the figure draws, as read back from its TSV, so that a caption cannot say
what the figure does not show. Figures and their text stay apart: this package needs no Matplotlib.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.captions import (
    of_components,
    of_drift,
    of_maps,
    of_maze_probes,
    of_mazes,
    of_metrics,
    of_nrags,
    of_probes,
    of_rarefaction,
    of_separations,
    of_stability,
)

_KINDS = {
    "nrag": of_nrags,
    "maps": of_maps,
    "map": of_maps,
    "metrics": of_metrics,
    "components": of_components,
    "probing": of_probes,
    "separation": of_separations,
    "rarefaction": of_rarefaction,
    "stability": of_stability,
    "drift": of_drift,
    "series": of_drift,
    "dendrogram": of_drift,
    "members": of_nrags,
    "training": of_mazes,
    "stages": of_mazes,
    "lengths": of_mazes,
    "probes": of_maze_probes,
}


def caption(figure: Mapping[str, Any], shown: pd.DataFrame, *, documents: int, seeds: Sequence[int]) -> str:
    """The caption of a figure in sentences.

    `figure` says what is drawn (kind, corpus, models, space, pooling, reduction, bins and size or components; none of
    the last four for probes and stability) and whether the study tests labels (tested), `shown` is its table, every
    field as text; `documents` counts the corpus, `seeds` are the reduction's. Of figures of mazes it says kind and set
    alone, and there are no documents or seeds.

    >>> figure = {"kind": "metrics", "corpus": "papers", "models": ["bert"], "space": None}
    >>> figure |= {"pooling": "mean", "reduction": "pca", "bins": "equal", "size": 10}
    >>> shown = pd.DataFrame({"label": ["ai", "dl"], "seed": "0", "documents": ["250", "1200"], "value": ["1", "2"]})
    >>> shown = shown.assign(metric="edges", sample=None, sign_depends_on=None, left_out=None)
    >>> caption(figure, shown, documents=1450, seeds=[0]).split(": ")[1].split(". ")[:2]
    ['ai (n = 250), dl (n = 1,200)', 'Mean pooling, reduction pca, 10 × 10 equal bins']
    """
    kind = _KINDS[figure["kind"].partition("-")[0]]
    return " ".join(filter(None, kind.sentences(figure, shown, documents=documents, seeds=seeds)))
