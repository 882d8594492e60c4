"""Pictures of neurons' graphs: true paths only, whatever the tokens are, and the same bytes every time."""

import itertools
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from nrag.neurons.dot import dot, quoted
from nrag.neurons.drawing import SHOWN, boxes, drawing, ends
from nrag.neurons.fills import BLUE, RED, fill, luminance
from nrag.neurons.token_texts import visible
from nrag.neurons.tries import by_support, trie

HOSTILE = ['"', "\\", "<b>", "</title><script>alert(1)</script>", "a\nb", "\\xe2", ",", ":", "🙂", "", "&lt;", "]]>"]
HOSTILE += ["--", "\x00", "\u202e", "\ud800", "\u0301", "{|}", "\\N", "日本語", " x" * 40, "\ufffe", "\r", "'", "%s"]
SVG = "{http://www.w3.org/2000/svg}"


def pattern(activating, *context, activation=0.8, examples=2, sufficiency=1.0):
    told = [{"distance": d, "token": t, "importance": i} for d, t, i in context]
    return {"activating": activating, "activation": activation, "sufficiency": sufficiency, "examples": examples,
            "context": told}  # fmt: skip


def graph(patterns, texts=None, **changes):
    found = {each["activating"] for each in patterns} | {c["token"] for each in patterns for c in each["context"]}
    names = {str(token): (texts or {}).get(token, f"t{token}") for token in sorted(found)}
    told = {"block": 3, "neuron": 12, "sign": 1, "peak": 4.0, "peak_of_sign": 4.0}
    return told | {"patterns": patterns, "tokens": names} | changes


def random_patterns(seed, number=40, *, both=True):
    """Distinct patterns over few tokens, so that they share beginnings and some are the beginning of others."""
    generator = np.random.default_rng(seed)
    places = list(range(1, 25)) + ([-d for d in range(1, 25)] if both else [])
    found = {}
    for _ in range(number):
        size = int(generator.integers(0, 6))
        near = sorted(places, key=abs)[: 6 + size] if generator.random() < 0.8 else places
        chosen = generator.choice(near, size=min(size, len(near)), replace=False).tolist()
        chosen.sort(key=lambda d: (abs(d), d < 0))
        context = tuple((int(d), int(generator.integers(0, 3))) for d in chosen)
        found[int(generator.integers(5, 8)), context] = float(generator.random())
    order = sorted(found)
    return [
        pattern(token, *((d, t, float(generator.random())) for d, t in context), activation=found[token, context])
        for token, context in order
    ]


def said(each):
    return each["activating"], frozenset((c["distance"], c["token"]) for c in each["context"])


def paths_of(svg):
    """What is read in each row of a picture: the tokens of all boxes over the row's middle, by geometry alone."""
    root = ET.fromstring(svg)
    found = []
    for group in root.iter(f"{SVG}g"):
        title = group.find(f"{SVG}title")
        if title is not None:
            rect = group.find(f"{SVG}rect")
            token, place = re.search(r" · token (\d+) · place (0|[−+]\d+) · ", title.text).groups()
            top, height = float(rect.get("y")), float(rect.get("height"))
            distance = -int(place.replace("−", "-"))
            found.append((top, top + height, distance, int(token)))
    low = min(top for top, _, _, _ in found)
    rows = round((max(bottom for _, bottom, _, _ in found) - low + 6) / 27)
    for row in range(rows):
        middle = low + 27 * row + 10.5
        own = [(d, t) for top, bottom, d, t in found if top < middle < bottom]
        (activating,) = [t for d, t in own if d == 0]
        assert len({d for d, _ in own}) == len(own)
        yield activating, frozenset(each for each in own if each[0])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("both", [True, False])
def test_every_row_of_a_picture_is_a_pattern_and_every_pattern_has_a_row(seed, both):
    patterns = random_patterns(seed, both=both)
    rows = list(paths_of(drawing(graph(patterns), shown=100)))
    assert sorted(rows, key=repr) == sorted(map(said, patterns), key=repr)


@pytest.mark.parametrize("seed", range(6))
def test_every_path_of_a_trie_to_an_end_is_a_pattern(seed):
    patterns = random_patterns(seed)

    def walk(node, before):
        own = [*before, node]
        if node.ends is not None:
            yield node.ends, (own[0].token, frozenset((n.distance, n.token) for n in own[1:]))
        for child in node.children:
            yield from walk(child, own)

    found = dict(path for root in trie(patterns) for path in walk(root, []))
    assert found == {place: said(each) for place, each in enumerate(patterns)}
    assert sum(root.rows for root in trie(patterns)) == len(patterns)


def test_a_shared_token_is_one_box_over_the_rows_of_its_patterns():
    patterns = [pattern(7), pattern(7, (1, 2, 0.9)), pattern(7, (1, 2, 0.4), (-1, 3, 0.6), activation=0.9), pattern(8)]
    laid = {(box.node.token, box.first, box.node.rows) for box in boxes(trie(patterns))}
    # Behind 7, the root of three, comes the one that ends there, then the two that go on with 2.
    assert laid == {(7, 0, 3), (2, 1, 2), (3, 2, 1), (8, 3, 1)}
    assert ends(trie(patterns)) == [0, 1, 2, 3]
    (two,) = [box.node for box in boxes(trie(patterns)) if box.node.token == 2]
    assert (two.strength, two.activation) == (0.9, 0.9)


def test_the_weaker_sign_says_why_all_of_it_is_pale():
    patterns = [pattern(7, activation=0.1)]
    said = "activation 1: the largest of both signs; the largest of this sign is "
    weaker = drawing(graph(patterns, peak_of_sign=0.42))
    assert f"{said}0.10" in weaker
    assert said not in drawing(graph(patterns))
    root = ET.fromstring(weaker)
    lowest = max(float(text.get("y")) for text in root.iter(f"{SVG}text"))
    assert lowest < float(root.get("height"))


def test_equally_strong_branches_have_an_order_of_their_own():
    contexts = [(-2, 1), (2, 9), (1, 5), (1, 4), (3, 0)]
    patterns = [pattern(7, (distance, token, 0.5)) for distance, token in contexts]
    for given in (patterns, patterns[::-1]):
        (root,) = trie(given)
        assert [(node.distance, node.token) for node in root.children] == [(1, 4), (1, 5), (2, 9), (-2, 1), (3, 0)]
    stronger = pattern(7, (3, 0, 0.5), activation=0.9)
    assert trie([*patterns[:-1], stronger])[0].children[0].distance == 3


def test_no_line_runs_behind_a_box_that_it_does_not_end_at():
    patterns = random_patterns(3)
    root = ET.fromstring(drawing(graph(patterns), shown=100))
    rects = [
        [float(group.find(f"{SVG}rect").get(name)) for name in ("x", "y", "width", "height")]
        for group in root.iter(f"{SVG}g")
        if group.find(f"{SVG}title") is not None
    ]
    (path,) = root.iter(f"{SVG}path")
    lines = [tuple(map(float, line)) for line in re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)", path.get("d"))]
    assert lines
    for start, y, end in lines:
        assert start < end
        touched = [(x, x + w) for x, top, w, h in rects if top < y < top + h and x < end - 0.2 and x + w > start + 0.2]
        assert touched == []
        assert any(abs(x + w - start) < 0.2 for x, top, w, h in rects if top < y < top + h)
        assert any(abs(x - end) < 0.2 for x, top, w, h in rects if top < y < top + h)


def test_those_of_most_examples_are_drawn_and_the_others_counted():
    patterns = [pattern(5, (1, place, 0.5), activation=place / 40) for place in range(30)]
    assert by_support(patterns)[:3] == [29, 28, 27]
    assert by_support([pattern(1), pattern(2), pattern(3)]) == [0, 1, 2]
    patterns[3]["examples"], patterns[29]["examples"] = 9, 0
    svg = drawing(graph(patterns))
    assert {t for _, context in paths_of(svg) for _, t in context} == {3, *range(30 - SHOWN, 29)}
    assert f"the 16 of 30 patterns with most examples, {30 - SHOWN} more not drawn" in svg
    assert "more not drawn" not in drawing(graph(patterns[:16]))
    assert ">1 pattern<" in drawing(graph(patterns[:1]))


def test_the_heading_names_model_and_corpus_and_has_room():
    svg = drawing(graph([pattern(1)]), of="a-model-of-a-rather-long-name-untrained-0, a-corpus-of-a-long-name")
    root = ET.fromstring(svg)
    heading, number = list(root.iter(f"{SVG}text"))[:2]
    assert heading.text == "a-model-of-a-rather-long-name-untrained-0, a-corpus-of-a-long-name · block 3 · neuron 12 +"
    assert float(root.get("width")) > float(number.get("x")) + 5 * len(number.text)


def test_the_same_graph_gives_the_same_bytes_whatever_the_order_of_its_context_tokens_names():
    patterns = random_patterns(1)
    one = graph(patterns)
    other = json.loads(json.dumps(one)) | {"tokens": dict(reversed(one["tokens"].items()))}
    assert drawing(one) == drawing(other)
    assert dot(one) == dot(other)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_tokens_are_text_of_a_well_formed_picture(hostile):
    svg = drawing(graph([pattern(1, (1, 2, 0.7), (2, 1, 0.6)), pattern(2)], {1: hostile, 2: hostile}))
    svg.encode("utf-8")
    root = ET.fromstring(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "g", "rect", "text", "title", "path"}
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert sorted(titles)[0].startswith(visible(hostile)[:1])
    assert all(title.startswith(f"{visible(hostile)} · token ") for title in titles)
    drawn = [text.text for text in root.iter(f"{SVG}text")]
    name = visible(hostile)
    assert sum(text == (name if len(name) <= 16 else name[:15] + "…") for text in drawn) == 4


def test_every_token_is_seen():
    assert visible(" the cat\n") == "·the·cat↵"
    assert visible("\t\x00\x85\u200b\ufeff") == "⇥\\x00\\x85\\u200b\\ufeff"
    assert visible("") == "∅"
    assert visible("\u0301") == "◌\u0301"
    assert visible("é🙂\\xe2") == "é🙂\\xe2"


def test_text_is_read_on_every_fill():
    for color, strength in itertools.product((RED, BLUE), np.linspace(-0.1, 1.1, 200)):
        ground, ink = fill(color, strength)
        light = luminance([int(ground[place : place + 2], 16) for place in (1, 3, 5)])
        contrast = 1.05 / (light + 0.05) if ink == "#fff" else (light + 0.05) / 0.05
        assert contrast >= 4.5
    steps = [luminance([int(fill(RED, s)[0][p : p + 2], 16) for p in (1, 3, 5)]) for s in np.linspace(0, 1, 9)]
    assert steps == sorted(steps, reverse=True)
    assert luminance([255, 255, 255]) == pytest.approx(1)


# ------------------------------------------------------------------------------------------ DOT


def read_dot(text):
    """Nodes with their attributes and edges (from, to, attributes) of a DOT file, by a tokenizer of its grammar."""
    token = re.compile(r'\s*("(?:[^"\\]|\\.)*"|->|[\[\]{};=,]|[\w.-]+)', re.DOTALL)
    words, place = [], 0
    while text[place:].strip():
        found = token.match(text, place)
        assert found, f"no DOT: {text[place : place + 30]!r}"
        words.append(found[1])
        place = found.end()
    assert words[0] == "digraph"
    assert words[2] == "{"
    assert words[-1] == "}"
    nodes, edges, statement = {}, [], []
    for word in words[3:-1]:
        if word != ";":
            statement.append(word)
            continue
        cut = statement.index("[")
        head, inner = statement[:cut], statement[cut + 1 : -1]
        assert statement[-1] == "]"
        said = {inner[i]: inner[i + 2] for i in range(0, len(inner), 4)}
        assert all(inner[i + 1] == "=" for i in range(0, len(inner), 4))
        if "->" in head:
            edges.append((head[0], head[2], said))
        elif head[0] not in ("graph", "node", "edge"):
            assert head[0] not in nodes
            nodes[head[0]] = said
        statement = []
    assert statement == []
    return nodes, edges


def unquoted(text):
    """What Graphviz draws of a quoted label: escapes, then entities."""
    inner = re.sub(r"\\(.)", r"\1", text[1:-1])
    return inner.replace("&amp;", "&")


@pytest.mark.parametrize("seed", range(4))
def test_dot_says_the_patterns_again(seed):
    patterns = random_patterns(seed)
    nodes, edges = read_dot(dot(graph(patterns)))
    inner = {start: end for start, end, _ in edges}
    assert len(inner) == len(edges)
    found = {}
    for name, own in nodes.items():
        if "pattern" in own:
            path = [name]
            while path[-1] in inner:
                path.append(inner[path[-1]])
            told = [(int(nodes[each]["distance"]), int(nodes[each]["token"])) for each in path]
            assert told[-1][0] == 0
            found[int(own["pattern"])] = told[-1][1], frozenset(told[:-1])
    assert found == {place: said(each) for place, each in enumerate(patterns)}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_tokens_come_back_from_dot(hostile):
    nodes, _ = read_dot(dot(graph([pattern(1, (1, 2, 0.7))], {1: hostile, 2: hostile})))
    assert [unquoted(own["label"]) for own in nodes.values()] == [visible(hostile)] * 2
    assert "\n" not in quoted(visible(hostile))


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not on this machine")
def test_graphviz_draws_hostile_tokens_as_they_are():
    tokens = dict(enumerate(HOSTILE))
    patterns = [pattern(0, *((place, place, 0.5) for place in range(1, len(HOSTILE))))]
    made = subprocess.run(["dot", "-Tsvg"], input=dot(graph(patterns, tokens)), capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    drawn = [text.text.replace("\u00a0", " ") for text in ET.fromstring(made.stdout).iter(f"{SVG}text")]
    assert set(map(visible, HOSTILE)) <= set(drawn)
