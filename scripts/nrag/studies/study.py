"""A study: what one config file says, complete, checked and in one order."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

PLANE = 2
"""Coordinates that a grid can be laid over."""

CLUSTERED_SIZE = 30
"""Largest grid of bins: kmeans; giving 40 x 40 regions a cell each takes two CPU seconds a layer, 50 x 50 ten."""

CORRELATIONS = {"threshold": {"fdr": 0.05}, "permutations": 999}
"""Of component graphs, where the config does not say."""


class StudyError(ValueError):
    """Everything that is wrong with a config, a line each in `lines`."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        super().__init__("\n".join(self.lines))


class Grid(NamedTuple):
    """How each layer is divided into regions."""

    bins: str
    size: int


class Embedding(NamedTuple):
    """One file of coordinates: a space's documents of one corpus, pooled and reduced in one way."""

    space: str
    corpus: str
    pooling: str
    reduction: str

    @property
    def folder(self) -> str:
        """Its path below results/coordinates, without suffix, and results/nrags."""
        return "/".join(self)

    @property
    def stem(self) -> str:
        """Its name as part of a file name."""
        return "--".join(self)


class Run(NamedTuple):
    """One folder of NRAGs: an embedding under one grid."""

    space: str
    corpus: str
    pooling: str
    reduction: str
    bins: str
    size: int

    @property
    def embedding(self) -> Embedding:
        """The coordinates it starts from."""
        return Embedding(self.space, self.corpus, self.pooling, self.reduction)

    @property
    def folder(self) -> str:
        """Its path below results/nrags.

        >>> Run("minilm", "papers", "mean", "pca", "equal", 10).folder
        'minilm/papers/mean/pca/equal-10'
        """
        return f"{self.embedding.folder}/{self.bins}-{self.size}"

    @property
    def stem(self) -> str:
        """Its name as part of a file name.

        >>> Run("minilm", "papers", "mean", "pca", "equal", 10).stem
        'minilm--papers--mean--pca--equal-10'
        """
        return f"{self.embedding.stem}--{self.bins}-{self.size}"


@dataclass(frozen=True)
class Study:
    """A config, complete: no key is None, every default is filled in, controls are models of their own."""

    name: str
    seed: int
    device: str
    """auto, cpu or cuda, as the config says; `devices.resolve_device` decides."""
    data: Path
    """Folder that relative paths start from, itself relative to the working directory."""
    models: Mapping[str, dict[str, Any]]
    corpora: Mapping[str, dict[str, Any]]
    spaces: Mapping[str, dict[str, Any]]
    """Every model's own space first, then the shared ones; each has models, centre and scale."""
    pooling: tuple[str, ...]
    reductions: Mapping[str, dict[str, Any]]
    """Each has seeds; those that draw nothing have the one seed 0."""
    grids: tuple[Grid, ...]
    comparisons: Mapping[str, dict[str, dict[str, Any]]]
    """By corpus and name: labelling, and labels as a list or the text "all". Labels are as YAML read
    them; `corpora` matches booleans, numbers and dates with those of the data."""
    metrics: Mapping[str, Any]
    figures: Mapping[str, Any]
    correlations: Mapping[str, Any]
    """Of component graphs: threshold, a kind and its value, and permutations."""
    probing: Mapping[str, Any] | None
    """n_splits, test_size, seed and fit; None where it is turned off."""
    statistics: Mapping[str, Any] | None
    """The numbers of permutations, seed, bag_of_words and within, a column by corpus; None without statistics."""
    neurons: Mapping[str, Any] | None = None
    """Models, corpora, blocks and how neurons are traced; None where none are."""
    checkpoints: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """By shared space whose models are held against each other: base, floors, series, permutations, seed, and
    labelling where one is named."""
    mazes: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Sets of mazes by name, with the stages in which models learn them."""


def embeddings(study: Study) -> Iterator[Embedding]:
    """Every file of coordinates, in the config's order."""
    for space in study.spaces:
        for corpus in study.corpora:
            for pooling in study.pooling:
                for reduction in study.reductions:
                    yield Embedding(space, corpus, pooling, reduction)


def runs(study: Study) -> Iterator[Run]:
    """Every folder of NRAGs, in the config's order; only reductions to a plane have any."""
    for embedding in embeddings(study):
        if study.reductions[embedding.reduction]["components"] == PLANE:
            for grid in study.grids:
                yield Run(*embedding, *grid)


def component_graphs(study: Study) -> Iterator[Embedding]:
    """Every folder of component graphs, in the config's order: reductions to a plane have none."""
    for embedding in embeddings(study):
        if study.reductions[embedding.reduction]["components"] != PLANE:
            yield embedding


def resolved(study: Study) -> dict[str, Any]:
    """What `load` takes to give the same study again: plain values in a fixed order.

    This is what config.resolved.yaml holds: defaults written out, controls as models of their own.
    """
    # Studies without component graphs are written as before there were any.
    correlated = any(component_graphs(study)) or study.correlations != CORRELATIONS
    correlations = {"correlations": dict(study.correlations)} if correlated else {}
    return copy.deepcopy(  # YAML would write a list that occurs twice as a reference
        {
            "study": study.name,
            "seed": study.seed,
            "device": study.device,
            "data": str(study.data),
            "models": dict(study.models),
            "corpora": dict(study.corpora),
            "spaces": {name: space for name, space in study.spaces.items() if name not in study.models},
            "pooling": list(study.pooling),
            "reductions": {name: _written(reduction) for name, reduction in study.reductions.items()},
            "grid": {
                "size": list(dict.fromkeys(grid.size for grid in study.grids)),
                "bins": list(dict.fromkeys(grid.bins for grid in study.grids)),
            },
            "comparisons": {corpus: dict(named) for corpus, named in study.comparisons.items()},
            "metrics": dict(study.metrics),
            "probing": dict(study.probing) if study.probing else False,
            "statistics": dict(study.statistics) if study.statistics else False,
            "figures": dict(study.figures),
            **correlations,
            **({"neurons": dict(study.neurons)} if study.neurons else {}),
            **({"checkpoints": dict(study.checkpoints)} if study.checkpoints else {}),
            **({"mazes": dict(study.mazes)} if study.mazes else {}),
        }
    )


def _written(reduction: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in reduction.items() if key != "seeds" or reduction["method"] == "umap"}
