"""How far labels lie apart, against plain definitions, document by document."""

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from pace import units
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import adjusted_mutual_info_score

from nrag.graphs import incidence_of
from nrag.statistics import columns, separation

REGIONS = ("region_divergence", "exclusive_regions", "shared_regions", "label_information")
EDGES = ("edge_total_variation", "edge_jaccard_distance")
SIZE = 4


def plane_of(documents=60, layers=4, seed=0, size=SIZE):
    """Random cells; in the first layer of several all documents share one."""
    plane = np.random.default_rng(seed).integers(0, size, size=(layers, documents, 2)).astype(np.int16)
    plane[: layers > 1] = 0
    return plane


def labels_of(k, documents=60, columns=7, seed=1):
    """(documents, columns) labels of sizes that differ between labels and columns; every label has documents."""
    generator = np.random.default_rng(seed)
    labels = generator.choice(k, (documents, columns), p=np.arange(1, k + 1) / (k * (k + 1) / 2))
    labels[:k] = np.arange(k)[:, None]
    return generator.permuted(labels, axis=0)


def separated(name, plane, labels, k):
    incidence = incidence_of(plane, size=12)
    count = incidence.documents if name in REGIONS else incidence.weights
    with np.errstate(all="raise"):
        return getattr(separation, name)(incidence, np.stack([count(labels == label) for label in range(k)]))


def shares(places, labels, k):
    """For each label the share of its documents at each place, exactly."""
    counts = [Counter(place for place, label in zip(places, labels, strict=True) if label == j) for j in range(k)]
    return [{place: Fraction(n, count.total()) for place, n in count.items()} for count in counts]


def entropy(chances):
    return -sum(float(chance) * math.log2(chance) for chance in chances if chance)


def slow_divergence(places, labels, k):
    of_labels = shares(places, labels, k)
    mean = [sum(share.get(place, 0) for share in of_labels) / k for place in set(places)]
    return entropy(mean) - sum(entropy(share.values()) for share in of_labels) / k


def slow_total_variation(places, labels, k):
    of_labels = shares(places, labels, k)
    apart = [
        sum(abs(one.get(place, 0) - other.get(place, 0)) for place in set(places)) / 2
        for one, other in combinations(of_labels, 2)
    ]
    return float(sum(apart) / len(apart))


def slow_jaccard(places, labels, k):
    of_labels = shares(places, labels, k)
    values = [[share.get(place, 0) for share in of_labels] for place in set(places)]
    return float(1 - Fraction(sum(map(min, values)), sum(map(max, values))))


def slow_occupants(places, labels, k, wanted):
    occupants = [{label for here, label in zip(places, labels, strict=True) if here == place} for place in set(places)]
    return sum(len(found) == wanted for found in occupants) / len(occupants)


SLOW = {
    "region_divergence": slow_divergence,
    "edge_total_variation": slow_total_variation,
    "edge_jaccard_distance": slow_jaccard,
    "exclusive_regions": lambda places, labels, k: slow_occupants(places, labels, k, 1),
    "shared_regions": lambda places, labels, k: slow_occupants(places, labels, k, k),
    "label_information": lambda places, labels, k: adjusted_mutual_info_score(labels, list(map(str, places))),
}
FROM_SUMS = ("edge_jaccard_distance", "exclusive_regions", "shared_regions")
"""Overall these are of the places of all layers, not the mean of the layers."""


def slowly(name, plane, labels, k):
    """Overall and by layer, of one labelling; as many documents are in every layer, so overall sums need no weights."""
    cells = [list(map(tuple, layer.tolist())) for layer in plane]
    if name in EDGES:
        cells = [list(zip(here, there, strict=True)) for here, there in pairwise(cells)]
    by_layer = [SLOW[name](places, labels, k) for places in cells]
    everywhere = [(layer, place) for layer, places in enumerate(cells) for place in places]
    overall = SLOW[name](everywhere, labels * len(cells), k) if name in FROM_SUMS else np.mean(by_layer)
    return overall, by_layer + [np.nan] * (name in EDGES)


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("name", SLOW)
def test_every_statistic_equals_its_plain_definition(name, k):
    plane, labels = plane_of(), labels_of(k)
    found = separated(name, plane, labels, k)
    for column in range(labels.shape[1]):
        overall, by_layer = slowly(name, plane, labels[:, column].tolist(), k)
        assert found.overall[column] == pytest.approx(overall, abs=1e-12)
        np.testing.assert_allclose(found.by_layer[:, column], by_layer, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(SLOW.keys() - {"label_information"}))
def test_labels_without_a_common_region_are_as_far_apart_as_labels_can_be(name):
    labels = np.repeat([0, 1, 2], [10, 20, 30])[:, None]
    plane = plane_of()
    plane[..., 0] += SIZE * labels[:, 0]
    most = {"region_divergence": math.log2(3), "shared_regions": 0}.get(name, 1)
    for found in separated(name, plane, labels, 3):
        np.testing.assert_allclose(found[~np.isnan(found)], most)


@pytest.mark.parametrize("name", sorted(SLOW.keys() - {"label_information"}))
def test_the_same_documents_under_every_label_are_no_distance_apart(name):
    plane = np.tile(plane_of(documents=20), (1, 3, 1))
    found = separated(name, plane, np.repeat([0, 1, 2], 20)[:, None], 3)
    np.testing.assert_allclose(found.overall, name == "shared_regions", atol=1e-15)


def test_rounding_makes_no_divergence_negative():
    labels = np.repeat([0, 1, 2], [20, 60, 100])[:, None]
    planes = [np.tile(plane_of(documents=20, seed=seed), (1, 9, 1)) for seed in range(20)]
    assert min(separated("region_divergence", plane, labels, 3).by_layer.min() for plane in planes) == 0


def test_the_same_documents_under_every_label_tell_less_than_chance():
    plane = np.tile(plane_of(documents=20), (1, 3, 1))
    assert separated("label_information", plane, np.repeat([0, 1, 2], 20)[:, None], 3).overall < -0.1


def test_regions_that_are_the_labels_tell_all_of_them():
    labels = np.repeat([0, 1, 2], [5, 3, 9])[:, None]
    plane = np.stack([labels, labels], axis=-1)[:, 0, :][None].astype(np.int16)
    assert separated("label_information", plane, labels, 3).overall == pytest.approx(1)


def test_the_divergence_of_two_labels_is_that_of_scipy():
    incidence = incidence_of(plane_of(layers=1), size=SIZE)
    labels = labels_of(2)
    documents = np.stack([incidence.documents(labels == label) for label in range(2)])
    expected = jensenshannon(*documents.astype(np.float64), base=2) ** 2
    np.testing.assert_allclose(separation.region_divergence(incidence, documents).overall, expected)


def test_the_jaccard_distance_of_two_labels_follows_from_the_total_variation():
    plane, labels = plane_of(), labels_of(2)
    variation, distance = (separated(name, plane, labels, 2) for name in EDGES)
    for found, expected in zip(distance, variation, strict=True):
        np.testing.assert_allclose(found, 2 * expected / (1 + expected))


def test_over_all_dealings_of_labels_the_mean_information_is_the_expected():
    labels = np.array(sorted(set(permutations([0, 0, 1, 1, 1, 2])))).T
    plane = np.array([[0, 0, 0, 1, 1, 2], [0, 0, 0, 0, 1, 1]], dtype=np.int16)[..., None].repeat(2, axis=2)
    found = separated("label_information", plane, labels, 3)
    np.testing.assert_allclose(found.by_layer.mean(axis=1), 0, atol=1e-12)
    assert found.by_layer.std() > 0.1


def test_a_layer_of_one_region_tells_nothing_exactly():
    for sizes in ([3, 7, 50], [1, 5], [2, 4]):
        labels = np.repeat(np.arange(len(sizes)), sizes)[:, None]
        for name in ("region_divergence", "label_information"):
            assert separated(name, plane_of(documents=sum(sizes)), labels, len(sizes)).by_layer[0] == 0


@pytest.mark.parametrize("name", SLOW)
def test_names_of_labels_order_of_documents_and_axes_do_not_matter(name):
    plane, labels = plane_of(), labels_of(3)
    order = np.random.default_rng(2).permutation(60)
    straight = separated(name, plane, labels, 3)
    for other in (
        separated(name, plane, np.array([2, 0, 1])[labels], 3),
        separated(name, plane[:, order], labels[order], 3),
        separated(name, plane[..., ::-1], labels, 3),
    ):
        for found, expected in zip(other, straight, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SLOW)
def test_documents_that_have_no_label_in_a_column_do_not_count_in_it(name):
    plane, labels = plane_of(), labels_of(3)
    some = np.where(np.random.default_rng(3).random(labels.shape) < 0.5, labels, -1)
    found = separated(name, plane, some, 3)
    for column in range(labels.shape[1]):
        chosen = np.flatnonzero(some[:, column] >= 0)
        alone = separated(name, plane[:, chosen], some[chosen, column : column + 1], 3)
        assert found.overall[column] == pytest.approx(alone.overall[0])
        np.testing.assert_allclose(found.by_layer[:, column], alone.by_layer[:, 0], atol=1e-12)


@pytest.mark.parametrize("name", SLOW)
def test_a_label_without_documents_leaves_its_columns_alone_undefined(name):
    plane, labels = plane_of(), labels_of(3)
    one_empty, no_label = labels[:, 0] % 2, np.full(60, -1)
    found = separated(name, plane, np.column_stack([labels[:, 0], one_empty, no_label]), 3)
    assert np.isnan(found.overall).tolist() == [False, True, True]
    assert np.isnan(found.by_layer[:, 1:]).all()
    assert not np.isnan(found.by_layer[:-1, 0]).any()


@pytest.mark.parametrize("name", SLOW)
def test_a_single_layer_has_regions_and_no_edges(name):
    found = separated(name, plane_of(layers=1), labels_of(2), 2)
    assert np.isnan(found.overall).all() == (name in EDGES)
    assert found.by_layer.shape == (1, 7)
    np.testing.assert_array_equal(found.by_layer[0], found.overall)


def test_documents_that_are_regions_and_labels_of_their_own_leave_nothing_to_be_told():
    plane = np.arange(3, dtype=np.int16)[None, :, None].repeat(2, axis=2)
    assert np.isnan(separated("label_information", plane, np.arange(3)[:, None], 3).overall).all()


@pytest.mark.parametrize("name", SLOW)
def test_how_many_columns_go_together_makes_no_difference(name, monkeypatch):
    plane, labels = plane_of(), labels_of(3)
    whole = separated(name, plane, labels, 3)
    monkeypatch.setattr(columns, "_CELLS", 1)
    for found, expected in zip(separated(name, plane, labels, 3), whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_a_thousand_columns_of_thirteen_layers_take_no_longer_than_promised():
    # The labels' sizes differ between columns, so that hardly any expectation serves twice.
    plane, labels = plane_of(documents=1000, layers=13, size=10), labels_of(2, documents=1000, columns=1000)
    incidence = incidence_of(plane, size=12)
    counts = {
        names: np.stack([count(labels == label) for label in range(2)])
        for names, count in ((REGIONS, incidence.documents), (EDGES, incidence.weights))
    }

    def measure():
        for names, counted in counts.items():
            for name in names:
                getattr(separation, name)(incidence, counted)

    # Measured: 15.
    assert units(measure, 1) < 60
