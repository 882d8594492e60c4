"""Closed forms of many subsets of the documents, against the metrics of each one's NRAG."""

import tracemalloc

import numpy as np
import pytest
from pace import units

from nrag import metrics
from nrag.graphs import incidence_of
from nrag.statistics import closed_forms, columns

OTHER = {"average_shortest_path", "betweenness_centralization", "reachable_pairs", "communities", "modularity"}
"""Metrics of graphs that are no closed form of counts; nor are those of projections, named even_ and odd_."""

SHAPES = {
    "several layers": {"layers": 6, "documents": 80, "size": 4, "columns": 25},
    "as wide as the grid allows": {"layers": 4, "documents": 200, "size": 10, "columns": 12},
    "few documents": {"layers": 5, "documents": 4, "size": 3, "columns": 16},
    "two layers": {"layers": 2, "documents": 30, "size": 3, "columns": 12},
    "one layer": {"layers": 1, "documents": 30, "size": 3, "columns": 12},
    "one region in every layer": {"layers": 4, "documents": 10, "size": 1, "columns": 6},
}


def plane_of(*, layers, documents, size, seed=0, **_):
    """Random cells, crowded towards a corner so that strengths differ; of five layers or more the first is one cell."""
    plane = (size * np.random.default_rng(seed).random((layers, documents, 2)) ** 2).astype(np.int16)
    plane[: layers > 4] = 0
    return plane


def chosen_of(*, documents, columns, seed=1, **_):
    """Random subsets, of all sizes; the first has all documents, the second none, the third one."""
    generator = np.random.default_rng(seed)
    chosen = generator.random((documents, columns)) < generator.random(columns)
    chosen[:, 0], chosen[:, 1], chosen[:, 2] = True, False, np.arange(documents) == documents // 2
    return chosen


def slowly(plane, chosen, size, level):
    """Every metric of a level of the NRAG of each column's documents, one after the other."""
    nrags = [incidence_of(plane, size=size, documents=np.flatnonzero(column)).nrag() for column in chosen.T]
    left_out = {name for name in metrics.METRICS["graph"] if name.startswith(("even_", "odd_"))} | OTHER
    with np.errstate(invalid="ignore"):
        return {
            name: np.stack([np.asarray(function(nrag), dtype=np.float64) for nrag in nrags], axis=-1)
            for name, function in metrics.METRICS[level].items()
            if level == "layer" or name not in left_out
        }


def measured(plane, chosen, size, level):
    incidence = incidence_of(plane, size=size)
    function = {"graph": closed_forms.graph_metrics, "layer": closed_forms.layer_metrics}[level]
    with np.errstate(all="raise"):
        return function(incidence, incidence.weights(chosen), incidence.documents(chosen))


@pytest.mark.parametrize("level", ["graph", "layer"])
@pytest.mark.parametrize("case", SHAPES)
def test_every_closed_form_equals_the_metric_of_each_subset_s_own_nrag(case, level):
    shape = SHAPES[case]
    plane, chosen = plane_of(**shape), chosen_of(**shape)
    found, expected = measured(plane, chosen, shape["size"], level), slowly(plane, chosen, shape["size"], level)
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-12, err_msg=name)
    for name in ("regions", "edges"):
        np.testing.assert_array_equal(found[name], expected[name])


def test_how_many_columns_go_together_makes_no_difference(monkeypatch):
    shape = SHAPES["several layers"]
    plane, chosen = plane_of(**shape), chosen_of(**shape)
    for level in ("graph", "layer"):
        whole = measured(plane, chosen, 4, level)
        with monkeypatch.context() as patched:
            patched.setattr(columns, "_CELLS", 1)
            single = measured(plane, chosen, 4, level)
        for name in whole:
            np.testing.assert_allclose(single[name], whole[name], rtol=1e-12, atol=1e-13, err_msg=name)


def test_no_columns_give_no_numbers():
    plane = plane_of(layers=3, documents=9, size=3)
    none = np.zeros((9, 0), dtype=bool)
    assert {values.shape for values in measured(plane, none, 3, "graph").values()} == {(0,)}
    assert {values.shape for values in measured(plane, none, 3, "layer").values()} == {(3, 0)}


def test_layers_swap_axes_and_documents_change_places_without_a_difference():
    shape = SHAPES["several layers"]
    plane, chosen = plane_of(**shape), chosen_of(**shape)
    order = np.random.default_rng(2).permutation(shape["documents"])
    for level in ("graph", "layer"):
        straight = measured(plane, chosen, 4, level)
        for other in (measured(plane[..., ::-1], chosen, 4, level), measured(plane[:, order], chosen[order], 4, level)):
            for name in straight:
                np.testing.assert_allclose(other[name], straight[name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_a_thousand_columns_of_thirteen_layers_take_no_longer_and_no_more_memory_than_promised():
    plane, chosen = plane_of(layers=13, documents=1000, size=10), chosen_of(documents=1000, columns=1000)
    incidence = incidence_of(plane, size=10)
    weights, documents = incidence.weights(chosen), incidence.documents(chosen)

    def measure():
        closed_forms.graph_metrics(incidence, weights, documents)
        closed_forms.layer_metrics(incidence, weights, documents)

    # Measured: 12 to 20.
    assert units(measure, 1) < 60
    tracemalloc.start()
    closed_forms.graph_metrics(incidence, weights, documents)
    closed_forms.layer_metrics(incidence, weights, documents)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
