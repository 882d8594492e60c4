import itertools
import logging

import draw_probing
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nrag import clustering, compared, contracts, figures, reduction, regions, store
from nrag.bag_of_words import word_counts
from nrag.probing import classifier, conditions, features, layers, scores, splits, summary, texts
from nrag.probing.probes import FeatureSet, table_of
from nrag.reduction import Reduction
from nrag.regions import cells_of
from nrag.words import words_of

OPTIONS = {"n_splits": 4, "test_size": 0.3, "seed": 5}
GRID = features.Grid("equal", 4)
PCA = features.Reduced("pca", Reduction.of("pca"), [GRID])


def documents(labels, groups=None):
    """Documents of labels 0, 1, ... called a, b, ..."""
    labels = np.asarray(labels)
    names = tuple("abcdefgh"[: labels.max() + 1])
    return compared.Documents(np.arange(len(labels)), names, labels, None if groups is None else np.asarray(groups))


def halves(number):
    """A split of so many documents: two of three train."""
    test = np.arange(number) // 3 % 3 == 0
    return splits.Split(np.flatnonzero(~test), np.flatnonzero(test))


def correlated(number, width, *, seed=0, labels=3, apart=1.0):
    """Hidden states of labels that lie apart in a few of many correlated features, and the labels."""
    draw = np.random.default_rng(seed)
    told = np.arange(number) % labels
    inner = draw.normal(size=(number, 8)) * [2, 2, 2, 3, 2, 1, 1, 1]
    inner[:, :labels] += 3 * apart * np.eye(labels)[told]
    noise = 0.3 * draw.normal(size=(number, width))
    return (inner @ draw.normal(size=(8, width)) + noise + 5).astype(np.float32), told


def lazily(states):
    return {model: {layer: (lambda rows=rows: rows) for layer, rows in each.items()} for model, each in states.items()}


def balanced(probes):
    """Mean balanced accuracy by layer of the hidden states, None for all together."""
    table = table_of(probes)
    rows = table[(table["score"] == "balanced_accuracy") & (table["features"] == "states")]
    return {None if pd.isna(layer) else int(layer): value for layer, value in _means(rows).items()}


def _means(rows):
    return rows.groupby("layer", dropna=False)["value"].mean()


# ------------------------------------------------------------------------------------------ splits


def test_without_groups_the_splits_are_those_of_scikit_learn():
    labels = np.array([0] * 11 + [1] * 21 + [2] * 8)
    expected = StratifiedShuffleSplit(4, test_size=0.3, random_state=5).split(labels, labels)
    for split, (train, test) in zip(splits.splits_of(documents(labels), **OPTIONS), expected, strict=True):
        assert split.train.tolist() == sorted(train)
        assert split.test.tolist() == sorted(test)


def test_groups_never_straddle_and_every_label_is_on_both_sides():
    draw = np.random.default_rng(0)
    for _ in range(20):
        groups = draw.integers(25, size=120)
        labels = np.where(draw.random(120) < 0.2, 1, groups % 2 * 2)
        for split in splits.splits_of(documents(labels, groups), **OPTIONS):
            assert not set(groups[split.train]) & set(groups[split.test])
            assert sorted([*split.train, *split.test]) == list(range(120))
            assert set(labels[split.train]) == set(labels[split.test]) == set(labels)


def test_groups_of_one_document_are_stratified_exactly():
    labels = np.array([0] * 40 + [1] * 10)
    for split in splits.splits_of(documents(labels, range(50)), **OPTIONS):
        assert np.bincount(labels[split.test]).tolist() == [12, 3]


def test_groups_come_near_to_the_shares_of_every_label():
    draw = np.random.default_rng(1)
    labels, groups = draw.choice(3, p=[0.6, 0.3, 0.1], size=600), draw.integers(80, size=600)
    for split in splits.splits_of(documents(labels, groups), **OPTIONS):
        shares = np.bincount(labels[split.test]) / np.bincount(labels)
        assert abs(shares - 0.3).max() < 0.1


def test_splits_differ_from_each_other_and_follow_the_seed():
    labels = np.arange(60) % 2
    for groups in (None, np.arange(60) // 2):
        first = splits.splits_of(documents(labels, groups), **OPTIONS)
        again = splits.splits_of(documents(labels, groups), **OPTIONS)
        other = splits.splits_of(documents(labels, groups), **OPTIONS | {"seed": 6})
        tests = [tuple(split.test) for split in first]
        assert len(set(tests)) == 4
        assert tests == [tuple(split.test) for split in again] != [tuple(split.test) for split in other]


@pytest.mark.parametrize(
    ("labels", "groups", "said"),
    [
        ([0] * 20, None, "two labels or more are needed to tell them apart, and there is a"),
        ([0] * 20 + [1] * 3, None, "label b has 3 documents, and test_size: 0.3 needs 4 of each"),
        ([0] * 10 + [1] * 10, [0] * 10 + list(range(1, 11)), "all documents of a are one group"),
        ([0] * 10 + [1] * 10, [0] * 10 + [1] * 10, "all documents of a, b are one group"),
    ],
)
def test_what_cannot_be_split_is_told_in_one_sentence(labels, groups, said, caplog):
    with pytest.raises(splits.ProbingError, match=said):
        splits.splits_of(documents(labels, groups), **OPTIONS)
    parted = splits.parting(documents(labels, groups), **OPTIONS)
    assert parted.splits == []
    assert said in parted.problems[0]
    assert said in caplog.text


def test_groups_that_tie_labels_together_are_given_up_after_some_draws():
    # Whichever group is tested, one of the labels has no documents left to learn from, or none to test.
    labels = [0, 1] * 20 + [0] + [1]
    groups = [0] * 20 + [1] * 20 + [0, 0]
    parted = splits.splits_of(documents(labels, groups), **OPTIONS)
    assert {tuple(np.bincount(np.array(labels)[split.test])) for split in parted} <= {(10, 10), (11, 11)}
    labels, groups = [0] * 10 + [1] * 10 + [0] * 10 + [2] * 10 + [1] * 10 + [2] * 10, np.arange(60) // 20
    with pytest.raises(splits.ProbingError, match="none of 100 ways"):
        splits.splits_of(documents(labels, groups), **OPTIONS)


def test_a_label_that_other_labels_pull_into_the_test_part_keeps_training_documents():
    # The second group holds half of label a and, of seven other labels, just what the test part wants.
    labels = [0] * 5 + [0] * 5 + [other for other in range(1, 8) for _ in range(3)]
    groups = [0] * 5 + [1] * (5 + 21)
    labels, groups = labels + [*range(1, 8)] * 7, groups + [*range(2, 9)] * 7
    for split in splits.splits_of(documents(labels, groups), n_splits=10, test_size=0.3, seed=0):
        assert set(np.array(labels)[split.train]) == set(np.array(labels)[split.test]) == set(range(8))


def test_the_least_number_of_documents_does_not_suffer_from_rounding():
    assert [conditions.least_documents(size) for size in (0.5, 0.3, 0.2, 0.1, 0.05)] == [2, 4, 5, 10, 20]
    for size in (0.05, 0.1, 0.2, 0.3, 0.5):
        labels = [0] * conditions.least_documents(size) + [1] * 57
        for split in splits.splits_of(documents(labels), n_splits=20, test_size=size, seed=0):
            assert set(np.array(labels)[split.test]) == set(np.array(labels)[split.train]) == {0, 1}


def test_a_text_that_is_there_twice_is_never_on_both_sides():
    texts = [f"text {number % 30}" for number in range(60)]
    corpus = pd.DataFrame({"area": ["ai", "dl"] * 30, "group": pd.array([None] * 60, dtype="str"), "text": texts})
    found = compared.documents_of(corpus, "area", ["ai", "dl"])
    for split in splits.splits_of(found, n_splits=10, test_size=0.3, seed=0):
        assert {texts[n] for n in split.train}.isdisjoint({texts[n] for n in split.test})


# -------------------------------------------------------------------------------------- classifier


def by_scikit_learn(rows, labels, split):
    """The plain definition: standardise and learn on the training part, predict the test part."""
    rows = rows.astype(np.float64)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000, tol=1e-9, class_weight="balanced"))
    return probe.fit(rows[split.train], labels[split.train])


@pytest.mark.parametrize(("number", "width"), [(90, 12), (60, 200)])
@pytest.mark.parametrize("labels", [2, 4])
def test_predictions_are_those_of_scikit_learns_pipeline(number, width, labels):
    rows, told = correlated(number, width, labels=labels, apart=0.7)
    for split in splits.splits_of(documents(told), **OPTIONS):
        joined = classifier.Joined()
        joined.add(classifier.standardised(rows, split))
        expected = by_scikit_learn(rows, told, split).predict(rows[split.test])
        found = classifier.predict(joined.parts(), told, split)
        assert found.converged
        assert found.labels.tolist() == expected.tolist()
        assert 0.3 < (expected == told[split.test]).mean() < 1


def test_a_rare_label_is_told_by_its_weak_features():
    # Nine documents of one label to one of the other, told apart by which of many rare features they have.
    draw = np.random.default_rng(0)
    told = (np.arange(200) % 10 == 0).astype(int)
    often = np.where(told[:, None] == np.arange(40) // 20, 0.3, 0.1)
    words = draw.random((200, 40)) < often
    split = halves(200)
    rows = words / np.maximum(np.linalg.norm(words, axis=1, keepdims=True), 1)
    found = classifier.predict(classifier.Parts(rows[split.train], rows[split.test]), told, split).labels
    recalls = [np.mean(found[told[split.test] == label] == label) for label in (0, 1)]
    assert min(recalls) > 0.7


def test_all_layers_together_are_their_features_side_by_side():
    one, told = correlated(60, 30, seed=1)
    two, _ = correlated(60, 25, seed=2, apart=0)
    for split in splits.splits_of(documents(told), **OPTIONS):
        joined = classifier.Joined()
        for rows in (one, two):
            joined.add(classifier.standardised(rows, split))
        expected = by_scikit_learn(np.hstack([one, two]), told, split).predict(np.hstack([one, two])[split.test])
        assert joined.width == 55
        assert joined.parts().train.shape[1] <= len(split.train)
        assert classifier.predict(joined.parts(), told, split).labels.tolist() == expected.tolist()


def test_in_the_span_of_the_training_rows_all_products_are_kept():
    rows, _ = correlated(40, 100)
    split = halves(40)
    parts = classifier.standardised(rows, split)
    joined = classifier.Joined()
    for columns in np.array_split(np.arange(100), 7):
        joined.add(classifier.Parts(parts.train[:, columns], parts.test[:, columns]))
    found = joined.parts()
    assert found.train.shape[1] == len(split.train) - 1  # standardised rows sum to zero
    np.testing.assert_allclose(found.train @ found.train.T, parts.train @ parts.train.T, atol=1e-9)
    np.testing.assert_allclose(found.test @ found.train.T, parts.test @ parts.train.T, atol=1e-8)


def test_features_of_rounding_alone_are_left_out():
    rows, _ = correlated(60, 5)
    rows[:, 2] = 7
    rows[:, 3] = 7 + 1e-6 * (np.arange(60) % 2)
    assert classifier.standardised(rows, halves(60)).train.shape[1] == 3
    flat = np.float32([3, -5]) + np.float32(1e-7) * (np.arange(60) % 2)[:, None]
    assert classifier.standardised(flat, halves(60)).train.shape[1] == 0


def test_without_features_the_most_frequent_label_is_predicted():
    labels = np.array([1, 0, 2, 1, 1, 0, 1, 1, 2])
    split = halves(9)
    nothing = classifier.Parts(np.zeros((6, 0)), np.zeros((3, 0)))
    assert classifier.predict(nothing, labels, split).labels.tolist() == [1, 1, 1]


def test_a_fit_that_does_not_converge_is_counted(monkeypatch, recwarn):
    monkeypatch.setattr(classifier, "MAX_ITER", 1)
    rows, told = correlated(60, 10)
    found = list(layers.probe_space(lazily({"m": {0: rows}}), told, [halves(60)]))
    assert [probe.converged for probe in found] == [False, False]
    words = list(texts.probe_texts(["a"] * 60, told, [halves(60)]))
    told = summary.summary(table_of(found), table_of(words))
    assert told.loc[told["features"] == "states", "not_converged"].tolist() == [1] * 12
    assert not recwarn.list


# ---------------------------------------------------------------------------------------- features


def unsigned(plane):
    """Coordinates with their axes turned so that the largest value is positive."""
    largest = np.abs(plane).argmax(axis=0)
    return plane * np.where(plane[largest, range(plane.shape[1])] < 0, -1, 1)


@pytest.mark.parametrize("width", [10, 90])
@pytest.mark.parametrize(
    "options",
    [{"method": "pca"}, {"method": "svd", "components": 3}, {"method": "pca", "standardise": "zscore"},
     {"method": "svd", "standardise": "minmax"}],
)  # fmt: skip
def test_coordinates_are_those_of_a_reduction_of_the_training_part(options, width):
    rows, _ = correlated(60, width)
    split, chosen = halves(60), Reduction.of(**options)
    expected = reduction.reduce_layer({"m": lambda: [rows[split.train]]}, chosen)["m", 0].coordinates
    found = features.coordinates_from_train({"m": rows}, split, chosen)["m"]
    np.testing.assert_allclose(unsigned(found[split.train]), unsigned(expected), atol=1e-4)
    assert np.ptp(found[split.test], axis=0).min() > 0.1


def test_members_of_a_shared_space_are_reduced_together_by_their_training_parts():
    one, _ = correlated(60, 10)
    states, split = {"base": one, "tuned": 3 * one[:, ::-1] + 2}, halves(60)
    chosen = Reduction.of("pca", centre=True, scale=True)
    blocks = {model: (lambda rows=rows: [rows[split.train]]) for model, rows in states.items()}
    expected = reduction.reduce_layer(blocks, chosen)
    found = features.coordinates_from_train(states, split, chosen)
    for model in states:
        np.testing.assert_allclose(found[model][split.train], expected[model, 0].coordinates, atol=1e-4)


def test_a_layer_that_is_constant_in_the_training_part_lies_at_zero():
    rows = np.full((30, 5), 3, dtype=np.float32)
    found = features.coordinates_from_train({"m": rows}, halves(30), Reduction.of("pca"))["m"]
    assert found.tolist() == [[0, 0]] * 30


def test_there_are_no_more_components_than_the_training_part_spans():
    rows, _ = correlated(12, 40)
    found = features.coordinates_from_train({"m": rows}, halves(12), Reduction.of("pca", components=30))["m"]
    assert classifier.standardised(found, halves(12)).train.shape == (6, 5)


def test_two_different_vectors_make_a_plane_with_two_cells():
    one, other = np.random.default_rng(0).normal(size=(2, 40)).astype(np.float32)
    rows = np.stack([one if document % 3 else other for document in range(24)])
    planes = features.coordinates_from_train({"m": rows}, halves(24), Reduction.of("pca"))
    assert planes["m"].shape == (24, 2)
    cells = features.cells_from_train(planes, halves(24), size=5, bins="equal")["m"]
    assert len(set(cells[::3])) == len(set(cells)) - 1 == 1


@pytest.mark.parametrize("bins", regions.BINS)
def test_cells_are_those_of_the_training_parts_grid_and_others_go_to_the_nearest_bin(bins):
    plane, _ = correlated(90, 2)
    split = halves(90)
    plane[split.test[0]] = [1e3, -1e3]
    expected = cells_of({("m", 0, 0): plane[split.train]}, size=4, bins=bins).cells
    found = features.cells_from_train({"m": plane}, split, size=4, bins=bins)["m"]
    assert found[split.train].tolist() == (4 * expected["x"] + expected["y"]).tolist()
    assert found[split.test[0]] == 4 * 3 + 0
    assert found.min() >= 0
    assert found.max() < 16


def test_clusters_are_those_of_the_training_part_and_others_go_to_the_nearest_mean():
    one, _ = correlated(200, 12)
    states, split = {"base": one, "tuned": 3 * one[:, ::-1] + 2}, halves(200)
    chosen = Reduction.of("pca", standardise="zscore")
    found = features.clusters_from_train(states, split, chosen, size=3)
    train = {model: {0: lambda rows=rows: [rows[split.train]]} for model, rows in states.items()}
    planes = {(model, 0, 0): rows[split.train, :2] for model, rows in states.items()}
    cells = clustering.cells_of(train, planes, chosen, size=3)
    together = np.concatenate([found[model][split.train] for model in states])
    assert len({*zip(together, cells["x"], cells["y"], strict=True)}) == len(set(together)) == 9
    # As the reduction reads them: standardised by the training documents of both.
    fitted = np.concatenate([rows[split.train] for rows in states.values()]).astype(float)
    scaled = {model: (rows - fitted.mean(axis=0)) / fitted.std(axis=0) for model, rows in states.items()}
    of_train = np.concatenate([rows[split.train] for rows in scaled.values()])
    means = np.stack([of_train[together == number].mean(axis=0) for number in range(9)])
    for model, rows in scaled.items():
        nearest = [int(np.argmin(np.linalg.norm(means - rows[document], axis=1))) for document in split.test]
        assert found[model][split.test].tolist() == nearest


def test_clusters_of_training_documents_with_one_vector_tell_nothing():
    split, rows = halves(30), np.ones((30, 5), dtype=np.float32)
    rows[split.test] = np.random.default_rng(0).normal(size=(len(split.test), 5))
    assert set(features.clusters_from_train({"m": rows}, split, Reduction.of("pca"), size=3)["m"]) == {0}


def test_regions_by_k_means_are_probed_as_the_training_part_makes_them():
    rows, _ = correlated(60, 8)
    split, chosen = halves(60), Reduction.of("pca")
    reduced = [features.Reduced("pca", chosen, [features.Grid("kmeans", 3)])]
    found = {name.features: parts for _, name, parts in features.layer_features({"m": rows}, 0, split, reduced)}
    clusters = features.clusters_from_train({"m": rows}, split, chosen, size=3)["m"]
    expected = features.one_hot(clusters, split)
    assert expected.train.shape[1] == 9
    assert (found["regions"].train == expected.train).all()
    assert (found["regions"].test == expected.test).all()


def test_an_axis_that_is_flat_in_the_training_part_is_one_bin():
    plane = np.column_stack([np.linspace(0, 9, 30), 1e-7 * (np.arange(30) % 2)])
    found = features.cells_from_train({"m": plane}, halves(30), size=5, bins="equal")["m"]
    assert set(found) == {0, 5, 10, 15, 20}


def test_a_cell_without_training_documents_is_no_feature():
    split = splits.Split(np.array([1, 2, 3]), np.array([0, 4, 5]))
    hot = features.one_hot(np.array([9, 2, 2, 5, 7, 2]), split)
    assert hot.train.tolist() == [[1, 0], [1, 0], [0, 1]]
    assert hot.test.tolist() == [[0, 0], [0, 0], [1, 0]]


def test_numbers_of_cells_are_those_of_the_chosen_documents():
    table = cells_of({("m", 0, 0): np.array([[0, 9], [9, 0], [9, 9.0]])}, size=3).cells
    found = features.cell_numbers(table, np.array([0, 2]), size=3)
    assert {key: cells.tolist() for key, cells in found.items()} == {("m", 0, 0): [2, 8]}


def test_umap_cannot_be_fitted_on_a_part():
    rows, _ = correlated(30, 5)
    with pytest.raises(splits.ProbingError, match="umap places no new documents"):
        list(features.layer_features({"m": rows}, 0, halves(30), [features.Reduced("u", Reduction.of("umap"))]))


@pytest.mark.parametrize("width", [12, 90])
def test_nothing_of_the_test_part_leaks(width):
    rows, _ = correlated(60, width)
    split = halves(60)
    other = rows.copy()
    other[split.test] = 1e3 * np.random.default_rng(3).normal(size=(len(split.test), width))
    reduced = [PCA, features.Reduced("svd", Reduction.of("svd", standardise="zscore"), [GRID])]
    pairs = zip(*(features.layer_features({"m": each}, 0, split, reduced) for each in (rows, other)), strict=True)
    seen = 0
    for (_, name, parts), (_, _, changed) in pairs:
        assert np.array_equal(parts.train, changed.train), name
        assert not np.array_equal(parts.test, changed.test)
        seen += 1
    assert seen == 5
    counts = word_counts(["a b b", "c a", "b c c", "a", "c c a", "b b"])
    changed = word_counts(["z z z", "a z", "q c c", "a", "c c a", "b b"])
    found, expected = (texts.bag_of_words(each, halves(6)).train.toarray() for each in (changed, counts))
    np.testing.assert_array_equal(np.sort(found, axis=1), np.sort(expected, axis=1))


# ----------------------------------------------------------------------------------- scores, texts


def test_scores_are_those_of_scikit_learn():
    draw = np.random.default_rng(0)
    for labels in (2, 3, 5):
        true = np.concatenate([np.arange(labels), draw.integers(labels, size=40)])
        predicted = draw.integers(labels - (labels > 2), size=len(true))  # one of several is never predicted
        found = scores.scores_of(scores.confusion(true, predicted, labels))
        expected = {
            "accuracy": metrics.accuracy_score(true, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(true, predicted),
        }
        for kind, score in (("f1", metrics.f1_score), ("recall", metrics.recall_score)):
            for average in ("macro", "weighted"):
                expected[f"{kind}_{average}"] = score(true, predicted, average=average, zero_division=0)
        assert tuple(found) == scores.SCORES
        assert found == pytest.approx(expected)


def test_guesses_are_those_of_scikit_learns_dummies():
    train, test = np.array([0] * 6 + [1] * 3 + [2]), np.array([0] * 4 + [1] * 3 + [2] * 2)
    blind = scores.blind(np.bincount(train), np.bincount(test))
    constant = DummyClassifier(strategy="most_frequent").fit(train, train).predict(test)
    assert np.array_equal(blind["most_frequent"], scores.confusion(test, constant, 3))
    drawn = [DummyClassifier(strategy="stratified", random_state=s).fit(train, train).predict(test) for s in range(800)]
    simulated = np.mean([scores.confusion(test, each, 3) for each in drawn], axis=0)
    np.testing.assert_allclose(blind["stratified"], simulated, atol=0.12)
    assert scores.scores_of(blind["stratified"])["balanced_accuracy"] == pytest.approx(1 / 3)
    assert scores.scores_of(blind["most_frequent"])["balanced_accuracy"] == pytest.approx(1 / 3)


def test_a_bag_of_words_is_scikit_learns_of_the_training_part():
    said = ["Die Küche, die KÜCHE!", "слово x2", "die x y", "слово слово y", "y küche", "1 2 3", "die y", "z", "x die"]
    split = halves(9)
    words = TfidfVectorizer(token_pattern=r"[^\W\d_]+").fit([said[row] for row in split.train])
    found = texts.bag_of_words(word_counts(said), split)
    for side, parts in zip(split, found, strict=True):
        expected = words.transform([said[row] for row in side]).toarray()
        np.testing.assert_allclose(np.sort(parts.toarray(), axis=1), np.sort(expected, axis=1))
        np.testing.assert_allclose(parts @ found.train.T.toarray(), expected @ words.transform(
            [said[row] for row in split.train]).toarray().T)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("किताब अच्छी है।", ["किताब", "अच्छी", "है"]),
        ("تَعَلُّم הַבַּיִת", ["تَعَلُّم", "הַבַּיִת"]),
        ("Cafe\u0301 1\ufe0f\u20e3 \u0301a", ["cafe\u0301", "a"]),
        ("İstanbul", ["i\u0307stanbul"]),
        ("don't o’clock x_y a1b Über-all ½", ["don", "t", "o", "clock", "x", "y", "a", "b", "über", "all", "½"]),
        ("我喜欢GPU，猫!", ["我", "喜", "欢", "gpu", "猫"]),
        ("犬のケーキ・か\u3099", ["犬", "の", "ケ", "ー", "キ", "か\u3099"]),
        ("ที่นี่ ๑๒", ["ที่", "นี่"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
    ],
)
def test_a_word_keeps_its_marks_and_letters_of_scripts_without_spaces_stand_alone(text, words):
    assert words_of(text) == words
    counts = word_counts([text, " ".join(words)])
    assert counts.shape == (2, len(set(words)))
    np.testing.assert_array_equal(*counts.toarray())
    assert texts.text_length([text])[0, 1] == pytest.approx(np.log1p(len(words)))


def test_texts_without_a_letter_are_guessed():
    found = list(texts.probe_texts(["1", "2 3", "-"] * 4, np.arange(12) % 2, [halves(12)]))
    assert [probe.features.features for probe in found] == ["bag_of_words", "text_length", *summary.GUESSES]
    assert found[0].width == 0


def test_length_is_of_characters_and_words():
    np.testing.assert_allclose(np.expm1(texts.text_length(["Ein Wort, 2.", ""])), [[12, 2], [0, 0]])


# ------------------------------------------------------------------------------------------ probes


@pytest.fixture(scope="module")
def probed():
    """Two models of three layers, labels planted in layer 1 of the first alone; PCA on training parts, SVD on all."""
    quiet, told = correlated(90, 20, apart=0)
    loud, _ = correlated(90, 20, seed=3, apart=2)
    states = {"m": {0: quiet, 1: loud, 2: quiet[:, ::-1]}, "n": {0: quiet, 1: quiet, 2: quiet}}
    parted = splits.splits_of(documents(told), **OPTIONS)
    chosen = Reduction.of("umap", seeds=[3, 4])
    draw = np.random.default_rng(0)
    planes = {key: draw.normal(size=(90, 2)) for key in itertools.product("mn", (3, 4), range(3))}
    cells = {key: (plane[:, 0] > 0).astype(int) for key, plane in planes.items()}
    reduced = [
        PCA,
        features.Reduced("umap", chosen, [GRID], planes, {GRID: cells}),
        features.Reduced("line", Reduction.of("svd", components=1)),
    ]
    found = list(layers.probe_space(lazily(states), told, parted, reduced))
    words = ["sea" if label else "sky" for label in told]
    return table_of(found), table_of(list(texts.probe_texts(words, told, parted)))


def test_the_table_has_every_feature_set_layer_split_and_score(probed, tmp_path):
    table, words = probed
    sets = {
        ("states", "", None, "", None, ""),
        ("coordinates", "pca", 0, "", None, "train"),
        ("regions", "pca", 0, "equal", 4, "train"),
        ("coordinates", "umap", 3, "", None, "all"),
        ("coordinates", "umap", 4, "", None, "all"),
        ("regions", "umap", 3, "equal", 4, "all"),
        ("regions", "umap", 4, "equal", 4, "all"),
        ("coordinates", "line", 0, "", None, "train"),
    }
    found = table[list(FeatureSet._fields)].astype(object)
    assert set(found.where(found.notna(), None).itertuples(index=False, name=None)) == sets
    assert len(table) == len(sets) * 2 * (3 + 1) * 4 * 6
    for each in probed:
        store.write_table(tmp_path / "t.parquet", each, contracts.PROBING, provenance={}, problems=[])
    assert set(words["features"]) == {"bag_of_words", "text_length", *summary.GUESSES}


def test_a_signal_planted_in_one_layer_is_found_there(probed):
    table, words = probed
    found = summary.summary(table, words)
    found = found[found["score"] == "balanced_accuracy"]
    values = found.set_index(["model", "features", "reduction", "layer"])["mean"]
    states = values.xs(("states", ""), level=["features", "reduction"])
    assert states["m", 1] > 0.9
    assert states["m"].drop(1).drop(pd.NA, errors="ignore").dropna().loc[[0, 2]].max() < 0.55
    assert states["n"].max() < 0.55
    planes = values.xs(("coordinates", "pca"), level=["features", "reduction"])
    assert planes["m", 1] > planes["m", 0] + 0.15
    assert found.loc[found["features"] == "bag_of_words", "mean"].item() == pytest.approx(2 / 3)


def test_coordinates_and_cells_of_all_documents_are_those_of_their_layer_and_seed():
    rows, told = correlated(60, 8, apart=0)
    draw = np.random.default_rng(0)
    planes = {("m", seed, layer): draw.normal(size=(60, 2)) for seed in (0, 1) for layer in (0, 1)}
    planes["m", 1, 1] = np.column_stack([told == 0, told == 1]) + 0.01 * draw.normal(size=(60, 2))
    cells = {GRID: {key: told if key == ("m", 0, 1) else np.zeros(60, dtype=int) for key in planes}}
    reduced = features.Reduced("umap", Reduction.of("umap", seeds=[0, 1]), [GRID], planes, cells)
    table = table_of(list(layers.probe_space(lazily({"m": {0: rows, 1: rows}}), told, [halves(60)], [reduced])))
    found = table[(table["score"] == "accuracy") & (table["fitted_on"] == "all") & (table["value"] == 1)]
    perfect = set(zip(found["features"], found["seed"], found["layer"].fillna(-1), strict=True))
    assert perfect == {("coordinates", 1, 1), ("coordinates", 1, -1), ("regions", 0, 1), ("regions", 0, -1)}


def test_shuffled_labels_give_chance():
    rows, told = correlated(120, 20, apart=2)
    shuffled = np.random.default_rng(0).permutation(told)
    parted = splits.splits_of(documents(shuffled), n_splits=20, test_size=0.3, seed=0)
    found = balanced(layers.probe_space(lazily({"m": {0: rows}}), shuffled, parted))
    assert found[0] == pytest.approx(1 / 3, abs=0.08)
    assert balanced(layers.probe_space(lazily({"m": {0: rows}}), told, parted))[0] > 0.9


def test_one_layer_scores_as_the_slow_plain_definition(probed):
    rows, told = correlated(90, 20, apart=0)
    parted = splits.splits_of(documents(told), **OPTIONS)
    expected = [
        metrics.f1_score(
            told[split.test], by_scikit_learn(rows, told, split).predict(rows[split.test]), average="macro"
        )
        for split in parted
    ]
    table = probed[0]
    found = table[(table["model"] == "n") & (table["features"] == "states") & (table["layer"] == 0)]
    assert found.loc[found["score"] == "f1_macro", "value"].tolist() == pytest.approx(expected)


def test_another_order_of_labels_gives_other_splits_and_other_names_the_same():
    counts = [0] * 20 + [1] * 20
    one = splits.splits_of(documents(counts), **OPTIONS)
    other = splits.splits_of(documents(1 - np.array(counts)), **OPTIONS)
    assert [split.test.tolist() for split in one] != [split.test.tolist() for split in other]


def test_a_constant_layer_tells_nothing():
    rows, told = correlated(60, 8, apart=2)
    flat = np.full_like(rows, 2)
    found = list(layers.probe_space(lazily({"m": {0: flat, 1: rows}}), told, [halves(60)], [PCA]))
    widths = {(probe.features.features, probe.layer): probe.width for probe in found}
    assert {widths[name, 0] for name in ("states", "coordinates", "regions")} == {0}
    assert widths["states", None] == 8
    table = table_of(found)
    flat_scores = table[(table["layer"] == 0) & (table["score"] == "balanced_accuracy")]["value"]
    assert flat_scores.tolist() == pytest.approx([1 / 3] * 3)


def test_a_constant_layer_gets_the_most_frequent_label_whatever_the_order_of_labels():
    told = np.repeat([0, 1], [30, 60])
    draw = np.random.default_rng(0).permutation(90)
    for labels in (told[draw], 1 - told[draw]):
        probes = layers.probe_space(lazily({"m": {0: np.ones((90, 4), np.float32)}}), labels, [halves(90)], [PCA])
        table = table_of(list(probes))
        found = table[(table["layer"] == 0) & (table["score"] == "accuracy")]["value"]
        frequent = np.bincount(labels).argmax()
        assert found.tolist() == pytest.approx([(labels[halves(90).test] == frequent).mean()] * 3)


# ----------------------------------------------------------------------------------------- summary


def test_the_corrected_error_is_that_of_nadeau_and_bengio():
    # Variance of 0.6, 0.7, 0.8 is 0.01; 1/3 + 30/70.
    assert summary.corrected_error(0.1, 3, train=70, test=30) == pytest.approx((0.01 * (1 / 3 + 3 / 7)) ** 0.5)


def row(split, value, *, score="accuracy", model="m", name="states", layer=None, seed=None, converged=True):
    fields = {"model": model, "features": name, "reduction": "", "seed": seed, "bins": "", "size": None}
    fields |= {"fitted_on": "", "layer": layer, "split": split, "score": score, "value": value, "width": 4}
    return fields | {"converged": converged, "train_documents": 70, "test_documents": 30}


def long(rows):
    columns = [column.name for column in contracts.PROBING.columns]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(("seed", "size", "layer"), "Int16"))


GUESSED = long(
    [
        row(split, value, model="", name=name)
        for name, value in zip(summary.GUESSES, (0.4, 0.3), strict=True)
        for split in (0, 1, 2)
    ]
)


def test_the_summary_is_known_by_hand():
    values = {(0, 1): 0.6, (0, 2): 0.8, (1, 1): 0.5, (1, 2): 0.7, (2, 1): 0.9, (2, 2): 0.9}
    rows = [row(split, value, layer=3, seed=seed, converged=seed < 2) for (split, seed), value in values.items()]
    rows += [row(split, 0.5, layer=4) for split in range(3)]
    found = summary.summary(long(rows), GUESSED).set_index(["features", "layer"]).loc[("states", 3)]
    # Seeds first: 0.7, 0.6, 0.9; their mean is 0.7333 and their variance 0.02333.
    assert found["mean"] == pytest.approx(2.2 / 3)
    assert found["sd"] == pytest.approx((0.07 / 3) ** 0.5)
    assert found["standard_error"] == pytest.approx((0.07 / 3 * (1 / 3 + 3 / 7)) ** 0.5)
    assert (found["splits"], found["seeds"], found["not_converged"]) == (3, 2, 3)
    assert found["depth"] == 0.75
    assert found["chance"] == pytest.approx(0.4)


def test_the_table_of_a_study_has_every_place_the_texts_once_and_what_was_not_probed():
    place = {"space": "m", "corpus": "c", "pooling": "mean", "comparison": "all"}
    probes = long([row(split, 0.5, layer=0) for split in range(3)])
    found = summary.probing_table(
        [
            (place, probes, GUESSED, []),
            (place | {"pooling": "last"}, probes, GUESSED, []),
            (place | {"comparison": "few"}, long([]), long([]), ["label b has 3 documents"]),
        ]
    )
    assert list(found.columns) == list(summary.COLUMNS)
    assert found["features"].dropna().tolist() == ["states", *summary.GUESSES, "states"]
    assert found.iloc[-1][["comparison", "problem"]].tolist() == ["few", "label b has 3 documents"]
    assert found["problem"].tolist() == ["", "", "", "", "label b has 3 documents"]


# ------------------------------------------------------------------------------------------ figure


def texts_in(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_figure_shows_every_model_kind_of_features_and_baseline(probed):
    table, words = probed
    shown = figures.probing_table([("m", table[table["model"] == "m"]), ("n", table[table["model"] == "n"])], words)
    assert set(shown["score"]) == {"balanced_accuracy"}
    assert not set(shown["features"]) & set(summary.GUESSES)
    for width in figures.WIDTHS:
        drawn = figures.draw_probing(shown, width=width)
        said = texts_in(drawn)
        assert {"m", "n", "hidden state", "pca coordinates", "pca 4 × 4 regions", "umap coordinates*"} <= set(said)
        assert {"line coordinates", "bag of words", "text length", "chance"} <= set(said)
        assert any(text.startswith("Mean over 4 splits (63 training, 27 test documents)") for text in said)
        panels = drawn.axes[1:]
        assert len({panel.get_ylim() for panel in panels}) == 1
        assert {len(panel.lines) for panel in panels} == {len(panels[0].lines)}
        canvas = drawn.axes[0]
        assert max(text.get_window_extent().x1 for text in canvas.texts) <= canvas.bbox.x1
    assert figures.render(drawn, "svg") == figures.render(figures.draw_probing(shown, width=width), "svg")


def test_a_line_under_an_equal_one_is_told_of(probed):
    table, words = probed
    shown = figures.probing_table([("m", table)], words)
    assert not any("lie under" in text for text in texts_in(figures.draw_probing(shown)))
    again = shown[shown["reduction"] == "pca"].assign(reduction="same")
    both = pd.concat([shown, again], ignore_index=True)
    said = " ".join(texts_in(figures.draw_probing(both)))
    assert "pca coordinates lie under same coordinates: equal everywhere." in said
    assert "pca 4 × 4 regions lie under same 4 × 4 regions" in said
    assert said.count("lie under") == 2
    again.loc[again.index[-1], "mean"] += 0.01
    assert " ".join(texts_in(figures.draw_probing(pd.concat([shown, again])))).count("lie under") == 1


def test_four_models_stand_two_by_two(probed):
    table, words = probed
    four = [(name, table[table["model"] == "m"].assign(model=name)) for name in ("a", "b", "c", "d")]
    panels = figures.draw_probing(figures.probing_table(four, words)).axes[1:]
    assert len({panel.get_position().x0 for panel in panels}) == 2
    assert len({panel.get_position().y0 for panel in panels}) == 2


def test_in_a_shared_space_a_model_is_named_after_it(probed):
    table, words = probed
    shown = figures.probing_table([("m", table[table["model"] == "m"]), ("both", table)], words)
    assert list(shown["model"].unique()) == ["", "m", "m in both", "n in both"]


def test_what_was_not_probed_is_said_in_the_figure(tmp_path):
    paths = [str(tmp_path / name) for name in ("probes.parquet", "texts.parquet")]
    for path in paths:
        about = {"provenance": store.provenance(), "problems": ["label b has 3 documents"]}
        store.write_table(path, table_of([]), contracts.PROBING, **about)
    drawn = [str(tmp_path / "figure.svg")]
    draw_probing.draw_probing(paths[:1], paths[1], drawn, str(tmp_path / "t.tsv"), spaces=["m"], width="text")
    assert store.read_tsv(tmp_path / "t.tsv").empty
    shown = figures.probing_table([("m", table_of([]))], table_of([]))
    assert texts_in(figures.draw_probing(shown, problems=["label b has 3 documents"])) == [
        "Not probed.",
        "label b has 3 documents",
    ]


def test_a_log_tells_of_every_split(caplog):
    rows, told = correlated(60, 10)
    with caplog.at_level(logging.INFO, logger="nrag"):
        list(layers.probe_space(lazily({"m": {0: rows}}), told, [halves(60)] * 2))
    assert caplog.messages == ["split 1 of 2", "split 2 of 2"]
