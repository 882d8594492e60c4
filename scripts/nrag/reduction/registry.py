"""The methods of reduction by name."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

STANDARDISE = ("none", "zscore", "minmax")
"""What is done to each feature over the documents of a space: nothing; zero mean and unit population
standard deviation; the range 0 to 1."""


class ReductionError(ValueError):
    """Hidden states and a reduction that do not go together."""


@dataclass(frozen=True)
class Reduced:
    """One fit: where the documents lie, and how much of the layer that shows."""

    coordinates: np.ndarray
    """(documents, components) float32."""
    quality: float | np.ndarray
    """What the method calls its quality; NaN where nothing was fitted."""
    constant: bool = False
    """Whether every document has the same vector; the coordinates are then all zero."""


@dataclass(frozen=True)
class Reducer:
    """A method of reduction."""

    function: Callable[..., dict[int, Reduced]]
    """Takes a `Layer`, the keyword-only `components` and `seeds` without defaults, and parameters of
    its own with defaults; gives one fit per seed."""
    quality: str
    """Name of the fit's quality: explained_variance (one share per component) or trustworthiness."""
    seeded: bool
    """Whether anything is drawn; a method that draws nothing has the one seed 0."""
    warm_up: Callable[[], None]
    """Does once, before workers are forked, what each of them would do again, such as compiling."""

    def undefined(self, components: int) -> float | np.ndarray:
        """The quality of a layer to which nothing was fitted."""
        return np.full(components, np.nan) if self.quality == "explained_variance" else np.nan


REDUCERS: dict[str, Reducer] = {}


def reducer(
    name: str, *, quality: str, seeded: bool = False, warm_up: Callable[[], None] = lambda: None
) -> Callable[[Callable[..., dict[int, Reduced]]], Callable[..., dict[int, Reduced]]]:
    """A decorator that registers a method of reduction under its name in the config."""

    def register(function: Callable[..., dict[int, Reduced]]) -> Callable[..., dict[int, Reduced]]:
        REDUCERS[name] = Reducer(function, quality, seeded, warm_up)
        return function

    return register


@dataclass(frozen=True)
class Reduction:
    """A reduction as the config writes it, complete and checked; `Reduction.of` makes it."""

    method: str
    components: int = 2
    seeds: tuple[int, ...] = (0,)
    standardise: str = "none"
    """none, zscore or minmax, over the documents of all members together."""
    keep_dead: bool = False
    """Whether features that carry rounding alone are standardised too instead of left out."""
    centre: bool = False
    """Whether each model's mean vector is subtracted from its documents first."""
    scale: bool = False
    """Whether each model's documents are divided by their total standard deviation first."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The method's own, given or default."""

    @classmethod
    def of(cls, method: str, **options: Any) -> "Reduction":
        """A reduction from the keys of the config, with every default filled in.

        Raises ReductionError for an unknown method, standardisation or parameter, for seeds of a
        method that draws nothing, and for seeds that repeat.

        >>> dict(Reduction.of("umap", min_dist=0.5).parameters)
        {'n_neighbors': 15, 'min_dist': 0.5, 'metric': 'cosine', 'epochs': None}
        """
        if method not in REDUCERS:
            raise ReductionError(f"no reduction method '{method}'; there are {', '.join(sorted(REDUCERS))}")
        common = {each.name for each in fields(cls)} - {"method", "parameters"}
        own = {name: value for name, value in options.items() if name not in common}
        shared = {name: value for name, value in options.items() if name in common}
        shared["seeds"] = tuple(shared.get("seeds", (0,)))
        chosen = cls(method, parameters=_complete(method, own), **shared)
        _check(chosen)
        return chosen


def _complete(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    signature = inspect.signature(REDUCERS[method].function).parameters
    defaults = {name: p.default for name, p in signature.items() if p.default is not inspect.Parameter.empty}
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        takes = ", ".join(defaults) or "none of its own"
        raise ReductionError(f"{method} has no parameter {', '.join(unknown)}; its parameters: {takes}")
    return defaults | dict(given)


def _check(chosen: Reduction) -> None:
    seeds = list(chosen.seeds)
    if chosen.standardise not in STANDARDISE:
        raise ReductionError(f"standardise is '{chosen.standardise}', must be one of {', '.join(STANDARDISE)}")
    if not seeds or len(set(seeds)) != len(seeds):
        raise ReductionError(f"seeds must be one or more different numbers, not {seeds}")
    if not REDUCERS[chosen.method].seeded and seeds != [0]:
        raise ReductionError(f"{chosen.method} draws nothing: its seeds are [0], not {seeds}")
