"""Trained less untrained, against plain definitions and against draws of weights whose law is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from test_statistics_half_samples import SIZE, cells_of, compared, scheme_of

from nrag.statistics.contrasts import contrast_table
from nrag.statistics.half_samples import HalfSamples, half_samples
from nrag.statistics.intervals import interval_table

TRAINED, KEY = ("t", "t"), ("separation", "region_divergence", None)


def controls(number):
    return [(f"c{each}", f"c{each}") for each in range(number)]


def contrasts_of(documents, *, number, seeds=1, cells=None, **keys):
    """The table of a trained model and as many controls, and what it is made of."""
    cells = cells or {}
    scheme = scheme_of(documents, **keys)
    every = 2 * len(documents.rows) + 1
    found = {}
    for turn, place in enumerate([TRAINED, *controls(number)]):
        ways = cells.get(place, [cells_of(every, 10 * turn + seed) for seed in range(seeds)])
        found[place] = half_samples(ways, scheme, size=SIZE)
    pairs = {TRAINED: controls(number)} if number else {}
    return contrast_table(found, pairs, scheme), found, scheme


def row_of(table, metric="region_divergence", layer=None):
    rows = table[(table["metric"] == metric) & (table["layer"].isna() if layer is None else table["layer"] == layer)]
    (row,) = rows.itertuples()
    return row


# ---------------------------------------------------------------------------------- values


@pytest.mark.parametrize("documents", [compared(24, 31), compared(24, 24, 20)], ids=["two labels", "three labels"])
def test_every_row_is_the_mean_over_half_samples_and_controls_of_effects_of_the_same_documents(documents):
    table, found, scheme = contrasts_of(documents, number=3, seeds=2)
    told = interval_table(found, scheme)
    assert set(table["test"]) == {"separation", "difference" if len(documents.names) == 2 else "range"}
    assert len(table) > 60
    for row in table.itertuples():
        key, place = (row.test, row.metric, None), 0 if pd.isna(row.layer) else int(row.layer) + 1
        null = {name: each.null_mean[key][place] for name, each in found.items()}
        each = []
        for draw in range(20):
            trained = found[TRAINED].halves[key][place, draw] - null[TRAINED]
            untrained = [found[name].halves[key][place, draw] - null[name] for name in controls(3)]
            each.append([trained - other for other in untrained])
        each = np.array(each)
        each = each[np.isfinite(each).all(axis=1)]
        assert row.half_samples == len(each)
        np.testing.assert_allclose(row.value, each.mean(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(row.trained - row.untrained, row.value, rtol=1e-9, atol=1e-12)
        if np.isnan(row.low):
            assert "no interval" in row.note
            continue
        by_documents = np.percentile(each.mean(axis=1), [2.5, 97.5]) - each.mean()
        by_weights = stats.t.ppf(0.975, 2) * each.mean(axis=0).std(ddof=1) / np.sqrt(3)
        expected = each.mean() + np.array([-1, 1]) * np.hypot(by_documents, by_weights)
        np.testing.assert_allclose([row.low, row.high], expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(row.untrained_sd, each.mean(axis=0).std(ddof=1), rtol=1e-7, atol=1e-12)
    whole = told[(told["model"] == "t") & (told["metric"] == "region_divergence") & (told["test"] == "separation")]
    np.testing.assert_allclose(whole["effect"].iloc[0], row_of(table).trained)
    assert (table["controls"] == 3).all()
    assert (table["seeds"] == 2).all()
    assert (table["m"] == scheme.m).all()


def test_a_model_held_against_itself_has_nothing_and_no_scatter():
    documents = compared(24, 31)
    same = {name: [cells_of(111)] for name in [TRAINED, *controls(3)]}
    table, *_ = contrasts_of(documents, number=3, cells=same)
    np.testing.assert_allclose(table["value"], 0, atol=1e-12)
    np.testing.assert_allclose(table["untrained_sd"], 0, atol=1e-12)
    known = table.dropna(subset=["low"])
    assert len(known) > 60
    np.testing.assert_allclose(known[["low", "high"]], 0, atol=1e-9)


def test_swapped_models_turn_the_sign():
    documents = compared(24, 31)
    one, other = [cells_of(111, 1)], [cells_of(111, 2)]
    (there, back) = (
        contrasts_of(documents, number=1, cells={TRAINED: trained, controls(1)[0]: control})[0]
        for trained, control in ((one, other), (other, one))
    )
    key = ["test", "metric", "layer"]
    both = there.merge(back, on=key, suffixes=("", "_back"))
    assert len(both) > 60
    np.testing.assert_allclose(both["value"], -both["value_back"], atol=1e-12)


@pytest.mark.parametrize("number", [1, 2])
def test_fewer_than_three_controls_give_a_value_without_interval_and_say_so(number):
    table, *_ = contrasts_of(compared(24, 31), number=number)
    assert table["value"].notna().all()
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["note"].str.contains(rf"no interval with fewer than 3 controls \({number}\)").all()
    assert table["untrained_sd"].notna().all() == (number == 2)


def test_models_without_controls_have_no_row():
    table, *_ = contrasts_of(compared(24, 31), number=0)
    assert table.empty


def test_few_documents_and_piled_values_give_no_interval_and_say_why():
    table, *_ = contrasts_of(compared(19, 31), number=3)
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["note"].str.startswith("A: too few documents for an interval (19)").all()
    assert table["value"].notna().any()
    full = {controls(3)[1]: [np.zeros((3, 111, 2), dtype=np.int16)]}
    table, *_ = contrasts_of(compared(24, 31), number=3, cells=full)
    row = row_of(table)
    assert np.isnan(row.low)
    assert row.note.startswith("half of the half-samples or more lie at one end")


def test_a_control_without_values_leaves_none_and_the_note_says_it():
    table, *_ = contrasts_of(
        compared(24, 31), number=3, cells={controls(3)[0]: [np.zeros((3, 111, 2), dtype=np.int16)]}
    )
    # All documents share one region of each layer: strengths do not vary.
    row = row_of(table, "assortativity")
    assert np.isnan([row.value, row.trained, row.untrained, row.low]).all()
    assert row.half_samples == 0
    assert row.note.endswith("undefined in 20 of 20 half-samples")


# ---------------------------------------------------------------------------------- intervals


def made_up(values, null=0.0):
    """Half-samples of one statistic of all layers together."""
    values = np.asarray(values, dtype=float)[None]
    return HalfSamples({KEY: values}, {KEY: values.mean(axis=1)}, {KEY: np.array([null])}, 1)


def interval_of(trained, untrained):
    found = {TRAINED: made_up(trained)} | dict(zip(controls(len(untrained)), map(made_up, untrained), strict=True))
    (row,) = contrast_table(found, {TRAINED: controls(len(untrained))}, scheme_of(compared(40, 40))).itertuples()
    return row


def test_the_null_of_each_model_is_taken_from_its_own_values():
    draws = np.linspace(0, 1, 50)
    found = {TRAINED: made_up(draws, null=0.25), ("c0", "c0"): made_up(draws, null=1.0)}
    (row,) = contrast_table(found, {TRAINED: [("c0", "c0")]}, scheme_of(compared(40, 40))).itertuples()
    np.testing.assert_allclose([row.trained, row.untrained, row.value], [0.25, -0.5, 0.75])


def test_what_the_documents_of_a_half_sample_have_in_common_falls_out():
    generator = np.random.default_rng(0)
    common = generator.normal(size=100)
    noise = 0.01 * generator.normal(size=(4, 100))
    together = interval_of(1 + common + noise[0], common + noise[1:])
    apart = interval_of(1 + common + noise[0], generator.normal(size=(3, 100)))
    assert together.high - together.low < 0.2
    assert apart.high - apart.low > 2


@pytest.mark.parametrize("number", [3, 5])
@pytest.mark.parametrize(("by_weights", "by_documents"), [(1.0, 0.0), (1.0, 1.0), (0.1, 1.0)])
def test_intervals_hold_the_difference_to_the_mean_of_all_draws_of_weights(number, by_weights, by_documents):
    """Percentiles over half-samples and controls alike hold it far less often where weights matter."""
    generator, repeats = np.random.default_rng(number), 400
    held = naive = 0
    for _ in range(repeats):
        weights = by_weights * generator.normal(size=number)
        # Errors of this collection of documents, in part the models' own, and half-samples that scatter as widely.
        own = 0.3 * by_documents * generator.normal(size=number + 1)
        error = by_documents * generator.normal(size=2)
        scatter = generator.normal(size=(2, 100)) * by_documents
        alone = 0.3 * by_documents * generator.normal(size=(number + 1, 100)) + 1e-6 * generator.normal(size=100)
        trained = 2 + error[0] + own[0] + scatter[0] + alone[0]
        untrained = weights[:, None] + error[1] + own[1:, None] + scatter[1] + alone[1:]
        row = interval_of(trained, untrained)
        held += row.low <= 2 <= row.high
        low, high = np.percentile(trained - untrained, [2.5, 97.5])
        naive += low <= 2 <= high
    assert held >= stats.binom.ppf(1e-4, repeats, 0.95)
    if by_documents == 0:
        assert held <= stats.binom.ppf(1 - 1e-4, repeats, 0.95)
        assert naive <= stats.binom.ppf(1 - 1e-4, repeats, 0.75 if number == 3 else 0.94)
