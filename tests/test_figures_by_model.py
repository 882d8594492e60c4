"""Figures of labels that differ from model to model: each model with its own, and panels that say what is missing."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from test_captions import written  # noqa: F401 (a fixture)
from test_figures import TWO, check_texts, drifting, table_of
from test_region_maps import maps_of

from nrag import contracts, figures, graphs, regions, store
from nrag.figures import graph_table
from nrag.metrics.tables import metrics_of

MODELS = ("base", "sft", "untrained")


@pytest.fixture(scope="module")
def edges():
    """Of two labels under `sft`, of the second alone under `base`, of none under the third model."""
    both, one, none = (
        drifting(3, each=20, model=model, seed=seed) for seed, model in enumerate(("sft", "base", "untrained"))
    )
    one = one[one["label"] != TWO[0]]
    return pd.concat([one, both, none[none["label"] == ""]], ignore_index=True)


def texts_of(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def test_panels_without_a_document_say_why_and_others_are_as_they_were(edges):
    table = table_of(edges, TWO, MODELS, min_documents=10)
    empty = table[table["item"] == graph_table.PANEL]
    assert list(zip(empty["model"], empty["label"], empty["left_out"], strict=True)) == [
        ("base", TWO[0], "no document"),
        *(("untrained", label, "no answers") for label in (*TWO, "")),
    ]
    assert not empty["drawn"].any()
    whole = table_of(edges, TWO, ("sft",))
    own = table[table["model"] == "sft"].reset_index(drop=True)
    kept = ["label", "item", "layer", "x0", "y0", "x1", "y1", "documents", "share", "color", "drawn"]
    pd.testing.assert_frame_equal(own[kept], whole[kept])
    with pytest.raises(ValueError, match="has no document of networkx under base"):
        table_of(edges, TWO, MODELS)


def test_a_label_of_fewer_documents_than_are_wanted_is_counted_and_not_shown(edges):
    """One document of a cell of its own would be the darkest of a figure and set its scale."""
    single = drifting(3, each=1, model="few", seed=5)
    single = single[(single["label"] != TWO[1]) & (single["label"] != "")]
    rest = drifting(3, each=20, model="few", seed=6)
    edges = pd.concat([edges, single, rest[rest["label"] != TWO[0]]], ignore_index=True)
    models = ("sft", "few")
    table = table_of(edges, TWO, models, min_documents=2)
    (panel,) = table[table["item"] == graph_table.PANEL].to_dict("records")
    assert (panel["model"], panel["label"], panel["documents"]) == ("few", TWO[0], 1)
    assert panel["left_out"] == "only 1 document"
    together = table[(table["model"] == "few") & table["label"].eq("") & (table["item"] == "region")]
    assert together.groupby("layer")["documents"].sum().tolist() == [20] * 3
    texts = texts_of(figures.draw_nrag(table))
    assert (texts.count("only 1 document"), texts.count("n = 1")) == (1, 1)

    maps = maps_of(edges, TWO, models=models, min_documents=2)
    empty = maps[maps["left_out"].notna()]
    assert set(zip(empty["model"], empty["label"], empty["documents"], strict=True)) == {("few", TWO[0], 1)}
    assert len(empty) == 3
    assert empty[["x", "y", "share", "difference"]].isna().all(axis=None)
    assert maps.loc[maps["model"] == "few", "difference"].isna().all()
    texts = texts_of(figures.draw_map_strip(maps, size=6))
    assert (texts.count("only 1 document"), texts.count("n = 1")) == (1, 1)
    assert maps["share"].max() < 1
    assert maps_of(edges, TWO, models=models, min_documents=1)["left_out"].isna().all()


def test_where_every_label_has_too_few_documents_there_is_neither_a_number_nor_a_scale(edges, written):  # noqa: F811
    asked = {"models": ("sft",), "min_documents": 21}
    graph = table_of(edges, TWO, asked["models"], min_documents=21)
    assert graph["left_out"].tolist() == ["only 20 documents"] * 2 + ["too few documents of every label"]
    large = maps_of(edges, TWO, **asked, layer="last")
    said = " ".join(texts_of(figures.draw_large_map(large, size=6)))
    assert said.count("only 20 documents") == 2
    assert "% of n" not in said.partition("numbers:")[0]
    caption = written(large, kind="map-last", models=["sft"])
    assert "networkx (n = 20), pandas (n = 20)" in caption
    assert "nan" not in said + caption
    assert "Colour" not in caption


def test_of_three_labels_nothing_is_different_though_one_of_them_is_not_shown():
    each = drifting(3, each=20, model="m", seed=1)
    third = drifting(3, each=3, model="m", seed=2)
    third = third[third["label"] == TWO[0]].assign(label="third")
    table = maps_of(pd.concat([each, third], ignore_index=True), [*TWO, "third"], models=("m",), min_documents=10)
    assert table["difference"].isna().all()
    assert (table["documents"] > 0).all()
    assert table.loc[table["left_out"].notna(), "label"].unique().tolist() == ["third"]


@pytest.mark.parametrize("positions", ["fixed", "free"])
def test_graphs_with_empty_panels_are_drawn_and_can_be_read(edges, positions):
    figure = figures.draw_nrag(table_of(edges, TWO, MODELS, min_documents=10, positions=positions))
    assert [texts_of(figure).count(why) for why in ("no document", "no answers")] == [1, 3]
    check_texts(figure)


def test_a_figure_of_nothing_but_empty_panels_is_drawn(edges):
    table = table_of(edges, TWO, ("untrained",), min_documents=10)
    assert texts_of(figures.draw_nrag(table)).count("no answers") == 3
    maps = maps_of(edges, TWO, models=("untrained",), min_documents=10)
    figures.draw_map_strip(maps, size=6)
    large = maps_of(edges, TWO, models=("untrained",), min_documents=10, layer="last")
    assert texts_of(figures.draw_large_map(large, size=6)).count("no answers") == 2


def test_maps_of_a_label_that_no_document_has_are_empty_and_differ_from_nothing(edges):
    table = maps_of(edges, TWO, models=MODELS, min_documents=10)
    assert table["label"].drop_duplicates().tolist() == [*TWO, ""]
    sums = table[table["layer"] == 0].groupby(["model", "label"], sort=False)["documents"].sum()
    assert sums["base"].to_dict() == {TWO[0]: 0, TWO[1]: 20, "": 40}
    assert sums["untrained"].to_dict() == {TWO[0]: 0, TWO[1]: 0, "": 40}
    assert table.loc[table["model"] != "sft", "difference"].isna().all()
    own = table[table["model"] == "sft"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, maps_of(edges, TWO, models=("sft",)), check_dtype=False)
    strip = figures.draw_map_strip(table, size=6)
    assert [texts_of(strip).count(why) for why in ("no document", "no answers")] == [1, 2]
    check_texts(strip)


def test_metrics_of_a_label_that_no_document_has_have_no_marker(edges, tmp_path):
    cells = pd.DataFrame(
        [(model, 0, layer, 0, 0, 0) for model in MODELS for layer in range(3)],
        columns=["model", "seed", "layer", "document", "x", "y"],
    )
    assert len(regions.planes_of(cells)) == 3
    metrics = metrics_of(graphs.nrags_of(edges, cells, size=6))
    asked = {"models": MODELS, "labelling": "label", "labels": TWO, "shown": ("edges", "density")}
    table = figures.metric_table(metrics, min_documents=10, **asked)
    empty = table[table["documents"] == 0]
    assert set(zip(empty["model"], empty["label"], strict=True)) == {
        ("base", TWO[0]), ("untrained", TWO[0]), ("untrained", TWO[1])
    }  # fmt: skip
    assert empty["value"].isna().all()
    assert table["metric"].tolist() == ["edges"] * 6 + ["density"] * 6
    assert table["model"].tolist() == [model for model in MODELS for _ in TWO] * 2
    said = " ".join(reversed(texts_of(figures.draw_metrics(table))))
    assert "No marker where too few documents of the model have the label." in said
    assert set(zip(empty["model"], empty["left_out"], strict=True)) == {
        ("base", "no document"), ("untrained", "no answers")
    }  # fmt: skip
    fewer = figures.metric_table(metrics, min_documents=21, **asked)
    assert fewer["value"].isna().all()
    assert set(fewer.loc[fewer["documents"] > 0, "left_out"]) == {"only 20 documents"}
    said = texts_of(figures.draw_metrics(fewer))
    assert (said.count("too few documents"), said.count("undefined")) == (2, 0)
    with pytest.raises(ValueError, match="no value of labelling 'label' for base / networkx, untrained / networkx"):
        figures.metric_table(metrics, **asked)


def test_captions_count_the_documents_of_each_models_own_labels(edges, written):  # noqa: F811
    said = written(table_of(edges, TWO, MODELS, min_documents=10), models=list(MODELS))
    assert "networkx (n = 0 to 20), pandas (n = 0 to 20)." in said
    alone = maps_of(edges, TWO, models=("untrained",), min_documents=10)
    said = written(alone, kind="maps", models=["untrained"])
    assert "networkx (n = 0), pandas (n = 0), all documents (n = 40)." in said
    assert "nan" not in said


def test_which_labels_are_compared_is_told_by_the_file_of_labels(tmp_path):
    table = pd.DataFrame({"model": ["m"] * 4, "document": np.arange(4, dtype="int32"), "label": list("aaab")})
    counted = {"labellings": {"right": {"a": 3, "b": 1}}}
    store.write_table(tmp_path / "labels.parquet", table, contracts.MODEL_LABELS, provenance={}, **counted)
    asked = {"labelling": "right", "labels": "all"}
    found = figures.compared(str(tmp_path / "labels.parquet"), asked, min_documents=3)
    assert found == {"labelling": "right", "labels": ["a"], "min_documents": 3}
