"""The page of a block's neurons: its data say what the tables say, and its script shows texts as text."""

import base64
import html
import json
import re
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import draw_neurons
import numpy as np
import pandas as pd
import pytest
import write_neuron_page
from browser import in_browser, proof_of
from test_neurons_drawing import HOSTILE, SVG, graph, pattern
from test_page import Parsed

from nrag import contracts, store
from nrag.neurons.reservoirs import BINS, bins_of, edges
from nrag.neurons.summary import block_summary
from nrag.neurons.token_texts import visible
from nrag.page.histograms import histogram
from nrag.page.neuron_entries import LINKS, readable
from nrag.page.neurons import block_page

TEMPLATE = Path(__file__).parents[1] / "workflow/templates/neurons.html.j2"
EMPTY = {"software": {}, "parameters": {}, "inputs": {}}
ATTACK = "</script><img src=x onerror=window.attacked=1><script>window.attacked=1</script>"
TEXTS = {1: " the", 2: " cat", 3: ATTACK, 4: "\n", 5: "The", 6: 'say "x"'}


def counts(*values):
    """A histogram of these strengths."""
    return np.bincount(bins_of(np.array(values, dtype=np.float32)), minlength=BINS).tolist()


def neuron(number, sign, patterns, **changes):
    """A graph with two examples, in which the last pattern's token fires, of a neuron whose largest activation is 4."""
    example = {
        "document": 7,
        "position": 30,
        "activation": 0.9,
        "tokens": [1, patterns[-1]["activating"], 4, 2],
        "at": 1,
    }
    told = {"neuron": number, "sign": sign, "block": 3, "peak": 4.0, "peak_of_sign": 4.0, "density": 0.02 * number,
            "kind": "",
            "examples": [example, example | {"activation": 0.5}], "histogram": counts(0.1, 0.1, 1.0, 2.1, 4.0),
            "raised": [[2, 0.5]], "lowered": [[3, -0.25]]}  # fmt: skip
    tokens = {str(token): text for token, text in TEXTS.items()}
    return graph(patterns) | told | {"tokens": tokens} | changes


GRAPHS = [
    neuron(2, 1, [pattern(1, (1, 2, 0.8), activation=0.6), pattern(5)], kind="dense"),
    neuron(2, -1, [pattern(2)], kind="single-token"),
    neuron(10, 1, [pattern(3, (-1, 3, 0.9), (2, 4, 0.6))]),
    neuron(11, 1, [pattern(6, (1, 1, 0.7))], density=0.3),
]


def scores(graphs=GRAPHS, block=3):
    rows = []
    generator = np.random.default_rng(0)
    for each in graphs:
        for method in ("graph", "token", "sequence"):
            for split in ("text", "top"):
                for quantile in range(5):
                    whole = generator.random(8).round(6)
                    whole[3:] = whole[3:] if quantile == 0 else np.nan
                    if method == "sequence" and (quantile == 2 or each["sign"] < 0):
                        whole[:3] = np.nan
                    place = (block, each["neuron"], each["sign"], method, split, quantile, 1000, 20 + quantile, 9, 5)
                    rows.append((*place, *whole, each["density"], each["peak"], len(each["patterns"]), each["kind"]))
    columns = [column.name for column in contracts.SCORES.columns]
    return pd.DataFrame(rows, columns=columns)


def failures(*rows):
    rows = rows or ((3, 1, 0, "dead: it never fires in the training documents"), (3, 10, -1, "none <b>of</b> its 3"))
    return pd.DataFrame(rows, columns=["block", "neuron", "sign", "reason"])


def similar(*rows):
    """Rows of (neuron, sign) and (neuron, sign) of the block, and relation."""
    places = [("m", 3, *a, "m", 3, *b, relation, 1.0, 0.5, None) for a, b, relation in rows]
    return pd.DataFrame(places, columns=[column.name for column in contracts.SIMILAR.columns])


def labels(label="sport"):
    return pd.DataFrame(
        [
            ("topic", label, 3, 10, 1, 0.8, 0.01, 0.6, 0.55, 0.5, 0.1),
            ("topic", "far", 2, 10, 1, 0.9, 0.01, 0.6, 0.55, 0.5, 0.1),
        ],
        columns=[column.name for column in contracts.LABEL_NEURONS.columns],
    )


def regions():
    rows = [
        ("m", 0, 4, 2, 3, 3, 10, 1, 0.75, 0.02, 0.6, 0.55, 12),
        ("m", 0, 4, 2, 4, 3, 10, 1, 0.75, 0.02, 0.8, 0.55, 13),
        ("other", 0, 4, 2, 3, 3, 10, 1, 0.99, 0.02, 0.6, 0.55, 12),
    ]
    return pd.DataFrame(rows, columns=[column.name for column in contracts.REGION_NEURONS.columns])


def page(**changes):
    told = scores()
    summary = block_summary(told, failures(), seed=0) if "summary" not in changes else None
    given = {"study": "demo", "model": "m", "corpus": "c", "block": 3, "graphs": GRAPHS, "scores": told,
             "failures": failures(), "summary": summary,
             "similar": similar(((2, 1), (10, 1), "subset")), "labels": labels(), "regions": {"run": regions()},
             "threshold": 0.5}  # fmt: skip
    return block_page(TEMPLATE.read_text(encoding="utf-8"), **given | changes)


def unpacked(text):
    packed = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])

    def read(part):
        return json.loads(zlib.decompress(base64.b64decode(part)))

    return read(packed["list"]), [entry for part in packed["parts"] for entry in read(part)]


def test_the_list_says_what_graphs_and_scores_say():
    told, entries = unpacked(page())
    assert len(told["rows"]) == len(entries) == len(GRAPHS)
    table = scores()
    for row, each in zip(told["rows"], GRAPHS, strict=True):
        own = table[(table["neuron"] == each["neuron"]) & (table["sign"] == each["sign"])]
        whole = own[(own["quantile"] == 0) & (own["split"] == "text")].set_index("method")["f1"]
        assert row[:2] == [each["neuron"], each["sign"]]
        f1 = [np.nan if value is None else value for value in row[2:5]]
        assert f1 == pytest.approx([whole[name] for name in ("graph", "token", "sequence")], abs=1e-4, nan_ok=True)
        assert row[5:8] == [each["density"], len(each["patterns"]), each["kind"]]
        activating = {visible(TEXTS[one["activating"]]) for one in each["patterns"]}
        context = {visible(TEXTS[one["token"]]) for pattern in each["patterns"] for one in pattern["context"]}
        assert [{told["texts"][place] for place in role} for role in row[8:]] == [activating, context]
    # The strongest pattern's token comes first.
    assert [told["texts"][place] for place in told["rows"][0][8]] == ["The", "·the"]


def test_the_scores_of_a_neuron_are_those_of_the_table():
    table = scores()
    _, entries = unpacked(page())
    for entry, each in zip(entries, GRAPHS, strict=True):
        own = table[(table["neuron"] == each["neuron"]) & (table["sign"] == each["sign"])]
        own = own.set_index(["method", "split", "quantile"])
        assert [row[:2] for row in entry["scores"]] == [[split, q] for split in ("text", "top") for q in range(5)]
        for split, quantile, tokens, firing, *values in entry["scores"]:
            assert (tokens, firing) == (1000, 20 + quantile)
            names = [(m, name) for m in ("graph", "token", "sequence") for name in ("precision", "recall", "f1")]
            for value, (method, name) in zip(values, names, strict=True):
                expected = own.loc[(method, split, quantile), name]
                assert value is None if np.isnan(expected) else value == pytest.approx(expected, abs=1e-4)
        for split, method, pearson, *_, auc in entry["whole"]:
            assert pearson == pytest.approx(own.loc[(method, split, 0), "pearson"], abs=1e-4)
            assert auc == pytest.approx(own.loc[(method, split, 0), "detection_auc"], abs=1e-4)


def test_tables_read_back_give_the_same_page(tmp_path):
    tables = {
        "scores": (scores().sort_values(list(contracts.SCORES.key), kind="stable"), contracts.SCORES),
        "failures": (failures(), contracts.FAILURES),
        "summary": (block_summary(scores(), failures(), seed=0), None),
        "similar": (similar(((2, 1), (10, 1), "subset")), contracts.SIMILAR),
        "labels": (labels("1.50"), contracts.LABEL_NEURONS),
    }
    read = {}
    for name, (table, contract) in tables.items():
        store.write_tsv(tmp_path / f"{name}.tsv", table, provenance=EMPTY, contract=contract)
        read[name] = store.read_tsv(tmp_path / f"{name}.tsv", contract)
    given = {name: table for name, (table, _) in tables.items()}
    assert page(**read) == page(**given) == page(**given)
    _, entries = unpacked(page(**read))
    assert entries[2]["labels"][0][0][:2] == ["topic", "1.50"]


def test_rows_of_other_blocks_and_models_are_left_out():
    other = pd.concat([scores(), scores(block=4).assign(f1=0.123456)])
    more = pd.concat([failures(), failures((4, 5, 0, "elsewhere"))])
    assert page(scores=other, failures=more) == page()
    _, entries = unpacked(page())
    assert [row[1] for row in entries[2]["labels"][0]] == ["sport"]
    expected = [[3, 12, 0.75, 0.02, 0.6, 0.55, True], [4, 13, 0.75, 0.02, 0.8, 0.55, False]]
    assert entries[2]["regions"] == [[["run", 0, 4, 2, *each] for each in expected], 0]


def test_a_subset_is_told_from_either_end_and_the_more_alike_come_first():
    pairs = similar(((2, 1), (10, 1), "subset"), ((10, 1), (11, 1), "identical"), ((2, -1), (10, 1), "subset"))
    pairs.loc[2, "overlap_activating"] = 0.5
    _, entries = unpacked(page(similar=pairs))
    assert entries[0]["similar"] == [[["part of", "m", 3, 10, 1, 1.0, 0.5]], 0]
    told = [(row[0], row[3], row[4]) for row in entries[2]["similar"][0]]
    assert told == [("identical", 11, 1), ("contains", 2, 1), ("contains", 2, -1)]
    elsewhere = pairs.assign(model_b=["m", "other", "m"], block_a=[4, 3, 3])
    told = [unpacked(page(similar=elsewhere))[1][place]["similar"][0] for place in (0, 2, 3)]
    assert [[row[:5] for row in rows] for rows in told] == [
        [],
        [["identical", "other", 3, 11, 1], ["contains", "m", 4, 2, 1], ["contains", "m", 3, 2, -1]],
        [],
    ]
    many = similar(*[((10, 1), (100 + place, 1), "similar") for place in range(LINKS + 5)])
    found, left = unpacked(page(similar=many))[1][2]["similar"]
    assert (len(found), left) == (LINKS, 5)


def test_what_an_untrained_network_tells_as_well_stands_behind_the_rest_and_is_marked():
    auc = [0.7, 0.9, 0.6, 0.8, 0.9]
    untrained = [0.65, 0.95, np.nan, 0.8, 0.5]
    table = pd.concat([regions()[:1]] * 5, ignore_index=True).assign(x=range(5), auc=auc, auc_untrained=untrained)
    expected = [(4, True), (0, True), (2, None), (1, False), (3, False)]
    # Of one run or of several.
    for runs in ({"run": table}, {"one": table[:2], "two": table[2:]}):
        found, left = unpacked(page(regions=runs))[1][2]["regions"]
        assert [(row[3], row[-1]) for row in found] == expected
        assert left == 0
    many = pd.concat([table[1:2]] * (2 * LINKS) + [table[:1]], ignore_index=True).assign(y=range(2 * LINKS + 1))
    found, left = unpacked(page(regions={"run": many}))[1][2]["regions"]
    assert ([row[-1] for row in found], left) == ([True, *[False] * (LINKS - 1)], LINKS + 1)
    named = pd.concat([labels()[:1]] * 2, ignore_index=True).assign(label=["a", "b"], auc=[0.9, 0.8])
    named["auc_untrained"] = [0.9, 0.79]
    found, _ = unpacked(page(labels=named))[1][2]["labels"]
    assert [(row[1], row[-1]) for row in found] == [("b", True), ("a", False)]


def test_pages_link_the_blocks_and_the_controls_beside_them():
    beside = [("m", 2), ("m", 3), ("m-untrained-0", 2), ("m-untrained-0", 3), ("m-untrained-1", 0)]
    text = page(pages=beside)
    nav = text[text.index("<nav") : text.index("</nav>")]
    assert re.findall('href="(.*?)"', nav) == ["m--c--block-2.html", "m-untrained-0--c--block-3.html"]
    assert '<span aria-current="page">3</span>' in nav
    alone = page(pages=[("m", 3), ("m-untrained-0", 1)])
    assert "<nav" not in alone
    assert "<nav" not in page()


def test_pieces_of_words_are_explained_where_there_are_some():
    each = neuron(1, 1, [pattern(3)])
    each["tokens"] = {"1": "un", "2": "##s", "3": "##related", "4": "word"}
    assert "goes on within a word" in page(graphs=[each], scores=scores([each]))
    assert "goes on within a word" not in page()


def test_a_page_without_optional_tables_or_graphs_is_made():
    told, entries = unpacked(page(similar=None, labels=None, regions=None))
    assert len(told["rows"]) == 4
    assert all(entry[name] == [[], 0] for entry in entries for name in ("similar", "labels", "regions"))
    nothing = page(
        graphs=[], scores=scores()[:0], summary=block_summary(scores()[:0], failures()[:0], seed=0), similar=similar()
    )
    assert unpacked(nothing)[1] == []
    assert 'id="overview"' not in nothing


def test_counts_and_means_stand_above():
    text = page()
    parsed = Parsed(text)
    by_name = {what: int(count) for count, what in re.findall(r"<li><b>([\d,]+)</b>([^<]+)</li>", text)}
    assert by_name == {
        "neurons with a graph": 3,
        "graphs, of a sign each": 4,
        # Of neuron 10 the other sign has a graph.
        "neurons without a pattern": 0,
        "dead neurons": 1,
        "dense graphs": 1,
        "graphs of a single token": 1,
    }
    summary = block_summary(scores(), failures(), seed=0).query("sign == 0").set_index(["split", "method"])
    row = text[text.index("<tbody>") : text.index("</tr>", text.index("<tbody>"))]
    mean = f"{summary.loc[('text', 'graph'), 'f1']:.2f}"
    interval = "{f1_low:.2f} to {f1_high:.2f}".format(**summary.loc[("text", "graph")])
    assert f'<td class="n">{mean}<small>{interval}</small></td>' in row
    assert "none <b>of</b> its 3" in parsed.texts


def test_the_page_asks_nothing_of_the_network_and_holds_no_text_of_the_corpus_in_the_open():
    text = page(study="<b>study</b>", model='m" onload="alert(1)', failures=failures((3, 4, 0, ATTACK)))
    parsed = Parsed(text)
    assert parsed.open == parsed.unclosed == []
    names = [tag for tag, _ in parsed.tags]
    assert names.count("script") == 2
    assert not {"img", "link", "iframe", "object", "embed", "base"} & set(names)
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|innerHTML", text)
    policy = next(attributes["content"] for _, attributes in parsed.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'")
    assert ATTACK not in text
    assert {"<b>study</b>", ATTACK} <= set(parsed.texts)
    ids = parsed.attributes("id")
    assert len(ids) == len(set(ids))
    assert page() == page()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_tokens_come_through_the_data(hostile):
    each = neuron(1, 1, [pattern(1, (1, 2, 0.5))])
    each["tokens"] = {str(token): hostile for token in range(1, 7)}
    told, (entry,) = unpacked(page(graphs=[each], scores=scores([each])))
    assert told["texts"] == [visible(hostile)]
    assert entry["patterns"][0][:2] == [[[1, visible(hostile)]], visible(hostile)]
    ET.fromstring(entry["svg"])


def test_examples_read_as_texts():
    assert readable(" a  b\n\x00") == " a  b↵\\x00"
    _, entries = unpacked(page())
    assert entries[1]["examples"][0] == [7, 0.9, " the", " cat", "↵ cat"]
    # Where no token has a space, spaces stand between words.
    each = neuron(1, 1, [pattern(3)])
    each["tokens"] = {"1": "un", "2": "##s", "3": "##related", "4": "word"}
    _, (entry,) = unpacked(page(graphs=[each], scores=scores([each])))
    assert entry["examples"][0] == [7, 0.9, " un", "related", " words"]
    each["tokens"]["3"] = "real"
    _, (entry,) = unpacked(page(graphs=[each], scores=scores([each])))
    assert entry["examples"][0][2:] == [" un ", "real", " words"]


def test_bars_are_the_tokens_of_each_sign_and_red_where_the_neuron_fires():
    values = {1: [0.3, 0.3, 1.0, 1.9, 2.6, 4.0], -1: [0.5, 3.1]}
    svg = ET.fromstring(histogram({sign: counts(*own) for sign, own in values.items()}, {1: 2.0, -1: 1.0}))
    bars = []
    for rect in svg.iter(f"{SVG}rect"):
        number, low, high = re.fullmatch(
            r"([\d,]+) tokens, (−?[\d.]+) to (−?[\d.]+)", rect.find(f"{SVG}title").text
        ).groups()
        ends = [float(bound.replace("−", "-")) for bound in (low, high)]
        bars.append((ends, int(number), rect.get("fill"), float(rect.get("x"))))
    for sign, own in values.items():
        for value in own:
            (found,) = [
                bar for bar in bars if min(bar[0]) <= sign * value <= max(bar[0]) and bar[0][0] != sign * value * 2
            ]
            low, high = np.abs(found[0])
            assert (found[2] == "#d6402b") == (np.sqrt(low * high) >= {1: 2, -1: 1}[sign])
    assert sum(number for _, number, _, _ in bars) == 8
    order = sorted(bars, key=lambda bar: sum(bar[0]))
    assert [bar[3] for bar in order] == sorted(bar[3] for bar in bars)
    text = histogram({1: counts(1.0)}, {1: 0.5})
    assert text.count("this sign has no graph") == 1
    assert "this sign has no graph" not in histogram({1: counts(1.0), -1: counts(1.0)}, {1: 0.5, -1: 0.5})


@pytest.mark.parametrize("values", [[], [0.0], [2.0**-13], [5000.0], [2.0**-13, 5000.0]])
def test_a_histogram_of_the_extremes_stays_on_its_ground(values):
    svg = ET.fromstring(histogram({1: counts(*values)}, {1: 0.5 * (max(values, default=1.0) or 1.0)}))
    for rect in svg.iter(f"{SVG}rect"):
        assert 46 <= float(rect.get("x")) <= 560
        assert 0 <= float(rect.get("y")) <= float(rect.get("y")) + float(rect.get("height")) <= 172.1
    assert edges()[-1] == np.inf


# -------------------------------------------------------------------------------------- scripts


@pytest.fixture
def written(tmp_path):
    """The files of a block, and its page by the script."""
    graphs = tmp_path / "graphs.jsonl"
    lines = [json.dumps(each, ensure_ascii=False) + "\n" for each in GRAPHS]
    graphs.write_text("".join(lines), encoding="utf-8")
    run = tmp_path / "m/c/mean/pca/equal-10/region_neurons.tsv"
    # That another model has in another corpus is not of this page.
    across = similar(((2, 1), (11, 1), "subset")).assign(corpus="another")
    tables = {
        tmp_path / "scores.tsv": (scores(), contracts.SCORES),
        tmp_path / "failures.tsv": (failures(), contracts.FAILURES),
        tmp_path / "summary.tsv": (block_summary(scores(), failures(), seed=0), None),
        tmp_path / "labels.tsv": (labels(), contracts.LABEL_NEURONS),
        tmp_path / "similar.tsv": (similar(((2, 1), (10, 1), "subset")), contracts.SIMILAR),
        tmp_path / "across.tsv": (across, contracts.SIMILAR),
        run: (regions(), contracts.REGION_NEURONS),
    }
    for path, (table, contract) in tables.items():
        keys = list(contract.key) if contract else []
        ordered = table.sort_values(keys, kind="stable") if keys else table
        store.write_tsv(path, ordered, provenance=EMPTY, contract=contract)
    files = {path.stem: str(path) for path in tables if path != run} | {"graphs": str(graphs)}
    told = {"study": "demo", "model": "m", "corpus": "c", "block": 3, "threshold": 0.5}
    write_neuron_page.write_neuron_page(str(TEMPLATE), files, str(tmp_path / "page.html"), regions=[str(run)], **told)
    return tmp_path / "page.html"


def test_the_script_makes_the_page_of_its_files(written):
    run = "mean · pca · equal-10"
    assert written.read_text(encoding="utf-8") == page(regions={run: regions()})


def test_a_block_is_drawn_into_a_folder_that_is_whole(written):
    folder = written.parent / "drawn"
    folder.mkdir()
    (folder / "old.svg").touch()
    draw_neurons.draw_neurons(str(written.with_name("graphs.jsonl")), str(folder), of="m, c")
    names = [f"{name}.{end}" for name in ("10-plus", "11-plus", "2-minus", "2-plus") for end in ("dot", "svg")]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert "m, c · block 3 · neuron 2 −" in (folder / "2-minus.svg").read_text(encoding="utf-8")
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    draw_neurons.draw_neurons(str(written.with_name("graphs.jsonl")), str(folder), of="m, c")
    assert first == {path.name: path.read_bytes() for path in folder.iterdir()}
    broken = written.with_name("broken.jsonl")
    broken.write_text(json.dumps(GRAPHS[0]) + "\n{", encoding="utf-8")
    with pytest.raises(json.JSONDecodeError):
        draw_neurons.draw_neurons(str(broken), str(folder), of="m, c")
    assert first == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert not [path for path in written.parent.iterdir() if path.name.startswith(".")]


# ---------------------------------------------------------------------------------- in a browser

CLICKS = """<script>
(async () => {
const proof = {errors: []}, list = document.getElementById("list"), detail = document.getElementById("detail");
addEventListener("error", event => proof.errors.push(event.message));
addEventListener("unhandledrejection", event => proof.errors.push(String(event.reason)));
const until = async (what, test) => {
  for (let tries = 0; tries < 200; tries++) {
    if (test()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  proof.errors.push(`never: ${what}`);
};
const rows = () => [...list.tBodies[0].rows].map(row => row.cells[0].textContent);
const set = (name, value) => {
  const field = document.querySelector(`#filters [name=${name}]`);
  field.value = value; field.dispatchEvent(new Event("input", {bubbles: true}));
  return rows();
};
const chosen = () => `${detail.dataset.neuron} ${detail.dataset.sign}`;
try {
await until("ready", () => document.documentElement.dataset.ready);
proof.started = chosen(); proof.rows = rows();
const sort = name => { document.querySelector(`[data-sort=${name}]`).click(); return rows(); };
proof.byNumber = sort("neuron"); proof.byNumberDown = sort("neuron"); proof.byDensity = sort("density");
proof.bySequence = sort("sequence"); proof.bySequenceUp = sort("sequence");
sort("neuron");
proof.part = set("token", "THE"); proof.exact = set("token", '" the"'); proof.newline = set("token", '"\\\\n"');
proof.quotes = set("token", '"say \\\\"x\\\\""');
set("token", "the"); proof.activating = set("role", "activating"); proof.context = set("role", "context");
set("role", ""); set("token", "");
proof.minus = set("only", "-1"); set("only", "");
proof.kind = set("kind", "single-token"); proof.neither = set("kind", "neither"); set("kind", "");
proof.number = set("number", "11"); set("number", "");
proof.f1 = set("f1", "0.5"); proof.all = set("f1", ""); proof.count = document.getElementById("count").textContent;
[...list.tBodies[0].rows].find(row => row.cells[0].textContent === "10 +").cells[1].click();
await until("10", () => chosen() === "10 1");
proof.hash = location.hash;
proof.current = [...list.querySelectorAll("[aria-current]")].map(row => row.cells[0].textContent);
proof.title = detail.querySelector("h2").textContent;
proof.mark = detail.querySelector("mark").textContent;
proof.svgText = [...detail.querySelectorAll("svg title")][0].textContent;
proof.images = document.querySelectorAll("img").length; proof.scripts = document.querySelectorAll("script").length;
const regions = [...detail.querySelectorAll("table")].at(-1);
proof.regions = [...regions.tBodies[0].rows].map(row => [row.className, row.cells[0].textContent, row.cells.length]);
const box = detail.querySelector(".scroll table").closest(".scroll");
const marks = () => [...["goes-left", "goes-right"].map(name => box.classList.contains(name)), box.tabIndex];
const scrolled = place => { box.scrollLeft = place; box.dispatchEvent(new Event("scroll")); return marks(); };
box.style.width = "20rem"; dispatchEvent(new Event("resize"));
proof.edges = [scrolled(0), scrolled(40), scrolled(10000)];
box.style.width = "200rem"; dispatchEvent(new Event("resize")); proof.edges.push(marks());
proof.headings = [...detail.querySelectorAll("h3")].map(each => each.textContent);
const link = [...detail.querySelectorAll(".links a")][0]; proof.link = link.getAttribute("href"); link.click();
await until("2 +", () => chosen() === "2 1"); proof.followed = detail.querySelector("h2").textContent;
document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "j", bubbles: true}));
await until("next", () => chosen() !== "2 1"); proof.next = chosen();
const own = list.querySelector("[aria-current] a"); own.focus();
own.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowUp", bubbles: true}));
await until("back", () => chosen() === "2 1"); proof.focused = document.activeElement.textContent;
location.hash = "#neuron=99"; await until("problem", () => !document.getElementById("problem").hidden);
proof.problem = document.getElementById("problem").textContent; proof.still = chosen();
} catch (error) { proof.errors.push(String(error.stack)); }
proof.attacked = window.attacked ?? null;
document.body.insertAdjacentHTML("beforeend", "<pre id=proof></pre>");
document.getElementById("proof").textContent = JSON.stringify(proof);
})();
</script></body>"""


@pytest.mark.slow
def test_filtering_sorting_and_choosing_work_in_a_browser(written, tmp_path):
    proof = proof_of(written, CLICKS, tmp_path)
    assert proof["errors"] == []
    table = scores()
    own = table[(table["method"] == "graph") & (table["split"] == "text") & (table["quantile"] == 0)]
    names = {(row.neuron, row.sign): f"{row.neuron} {'+' if row.sign > 0 else '−'}" for row in own.itertuples()}
    best = own.sort_values("f1", ascending=False)
    by_f1 = [names[pair] for pair in zip(best["neuron"], best["sign"], strict=True)]
    assert proof["rows"] == by_f1
    assert proof["started"] == f"{best['neuron'].iloc[0]} {best['sign'].iloc[0]}"
    assert proof["byNumber"] == ["2 +", "2 −", "10 +", "11 +"]
    assert proof["byNumberDown"] == ["11 +", "10 +", "2 +", "2 −"]
    assert proof["byDensity"] == ["11 +", "10 +", "2 +", "2 −"]
    # What has no score comes last, either way.
    assert proof["bySequence"][-1] == proof["bySequenceUp"][-1] == "2 −"
    assert proof["bySequence"][:3] == proof["bySequenceUp"][2::-1]
    assert proof["part"] == ["2 +", "11 +"]
    assert proof["exact"] == ["2 +", "11 +"]
    assert proof["newline"] == ["10 +"]
    assert proof["quotes"] == ["11 +"]
    assert (proof["activating"], proof["context"]) == (["2 +"], ["11 +"])
    assert proof["minus"] == ["2 −"]
    assert proof["kind"] == ["2 −"]
    assert proof["neither"] == ["10 +", "11 +"]
    assert proof["number"] == ["11 +"]
    strong = {names[row.neuron, row.sign] for row in own.itertuples() if row.f1 >= 0.5}
    assert 0 < len(strong) < 4
    assert set(proof["f1"]) == strong
    assert proof["all"] == ["2 +", "2 −", "10 +", "11 +"]
    assert proof["count"] == "4 of 4"
    assert proof["hash"] == "#neuron=10&sign=1"
    assert proof["current"] == ["10 +"]
    assert proof["title"] == "Neuron 10 +"
    assert proof["mark"] == ATTACK
    assert proof["svgText"].startswith(visible(ATTACK))
    # The page's own, whose data are gone when they are read, and the one that clicks.
    assert (proof["images"], proof["scripts"], proof["attacked"]) == (0, 2, None)
    expected = ["Graph", "Scores in held-out documents", "Strongest examples it was made of", "How strong it is"]
    expected += ["Output tokens it raises most", "Output tokens it lowers most"]
    expected += ["Neurons that respond to the same tokens", "Labels, by how well it tells them from the others"]
    assert proof["headings"] == [*expected, "Regions, by how well it tells them from the others"]
    # What an untrained network tells as well stands apart.
    assert [row[0] for row in proof["regions"]] == ["", "group", "untrained"]
    assert [row[2] for row in proof["regions"]] == [9, 1, 9]
    assert proof["regions"][1][1].startswith("No more than untrained")
    # A box that goes on to the left or right says so, and takes keys.
    assert proof["edges"] == [[False, True, 0], [True, True, 0], [True, False, 0], [False, False, -1]]
    assert (proof["link"], proof["followed"]) == ("#neuron=2&sign=1", "Neuron 2 +")
    assert (proof["next"], proof["focused"]) == ("2 -1", "2 +")
    assert proof["problem"] == "This block has no graph of neuron 99."
    assert proof["still"] == "2 1"


@pytest.mark.slow
@pytest.mark.parametrize(("hash_", "title"), [("#neuron=2&sign=-1", "Neuron 2 −"), ("#neuron=11", "Neuron 11 +")])
def test_an_address_chooses_a_neuron(written, tmp_path, hash_, title):
    parsed = Parsed(in_browser(written.as_uri() + hash_, tmp_path))
    assert title in parsed.texts
    assert next(attributes["data-ready"] for tag, attributes in parsed.tags if tag == "html") == "4"


@pytest.mark.slow
def test_of_a_long_list_the_first_rows_are_drawn_until_all_are_asked_for(tmp_path):
    graphs = [neuron(number, 1, [pattern(1)], density=0.1) for number in range(350)]
    clicks = CLICKS[: CLICKS.index("proof.started")] + (
        "proof.first = rows().length; document.getElementById('more').click(); proof.rest = rows().length;\n"
        "location.hash = '#neuron=349&sign=1'; await until('last', () => chosen() === '349 1');\n"
    )
    clicks += CLICKS[CLICKS.index("} catch") :]
    path = tmp_path / "page.html"
    path.write_text(page(graphs=graphs, scores=scores(graphs)).replace("</body>", clicks), encoding="utf-8")
    dom = in_browser(path.as_uri(), tmp_path)
    proof = json.loads(html.unescape(re.search(r'<pre id="proof">(.*?)</pre>', dom, re.DOTALL)[1]))
    assert proof == {"errors": [], "first": 300, "rest": 350, "attacked": None}
