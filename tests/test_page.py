import html.parser
import itertools
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
import write_index
from browser import in_browser, proof_of

from nrag import comparison, contracts, page, store
from nrag.page import numbers, separations
from nrag.probing import summary

TEMPLATE = Path(__file__).parents[1] / "workflow/templates/index.html.j2"
HOSTILE = ['<script>alert("x")</script>', "</script><img src=x onerror=alert(1)>", "\"'><b>&amp;", "{{ 7*7 }}", "ok"]
VALUES = {"density": (0.5, 0.25, 0.75), "zeta": (3.0, 1.0, 2.0)}


class Parsed(html.parser.HTMLParser):
    """Tags with attributes, and the text outside scripts and styles."""

    VOID = ("meta", "img", "input", "wbr", "path", "circle", "br")

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open, self.unclosed = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    def attributes(self, name):
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def place(**changes):
    return {"space": "m", "corpus": "c", "pooling": "mean", "reduction": "umap", "bins": "equal", "size": 10} | changes


def measured(labels=("b", "aa"), *, models=("m",), reductions=("umap",), values=VALUES):
    """The metric table of runs with three seeds; the values differ by model and label."""
    rows = []
    for number, model in enumerate(models):
        for reduction in reductions:
            for position, label in enumerate(("", *labels)):
                for metric, seeds in values.items():
                    for seed, value in enumerate(seeds):
                        of_label = ("topic" if label else "", label, 40 - position)
                        rows.append((model, *of_label, metric, seed, value * (1 + position) + number, reduction))
    frame = pd.DataFrame(
        rows, columns=["model", "labelling", "label", "documents", "metric", "seed", "value", "reduction"]
    )
    return frame.assign(space=frame["model"], corpus="c", pooling="mean", bins="equal", size=10, sample=pd.NA)


def figure(model, **changes):
    name = f"nrag--{model}"
    given = place(space=model) | {
        "name": name,
        "kind": "nrag",
        "comparison": "pair",
        "models": (model,),
        "files": {end: f"figures/{name}.{end}" for end in ("png", "svg", "pdf", "nodes.tsv")},
    }
    return page.Figure(**given | changes)


def quality(labels=("b", "b")):
    return comparison.quality_table([comparison.truncated_texts("c", "m", np.ones(2, dtype=bool), pd.Series(labels))])


def reductions(layers=3, *, models=("m",), reductions=("umap",)):
    """The reduction table of planes: one value per seed, which grows with the layer; layer 0 is constant."""
    qualities = {"pca": "explained_variance", "umap": "trustworthiness"}
    fits = {
        reduction: {
            (model, seed, layer): {"constant": layer == 0, qualities[reduction]: 0.1 * layer + 0.02 * seed or np.nan}
            for model in models
            for seed in range(2 if reduction == "umap" else 1)
            for layer in range(layers)
        }
        for reduction in reductions
    }
    return comparison.reduction_table((place(reduction=name), layers) for name, layers in fits.items())


def index(**changes):
    attributes = {
        "dtype": "float32",
        "device": "cpu",
        "matmul_precision": "highest",
        "max_tokens": 256,
        "revision": None,
        "weights": "0123456789abcdef0123456789abcdef",
    }
    given = {
        "study": "demo",
        "corpora": [page.Corpus("c", 79, "f" * 64, {"corpus.parquet": "../../corpora/c/corpus.parquet"})],
        "extractions": [page.Extraction("m", "c", 79, 7, 51.5, 2, attributes, {"c.h5": "../../activations/m/c.h5"})],
        "controls": {"m": ["m-untrained-0", "m-untrained-1", "m-untrained-2"]},
        "figures": [figure("m"), figure("m-untrained-0")],
        "runs": [page.Run(**place(), models=("m",), files={"cells.parquet": "../../nrags/m/cells.parquet"})],
        "metrics": measured(),
        "quality": quality(),
        "reductions": reductions(),
        "versions": pd.DataFrame({"package": ["numpy"], "version": ["2.4"], "made": ["cells"]}),
        "tables": {name: f"tables/{name}" for name in ("metrics.tsv", "layers.tsv", "quality.tsv", "reductions.tsv")},
        "resolved": "study: demo\n",
    }
    return page.index(TEMPLATE.read_text(encoding="utf-8"), **given | changes)


# ------------------------------------------------------------------------------------- one page


def test_the_page_asks_nothing_of_the_network():
    text = index()
    parsed = Parsed(text)
    loads = [*parsed.attributes("src"), *parsed.attributes("href"), *parsed.attributes("srcset")]
    assert loads
    assert not [target for target in loads if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE)]
    assert not [tag for tag, _ in parsed.tags if tag in ("link", "iframe", "object", "embed", "base")]
    assert not re.search(r"url\(|@import|https?:", text)
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|localStorage", text)
    policy = next(attributes["content"] for _, attributes in parsed.tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'")


def test_nrags_own_version_stands_in_the_open_as_well_as_among_the_software():
    software = pd.DataFrame({"package": ["nrag", "numpy"], "version": ["0.1.0+ab.edited", "2.4"], "made": "workflow"})
    text = index(versions=software)
    assert "<dt>nrag</dt><dd>0.1.0+ab.edited</dd>" in text
    assert Parsed(text).texts.count("0.1.0+ab.edited") == 2
    assert Parsed(text).texts.count("2.4") == 1


def test_the_page_is_well_formed():
    parsed = Parsed(index())
    assert parsed.open == parsed.unclosed == []
    ids = parsed.attributes("id")
    assert len(ids) == len(set(ids))
    anchors = [target[1:] for target in parsed.attributes("href") if target.startswith("#")]
    assert set(anchors) <= set(ids)
    assert all("alt" in attributes for tag, attributes in parsed.tags if tag == "img")


def test_the_same_study_gives_the_same_page():
    assert index() == index()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_from_the_data_are_text_and_never_markup(hostile):
    plain, attacked = (
        Parsed(index()),
        Parsed(
            index(
                study=hostile,
                metrics=measured((hostile, "aa")),
                quality=quality((hostile, None)),
                resolved=f"study: {hostile}\n",
                versions=pd.DataFrame({"package": [hostile], "version": [hostile], "made": [hostile]}),
                figures=[figure("m", comparison=hostile, caption=hostile), figure("m-untrained-0")],
                probing=probes(
                    [(hostile, hostile), ("both", hostile)],
                    [(hostile, hostile), ("d", "e")],
                    poolings=(hostile, "mean"),
                    reduction=hostile,
                    problem=hostile,
                ),
                tables={name: name for name in ("metrics.tsv", "layers.tsv", "reductions.tsv", "probing.tsv")},
            )
        ),
    )
    count = [tag for tag, _ in attacked.tags].count
    assert count("script") == count("style") == 1
    assert count("img") == len([1 for tag, _ in plain.tags if tag == "img"])
    assert attacked.open == attacked.unclosed == []
    assert not [name for _, attributes in attacked.tags for name in attributes if name.startswith("on")]
    assert hostile in attacked.texts
    assert f"={hostile}" in attacked.attributes("data-label")
    assert f"={hostile}" in attacked.attributes("value")
    for name in ("corpus", "model", "pooling", "reduction"):
        assert hostile in attacked.attributes(f"data-{name}")


def test_links_survive_characters_that_mean_something_in_an_address():
    name = 'figures/50% "a" #1?.png'
    parsed = Parsed(index(figures=[figure("m", files={"png": name})]))
    found = [target for target in parsed.attributes("src") if target.startswith("figures/")]
    assert [unquote(target) for target in found] == [name]
    assert not set(found[0]) & set('"#? ')


# -------------------------------------------------------------------------------------- gallery


def test_trained_and_untrained_stand_side_by_side_in_the_order_given():
    figures = [
        figure("m"),
        figure("m", comparison="other"),
        figure("m-untrained-0"),
        figure("m-untrained-0", comparison="other"),
    ]
    parsed = Parsed(index(figures=figures))
    assert parsed.attributes("src") == ["figures/nrag--m.png", "figures/nrag--m-untrained-0.png"] * 2
    assert [text for text in parsed.texts if text in ("pair", "other")] == ["pair", "other"]


def test_a_figure_shows_png_enlarges_svg_and_links_every_file():
    text = index(figures=[figure("m")])
    plate = text[text.index("<figure") : text.index("</figure>")]
    parsed = Parsed(plate)
    assert parsed.attributes("src") == ["figures/nrag--m.png"]
    assert parsed.attributes("href")[0] == "figures/nrag--m.svg"
    assert [target.split("m.", 1)[1] for target in parsed.attributes("href")[1:]] == ["png", "svg", "pdf", "nodes.tsv"]


def test_a_figure_without_a_picture_is_said_to_be_one():
    parsed = Parsed(index(figures=[figure("m", files={"pdf": "figures/a.pdf"})]))
    assert not [target for target in parsed.attributes("src") if target]
    assert "Drawn as pdf only" in parsed.texts


def test_a_figure_has_its_caption_below():
    text = index(figures=[figure("m", caption="What is drawn."), figure("n", caption="Something else.")])
    texts = Parsed(text[text.index("<figure") : text.rindex("</figure>")]).texts
    found = [text for text in texts if text in ("What is drawn.", "Something else.", "m", "n")]
    assert found == ["m", "What is drawn.", "n", "Something else."]


def test_only_facets_with_a_choice_are_offered():
    runs = [
        page.Run(**place(reduction=reduction), models=("m", "n"), files={}) for reduction in ("umap", "pca", "umap")
    ]
    parsed = Parsed(index(runs=runs))
    assert parsed.attributes("data-facet") == ["model", "reduction", "label"]


# -------------------------------------------------------------------------------------- metrics


def view(**changes):
    return page.metric_view(comparison.summary(measured(**changes)))


def test_metric_rows_hold_mean_and_range_of_their_label():
    rows = {row["label"]: row for row in view(values={"density": (0.5, 0.25, 0.9)})["rows"]}
    everything, first, second = rows[""]["cells"][0], rows["b"]["cells"][0], rows["aa"]["cells"][0]
    assert (everything["text"], everything["range"]) == ("0.55", "0.25 to 0.90")
    assert (first["text"], first["range"]) == ("1.10", "0.50 to 1.80")
    assert second["value"] == "1.65"
    assert rows["aa"]["documents"] == 38


def test_marks_lie_between_the_smallest_and_the_largest_number_of_the_column():
    rows = view(labels=("b",), values={"density": (1.0, 1.0, 4.0)})["rows"]
    assert [row["cells"][0]["places"] for row in rows] == [["0.000", "0.143", "0.429"], ["0.143", "0.429", "1.000"]]


def test_a_column_of_one_value_has_no_marks_and_no_range():
    (row,) = view(labels=(), values={"density": (2.0, 2.0, 2.0)})["rows"]
    assert (row["cells"][0]["places"], row["cells"][0]["range"]) == ([], "")


def test_counts_have_no_decimals_and_means_of_counts_have():
    whole, mean = (view(labels=(), values={"edges": seeds})["rows"][0] for seeds in ((5, 5, 8), (5, 5, 9)))
    assert (whole["cells"][0]["text"], whole["cells"][0]["range"]) == ("6", "5 to 8")
    assert (mean["cells"][0]["text"], mean["cells"][0]["range"]) == ("6.33", "5.00 to 9.00")


def test_means_that_happen_to_be_whole_have_decimals_where_a_seed_has_none():
    (row,) = view(labels=(), values={"alpha": (1.5, 2.0, 2.5)})["rows"]
    assert (row["cells"][0]["text"], row["cells"][0]["range"]) == ("2.00", "1.50 to 2.50")


def test_undefined_values_show_and_sort_as_such():
    rows = view(labels=(), values={"density": (np.nan,) * 3, "zeta": (1.0, np.nan, 2.0)})["rows"]
    never, partly = rows[0]["cells"]
    assert never is None
    assert (partly["text"], partly["partly"]) == ("1.50", "2 of 3 seeds")
    assert '<td class="n none" data-v="">–</td>' in index(metrics=measured(values={"density": (np.nan,)}))


def test_metrics_of_llm_mri_come_first_and_are_open():
    columns = view(values={"alpha": (1.0,), "center_of_mass": (1.0,), "mean_degree": (1.0,)})["columns"]
    assert [(column["name"], column["open"]) for column in columns] == [
        ("mean_degree", True),
        ("center_of_mass", True),
        ("alpha", False),
    ]
    assert all(column["open"] for column in view(values={"alpha": (1.0,), "beta": (1.0,)})["columns"])


def test_what_is_told_of_a_labelling_stands_in_the_row_of_all_documents():
    table = measured(values={"density": (1.0, 2.0)})
    told = table[table["label"] == ""].assign(labelling="topic", metric="community_information", documents=7)
    shown = page.metric_view(comparison.summary(pd.concat([table, told], ignore_index=True)))
    names = [column["name"] for column in shown["columns"]]
    assert names == ["density", "community_information of topic"]
    assert [row["label"] for row in shown["rows"]] == ["", "b", "aa"]
    assert [row["cells"][1] is not None for row in shown["rows"]] == [True, False, False]
    assert shown["rows"][0]["documents"] == table.loc[table["label"] == "", "documents"].iloc[0]


def test_metrics_of_projections_are_left_to_the_table():
    shown = view(values={"density": (1.0,), "even_density": (2.0,), "odd_edges": (3.0,), "evenness": (4.0,)})
    assert [column["name"] for column in shown["columns"]] == ["density", "evenness"]


def test_values_of_a_sample_say_so():
    table = measured(labels=(), values={"reachable_pairs": (0.5,)}).assign(sample=2000)
    assert "from 2\u202f000 regions" in index(metrics=table)
    assert "regions</small>" not in index(metrics=measured())


def test_columns_that_say_the_same_everywhere_are_told_once():
    several = view(models=("m", "n"), reductions=("pca", "umap"))
    assert several["varying"] == ["model", "reduction"]
    assert several["fixed"] == {"corpus": "c", "pooling": "mean", "grid": "10 × 10 equal", "labelling": "topic"}
    assert len(several["rows"]) == 2 * 2 * 3
    shared = measured(models=("m", "n")).assign(space="both")
    assert page.metric_view(comparison.summary(shared))["fixed"]["space"] == "both"


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(-0.0004, 2, "0.00"), (-0.25, 1, "−0.2"), (1234567, 0, "1\u202f234\u202f567"), (0, 3, "0.000"), (-10.0, 0, "−10")],
)
def test_numbers_read_well(value, places, text):
    assert numbers.number(value, places) == text


# ------------------------------------------------------------------------------------ reductions


def kept(*args, **options):
    return page.reduction_view(comparison.reduction_summary(reductions(*args, **options)))


def test_reductions_have_a_row_per_model_and_a_column_per_layer():
    view = kept(models=("m", "n"), reductions=("pca", "umap"))
    assert view["layers"] == [0, 1, 2]
    assert [(row["name"], row["reduction"], row["measure"], row["cells"]) for row in view["rows"]] == [
        ("m", "pca", "share of variance", [None, "0.10", "0.20"]),
        ("n in m", "pca", "share of variance", [None, "0.10", "0.20"]),
        ("m", "umap", "trustworthiness", ["0.02", "0.11", "0.21"]),
        ("n in m", "umap", "trustworthiness", ["0.02", "0.11", "0.21"]),
    ]


def test_a_model_of_fewer_layers_has_empty_cells():
    deep = reductions(4).assign(model="deep", space="deep")
    view = page.reduction_view(comparison.reduction_summary(pd.concat([reductions(2), deep])))
    assert {row["name"]: row["cells"] for row in view["rows"]} == {
        "m": ["0.02", "0.11", None, None],
        "deep": ["0.02", "0.11", "0.21", "0.31"],
    }


def test_the_page_shows_what_reductions_keep():
    texts = " ".join(" ".join(Parsed(index(reductions=reductions(reductions=("pca",)))).texts).split())
    assert "model reduction quality emb 1 2 m pca share of variance – 0.10 0.20" in texts


MODELS = (("m", "m"), ("m-untrained-0", "m-untrained-0"))


def probes(
    models=MODELS, compared=(("c", "pair"),), poolings=("mean",), layers=("0", "1"), reduction="umap", problem=None
):
    """The table of probes, as it is read back: of every file the models' rows, and the texts' once.

    `models` pair a space with a model; one named shallow lacks the last of the `layers`.
    """
    kinds = [
        ("regions", reduction, "equal", "6", "all"),
        ("coordinates", reduction, "", "", "all"),
        ("states", "", "", "", ""),
    ]
    rows = []
    for corpus, comparison_ in compared:
        for pooling in poolings:
            for space, model in models:
                place = {"space": space, "corpus": corpus, "pooling": pooling, "comparison": comparison_}
                own = layers[:-1] if model == "shallow" else layers
                rows += [
                    place
                    | {"model": model, "features": kind, "reduction": name, "bins": bins, "size": size}
                    | {"fitted_on": fitted_on, "layer": layer, "score": score, "mean": mean}
                    for kind, name, bins, size, fitted_on in kinds
                    for layer, mean in zip([*own, ""], ["0.5", "0.6251", *["0.75"] * len(own)], strict=False)
                    for score in ("accuracy", "balanced_accuracy")
                ]
                rows += [place | {"problem": problem, "comparison": "other"}] if problem else []
        rows += [
            {"corpus": corpus, "comparison": comparison_, "features": kind, "score": "balanced_accuracy"}
            | {"mean": "0.875"}
            for kind in ("most_frequent", "bag_of_words")
        ]
    table = pd.DataFrame(rows).assign(chance="0.5", standard_error="0.034")
    columns = [*summary.PLACE, *summary.SET, "score", "mean", "standard_error", "chance", "problem"]
    return table.reindex(columns=columns).astype("string").replace("", pd.NA)


def section(text, name):
    """The part of the page under a heading."""
    start = text.index(f'<section id="{name}"')
    return Parsed(text[start : text.index("</section>", start)])


def test_probes_have_a_row_per_kind_of_features_and_a_column_per_layer_texts_first():
    view = page.probing_view(probes())
    assert view["layers"] == [0, 1]
    assert view["varying"] == view["problems"] == []
    of_model = [
        "hidden state",
        "umap coordinates, fitted on all documents",
        "umap 6 × 6 regions, fitted on all documents",
    ]
    assert [(row["name"], row["what"]) for row in view["rows"]] == [
        ("texts alone", "bag of words"),
        *(("m", what) for what in of_model),
        *(("m-untrained-0", what) for what in of_model),
    ]
    texts, *_, last = view["rows"]
    assert texts["cells"] == [None, None, {"text": "0.88", "error": "± 0.03"}]
    assert [cell["text"] for cell in last["cells"]] == ["0.50", "0.63", "0.75"]
    assert {row["chance"] for row in view["rows"]} == {"0.50"}


def test_probes_stand_as_the_gallery_does_by_comparison_pooling_model_and_space():
    models = [*MODELS, ("both", "m"), ("both", "m-untrained-0")]
    compared = [("c", "x"), ("c", "y"), ("d", "y"), ("d", "x")]
    view = page.probing_view(probes(models, compared, poolings=("mean", "last")))
    assert view["varying"] == ["corpus", "pooling"]
    places = [(row["corpus"], row["comparison"], row["pooling"], row["name"]) for row in view["rows"]]
    named = ["m", "m in both", "m-untrained-0", "m-untrained-0 in both"]
    assert [place for place, _ in itertools.groupby(places)] == [
        place
        for each in compared
        for place in [
            (*each, "", "texts alone"),
            *((*each, pooling, name) for pooling in ("mean", "last") for name in named),
        ]
    ]


def test_probes_of_a_shallower_model_have_empty_cells_and_layers_stand_as_numbers():
    view = page.probing_view(probes([("deep", "deep"), ("shallow", "shallow")], layers=("0", "2", "10")))
    assert view["layers"] == [0, 2, 10]
    last = {row["name"]: [cell and cell["text"] for cell in row["cells"]] for row in view["rows"]}
    assert last["deep"] == ["0.50", "0.63", "0.75", "0.75"]
    assert last["shallow"] == ["0.50", "0.63", None, "0.75"]


def test_bins_are_named_where_they_differ():
    several = pd.concat([probes(), probes().replace("equal", "quantile").query("features == 'regions'")])
    found = [row["what"].split(",")[0] for row in page.probing_view(several)["rows"] if row["name"] == "m"]
    assert found[2:] == ["umap 6 × 6 equal regions", "umap 6 × 6 quantile regions"]


def test_the_page_shows_probes_and_what_was_not_probed_once():
    tables = {name: name for name in ("metrics.tsv", "layers.tsv", "reductions.tsv", "probing.tsv")}
    text = index(probing=probes(poolings=("mean", "last"), problem="<b> has 2 documents"), tables=tables)
    shown = section(text, "probing")
    said = " ".join(" ".join(shown.texts).split())
    assert "comparison pooling model features chance emb 1 all pair texts alone bag of words 0.50 – – 0.88" in said
    assert "pair mean m hidden state 0.50 0.50 ± 0.03 0.63 ± 0.03" in said
    assert said.count("Not probed: c, other: <b> has 2 documents") == 1
    assert "#probing" in Parsed(text).attributes("href")
    assert "#probing" not in Parsed(index()).attributes("href")


def test_rows_of_probes_carry_what_the_page_is_narrowed_by():
    tables = {name: name for name in ("metrics.tsv", "layers.tsv", "reductions.tsv", "probing.tsv")}
    shown = section(index(probing=probes(MODELS[:1]), tables=tables), "probing")
    rows = [attributes for tag, attributes in shown.tags if tag == "tr" and attributes]
    model = {"data-corpus": "c", "data-model": "m", "data-pooling": "mean"}
    assert rows == [
        {"data-corpus": "c"},
        model,
        model | {"data-reduction": "umap"},
        model | {"data-reduction": "umap", "data-grid": "6 × 6 equal"},
    ]


# ---------------------------------------------------------------------------------------- cards


def test_a_corpus_shows_its_labels_with_counts_and_what_was_found():
    rows = pd.DataFrame(
        {"row": [0, 1], "document": pd.array([0, None], dtype="Int32"), "left_out": [None, "not sampled"]}
    )
    none = pd.DataFrame(columns=["document", "id", "label", "problem", "action"], dtype="str")
    found = comparison.quality_table([comparison.corpus_quality("c", rows, none)])
    texts = " ".join(" ".join(Parsed(index(quality=found)).texts).split())
    assert "Documents by topic aa 38 b 39" in texts
    assert "1 × not sampled, left out" in texts
    assert "79 of the 2 rows" in texts


def test_poolings_that_do_not_tell_texts_apart_are_a_notice_of_their_own():
    parts = [
        comparison.lost_differences("c", "m", "first", {0: 1, 1: 60, 2: 58}, documents=70),
        comparison.lost_differences("c", "m-untrained-0", "first", {0: 1, 1: 60, 2: 58}, documents=70),
        comparison.lost_differences("c", "m", "last", {0: 12, 1: 70, 2: 70}, documents=70),
        *(
            comparison.constant_layers("c", "first", {(model, 0, 0): {"constant": True}}, documents=79)
            for model in ("m", "m-untrained-0")
        ),
    ]
    parsed = Parsed(index(quality=comparison.quality_table(parts)))
    texts = " ".join(" ".join(parsed.texts).split())
    assert "Poolings that do not tell all texts apart" in texts
    assert (
        "first pooling of m, m-untrained-0 on c: every document has the same vector in layer 0; "
        "10–12 of 79 documents have the vector of another one in layers 1, 2." in texts
    )
    assert (
        "last pooling of m on c: 58 of 79 documents have the vector of another one in layer 0; "
        "the layers above tell all apart." in texts
    )
    items = [attributes for tag, attributes in parsed.tags if tag == "li" and "data-pooling" in attributes]
    assert [(item["data-model"], item["data-pooling"]) for item in items] == [
        ("m m-untrained-0", "first"),
        ("m", "last"),
    ]


def test_without_labels_and_problems_the_page_says_so():
    texts = " ".join(Parsed(index(metrics=measured(()), quality=comparison.quality_table([]))).texts)
    assert "No labels: all documents together." in texts
    assert "No problem was found" in texts
    assert "do not tell all texts apart" not in texts


def test_many_labels_are_folded():
    labels = [f"label {number:02}" for number in range(30)]
    text = index(metrics=measured(labels, values={"density": (1.0,)}))
    assert "18 more labels" in text
    counts = text[text.index('class="counts"') : text.index("<details><summary")]
    assert "label 11" in counts
    assert "label 12" not in counts


def test_a_trained_model_with_few_controls_is_said_to_have_too_few():
    attributes = dict.fromkeys(("dtype", "device", "matmul_precision", "max_tokens", "revision", "weights"), "a")
    made = [
        page.Extraction(name, corpus, 1, 1, 1.0, 0, attributes)
        for name in ("m", "m-untrained-0", "other")
        for corpus in ("c", "d")
    ]
    text = index(extractions=made, controls={"m": ["m-untrained-0"], "other": []})
    assert text.count("1 untrained twin; a published comparison needs 3 controls") == 2
    assert text.count("0 untrained twins; a published comparison needs 3 controls") == 2
    assert "controls</dd>" not in index(extractions=made, controls={"m": ["a", "b", "c"], "other": ["a"] * 4})


def test_the_weights_of_a_model_are_told_once_and_once_more_where_they_are_others():
    def made(corpus, weights):
        attributes = dict.fromkeys(("dtype", "device", "matmul_precision", "max_tokens", "revision"), "a")
        return page.Extraction("m", corpus, 1, 1, 1.0, 0, attributes | {"weights": weights})

    assert index(extractions=[made("c", "0a"), made("d", "0a")]).count("weights of m") == 1
    assert index(extractions=[made("c", "0a"), made("d", "0b")]).count("weights of m") == 2


# ----------------------------------------------------------------------------------- statistics

EDGES, REGIONS = separations.SHOWN


def separated(effects, metric=EDGES, **changes):
    """Rows of tests.tsv, as they are read back: of whole graphs, by model; and of a layer, which no row shows."""
    rows = [
        {"space": model, "corpus": "c", "pooling": "mean", "reduction": "pca", "bins": "equal", "size": "6"}
        | {"comparison": "pair", "model": model, "test": "separation", "metric": metric, "layer": layer}
        | {"observed": str(effect + 0.25), "null_mean": "0.25", "effect": str(effect), "q": "0.04", "p_holm": "0.0002"}
        | {"documents": '{"sea": 30, "<b>": 25}', "null": "labels permuted"}
        | changes
        for model, effect in effects.items()
        for layer in ("", "1")
    ]
    return pd.DataFrame(rows).astype("string").replace("", pd.NA)


TWINS = {"m": ["m-untrained-0", "m-untrained-1"]}


def test_statistics_have_a_row_per_trained_model_beside_the_range_of_its_controls():
    tests = pd.concat(
        [
            separated({"m": 0.5, "m-untrained-0": 0.125, "m-untrained-1": -0.0625, "other": 0.75}),
            separated({"m": 0.375}, REGIONS),
            separated({"m": 9}, "shared_regions"),
        ],
        ignore_index=True,
    )
    view = page.statistics_view(tests, TWINS)
    assert [row["model"] for row in view["rows"]] == ["m", "other"]
    edges, regions = view["rows"][0]["cells"][:4], view["rows"][0]["cells"][4:]
    assert [cell and cell["text"] for cell in edges] == ["0.500", "−0.062 to 0.125", None, "0.0002"]
    assert edges[0]["beside"] == "0.750 − 0.250"
    assert [cell and cell["text"] for cell in regions] == ["0.375", None, None, "0.04"]
    assert [cell and cell["text"] for cell in view["rows"][1]["cells"][4:]] == [None] * 4
    assert view["rows"][0]["documents"] == "30 sea, 25 <b>"
    assert (view["varying"], view["null"]) == ([], "labels permuted")


def test_several_nulls_are_a_column():
    within = separated({"m": 0.5}, comparison="within", null="labels permuted within pair")
    view = page.statistics_view(pd.concat([separated({"m": 0.5}), within], ignore_index=True), {})
    assert (view["varying"], view["null"]) == (["null"], "")
    assert [row["null"] for row in view["rows"]] == ["labels permuted", "labels permuted within pair"]


def test_rows_of_one_comparison_stand_together():
    parts = [separated({"m": 0.5}, comparison=name, reduction=how) for how in ("pca", "umap") for name in "ab"]
    rows = page.statistics_view(pd.concat(parts, ignore_index=True), {})["rows"]
    places = [("a", "pca"), ("a", "umap"), ("b", "pca"), ("b", "umap")]
    assert [(row["comparison"], row["reduction"]) for row in rows] == places


def test_controls_of_another_condition_are_not_a_models_own():
    tests = pd.concat([separated({"m": 0.5}), separated({"m-untrained-0": 0.125}, size="8")], ignore_index=True)
    (row,) = page.statistics_view(tests, TWINS)["rows"]
    assert row["cells"][1] is None


def test_controls_of_another_space_are_not_a_models_own():
    alone = separated({"m": 0.5, "m-untrained-0": 0.125})
    shared = separated({"m": 0.75, "m-untrained-0": 0.25, "other": 0.5}, space="both")
    # Of its model's twins this space has one alone, and not the model: it stands for itself.
    without = separated({"m-untrained-1": 0.375, "other": 0.5}, space="pair")
    view = page.statistics_view(pd.concat([alone, shared, without], ignore_index=True), TWINS)
    told = {row["name"]: row["cells"][1] and row["cells"][1]["text"] for row in view["rows"]}
    assert told == {
        "m": "0.125",
        "m in both": "0.250",
        "other in both": None,
        "m-untrained-1 in pair": None,
        "other in pair": None,
    }


def test_contrasts_stand_with_their_interval_in_the_row_of_their_model():
    place = {"space": "m", "corpus": "c", "pooling": "mean", "reduction": "pca", "bins": "equal", "size": "6"}
    of_layers = place | {"comparison": "pair", "model": "m", "test": "separation", "metric": EDGES}
    contrasts = pd.DataFrame(
        [
            of_layers | {"layer": "", "value": "0.25", "low": "0.125", "high": "0.5", "m": "12"},
            of_layers | {"layer": "1", "value": "9", "low": "8", "high": "10", "m": "12"},
            of_layers | {"layer": "", "metric": REGIONS, "value": "0.0625", "low": "", "high": "", "m": "12"},
        ]
    )
    tests = pd.concat([separated({"m": 0.5, "other": 0.5}), separated({"m": 0.5}, REGIONS)], ignore_index=True)
    own, other = page.statistics_view(tests, {}, contrasts.astype("string").replace("", pd.NA))["rows"]
    assert own["cells"][2] == {"text": "0.250", "value": "0.25", "beside": "0.125 to 0.500, 12 a label"}
    assert own["cells"][6] == {"text": "0.062", "value": "0.0625", "beside": "no interval, 12 a label"}
    assert other["cells"][2] is None


def test_words_alone_stand_beside_every_model_and_make_no_column_of_poolings():
    of_words = separated({"bag-of-words": 0.625}, REGIONS, pooling="words")
    tests = pd.concat([separated({"m": 0.375}, REGIONS), of_words], ignore_index=True)
    view = page.statistics_view(tests, TWINS)
    assert view["varying"] == []
    row = view["rows"][1]
    assert [row[name] for name in ("name", "model", "pooling", "reduction")] == ["bag of words", "", "", "pca"]
    assert [cell and cell["text"] for cell in row["cells"]] == [None] * 4 + ["0.625", None, None, "0.04"]
    tables = {name: f"tables/{name}" for name in ("metrics.tsv", "layers.tsv", "quality.tsv", "reductions.tsv")}
    tables["tests.tsv"] = "tables/tests.tsv"
    shown = index(tests=tests, tables=tables)
    shown = shown[shown.index('id="statistics-table"') :]
    own, words = shown[shown.index("<tbody>") : shown.index("</table>")].split("<tr ")[1:]
    assert 'data-model="m" data-pooling="mean"' in own
    assert "data-model" not in words
    assert "data-pooling" not in words
    assert 'data-reduction="pca"' in words
    said = "how far words alone do: bag of words"
    assert said in index(tests=tests, tables=tables)
    assert said not in index(tests=separated({"m": 0.5}), tables=tables)


def test_a_comparison_of_one_label_is_said_to_be_that_once_and_has_no_row():
    undefined = dict.fromkeys(("observed", "null_mean", "effect", "q", "p_holm", "null"), "")
    single = separated(
        {"m": 0.5, "other": 0.5}, **undefined, comparison="<one>", documents='{"sea": 30}', note="nothing to compare"
    )
    tests = pd.concat([separated({"m": 0.5}), single], ignore_index=True)
    elsewhere = pd.concat([single, single.assign(corpus="d"), single.assign(comparison="two")], ignore_index=True)
    problems = page.statistics_view(elsewhere, TWINS)["problems"]
    assert [(each["corpus"], each["comparison"]) for each in problems] == [("c", "<one>"), ("d", "<one>"), ("c", "two")]
    view = page.statistics_view(tests, TWINS)
    assert [(row["comparison"], row["model"]) for row in view["rows"]] == [("pair", "m")]
    assert (view["varying"], view["null"]) == ([], "labels permuted")
    tables = {name: f"tables/{name}" for name in ("metrics.tsv", "layers.tsv", "quality.tsv", "reductions.tsv")}
    tables["tests.tsv"] = "tables/tests.tsv"
    said = "Not tested: c, <one> (30 sea): nothing to compare"
    assert " ".join(section(index(tests=tests, tables=tables), "statistics").texts).count(said) == 1
    told = " ".join(section(index(tests=single, tables=tables), "statistics").texts)
    assert said in told
    assert "No comparison has two labels." in told
    assert "nan" not in told
    assert page.statistics_view(separated({"m": 0.5}), {})["problems"] == []


def test_undefined_tests_show_as_such():
    tests = separated({"m": 0.5}, effect="", p_holm="", observed="")
    assert page.statistics_view(tests, {})["rows"][0]["cells"][:4] == [None] * 4


def test_the_page_shows_statistics_and_says_so_in_its_navigation():
    tables = {name: f"tables/{name}" for name in ("metrics.tsv", "layers.tsv", "quality.tsv", "reductions.tsv")}
    text = index(tests=separated({"m": 0.5}), tables=tables | {"tests.tsv": "tables/tests.tsv"})
    assert 'href="#statistics"' in text
    assert "25 &lt;b&gt;" in text
    assert "<td>25 <b>" not in text
    assert 'href="#statistics"' not in index()
    further = {name: f"tables/{name}" for name in ("tests.tsv", "tests.tex", "faithfulness.tsv", "path-memory.tsv")}
    linked = index(tests=separated({"m": 0.5}), tables=tables | further | {"methods.md": "methods.md"})
    assert all(f'href="{place}"' in linked for place in [*further.values(), "methods.md"])
    assert "methods.md" not in text
    assert not any(name in text for name in ("tests.tex", "faithfulness.tsv", "path-memory.tsv"))
    empty = index(tests=separated({"m": 0.5})[:0], tables=tables | {"tests.tsv": "tables/tests.tsv"})
    assert "No comparison has two labels." in " ".join(section(empty, "statistics").texts)


# --------------------------------------------------------------------------------------- script


def drawn_table():
    """The table of a figure of one region in each of two layers."""
    common = {"model": "m", "seed": 0, "label": ["", ""], "item": "region", "layer": [0, 1], "documents": 2}
    return pd.DataFrame(
        common | {"color": "#000000", "positions": "fixed", "drawn": True, "left_out": None, "stability": None}
    )


@pytest.fixture
def written(tmp_path):
    """The page of a tiny study, made by the script from its files."""
    root = tmp_path / "results"
    empty = {"software": {}, "parameters": {}, "inputs": {}}
    nothing = dict.fromkeys(("group", "time", "hover"), "str")
    corpus = pd.DataFrame(
        {"document": [0, 1], "id": ["secret id", "i"], "text": ["secret text", "more"], "label": ["b", "aa"]}
    )
    corpus = corpus.assign(group=None, time=None, hover=None).astype(nothing)
    store.write_table(root / "corpora/c/corpus.parquet", corpus, contracts.CORPUS, provenance=empty)

    def activations(file):
        for layer in range(3):
            store.add_array(file, contracts.hidden_state("mean", layer), np.ones((2, 2), dtype=np.float32))
        store.add_array(file, "documents/id", np.array(["secret id", "i"], dtype=object))
        store.add_array(file, "documents/tokens", np.array([3, 9], dtype=np.int32))
        store.add_array(file, "documents/truncated", np.array([False, True]))

    attributes = dict.fromkeys(contracts.ACTIVATIONS.attributes, "a") | {"model": "m", "max_tokens": 256}
    made = root / "activations/m/c.h5"
    store.write_arrays(made, contracts.ACTIVATIONS, activations, provenance=empty, **attributes)
    study = root / "studies/demo"
    store.write_tsv(study / "tables/metrics.tsv", measured(reductions=("pca", "umap")), provenance=empty)
    store.write_tsv(study / "tables/layers.tsv", comparison.layer_table([]), provenance=empty)
    store.write_tsv(study / "tables/quality.tsv", quality(), provenance=empty)
    store.write_tsv(study / "tables/reductions.tsv", reductions(reductions=("pca", "umap")), provenance=empty)
    store.write_tsv(study / "versions.tsv", comparison.version_table([("cells", {"numpy": "2.4"})]), provenance=empty)
    figures, drawn = [], []
    for reduction in ("pca", "umap"):
        name = f"nrag--m--{reduction}"
        figures.append(
            place(reduction=reduction) | {"name": name, "kind": "nrag", "models": ["m"], "comparison": "pair"}
        )
        for end in ("png", "svg", "nodes.tsv"):
            store.write_text(study / f"figures/{name}.{end}", "<svg xmlns='http://www.w3.org/2000/svg'/>")
            drawn.append(str(study / f"figures/{name}.{end}"))
        drawn.append(str(study / f"figures/{name}.tsv"))
        store.write_tsv(drawn[-1], drawn_table(), provenance=empty)
    runs = []
    for reduction in ("pca", "umap"):
        cells = root / f"nrags/m/c/mean/{reduction}/equal-10/cells.parquet"
        store.write_text(cells, "")
        runs.append(place(reduction=reduction) | {"models": ["m"], "files": [str(cells)]})
    for name in ("quality.tsv", "rows.parquet"):
        store.write_text(root / "corpora/c" / name, "")
    store.write_text(study / "config.resolved.yaml", "")
    write_index.write_index(
        str(TEMPLATE),
        str(study / "tables/metrics.tsv"),
        str(study / "tables/layers.tsv"),
        str(study / "tables/quality.tsv"),
        str(study / "tables/reductions.tsv"),
        str(study / "versions.tsv"),
        [str(root / "corpora/c/corpus.parquet")],
        [str(made)],
        drawn,
        str(study / "index.html"),
        study="demo",
        pooling="mean",
        controls={"m": []},
        resolved="study: demo\n",
        figures=figures,
        runs=runs,
    )
    return study / "index.html"


def test_every_link_of_the_written_page_leads_to_a_file(written):
    parsed = Parsed(written.read_text(encoding="utf-8"))
    targets = {
        target for target in [*parsed.attributes("href"), *parsed.attributes("src")] if not target.startswith("#")
    }
    assert not [target for target in targets if not (written.parent / unquote(target)).is_file()]
    assert "../../nrags/m/c/mean/umap/equal-10/cells.parquet" in targets
    assert "figures/nrag--m--pca.svg" in targets
    assert "../../activations/m/c.h5" in targets


def test_no_text_and_no_id_of_a_document_is_on_the_page(written):
    assert "secret" not in written.read_text(encoding="utf-8")


def test_the_written_page_tells_what_the_model_read(written):
    texts = " ".join(" ".join(Parsed(written.read_text(encoding="utf-8")).texts).split())
    assert "hidden states 3 (0 = embeddings)" in texts
    assert "6 in the median document, at most 256" in texts
    assert "truncated 1 of 2 documents computed in" in texts


def test_the_written_page_has_captions_with_numbers_of_documents_and_seeds(written):
    texts = " ".join(" ".join(Parsed(written.read_text(encoding="utf-8")).texts).split())
    assert "m on c: all documents (n = 2). Mean pooling, reduction umap, 10 × 10 equal bins." in texts
    assert "Regions were fitted on all 2 documents of the corpus. Drawn: seed 0 of 0, 1 and 2." in texts


# -------------------------------------------------------------------------------------- browser

CLICKS = """<script>
const proof = {errors: []};
addEventListener("error", event => proof.errors.push(event.message));
addEventListener("securitypolicyviolation", event => proof.errors.push(event.blockedURI));
const rows = () => [...document.querySelectorAll("#metric-table tbody tr")].filter(row => !row.hidden)
  .map(row => row.dataset.reduction + " " + row.cells[0].textContent);
const button = document.querySelector("#metric-table [data-sort=density]");
const sorted = () => button.closest("th").getAttribute("aria-sort");
const choose = (facet, value) => {
  const select = document.querySelector(`select[data-facet=${facet}]`);
  select.value = value;
  select.dispatchEvent(new Event("change"));
};
proof.first = rows();
button.click(); proof.descending = rows(); proof.sortedOnce = sorted();
button.click(); proof.ascending = rows(); proof.sortedTwice = sorted();
choose("reduction", "umap"); proof.narrowed = rows();
proof.plates = [...document.querySelectorAll(".plate")].filter(plate => !plate.closest("[hidden]")).length;
choose("label", "=aa"); proof.label = rows(); proof.hash = location.hash;
button.click(); choose("label", ""); choose("reduction", ""); proof.last = rows(); proof.sortedThrice = sorted();
const box = document.querySelector("[data-column=zeta]");
box.click(); proof.zeta = document.querySelector("[data-sort=zeta]").closest("th").hidden;
document.querySelector(".plate > a").click();
const viewer = document.getElementById("viewer");
const shown = () => viewer.querySelector("img").getAttribute("src").split("/").pop();
proof.open = viewer.open; proof.picture = shown();
viewer.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"})); proof.next = shown();
viewer.querySelector("[data-close]").click(); proof.closed = !viewer.open;
document.body.insertAdjacentHTML("beforeend", "<pre id=proof></pre>");
document.getElementById("proof").textContent = JSON.stringify(proof);
</script></body>"""


@pytest.mark.slow
def test_sorting_narrowing_and_enlarging_work_in_a_browser(written, tmp_path):
    proof = proof_of(written, CLICKS, tmp_path)
    assert proof["errors"] == []
    assert (
        proof["first"] == proof["last"] == [f"{r} {x}" for r in ("pca", "umap") for x in ("all documents", "b", "aa")]
    )
    assert [row.split(" ", 1)[1] for row in proof["descending"]] == ["aa", "aa", "b", "b", *["all documents"] * 2]
    assert proof["ascending"][0] == "pca all documents"
    assert [proof["sortedOnce"], proof["sortedTwice"], proof["sortedThrice"]] == ["descending", "ascending", None]
    assert proof["narrowed"] == ["umap all documents", "umap b", "umap aa"]
    assert proof["plates"] == 1
    assert proof["label"] == ["umap aa"]
    assert proof["hash"] == "#sort=density&order=ascending&reduction=umap&label=%3Daa"
    assert proof["zeta"] is False
    assert (proof["open"], proof["picture"], proof["next"]) == (True, "nrag--m--pca.svg", "nrag--m--umap.svg")
    assert proof["closed"]


@pytest.mark.slow
def test_an_address_restores_a_view(written, tmp_path):
    dom = in_browser(written.as_uri() + "#sort=density&order=descending&reduction=pca&find=a&columns=zeta", tmp_path)
    parsed = Parsed(dom)
    rows = [attributes for tag, attributes in parsed.tags if tag == "tr" and "data-label" in attributes]
    assert [row["data-label"] for row in rows if "hidden" not in row] == ["=aa", "=b", "="]
    assert next(attributes["data-ready"] for tag, attributes in parsed.tags if tag == "html") == "3"
    sorts = [attributes["aria-sort"] for tag, attributes in parsed.tags if tag == "th" and "aria-sort" in attributes]
    assert sorts == ["descending"]
    heads = [attributes for tag, attributes in parsed.tags if tag == "th" and attributes.get("scope") == "col"]
    hidden = [attributes for attributes in heads if "hidden" in attributes]
    assert not hidden


def test_separations_under_every_condition_stand_together_and_say_theirs():
    drawn = [figure(each, kind="separation", space=None, reduction=each) for each in ("pca", "umap")]
    text = index(figures=[*drawn, figure("m", reduction="pca")])
    assert text.count("<h4>") == 2
    order = ("<h4>label separation</h4>", "nrag--pca.png", "nrag--umap.png", "<h4>pca ·")
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    plates = text.split('<figure class="plate wide"')[1:]
    for name, plate in zip(("pca", "umap"), plates, strict=True):
        shown = plate[: plate.index("</figure>")]
        assert f'data-reduction="{name}"' in shown
        assert f"<b>How far labels lie apart beyond chance · {name} · mean pooling · 10 × 10 equal bins</b>" in shown


def test_a_figure_of_all_reductions_is_shown_whichever_is_chosen():
    text = index(figures=[figure("m", kind="probing", space=None, reduction=None)])
    plate = text[text.index('<figure class="plate wide"') : text.index("</figure>")]
    assert "data-reduction" not in plate
    assert "data-grid" not in plate
    assert "Probing: how well labels are told from each layer" in plate
    assert "all reductions · mean pooling" in text


@pytest.mark.parametrize("kind", ["metrics", "probing", "separation", "rarefaction", "stability"])
def test_a_figure_of_all_models_is_wide_and_named_after_no_space(kind):
    text = index(figures=[figure("m", kind=kind, space=None)])
    assert '<figure class="plate wide"' in text
    assert "None" not in text


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("drift", "line: drift by layer"),
        ("series", "line: drift along training"),
        ("dendrogram", "line: which checkpoints are near"),
        ("members", "line: NRAGs of the checkpoints"),
    ],
)
def test_a_figure_of_checkpoints_is_wide_and_named_after_its_space(kind, named):
    text = index(figures=[figure("m", kind=kind, space="line", comparison="checkpoints of line")])
    assert '<figure class="plate wide"' in text
    assert f"<figcaption><b>{named}</b>" in text
    assert "<h3>checkpoints of line<small>" in text


# ---------------------------------------------------------------------------------------- neurons


def traced():
    """The study's table of traced blocks as read back: two blocks of a model, both signs together and each."""
    rows = []
    for block, sign in itertools.product((0, 1), (0, 1, -1)):
        for method, split in itertools.product(("graph", "token", "sequence"), ("text", "top")):
            f1 = {"graph": 0.6, "token": 0.4, "sequence": np.nan}[method]
            f1 += 0.1 * (split == "top") + 0.01 * block - 0.3 * abs(sign)
            row = {"model": "m", "corpus": "c", "block": block, "sign": sign, "method": method, "split": split}
            row |= {"neurons": 1234, "failed": 2, "detection_auc": 0.87}
            rows.append(row | {"f1": f1, "f1_low": f1 - 0.05, "f1_high": f1 + 0.05})
    return pd.DataFrame(rows).astype("string")


def test_traced_blocks_have_a_row_each_with_graphs_beside_both_tables_and_a_link():
    pages = {("c", "m", 1): "neurons/m--c--block-1.html"}
    tables = {name: f"tables/{name}" for name in ("metrics.tsv", "layers.tsv", "quality.tsv", "reductions.tsv")}
    tables |= {"neurons.tsv": "tables/neurons.tsv"}
    text = index(neurons=traced(), neuron_pages=pages, tables=tables)
    assert Parsed(text).open == Parsed(text).unclosed == []
    part = text[text.index('<section id="neurons"') :]
    first, second = re.findall(r"<tr data-corpus.*?</tr>", part[: part.index("</section>")], re.DOTALL)
    assert "<td>block 0</td>" in first
    assert '<td><a href="neurons/m--c--block-1.html">block 1</a></td>' in second
    assert re.findall(r'<td class="n">(.*?)</td>', second) == [
        "1\u202f234",
        "2",
        "0.61<small>0.56 to 0.66</small>",
        "0.41<small>0.36 to 0.46</small>",
        "–<small></small>",
        "0.71<small>0.66 to 0.76</small>",
        "0.87",
    ]
    assert "href" not in first
    assert 'href="#neurons"' in text
    assert 'id="neurons"' not in index()


def test_what_tells_labels_and_regions_is_linked_where_it_is():
    tables = {name: f"tables/{name}" for name in ("metrics.tsv", "layers.tsv", "quality.tsv", "reductions.tsv")}
    tables |= {name: f"tables/{name}" for name in ("neurons.tsv", "similar_neurons.tsv", "changed_neurons.tsv")}
    files = {"cells.parquet": "cells.parquet", "region_neurons.tsv": "neurons/m/c/region_neurons.tsv"}
    given = {"neurons": traced(), "neuron_labels": {("c", "m"): "neurons/m/c/label_neurons.tsv"}, "tables": tables}
    given |= {"runs": [page.Run(**place(), models=("m",), files=files)]}
    text = index(**given)
    part = text[text.index('<section id="neurons"') : text.index('<section id="metrics"')]
    assert part.count('href="neurons/m/c/label_neurons.tsv"') == 2
    assert 'href="tables/similar_neurons.tsv"' in part
    assert 'href="tables/changed_neurons.tsv"' in part
    assert "region_neurons.tsv among its" in part
    assert 'href="neurons/m/c/region_neurons.tsv"' in text[text.index('<section id="files"') :]
    without = index(neurons=traced(), tables={name: tables[name] for name in list(tables)[:5]})
    assert "which tell labels" not in without
    assert "changed_neurons" not in without
    assert "region_neurons" not in without
