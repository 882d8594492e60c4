"""All layers of a space under one reduction."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from nrag.reduction.registry import REDUCERS, Reduced, Reduction
from nrag.reduction.standardise import Blocks, Moments, agreed, fit_layer, moments_of
from nrag.workers import forked

LOG = logging.getLogger("nrag")


def reduce_space(
    members: Mapping[str, Mapping[int, Blocks]], chosen: Reduction, *, documents: str = "", workers: int = 1
) -> dict[tuple[str, int, int], Reduced]:
    """The fits of every layer of a space, by (model, seed, layer), in order.

    `members` holds each model's layers. A layer is fitted once, over the documents of all members
    together; layers are shared out to `workers` processes, whose number changes no byte of the
    result. With several workers the blocks must pickle (`functools.partial`, not a lambda). `documents` is
    what the log calls them, where they are not all.

    Raises ReductionError for members of unequal depth or width, and for layers that are too small
    for the reduction; a note names the layer.
    """
    agreed("number of layers", {model: len(each) for model, each in members.items()})
    layers = sorted(next(iter(members.values())))
    tasks = [(layer, {model: members[model][layer] for model in members}) for layer in layers]
    reducer = REDUCERS[chosen.method]
    reducer.warm_up()
    reduced, whose = {}, f"{documents}: " if documents else ""
    for layer, fits in zip(layers, _in_processes(partial(_reduce_noted, chosen), tasks, workers), strict=True):
        LOG.info("%slayer %d of %d: %s", whose, layer, layers[-1], _in_words(fits, reducer.quality))
        reduced |= {(model, seed, layer): fit for (model, seed), fit in fits.items()}
    return dict(sorted(reduced.items()))


def reduce_layer(members: Mapping[str, Blocks], chosen: Reduction) -> dict[tuple[str, int], Reduced]:
    """The fits of one layer of a space, by (model, seed); the members of a fit share its quality.

    A member whose layer is constant takes no part: its documents all lie at 0, marked as constant,
    for any other place would draw rounding as structure.
    """
    moments = {model: _moments_noted(model, blocks) for model, blocks in members.items()}
    varied = {model: each for model, each in moments.items() if not each.constant}
    reduced = {
        (model, seed): _unfitted(each.documents, chosen)
        for model, each in moments.items()
        if each.constant
        for seed in chosen.seeds
    }
    if not varied:
        return reduced
    layer = fit_layer({model: members[model] for model in varied}, varied, chosen)
    fits = REDUCERS[chosen.method].function(
        layer, components=chosen.components, seeds=chosen.seeds, **chosen.parameters
    )
    ends = np.cumsum([each.documents for each in varied.values()])[:-1]
    for seed, fit in fits.items():
        for model, coordinates in zip(varied, np.split(fit.coordinates, ends), strict=True):
            reduced[model, seed] = Reduced(coordinates, fit.quality)
    return reduced


def _unfitted(documents: int, chosen: Reduction) -> Reduced:
    nothing = np.zeros((documents, chosen.components), dtype=np.float32)
    return Reduced(nothing, REDUCERS[chosen.method].undefined(chosen.components), constant=True)


def _moments_noted(model: str, blocks: Blocks) -> Moments:
    try:
        return moments_of(blocks())
    except ValueError as error:
        error.add_note(f"in the hidden state of {model}")
        raise


def _reduce_noted(chosen: Reduction, task: tuple[int, Mapping[str, Blocks]]) -> dict[tuple[str, int], Reduced]:
    layer, members = task
    try:
        return reduce_layer(members, chosen)
    except ValueError as error:
        error.add_note(f"in layer {layer}")
        raise


def _in_processes(function: Callable[[Any], Any], tasks: Sequence[Any], workers: int) -> Iterator[Any]:
    if workers == 1 or len(tasks) == 1:
        yield from map(function, tasks)
        return
    with forked(min(workers, len(tasks))) as processes:
        yield from processes.map(function, tasks)


def _in_words(fits: Mapping[tuple[str, int], Reduced], quality: str) -> str:
    constant = sorted({model for (model, _), fit in fits.items() if fit.constant})
    values = [np.sum(fit.quality) for fit in fits.values() if not fit.constant]
    words = [f"constant in {', '.join(constant)}"] if constant else []
    return "; ".join(words + ([f"{quality.replace('_', ' ')} {min(values):.3f}"] if values else []))
