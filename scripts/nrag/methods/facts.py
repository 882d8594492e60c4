"""What the paragraphs are made from: facts of files, and what the config asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Corpus:
    """A corpus, as its files tell it."""

    name: str
    definition: Mapping[str, Any]
    """What the config says of it, without its path."""
    source: Mapping[str, str]
    """The SHA-256 of each file that was read, versions of packages, or id, commit and files of a dataset."""
    labellings: Mapping[str, Mapping[str, int]]
    """Documents of each label."""
    read: int
    """Rows of the source."""
    kept: int
    """Documents."""
    left_out: Mapping[str, int]
    """Rows that became no document, by reason."""
    remarks: Mapping[str, int]
    """Documents that were kept with a problem, by problem."""


@dataclass(frozen=True)
class Model:
    """A model, as the files of its activations tell it."""

    name: str
    id: str
    """As the config writes it: a folder, an id of the hub, a place in a package."""
    weights: str
    """SHA-256 of all parameters."""
    revision: str | None
    """Commit of the hub."""
    seed: int | None
    """Of untrained weights; None where they are trained."""
    dtype: str
    device: str
    max_tokens: int
    prompt: str
    hidden_states: int
    """Layers, embeddings included."""
    truncated: Mapping[str, int]
    """By corpus, documents that went beyond the window; none where none did."""


@dataclass(frozen=True)
class MazeSet:
    """A set of mazes and the stages that are trained on it."""

    name: str
    definition: Mapping[str, Any]
    """What the config says of it, defaults written out."""
    layouts: Mapping[str, int]
    """Different layouts that were drawn, by split."""
    layouts_that_exist: int
    """Of its size."""


@dataclass(frozen=True)
class Traced:
    """The neurons of a model that were traced in a corpus, as the file of their examples tells of them."""

    model: str
    corpus: str
    both_ways: bool
    """Whether the model reads both ways."""
    skipped: int
    """First tokens of every document that were not looked at."""
    blocks: Mapping[int, tuple[int, int]]
    """By block, how many neurons were traced, and of how many."""
    documents: int
    held_out: int
    """Documents that were kept for tests."""


@dataclass(frozen=True)
class Facts:
    """A study."""

    name: str
    corpora: Sequence[Corpus]
    models: Sequence[Model]
    controls: Mapping[str, Sequence[str]]
    """The untrained models beside each trained one."""
    pooling: Sequence[str]
    reductions: Mapping[str, Mapping[str, Any]]
    """By name: method, components, seeds, standardise, keep_dead, parameters; as the files of coordinates say."""
    spaces: Mapping[str, Mapping[str, Any]]
    """Shared ones by name: models, centre, scale."""
    grids: Sequence[tuple[str, int]]
    """Bins and size."""
    versions: pd.DataFrame
    """versions.tsv, as text."""
    probing: Mapping[str, Any] | None = None
    """None where nothing is probed."""
    mazes: Sequence[MazeSet] = ()
    correlations: Mapping[str, Any] | None = None
    """Of component graphs; None where there are none."""
    statistics: Mapping[str, Any] | None = None
    checkpoints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By shared space whose models are compared: base, floors, series, permutations, seed; none where none are."""
    neurons: Mapping[str, Any] | None = None
    """How neurons were traced; None where none were."""
    traced: Sequence[Traced] = ()
    tests: pd.DataFrame | None = field(default=None)
    """tests.tsv, as text; None where nothing was tested."""
