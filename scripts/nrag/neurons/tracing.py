"""Examples of neurons to patterns: shortest windows, what of them matters, and what may stand in its place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nrag.neurons.importance import fills_of, importances, sufficient
from nrag.neurons.patterns import Pattern, Traced, pattern_of
from nrag.neurons.windows import Boxes, Measure, Windows, parts, shortest

MASKING = 5
"""Corpus tokens whose mean stands for a missing one, where a model has no mask token."""

TRIED = 5
"""Tokens that are tried in the place of another one at most (as many as N2G keeps)."""


@dataclass(frozen=True)
class Asked:
    """How examples become patterns; the defaults are those of the config."""

    threshold: float = 0.5
    """Part of an activation that a window, a pattern or another token must keep."""
    importance: float = 0.5
    """Part of the activation that must be lost without a token for it to matter."""
    sufficiency: float = 0.75
    """Share of random surroundings in which what matters must fire, or more is taken in."""
    fills: int = 8
    """Random surroundings; 0 leaves the check out."""
    seed: int = 0


@dataclass(frozen=True)
class Examples:
    """Examples of several neurons and signs."""

    windows: Windows
    neuron: np.ndarray
    """(examples,) int32."""
    sign: np.ndarray
    """(examples,) int8."""
    peak: np.ndarray
    """(examples,) float32: largest |activation| of the example's neuron, of either sign."""


Candidates = Callable[[Sequence[int], Sequence[int]], list[Sequence[int]]]
"""Numbers of examples and columns of their windows, to the token ids that may be tried in each of these places."""


@dataclass(frozen=True)
class Outcome:
    """What came of one neuron's sign."""

    neuron: int
    sign: int
    patterns: list[Traced]
    examples: int
    held: int
    """Examples with a window within reach that keeps the activation."""


def trace(
    examples: Examples,
    measure: Measure,
    *,
    corpus: np.ndarray,
    asked: Asked,
    mask: int | None = None,
    candidates: Candidates | None = None,
) -> list[Outcome]:
    """The patterns of the neurons of some examples, ascending, + before -.

    `corpus` (tokens,) int32 are the tokens of the training documents, `mask` the id of the model's mask token if
    it has one, `candidates` what may stand in the place of a token of an example; None augments nothing.
    """
    windows = examples.windows
    columns = windows.tokens.shape[1]
    boxes = shortest(measure, windows, threshold=asked.threshold)
    drawn = fills_of(corpus, columns, number=max(asked.fills, MASKING), seed=asked.seed)
    masks = np.full((1, columns), mask, dtype=np.int32) if mask is not None else drawn[:MASKING]
    importance = importances(measure, windows, boxes, masks)
    important = np.nan_to_num(importance, nan=-np.inf) > asked.importance
    if asked.fills:
        kept, share = sufficient(
            measure,
            windows,
            boxes,
            important,
            importance=importance,
            fills=drawn[: asked.fills],
            threshold=asked.threshold,
            required=asked.sufficiency,
        )
    else:
        kept, share = important & boxes.inside(windows), np.full(len(windows.full), np.nan)
    found = _patterns(examples, boxes, kept, share, importance)
    if candidates is not None:
        _augment(found, examples, boxes, kept, importance, measure, candidates, asked)
    return [
        Outcome(
            neuron=int(neuron),
            sign=int(sign),
            patterns=_merged(found.get((int(neuron), int(sign)), {})),
            examples=int(own.sum()),
            held=int((own & boxes.found).sum()),
        )
        for neuron, sign in sorted(set(zip(examples.neuron.tolist(), examples.sign.tolist(), strict=True)), key=_order)
        for own in [(examples.neuron == neuron) & (examples.sign == sign)]
    ]


@dataclass(frozen=True)
class _Seen:
    """A pattern as one example shows it."""

    example: int
    activation: float
    sufficiency: float
    importance: tuple[float, ...]


_Found = dict[tuple[int, int], dict[Pattern, list[_Seen]]]


def _patterns(examples: Examples, boxes: Boxes, kept: np.ndarray, share: np.ndarray, importance: np.ndarray) -> _Found:
    windows = examples.windows
    found: _Found = {}
    for number in np.flatnonzero(boxes.found).tolist():
        pattern, matters = _read(windows.tokens[number], kept[number], windows.before, importance[number])
        own = found.setdefault((int(examples.neuron[number]), int(examples.sign[number])), {})
        activation = float(windows.full[number] / examples.peak[number])
        own.setdefault(pattern, []).append(_Seen(number, activation, float(share[number]), matters))
    return found


def _read(
    tokens: np.ndarray, kept: np.ndarray, before: int, importance: np.ndarray
) -> tuple[Pattern, tuple[float, ...]]:
    """The pattern of the kept tokens of a window, and how much each of its context matters."""
    columns = [column for column in np.flatnonzero(kept).tolist() if column != before]
    pattern = pattern_of(tokens[before], ((before - column, tokens[column]) for column in columns))
    return pattern, tuple(float(importance[before - distance]) for distance, _ in pattern.context)


def _merged(found: Mapping[Pattern, Sequence[_Seen]]) -> list[Traced]:
    """One entry for each pattern, whatever the order of its examples."""
    traced = []
    for pattern in sorted(found):
        seen = found[pattern]
        own = [each for each in seen if each.example >= 0] or list(seen)
        means = np.mean([(each.activation, each.sufficiency, *each.importance) for each in own], axis=0)
        number = sum(each.example >= 0 for each in seen)
        traced.append(Traced(pattern, float(means[0]), float(means[1]), number, tuple(means[2:].tolist())))
    return traced


def _augment(
    found: _Found,
    examples: Examples,
    boxes: Boxes,
    kept: np.ndarray,
    importance: np.ndarray,
    measure: Measure,
    candidates: Candidates,
    asked: Asked,
) -> None:
    """Add the patterns in which another token, at one place, keeps the activation of the best example.

    They are not tried in random surroundings: there are several times as many of them as of examples.
    """
    windows = examples.windows
    models = [
        max(seen, key=lambda each: (each.activation, -each.example)) for own in found.values() for seen in own.values()
    ]
    places = [(each, int(column)) for each in models for column in np.flatnonzero(kept[each.example])]
    tried = candidates([each.example for each, _ in places], [column for _, column in places])
    number = np.array([each.example for (each, _), ids in zip(places, tried, strict=True) for _ in ids], dtype=np.int64)
    column = np.array([column for (_, column), ids in zip(places, tried, strict=True) for _ in ids], dtype=np.int64)
    token = np.array([token for ids in tried for token in ids], dtype=np.int32)
    if not len(number):
        return
    changed = windows.tokens[number].copy()
    changed[np.arange(len(number)), column] = token
    left, right = boxes.left[number], boxes.right[number]
    values = np.empty(len(number), dtype=np.float32)
    for part in parts(len(number)):
        values[part] = measure(changed[part], left[part], right[part], number[part])
    accepted = np.flatnonzero(values >= asked.threshold * windows.full[number])
    made: _Found = {}
    for place in accepted.tolist():
        example = int(number[place])
        pattern, matters = _read(changed[place], kept[example], windows.before, importance[example])
        key = int(examples.neuron[example]), int(examples.sign[example])
        if pattern in found[key]:
            continue
        # Never stronger than what it was made of: of that it is known how strong it is in whole documents.
        kept_part = min(float(values[place] / boxes.value[example]), 1.0)
        activation = float(windows.full[example] / examples.peak[example]) * kept_part
        made.setdefault(key, {}).setdefault(pattern, []).append(_Seen(-1 - example, activation, np.nan, matters))
    for key, patterns in made.items():
        found[key] |= patterns


def _order(key: tuple[int, int]) -> tuple[int, int]:
    return key[0], -key[1]
