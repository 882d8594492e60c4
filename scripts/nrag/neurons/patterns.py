"""Patterns: an activating token, the tokens that must stand around it, and how strongly a neuron then fires."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, order=True)
class Pattern:
    """What one neuron responds to.

    >>> Pattern(activating=7, context=((1, 4), (3, 2))).context[0]
    (1, 4)
    """

    activating: int
    """Token id at which the neuron fires."""
    context: tuple[tuple[int, int], ...] = ()
    """(distance, token id) of each token that matters, in order of |distance|; positive before the activating one."""


def pattern_of(activating: int, context: Iterable[tuple[int, int]]) -> Pattern:
    """A pattern in its one order: nearest tokens first, of two equally near the one before first."""
    ordered = sorted(context, key=lambda each: (abs(each[0]), each[0] < 0, each[1]))
    return Pattern(int(activating), tuple((int(distance), int(token)) for distance, token in ordered))


@dataclass(frozen=True)
class Traced:
    """A pattern of one neuron and what is known of it."""

    pattern: Pattern
    activation: float
    """Mean over its examples, in their own documents, of activation / the neuron's largest |activation|."""
    sufficiency: float
    """Share of random surroundings in which the pattern alone keeps the activation; NaN where that was not tried."""
    examples: int
    """Examples that it was made of; 0 where a token was put in the place of another."""
    importance: tuple[float, ...] = ()
    """Of each token of the context: the part of the activation that is lost without it."""


def table_of(block: int, traced: Sequence[tuple[int, int, Sequence[Traced]]]) -> pd.DataFrame:
    """Rows as of contracts.PATTERNS of a block: of each (neuron, sign, patterns) a row for each token of a context.

    Patterns of a neuron are numbered over both signs, + first, in the order of their tokens.
    """
    rows = []
    numbers: dict[int, int] = {}
    for neuron, sign, patterns in sorted(traced, key=lambda each: (each[0], -each[1])):
        for each in sorted(patterns, key=lambda each: each.pattern):
            number = numbers.get(neuron, 0)
            numbers[neuron] = number + 1
            known = (each.activation, each.sufficiency, each.examples)
            for distance, token in each.pattern.context or ((None, None),):
                rows.append((block, neuron, sign, number, each.pattern.activating, distance, token, *known))
    names = ("block", "neuron", "sign", "pattern", "activating", "distance", "context")
    table = pd.DataFrame(rows, columns=[*names, "activation", "sufficiency", "examples"])
    table = table.astype({"distance": "Int16", "context": "Int32"})
    return table.sort_values(["block", "neuron", "pattern", "distance"], kind="stable", ignore_index=True)


@dataclass(frozen=True)
class Matches:
    """Where in a text patterns apply, and what they say."""

    positions: np.ndarray
    """(matches,) int64, ascending, each once."""
    values: np.ndarray
    """(matches,) float32: the largest activation of the patterns that apply."""


class Text:
    """Token ids of documents, one after the other, in which patterns are looked up."""

    def __init__(self, documents: Sequence[np.ndarray]) -> None:
        lengths = [len(ids) for ids in documents]
        self.ids = np.concatenate([np.asarray(ids, dtype=np.int64) for ids in documents] or [np.empty(0, np.int64)])
        self.document = np.repeat(np.arange(len(documents)), lengths)
        self._order = np.argsort(self.ids, kind="stable")
        self._sorted = self.ids[self._order]
        self._known: dict[Pattern, np.ndarray] = {}

    def places(self, pattern: Pattern) -> np.ndarray:
        """(matches,) int64: positions at which the activating token stands in its context, within one document."""
        found = self._known.get(pattern)
        if found is None:
            bounds = np.searchsorted(self._sorted, [pattern.activating, pattern.activating + 1])
            found = self._order[slice(*bounds)]
            for distance, token in pattern.context:
                there = found - distance
                inside = (there >= 0) & (there < len(self.ids))
                found, there = found[inside], there[inside]
                found = found[(self.ids[there] == token) & (self.document[there] == self.document[found])]
            self._known[pattern] = found
        return found

    def matches(self, patterns: Iterable[tuple[Pattern, float]]) -> Matches:
        """What patterns with an activation each say of the text; where several apply, the largest."""
        found = [(self.places(pattern), activation) for pattern, activation in patterns]
        positions = np.concatenate([places for places, _ in found] or [np.empty(0, np.int64)])
        values = np.repeat(
            np.array([activation for _, activation in found], dtype=np.float32), [len(places) for places, _ in found]
        )
        order = np.lexsort((-values, positions))
        first = np.ones(len(order), dtype=bool)
        first[1:] = positions[order][1:] != positions[order][:-1]
        return Matches(positions[order][first], values[order][first])


def patterns_of(table: pd.DataFrame) -> dict[tuple[int, int], list[Traced]]:
    """By neuron and sign, the patterns of rows as of `table_of`."""
    neuron, sign, number = (table[name].to_numpy() for name in ("neuron", "sign", "pattern"))
    free = table["distance"].isna().to_numpy()
    distance, token = (table[name].fillna(0).to_numpy(dtype=np.int64) for name in ("distance", "context"))
    # The order of `pattern_of` within each pattern.
    order = np.lexsort((token, distance < 0, np.abs(distance), number, sign, neuron))
    keys = np.column_stack([neuron, sign, number])[order]
    starts = np.flatnonzero(np.diff(keys, axis=0, prepend=keys[:1] - 1).any(axis=1))
    first = order[starts]
    context = list(zip(distance[order].tolist(), token[order].tolist(), strict=True))
    names = ("activating", "activation", "sufficiency", "examples")
    known = zip(*(table[name].to_numpy()[first].tolist() for name in names), strict=True)
    found: dict[tuple[int, int], list[Traced]] = {}
    bounds = zip(keys[starts].tolist(), starts.tolist(), [*starts[1:].tolist(), len(table)], strict=False)
    for (key, start, stop), none, (activating, activation, sufficiency, examples) in zip(
        bounds, free[first].tolist(), known, strict=True
    ):
        pattern = Pattern(activating, () if none else tuple(context[start:stop]))
        found.setdefault((key[0], key[1]), []).append(Traced(pattern, activation, sufficiency, examples))
    return found
