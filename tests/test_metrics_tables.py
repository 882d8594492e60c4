"""The tables of all metrics, and the script that writes them."""

import numpy as np
import pandas as pd
from test_graphs import random_cells, random_labels
from test_metrics import measured

from nrag import contracts, graphs, metrics, store


def test_the_long_table_keeps_its_contract_and_holds_every_value(tmp_path):
    cells = random_cells(0, models=("base", "tuned"), seeds=(0, 7))
    labels = random_labels(0, missing=0.2)
    nrags = graphs.nrags_of(graphs.edges_of(cells, {"area": labels}), cells, size=3)
    table = metrics.metrics_of(nrags)
    store.write_table(tmp_path / "metrics.parquet", table, contracts.METRICS, provenance={})
    read = store.read_table(tmp_path / "metrics.parquet", contracts.METRICS)
    pd.testing.assert_frame_equal(read, table)
    for key, nrag in nrags.items():
        rows = read[(read[list(key._fields)] == list(key)).all(axis=1)]
        assert set(rows["documents"]) == {labels.count(key.label) if key.label else 60}
        graph = rows[rows["level"] == "graph"]
        assert graph["layer"].isna().all()
        assert dict(zip(graph["metric"], graph["value"], strict=True)) == measured(nrag)
        layer = rows[(rows["level"] == "layer") & (rows["metric"] == "mean_degree")]
        assert layer["layer"].tolist() == [0, 1, 2, 3]
        assert layer["value"].tolist() == measured(nrag, "layer")["mean_degree"].tolist()
        node = rows[(rows["level"] == "node") & (rows["metric"] == "out_strength")]
        assert node[["layer", "x", "y"]].to_numpy().tolist() == np.column_stack([nrag.layer, nrag.x, nrag.y]).tolist()
        assert node["value"].tolist() == nrag.out_strength.tolist()


def test_the_script_measures_a_model_with_a_single_hidden_state(tmp_path):
    from measure_graph import measure_graph

    cells = random_cells(0, layers=1)
    store.write_table(tmp_path / "cells.parquet", cells, contracts.CELLS, provenance={}, size=3)
    edges = graphs.edges_of(cells, {"area": random_labels(0)})
    store.write_table(tmp_path / "edges.parquet", edges, contracts.EDGES, provenance={})
    inputs, table, nodes = ("cells.parquet", "edges.parquet"), tmp_path / "metrics.parquet", tmp_path / "nodes.tsv"
    measure_graph(*(tmp_path / name for name in inputs), table, nodes, sources=5)
    table = store.read_table(tmp_path / "metrics.parquet", contracts.METRICS)
    assert set(table["label"]) == {""}
    assert table.loc[table["metric"] == "density", "value"].isna().all()
    assert table.loc[(table["metric"] == "regions") & (table["level"] == "layer"), "value"].tolist() == [9.0]
    content = store.read_attributes(tmp_path / "metrics.parquet")["provenance"]["inputs"]
    assert set(content) == {"cells", "edges"}
    # Of nine regions five are drawn.
    assert store.read_tsv(nodes)["sample"].tolist() == ["5"] * 9


def test_a_labelling_has_rows_of_its_own_about_its_labelled_documents():
    cells = random_cells(0, seeds=(0, 7))
    labels = {"area": random_labels(0, missing=0.2), "coin": random_labels(1, names=("x", "y"))}
    nrags = graphs.nrags_of(graphs.edges_of(cells, labels), cells, size=3)
    table = metrics.metrics_of(nrags)
    rows = table[(table["label"] == "") & (table["labelling"] != "")]
    assert rows["level"].unique().tolist() == ["graph"]
    for seed in (0, 7):
        for labelling, values in labels.items():
            found = rows[(rows["seed"] == seed) & (rows["labelling"] == labelling)]
            of_labels = [nrag for key, nrag in nrags.items() if (key.seed, key.labelling) == (seed, labelling)]
            expected = {
                name: function(nrags[graphs.Key("m", seed)], of_labels)
                for name, function in metrics.OF_LABELLINGS.items()
            }
            assert dict(zip(found["metric"], found["value"], strict=True)) == expected
            assert set(found["documents"]) == {60 - values.count(None)}
    assert len(rows) == 2 * 2 * len(metrics.OF_LABELLINGS)


def test_rows_say_how_many_regions_were_drawn_and_only_where_they_were():
    cells = random_cells(0, layers=5, size=4)
    nrags = graphs.nrags_of(graphs.edges_of(cells, {}), cells, size=4)
    (nrag,) = nrags.values()
    odd = int((nrag.layer % 2).sum())
    table = metrics.metrics_of(nrags, sources=odd)
    sampled = table[table["sample"].notna()]
    assert set(sampled["sample"]) == {odd}
    names = {(level, name) for level, name in metrics.POPULATIONS if not name.startswith("odd")}
    assert set(zip(sampled["level"], sampled["metric"], strict=True)) == names
    whole = metrics.metrics_of(nrags)
    assert whole["sample"].isna().all()
    full = table["sample"].isna()
    pd.testing.assert_series_equal(table["value"][full], whole["value"][full])
    assert (table["value"][~full] != whole["value"][~full]).any()
    pd.testing.assert_frame_equal(metrics.metrics_of(nrags, sources=len(nrag.layer)), whole)


def test_the_node_table_has_a_row_a_region_of_the_seed_and_a_column_a_metric():
    cells = random_cells(0, models=("base", "tuned"), seeds=(3, 7))
    nrags = graphs.nrags_of(graphs.edges_of(cells, {"area": random_labels(0)}), cells, size=3)
    table = metrics.node_table(metrics.metrics_of(nrags, sources=30), seed=3)
    place = ["model", "labelling", "label", "id", "layer", "x", "y"]
    assert list(table.columns) == [*place, *sorted(metrics.METRICS["node"]), "sample"]
    for key, nrag in nrags.items():
        rows = table[(table[["model", "labelling", "label"]] == [key.model, *key[2:]]).all(axis=1)]
        if key.seed == 3:
            regions = zip(nrag.layer, nrag.x, nrag.y, strict=True)
            assert rows["id"].tolist() == [contracts.node(*region) for region in regions]
            assert rows["out_degree"].tolist() == nrag.out_degree.tolist()
            assert rows["sample"].isna().all() == (len(nrag.layer) <= 30)
    assert set(table["sample"].dropna()) == {30}
    assert len(table) == sum(len(nrag.layer) for key, nrag in nrags.items() if key.seed == 3)


def test_the_order_of_graphs_does_not_change_the_table():
    cells = random_cells(0, models=("base", "tuned"))
    nrags = graphs.nrags_of(graphs.edges_of(cells, {"area": random_labels(0)}), cells, size=3)
    backwards = dict(reversed(nrags.items()))
    pd.testing.assert_frame_equal(metrics.metrics_of(backwards), metrics.metrics_of(nrags))
