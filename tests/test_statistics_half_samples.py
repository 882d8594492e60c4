"""Intervals at m documents of each label, against plain definitions and against the laws that documents come from."""

from itertools import count

import numpy as np
import pandas as pd
import planted
import pytest
from scipy.stats import binom

from nrag import metrics
from nrag.compared import Documents
from nrag.graphs import incidence_of
from nrag.statistics import half_samples as module
from nrag.statistics import separation
from nrag.statistics.drawing import disjoint, samples
from nrag.statistics.half_samples import Scheme, half_samples, ways_of
from nrag.statistics.intervals import interval_table, piled
from nrag.statistics.label_tests import OF_SHARES, Asked, label_tests
from nrag.statistics.matching import priorities
from nrag.statistics.permutations import Design, permuted

SIZE, LAYERS = 4, 3
KEY = ["model", "test", "metric", "layer", "label"]


def cells_of(documents, seed=0, layers=LAYERS):
    """Random cells, crowded towards a corner, of one model and seed."""
    return (SIZE * np.random.default_rng(seed).random((layers, documents, 2)) ** 2).astype(np.int16)


def compared(*counts, groups=None):
    """Documents of as many of each label, those of the labels in turn; some of the corpus take no part."""
    labels = np.random.default_rng(3).permutation(np.repeat(np.arange(len(counts)), counts))
    return Documents(np.arange(len(labels)) * 2 + 1, tuple("ABCDE"[: len(counts)]), labels, groups)


def planes_of(documents, seeds=1, models=("x",)):
    number, every = count(), 2 * len(documents.rows) + 1
    return {(model, seed): cells_of(every, next(number)) for model in models for seed in range(seeds)}


def design_of(documents, stratum=None):
    """Labels dealt among all documents, or within strata; what belongs together as one."""
    stratum = np.zeros(len(documents.rows), dtype=int) if stratum is None else stratum
    return Design(documents.labels.astype(np.int8), stratum, unit_of(documents))


def scheme_of(documents, *, number=20, seed=7, stratum=None, notes=()):
    return Scheme(documents, design_of(documents, stratum), number, seed, notes)


def half_samples_of(planes, scheme):
    """By space, which is the model's own, and model."""
    return {(model, model): half_samples(ways, scheme, size=SIZE) for model, ways in ways_of(planes).items()}


def all_rows(documents, planes=None, **keys):
    """The table of intervals, floors included."""
    scheme = scheme_of(documents, **keys)
    return interval_table(half_samples_of(planes_of(documents) if planes is None else planes, scheme), scheme)


def rows_of(documents, planes=None, **keys):
    """The table without its floors."""
    table = all_rows(documents, planes, **keys)
    return table[table["test"] != "floor"].reset_index(drop=True) if len(table) else table


def unit_of(documents):
    return np.arange(len(documents.rows)) if documents.groups is None else documents.groups


def same(one, other, rtol=1e-9):
    one, other = (table.sort_values(KEY, ignore_index=True) for table in (one, other))
    pd.testing.assert_frame_equal(one, other, rtol=rtol, atol=1e-12)


# ---------------------------------------------------------------------------------- which documents


def slow_sample(labels, unit, order, label, m):
    """The documents of one label, unit after unit, stopped where one more would not bring it nearer to m."""
    taken = []
    for each in order:
        more = [document for document in range(len(labels)) if unit[document] == each and labels[document] == label]
        if more and abs(len(taken) + len(more) - m) >= abs(len(taken) - m):
            break
        taken += more
    return sorted(taken)


@pytest.mark.parametrize("m", [0, 1, 4, 9])
def test_as_many_units_are_taken_as_come_nearest_to_m(m):
    generator = np.random.default_rng(1)
    labels, unit = generator.integers(0, 3, 60), generator.permutation(np.repeat(np.arange(24), 5)[:60])
    unit = np.unique(unit, return_inverse=True)[1]
    found = samples(labels, unit, 3, m=m, number=15, seed=2)
    orders = priorities(unit.max() + 1, 15, 2)
    for label in range(3):
        for draw, order in enumerate(orders):
            assert np.flatnonzero(found[label, :, draw]).tolist() == slow_sample(labels, unit, order, label, m)


def test_single_documents_are_m_of_each_label_and_each_as_likely():
    labels = np.repeat([0, 1], [30, 80])
    found = samples(labels, np.arange(110), 2, m=15, number=2000, seed=0)
    assert (found.sum(axis=1) == 15).all()
    assert not (found & (labels != np.arange(2)[:, None])[..., None]).any()
    for label, size in enumerate((30, 80)):
        low, high = binom.ppf([1e-5, 1 - 1e-5], 2000, 15 / size)
        times = found[label, labels == label].sum(axis=1)
        assert low <= times.min()
        assert times.max() <= high


def test_all_documents_are_drawn_where_all_are_asked_for():
    labels = np.tile([0, 1], 20)
    for unit in (np.arange(40), np.arange(40) // 4, np.arange(40) // 7 % 4):
        found = samples(labels, unit, 2, m=20, number=5, seed=0)
        assert (found == (labels == np.arange(2)[:, None])[..., None]).all()


def test_groups_stay_whole_and_pairs_of_two_labels_too():
    labels, group = np.repeat([0, 1], 40), np.arange(80) // 4
    found = samples(labels, group, 2, m=20, number=30, seed=0).any(axis=0)
    assert (found == found[group * 4]).all()
    assert (found.sum(axis=0) == 40).all()
    pair = np.tile(np.arange(40), 2)
    one, other = samples(labels, pair, 2, m=20, number=30, seed=0)
    assert (one[:40] == other[40:]).all()
    assert (one.sum(axis=0) == 20).all()


def test_small_samples_are_part_of_larger_ones():
    labels, unit = np.tile([0, 1], 20), np.arange(40) // 3
    small, large = (samples(labels, unit, 2, m=m, number=10, seed=0) for m in (6, 14))
    assert (small <= large).all()
    assert (small.sum(axis=1) < large.sum(axis=1)).all()


# ---------------------------------------------------------------------------------- values and intervals


def slow_values(plane, documents, chosen):
    """By test, metric, layer and label: the value of one choice, each label's metrics from its own NRAG."""
    found = {}
    k = len(documents.names)
    way = incidence_of(plane, size=SIZE, documents=documents.rows)
    for name in OF_SHARES | {"exclusive_regions": 0, "shared_regions": 0}:
        count_of = way.weights if "edge" in name else way.documents
        one = getattr(separation, name)(way, np.stack([count_of(label[:, None]) for label in chosen]))
        for layer, value in [(-1, one.overall), *enumerate(one.by_layer)]:
            found["separation", name, layer, None] = float(value[0])
    closed = {metric for test, metric, *_ in module._values(way, chosen[..., None]) if test == "label"}
    for label in range(k):
        nrag = incidence_of(plane, size=SIZE, documents=documents.rows[chosen[label]]).nrag()
        for metric in closed:
            if metric in metrics.METRICS["graph"]:
                found["label", metric, -1, documents.names[label]] = float(metrics.METRICS["graph"][metric](nrag))
            if metric in metrics.METRICS["layer"]:
                for layer, value in enumerate(metrics.METRICS["layer"][metric](nrag)):
                    found["label", metric, layer, documents.names[label]] = float(value)
    for _, metric, layer, _ in [key for key in found if key[0] == "label" and key[3] == "A"]:
        values = [found["label", metric, layer, name] for name in documents.names]
        if k == 2:
            found["difference", metric, layer, None] = values[0] - values[1]
        else:
            found["range", metric, layer, None] = max(values) - min(values)
    return found


@pytest.mark.parametrize(
    "documents",
    [compared(20, 31), compared(24, 24, 20), compared(34, 37, groups=np.arange(71) // 2)],
    ids=["two labels", "three labels", "groups"],
)
def test_every_row_is_the_mean_and_the_percentiles_of_plain_values(documents):
    k, planes = len(documents.names), planes_of(documents, seeds=2)
    m = min(documents.counts.values()) // 2
    halves = samples(documents.labels, unit_of(documents), k, m=m, number=8, seed=(7, 0, 1))
    with np.errstate(invalid="ignore"):
        values = [[slow_values(plane, documents, halves[..., draw]) for plane in planes.values()] for draw in range(8)]
    found = rows_of(documents, planes, number=8)
    expected = set()
    for key in values[0][0]:
        each = np.array([np.mean([seed[key] for seed in seeds]) for seeds in values])
        each = each[np.isfinite(each)]
        if not len(each):
            continue
        expected.add(key)
        test, metric, layer, label = key
        rows = found[(found["test"] == test) & (found["metric"] == metric)]
        rows = rows[(rows["layer"].fillna(-1) == layer) & (rows["label"].fillna("") == (label or ""))]
        (row,) = rows.itertuples()
        told = [row.value, row.low, row.high]
        at_end = max(np.sum(np.abs(each - end) < 1e-9) for end in (each.min(), each.max()))
        interval = np.percentile(each, [2.5, 97.5]) if 2 * at_end < len(each) else [np.nan, np.nan]
        np.testing.assert_allclose(told, [each.mean(), *interval], rtol=1e-9, atol=1e-12)
        assert (row.m, row.half_samples, row.seeds) == (m, len(each), 2)
    assert len(found) == len(expected)


def test_observed_is_what_label_tests_observes():
    documents = compared(20, 31)
    planes = planes_of(documents, seeds=2, models=("x", "y"))
    design = Design(documents.labels.astype(np.int8), np.zeros(51, dtype=int), np.arange(51))
    tests = label_tests(planes, documents, design, size=SIZE, asked=Asked(1, 1, seed=7))
    found = rows_of(documents, planes)
    both = tests.assign(layer=tests["layer"].astype("Int16")).merge(
        found[found["label"].isna()], on=["model", "test", "metric", "layer"], suffixes=("", "_here")
    )
    # Communities are found in all documents, of which no half has any.
    assert len(both) == (tests["metric"] != "community_information").sum() > 100
    np.testing.assert_allclose(both["observed_here"], both["observed"], rtol=1e-9, atol=1e-12)


def test_the_difference_of_two_labels_is_that_of_their_own_values():
    found = rows_of(compared(20, 31), number=200)
    for column in ("value", "observed"):
        wide = found[found["layer"].isna()].pivot(index="metric", columns=["test", "label"], values=column)
        wide.columns = ["".join(filter(pd.notna, name)) for name in wide.columns]
        wide = wide.dropna(subset=["difference", "labelA"])
        assert len(wide) > 10
        np.testing.assert_allclose(wide["labelA"] - wide["labelB"], wide["difference"], rtol=1e-9, atol=1e-12)


def test_labels_of_one_way_each_have_the_same_value_at_m():
    documents = compared(20, 30)
    plane = np.zeros((LAYERS, 2 * 50 + 1, 2), dtype=np.int16)
    plane[:, documents.rows[documents.labels == 1]] = 1
    found = rows_of(documents, {("x", 0): plane})
    of_shares = found[found["metric"].isin(list(OF_SHARES))]
    assert (of_shares[["value", "observed"]] == 1).all(axis=None)
    # The strength of a region counts documents: 10 of them, and 20 in the matched whole.
    strength = found[(found["metric"] == "mean_strength") & (found["layer"] == 0) & (found["test"] == "label")]
    assert strength[["value", "observed"]].to_numpy().tolist() == [[10, 20]] * 2


def test_seed_alone_decides_and_models_share_their_half_samples():
    documents = compared(20, 31)
    plane = cells_of(103)
    both = rows_of(documents, {("x", 0): plane, ("y", 0): plane})
    one, other = (both[both["model"] == name].drop(columns=["space", "model"]).reset_index(drop=True) for name in "xy")
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(both, rows_of(documents, {("x", 0): plane, ("y", 0): plane}))
    assert (rows_of(documents, {("x", 0): plane}, seed=8)["value"] != one["value"]).any()


def test_axes_other_documents_and_the_numbers_of_groups_do_not_matter():
    group = np.arange(50) // 2
    documents = compared(20, 30, groups=group)
    plane = cells_of(101)
    straight = rows_of(documents, {("x", 0): plane})
    same(rows_of(documents, {("x", 0): plane[..., ::-1]}), straight)
    moved = plane.copy()
    moved[:, ::2] = 0
    same(rows_of(documents, {("x", 0): moved}), straight)
    same(rows_of(compared(20, 30, groups=3 * group + 5), {("x", 0): plane}), straight)


def test_labels_renamed_change_names_and_signs_only():
    documents = compared(20, 31)
    swapped = Documents(documents.rows, ("B", "A"), 1 - documents.labels)
    straight, other = all_rows(documents), all_rows(swapped)
    signed = other["test"] == "difference"
    turned = {name: name for name in ("value", "observed", "null_mean", "effect")}
    turned |= {"low": "high", "high": "low", "effect_low": "effect_high", "effect_high": "effect_low"}
    back = other.assign(**{name: other[name].where(~signed, -other[end]) for name, end in turned.items()})
    same(back.assign(labels=straight["labels"].iloc[0]), straight)


# ---------------------------------------------------------------------------------- too few documents


@pytest.mark.parametrize("few", [1, 2, 3, 19])
def test_few_documents_give_no_interval_and_say_why(few):
    found = rows_of(compared(few, 60))
    concerned = found[(found["label"] != "B").fillna(True)]
    assert concerned[["low", "high"]].isna().all(axis=None)
    assert concerned["note"].str.startswith(f"A: too few documents for an interval ({few})").all()
    assert (found["m"] == few // 2).all()
    assert np.isfinite(found["observed"]).any()
    if few == 1:
        assert found["value"].isna().all()
        assert (found["half_samples"] == 0).all()
        assert found["note"].str.endswith("undefined in 20 of 20 half-samples").all()
    else:
        assert (found[found["metric"] == "region_divergence"]["half_samples"] == 20).all()
        others = found[(found["label"] == "B") & (found["metric"] == "center_of_mass") & found["layer"].isna()]
        assert others["value"].notna().all()
        assert not others["note"].str.contains("too few", na=False).any()
        # Of one document each the centre is the same.
        assert others["low"].notna().all() == (few == 19)


def test_a_label_without_documents_leaves_an_empty_table():
    documents = Documents(np.arange(30), ("A", "B"), np.zeros(30, dtype=np.int64))
    assert rows_of(documents).empty


def test_a_single_layer_has_regions_and_no_edges():
    documents = compared(30, 40)
    found = rows_of(documents, {("x", 0): cells_of(141, layers=1)})
    assert {"region_divergence", "regions"} < set(found["metric"])
    assert "edge_total_variation" not in set(found["metric"])


def test_twenty_documents_have_an_interval():
    found = rows_of(compared(20, 22))
    assert found[found["metric"] == "region_divergence"][["low", "high"]].notna().all(axis=None)
    assert not found["note"].str.contains("too few", na=False).any()


def test_half_samples_at_one_end_of_their_values_give_no_interval():
    documents = compared(40, 40)
    plane = np.zeros((LAYERS, 161, 2), dtype=np.int16)
    plane[1, documents.rows[::2]] = 1
    found = rows_of(documents, {("x", 0): plane})
    regions = found[(found["metric"] == "regions") & (found["label"] == "A")]
    assert regions["value"].tolist() == [4, 1, 2, 1]
    assert regions[["low", "high"]].isna().all(axis=None)
    assert regions["note"].str.startswith("half of the half-samples or more lie at one end").all()
    varying = found[(found["metric"] == "region_divergence") & (found["layer"] == 1)]
    assert varying["note"].isna().all()
    assert varying[["low", "high"]].notna().all(axis=None)


@pytest.mark.parametrize(("values", "expected"), [([1, 1, 2, 3], True), ([1, 2, 2, 3], False), ([0, 3, 3], True)])
def test_what_counts_as_piled_up_is_an_end(values, expected):
    assert piled(np.array(values) / 3) == expected


def test_a_label_that_is_one_group_has_no_half():
    found = rows_of(compared(20, 20, groups=np.where(compared(20, 20).labels, 0, np.arange(1, 41))))
    concerned = found[(found["label"] != "A").fillna(True)]
    assert concerned[["value", "low", "high"]].isna().all(axis=None)
    assert concerned["note"].str.startswith("B: too few groups for an interval (1)").all()
    assert found[found["label"] == "A"]["value"].notna().any()


def test_sizes_of_whole_groups_are_told():
    found = rows_of(compared(60, 62, groups=np.arange(122) // 3), number=50)
    assert found["note"].str.fullmatch(r"whole groups: [23]\d to 3\d documents of a label(; .*)?").all()


# ---------------------------------------------------------------------------------- effects


def long_values(values, columns=0):
    """By test, metric, layer (-1 for all) and label, of half-samples' own dictionaries."""
    return {
        (*key[:2], layer - 1, key[2]): found
        for key, each in values.items()
        for layer, found in enumerate(each)
        if np.isfinite(found).any()
    }


@pytest.mark.parametrize(
    ("documents", "stratum"),
    [
        (compared(20, 31), None),
        (compared(24, 24, 20), np.arange(68) % 3),
        (compared(34, 37, groups=np.arange(71) // 2), None),
    ],
    ids=["two labels", "three labels within strata", "groups"],
)
def test_the_null_mean_is_that_of_half_samples_of_permuted_labels(documents, stratum):
    planes = planes_of(documents, seeds=2)
    scheme = scheme_of(documents, number=6, stratum=stratum)
    k = len(documents.names)
    dealt = permuted(scheme.design, 6, [7, 0, 2])[:, 1:]
    values = []
    for draw in range(6):
        order = priorities(scheme.unit.max() + 1, 6, (7, 0, 1))[draw]
        chosen = np.zeros((k, len(documents.rows)), dtype=bool)
        for label in range(k):
            chosen[label, slow_sample(dealt[:, draw], scheme.unit, order, label, scheme.m)] = True
        with np.errstate(invalid="ignore"):
            values.append([slow_values(plane, documents, chosen) for plane in planes.values()])
    found = rows_of(documents, planes, number=6, stratum=stratum)
    effects = found[~found["test"].isin(["label"])]
    assert len(effects) > 60
    for row in effects.itertuples():
        key = (row.test, row.metric, -1 if pd.isna(row.layer) else row.layer, None)
        each = np.array([np.mean([seed[key] for seed in seeds]) for seeds in values])
        np.testing.assert_allclose(row.null_mean, np.nanmean(each), rtol=1e-9, atol=1e-12)
        moved = [row.value - row.null_mean, row.low - row.null_mean, row.high - row.null_mean]
        np.testing.assert_allclose([row.effect, row.effect_low, row.effect_high], moved, rtol=1e-9, atol=1e-12)
    of_labels = found[found["test"] == "label"]
    assert of_labels[["null_mean", "effect", "effect_low", "effect_high"]].isna().all(axis=None)


def test_labels_that_cannot_be_dealt_anew_have_no_effect_and_the_notes_say_why():
    documents = compared(20, 31)
    found = rows_of(documents, stratum=documents.labels, notes=["nothing can be dealt"])
    told = found[found["test"] == "separation"]
    assert (told["value"] > 0).any()
    np.testing.assert_allclose(told["effect"], 0, atol=1e-9)
    assert told["note"].str.contains("nothing can be dealt").all()
    assert not found.loc[found["test"] == "label", "note"].str.contains("dealt", na=False).any()


def test_half_samples_that_come_in_parts_are_as_many_as_asked_for(monkeypatch):
    documents, dealt_by = compared(20, 31), []
    monkeypatch.setattr(module, "permuted", lambda *given: dealt_by.append(tuple(given[2])) or permuted(*given))
    scheme = scheme_of(documents, number=150)
    (found,) = half_samples_of(planes_of(documents), scheme).values()
    assert {each.shape[1] for each in found.halves.values()} == {150}
    parts = [start for start, _ in scheme.parts()]
    assert parts == [0, 64, 128]
    drawn = np.concatenate([scheme.halves(*part) for part in scheme.parts()], axis=-1)
    # Parts are other draws and other dealings, not the same again.
    assert len(dealt_by) == len(set(dealt_by)) == 3
    assert len(np.unique(drawn[0], axis=1).T) > 140
    dealt = np.concatenate([scheme.dealt(*part) for part in scheme.parts()], axis=-1)
    assert len(np.unique(dealt[0], axis=1).T) > 140


# ---------------------------------------------------------------------------------- floors


@pytest.mark.parametrize("unit", [np.arange(41), np.arange(41) // 3, np.random.default_rng(0).integers(0, 9, 41)])
def test_halves_share_no_document_and_no_unit_and_come_nearest_to_m(unit):
    unit = np.unique(unit, return_inverse=True)[1]
    one, other = disjoint(unit, m=20, number=40, seed=3)
    assert not (one & other).any()
    for half in (one, other):
        for draw in half.T:
            assert all(len(set(draw[unit == each])) == 1 for each in range(unit.max() + 1))
    orders = priorities(unit.max() + 1, 40, 3)
    alone = np.zeros(41, dtype=int)
    for draw, order in enumerate(orders):
        first = slow_sample(alone, unit, order, 0, 20)
        assert np.flatnonzero(one[:, draw]).tolist() == first
        rest = [each for each in order if each not in set(unit[first])]
        assert np.flatnonzero(other[:, draw]).tolist() == slow_sample(alone, unit, rest, 0, 20)
    if len(set(unit)) == 41:
        assert (one.sum(axis=0) == 20).all()
        assert (other.sum(axis=0) == 20).all()


def test_a_floor_is_the_separation_of_two_halves_of_one_label():
    documents, planes = compared(20, 31), planes_of(compared(20, 31), seeds=2)
    found = all_rows(documents, planes, number=8)
    floors = found[found["test"] == "floor"]
    assert set(floors["label"]) == {"A", "B"}
    for label in range(2):
        (own,) = np.nonzero(documents.labels == label)
        halves = np.zeros((2, 51, 8), dtype=bool)
        halves[:, own] = disjoint(np.arange(len(own)), m=10, number=8, seed=(7, 0, 3))
        assert (halves.sum(axis=1) == 10).all()
        values = [[slow_values(plane, documents, halves[..., draw]) for plane in planes.values()] for draw in range(8)]
        for row in floors[floors["label"] == "AB"[label]].itertuples():
            key = ("separation", row.metric, -1 if pd.isna(row.layer) else row.layer, None)
            each = [np.mean([seed[key] for seed in seeds]) for seeds in values]
            np.testing.assert_allclose(row.value, np.mean(each), rtol=1e-9, atol=1e-12)
            assert (row.m, row.half_samples) == (10, 8)
    assert floors[["observed", "null_mean", "effect"]].isna().all(axis=None)
    assert floors["metric"].nunique() == 6


def test_of_more_labels_only_the_mean_over_pairs_has_a_floor():
    found = all_rows(compared(24, 24, 20))
    assert set(found.loc[found["test"] == "floor", "metric"]) == {"edge_total_variation"}


def test_the_halves_of_a_label_in_one_place_are_the_same_and_of_whole_groups_their_sizes_are_told():
    documents = compared(60, 62, groups=np.arange(122) // 3)
    plane = cells_of(245)
    plane[:, documents.rows[documents.labels == 1]] = 1
    found = all_rows(documents, {("x", 0): plane}, number=40)
    floors = found[(found["test"] == "floor") & (found["label"] == "B") & (found["metric"] == "region_divergence")]
    assert (floors["value"] == 0).all()
    assert floors["note"].str.match(r"whole groups: [23]\d to 3\d documents of a half; half of the half-samples").all()


def test_two_labels_of_one_law_lie_in_the_range_of_the_floor_and_apart_of_two_laws_do_not():
    generator = np.random.default_rng(5)
    counts, names = (60, 60), ("A", "B")
    documents = Documents(np.arange(120), names, np.repeat([0, 1], counts))
    found = {}
    for kind, laws in {"one": laws_of(1, 4).repeat(2, axis=0), "two": laws_of(2, 4)}.items():
        inside = []
        for _ in range(20):
            table = all_rows(documents, {("x", 0): drawn(laws, counts, 1, generator)}, number=40)
            whole = table[table["layer"].isna()].set_index(["metric", "test"])
            value = whole.loc["region_divergence", "separation"]["value"].item()
            floor = whole.loc["region_divergence", "floor"]
            inside.append(((floor["low"] <= value) & (value <= floor["high"])).tolist())
        found[kind] = np.mean(inside)
    assert found["one"] >= 0.8
    assert found["two"] == 0


# ---------------------------------------------------------------------------------- coverage


def laws_of(k, seed):
    """For each label the shares of its documents in the 16 cells of every layer."""
    return np.random.default_rng(seed).dirichlet(np.ones(SIZE**2), (k, LAYERS))


def drawn(laws, counts, together, generator):
    """Cells of documents of each label in turn, `together` after one another the same."""
    cells = [
        np.stack([np.repeat(generator.choice(SIZE**2, number // together, p=law), together) for law in layers])
        for layers, number in zip(laws, counts, strict=True)
    ]
    flat = np.concatenate(cells, axis=1)
    return np.stack([flat // SIZE, flat % SIZE], axis=-1)


def expected_values(laws, m, together, generator, columns=4000):
    """What every statistic is on average of m new documents of each label."""
    plane = drawn(laws, [m * columns] * len(laws), together, generator)
    ways, way = np.unique(plane.reshape(LAYERS, -1, 2), axis=1, return_inverse=True)
    chosen = np.zeros((len(laws), ways.shape[1], columns))
    for label, of_label in enumerate(np.split(way.ravel(), len(laws))):
        np.add.at(chosen[label], (of_label, np.repeat(np.arange(columns), m)), 1)
    values = module._values(incidence_of(ways, size=SIZE), chosen)
    return {
        (*key, layer - 1): np.nanmean(of_layer)
        for key, each in values.items()
        for layer, of_layer in enumerate(each)
        if np.isfinite(of_layer).all()
    }


SKEWED = ("var_degree", "var_strength", "skew_strength", "kurt_strength")
"""Metrics of a few large regions, whose intervals hold less than they say."""


def check_coverage(counts, *, together, repeats, number):
    """Of each statistic, the intervals that hold its expectation are not fewer than 95 % make likely.

    Of skewed metrics, and of single layers with their few values, not fewer than 90 % make likely.
    """
    generator, laws = np.random.default_rng(11), laws_of(len(counts), 4)
    labels = np.repeat(np.arange(len(counts)), counts)
    names = tuple("ABC"[: len(counts)])
    documents = Documents(np.arange(len(labels)), names, labels, np.arange(len(labels)) // together)
    expected = expected_values(laws, min(counts) // 2, together, generator)
    planes = [drawn(laws, counts, together, generator) for _ in range(repeats)]
    tables = [rows_of(documents, {("x", 0): plane}, number=number, seed=seed) for seed, plane in enumerate(planes)]
    table = pd.concat(tables, ignore_index=True)
    numbers = {name: place for place, name in enumerate(names)}
    keys = table[["test", "metric", "label", "layer"]].itertuples(index=False)
    table["expected"] = [
        expected.get((test, metric, numbers.get(label), -1 if pd.isna(layer) else layer), np.nan)
        for test, metric, label, layer in keys
    ]
    table = table.dropna(subset=["expected", "low"])
    table["covered"] = (table["low"] - 1e-9 <= table["expected"]) & (table["expected"] <= table["high"] + 1e-9)
    by_statistic = table.groupby(["test", "metric", "label", "layer"], dropna=False)
    of_each = by_statistic["covered"].agg(["sum", "size"]).reset_index()
    of_each = of_each[of_each["size"] >= repeats / 2]
    strict = of_each["layer"].isna() & ~of_each["metric"].isin(SKEWED)
    least = binom.ppf(1e-4, of_each["size"], np.where(strict, 0.95, 0.9))
    assert strict.sum() > 40
    assert (of_each["sum"] >= least).all(), of_each[of_each["sum"] < least]
    assert table["covered"].mean() > 0.95
    return table[table["layer"].isna()].groupby(["test", "metric", "label"], dropna=False)


@pytest.mark.parametrize("together", [1, 2])
def test_intervals_hold_the_expectation_at_m_documents(together):
    found = check_coverage((48, 48), together=together, repeats=40, number=100)
    # As wide as values vary, and at most as much wider as statistics that are no means of documents make them.
    widths = (found["high"].mean() - found["low"].mean()) / (2 * 1.96 * found["value"].std())
    assert 0.9 < widths["separation", "label_information"].item() < 1.5
    assert widths.median() < 1.6


@pytest.mark.slow
@pytest.mark.parametrize(("counts", "together"), [((48, 48), 1), ((48, 48), 2), ((40, 100), 1), ((40, 60, 50), 1)])
def test_intervals_hold_the_expectation_at_m_documents_of_many_draws(counts, together):
    check_coverage(counts, together=together, repeats=200, number=200)


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_intervals_of_effects_hold_their_mean_over_many_collections_of_documents(shift):
    tables = []
    for number in range(100):
        made = planted.shifted(np.random.default_rng([number, 3]), shift)
        scheme = Scheme(made.documents, made.design, 60, number)
        found = half_samples(ways_of(made.planes)["model"], scheme, size=made.size)
        tables.append(interval_table({("m", "m"): found}, scheme))
    table = pd.concat(tables, ignore_index=True)
    table = table[(table["test"] == "separation") & table["layer"].isna()]
    truth = table.groupby("metric")["effect"].transform("mean")
    held = ((table["effect_low"] <= truth) & (truth <= table["effect_high"])).groupby(table["metric"]).sum()
    assert len(held) == 6
    assert (held >= binom.ppf(1e-4, 100, 0.95)).all(), held
    if shift == 0:
        assert np.abs(table.groupby("metric")["effect"].mean()).max() < 0.01
    else:
        assert table.groupby("metric")["effect"].mean()["region_divergence"] > 0.03
