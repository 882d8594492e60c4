import io
import itertools
from pathlib import Path

import collect_metrics
import collect_quality
import collect_reductions
import numpy as np
import pandas as pd
import pytest
import record_versions

from nrag import comparison, contracts, store

HERE = {"space": "m", "corpus": "c", "pooling": "mean", "reduction": "umap", "bins": "equal", "size": 10}
STRANGE = ["", "01", "NA", "a\tb", 'say "no"', "true", "ä\nö"]


def metrics(values, *, model="m", documents=7):
    """A metrics table from {(seed, label, metric): value}, with layer and node rows beside."""
    rows = [
        (model, seed, "topic" if label else "", label, "graph", None, None, None, metric, value, None, documents)
        for (seed, label, metric), value in values.items()
    ]
    rows += [(model, 0, "", "", "layer", 1, None, None, "regions", 99.0, None, documents)]
    rows += [(model, 0, "", "", "node", 1, 2, 3, "degree", 98.0, None, documents)]
    frame = pd.DataFrame(rows, columns=[column.name for column in contracts.METRICS.columns])
    frame = frame.astype({"layer": "Int16", "x": "Int16", "y": "Int16", "sample": "Int32"})
    return frame.sort_values(list(contracts.METRICS.key), na_position="first", ignore_index=True)


@pytest.fixture
def two_runs():
    seeds = {(seed, label, "density"): 0.1 * seed + len(label) for seed in (0, 1, 2) for label in ("", "b", "aa")}
    pca = {(0, label, "density"): 5.0 for label in ("", "b", "aa")}
    return [(HERE, metrics(seeds)), (HERE | {"reduction": "pca"}, metrics(pca))]


def as_tsv(table, path):
    store.write_tsv(path, table, provenance={})
    return path.read_bytes()


# --------------------------------------------------------------------------------------- metrics


def test_metric_table_has_every_graph_level_value_and_no_other(two_runs):
    table = comparison.metric_table(two_runs)
    found = {(row.reduction, row.seed, row.label): row.value for row in table.itertuples()}
    assert len(table) == len(found) == 12
    assert found["umap", 2, "aa"] == 2.2
    assert found["pca", 0, "aa"] == 5.0
    assert set(table["metric"]) == {"density"}


def test_layer_table_has_every_value_of_a_layer_and_no_other(two_runs):
    table = comparison.layer_table(two_runs)
    assert table[["reduction", "label", "metric", "layer", "value"]].to_numpy().tolist() == [
        ["pca", "", "regions", 1, 99.0],
        ["umap", "", "regions", 1, 99.0],
    ]
    assert list(comparison.layer_table([]).columns) == list(table.columns)


def test_tables_and_summary_say_which_values_are_of_a_sample(tmp_path):
    frame = metrics({(seed, "b", name): 1.0 for seed in (0, 1) for name in ("density", "reachable_pairs")})
    frame.loc[frame["metric"] == "reachable_pairs", "sample"] = 50
    table = comparison.metric_table([(HERE, frame)])
    as_tsv(table, tmp_path / "metrics.tsv")
    for found in (table, store.read_tsv(tmp_path / "metrics.tsv")):
        summary = comparison.summary(found)
        assert dict(zip(summary["metric"], summary["sample"], strict=True)) == {"density": 0, "reachable_pairs": 50}


def test_order_of_runs_and_rows_does_not_change_the_table(two_runs, tmp_path):
    shuffled = [(place, frame.sample(frac=1, random_state=1)) for place, frame in reversed(two_runs)]
    straight = as_tsv(comparison.metric_table(two_runs), tmp_path / "a.tsv")
    assert as_tsv(comparison.metric_table(shuffled), tmp_path / "b.tsv") == straight
    assert straight.decode().split("\n")[1].startswith("m\tc\tmean\tpca\tequal\t10\tm\t\t\t7\tdensity\t0\t5")


def test_summary_is_mean_lowest_and_highest_over_the_seeds():
    values = {(0, "b", "density"): 1.0, (1, "b", "density"): 2.0, (2, "b", "density"): 6.0, (0, "", "density"): 4.0}
    summary = comparison.summary(comparison.metric_table([(HERE, metrics(values))]))
    everything, label = summary.itertuples()
    assert (label.label, label.mean, label.low, label.high, label.seeds, label.defined) == ("b", 3.0, 1.0, 6.0, 3, 3)
    assert (everything.label, everything.mean, everything.low, everything.high, everything.seeds) == ("", 4, 4, 4, 1)


def test_undefined_values_are_counted_and_left_out_of_the_mean():
    values = {(0, "b", "m1"): 1.0, (1, "b", "m1"): np.nan, (2, "b", "m1"): 4.0, (0, "b", "m2"): np.nan}
    table = comparison.metric_table([(HERE, metrics(values))])
    assert len(table) == 4
    partly, never = comparison.summary(table).itertuples()
    assert (partly.mean, partly.low, partly.high, partly.seeds, partly.defined) == (2.5, 1.0, 4.0, 3, 2)
    assert (never.seeds, never.defined) == (1, 0)
    assert np.isnan([never.mean, never.low, never.high]).all()


def test_summary_of_the_tsv_equals_summary_of_the_table(tmp_path):
    values = {(seed, label, "density"): len(label) + seed / 8 for seed in (0, 1) for label in STRANGE}
    values[0, "NA", "density"] = np.nan
    table = comparison.metric_table([(HERE, metrics(values))])
    as_tsv(table, tmp_path / "metrics.tsv")
    read = comparison.summary(store.read_tsv(tmp_path / "metrics.tsv"))
    assert sorted(read["label"]) == sorted(STRANGE)
    pd.testing.assert_frame_equal(read, comparison.summary(table), check_dtype=False)


def test_two_spaces_with_the_same_model_stay_apart():
    shared = HERE | {"space": "shared"}
    runs = [(HERE, metrics({(0, "b", "density"): 1.0})), (shared, metrics({(0, "b", "density"): 3.0}))]
    summary = comparison.summary(comparison.metric_table(runs))
    assert dict(zip(summary["space"], summary["mean"], strict=True)) == {"m": 1.0, "shared": 3.0}


# --------------------------------------------------------------------------------------- quality


def test_layers_that_share_vectors_are_rows_and_constant_ones_are_left_to_the_reductions():
    table = comparison.lost_differences("c", "m", "first", {0: 1, 2: 5, 1: 3}, documents=5)
    rows = table[["corpus", "model", "pooling", "layer", "label", "problem", "documents"]]
    assert rows.to_numpy().tolist() == [["c", "m", "first", 1, "", "vector of another text", 2]]


def test_texts_that_a_model_reads_alike_are_counted_once():
    texts = ["a cat", "a dog", "a dog", "the cat", "a cow"]
    table = comparison.lost_texts("c", "m", texts, documents=3)
    rows = table[["corpus", "model", "pooling", "label", "problem", "documents"]]
    assert rows.to_numpy().tolist() == [["c", "m", "", "", "tokens of another text", 1]]
    assert comparison.lost_texts("c", "m", texts, documents=4).empty


def test_truncated_texts_are_counted_over_all_and_per_label():
    truncated = np.array([True, False, True, True, False])
    labels = pd.Series(["x", "x", "y", None, "y"])
    table = comparison.truncated_texts("c", "m", truncated, labels)
    assert dict(zip(table["label"], table["documents"], strict=True)) == {"": 3, "x": 1, "y": 1}
    unlabelled = comparison.truncated_texts("c", "m", truncated, None)
    assert list(unlabelled["documents"]) == [3]
    assert comparison.truncated_texts("c", "m", np.zeros(5, dtype=bool), labels).empty


@pytest.fixture
def corpus_rows():
    document = pd.array([0, 1, None, None, None], dtype="Int32")
    left_out = [None, None, "empty text", "not sampled", "not sampled"]
    return pd.DataFrame({"row": range(5), "document": document, "id": list("abcde"), "left_out": left_out})


@pytest.fixture
def problems():
    rows = [
        (0, "a", "x", "repeated text", "kept"),
        (1, "b", "y", "repeated text", "kept"),
        (1, "b", "y", "long text", "kept"),
        (None, "c", None, "empty text", "left out"),
    ]
    frame = pd.DataFrame(rows, columns=["document", "id", "label", "problem", "action"])
    return frame.astype({"document": "Int32"})


def test_corpus_quality_counts_rows_reasons_and_problems_once(corpus_rows, problems):
    table = comparison.corpus_quality("c", corpus_rows, problems)
    counts = {(row.label, row.problem, row.action): row.documents for row in table.itertuples()}
    assert counts == {
        ("", "", "read"): 5,
        ("", "", "kept"): 2,
        ("", "repeated text", "kept"): 2,
        ("x", "repeated text", "kept"): 1,
        ("y", "repeated text", "kept"): 1,
        ("", "long text", "kept"): 1,
        ("y", "long text", "kept"): 1,
        ("", "empty text", "left out"): 1,
        ("", "not sampled", "left out"): 2,
    }
    assert len(table) == len(counts)


def test_a_corpus_without_problems_has_its_totals_only(corpus_rows, problems):
    table = comparison.corpus_quality("c", corpus_rows.iloc[:2], problems.iloc[:0])
    assert list(table["action"]) == ["read", "kept"]
    assert list(table["documents"]) == [2, 2]


def test_constant_layers_are_named_once_for_all_seeds_and_reductions():
    layers = {("m", seed, layer): {"constant": layer in (0, 5)} for seed in (0, 1) for layer in range(7)}
    part = comparison.constant_layers("c", "first", layers, documents=9)
    assert list(part["layer"]) == [0, 5]
    table = comparison.quality_table([part, part])
    assert list(table["layer"]) == [0, 5]
    assert set(table["documents"]) == {9}


def test_quality_table_does_not_depend_on_the_order_of_its_parts(corpus_rows, problems, tmp_path):
    parts = [
        comparison.corpus_quality("c", corpus_rows, problems),
        comparison.corpus_quality("b", corpus_rows, problems.iloc[:1]),
        comparison.truncated_texts("c", "m", np.array([True, True]), pd.Series(["x", "x"])),
    ]
    tables = {
        as_tsv(comparison.quality_table(order), tmp_path / f"{i}.tsv")
        for i, order in enumerate(itertools.permutations(parts))
    }
    assert len(tables) == 1


# ------------------------------------------------------------------------------------ reductions

PLANE = {name: HERE[name] for name in ("space", "corpus", "pooling", "reduction")}


def fits(*, quality="trustworthiness", model="m", values=((0.5, 0.75), (0.25, np.nan))):
    """Attributes of coordinates by (model, seed, layer): `values` of each seed, layer by layer."""
    return {
        (model, seed, layer): {"constant": bool(np.isnan(value).all()), quality: value}
        for seed, layers in enumerate(values)
        for layer, value in enumerate(layers)
    }


def test_reduction_table_sums_the_variance_of_the_components_and_keeps_trustworthiness():
    shares = fits(quality="explained_variance", values=[(np.array([0.5, 0.125]), np.full(2, np.nan))])
    table = comparison.reduction_table([(PLANE, fits()), (PLANE | {"reduction": "pca"}, shares)])
    found = {(row.reduction, row.seed, row.layer): (row.quality, row.value, row.constant) for row in table.itertuples()}
    assert found["pca", 0, 0] == ("explained_variance", 0.625, False)
    assert found["umap", 1, 0] == ("trustworthiness", 0.25, False)
    assert np.isnan(found["pca", 0, 1][1])
    assert found["pca", 0, 1][2]
    assert len(table) == 6


def test_order_of_embeddings_does_not_change_the_reduction_table(tmp_path):
    embeddings = [(PLANE, fits() | fits(model="a")), (PLANE | {"reduction": "pca"}, fits(quality="explained_variance"))]
    turned = [(place, dict(reversed(layers.items()))) for place, layers in reversed(embeddings)]
    straight = as_tsv(comparison.reduction_table(embeddings), tmp_path / "a.tsv")
    assert as_tsv(comparison.reduction_table(turned), tmp_path / "b.tsv") == straight


def test_reduction_summary_is_the_mean_over_the_seeds_that_have_a_value(tmp_path):
    table = comparison.reduction_table([(PLANE, fits(values=((0.5, 0.75, np.nan), (0.25, np.nan, np.nan))))])
    as_tsv(table, tmp_path / "reductions.tsv")
    for read in (table, store.read_tsv(tmp_path / "reductions.tsv")):
        summary = comparison.reduction_summary(read)
        assert summary["layer"].tolist() == [0, 1, 2]
        np.testing.assert_array_equal(summary["value"], [0.375, 0.75, np.nan])


def test_a_study_without_embeddings_has_empty_reduction_tables():
    table = comparison.reduction_table([])
    assert list(table) == [*PLANE, "model", "seed", "layer", "constant", "quality", "value"]
    assert comparison.reduction_summary(table).empty


def test_the_script_collects_the_reductions_of_every_file(tmp_path):
    def fill(file):
        for layer, shares in enumerate(([0.5, 0.25], [0.5, 0.375])):
            place, plane = contracts.coordinates("m", 0, layer), np.zeros((4, 2), dtype=np.float32)
            store.add_array(file, place, plane, constant=False, explained_variance=np.array(shares))

    path = tmp_path / "pca.h5"
    about = dict.fromkeys(contracts.COORDINATES.attributes, "a")
    store.write_arrays(path, contracts.COORDINATES, fill, provenance={}, **about)
    table = tmp_path / "reductions.tsv"
    collect_reductions.collect_reductions([str(path)], str(table), reduced=[PLANE])
    assert store.read_tsv(table)["value"].tolist() == ["0.75", "0.875"]
    assert list(store.read_attributes(table)["provenance"]["inputs"]) == ["m--c--mean--umap"]


# --------------------------------------------------------------------------------------- versions


def test_versions_name_what_they_made_and_keep_two_of_a_package_apart():
    table = comparison.version_table(
        [("cells", {"numpy": "2.4"}), ("activations", {"torch": "2.13", "numpy": "2.4"}), ("edges", {"numpy": "2.5"})]
    )
    rows = list(table.itertuples(index=False, name=None))
    assert rows == [("numpy", "2.4", "activations, cells"), ("numpy", "2.5", "edges"), ("torch", "2.13", "activations")]


# ---------------------------------------------------------------------------------------- scripts


@pytest.fixture
def results(tmp_path, corpus_rows, problems):
    """The files of a tiny study: a corpus of three documents, a model with two layers, one reduction."""
    provenance = {"software": {"python": "3.11.0", "torch": "2.13.0"}, "parameters": {}, "inputs": {}}
    corpus = pd.DataFrame({"document": range(3), "id": list("abc"), "text": list("tuv"), "label": list("xyy")})
    corpus = corpus.assign(group=None, time=None, hover=None).astype(dict.fromkeys(("group", "time", "hover"), "str"))
    store.write_table(tmp_path / "corpus.parquet", corpus, contracts.CORPUS, provenance=provenance)
    store.write_table(tmp_path / "rows.parquet", corpus_rows, contracts.ROWS, provenance=provenance)
    store.write_tsv(tmp_path / "quality.tsv", problems, provenance=provenance, contract=contracts.QUALITY)

    def activations(file):
        for pooling, layer, vectors in (("mean", 0, 1), ("mean", 1, 3), ("first", 0, 1), ("first", 1, 2)):
            rows = np.arange(3, dtype=np.float32)[:, None] % vectors
            store.add_array(file, contracts.hidden_state(pooling, layer), rows, distinct=vectors)
        store.add_array(file, "documents/id", np.array(list("abc"), dtype=object))
        store.add_array(file, "documents/tokens", np.array([3, 9, 4], dtype=np.int32))
        store.add_array(file, "documents/truncated", np.array([False, True, False]))

    def coordinates(file):
        for layer in (0, 1):
            plane = np.zeros((3, 2), dtype=np.float32)
            store.add_array(file, contracts.coordinates("m", 0, layer), plane, constant=layer == 0)

    attributes = dict.fromkeys(contracts.ACTIVATIONS.attributes, "m") | {"distinct": 3}
    store.write_arrays(tmp_path / "m.h5", contracts.ACTIVATIONS, activations, provenance=provenance, **attributes)
    attributes = dict.fromkeys(contracts.COORDINATES.attributes, "m")
    store.write_arrays(tmp_path / "pca.h5", contracts.COORDINATES, coordinates, provenance=provenance, **attributes)
    return tmp_path


def test_collect_quality_finds_what_was_planted(results):
    for _ in range(2):
        collect_quality.collect_quality(
            [f"{results}/rows.parquet"],
            [f"{results}/quality.tsv"],
            [f"{results}/corpus.parquet"],
            [f"{results}/m.h5"],
            [f"{results}/pca.h5"],
            f"{results}/table.tsv",
            labelling={"c": "label"},
            extracted=[("m", "c")],
            reduced=[("c", "mean")],
            pooling=["first", "mean"],
        )
    table = store.read_tsv(results / "table.tsv").fillna("")
    of_model = table[table["model"] == "m"].drop(columns=["corpus", "model"])
    assert [tuple(row) for row in of_model.itertuples(index=False)] == [
        ("", "", "", "truncated text", "kept", "1"),
        ("", "", "y", "truncated text", "kept", "1"),
        ("first", "1", "", "vector of another text", "kept", "1"),
        ("mean", "0", "", "constant layer", "kept", "3"),
    ]
    assert len(table) == 4 + 9


def test_collect_metrics_pairs_files_with_their_runs(two_runs, tmp_path):
    paths = []
    for number, (_, frame) in enumerate(two_runs):
        paths.append(f"{tmp_path}/{number}.parquet")
        store.write_table(paths[-1], frame, contracts.METRICS, provenance={})
    places = [place for place, _ in two_runs]
    tables = [f"{tmp_path}/{name}.tsv" for name in ("metrics", "layers")]
    collect_metrics.collect_metrics(paths, *tables, runs=places)
    for path, gather in zip(tables, (comparison.metric_table, comparison.layer_table), strict=True):
        expected = io.StringIO()
        gather(two_runs).to_csv(expected, sep="\t", index=False, float_format="%.10g")
        assert Path(path).read_text() == expected.getvalue()
    with pytest.raises(ValueError, match="argument 2 is longer"):
        collect_metrics.collect_metrics(paths, *tables, runs=places[:1])


def test_record_versions_tells_what_the_files_tell(results):
    record_versions.record_versions(
        [f"{results}/m.h5", f"{results}/corpus.parquet"], f"{results}/versions.tsv", workflow={"snakemake": "9.0"}
    )
    table = store.read_tsv(results / "versions.tsv").set_index(["package", "version"])["made"]
    assert table["torch", "2.13.0"] == "activations, corpus"
    assert table["snakemake", "9.0"] == "workflow"
    assert {"jinja2", "numpy"} <= set(table.index.get_level_values("package"))
