"""Designs, the table of a study's tests, and the scripts that make them, on files."""

import json

import numpy as np
import pandas as pd
import pytest
from collect_tests import collect_tests
from permute_labels import permute_labels

from nrag import contracts, store
from nrag.compared import documents_of
from nrag.corrections import benjamini_hochberg
from nrag.statistics import designs, one_label
from nrag.statistics.label_tests import HEADLINE
from nrag.statistics.variants import table_of

EMPTY = {"software": {}, "parameters": {}, "inputs": {}}
NOTHING_VARIED = [{"space": "m", "corpus": "c"}]
NUMBERS = ["observed", "null_mean", "null_sd", "null_low", "null_high", "effect", "z", "p"]
ASKED = {"permutations": 39, "permutations_headline": 199, "permutations_costly": 19, "sources": 2000, "seed": 0}


def corpus_of(labels, **columns):
    documents = len(labels)
    table = {"document": np.arange(documents), "id": [f"d{each}" for each in range(documents)]}
    table |= {"text": [f"text {'long ' * (each % 7)}{each}" for each in range(documents)]}
    given = dict.fromkeys(("group", "time", "hover")) | {"label": labels} | columns
    return pd.DataFrame(table | given).astype(dict.fromkeys(("group", "time", "hover"), "str"))


def cells_of(labels, *, models=("m",), layers=3, size=4, apart=True):
    """Documents of label "b" lie in the upper half of the grid where labels are `apart`."""
    rows = []
    for number, model in enumerate(models):
        draw = np.random.default_rng(number)
        for layer in range(layers):
            for document, label in enumerate(labels):
                x = int(draw.integers(0, size))
                half = int(draw.integers(0, size // 2))
                y = half + size // 2 * (label == "b") if apart and number == 0 else int(draw.integers(0, size))
                rows.append((model, 0, layer, document, x, y))
    table = pd.DataFrame(rows, columns=["model", "seed", "layer", "document", "x", "y"])
    types = {"seed": "int16", "layer": "int16", "document": "int32", "x": "int16", "y": "int16"}
    return table.astype(types)


def test_strata_are_the_values_of_a_column_and_what_has_none_is_one_of_its_own():
    corpus = corpus_of(["a", "b", "a", "b", "c"], pair=["p", "p", "q", None, "q"])
    design, notes = designs.design_of(corpus, documents_of(corpus, "label", ["a", "b"]), "pair")
    assert design.labels.tolist() == [0, 1, 0, 1]
    first, second, third, missing = design.stratum
    assert first == second
    assert len({first, third, missing}) == 3
    assert notes == ["documents without pair (1) are a stratum of their own"]


def test_documents_of_a_group_are_one_unit_and_length_makes_strata():
    corpus = corpus_of(["a", "b"] * 20, group=[f"g{each // 4}" for each in range(40)])
    documents = documents_of(corpus, "label", ["a", "b"])
    design, notes = designs.design_of(corpus, documents, contracts.TEXT_LENGTH)
    assert (design.unit.reshape(10, 4) == design.unit.reshape(10, 4)[:, :1]).all()
    words = corpus["text"].str.split().str.len().to_numpy()
    assert 1 < len(set(design.stratum)) <= 5
    assert (np.diff(design.stratum[np.argsort(words, kind="stable")]) >= 0).all()
    assert notes == []
    with pytest.raises(ValueError, match="no column 'length'; it has document, id, text"):
        designs.design_of(corpus, documents, "length")


@pytest.fixture
def place(tmp_path):
    """Cells in which the labels of model m lie apart and those of n do not."""
    labels = ["a", "b"] * 30 + ["c"] * 10
    for name, models in {"m": ("m",), "n": ("n",)}.items():
        cells = cells_of(labels, models=models, apart=name == "m")
        store.write_table(tmp_path / f"{name}.parquet", cells, contracts.CELLS, provenance=EMPTY)
    corpus = corpus_of(labels)
    counted = {"label": {"a": 30, "b": 30, "c": 10}}
    store.write_table(tmp_path / "c.parquet", corpus, contracts.CORPUS, provenance=EMPTY, labellings=counted)
    store.write_table(tmp_path / "variants.parquet", table_of({}, labellings={}), contracts.VARIANTS, provenance=EMPTY)
    return tmp_path


COMPARISONS = {
    "pair": {"labelling": "label", "labels": ["a", "b"]},
    "uneven": {"labelling": "label", "labels": ["b", "c"]},
    "one": {"labelling": "label", "labels": ["a"]},
    "every": {"labelling": "label", "labels": "all"},
}
COMPARISONS = {name: each | {"within": None} for name, each in COMPARISONS.items()}


def test_the_tests_of_a_run_say_which_labels_lie_apart(place):
    for name in "mn":
        options = {"comparisons": COMPARISONS, "min_documents": 5, "size": 4, "statistics": ASKED}
        permute_labels(place / f"{name}.parquet", place / "c.parquet", place / f"{name}-tests.parquet", **options)
    collect_tests(
        [place / "m-tests.parquet", place / "n-tests.parquet"],
        [place / "variants.parquet"],
        place / "tests.tsv",
        runs=[dict.fromkeys(contracts.RUN, "") | {"space": name} for name in "mn"],
        varied=NOTHING_VARIED,
    )
    table = store.read_tsv(place / "tests.tsv")
    assert set(table["comparison"]) == {"pair", "uneven", "every", "one"}
    # A comparison of one label is none of those that p is corrected for, below.
    single, table = table[table["comparison"] == "one"], table[table["comparison"] != "one"]
    assert single[["model", "metric"]].to_numpy().tolist() == [[name, "edge_total_variation"] for name in "mn"]
    assert single[["layer", "null", "q", "p_holm", *NUMBERS]].isna().all(axis=None)
    assert set(single["note"]) == {"one label: nothing to compare"}
    assert single["documents"].map(json.loads).tolist() == [{"a": 30}] * 2
    headline = table[(table["metric"] == "edge_total_variation") & table["layer"].isna()]
    p = headline.set_index(["model", "comparison"])["p"].astype(float)
    assert p["m", "pair"] == pytest.approx(1 / 200)
    assert p["n", "pair"] > 0.01
    holm = headline.set_index(["model", "comparison"])["p_holm"].astype(float)
    assert holm["m", "pair"] == pytest.approx(min(1, 3 * p["m", "pair"]))
    assert headline["permutations"].unique().tolist() == ["199"]
    others = table[~table.index.isin(headline.index)]
    assert others["p_holm"].isna().all()
    assert others["permutations"].astype(int).between(0, 39).all()
    assert set(others.loc[others["test"] == "separation", "permutations"]) == {"39"}
    assert others["q"].notna().sum() == others["p"].notna().sum()
    assert (others["q"].astype(float) >= others["p"].astype(float) - 1e-12)[others["q"].notna()].all()
    # A difference of two labels and a range of three are two statistics, and so are graphs and their layers.
    for (_, _, whole), family in table.groupby(["test", "metric", table["layer"].isna()]):
        q = benjamini_hochberg(family["p"].astype(float).to_numpy())
        assert family["q"].astype(float).to_numpy() == pytest.approx(q, nan_ok=True), whole
    assert {"difference", "range"} <= set(table.loc[table["metric"] == "mean_degree", "test"])
    assert set(table["null"]) == {"labels permuted over all documents of the comparison"}
    by_counts = table[(table["comparison"] == "uneven") & (table["metric"] == "mean_degree")]
    assert set(by_counts["matched"]) == {"10"}
    assert json.loads(by_counts["documents"].iloc[0]) == {"b": 30, "c": 10}
    assert set(table.loc[table["comparison"] == "every", "test"]) == {"separation", "range"}
    assert set(table.loc[table["comparison"] == "pair", "test"]) == {"separation", "difference"}


def test_the_same_labels_can_be_permuted_within_something_and_among_all(place):
    named = {"all": COMPARISONS["uneven"], "text-length": COMPARISONS["uneven"] | {"within": "text-length"}}
    options = {"comparisons": named, "min_documents": 5, "size": 4, "statistics": ASKED}
    permute_labels(place / "m.parquet", place / "c.parquet", place / "m-tests.parquet", **options)
    found = store.read_table(place / "m-tests.parquet", contracts.TESTS).set_index("comparison")
    assert set(found.index) == set(named)
    shares = found["metric"] == "region_divergence"
    assert found.loc[shares, "observed"]["all"].tolist() == found.loc[shares, "observed"]["text-length"].tolist()
    assert found.loc[shares, "null_mean"]["all"].tolist() != found.loc[shares, "null_mean"]["text-length"].tolist()
    nulls = store.read_attributes(place / "m-tests.parquet")["nulls"]
    assert nulls["all"] == "labels permuted over all documents of the comparison"
    assert nulls["text-length"] == "labels permuted within text-length"


def test_without_two_labels_a_row_says_so_and_no_study_is_without_a_table(place):
    # Nothing is permuted, so it does not matter that there is no such column.
    named = {"one": COMPARISONS["one"] | {"within": "length"}, "rest": COMPARISONS["every"] | {"within": "text-length"}}
    options = {"comparisons": named, "min_documents": 30, "size": 4, "statistics": ASKED}
    files, runs = ([place / "m-tests.parquet"], [], place / "tests.tsv"), [dict.fromkeys(contracts.RUN, "")]
    corpus = corpus_of(["a"] * 60 + ["c"] * 10)
    counted = {"label": {"a": 60, "c": 10}}
    store.write_table(place / "d.parquet", corpus, contracts.CORPUS, provenance=EMPTY, labellings=counted)
    permute_labels(place / "m.parquet", place / "d.parquet", place / "m-tests.parquet", **options)
    assert store.read_attributes(place / "m-tests.parquet")["nulls"] == {}
    collect_tests(*files, runs=runs, varied=[])
    table = store.read_tsv(place / "tests.tsv")
    assert table["comparison"].tolist() == ["one", "rest"]
    assert table[["null", "q", "p_holm", "sign_depends_on", *NUMBERS]].isna().all(axis=None)
    said = ["one label: nothing to compare, nor to permute within " + each for each in ("length", "text-length")]
    assert table["note"].tolist() == said
    options["comparisons"] = {}
    permute_labels(place / "m.parquet", place / "d.parquet", place / "m-tests.parquet", **options)
    collect_tests(*files, runs=runs, varied=[])
    table = store.read_tsv(place / "tests.tsv")
    assert len(table) == 0
    assert {"space", "null", "effect", "q", "p_holm", "note"} <= set(table.columns)


def test_labels_that_differ_from_model_to_model_are_tested_model_by_model(tmp_path):
    """Each model's cells follow labels of its own, and are held against those alone."""
    one, other = ["a", "b"] * 20, ["a"] * 20 + ["b"] * 20
    cells = pd.concat(
        [cells_of(labels, models=(name,)) for name, labels in (("first", one), ("never", one), ("second", other))]
    )
    store.write_table(tmp_path / "cells.parquet", cells, contracts.CELLS, provenance=EMPTY, size=4)
    corpus = corpus_of(["x"] * 40)
    counted = {"labellings": {"label": {"x": 40}}}
    store.write_table(tmp_path / "corpus.parquet", corpus, contracts.CORPUS, provenance=EMPTY, **counted)
    rows = [("org/1", place, label) for place, label in enumerate(one)]
    rows += [("second", place, label) for place, label in enumerate(other) if place < 38]
    rows += [("single", place, "a") for place in range(40)]
    table = pd.DataFrame(rows, columns=["model", "document", "label"]).astype({"document": "int32"})
    counted = {"labellings": {"right": {"a": 40, "b": 20}}}
    store.write_table(tmp_path / "labels.parquet", table, contracts.MODEL_LABELS, provenance=EMPTY, **counted)
    named = {"first": ["first", "org/1"], "never": ["never"], "second": ["second", "org/2"]}
    compared = {
        "right": {"labelling": "right", "labels": "all", "within": None},
        "one": {"labelling": "label", "labels": "all", "within": None},
    }
    asked = {"min_documents": 5, "size": 4, "statistics": ASKED}
    files = [tmp_path / name for name in ("cells.parquet", "corpus.parquet", "tests.parquet")]
    permute_labels(*files, comparisons=compared, labels=[tmp_path / "labels.parquet"], named=named, **asked)
    tests = store.read_table(files[2], contracts.TESTS)
    own = tests[tests["comparison"] == "right"]
    headline = own[(own["metric"] == HEADLINE) & own["layer"].isna()].set_index("model")
    assert headline["documents"].map(json.loads).to_dict() == {
        "first": {"a": 20, "b": 20}, "never": {}, "second": {"a": 20, "b": 18}
    }  # fmt: skip
    assert headline.loc[["first", "second"], "observed"].tolist() == pytest.approx([1, 1])
    assert headline.loc[["first", "second"], "p"].tolist() == [1 / 200] * 2
    assert headline.loc["never", "note"] == one_label.WITHOUT
    assert np.isnan(headline.loc["never", "p"])
    assert one_label.among(own[own["model"] == "never"]).all()
    assert store.read_attributes(files[2])["nulls"] == {"right": "labels permuted over all documents of the comparison"}
    # What every model is told of one label stays as it was.
    assert set(tests.loc[tests["comparison"] == "one", "note"]) == {one_label.NOTE}


def test_one_label_in_one_hidden_state_stands_by_its_regions_and_counts_seeds():
    flat, deep = np.zeros((1, 4, 2), dtype=int), np.zeros((3, 4, 2), dtype=int)
    planes = {("words", 0): flat, ("m", 0): deep, ("m", 1): deep}
    found = one_label.rows(planes, {"a": 4}, within=None, headline=HEADLINE)
    assert found[["model", "metric", "seeds"]].to_numpy().tolist() == [
        ["words", "region_divergence", 1],
        ["m", "edge_total_variation", 2],
    ]
    assert found[NUMBERS].isna().all(axis=None)
