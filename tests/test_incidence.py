"""Documents by edges and regions, against the graphs that are counted from cells."""

import numpy as np
import pandas as pd
import pytest

from nrag.graphs import edges_of, incidence, incidence_of, nrags_of

SIZE = 4


def plane_of(documents=60, layers=5, seed=0):
    return np.random.default_rng(seed).integers(0, SIZE, size=(layers, documents, 2)).astype(np.int16)


def graphs(plane, labels):
    """The NRAGs of labels, counted as the workflow counts them."""
    cells = cells_of(plane)
    return {key.label: nrag for key, nrag in nrags_of(edges_of(cells, {"l": labels}), cells, size=SIZE).items()}


def cells_of(plane):
    layers, documents, _ = plane.shape
    layer, document = np.indices((layers, documents)).reshape(2, -1)
    table = {"model": "m", "seed": np.int16(0), "layer": layer.astype(np.int16), "document": document.astype(np.int32)}
    return pd.DataFrame(table | {"x": plane[..., 0].ravel(), "y": plane[..., 1].ravel()})


def test_the_nrag_of_all_documents_is_that_of_the_edges():
    plane = plane_of()
    found, counted = incidence_of(plane, size=SIZE).nrag(), graphs(plane, ["a"] * 60)[""]
    for name in ("layer", "x", "y", "documents", "source", "target", "weight"):
        assert getattr(found, name).tolist() == getattr(counted, name).tolist(), name
    assert (found.layers, found.size) == (counted.layers, counted.size)


def test_a_product_counts_the_documents_of_any_subset():
    plane = plane_of()
    labels = np.array(["a", "b", "c"])[np.random.default_rng(1).integers(0, 3, 60)]
    counted = graphs(plane, labels.tolist())
    incidence = incidence_of(plane, size=SIZE)
    chosen = np.stack([labels == name for name in "abc"], axis=1)
    documents, weights = incidence.documents(chosen), incidence.weights(chosen)
    for column, name in enumerate("abc"):
        own = counted[name]
        occupied = documents[:, column] > 0
        assert incidence.codes[occupied].tolist() == own.codes.tolist()
        assert documents[occupied, column].tolist() == own.documents.tolist()
        taken = weights[:, column] > 0
        ends = incidence.codes[np.stack([incidence.source, incidence.target])[:, taken]]
        assert ends.tolist() == own.codes[np.stack([own.source, own.target])].tolist()
        assert weights[taken, column].tolist() == own.weight.tolist()


@pytest.mark.parametrize("layers", [1, 2, 5])
@pytest.mark.parametrize("block", [7, 60, 100])
def test_documents_are_counted_block_by_block_as_one_by_one(monkeypatch, layers, block):
    monkeypatch.setattr(incidence, "_DOCUMENTS", block)
    made = incidence_of(plane_of(layers=layers), size=SIZE)
    chosen = np.random.default_rng(1).random((60, 3)) < 0.5
    documents, weights = made.counts(chosen)
    for column in range(3):
        (of_column,) = np.nonzero(chosen[:, column])
        regions = [np.count_nonzero(made.region[:, of_column] == number) for number in range(len(made.codes))]
        edges = [np.count_nonzero(made.edge[:, of_column] == number) for number in range(len(made.source))]
        assert documents[:, column].tolist() == made.documents(chosen)[:, column].tolist() == regions
        assert weights[:, column].tolist() == edges


def test_a_region_may_hold_more_documents_than_small_integers_can_count():
    plane = np.zeros((2, 70_000, 2), dtype=np.int16)
    plane[1, 69_999] = 1
    documents, weights = incidence_of(plane, size=SIZE).counts(np.ones((70_000, 1), dtype=bool))
    assert documents.ravel().tolist() == [70_000, 69_999, 1]
    assert weights.ravel().tolist() == [69_999, 1]


def test_of_some_documents_alone_what_none_of_them_is_in_is_left_out():
    plane = plane_of()
    chosen = np.arange(0, 60, 3)
    some, copied = incidence_of(plane, size=SIZE, documents=chosen), incidence_of(plane[:, chosen], size=SIZE)
    for name in ("codes", "region", "source", "target", "edge"):
        assert getattr(some, name).tolist() == getattr(copied, name).tolist()
    assert some.documents(np.ones((20, 1))).min() >= 1
    assert some.weights(np.ones((20, 1))).min() >= 1


@pytest.mark.parametrize("layers", [1, 2])
def test_a_model_of_one_layer_has_regions_and_no_edges(layers):
    incidence = incidence_of(plane_of(layers=layers), size=SIZE)
    assert incidence.documents(np.ones((60, 1))).sum() == 60 * layers
    assert incidence.weights(np.ones((60, 1))).sum() == 60 * (layers - 1)
    assert len(incidence.nrag().weight) == len(incidence.source)
