"""The tiny study, run to its end: every product is there, agrees with the others, and shows what was planted."""

import csv
import html.parser
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections import Counter
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

import h5py
import networkx as nx
import numpy as np
import pytest
import yaml
from scipy.stats import spearmanr
from sklearn.cluster import KMeans
from workflow_runs import EVERYTHING, SHORT, STUDY, jobs, products

from nrag import contracts, regions, store, studies
from nrag.studies import release

MODELS = ("encoder", "decoder")
LAYERS = range(4)
SIZE = 5
LABELS = {"": {"": 60}, "topic": {"sea": 30, "sky": 30}, "coin": {"heads": 30, "tails": 30}}


@pytest.fixture(scope="module")
def rows(finished):
    """The source as a CSV reader sees it."""
    with (finished.folder / "data" / "words.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def graph_folder(place, model):
    return place.results / "nrags" / model / "words" / "mean" / "pca" / f"equal-{SIZE}"


def cells_of(place, model):
    return store.read_table(graph_folder(place, model) / "cells.parquet", contracts.CELLS)


def edges_of(place, model):
    return store.read_table(graph_folder(place, model) / "edges.parquet", contracts.EDGES)


# ------------------------------------------------------------------------------------ what is there


def test_every_product_of_the_contracts_is_there_and_no_other(finished):
    graphs = [f"nrags/{model}/words/mean/pca/equal-5" for model in MODELS]
    drawn = [f"{kind}--{model}--words--mean--pca--equal-5--pair" for kind in ("nrag", "maps") for model in MODELS]
    drawn += [f"{kind}--words--mean--pca--equal-5--pair" for kind in ("metrics", "separation", "rarefaction")]
    drawn += ["probing--words--mean--pair", "stability--words--pair"]
    probed = ["texts--words--pair", *(f"{model}--words--mean--pair" for model in MODELS)]
    correlated = [f"nrags/{model}/words/mean/pca3" for model in MODELS]
    drawn += [f"components--{model}--words--mean--pca3--pair" for model in MODELS]
    tables = [
        "corpora/words/quality.tsv",
        *(
            f"studies/tiny/tables/{name}.tsv"
            for name in ("metrics", "layers", "component-metrics", "quality", "reductions", "probing")
        ),
        *(f"studies/tiny/tables/{name}.tsv" for name in ("tests", "intervals", "contrasts", "rarefaction")),
        *(f"studies/tiny/tables/{name}.tsv" for name in ("stability", "faithfulness", "path-memory")),
    ]
    tables += ["studies/tiny/versions.tsv", *(f"studies/tiny/figures/{name}.tsv" for name in drawn)]
    tables += [f"{graph}/{name}.tsv" for graph in graphs + correlated for name in ("nodes", "edges")]
    tables += [f"{graph}/node-metrics.tsv" for graph in graphs]
    words = {"space": "bag-of-words", "pooling": "words"}
    expected = [
        *(f"corpora/words/{name}.parquet" for name in ("texts", "rows", "corpus")),
        *(f"activations/{model}/words.h5" for model in MODELS),
        *(f"coordinates/{model}/words/mean/{name}.h5" for model in MODELS for name in ("pca", "pca3")),
        *(f"{graph}/{name}.parquet" for graph in graphs for name in ("cells", "edges", "metrics")),
        *(f"{graph}/{name}.parquet" for graph in correlated for name in ("components", "metrics")),
        *(f"{graph}/nrag.graphml" for graph in graphs + correlated),
        *(f"studies/tiny/probing/{name}.parquet" for name in probed),
        f"activations/{words['space']}/words.h5",
        f"coordinates/{words['space']}/words/{words['pooling']}/pca.h5",
        f"nrags/{words['space']}/words/{words['pooling']}/pca/equal-5/cells.parquet",
        f"studies/tiny/tests/{words['space']}--words--{words['pooling']}--pca--equal-5.parquet",
        *(
            f"studies/tiny/{kind}/{model}--words--mean--pca--equal-5.parquet"
            for kind in ("tests", "path-memory")
            for model in MODELS
        ),
        *(f"studies/tiny/faithfulness/{model}--words--mean.parquet" for model in MODELS),
        *(f"studies/tiny/stability/{model}--words{part}.parquet" for model in MODELS for part in ("", "--regions")),
        *(
            f"studies/tiny/samples/words--mean--pca--equal-5--{kind}.parquet"
            for kind in ("intervals", "contrasts", "rarefaction")
        ),
        *(f"studies/tiny/figures/{name}.{suffix}" for name in drawn for suffix in ("pdf", "svg", "png")),
        *tables,
        *(f"{table}.json" for table in tables),
        "studies/tiny/index.html",
        "studies/tiny/methods.md",
        "studies/tiny/tables/tests.tex",
        "studies/tiny/config.resolved.yaml",
    ]
    assert sorted(products(finished.results)) == sorted(expected)


def test_every_job_left_a_log_and_a_benchmark(finished):
    for kind in ("logs", "benchmarks"):
        files = [path for path in (finished.results / kind).rglob("*") if path.is_file()]
        assert {path.relative_to(finished.results / kind).parts[0] for path in files} == EVERYTHING
    assert sum(1 for path in (finished.results / "benchmarks").rglob("*.jsonl")) == 63


# -------------------------------------------------------------------------- what agrees with what


def test_texts_and_labels_are_those_of_the_source(finished, rows):
    corpus = store.read_table(finished.results / "corpora" / "words" / "corpus.parquet", contracts.CORPUS)
    assert corpus["text"].tolist() == [row["text"] for row in rows]
    assert corpus["topic"].tolist() == [row["label"] for row in rows]
    assert corpus["coin"].tolist() == [row["coin"] for row in rows]
    assert corpus["year"].astype(str).tolist() == [row["year"] for row in rows]


@pytest.mark.parametrize("model", MODELS)
def test_activations_hold_every_pooling_and_layer_of_every_document(finished, model):
    with h5py.File(finished.results / "activations" / model / "words.h5") as file:
        assert set(file["hidden_states"]) == set(contracts.POOLINGS)
        for pooling in contracts.POOLINGS:
            assert sorted(file[f"hidden_states/{pooling}"]) == [str(layer) for layer in LAYERS]
            for layer in LAYERS:
                values = file[contracts.hidden_state(pooling, layer)][:]
                assert values.shape == (60, 16)
                assert np.isfinite(values).all()
    attributes = store.read_attributes(finished.results / "activations" / model / "words.h5")
    assert attributes["model"] == model
    texts = store.read_attributes(finished.results / "corpora" / "words" / "texts.parquet")
    assert attributes["corpus"] == texts["content"]


@pytest.mark.parametrize("model", MODELS)
def test_every_document_has_one_cell_in_every_layer(finished, model):
    cells = cells_of(finished, model)
    found = list(zip(cells["model"], cells["seed"], cells["layer"], cells["document"], strict=True))
    assert found == [(model, 0, layer, document) for layer in LAYERS for document in range(60)]
    assert cells["x"].between(0, SIZE - 1).all()
    assert cells["y"].between(0, SIZE - 1).all()


def test_regions_by_k_means_are_those_of_the_activations_on_any_number_of_cores(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    place.write(STUDY | {"grid": {"size": SIZE, "bins": "kmeans"}})
    folder = place.results / "nrags" / "encoder" / "words" / "mean" / "pca" / f"kmeans-{SIZE}"
    files = ("cells.parquet", "metrics.parquet")
    targets = [(folder / name).relative_to(place.folder) for name in files]
    place.make(*targets, cores=2)
    made = [(folder / name).read_bytes() for name in files]
    cells = regions.planes_of(store.read_table(folder / "cells.parquet", contracts.CELLS))["encoder", 0]
    rows = store.read_hidden_state(place.results / "activations" / "encoder" / "words.h5", "mean", 3).astype(float)
    labels = KMeans(SIZE**2, n_init=1, random_state=0).fit(rows - rows.mean(axis=0)).labels_
    pairs = set(zip(*cells[3].T.tolist(), labels, strict=True))
    assert len(pairs) == len(set(labels)) == SIZE**2
    shutil.rmtree(folder)
    place.make(*targets, cores=1)
    assert [(folder / name).read_bytes() for name in files] == made


@pytest.mark.parametrize("model", MODELS)
def test_edges_are_what_counting_document_by_document_gives(finished, rows, model):
    place = {(row.layer, row.document): (row.x, row.y) for row in cells_of(finished, model).itertuples()}
    counted = Counter()
    for document, row in enumerate(rows):
        for layer in LAYERS[:-1]:
            step = (layer, *place[layer, document], *place[layer + 1, document])
            for labelling, label in (("", ""), ("topic", row["label"]), ("coin", row["coin"])):
                counted[labelling, label, *step] += 1
    edges = edges_of(finished, model)
    columns = ["labelling", "label", "layer", "x0", "y0", "x1", "y1"]
    assert dict(zip(map(tuple, edges[columns].to_numpy(dtype=object)), edges["documents"], strict=True)) == counted


@pytest.mark.parametrize("model", MODELS)
def test_edges_of_a_label_sum_to_its_documents_in_every_layer(finished, model):
    sums = edges_of(finished, model).groupby(["labelling", "label", "layer"])["documents"].sum().to_dict()
    assert sums == {
        (labelling, label, layer): documents
        for labelling, labels in LABELS.items()
        for label, documents in labels.items()
        for layer in LAYERS[:-1]
    }


@pytest.mark.parametrize("model", MODELS)
def test_metrics_are_those_of_the_graph_that_networkx_builds(finished, model):
    values = store.read_table(graph_folder(finished, model) / "metrics.parquet", contracts.METRICS)
    values = values[values["level"] == "graph"].set_index(["labelling", "label", "metric"])["value"]
    edges = edges_of(finished, model)
    for labelling, labels in LABELS.items():
        for label in labels:
            graph = nx.DiGraph()
            for edge in edges[(edges["labelling"] == labelling) & (edges["label"] == label)].itertuples():
                source, target = (edge.layer, edge.x0, edge.y0), (edge.layer + 1, edge.x1, edge.y1)
                graph.add_edge(source, target, weight=edge.documents)
            occupied = Counter(layer for layer, _, _ in graph)
            possible = sum(occupied[layer] * occupied[layer + 1] for layer in LAYERS[:-1])
            found = values[labelling, label]
            assert found["mean_degree"] == pytest.approx(2 * len(graph.edges) / len(graph))
            assert found["density"] == pytest.approx(len(graph.edges) / possible)
            depth = np.mean([2 * layer / LAYERS[-1] - 1 for layer, _, _ in graph])
            assert found["center_of_mass"] == pytest.approx(depth)


def test_the_table_of_metrics_says_what_the_runs_say(finished):
    table = store.read_tsv(finished.results / "studies" / "tiny" / "tables" / "metrics.tsv")
    told = {
        (row.model, row.labelling or "", row.label or "", row.metric): row.value
        for row in table.astype(object).where(table.notna(), None).itertuples()
    }
    for model in MODELS:
        values = store.read_table(graph_folder(finished, model) / "metrics.parquet", contracts.METRICS)
        for row in values[values["level"] == "graph"].itertuples():
            value = told.pop((model, row.labelling, row.label, row.metric))
            assert np.isnan(row.value) if value is None else float(value) == pytest.approx(row.value, rel=1e-9)
    assert told == {}


@pytest.mark.parametrize("model", MODELS)
def test_the_graphml_reads_back_as_the_tables_of_nodes_and_edges(finished, model):
    folder = graph_folder(finished, model)
    graph = nx.read_graphml(folder / "nrag.graphml")
    with (folder / "nodes.tsv").open(encoding="utf-8") as file:
        nodes = {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}
    with (folder / "edges.tsv").open(encoding="utf-8") as file:
        edges = {(row["source"], row["target"]): row for row in csv.DictReader(file, delimiter="\t")}
    assert set(graph) == set(nodes)
    assert set(graph.edges) == set(edges)
    for name, data in graph.nodes(data=True):
        assert name == contracts.node(data["layer"], data["x"], data["y"])
        for column in ("documents", "topic:sea", "topic:sky", "coin:heads", "coin:tails"):
            assert data[column] == int(nodes[name][column])
    for source, target, data in graph.edges(data=True):
        assert data["weight"] == int(edges[source, target]["documents"])
        assert data["topic:sea"] + data["topic:sky"] == data["weight"]


@pytest.mark.parametrize("model", MODELS)
def test_correlations_of_components_are_those_of_scipy_over_the_documents_of_each_label(finished, rows, model):
    coordinates = store.read_coordinates(finished.results / "coordinates" / model / "words" / "mean" / "pca3.h5")
    folder = finished.results / "nrags" / model / "words" / "mean" / "pca3"
    table = store.read_table(folder / "components.parquet", contracts.COMPONENTS)
    labels = {"": lambda row: "", "topic": lambda row: row["label"], "coin": lambda row: row["coin"]}
    for (labelling, label, layer), pairs in table.groupby(["labelling", "label", "layer"]):
        chosen = [labels[labelling](row) == label for row in rows]
        here, there = (coordinates[model, 0, k][chosen] for k in (layer, layer + 1))
        expected = [spearmanr(here[:, i], there[:, j]).statistic for i in range(3) for j in range(3)]
        np.testing.assert_allclose(pairs["rho"], expected, atol=1e-12)
    assert len(table) == 5 * 3 * 9  # graphs, pairs of layers, pairs of components


@pytest.mark.parametrize("model", MODELS)
def test_the_graphml_of_components_holds_the_pairs_below_the_false_discovery_rate(finished, model):
    folder = finished.results / "nrags" / model / "words" / "mean" / "pca3"
    graph = nx.read_graphml(folder / "nrag.graphml")
    table = store.read_table(folder / "components.parquet", contracts.COMPONENTS)
    table = table[table["q"] <= 0.05]
    assert {f"{row.layer}_{row.i}" for row in table.itertuples()} <= set(graph)
    for label, name in (("", "rho"), ("sea", "topic:sea")):
        expected = {
            (f"{row.layer}_{row.i}", f"{row.layer + 1}_{row.j}"): row.rho
            for row in table[table["label"] == label].itertuples()
        }
        found = {(source, target): data[name] for source, target, data in graph.edges(data=True) if name in data}
        assert found == pytest.approx(expected)
        assert expected


def test_figures_are_what_their_names_say(finished):
    heads = {".pdf": b"%PDF-", ".png": b"\x89PNG\r\n", ".svg": b"<?xml"}
    drawn = [path for path in (finished.results / "studies" / "tiny" / "figures").iterdir() if path.suffix in heads]
    assert len(drawn) == 33
    for path in drawn:
        content = path.read_bytes()
        assert content.startswith(heads[path.suffix]), path.name
        assert len(content) > 5_000, path.name
        if path.suffix == ".svg":
            assert ElementTree.fromstring(content).tag.endswith("svg")


class Links(html.parser.HTMLParser):
    """Every address that a page names, and the ids inside it."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.addresses += [named[name] for name in ("href", "src") if name in named]
        self.ids |= {named["id"]} if "id" in named else set()


def test_every_link_of_the_page_leads_to_a_file_that_is_there(finished):
    page = finished.results / "studies" / "tiny" / "index.html"
    found = Links(page.read_text(encoding="utf-8"))
    targets = set()
    for address in found.addresses:
        parts = urlsplit(address)
        assert parts.scheme in ("", "data"), address
        if parts.path and not parts.scheme:
            assert (page.parent / unquote(parts.path)).is_file(), address
            targets.add((page.parent / unquote(parts.path)).resolve().relative_to(finished.results))
        elif parts.fragment:
            assert parts.fragment in found.ids, address
    for model in MODELS:
        assert Path(f"nrags/{model}/words/mean/pca/equal-5/nrag.graphml") in targets
        assert Path(f"activations/{model}/words.h5") in targets
    assert {path.suffix for path in targets} >= {".pdf", ".svg", ".png", ".tsv", ".parquet", ".h5", ".yaml"}


def test_the_resolved_config_means_the_same_study(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    resolved = finished.results / "studies" / "tiny" / "config.resolved.yaml"
    again = studies.load(yaml.safe_load(resolved.read_text(encoding="utf-8")), files=[resolved])
    assert again == studies.load(STUDY)


def test_versions_and_quality_tell_what_was_used_and_read(finished):
    versions = store.read_tsv(finished.results / "studies" / "tiny" / "versions.tsv")
    for package in ("torch", "transformers", "numpy", "pandas", "snakemake"):
        assert set(versions.loc[versions["package"] == package, "version"]) == {metadata.version(package)}
    # The copy that ran is no clone.
    assert versions.loc[versions["package"] == "nrag", "version"].tolist() == [release.VERSION]
    quality = store.read_tsv(finished.results / "studies" / "tiny" / "tables" / "quality.tsv")
    counts = quality[quality["problem"].isna() & quality["label"].isna()].set_index("action")["documents"]
    assert counts.astype(int).to_dict() == {"kept": 60, "read": 60}


def test_a_pooling_that_tells_few_documents_apart_is_named_in_the_log_of_its_extraction(finished):
    logs = finished.results / "logs" / "extract_activations"
    lines = {model: (logs / f"{model}--words.log").read_text(encoding="utf-8").splitlines() for model in MODELS}
    warned = {model: [line for line in lines[model] if "WARNING" in line and "pooling" in line] for model in MODELS}
    assert "pooling last: layer 0 has only" in warned["encoder"][0]
    assert "pooling first: layer 0 has only 1 different vector for 60 different documents" in warned["encoder"][1]
    assert "pooling first: layers 0 to 3 have only" in warned["decoder"][1]
    assert [len(found) for found in warned.values()] == [2, 2]


@pytest.mark.slow
def test_a_decoder_under_first_is_named_in_log_table_and_page_of_its_study(finished, tmp_path):
    place = finished.copy(tmp_path / "study")
    asked = {"models": {"decoder": STUDY["models"]["decoder"]}, "pooling": ["first", "mean"]}
    place.write(STUDY | asked | SHORT)
    assert place.planned()["reduce_layers"] == 2
    place.make()
    log = place.results / "logs" / "reduce_layers" / "decoder--words--first--pca.log"
    named = "decoder: pooling first: layers 0 to 3 have only "
    assert f"WARNING {named}" in re.sub(r" +", " ", log.read_text(encoding="utf-8")).replace("WARNING:", "WARNING")
    quality = store.read_tsv(place.results / "studies" / "tiny" / "tables" / "quality.tsv")
    shared = quality[quality["problem"] == "vector of another text"]
    assert set(shared["pooling"]) == {"first"}
    assert shared["layer"].tolist() == ["0", "1", "2", "3"]
    firsts = {text.split()[0] for text in texts_of(place)}
    assert set(shared["documents"].astype(int)) == {60 - len(firsts)}
    page = (place.results / "studies" / "tiny" / "index.html").read_text(encoding="utf-8")
    assert "Poolings that do not tell all texts apart" in page
    assert f"{60 - len(firsts)} of 60 documents have the vector of another one in layers 0 to 3." in page
    assert "do not tell" not in (finished.results / "studies" / "tiny" / "index.html").read_text(encoding="utf-8")


def texts_of(place):
    """The documents' texts."""
    return store.read_table(place.results / "corpora" / "words" / "corpus.parquet", contracts.CORPUS)["text"]


# ------------------------------------------------------------------------------ planted structure


def separation(cells, labels, layer):
    """How far the two labels' documents lie in different regions of a layer: 0 alike, 1 nowhere together."""
    there = cells[cells["layer"] == layer]
    places = list(zip(there["x"], there["y"], strict=True))
    one, other = sorted(set(labels))
    shares = [Counter(p for p, label in zip(places, labels, strict=True) if label == wanted) for wanted in (one, other)]
    return sum(abs(shares[0][p] / labels.count(one) - shares[1][p] / labels.count(other)) for p in set(places)) / 2


@pytest.mark.parametrize("model", MODELS)
def test_topics_whose_words_a_model_tells_apart_separate_and_thrown_labels_do_not(finished, rows, model):
    cells = cells_of(finished, model)
    for layer in LAYERS:
        assert separation(cells, [row["label"] for row in rows], layer) > 0.9
        # 30 documents in 25 regions differ by chance alone; of 99 permutations none goes beyond 0.7.
        assert separation(cells, [row["coin"] for row in rows], layer) < 0.7


# ----------------------------------------------------------------------------------------- targets


def test_a_finished_study_is_recognised_as_finished(finished):
    assert finished.planned() == {}


@pytest.mark.slow
def test_the_target_figures_redraws_without_a_model_or_activations(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    figures = place.results / "studies" / "tiny" / "figures"
    drawn = {path.name: path.read_bytes() for path in figures.iterdir()}
    shutil.rmtree(figures)
    shutil.rmtree(place.results / "activations")
    shutil.rmtree(place.results / "coordinates")
    assert jobs(place.make("figures")) == {
        "draw_nrag": 2,
        "draw_maps": 2,
        "draw_metrics": 1,
        "draw_components": 2,
        "draw_probing": 1,
        "draw_separation": 1,
        "draw_rarefaction": 1,
        "draw_stability": 1,
    }
    assert {path.name: path.read_bytes() for path in figures.iterdir()} == drawn


def test_the_target_check_prints_the_plan_and_makes_nothing(unfinished):
    printed = unfinished.make("check", cores=1)
    # documents x hidden states x width x poolings x bytes = 60 x 4 x 16 x 4 x 4
    assert "encoder x words" in printed
    assert "60 documents      0.1 MB  missing" in printed
    assert "\nstudy tiny, from study.yaml\n" in printed
    assert f"  snakemake --cores 1 -n {unfinished.named}\n" in printed
    assert "free here:" in printed
    assert products(unfinished.results) == {}


@pytest.mark.slow
def test_the_target_check_says_when_it_is_of_the_default_study(unfinished):
    # Without hooks, as the models and corpora of that study are of no interest here.
    printed = unfinished.make("check", "--no-hooks", cores=1, config=None)
    assert "\nstudy demo, from nrag's own config.yaml\n" in printed
    assert f"  snakemake --cores 1 -n --snakefile {unfinished.checkout / 'Snakefile'}\n" in printed


@pytest.mark.slow
def test_the_report_holds_every_figure(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    place.make("--report", "report.zip")
    shutil.unpack_archive(place.folder / "report.zip", tmp_path / "report")
    shown = list((tmp_path / "report").rglob("*.svg"))
    assert len(shown) == 11


# ------------------------------------------------------------------------------------ reproduction


@pytest.mark.slow
def test_one_core_and_two_cores_give_the_same_bytes(unfinished):
    """In another folder, too: no file may hold its own path. Clusters show it of what follows from graphs."""
    study = STUDY | {
        "models": {"encoder": {"id": "./models/bert", "controls": 1}},
        "reductions": {
            "umap": {"method": "umap", "seeds": [0, 1]},
            "own": {"method": "pca", "components": 3, "basis": "per-label"},
        },
        "spaces": {"both": {"models": ["encoder", "encoder-untrained-0"], "centre": True}},
    }
    unfinished.write(study)
    unfinished.make("nrags", cores=1)
    other = unfinished.copy(unfinished.folder.with_name("another place"))
    shutil.rmtree(other.results)
    shutil.rmtree(other.folder / ".snakemake")
    other.make("nrags", cores=2)
    one, two = products(unfinished.results), products(other.results)
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == []
    assert "nrags/both/words/mean/umap/equal-5/nrag.graphml" in one


def test_the_planted_topic_is_told_from_layers_and_words_and_not_from_length(finished):
    table = store.read_tsv(finished.results / "studies" / "tiny" / "tables" / "probing.tsv")
    table = table[table["score"] == "balanced_accuracy"].fillna("")
    assert set(zip(table["model"], table["features"], strict=True)) >= {
        *((model, features) for model in MODELS for features in ("states", "coordinates", "regions")),
        *(("", features) for features in ("bag_of_words", "text_length", "most_frequent", "stratified")),
    }
    assert (table["problem"] == "").all()
    assert set(table["chance"]) == {"0.5"}
    assert set(table.loc[table["reduction"] == "pca", "fitted_on"]) == {"train"}
    mean = table.set_index(["model", "features", "layer"])["mean"].astype(float)
    assert min(mean[model, "states", "3"] for model in MODELS) > 0.8
    assert mean["", "bag_of_words", ""] > 0.8
    assert mean["", "text_length", ""] < 0.7


def test_words_stand_beside_the_models_in_tests_and_figure_alone(finished):
    tables = finished.results / "studies" / "tiny" / "tables"
    tests = store.read_tsv(tables / "tests.tsv")
    words = tests[tests["space"] == "bag-of-words"]
    assert words[["model", "pooling", "reduction", "bins", "size"]].drop_duplicates().to_numpy().tolist() == [
        ["bag-of-words", "words", "pca", "equal", "5"]
    ]
    # Each topic has words of its own.
    overall = words[(words["metric"] == "region_divergence") & words["layer"].isna()]
    assert overall["p"].astype(float).tolist() == [0.001]
    for name in ("metrics", "layers", "component-metrics", "quality", "reductions", "probing"):
        assert not (store.read_tsv(tables / f"{name}.tsv") == "bag-of-words").any(axis=None), name
    folders = [path.name for path in (finished.results / "nrags").iterdir()]
    assert sorted(folders) == sorted([*MODELS, "bag-of-words"])
    made = {path.name for path in (finished.results / "nrags" / "bag-of-words").rglob("*") if path.is_file()}
    assert made == {"cells.parquet"}
    figure = "separation--words--mean--pca--equal-5--pair"
    shown = store.read_tsv(finished.results / "studies" / "tiny" / "figures" / f"{figure}.tsv")
    assert shown["kind"].value_counts().to_dict()["bag of words"] == 1
    assert set(shown["model"].dropna()) == set(MODELS)
    page = (finished.results / "studies" / "tiny" / "index.html").read_text(encoding="utf-8")
    assert page.index(f"figures/{figure}.png") < page.index("figures/probing--words")
    assert "bag-of-words" not in page[: page.index('id="statistics"')]
