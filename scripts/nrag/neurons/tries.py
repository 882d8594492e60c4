"""The patterns of a neuron as a tree: tokens that patterns share stand once, and every path is a pattern's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Node:
    """A token that patterns share: an activating one, or one of a context behind all that is nearer."""

    distance: int
    """Tokens from it to the activating one, negative behind it; 0 of the activating one."""
    token: int
    strength: float = 0.0
    """Of the patterns through it the largest activation where it is the activating token, else its importance."""
    activation: float = 0.0
    """Largest activation of the patterns through it."""
    ends: int | None = None
    """Place, in the graph's list, of the pattern that ends here."""
    children: list["Node"] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Patterns through it."""
        return (self.ends is not None) + sum(child.rows for child in self.children)


def by_support(patterns: Sequence[Mapping[str, Any]]) -> list[int]:
    """Places of the patterns, those of most examples first, of as many the strongest: what a neuron does most."""
    return sorted(
        range(len(patterns)),
        key=lambda place: (-patterns[place]["examples"], -patterns[place]["activation"], place),
    )


def trie(patterns: Sequence[Mapping[str, Any]], places: Sequence[int] | None = None) -> list[Node]:
    """The activating tokens of patterns, as a graph has them (`graphs.graph`), each the root of its contexts.

    With `places` of these patterns only. A context is followed from the nearest token outwards. The strongest branch
    comes first; of equally strong ones the nearest token, before first, and the smallest id.
    """
    roots: list[Node] = []
    for place in range(len(patterns)) if places is None else places:
        pattern = patterns[place]
        activation = pattern["activation"]
        steps = [(0, pattern["activating"], activation)]
        steps += [(each["distance"], each["token"], each["importance"]) for each in pattern["context"]]
        branches = roots
        for distance, token, strength in steps:
            node = next((each for each in branches if (each.distance, each.token) == (distance, token)), None)
            if node is None:
                node = Node(distance, token)
                branches.append(node)
            node.strength = max(node.strength, strength)
            node.activation = max(node.activation, activation)
            branches = node.children
        node.ends = place
    return _sorted(roots)


def place(distance: int) -> str:
    """Where a token stands, seen from the activating one.

    >>> place(3), place(-1), place(0)
    ('−3', '+1', '0')
    """
    return f"−{distance}" if distance > 0 else f"+{-distance}" if distance else "0"


def _sorted(nodes: list[Node]) -> list[Node]:
    for node in nodes:
        node.children = _sorted(node.children)
    return sorted(nodes, key=lambda node: (-node.activation, abs(node.distance), node.distance < 0, node.token))
