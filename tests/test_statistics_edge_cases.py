"""Corpora that leave little or nothing to test, through the script and its files: the table says so in words."""

import json
import logging
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from permute_labels import permute_labels

from nrag import contracts, store
from nrag.statistics import costly

EMPTY = {"software": {}, "parameters": {}, "inputs": {}}
ASKED = {"permutations": 19, "permutations_headline": 39, "permutations_costly": 19, "sources": 2000, "seed": 0}
SIZE, LAYERS = 3, 4


class Given(NamedTuple):
    """A corpus of one comparison and the cells of its documents."""

    labels: list[str]
    chosen: list[str] | None = None
    groups: list[str] | None = None
    texts: list[str] | None = None
    pairs: list[str] | None = None
    plane: np.ndarray | None = None


def table_of(tmp_path, given):
    """What the script writes of the corpus' one comparison."""
    documents = len(given.labels)
    corpus = pd.DataFrame(
        {
            "document": np.arange(documents),
            "id": [f"d{each}" for each in range(documents)],
            "text": given.texts or [f"text {each}" for each in range(documents)],
            "group": pd.array(given.groups or [None] * documents, dtype="str"),
            "time": pd.array([None] * documents, dtype="str"),
            "hover": pd.array([None] * documents, dtype="str"),
            "pair": given.pairs or [""] * documents,
            "label": given.labels,
        }
    )
    plane = np.random.default_rng(0).integers(0, SIZE, (LAYERS, documents, 2)) if given.plane is None else given.plane
    layer, document = np.indices(plane.shape[:2]).reshape(2, -1)
    cells = pd.DataFrame({"model": "m", "seed": 0, "layer": layer, "document": document})
    cells = cells.assign(x=plane[..., 0].ravel(), y=plane[..., 1].ravel())
    types = dict.fromkeys(("seed", "layer", "x", "y"), "int16") | {"document": "int32"}
    store.write_table(tmp_path / "cells.parquet", cells.astype(types), contracts.CELLS, provenance=EMPTY)
    counts = corpus["label"].value_counts().to_dict()
    store.write_table(
        tmp_path / "corpus.parquet", corpus, contracts.CORPUS, provenance=EMPTY, labellings={"label": counts}
    )
    compared = {
        "labelling": "label",
        "labels": given.chosen or sorted(counts),
        "within": "pair" if given.pairs else None,
    }
    files = tmp_path / "cells.parquet", tmp_path / "corpus.parquet", tmp_path / "tests.parquet"
    permute_labels(*files, comparisons={"pair": compared}, min_documents=3, size=SIZE, statistics=ASKED)
    return store.read_table(files[-1], contracts.TESTS)


def every_note(table, words):
    return table["note"].fillna("").str.contains(words, regex=False).all()


def nothing_invented(table):
    """p, effect and the rest are there together or not at all, and what is not there has a reason in words."""
    undefined = table["observed"].isna()
    assert table.loc[undefined, ["null_mean", "effect", "z", "p"]].isna().all(axis=None)
    assert table.loc[undefined, "note"].str.startswith(("undefined", "one label: nothing to compare")).all()
    assert (table.loc[undefined, "permutations"] == 0).all()
    assert table.loc[~undefined, "p"].between(0, 1).all()
    # Without any spread there is no z, and the note says why.
    assert table.loc[table["z"].isna() & ~undefined, "note"].notna().all()


def one_way(labels, groups=None):
    """Every document in the same region of every layer."""
    return Given(labels, plane=np.zeros((LAYERS, len(labels), 2), dtype=int), groups=groups)


CASES = {
    "labels that cannot be dealt otherwise": Given(["a"] * 6 + ["b"] * 6, pairs=["x"] * 6 + ["y"] * 6),
    "undefined metrics": one_way(["a", "b"] * 8),
    "identical labels": Given(
        ["a"] * 8 + ["b"] * 8,
        texts=[f"text {number}" for number in range(8)] * 2,
        plane=np.tile(np.random.default_rng(1).integers(0, SIZE, (LAYERS, 8, 2)), (1, 2, 1)),
    ),
    "one label": Given(["a"] * 9 + ["b"] * 9, chosen=["a"]),
    "a label of few documents": Given(["a"] * 20 + ["b"] * 3),
    "a stratum of one label": Given(["a", "b"] * 6 + ["a"] * 4, pairs=["first"] * 12 + ["second"] * 4),
    "a group of several labels": Given(
        ["a", "b"] * 8, groups=["together"] * 4 + [f"alone {number}" for number in range(12)]
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_tested_is_said_and_no_number_is_invented(name, tmp_path, caplog):
    given = CASES[name]
    caplog.set_level(logging.INFO, logger="nrag")
    table = table_of(tmp_path, given)
    nothing_invented(table)
    headline = table[(table["metric"] == "edge_total_variation") & table["layer"].isna()]
    assert len(headline) == 1
    overall = table[table["layer"].isna()].set_index("metric")
    if name == "labels that cannot be dealt otherwise":
        assert every_note(table, "the labels can be dealt in no other way: p is 1")
        assert (table["p"].dropna() == 1).all()
        assert (table["effect"].dropna() == 0).all()
    elif name == "undefined metrics":
        for metric in ("center_of_strength", "assortativity", "even_assortativity"):
            assert np.isnan(overall["observed"][metric]), metric
            assert overall["note"][metric] == "undefined"
        assert overall["observed"]["edge_total_variation"] == 0
        assert overall["note"]["edge_total_variation"] == "the same in every permutation"
        assert (table["p"].dropna() == 1).all()
        by_layer = table[(table["metric"] == "var_strength") & table["layer"].notna()]
        assert by_layer["note"].tolist() == ["undefined"] * LAYERS
        of_edges = table[(table["metric"] == "edges") & table["layer"].notna()]
        assert of_edges["layer"].tolist() == list(range(LAYERS - 1))
    elif name == "identical labels":
        assert every_note(table, "8 of 8 units hold several labels, which are permuted within each (documents: 16)")
        assert (table["effect"].dropna() == 0).all()
        assert (table["p"].dropna() == 1).all()
    elif name == "one label":
        assert len(table) == 1
        assert json.loads(headline["documents"].item()) == {"a": 9}
        assert headline["note"].item().startswith("one label: nothing to compare")
        assert "pair has one label: nothing is tested" in caplog.text
    elif name == "a label of few documents":
        assert json.loads(headline["documents"].item()) == {"a": 20, "b": 3}
        counted = table[~table["metric"].isin(["region_divergence", "label_information", "community_information"])]
        counted = counted[~counted["metric"].str.startswith("edge_")]
        assert (counted["matched"] == 3).all()
        assert overall["observed"]["mean_strength"] != 0
        assert overall["note"]["modularity"] == "of one choice of documents"
    elif name == "a stratum of one label":
        assert every_note(table, "1 of 2 strata hold one label, which their documents (4) keep in every permutation")
    else:
        assert every_note(table, "1 of 13 units hold several labels, which are permuted within each (documents: 4)")


def test_more_labels_than_a_byte_counts_are_told_apart(tmp_path):
    labels = [f"l{number:03}" for number in range(150) for _ in range(3)]
    # The documents of a label go one way: only labels that count as one lie alike.
    ways = np.repeat(np.arange(150) % (SIZE * SIZE), 3)
    plane = np.broadcast_to(np.stack([ways // SIZE, ways % SIZE], axis=1), (LAYERS, 450, 2))
    table = table_of(tmp_path, Given(labels, plane=plane))
    headline = table[(table["metric"] == "edge_total_variation") & table["layer"].isna()]
    # Of all pairs of labels, those of one region do not differ at all, the others in everything.
    counts = np.bincount(np.arange(150) % (SIZE * SIZE))
    alike = (counts * (counts - 1)).sum() / (150 * 149)
    assert headline["observed"].item() == pytest.approx(1 - alike)
    nothing_invented(table)


def test_of_a_single_layer_there_are_no_tests_of_edges_paths_and_communities(tmp_path):
    plane = np.random.default_rng(0).integers(0, SIZE, (1, 20, 2))
    table = table_of(tmp_path, Given(["a", "b"] * 10, plane=plane))
    nothing_invented(table)
    found = set(table["metric"])
    assert found.isdisjoint(
        {"edge_total_variation", "edge_jaccard_distance", "density", "community_information", *costly.COSTLY}
    )
    assert found >= {"region_divergence", "label_information", "regions"}
    assert table["observed"].notna().all()
    assert (table.loc[table["layer"].notna(), "layer"] == 0).all()


def test_a_label_below_the_least_number_of_documents_is_refused_with_its_name(tmp_path):
    with pytest.raises(ValueError, match="label 'b' of labelling 'label' has 2 documents"):
        table_of(tmp_path, Given(["a"] * 20 + ["b"] * 2))
