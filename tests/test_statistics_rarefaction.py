"""Metrics by the number of documents, against plain definitions."""

import numpy as np
import pandas as pd
import pytest

from nrag import metrics
from nrag.compared import Documents
from nrag.graphs import incidence_of
from nrag.statistics.half_samples import samples
from nrag.statistics.rarefaction import rarefaction, sizes_of

SIZE, LAYERS = 4, 3
KEY = ["model", "label", "metric", "layer", "n"]


def cells_of(documents, seed=0):
    return (SIZE * np.random.default_rng(seed).random((LAYERS, documents, 2)) ** 2).astype(np.int16)


def compared(*counts, groups=None):
    """Documents of as many of each label; some of the corpus take no part."""
    labels = np.random.default_rng(3).permutation(np.repeat(np.arange(len(counts)), counts))
    return Documents(np.arange(len(labels)) * 2 + 1, tuple("ABC"[: len(counts)]), labels, groups)


def rarefied(documents, seeds=1, **keys):
    planes = {("x", seed): cells_of(2 * len(documents.rows) + 1, seed) for seed in range(seeds)}
    return rarefaction(planes, documents, **{"size": SIZE, "draws": 8, "seed": 5} | keys)


def values_of(nrag):
    """By metric and layer, every metric of graphs and layers."""
    of_graph = {(name, -1): float(function(nrag)) for name, function in metrics.METRICS["graph"].items()}
    return of_graph | {
        (name, layer): float(value)
        for name, function in metrics.METRICS["layer"].items()
        for layer, value in enumerate(function(nrag))
    }


@pytest.mark.parametrize("groups", [None, np.arange(63) // 3], ids=["documents", "groups"])
def test_every_row_is_mean_and_deviation_of_each_draw_s_own_nrag(groups):
    documents = compared(25, 38, groups=groups)
    found = rarefied(documents, seeds=2)
    chosen = documents.labels == 1
    unit = np.arange(38) if groups is None else np.unique(groups[chosen], return_inverse=True)[1]
    for n in (10, 25, 38):
        (drawn,) = samples(np.zeros(38, dtype=int), unit, 1, m=n, number=8, seed=5)
        of_draws = []
        for draw in drawn.T:
            rows = documents.rows[chosen][draw]
            with np.errstate(invalid="ignore"):
                seeds = [
                    values_of(incidence_of(cells_of(127, seed), size=SIZE, documents=rows).nrag()) for seed in range(2)
                ]
            of_draws.append({key: np.mean([values[key] for values in seeds]) for key in seeds[0]})
        here = found[(found["label"] == "B") & (found["n"] == n)]
        assert len(here) > 40
        for row in here.fillna({"layer": -1}).itertuples():
            each = np.array([values[row.metric, row.layer] for values in of_draws])
            counts = drawn.sum(axis=0)[np.isfinite(each)]
            each = each[np.isfinite(each)]
            told = [row.draws, row.documents, row.mean, row.sd, row.seeds]
            expected = [len(each), counts.mean(), each.mean(), each.std(ddof=1), 2]
            np.testing.assert_allclose(told, expected, rtol=1e-9, atol=1e-12)


def test_all_documents_give_the_value_itself():
    documents = compared(25, 38, groups=np.arange(63) // 4)
    found = rarefied(documents)
    for number, (name, count) in enumerate(documents.counts.items()):
        whole = incidence_of(cells_of(127), size=SIZE, documents=documents.rows[documents.labels == number]).nrag()
        last = found[(found["label"] == name) & (found["n"] == count)].fillna({"layer": -1})
        assert found[found["label"] == name]["n"].max() == count
        with np.errstate(invalid="ignore"):
            expected = values_of(whole)
        for row in last.itertuples():
            np.testing.assert_allclose([row.mean, row.sd], [expected[row.metric, row.layer], 0], rtol=1e-9, atol=1e-9)


def test_regions_rise_with_documents_and_are_at_most_as_many():
    found = rarefied(compared(40, 90), draws=400)
    curve = found[(found["metric"] == "regions") & (found["layer"] == 1) & (found["label"] == "B")]
    assert (np.diff(curve["mean"]) >= 0).all()
    assert (curve["mean"] <= curve["n"]).all()
    # Expected regions of n of N documents (Hurlbert 1971): a region of s is missed by C(N - s, n) / C(N, n).
    cells = cells_of(261)[1, compared(40, 90).rows[compared(40, 90).labels == 1]]
    sizes = np.unique(cells, axis=0, return_counts=True)[1]
    for row in curve.itertuples():
        left = 90 - sizes[:, None] - np.arange(row.n)
        missed = np.prod(np.maximum(left, 0) / (90 - np.arange(row.n)), axis=1)
        assert abs(row.mean - np.sum(1 - missed)) <= 4.5 * row.sd / 20 + 1e-9


def test_labels_share_their_sizes_up_to_the_smallest():
    shared, wide, between = sizes_of(np.array([100, 3000, 700]))
    assert shared == [10, 13, 17, 22, 28, 36, 46, 60, 77, 100]
    assert wide[:10] == shared
    assert (len(wide), wide[-1]) == (15, 3000)
    assert between == [*(size for size in wide if size < 700), 700]


@pytest.mark.parametrize("count", [1, 2, 3, 9, 19, 20])
def test_sizes_rise_from_one_or_ten_to_all(count):
    for sizes in sizes_of(np.array([count, 50])):
        assert sizes[0] == (10 if count == 20 else 1)
        assert (np.diff(sizes) > 0).all()
    assert sizes_of(np.array([count, 50]))[0][-1] == count


@pytest.mark.parametrize("few", [1, 2, 3])
def test_labels_of_few_documents_have_what_is_defined(few):
    found = rarefied(compared(few, 30))
    regions = found[(found["label"] == "A") & (found["metric"] == "regions") & found["layer"].isna()]
    assert regions["n"].tolist() == list(range(1, few + 1))
    assert regions["mean"].iloc[0] == LAYERS
    assert np.isfinite(found["mean"]).all()


def test_one_large_group_is_drawn_whole_or_not_at_all():
    found = rarefied(compared(20, 30, groups=np.where(compared(20, 30).labels, np.arange(1, 51), 0)))
    whole = found[found["label"] == "A"]
    assert set(whole["n"]) == {n for n in sizes_of(np.array([20, 30]))[0] if 2 * n > 20}
    assert (whole["documents"] == 20).all()
    assert found[found["label"] == "B"]["n"].min() == 10


def test_documents_are_those_of_the_draws_in_which_the_metric_is_defined():
    labels, groups = compared(12, 30).labels, np.arange(42)
    own = np.flatnonzero(labels == 0)
    groups[own[:8]] = own[0]
    found = rarefied(compared(12, 30, groups=groups), draws=40)
    (drawn,) = samples(
        np.zeros(12, dtype=int), np.unique(groups[own], return_inverse=True)[1], 1, m=2, number=40, seed=5
    )
    # A draw that begins with the large group has no document, and so no region.
    counts = drawn.sum(axis=0)
    assert 0 < np.count_nonzero(counts) < 40
    rows = found[(found["label"] == "A") & (found["metric"] == "regions") & (found["n"] == 2)]
    assert (rows["draws"] == np.count_nonzero(counts)).all()
    assert (rows["documents"] == counts[counts > 0].mean()).all()


def test_seed_decides_and_axes_models_and_other_labels_do_not_matter():
    documents, plane = compared(25, 38), cells_of(127)
    found = rarefaction({("x", 0): plane}, documents, size=SIZE, draws=8, seed=5)
    keys = {"size": SIZE, "draws": 8}
    pd.testing.assert_frame_equal(found, rarefaction({("x", 0): plane}, documents, **keys, seed=5))
    other = rarefaction({("x", 0): plane}, documents, **keys, seed=6)
    assert (other["mean"] != found["mean"]).any()
    both = rarefaction({("y", 0): cells_of(127, 9), ("x", 0): plane[..., ::-1]}, documents, **keys, seed=5)
    alone = both[both["model"] == "x"]
    one, two = (table.sort_values(KEY, ignore_index=True) for table in (alone, found))
    pd.testing.assert_frame_equal(one, two, rtol=1e-9, atol=1e-12)
