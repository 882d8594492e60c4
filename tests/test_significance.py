"""Which edges carry more documents than layers that know nothing of each other would give them."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from test_graphs import cells_of_paths, random_cells, random_labels

from nrag import graphs


def nrag_of(cells, *, size, labels=None, label=""):
    edges = graphs.edges_of(cells, {"area": labels} if labels else {})
    return graphs.nrags_of(edges, cells, size=size)[graphs.Key("m", 0, "area" if label else "", label)]


def slow_tail(weight, documents, source, target):
    """P(X >= weight), counted: of all ways to deal `target` documents, those that take `weight` or more of `source`."""
    ways = sum(
        math.comb(source, taken) * math.comb(documents - source, target - taken)
        for taken in range(weight, min(source, target) + 1)
        if target - taken <= documents - source
    )
    return Fraction(ways, math.comb(documents, target))


def slow_significance(cells):
    """p and q of every pair of occupied regions, with an edge or without, from the cells alone."""
    place = {(row.layer, row.document): (row.x, row.y) for row in cells.itertuples()}
    layers, documents = cells["layer"].max() + 1, cells["document"].max() + 1
    p = {}
    for layer in range(layers - 1):
        here = Counter(place[layer, document] for document in range(documents))
        there = Counter(place[layer + 1, document] for document in range(documents))
        both = Counter((place[layer, document], place[layer + 1, document]) for document in range(documents))
        for source, target in ((a, b) for a in here for b in there):
            p[layer, source, target] = slow_tail(both[source, target], documents, here[source], there[target])
    ranked = sorted(p, key=lambda pair: p[pair])
    q, least = {}, Fraction(1)
    for rank in range(len(ranked), 0, -1):
        least = min(least, p[ranked[rank - 1]] * len(ranked) / rank)
        q[ranked[rank - 1]] = least
    return p, q


def clustered_cells(seed, *, documents=60, layers=4, size=4):
    """Documents that keep their cell more often than chance: some edges are heavy, most are not."""
    generator = np.random.default_rng(seed)
    places = generator.integers(0, size, (documents, 2))
    planes = []
    for _ in range(layers):
        moved = generator.random(documents) < 0.5
        places = np.where(moved[:, None], generator.integers(0, size, (documents, 2)), places)
        planes.append(places)
    return cells_of_paths(np.stack(planes, axis=1).tolist())


@pytest.mark.parametrize("seed", range(4))
def test_p_and_q_are_those_of_the_definition(seed):
    cells = clustered_cells(seed)
    nrag, (p, q) = nrag_of(cells, size=4), slow_significance(cells)
    found = graphs.significance(nrag)
    pairs = [
        (int(nrag.layer[a]), (nrag.x[a], nrag.y[a]), (nrag.x[b], nrag.y[b]))
        for a, b in zip(nrag.source, nrag.target, strict=True)
    ]
    assert len(pairs) < len(p), "most pairs have no edge, and count"
    assert np.allclose(found.p, [float(p[pair]) for pair in pairs], rtol=1e-9)
    assert np.allclose(found.q, [float(q[pair]) for pair in pairs], rtol=1e-9)
    assert 0 < (found.q <= 0.05).sum() < len(pairs)


def test_p_is_how_often_a_shuffled_layer_gives_as_many_documents():
    cells = clustered_cells(1, documents=30, layers=2, size=3)
    nrag = nrag_of(cells, size=3)
    generator, rounds = np.random.default_rng(0), 4000
    here, there = (cells.loc[cells["layer"] == layer, ["x", "y"]].to_numpy() @ [3, 1] for layer in (0, 1))
    ends = [nrag.x[end] * 3 + nrag.y[end] for end in (nrag.source, nrag.target)]
    reached = np.zeros(len(nrag.weight))
    for _ in range(rounds):
        shuffled = generator.permutation(there)
        counts = ((here == ends[0][:, None]) & (shuffled == ends[1][:, None])).sum(axis=1)
        reached += counts >= nrag.weight
    p = graphs.significance(nrag).p
    # Five standard deviations of the simulation; one edge of a hundred thousand would lie outside.
    assert (np.abs(reached / rounds - p) <= 5 * np.sqrt(np.maximum(p * (1 - p), 1 / rounds) / rounds)).all()
    assert p.min() < 0.01


def test_an_edge_that_must_be_is_no_finding_and_one_by_hand_is_right():
    # Of 4 documents 2 lie in the source; both go to a target of 2: 1 way of 6.
    paths = [[(0, 0), (1, 0)]] * 2 + [[(0, 1), (1, 1)]] * 2
    found = graphs.significance(nrag_of(cells_of_paths(paths), size=2))
    assert found.p.tolist() == pytest.approx([1 / 6, 1 / 6])
    # 4 pairs are occupied, 2 have an edge: 1/6 * 4 / 2.
    assert found.q.tolist() == pytest.approx([1 / 3, 1 / 3])
    together = [[(0, 0), (1, place)] for place in (0, 0, 1)]
    assert graphs.significance(nrag_of(cells_of_paths(together), size=2)).p.tolist() == [1, 1]


def test_tiny_chances_are_not_rounded_to_nothing():
    paths = [[(0, 0), (1, 0)]] * 200 + [[(0, 1), (1, 1)]] * 200
    p = graphs.significance(nrag_of(cells_of_paths(paths), size=2)).p
    assert p[0] == pytest.approx(float(Fraction(1, math.comb(400, 200))), rel=1e-6)


def test_independent_layers_give_few_findings_and_planted_ones_are_found():
    findings, edges = 0, 0
    for seed in range(20):
        found = graphs.significance(nrag_of(random_cells(seed, documents=300, layers=3, size=5), size=5))
        findings, edges = findings + (found.q <= 0.05).sum(), edges + len(found.q)
    assert findings <= 2 < edges / 1000
    paths = random_cells(0, documents=300, layers=2, size=5)
    planted = paths.assign(x=np.where(paths["document"] < 20, 0, paths["x"]), y=paths["y"] % 5)
    planted.loc[planted["document"] < 20, "y"] = 0
    nrag = nrag_of(planted, size=5)
    (kept,) = np.flatnonzero(graphs.significance(nrag).q <= 0.05)
    assert nrag.codes[nrag.source[kept]] == 0
    assert nrag.codes[nrag.target[kept]] == 25


def test_a_graph_without_edges_has_nothing_to_judge():
    found = graphs.significance(nrag_of(cells_of_paths([[(0, 0)], [(1, 1)]]), size=2))
    assert (found.p.shape, found.q.shape) == ((0,), (0,))


def test_an_nrag_of_the_rows_of_a_label_keeps_their_order():
    labels = random_labels(0, names=("a", "b"))
    edges = graphs.edges_of(random_cells(0), {"area": labels})
    rows = edges[edges["label"] == "a"]
    found = graphs.nrag_of(rows, layers=4, size=3)
    assert found.weight.tolist() == rows["documents"].tolist()
    assert found.layer[found.source].tolist() == rows["layer"].tolist()
    assert found.y[found.target].tolist() == rows["y1"].tolist()
    assert found.documents[found.layer == 3].sum() == labels.count("a")


def test_exports_judge_the_edges_of_all_documents_and_of_each_label_by_its_own():
    labels, cells = random_labels(0, names=("a", "b:c"), missing=0.2), random_cells(0, models=("m", "n"))
    nrags = graphs.nrags_of(graphs.edges_of(cells, {"area": labels}), cells, size=3)
    _, edges = graphs.export_tables(nrags, seed=0)
    named = ["p", "q", "p(area:a)", "q(area:a)", "p(area:b:c)", "q(area:b:c)"]
    assert edges.columns.tolist()[-6:] == named
    for model, rows in edges.groupby("model"):
        whole = graphs.significance(nrags[graphs.Key(model, 0)])
        assert rows["p"].tolist() == whole.p.tolist()
        assert rows["q"].tolist() == whole.q.tolist()
        for label in ("a", "b:c"):
            own = graphs.significance(nrags[graphs.Key(model, 0, "area", label)])
            there = rows[f"area:{label}"] > 0
            assert rows.loc[there, f"p(area:{label})"].tolist() == own.p.tolist()
            assert rows.loc[there, f"q(area:{label})"].tolist() == own.q.tolist()
            assert (rows.loc[~there, [f"p(area:{label})", f"q(area:{label})"]] == 1).all(axis=None)
            assert not there.all()


def test_a_label_without_documents_in_one_model_leaves_no_hole():
    cells = random_cells(0, models=("m", "n"))
    edges = graphs.edges_of(cells, {"area": random_labels(0, names=("a", "b"))})
    edges = edges[(edges["model"] != "n") | (edges["label"] != "b")]
    _, table = graphs.export_tables(graphs.nrags_of(edges, cells, size=3), seed=0)
    lacking = table[table["model"] == "n"]
    assert (lacking["area:b"] == 0).all()
    assert (lacking[["p(area:b)", "q(area:b)"]] == 1).all(axis=None)
    assert pd.api.types.is_integer_dtype(table["area:b"])
