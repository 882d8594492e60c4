"""What the page shows of a study: its corpora, extractions, runs and figures, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One drawing of a comparison, and its files by the ends of their names (png, svg, nodes.tsv, ...)."""

    name: str
    kind: str
    """nrag, maps, map-LAYER, metrics, components, probing, separation, rarefaction or stability; of checkpoints drift,
    series, dendrogram or members."""
    corpus: str
    comparison: str
    pooling: str
    reduction: str | None
    """None where the figure is of all reductions and grids, as that of probes is."""
    models: tuple[str, ...]
    files: Mapping[str, str]
    bins: str = ""
    size: int = 0
    components: int = 0
    """Of a component graph, which has no grid."""
    basis: str = "all-documents"
    """all-documents or per-label, of a component graph."""
    space: str | None = None
    caption: str = ""
    """In sentences, see `captions`."""


@dataclass(frozen=True)
class Run:
    """One space, with its models, and corpus under one pooling, reduction and grid (or number of components), and its
    files by name.
    """

    space: str
    models: tuple[str, ...]
    corpus: str
    pooling: str
    reduction: str
    files: Mapping[str, str]
    bins: str = ""
    size: int = 0
    components: int = 0


@dataclass(frozen=True)
class Corpus:
    """A corpus: its documents, the digest of its content, and its files by name."""

    name: str
    documents: int
    content: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Extraction:
    """What a model made of a corpus."""

    model: str
    corpus: str
    documents: int
    hidden_states: int
    tokens: float
    """Median of the tokens read of a document."""
    truncated: int
    """Texts that went beyond the window."""
    attributes: Mapping[str, Any]
    """Those of contract ACTIVATIONS."""
    files: Mapping[str, str] = field(default_factory=dict)


def grid(place: Figure | Run) -> str:
    """The grid as it stands in the page, 10 × 10 equal, or the components of a graph without one."""
    return f"{place.size} × {place.size} {place.bins}" if place.size else f"{place.components} components"


def shown(figure: Figure) -> str:
    """What a figure shows, in a word or two.

    >>> shown(Figure("map-3--m", "map-3", "c", "pair", "mean", "pca", "equal", 10, ("m",), {}, space="m"))
    'Region maps of layer 3'
    """
    kind, _, layer = figure.kind.partition("-")
    words = {"nrag": "NRAG", "metrics": "Metrics", "maps": "Region maps"}
    words |= {"components": "Component graph", "probing": "Probing"}
    words |= {"separation": "Label separation", "rarefaction": "Rarefaction"}
    words |= {"stability": "Stability", "drift": "Drift by layer", "series": "Drift along training"}
    words |= {"dendrogram": "Which checkpoints are near", "members": "NRAGs of the checkpoints"}
    where = "the last layer" if layer == "last" else f"layer {layer}"
    return words.get(kind, f"Region maps of {where}")


def heading(figure: Figure) -> str:
    """What a figure stands under: its condition, but the separations under every condition stand together."""
    return "label separation" if figure.kind == "separation" else condition(figure)


def condition(place: Figure | Run) -> str:
    """Reduction, pooling and grid in one line."""
    if place.reduction is None:
        return f"all reductions · {place.pooling} pooling"
    return f"{place.reduction} · {place.pooling} pooling · {grid(place)}{' bins' if place.size else ''}"
