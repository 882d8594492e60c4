"""Reduction: hidden states to coordinates."""

import subprocess
import sys
import warnings
from functools import partial

import h5py
import numpy as np
import pytest
from reduce_layers import reduce_layers
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from sklearn.metrics.pairwise import cosine_distances
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from nrag import contracts, reduction, regions, store
from nrag.reduction import Reduction, ReductionError, manifold, neighbours, standardise
from nrag.reduction.linear import principal_axes


def blocks_of(states, rows=64):
    return (states[start : start + rows] for start in range(0, len(states), rows))


def states_of(documents=200, width=12, seed=0):
    """Correlated float32 features far from the origin, as hidden states are."""
    rng = np.random.default_rng(seed)
    spread = np.diag(1.5 ** -np.arange(width)) @ np.linalg.qr(rng.normal(size=(width, width)))[0]
    return (rng.normal(size=(documents, width)) @ spread * 3 + rng.normal(size=width) * 20).astype(np.float32)


def reduce_one(states, method="pca", rows=64, **options):
    """The fit of one hidden state; of several members, by name, where `states` is a mapping."""
    chosen = Reduction.of(method, **options)
    members = states if isinstance(states, dict) else {"model": states}
    fits = reduction.reduce_layer({name: partial(blocks_of, each, rows) for name, each in members.items()}, chosen)
    return fits if isinstance(states, dict) else fits["model", chosen.seeds[0]]


def up_to_sign(scores):
    return scores * np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])])


# ------------------------------------------------------------------------------------ PCA and SVD


@pytest.mark.parametrize("documents", [200, 9])
def test_pca_equals_the_full_svd_of_scikit_learn(documents):
    states = states_of(documents)
    expected = PCA(3, svd_solver="full").fit(states.astype(np.float64))
    fit = reduce_one(states, components=3)
    np.testing.assert_allclose(
        up_to_sign(fit.coordinates), up_to_sign(expected.transform(states.astype(np.float64))), atol=1e-5
    )
    np.testing.assert_allclose(fit.quality, expected.explained_variance_ratio_, rtol=1e-6)
    assert fit.coordinates.dtype == np.float32


def test_svd_equals_truncated_svd_of_the_uncentred_states():
    states = states_of()
    expected = TruncatedSVD(3, algorithm="arpack")
    scores = expected.fit_transform(states.astype(np.float64))
    fit = reduce_one(states, "svd", components=3)
    np.testing.assert_allclose(up_to_sign(fit.coordinates), up_to_sign(scores), atol=1e-4)
    np.testing.assert_allclose(fit.quality, expected.explained_variance_ratio_, atol=1e-6)


def test_the_first_svd_axis_is_nearly_the_mean_and_shows_less_than_pca():
    states = states_of()
    svd, pca = reduce_one(states, "svd", components=1), reduce_one(states, components=1)
    # SVD scores vary in sign only around a large common value, PCA scores around 0.
    assert abs(svd.coordinates.mean()) > 5 * svd.coordinates.std()
    assert abs(pca.coordinates.mean()) < 1e-4
    assert svd.quality[0] < pca.quality[0]


def test_svd_of_z_scores_is_pca():
    states = states_of()
    np.testing.assert_allclose(
        reduce_one(states, "svd", standardise="zscore").coordinates,
        reduce_one(states, "pca", standardise="zscore").coordinates,
        atol=1e-5,
    )


def test_the_largest_loading_of_each_axis_is_positive():
    states = np.array([[5.0, 0, 0], [-5, 0, 0], [0, -2, 1], [0, 2, -1]], dtype=np.float32)
    fit = reduce_one(states)
    # The second axis is (0, 2, -1) / √5, not its opposite.
    np.testing.assert_allclose(fit.coordinates, [[5, 0], [-5, 0], [0, -(5**0.5)], [0, 5**0.5]], atol=1e-6)


@pytest.mark.parametrize("rounding", [-1e-9, 0, 1e-9])
def test_the_first_of_equal_loadings_decides_the_sign(rounding):
    axes = principal_axes(np.array([[2.0, -1.0], [-1.0, 2.0 + rounding]]), 2)
    np.testing.assert_allclose(axes, np.array([[1, 1], [-1, 1]]) / 2**0.5, rtol=1e-8)


def test_an_axis_of_rounding_alone_has_scores_of_zero():
    line = np.outer(np.linspace(-1, 1, 30), [3.0, 1.0, 2.0]).astype(np.float32)
    fit = reduce_one(line + np.float32(0.1))
    assert np.ptp(fit.coordinates[:, 0]) > 7
    assert not fit.coordinates[:, 1].any()
    assert fit.quality[1] == 0


def test_the_shares_of_all_axes_sum_to_one_and_fall():
    shares = reduce_one(states_of(), components=12).quality
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) < 0).all()


@pytest.mark.parametrize("method", ["pca", "svd"])
@pytest.mark.parametrize("standard", ["none", "zscore", "minmax"])
def test_the_size_of_the_blocks_does_not_matter(method, standard):
    states = states_of()
    whole = reduce_one(states, method, rows=1000, standardise=standard).coordinates
    for rows in (1, 7, 199):
        np.testing.assert_allclose(
            reduce_one(states, method, rows=rows, standardise=standard).coordinates, whole, atol=1e-6 * np.ptp(whole)
        )


def test_shuffled_documents_have_the_same_coordinates():
    states = states_of()
    order = np.random.default_rng(1).permutation(len(states))
    np.testing.assert_allclose(reduce_one(states[order]).coordinates, reduce_one(states).coordinates[order], atol=1e-5)


def test_rotated_features_have_the_same_scores_up_to_sign():
    states = states_of()
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(12, 12)))[0]
    turned = (states.astype(np.float64) @ rotation).astype(np.float32)
    np.testing.assert_allclose(
        up_to_sign(reduce_one(turned).coordinates), up_to_sign(reduce_one(states).coordinates), atol=1e-4
    )


@pytest.mark.parametrize(
    ("method", "documents", "width", "needed"), [("pca", 3, 9, 4), ("svd", 2, 9, 3), ("pca", 50, 2, 4)]
)
def test_too_few_documents_or_features_are_refused_with_the_numbers(method, documents, width, needed):
    with pytest.raises(ReductionError) as error:
        reduce_one(states_of(documents, width), method, components=3)
    assert f"3 components need at least {needed} documents and 3 features" in str(error.value)
    assert f"{documents} documents and {width} features" in str(error.value)


# ------------------------------------------------------------------------------- standardisation


@pytest.mark.parametrize(("standard", "scaler"), [("zscore", StandardScaler()), ("minmax", MinMaxScaler())])
def test_standardisation_is_that_of_scikit_learn(standard, scaler):
    states = states_of()
    scaled = scaler.fit_transform(states.astype(np.float64))
    np.testing.assert_allclose(
        reduce_one(states, standardise=standard).coordinates, reduce_one(scaled).coordinates, atol=1e-5
    )


def with_dead_feature(scale):
    states = states_of()
    states[:, 4] = np.random.default_rng(3).normal(size=len(states)) * scale
    return states


@pytest.mark.parametrize("standard", ["zscore", "minmax"])
@pytest.mark.parametrize("scale", [0, 5e-33, 1e-9])
def test_dead_features_are_left_out(standard, scale):
    states = with_dead_feature(scale)
    alone = reduce_one(np.delete(states, 4, axis=1), components=11, standardise=standard)
    fit = reduce_one(states, components=11, standardise=standard)
    np.testing.assert_array_equal(fit.coordinates, alone.coordinates)


@pytest.mark.parametrize(
    ("standard", "scaler", "scale"),
    [
        ("zscore", StandardScaler(), 0),
        ("zscore", StandardScaler(), 5e-33),
        ("zscore", StandardScaler(), 1e-9),
        ("minmax", MinMaxScaler(), 0),
        ("minmax", MinMaxScaler(), 1e-9),
    ],
)
def test_kept_dead_features_are_standardised_as_in_scikit_learn(standard, scaler, scale):
    states = with_dead_feature(scale)
    scaled = scaler.fit_transform(states.astype(np.float64))
    kept = reduce_one(states, standardise=standard, keep_dead=True)
    np.testing.assert_allclose(kept.coordinates, reduce_one(scaled).coordinates, atol=1e-5)


def test_a_weak_feature_is_not_dead():
    states = with_dead_feature(1e-4)
    without = reduce_one(np.delete(states, 4, axis=1), standardise="zscore").quality
    assert not np.allclose(reduce_one(states, standardise="zscore").quality, without)


def test_moments_equal_their_definition():
    states = states_of(101)
    moments = standardise.moments_of(blocks_of(states, 17))
    exact = states.astype(np.float64)
    assert moments.documents == 101
    np.testing.assert_allclose(moments.mean, exact.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moments.deviation, exact.std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(moments.lowest, exact.min(axis=0))
    np.testing.assert_array_equal(moments.highest, exact.max(axis=0))


def test_values_that_are_not_finite_are_refused_with_layer_and_model():
    states = states_of()
    states[5, 3] = np.nan
    members = {"good": {0: partial(blocks_of, states_of())}, "bad": {0: partial(blocks_of, states)}}
    with pytest.raises(ReductionError, match="not finite in 1 of 12 features") as error:
        reduction.reduce_space(members, Reduction.of("pca"))
    assert error.value.__notes__ == ["in the hidden state of bad", "in layer 0"]


# ------------------------------------------------------------------------------- constant layers


@pytest.mark.parametrize("method", ["pca", "svd", "umap"])
@pytest.mark.parametrize("noise", [0, 4e-14, 3e-7])
def test_a_constant_layer_lies_at_zero_and_is_marked(method, noise):
    rng = np.random.default_rng(0)
    vector = rng.normal(size=30)
    states = (vector + noise * rng.normal(size=(50, 30))).astype(np.float32)
    fit = reduce_one(states, method)
    assert fit.constant
    assert fit.coordinates.shape == (50, 2)
    assert not fit.coordinates.any()
    assert np.isnan(fit.quality).all()
    assert np.shape(fit.quality) == (() if method == "umap" else (2,))


def test_a_layer_in_which_one_document_differs_is_not_constant():
    states = np.tile(np.linspace(-1, 1, 30, dtype=np.float32), (5000, 1))
    states[77, 3] += 1e-4
    fit = reduce_one(states)
    assert not fit.constant
    assert np.flatnonzero(np.abs(fit.coordinates[:, 0]) > 5e-5).tolist() == [77]


def test_a_constant_member_takes_no_part_in_the_fit_of_a_space():
    states = states_of()
    fits = reduce_one({"flat": np.tile(states[0] * 9, (40, 1)), "model": states}, scale=True)
    assert fits["flat", 0].constant
    assert fits["flat", 0].coordinates.shape == (40, 2)
    assert not fits["flat", 0].coordinates.any()
    np.testing.assert_array_equal(fits["model", 0].coordinates, reduce_one(states, scale=True).coordinates)


# ---------------------------------------------------------------------------------------- spaces


def test_two_identical_models_of_a_space_have_identical_coordinates():
    states = states_of()
    fits = reduce_one({"base": states, "tuned": states})
    np.testing.assert_array_equal(fits["base", 0].coordinates, fits["tuned", 0].coordinates)
    np.testing.assert_allclose(fits["base", 0].coordinates, reduce_one(states).coordinates, atol=1e-5)


def test_a_space_is_fitted_to_the_stacked_documents_and_split_again():
    first, second = states_of(120, seed=1), states_of(70, seed=2)
    fits = reduce_one({"b": first, "a": second}, standardise="zscore")
    stacked = reduce_one(np.concatenate([first, second]), standardise="zscore")
    np.testing.assert_allclose(fits["b", 0].coordinates, stacked.coordinates[:120], atol=1e-5)
    np.testing.assert_allclose(fits["a", 0].coordinates, stacked.coordinates[120:], atol=1e-5)
    np.testing.assert_allclose(fits["a", 0].quality, stacked.quality)


def test_centre_and_scale_undo_a_shift_and_a_stretch_of_a_model():
    states = states_of()
    moved = 4 * states + 100
    plain = reduce_one({"base": states, "tuned": moved})
    assert not np.allclose(plain["base", 0].coordinates, plain["tuned", 0].coordinates, atol=1)
    fits = reduce_one({"base": states, "tuned": moved}, centre=True, scale=True)
    np.testing.assert_allclose(fits["base", 0].coordinates, fits["tuned", 0].coordinates, atol=1e-5)
    centred = reduce_one({"base": states, "tuned": moved}, centre=True)
    np.testing.assert_allclose(
        4 * centred["base", 0].coordinates, centred["tuned", 0].coordinates, atol=1e-4 * np.ptp(states)
    )


@pytest.mark.parametrize("standard", ["zscore", "minmax"])
def test_standardisation_undoes_the_centre_and_scale_of_a_single_model(standard):
    states = states_of()
    for options in ({"scale": True}, {"centre": True}, {"scale": True, "centre": True}):
        fit = reduce_one(states, "svd", standardise=standard, **options)
        np.testing.assert_allclose(
            fit.coordinates, reduce_one(states, "svd", standardise=standard).coordinates, atol=1e-5
        )


def test_models_are_scaled_before_they_are_standardised_together():
    first, second = states_of(120, seed=1), 50 * states_of(70, seed=2)
    fits = reduce_one({"a": first, "b": second}, scale=True, standardise="zscore")
    by_hand = [
        each / each.astype(np.float64).std(axis=0).dot(each.astype(np.float64).std(axis=0)) ** 0.5
        for each in (first, second)
    ]
    expected = reduce_one(StandardScaler().fit_transform(np.concatenate(by_hand))).coordinates
    np.testing.assert_allclose(
        np.concatenate([fits["a", 0].coordinates, fits["b", 0].coordinates]), expected, atol=1e-5
    )


def test_scale_gives_every_model_a_total_variance_of_one():
    fits = reduce_one({"base": states_of(seed=1), "tuned": 7 * states_of(seed=2)}, scale=True, components=12)
    for fit in fits.values():
        assert fit.coordinates.astype(np.float64).var(axis=0).sum() == pytest.approx(1, rel=1e-4)


def test_members_of_unequal_depth_or_width_are_refused_with_both_names():
    narrow, wide = partial(blocks_of, states_of(width=8)), partial(blocks_of, states_of(width=12))
    with pytest.raises(ReductionError, match="same number of layers: base has 1, tuned has 2"):
        reduction.reduce_space({"base": {0: wide}, "tuned": {0: wide, 1: wide}}, Reduction.of("pca"))
    with pytest.raises(ReductionError, match="same width: base has 8, tuned has 12") as error:
        reduction.reduce_space({"base": {0: narrow}, "tuned": {0: wide}}, Reduction.of("pca"))
    assert error.value.__notes__ == ["in layer 0"]


def test_fits_come_in_the_order_of_model_seed_and_layer():
    layers = {layer: partial(blocks_of, states_of(20, seed=layer)) for layer in (10, 9, 0)}
    fits = reduction.reduce_space({"b": layers, "a": layers}, Reduction.of("umap", seeds=[2, 1], epochs=11))
    assert list(fits) == [(model, seed, layer) for model in "ab" for seed in (1, 2) for layer in (0, 9, 10)]


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("pac", {}, "no reduction method 'pac'; there are pca, svd, umap"),
        ("pca", {"n_neighbors": 9}, "pca has no parameter n_neighbors; its parameters: none of its own"),
        ("umap", {"min_distance": 1}, "umap has no parameter min_distance; its parameters: n_neighbors, min_dist"),
        ("pca", {"seeds": [0, 1]}, r"pca draws nothing: its seeds are \[0\], not \[0, 1\]"),
        ("umap", {"seeds": [3, 3]}, r"different numbers, not \[3, 3\]"),
        ("umap", {"seeds": []}, r"one or more different numbers, not \[\]"),
        ("pca", {"standardise": "z"}, "standardise is 'z', must be one of none, zscore, minmax"),
    ],
)
def test_wrong_reductions_are_refused(method, options, message):
    with pytest.raises(ReductionError, match=message):
        Reduction.of(method, **options)


# ------------------------------------------------------------------------------------ neighbours


def slow_nearest(rows, count):
    """The definition, one row at a time: itself, then the others by distance, then by index."""
    indices = []
    for i, row in enumerate(rows):
        squared = ((rows - row) ** 2).sum(axis=1)
        others = sorted((j for j in range(len(rows)) if j != i), key=lambda j: (squared[j], j))
        indices.append([i, *others[: count - 1]])
    return np.array(indices)


@pytest.mark.parametrize("count", [1, 2, 7, 90])
def test_nearest_neighbours_equal_the_slow_definition(count, monkeypatch):
    monkeypatch.setattr(neighbours, "NUMBERS_AT_ONCE", 1000)
    monkeypatch.setattr(neighbours, "ROWS_AT_ONCE", 1)
    rows = np.random.default_rng(0).normal(size=(90, 5))
    indices, squared = reduction.nearest_neighbours(rows, count)
    expected = slow_nearest(rows, count)
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(squared, ((rows[:, None] - rows[expected]) ** 2).sum(axis=2), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("chosen", [[], [5], [3, 4, 80], [80, 3, 41, 0]])
def test_the_neighbours_of_chosen_rows_are_among_all_and_in_their_order(chosen, monkeypatch):
    monkeypatch.setattr(neighbours, "NUMBERS_AT_ONCE", 180)
    monkeypatch.setattr(neighbours, "ROWS_AT_ONCE", 1)
    rows = np.random.default_rng(0).normal(size=(90, 5))
    whole = reduction.nearest_neighbours(rows, 7)
    some = reduction.nearest_neighbours(rows, 7, chosen=np.array(chosen, dtype=int))
    for found, expected in zip(some, whole, strict=True):
        np.testing.assert_array_equal(found, expected[chosen])


@pytest.mark.parametrize("rows_at_once", [1, 64])
def test_equal_distances_are_ordered_by_index_and_the_row_itself_comes_first(rows_at_once, monkeypatch):
    monkeypatch.setattr(neighbours, "NUMBERS_AT_ONCE", 1)
    monkeypatch.setattr(neighbours, "ROWS_AT_ONCE", rows_at_once)
    rng = np.random.default_rng(1)
    # A grid of integers has many equal distances; a quarter of its points are there twice.
    rows = rng.integers(0, 5, size=(80, 2)).astype(float)
    np.testing.assert_array_equal(reduction.nearest_neighbours(rows, 12)[0], slow_nearest(rows, 12))


def test_identical_documents_are_at_distance_zero():
    rows = np.repeat(states_of(40, 300, seed=5).astype(np.float64), 3, axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    indices, squared = reduction.nearest_neighbours(rows, 4)
    assert not squared[:, :3].any()
    assert squared[:, 3].all()
    assert indices[4].tolist()[:3] == [4, 3, 5]


def test_small_cosine_distances_next_to_a_large_mean_are_exact():
    # Distances of 1e-9 around a common vector: in float32 products they would all be rounding.
    rng = np.random.default_rng(2)
    rows = 1 + 1e-5 * rng.normal(size=(60, 40))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_array_equal(reduction.nearest_neighbours(rows, 6)[0], slow_nearest(rows, 6))


@pytest.mark.parametrize("documents", [31, 200])
def test_trustworthiness_equals_that_of_scikit_learn(documents):
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(documents, 6))
    for plane in (rows[:, :2], rng.normal(size=(documents, 2))):
        expected = sklearn_trustworthiness(rows, plane, n_neighbors=15)
        assert reduction.trustworthiness(rows, plane) == pytest.approx(expected, abs=1e-12)


def test_a_sample_estimates_the_trustworthiness_of_all_documents():
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(900, 8))
    whole = reduction.trustworthiness(rows, rows[:, :2])
    estimates = [reduction.trustworthiness(rows, rows[:, :2], sample=100, seed=seed) for seed in range(20)]
    assert estimates[0] == reduction.trustworthiness(rows, rows[:, :2], sample=100, seed=0)
    assert np.std(estimates) > 0
    assert np.mean(estimates) == pytest.approx(whole, abs=4 * np.std(estimates) / 20**0.5)


def test_trustworthiness_is_undefined_where_half_the_documents_are_neighbours():
    rows = np.random.default_rng(5).normal(size=(30, 4))
    assert np.isnan(reduction.trustworthiness(rows, rows[:, :2]))


# ------------------------------------------------------------------------------------------ UMAP


def clusters(documents=90, width=20, seed=0):
    """Three groups of documents whose directions differ."""
    rng = np.random.default_rng(seed)
    group = np.arange(documents) % 3
    return (rng.normal(size=(3, width))[group] * 4 + rng.normal(size=(documents, width))).astype(np.float32), group


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_umap_is_that_of_umap_learn_on_the_same_neighbours(metric):
    from umap import UMAP

    states, _ = clusters()
    fit = reduce_one(states, "umap", seeds=[7], n_neighbors=10, min_dist=0.3, metric=metric, components=3)
    rows = states.astype(np.float64)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True) if metric == "cosine" else rows - rows.mean(axis=0)
    indices, squared = reduction.nearest_neighbours(rows, 10)
    expected = UMAP(
        n_components=3,
        n_neighbors=10,
        min_dist=0.3,
        metric=metric,
        random_state=7,
        n_jobs=1,
        precomputed_knn=(indices, squared / 2 if metric == "cosine" else np.sqrt(squared), None),
        force_approximation_algorithm=True,  # below 4,096 documents umap-learn would not look at the neighbours
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(fit.coordinates, expected.fit_transform(rows))


def test_umap_keeps_planted_clusters_apart():
    states, group = clusters()
    fit = reduce_one(states, "umap", epochs=100)
    centres = np.stack([fit.coordinates[group == each].mean(axis=0) for each in range(3)])
    nearest = np.linalg.norm(fit.coordinates[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == group).all()
    assert 0.7 < fit.quality <= 1


def test_one_seed_is_one_embedding_and_another_seed_another():
    states, _ = clusters()
    chosen = Reduction.of("umap", seeds=[0, 5], epochs=30)
    fits = reduction.reduce_layer({"m": partial(blocks_of, states)}, chosen)
    assert not np.allclose(fits["m", 0].coordinates, fits["m", 5].coordinates)
    alone = reduce_one(states, "umap", seeds=[5], epochs=30)
    assert alone.coordinates.tobytes() == fits["m", 5].coordinates.tobytes()
    assert alone.quality == fits["m", 5].quality


def copies(vectors, documents=300, width=20, seed=0):
    """Documents of so many different vectors, as batches of other shapes round them, and which one each has."""
    rng = np.random.default_rng(seed)
    which = rng.permutation(np.arange(documents) % vectors)
    states = (rng.normal(size=(vectors, width)) + 1)[which] * (1 + 1e-7 * rng.normal(size=(documents, width)))
    return states.astype(np.float32), which


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("vectors", [2, 3, 4, 5, 40])
def test_documents_of_one_vector_have_one_place_and_others_another(vectors, metric):
    states, which = copies(vectors)
    fits = reduction.reduce_layer(
        {"m": partial(blocks_of, states)}, Reduction.of("umap", seeds=[0, 3], epochs=20, metric=metric)
    )
    for fit in fits.values():
        _, place = np.unique(fit.coordinates, axis=0, return_inverse=True)
        assert fit.coordinates.shape == (300, 2)
        assert len(set(place)) == len(set(zip(place, which, strict=True))) == vectors
    assert np.array_equal(fits["m", 0].coordinates, fits["m", 3].coordinates) == (vectors < 4)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("vectors", [4, 5, 40])
def test_copies_take_the_place_of_their_first_document_in_the_umap_of_first_documents(vectors, metric):
    states, which = copies(vectors)
    first = [which.tolist().index(each) for each in which]
    alone = sorted(set(first))
    rows = states.astype(np.float64)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True) if metric == "cosine" else rows - rows.mean(axis=0)
    graph = manifold.fuzzy_graph(rows[alone], min(15, vectors - 1), metric=metric)
    plane = manifold.embed(rows[alone], graph, 2, seed=1, metric=metric, min_dist=0.1, epochs=20)
    fit = reduce_one(states, "umap", seeds=[1], epochs=20, metric=metric)
    for coordinates, document in zip(fit.coordinates, first, strict=True):
        np.testing.assert_array_equal(coordinates, plane[alone.index(document)])


@pytest.mark.parametrize(("documents", "vectors", "expected"), [(20, 2, {2}), (20, 3, {2, 3}), (300, 5, {2, 3, 4, 5})])
def test_there_are_not_more_regions_than_vectors(documents, vectors, expected):
    coordinates = reduce_one(copies(vectors, documents)[0], "umap", epochs=50).coordinates
    cells = regions.cells_of({("m", 0, 0): coordinates}, size=10).cells
    assert regions.occupied(cells)["m"][0][0] in expected


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(("vectors", "components"), [(2, 1), (2, 2), (3, 2), (2, 5), (6, 5)])
def test_too_few_vectors_for_umap_keep_their_distances_on_principal_axes(vectors, components, metric, caplog):
    states, _ = copies(vectors, 60)
    fit = reduce_one(states, "umap", components=components, metric=metric)
    rows = states.astype(np.float64)
    if metric == "cosine":
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    expected = np.linalg.norm(rows[:, None] - rows, axis=2)
    np.testing.assert_allclose(
        np.linalg.norm(fit.coordinates[:, None] - fit.coordinates, axis=2), expected, atol=1e-5 * expected.max()
    )
    assert fit.coordinates.shape == (60, components)
    assert not fit.coordinates[:, vectors - 1 :].any()
    found = f"{vectors} different vectors of 60 documents"
    assert caplog.messages == [f"UMAP to {components} components cannot embed {found}: principal axes instead"]


def test_the_axes_are_those_of_the_different_vectors_each_once():
    states = np.array([[1, 0, 9], [6, 1, 9], [1, 3, 9]], dtype=np.float32)[[0] * 90 + [1] * 5 + [2] * 5]
    plane = reduce_one(states, "umap", metric="euclidean").coordinates
    expected = PCA(2, svd_solver="full").fit_transform(states[[0, 90, 95]].astype(np.float64))
    np.testing.assert_allclose(up_to_sign(plane[[0, 90, 95]]), up_to_sign(expected), atol=1e-6)
    assert (plane[:90] == plane[0]).all()


def test_fewer_features_than_components_leave_components_at_zero():
    states = np.array([[1, 0], [5, 0], [1, 4]], dtype=np.float32)[np.arange(30) % 3]
    plane = reduce_one(states, "umap", metric="euclidean", components=5).coordinates
    assert plane[:, :2].any(axis=0).all()
    assert not plane[:, 2:].any()


def test_fewer_vectors_than_neighbours_are_logged_with_the_documents(caplog):
    reduce_one(copies(15)[0], "umap", epochs=11)
    assert caplog.messages == ["n_neighbors is 14 instead of 15: 15 different vectors of 300 documents"]
    caplog.clear()
    reduce_one(copies(16)[0], "umap", epochs=11)
    assert not caplog.messages


def test_trustworthiness_is_that_of_the_different_vectors():
    states, which = copies(40)
    fit = reduce_one(states, "umap", epochs=20)
    _, alone = np.unique(which, return_index=True)
    expected = sklearn_trustworthiness(states[alone], fit.coordinates[alone], n_neighbors=15, metric="cosine")
    assert fit.quality == pytest.approx(expected)
    assert np.isnan(reduce_one(copies(30)[0], "umap", epochs=11).quality)


def test_rounding_that_standardisation_raises_is_no_difference():
    states, which = copies(12)
    states[:, 3] = 1000 + 1e-4 * np.random.default_rng(1).normal(size=300)
    plane = reduce_one(states, "umap", epochs=11, standardise="zscore").coordinates
    _, place = np.unique(plane, axis=0, return_inverse=True)
    assert len(set(place)) == len(set(zip(place, which, strict=True))) == 12


def test_members_of_a_space_share_the_places_of_vectors_they_share():
    a, b = copies(20, 100)[0], copies(25, 100, seed=1)[0]
    b[[2, 50, 99]] = a[[7, 8, 7]]
    fits = reduce_one({"a": a, "b": b}, "umap", epochs=11)
    one, other = fits["a", 0].coordinates, fits["b", 0].coordinates
    np.testing.assert_array_equal(other[[2, 50, 99]], one[[7, 8, 7]])
    assert len(np.unique(np.vstack([one, other]), axis=0)) == 45
    together = reduce_one(np.vstack([a, b]), "umap", epochs=11)
    np.testing.assert_array_equal(np.vstack([one, other]), together.coordinates)
    assert fits["a", 0].quality == fits["b", 0].quality


def test_vectors_that_centring_and_scaling_make_the_same_share_a_place():
    a = copies(20, 100)[0]
    fits = reduce_one({"a": a, "b": 3 * a[::-1] + 5}, "umap", epochs=11, centre=True, scale=True)
    np.testing.assert_array_equal(fits["b", 0].coordinates[::-1], fits["a", 0].coordinates)
    assert len(np.unique(fits["a", 0].coordinates, axis=0)) == 20


def test_a_short_model_keeps_its_vectors_beside_a_long_one():
    a, b = copies(50, 50)[0], copies(100, 100, seed=1)[0] * np.float32(1e5)
    fits = reduce_one({"a": a, "b": b}, "umap", epochs=11)
    assert len(np.unique(fits["a", 0].coordinates, axis=0)) == 50


def test_where_all_vectors_of_a_space_differ_it_is_the_umap_of_the_stacked_documents():
    a, b = states_of(70), states_of(50, seed=1)
    fits = reduce_one({"a": a, "b": b}, "umap", epochs=20)
    together = reduce_one(np.vstack([a, b]), "umap", epochs=20, rows=1000)
    assert together.coordinates.tobytes() == fits["a", 0].coordinates.tobytes() + fits["b", 0].coordinates.tobytes()


@pytest.mark.parametrize("components", [1, 2, 5])
def test_the_fewest_documents_umap_takes(components):
    states = states_of(components + 2, 9)
    assert np.isfinite(reduce_one(states, "umap", components=components).coordinates).all()
    with pytest.raises(ReductionError, match=f"at least {components + 2} documents; this layer has {components + 1}"):
        reduce_one(states[1:], "umap", components=components)


def test_fewer_documents_than_neighbours_are_logged(caplog):
    reduce_one(states_of(15, 9), "umap", epochs=11)
    assert "n_neighbors is 14 instead of 15: 15 documents" in caplog.text
    caplog.clear()
    reduce_one(states_of(16, 9), "umap", epochs=11)
    assert not caplog.text


def test_cosine_of_a_zero_vector_is_refused():
    states = states_of()
    states[[4, 9]] = 0
    states[1] = states[0]
    with pytest.raises(ReductionError, match="2 documents have the zero vector, first document 4"):
        reduce_one(states, "umap")
    with pytest.raises(ReductionError, match="metric is 'l1', must be one of cosine, euclidean"):
        reduce_one(states, "umap", metric="l1")


def test_comparable_rows_are_unit_vectors_or_centred_and_keep_distances():
    states = states_of(50)
    blocks = partial(blocks_of, states)
    layer = reduction.fit_layer({"m": blocks}, {"m": reduction.moments_of(blocks())}, Reduction.of("umap"))
    unit, centred = (manifold.comparable_rows(layer, metric, np.arange(50)) for metric in ("cosine", "euclidean"))
    np.testing.assert_allclose(unit @ unit.T, 1 - cosine_distances(states.astype(np.float64)), atol=1e-12)
    np.testing.assert_allclose(np.diag(unit @ unit.T), 1)
    np.testing.assert_allclose(centred.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(centred - centred[0], states.astype(np.float64) - states[0], atol=1e-12)


def test_the_metrics_differ_where_lengths_differ():
    # Along one direction cosine sees no difference, Euclid does.
    layer_of = {}
    states = np.array([[1.0, 0], [9, 0.1], [1, 0.9]], dtype=np.float32)
    for metric in ("cosine", "euclidean"):
        blocks = partial(blocks_of, states)
        layer = reduction.fit_layer({"m": blocks}, {"m": reduction.moments_of(blocks())}, Reduction.of("umap"))
        layer_of[metric] = reduction.nearest_neighbours(manifold.comparable_rows(layer, metric, np.arange(3)), 2)[0][
            0, 1
        ]
    assert layer_of == {"cosine": 1, "euclidean": 2}


# ----------------------------------------------------------------------------------------- files


@pytest.fixture
def activations(tmp_path):
    """Two models of three layers, layer 0 constant under `first`."""

    def fill(file, seed):
        for layer in range(3):
            mean = states_of(60, 12, seed=10 * seed + layer)
            first = mean if layer else mean * 0 + mean[:1]
            store.add_array(file, contracts.hidden_state("mean", layer), mean, distinct=60)
            store.add_array(file, contracts.hidden_state("first", layer), first, distinct=60 if layer else 1)
        store.add_array(file, "documents/id", np.array([f"d{i}" for i in range(60)]))
        store.add_array(file, "documents/tokens", np.ones(60, dtype=np.int32))
        store.add_array(file, "documents/truncated", np.zeros(60, dtype=bool))

    described = dict.fromkeys(contracts.ACTIVATIONS.attributes, "test") | {"distinct": 60}
    paths = {"base": tmp_path / "base.h5", "tuned": tmp_path / "tuned.h5"}
    for seed, path in enumerate(paths.values()):
        store.write_arrays(path, contracts.ACTIVATIONS, partial(fill, seed=seed), provenance={}, **described)
    return paths


def test_the_file_holds_every_model_seed_and_layer(activations, tmp_path):
    path = tmp_path / "coordinates.h5"
    reduce_layers(
        activations, path, space="both", pooling="first", method="umap", components=3, seeds=[0, 4], epochs=11
    )
    coordinates = store.read_coordinates(path)
    assert list(coordinates) == [(m, s, k) for m in ("base", "tuned") for s in (0, 4) for k in range(3)]
    assert all(each.shape == (60, 3) and each.dtype == np.float32 for each in coordinates.values())
    described = store.read_coordinate_attributes(path)
    for (_, _, layer), attributes in described.items():
        assert bool(attributes["constant"]) == (layer == 0)
        assert np.isnan(attributes["trustworthiness"]) == (layer == 0)
    of_file = store.read_attributes(path)
    assert (of_file["space"], of_file["method"], of_file["components"]) == ("both", "umap", 3)
    assert of_file["parameters"]["parameters"] == {
        "n_neighbors": 15,
        "min_dist": 0.1,
        "metric": "cosine",
        "epochs": 11,
    }
    assert of_file["provenance"]["inputs"] == {
        name: store.read_attributes(each)["content"] for name, each in activations.items()
    }
    assert "umap-learn" in of_file["provenance"]["software"]


def test_explained_variance_is_kept_per_component(activations, tmp_path):
    path = tmp_path / "coordinates.h5"
    reduce_layers({"base": activations["base"]}, path, space="base", pooling="mean", method="pca")
    with h5py.File(path) as file:
        shares = file["coordinates/base/0/2"].attrs["explained_variance"]
    assert shares.dtype == np.float64
    expected = PCA(2, svd_solver="full").fit(states_of(60, 12, seed=2).astype(np.float64)).explained_variance_ratio_
    np.testing.assert_allclose(shares, expected, rtol=1e-6)


@pytest.mark.parametrize("options", [{"method": "pca"}, {"method": "umap", "seeds": [0, 1], "epochs": 50}])
def test_two_workers_write_the_same_bytes_as_one(activations, tmp_path, options):
    paths = [tmp_path / f"{workers}.h5" for workers in (1, 2)]
    for workers, path in enumerate(paths, start=1):
        reduce_layers(activations, path, space="both", pooling="mean", workers=workers, **options)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_errors_of_workers_name_the_layer(activations, tmp_path):
    with pytest.raises(ReductionError, match="13 components need") as error:
        reduce_layers(
            activations, tmp_path / "x.h5", space="both", pooling="mean", method="pca", components=13, workers=2
        )
    assert error.value.__notes__ == ["in layer 0"]
    assert not (tmp_path / "x.h5").exists()


def test_pca_does_not_import_umap(activations, tmp_path):
    code = (
        "import sys; sys.path.insert(0, 'scripts'); from reduce_layers import reduce_layers; "
        f"reduce_layers({{'base': {str(activations['base'])!r}}}, {str(tmp_path / 'c.h5')!r}, "
        "space='base', pooling='mean', method='pca'); print('umap' in sys.modules, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
