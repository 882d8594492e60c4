"""Path memory of every label of a run, and of all runs of a study."""

import numpy as np
import pandas as pd
import pytest
from collect_path_memory import collect_path_memory
from measure_path_memory import measure_path_memory

from nrag import contracts, regions, store
from nrag.corrections import benjamini_hochberg
from nrag.statistics.path_memory import path_memory
from nrag.statistics.path_tables import path_memories, table_of_memories

EMPTY = {"software": {}, "parameters": {}, "inputs": {}}
RUN = dict.fromkeys(contracts.RUN, "") | {"size": 4}


def corpus_of(labels, *, texts=None, groups=None):
    documents = len(labels)
    table = {"document": np.arange(documents), "id": [f"d{each}" for each in range(documents)]}
    table |= {"text": texts or [f"text {each}" for each in range(documents)], "group": groups}
    return pd.DataFrame(table | dict.fromkeys(("time", "hover")) | {"label": labels}).astype(
        dict.fromkeys(("group", "time", "hover", "label"), "str")
    )


def planes_of(documents, *, layers=5, size=2, models=("m",), seeds=(0,), seed=0):
    rng = np.random.default_rng(seed)
    return {
        (model, number): rng.integers(0, size, (layers, documents, 2)).astype(np.int16)
        for model in models
        for number in seeds
    }


LABELS = ["a", "b", None, "a", "b"] * 8


def test_every_label_has_the_memory_of_its_own_documents():
    planes, corpus = planes_of(40, models=("m", "n"), seeds=(0, 3)), corpus_of(LABELS)
    table = path_memories(planes, corpus, {"label": ["b", "a"]}, size=4, shuffles=19, seed=5)
    assert table.groupby(["model", "seed", "labelling", "label"], sort=False).size().tolist() == [4] * 12
    for (model, seed, label), rows in table.groupby(["model", "seed", "label"]):
        own = np.flatnonzero(corpus["label"] == label) if label else np.arange(40)
        cells = planes[model, seed][:, own].astype(int)
        memory = path_memory(cells[..., 0] * 4 + cells[..., 1], shuffles=19, seed=5)
        assert rows["layer"].tolist() == [pd.NA, 1, 2, 3]
        assert rows["documents"].eq(len(own)).all()
        for name, values in (("observed", memory.values[:, 0]), ("expected", memory.expected), ("open", memory.open)):
            assert rows[name].to_numpy() == pytest.approx([values.mean(), *values])
        assert rows["excess"].to_numpy() == pytest.approx([memory.excess.mean(), *memory.excess])
        every = np.vstack([memory.values.mean(axis=0), memory.values])
        as_far = (every[:, 1:] >= every[:, :1] - 1e-12).sum(axis=1)
        assert rows["p"].to_numpy() == pytest.approx((as_far + 1) / 20)
        assert rows["shuffles"].eq(19).all()


def test_which_cell_is_which_matters_along_both_axes():
    """Documents that differ in x alone, in y alone, or in both, remember alike."""
    side = np.repeat([0, 1], 20)
    way = np.stack([side, np.zeros(40, dtype=int), side])
    still = np.zeros_like(way)
    corpus = corpus_of(["a"] * 40)
    for cells in (np.stack([way, still], axis=2), np.stack([still, way], axis=2), np.stack([way, 1 - way], axis=2)):
        table = path_memories({("m", 0): cells.astype(np.int16)}, corpus, {}, size=4, shuffles=99, seed=0)
        assert table["observed"].tolist() == [1, 1]
        assert table["p"].tolist() == [0.01, 0.01]


def test_copies_of_a_text_take_part_once_and_the_note_says_how_many_did_not():
    corpus = corpus_of(["a"] * 30)
    planes = planes_of(30)
    once = path_memories(planes, corpus, {"label": ["a"]}, size=4, shuffles=19, seed=0)
    place = np.r_[0:30, 3, 3, 7]
    copied = {key: plane[:, place] for key, plane in planes.items()}
    more = corpus_of(["a"] * 33, texts=[f"text {each}" for each in place])
    table = path_memories(copied, more, {"label": ["a"]}, size=4, shuffles=19, seed=0)
    pd.testing.assert_frame_equal(table.drop(columns="note"), once.drop(columns="note"))
    assert once["note"].isna().all()
    assert table["note"].eq("3 copies of texts left out").all()


def test_a_text_under_two_labels_takes_part_in_both_and_once_in_all():
    texts = ["same", "same", *(f"text {each}" for each in range(28))]
    table = path_memories(
        planes_of(30), corpus_of(["a", "b"] * 15, texts=texts), {"label": ["a", "b"]}, size=4, shuffles=19, seed=0
    )
    assert table.groupby("label")["documents"].first().to_dict() == {"": 29, "a": 15, "b": 15}


def test_groups_are_told_of_where_documents_share_one():
    groups = ["g", "g", *[None] * 28]
    table = path_memories(
        planes_of(30), corpus_of(["a", "b"] * 15, groups=groups), {"label": ["a", "b"]}, size=4, shuffles=19, seed=0
    )
    said = table.groupby("label")["note"].first()
    assert "documents of one group count as independent" in said[""]
    assert said[["a", "b"]].isna().all()


@pytest.mark.filterwarnings("error")
def test_a_label_without_documents_is_undefined_and_layers_without_neighbours_have_no_rows():
    table = path_memories(planes_of(20), corpus_of(["a"] * 20), {"label": ["z"]}, size=4, shuffles=19, seed=0)
    nobody = table[table["label"] == "z"]
    assert nobody[["observed", "expected", "excess", "open", "p"]].isna().all(axis=None)
    assert nobody["note"].eq("undefined").all()
    assert nobody["documents"].eq(0).all()
    for layers in (1, 2):
        short = path_memories(planes_of(20, layers=layers), corpus_of(["a"] * 20), {}, size=4, shuffles=19, seed=0)
        assert len(short) == 0


def test_a_constant_layer_leaves_nothing_open_and_says_that_all_shuffles_are_the_same():
    cells = np.zeros((3, 20, 2), dtype=np.int16)
    table = path_memories({("m", 0): cells}, corpus_of(["a"] * 20), {}, size=4, shuffles=19, seed=0)
    assert table[["observed", "expected", "excess", "open"]].eq(0).all(axis=None)
    assert table["p"].eq(1).all()
    assert table["note"].eq("the same in every shuffle").all()


def test_the_table_of_a_study_corrects_wholes_and_layers_apart_and_shows_controls():
    corpus = corpus_of(LABELS)
    tables = {
        model: path_memories(
            planes_of(40, models=(model,), seeds=(0, 1), seed=number),
            corpus,
            {"label": ["a", "b"]},
            size=4,
            shuffles=99,
            seed=0,
        )
        for number, model in enumerate(("m", "m0", "m1"))
    }
    table = table_of_memories([({**RUN, "space": name}, each) for name, each in tables.items()], {"m": ["m0", "m1"]})
    assert len(table) == sum(map(len, tables.values()))
    for whole in (True, False):
        family = table[table["layer"].isna() == whole]
        assert family["q"].to_numpy() == pytest.approx(benjamini_hochberg(family["p"].to_numpy()))
    own = table[table["model"] == "m"].reset_index(drop=True)
    others = [table[table["model"] == name].reset_index(drop=True) for name in ("m0", "m1")]
    assert own["controls"].eq(2).all()
    assert own["control_mean"].to_numpy() == pytest.approx((others[0]["excess"] + others[1]["excess"]).to_numpy() / 2)
    assert table.loc[table["model"] != "m", "control_mean"].isna().all()
    empty = table_of_memories([(RUN, tables["m"][:0])], {})
    assert list(empty.columns) == list(table.columns)


@pytest.fixture
def place(tmp_path):
    """Documents of label a come back to the side that they started from; those of b go anywhere."""
    rng = np.random.default_rng(0)
    side = rng.integers(0, 2, 60)
    plane = rng.integers(0, 2, (3, 60, 2))
    plane[0, :30, 0], plane[1], plane[2, :30, 0] = side[:30], 0, side[:30]
    table = regions.table_of({("m", 0, layer): cells.T.astype(np.int16) for layer, cells in enumerate(plane)})
    store.write_table(tmp_path / "cells.parquet", table, contracts.CELLS, provenance=EMPTY)
    corpus = corpus_of(["a"] * 30 + ["b"] * 25 + ["c"] * 5)
    counted = {"label": {"a": 30, "b": 25, "c": 5}}
    store.write_table(tmp_path / "c.parquet", corpus, contracts.CORPUS, provenance=EMPTY, labellings=counted)
    return tmp_path


COMPARISONS = {
    "every": {"labelling": "label", "labels": "all"},
    "pair": {"labelling": "label", "labels": ["b", "a"]},
    "whole": {"labelling": None, "labels": []},
}


def test_a_run_says_which_labels_remember(place):
    asked = {"comparisons": COMPARISONS, "min_documents": 10, "size": 4, "shuffles": 199, "seed": 1}
    for name in ("one", "two"):
        measure_path_memory(place / "cells.parquet", place / "c.parquet", place / f"{name}.parquet", **asked)
    assert (place / "one.parquet").read_bytes() == (place / "two.parquet").read_bytes()
    collect_path_memory([place / "one.parquet"], place / "p.tsv", runs=[RUN], controls={})
    table = store.read_tsv(place / "p.tsv")
    whole = table[table["layer"].isna()].assign(label=table["label"].fillna("")).set_index("label")
    # c has fewer documents than min_documents, and the labels of two comparisons stand here once.
    assert whole.index.tolist() == ["", "a", "b"]
    p, q = (whole[name].astype(float) for name in ("p", "q"))
    assert p["a"] == pytest.approx(1 / 200)
    assert p["b"] > 0.05
    assert q["a"] == pytest.approx(3 / 200) or q["a"] == pytest.approx(1.5 / 200)
    assert float(whole.loc["a", "excess"]) > 0.5


def test_another_seed_draws_other_shuffles(place):
    asked = {"comparisons": COMPARISONS, "min_documents": 10, "size": 4, "shuffles": 199}
    for seed in (1, 2):
        measure_path_memory(place / "cells.parquet", place / "c.parquet", place / f"{seed}.parquet", seed=seed, **asked)
    one, two = (store.read_table(place / f"{seed}.parquet", contracts.PATH_MEMORY) for seed in (1, 2))
    assert one["observed"].equals(two["observed"])
    assert not one["p"].equals(two["p"])
