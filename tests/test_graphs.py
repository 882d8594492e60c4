from collections import Counter

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from pace import units

from nrag import contracts, graphs, regions, store

KEY = list(contracts.EDGES.key)
AWKWARD = ["<script>&amp;\"'", "a\nb", "a,b;c", "tab\there", "日本 🙂", "a\rb", " x ", "true", "01", ":", "back\\slash"]


def cells_of_paths(paths, model="m", seed=0):
    """Cells of documents given as lists of (x, y), one for each layer."""
    rows = [
        (model, seed, layer, document, *path[layer])
        for layer in range(len(paths[0]))
        for document, path in enumerate(paths)
    ]
    frame = pd.DataFrame(rows, columns=["model", "seed", "layer", "document", "x", "y"])
    return frame.astype({"seed": "int16", "layer": "int16", "document": "int32", "x": "int16", "y": "int16"})


def random_cells(seed, *, documents=60, layers=4, size=3, models=("m",), seeds=(0,)):
    generator = np.random.default_rng(seed)
    return pd.concat(
        [
            cells_of_paths(generator.integers(0, size, (documents, layers, 2)).tolist(), model, s)
            for model in models
            for s in seeds
        ],
        ignore_index=True,
    )


def slow_edges(cells, labels):
    """The definition: one document and layer at a time, with strings and a counter."""
    counts = Counter()
    for (model, seed), group in cells.groupby(["model", "seed"]):
        place = {(row.layer, row.document): (row.x, row.y) for row in group.itertuples()}
        for (layer, document), here in place.items():
            if (layer + 1, document) not in place:
                continue
            step = (layer, *here, *place[layer + 1, document])
            counts[model, seed, "", "", *step] += 1
            for labelling, values in labels.items():
                if isinstance(values[document], str):
                    counts[model, seed, labelling, values[document], *step] += 1
    return sorted((*key, count) for key, count in counts.items())


def rows_of(edges):
    return list(edges.itertuples(index=False, name=None))


def random_labels(seed, documents=60, names=("b", "a", "C", "é"), missing=0.0):
    generator = np.random.default_rng(seed)
    values = generator.choice(np.array(names, dtype=object), documents)
    values[generator.random(documents) < missing] = None
    return values.tolist()


# ------------------------------------------------------------------------------------------ edges


@pytest.mark.parametrize("seed", range(5))
def test_edges_are_those_counted_one_document_at_a_time(seed):
    cells = random_cells(seed, models=("tuned", "base"), seeds=(0, 7))
    cells = cells.sort_values(list(contracts.CELLS.key)).reset_index(drop=True)
    labels = {"level": random_labels(seed, missing=0.3), "area": random_labels(seed + 99)}
    assert rows_of(graphs.edges_of(cells, labels)) == slow_edges(cells, labels)


@pytest.mark.parametrize(("documents", "size"), [(2000, 2), (50, 40), (50, 500)])
def test_sparse_and_dense_counting_agree_with_the_definition(documents, size):
    cells = random_cells(1, documents=documents, layers=3, size=size)
    labels = {"area": random_labels(2, documents, names=AWKWARD, missing=0.1)}
    assert rows_of(graphs.edges_of(cells, labels)) == slow_edges(cells, labels)


def test_an_edge_leads_from_the_lower_layer_to_the_next():
    edges = graphs.edges_of(cells_of_paths([[(1, 2), (3, 4), (5, 6)]]), {})
    assert rows_of(edges) == [("m", 0, "", "", 0, 1, 2, 3, 4, 1), ("m", 0, "", "", 1, 3, 4, 5, 6, 1)]


def test_the_counts_of_every_layer_sum_to_the_documents_of_the_label():
    labels = {"area": random_labels(0, missing=0.25)}
    edges = graphs.edges_of(random_cells(0), labels)
    sums = edges.groupby(["label", "layer"])["documents"].sum().unstack()
    assert (sums.nunique(axis=1) == 1).all()
    documents = Counter(label for label in labels["area"] if label is not None) | {"": 60}
    assert sums[0].to_dict() == dict(documents)


def test_the_labels_of_a_full_labelling_add_up_to_all_documents():
    edges = graphs.edges_of(random_cells(0), {"area": random_labels(0)})
    place = ["layer", "x0", "y0", "x1", "y1"]
    whole = edges[edges["labelling"] == ""].groupby(place)["documents"].sum()
    labels = edges[edges["labelling"] == "area"].groupby(place)["documents"].sum()
    assert whole.to_dict() == labels.to_dict()


def test_shuffled_documents_give_the_same_edges():
    cells, labels = random_cells(0), random_labels(0)
    order = np.random.default_rng(1).permutation(60)
    plane = regions.planes_of(cells)["m", 0][:, order]
    shuffled = cells_of_paths(plane.transpose(1, 0, 2).tolist())
    straight = graphs.edges_of(cells, {"area": labels})
    pd.testing.assert_frame_equal(graphs.edges_of(shuffled, {"area": [labels[i] for i in order]}), straight)


def test_renamed_labels_rename_the_edges_and_nothing_else():
    cells, labels = random_cells(0), random_labels(0)
    names = {"a": "zebra", "b": "ant", "C": "1.0", "é": "True"}
    renamed = graphs.edges_of(cells, {"area": [names[label] for label in labels]})
    straight = graphs.edges_of(cells, {"area": labels}).replace({"label": names})
    assert rows_of(renamed) == sorted(rows_of(straight))


def test_labels_stay_text_as_written(tmp_path):
    labels = [*AWKWARD, None, "", "NA", "nan"]
    edges = graphs.edges_of(random_cells(0, documents=len(labels)), {"area": labels})
    store.write_table(tmp_path / "edges.parquet", edges, contracts.EDGES, provenance={})
    read = store.read_table(tmp_path / "edges.parquet", contracts.EDGES)
    found = set(read.loc[read["labelling"] == "area", "label"])
    assert found == {label for label in labels if label is not None}


def test_a_labelling_without_any_label_has_no_edges():
    edges = graphs.edges_of(random_cells(0), {"area": [None] * 60})
    assert set(edges["labelling"]) == {""}


def test_a_labelling_of_another_length_is_refused():
    with pytest.raises(ValueError, match="labelling 'area' has 59 values, expected one for each of the 60"):
        graphs.edges_of(random_cells(0), {"area": ["a"] * 59})
    with pytest.raises(ValueError, match="empty name"):
        graphs.edges_of(random_cells(0), {"": ["a"] * 60})


def test_a_single_document_and_a_single_layer_are_graphs_too(tmp_path):
    one = cells_of_paths([[(0, 1), (1, 0)]])
    edges = graphs.edges_of(one, {"area": ["a"]})
    assert [nrag.documents.tolist() for nrag in graphs.nrags_of(edges, one, size=2).values()] == [[1, 1], [1, 1]]
    flat = cells_of_paths([[(0, 1)], [(1, 0)], [(0, 1)]])
    edges = graphs.edges_of(flat, {"area": ["a", "a", "b"]})
    assert edges.empty
    store.write_table(tmp_path / "edges.parquet", edges, contracts.EDGES, provenance={})
    edges = store.read_table(tmp_path / "edges.parquet", contracts.EDGES)
    ((key, nrag),) = graphs.nrags_of(edges, flat, size=2).items()
    assert key == graphs.Key("m", 0)
    assert (nrag.layers, nrag.x.tolist(), nrag.y.tolist(), nrag.documents.tolist()) == (1, [0, 1], [1, 0], [2, 1])


# ----------------------------------------------------------------------------------------- NRAGs


def nrags(cells, labels, size=3):
    return graphs.nrags_of(graphs.edges_of(cells, labels), cells, size=size)


def test_the_regions_of_a_label_are_the_cells_its_documents_occupy():
    cells, labels = random_cells(0, size=5), random_labels(0, missing=0.2)
    for key, nrag in nrags(cells, {"area": labels}, size=5).items():
        chosen = [i for i in range(60) if key.label in ("", labels[i])]
        occupancy = cells[cells["document"].isin(chosen)].groupby(["layer", "x", "y"]).size()
        found = zip(nrag.layer.tolist(), nrag.x.tolist(), nrag.y.tolist(), strict=True)
        assert dict(zip(found, nrag.documents.tolist(), strict=True)) == occupancy.to_dict()
        assert nrag.layers == 4


def test_nrags_carry_the_edges_of_their_own_key():
    cells = random_cells(0, models=("base", "tuned"), seeds=(0, 7))
    edges = graphs.edges_of(cells, {"area": random_labels(0)})
    found = graphs.nrags_of(edges, cells, size=3)
    assert list(found) == sorted(found)
    for key, nrag in found.items():
        table = graphs.edge_table(nrag)[["layer", "x0", "y0", "x1", "y1", "documents"]]
        expected = edges[(edges[list(key._fields)] == list(key)).all(axis=1)][table.columns]
        assert rows_of(table) == rows_of(expected)


def test_composed_labels_of_a_full_labelling_are_the_graph_of_all_documents():
    found = nrags(random_cells(0), {"area": random_labels(0)})
    labels = [nrag for key, nrag in found.items() if key.labelling == "area"]
    whole, composed = found[graphs.Key("m", 0)], graphs.compose(labels)
    assert len(labels) == 4
    for name in ("layer", "x", "y", "documents", "source", "target", "weight"):
        assert getattr(composed, name).tolist() == getattr(whole, name).tolist(), name


def test_grids_of_different_size_do_not_compose():
    paths = cells_of_paths([[(0, 0), (1, 1)]])
    edges = graphs.edges_of(paths, {})
    small, large = (graphs.nrags_of(edges, paths, size=size)[graphs.Key("m", 0)] for size in (2, 5))
    with pytest.raises(ValueError, match=r"grid sizes \[2, 5\]"):
        graphs.compose([small, large])


# ---------------------------------------------------------------------------------------- exports


def test_a_composed_graph_keeps_the_weight_of_every_label():
    labels = random_labels(0)
    found = nrags(random_cells(0), {"area": labels})
    graph = graphs.graph_of_labels(found, model="m", seed=0, labelling="area", labels=["C", "a", "é"])
    for label in ("C", "a", "é"):
        assert sum(data[f"area:{label}"] for _, _, data in graph.edges(data=True)) == 3 * labels.count(label)
    for _, _, data in graph.edges(data=True):
        assert data["weight"] == data["area:C"] + data["area:a"] + data["area:é"] > 0
    for _, data in graph.nodes(data=True):
        assert data["documents"] == data["area:C"] + data["area:a"] + data["area:é"] > 0
    assert nx.is_directed_acyclic_graph(graph)
    assert graph.graph["layers"] == 4


def test_a_label_without_documents_is_named_with_those_that_have_some():
    found = nrags(random_cells(0), {"area": random_labels(0, names=("a", "b"))})
    with pytest.raises(ValueError, match=r"label='c'.*documents: 'a', 'b'"):
        graphs.graph_of_labels(found, model="m", seed=0, labelling="area", labels=["a", "c"])


def test_tables_are_wide_with_one_column_per_label():
    paths = [[(0, 0), (1, 1)], [(0, 0), (1, 0)], [(0, 0), (1, 1)]]
    found = nrags(cells_of_paths(paths), {"area": ["a/b", "c", None]}, size=2)
    nodes, edges = graphs.export_tables(found, seed=0)
    assert nodes.columns.tolist() == ["model", "id", "layer", "x", "y", "documents", "area:a/b", "area:c"]
    assert rows_of(nodes) == [
        ("m", "0_0_0", 0, 0, 0, 3, 1, 1),
        ("m", "1_1_0", 1, 1, 0, 1, 0, 1),
        ("m", "1_1_1", 1, 1, 1, 2, 1, 0),
    ]
    assert rows_of(edges.iloc[:, :11]) == [
        ("m", "0_0_0", "1_1_0", 0, 0, 0, 1, 0, 1, 0, 1),
        ("m", "0_0_0", "1_1_1", 0, 0, 0, 1, 1, 2, 1, 0),
    ]


def test_only_the_chosen_seed_is_exported():
    found = nrags(random_cells(0, seeds=(3, 8)), {})
    nodes, _ = graphs.export_tables(found, seed=3)
    assert nodes["documents"].tolist() == found[graphs.Key("m", 3)].documents.tolist()
    with pytest.raises(ValueError, match=r"no graph of seed 0, there are seeds \[3, 8\]"):
        graphs.export_tables(found, seed=0)


def test_models_of_a_shared_space_share_the_nodes_of_the_graph():
    cells = random_cells(0, models=("base", "tuned"))
    graph = graphs.graph_of_space(nrags(cells, {"area": random_labels(0)}), seed=0)
    for _, data in graph.nodes(data=True):
        assert data["documents"] == data["base"] + data["tuned"]
        assert (
            data["tuned"] == sum(data[f"tuned:area:{label}"] for label in "abCé" if label != "b") + data["tuned:area:b"]
        )
    assert graph.graph["models"] == "base tuned"


def test_graphml_with_any_label_is_read_back_by_networkx(tmp_path):
    labels = random_labels(0, names=AWKWARD)
    graph = graphs.graph_of_space(nrags(random_cells(0), {"area": labels}), seed=0)
    store.write_text(tmp_path / "nrag.graphml", graphs.graphml(graph))
    read = nx.read_graphml(tmp_path / "nrag.graphml")
    assert dict(read.nodes(data=True)) == dict(graph.nodes(data=True))
    assert {(u, v): data for u, v, data in read.edges(data=True)} == {
        (u, v): data for u, v, data in graph.edges(data=True)
    }
    assert {f"area:{label}" for label in labels} <= set(read.nodes["0_0_0"])
    assert (read.graph["models"], read.graph["layers"], read.graph["seed"]) == ("m", 4, 0)
    assert graphs.graphml(graph) == graphs.graphml(graph)


def test_characters_that_xml_cannot_hold_are_escaped(tmp_path):
    names = ["bell\x07", "nul\x00", "form\x0cfeed", "\ufffe", "fine"]
    graph = graphs.graph_of_space(nrags(random_cells(0), {"area": random_labels(0, names=names)}), seed=0)
    store.write_text(tmp_path / "nrag.graphml", graphs.graphml(graph))
    read = nx.read_graphml(tmp_path / "nrag.graphml")
    escaped = {"area:bell\\x07", "area:nul\\x00", "area:form\\x0cfeed", "area:\\ufffe", "area:fine"}
    assert escaped == {name for name in read.nodes["0_0_0"] if ":" in name}
    assert sum(data["area:bell\\x07"] for _, data in read.nodes(data=True)) == sum(
        data["area:bell\x07"] for _, data in graph.nodes(data=True)
    )


def test_names_that_escaping_would_make_one_are_refused():
    names = ["bell\x07", "bell\\x07"]
    graph = graphs.graph_of_space(nrags(random_cells(0), {"area": random_labels(0, names=names)}), seed=0)
    with pytest.raises(ValueError, match="differ only in characters that XML cannot hold"):
        graphs.graphml(graph)


def test_counting_keeps_its_pace():
    documents, layers = 100_000, 13
    plane = np.random.default_rng(0).normal(size=(documents, 2))
    cells = regions.cells_of({("m", 0, layer): plane for layer in range(layers)}, size=10).cells
    labels = {"area": ["a", "b"] * (documents // 2)}
    # Measured: 1.2.
    assert units(lambda: graphs.edges_of(cells, labels)) < 5


def test_labels_that_differ_from_model_to_model_give_each_model_its_own_edges():
    models = ("base", "sft", "untrained")
    cells = random_cells(3, models=models, seeds=(0, 1))
    shared = random_labels(4, missing=0.1)
    own = {"base": {"solved": ["no"] * 60}, "sft": {"solved": random_labels(5, names=("yes", "no"), missing=0.3)}}
    expected = []
    for model in models:
        labels = {"area": shared, **own.get(model, {})}
        expected += slow_edges(cells[cells["model"] == model].reset_index(drop=True), labels)
    found = graphs.edges_of(cells, {"area": shared}, own=own)
    assert rows_of(found) == sorted(expected)
    assert set(found.loc[found["labelling"] == "solved", "model"]) == {"base", "sft"}
    store_key = found[KEY]
    assert store_key.equals(store_key.sort_values(KEY, ignore_index=True))


def test_a_labelling_is_of_every_model_or_of_one():
    with pytest.raises(ValueError, match="labelling 'area' is both of every model and of one"):
        graphs.edges_of(random_cells(0), {"area": random_labels(1)}, own={"m": {"area": random_labels(2)}})


def test_the_scripts_lead_from_cells_to_tables_and_graphml(tmp_path):
    from build_graph import build_graph
    from export_graph import export_graph

    labels = random_labels(0, names=[name for name in AWKWARD if "\r" not in name], missing=0.2)
    store.write_table(tmp_path / "cells.parquet", random_cells(0, seeds=(2, 4)), contracts.CELLS, provenance={}, size=3)
    corpus = pd.DataFrame({"document": range(60), "id": [f"d{i}" for i in range(60)], "text": "t", "area": labels})
    corpus = corpus.assign(group=None, time=None, hover=None)
    counts = Counter(label for label in labels if label is not None)
    store.write_table(
        tmp_path / "corpus.parquet", corpus, contracts.CORPUS, provenance={}, labellings={"area": {**counts, "none": 0}}
    )
    build_graph(tmp_path / "cells.parquet", tmp_path / "corpus.parquet", tmp_path / "edges.parquet")
    edges = store.read_table(tmp_path / "edges.parquet", contracts.EDGES)
    assert rows_of(edges) == slow_edges(random_cells(0, seeds=(2, 4)), {"area": labels})
    outputs = [tmp_path / name for name in ("nodes.tsv", "edges.tsv", "nrag.graphml")]
    export_graph(tmp_path / "cells.parquet", tmp_path / "edges.parquet", *outputs)
    nodes = store.read_tsv(tmp_path / "nodes.tsv")
    assert set(nodes.columns[6:]) == {f"area:{label}" for label in counts}
    assert nodes.loc[nodes["layer"] == "0", "documents"].astype(int).sum() == 60
    assert set(nx.read_graphml(tmp_path / "nrag.graphml")) == set(nodes["id"])
    assert store.read_attributes(tmp_path / "edges.tsv")["provenance"]["parameters"] == {"seed": 2}
    before = [path.read_bytes() for path in outputs]
    export_graph(tmp_path / "cells.parquet", tmp_path / "edges.parquet", *outputs)
    assert [path.read_bytes() for path in outputs] == before
