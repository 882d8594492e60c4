"""The graph of a neuron as a picture: one row a pattern, a column for each place around the activating token.

What stands in one row is one pattern, so that the picture has no path that is none; tokens that patterns share, from
the activating one outwards, are one box over their rows (`tries`). Places at which nothing matters are left out.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from nrag.neurons.fills import BLUE, RED, fill
from nrag.neurons.token_texts import visible
from nrag.neurons.tries import Node, by_support, place, trie

SHOWN = 16
"""Patterns that are drawn, those of most examples."""

LETTERS = 16
"""Letters of a token that are drawn; a longer one is cut, and its tooltip has the whole."""

_MANY, _FEWER_LETTERS = 10, 10
"""Columns beyond which fewer letters are drawn, so that the picture stays one that fits on a page."""

_INK, _QUIET, _LINE = "#1d2733", "#5c6670", "#9aa3ab"
_SANS = "'DejaVu Sans',Verdana,sans-serif"
_MONO = "'DejaVu Sans Mono',Menlo,Consolas,monospace"

_SIZE = 12.0
_LETTER = 0.602 * _SIZE
"""Width of a letter: all fonts named have one within a tenth of it."""
_SMALL = 10.0
_ROW, _BOX, _GAP, _EDGE = 27.0, 21.0, 22.0, 12.0
_NUMBERS = (("activation", 62.0), ("sufficiency", 66.0), ("examples", 58.0))
_KEY_WIDTH = 470.0


@dataclass(frozen=True)
class Box:
    """A token of the picture."""

    node: Node
    first: int
    """Row it begins at, from 0; it spans `node.rows` of them."""
    inner: Node | None
    """The next token towards the activating one, on its side; None of an activating one."""


def boxes(roots: Sequence[Node]) -> list[Box]:
    """Every token of a trie with its rows: the tokens of one row are one pattern, and each pattern has a row."""
    found: list[Box] = []

    def add(node: Node, first: int, sides: tuple[Node | None, Node | None]) -> None:
        behind = node.distance < 0
        found.append(Box(node, first, sides[behind]))
        row = first + (node.ends is not None)
        for child in node.children:
            add(child, row, _beyond(node, sides))
            row += child.rows

    row = 0
    for root in roots:
        add(root, row, (None, None))
        row += root.rows
    return found


def _beyond(node: Node, sides: tuple[Node | None, Node | None]) -> tuple[Node | None, Node | None]:
    if node.distance == 0:
        return node, node
    return (node, sides[1]) if node.distance > 0 else (sides[0], node)


def drawing(graph: Mapping[str, Any], *, of: str = "", shown: int = SHOWN) -> str:
    """The picture of a graph (`graphs.graph`) as the text of an SVG file, the same bytes every time.

    Boxes are red by the activation of patterns and blue by the importance of a context's token; where a pattern ends
    the border is thick. The `shown` patterns of most examples are drawn, and the heading says of how many; it begins
    with `of`, the names of model and corpus.
    """
    patterns = graph["patterns"]
    names = {int(token): visible(text) for token, text in graph["tokens"].items()}
    roots = trie(patterns, sorted(by_support(patterns)[:shown]))
    laid = boxes(roots)
    rows = sum(root.rows for root in roots)
    letters = LETTERS if len({each.node.distance for each in laid}) <= _MANY else _FEWER_LETTERS
    short = {token: _cut(name, letters) for token, name in names.items()}
    columns = _columns(laid, short)
    right = max((left + width for left, width in columns.values()), default=_EDGE)
    top = 62.0
    bottom = top + rows * _ROW
    weaker = _weaker(graph)
    height = bottom + 80 + 19 * bool(weaker)
    heading, long = _heading(graph, len(patterns), rows, of)
    width = max(right + sum(wide for _, wide in _NUMBERS) + _EDGE, _KEY_WIDTH, long)
    parts = [
        heading,
        *_heads(columns, right, top),
        *_links(laid, columns, top),
        *(_box(each, columns, names, short, top) for each in laid),
        *_numbers(roots, patterns, right, top),
        *_key(bottom + 16, weaker),
    ]
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{ground}{"".join(parts)}</svg>\n'


def _columns(laid: Sequence[Box], short: Mapping[int, str]) -> dict[int, tuple[float, float]]:
    """Left end and width of the column of each distance, the farthest before first."""
    found: dict[int, tuple[float, float]] = {}
    left = _EDGE
    for distance in sorted({box.node.distance for box in laid}, reverse=True):
        texts = [short[box.node.token] for box in laid if box.node.distance == distance]
        width = max(max(map(_wide, texts)) * _LETTER + 14, 30.0)
        found[distance] = left, width
        left += width + _GAP
    return found


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _wide(text: str) -> int:
    """Letters as wide as a Latin one: those of East Asia and emoji are two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{escape(text)}</text>'


def _small(parts: Sequence[str], attributes: str = "") -> list[str]:
    return [f'<g font-family="{_SANS}" font-size="{_SMALL:g}" fill="{_QUIET}"{attributes}>', *parts, "</g>"]


def _heading(graph: Mapping[str, Any], patterns: int, rows: int, of: str) -> tuple[str, float]:
    """The first line, and how wide it is."""
    sign = "+" if graph["sign"] > 0 else "−"
    name = f"{of} · block" if of else "Block"
    name += f" {graph['block']} · neuron {graph['neuron']} {sign}"
    number = f"{patterns} pattern{'' if patterns == 1 else 's'}"
    if rows < patterns:
        number = f"the {rows} of {number} with most examples, {patterns - rows} more not drawn"
    if not patterns:
        number = "no pattern"
    wide = len(name) * 7.6 + 12
    text = (
        f'<g font-family="{_SANS}"><text x="{_EDGE:g}" y="22" font-size="12" font-weight="bold" fill="{_INK}">'
        f'{escape(name)}</text><text x="{_EDGE + wide:.0f}" y="22" font-size="{_SMALL:g}" fill="{_QUIET}">'
        f"{number}</text></g>"
    )
    return text, _EDGE + wide + 6 * len(number) + _EDGE


def _heads(columns: Mapping[int, tuple[float, float]], right: float, top: float) -> list[str]:
    middle = ' text-anchor="middle"'
    parts = [
        _text(left + width / 2, top - 9, place(distance) if distance else "fires", middle)
        for distance, (left, width) in columns.items()
    ]
    x = right
    for name, width in _NUMBERS if columns else ():
        x += width
        parts.append(_text(x, top - 9, name, ' text-anchor="end"'))
    return _small(parts)


def _middle(box: Box, top: float) -> float:
    return top + (box.first + box.node.rows / 2) * _ROW


def _links(laid: Sequence[Box], columns: Mapping[int, tuple[float, float]], top: float) -> list[str]:
    lines, dots = [], []
    for box in laid:
        if box.inner is None:
            continue
        own, inner = columns[box.node.distance], columns[box.inner.distance]
        (start, wide), end = (own, inner[0]) if box.node.distance > 0 else (inner, own[0])
        y = _middle(box, top)
        lines.append(f"M{start + wide:.1f} {y:.1f}H{end:.1f}")
        if abs(box.node.distance - box.inner.distance) > 1:
            near = start + wide + _GAP / 2 if box.node.distance > 0 else end - _GAP / 2
            dots.append(f'<rect x="{near - 6:.1f}" y="{y - 4:.1f}" width="12" height="8" fill="#fff"/>')
            dots.append(_text(near, y + 1.5, "…"))
    if not lines:
        return []
    ways = f'<path d="{"".join(lines)}" stroke="{_LINE}" stroke-width="1.2" fill="none"/>'
    return [ways, *_small(dots, ' text-anchor="middle"')] if dots else [ways]


def _box(
    box: Box,
    columns: Mapping[int, tuple[float, float]],
    names: Mapping[int, str],
    short: Mapping[int, str],
    top: float,
) -> str:
    node = box.node
    left, width = columns[node.distance]
    y = top + box.first * _ROW + (_ROW - _BOX) / 2
    height = (node.rows - 1) * _ROW + _BOX
    color, ink = fill(BLUE if node.distance else RED, node.strength)
    name = names[node.token]
    what = "importance" if node.distance else "activation"
    told = f"{name} · token {node.token} · place {place(node.distance)} · {what} {node.strength:.2f}"
    border = f'stroke="{_INK}" stroke-width="2.2"' if node.ends is not None else f'stroke="{_LINE}" stroke-width="0.8"'
    written = _text(left + width / 2, y + height / 2 + 0.35 * _SIZE, short[node.token], f' fill="{ink}"')
    return (
        f'<g font-family="{_MONO}" font-size="{_SIZE:g}" text-anchor="middle"><title>{escape(told)}</title>'
        f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3" fill="{color}" {border}/>'
        f"{written}</g>"
    )


def _numbers(roots: Sequence[Node], patterns: Sequence[Mapping[str, Any]], right: float, top: float) -> list[str]:
    parts = []
    for row, number in enumerate(ends(roots)):
        pattern = patterns[number]
        alone = pattern["sufficiency"]
        told = (f"{pattern['activation']:.2f}", "–" if alone is None else f"{alone:.2f}", str(pattern["examples"]))
        x = right
        for text, (_, width) in zip(told, _NUMBERS, strict=True):
            x += width
            parts.append(_text(x, top + (row + 0.5) * _ROW + 0.35 * _SMALL, text))
    return _small(parts, ' text-anchor="end"')


def ends(roots: Sequence[Node]) -> list[int]:
    """Places of the patterns in the order of their rows."""
    found: list[int] = []
    for node in roots:
        found += [] if node.ends is None else [node.ends]
        found += ends(node.children)
    return found


def _weaker(graph: Mapping[str, Any]) -> str:
    """Why all reds are pale, of the weaker sign of a neuron; nothing of the other."""
    part = graph["peak_of_sign"] / graph["peak"]
    return f"activation 1: the largest of both signs; the largest of this sign is {part:.2f}" if part < 1 else ""


def _key(y: float, further: str) -> list[str]:
    parts = []
    for x, color, name in ((_EDGE, RED, "activation"), (_EDGE + 200, BLUE, "importance of context")):
        for step in range(5):
            parts.append(
                f'<rect x="{x + step * 14:.0f}" y="{y:.1f}" width="14" height="10" fill="{fill(color, step / 4)[0]}"/>'
            )
        parts.append(_text(x + 76, y + 9, f"0 to 1: {name}"))
    parts.append(
        f'<rect x="{_EDGE + 1:g}" y="{y + 20:.1f}" width="18" height="11" rx="2.5" fill="#fff" stroke="{_INK}" '
        'stroke-width="2.2"/>'
    )
    parts.append(_text(_EDGE + 26, y + 29, "a pattern ends · one row is one pattern · … tokens that do not matter"))
    said = "examples 0: a token tried in the place of another one, in no random surroundings"
    parts.append(_text(_EDGE, y + 48, said))
    if further:
        parts.append(_text(_EDGE, y + 67, further))
    return _small(parts)
