"""The graph of a neuron in Graphviz's language: the same tree as its picture, with all patterns."""

import itertools
from collections.abc import Mapping
from typing import Any

from nrag.neurons.fills import BLUE, RED, fill
from nrag.neurons.token_texts import visible
from nrag.neurons.tries import Node, place, trie


def dot(graph: Mapping[str, Any]) -> str:
    """The patterns of a graph (`graphs.graph`) as the text of a DOT file, the same bytes every time.

    An arrow leads from a context's token to the next one towards the activating token. Every path from an activating
    token to a node with the attribute `pattern`, the pattern's place in the graph, is a pattern; nodes also carry
    `token`, the id, `distance` and `strength`, which Graphviz hands through.
    """
    names = {int(token): visible(text) for token, text in graph["tokens"].items()}
    lines: list[str] = []
    numbers = itertools.count()

    def add(node: Node, inner: int | None) -> None:
        own = next(numbers)
        lines.append(f"  n{own} [{_attributes(node, names)}];")
        if inner is not None:
            lines.append(f"  n{own} -> n{inner} [label={quoted(place(node.distance))}];")
        for child in node.children:
            add(child, own)

    for root in trie(graph["patterns"]):
        add(root, None)
    sign = "+" if graph["sign"] > 0 else "−"
    name = quoted(f"block {graph['block']}, neuron {graph['neuron']} {sign}")
    looks = [
        '  graph [rankdir=LR, fontname="DejaVu Sans"];',
        '  node [shape=box, style="rounded,filled", fontname="DejaVu Sans Mono", height=0.3];',
        '  edge [fontname="DejaVu Sans", fontsize=9, color="#9aa3ab"];',
    ]
    return "\n".join([f"digraph {name} {{", *looks, *lines, "}"]) + "\n"


def quoted(text: str) -> str:
    r"""Text that is all on one line as DOT writes it, so that what is drawn is the text and nothing has a meaning.

    Quotes and backslashes get a backslash, as escapes of labels begin with one, and & is spelled out, as Graphviz reads
    entities of HTML.

    >>> print(quoted('a"\\n&lt;'))
    "a\"\\n&amp;lt;"
    """
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{plain}"'


def _attributes(node: Node, names: Mapping[int, str]) -> str:
    color, ink = fill(BLUE if node.distance else RED, node.strength)
    said = {
        "label": quoted(names[node.token]),
        "fillcolor": quoted(color),
        "fontcolor": quoted("white" if ink == "#fff" else "black"),
        "token": str(node.token),
        "distance": str(node.distance),
        "strength": f"{node.strength:.4g}",
    }
    if node.ends is not None:
        said |= {"pattern": str(node.ends), "penwidth": "3"}
    return ", ".join(f"{name}={value}" for name, value in said.items())
