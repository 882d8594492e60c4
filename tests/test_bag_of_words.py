"""Texts as vectors of their words: what is kept, what is lost, and that a model's rules can go on with them."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from bin_regions import bin_regions
from permute_labels import permute_labels
from reduce_layers import reduce_layers
from sklearn.feature_extraction.text import TfidfVectorizer
from vectorize_texts import vectorize_texts

from nrag import bag_of_words, contracts, reduction, regions, store
from nrag.statistics.label_tests import OF_ONE_LAYER
from nrag.studies import resources

EMPTY = {"software": {}, "parameters": {}, "inputs": {}}


def texts_of(documents, words, *, length=12, seed=0, sets=1):
    """Texts of random words, all of which occur; document n draws from the set n % `sets`."""
    draw = np.random.default_rng(seed)
    names = np.array([f"w{''.join(chr(97 + int(digit)) for digit in str(number))}" for number in range(words)])
    parts = np.array_split(names, sets)
    return [" ".join(draw.choice(parts[number % sets], length)) for number in range(documents)]


def tfidf(texts):
    """(documents, words): scikit-learn's own, for texts of plain letters."""
    return TfidfVectorizer(token_pattern=r"[a-z]+").fit_transform(texts).toarray()


def inner(values):
    return values.astype(np.float64) @ values.astype(np.float64).T


@pytest.fixture(params=["one matrix", "iteration"])
def way(request, monkeypatch):
    """Both ways to decompose; the second is that of large corpora."""
    if request.param == "iteration":
        monkeypatch.setattr(bag_of_words, "_DENSE", 0)


# ------------------------------------------------------------------------------------- vectors


@pytest.mark.parametrize(("documents", "words"), [(40, 15), (20, 60), (30, 30)])
def test_where_there_is_room_vectors_keep_all_inner_products(documents, words):
    texts = texts_of(documents, words)
    found = bag_of_words.vectors_of(bag_of_words.word_counts(texts))
    expected = tfidf(texts)
    np.testing.assert_allclose(inner(found.values), expected @ expected.T, atol=1e-6)
    assert found.kept == pytest.approx(1)
    assert found.words == expected.shape[1]
    assert found.values.shape[1] <= min(expected.shape)
    assert found.values.dtype == np.float32


@pytest.mark.parametrize(("documents", "words"), [(60, 25), (25, 60)])
def test_fewer_components_keep_inner_products_as_well_as_so_many_can(way, documents, words):
    texts = texts_of(documents, words)
    counts = bag_of_words.word_counts(texts)
    found = bag_of_words.vectors_of(counts, width=5)
    left, singular, _ = np.linalg.svd(tfidf(texts), full_matrices=False)
    np.testing.assert_allclose(inner(found.values), inner(left[:, :5] * singular[:5]), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.values, axis=0), singular[:5], rtol=1e-5)
    assert found.kept == pytest.approx((singular[:5] ** 2).sum() / documents)
    largest = found.values[np.abs(found.values).argmax(axis=0), np.arange(5)]
    assert (largest > 0).all()


def test_the_order_of_documents_and_the_seed_decide_nothing_but_rounding(way):
    texts = texts_of(70, 50)
    counts = bag_of_words.word_counts(texts)
    first = bag_of_words.vectors_of(counts, width=6)
    assert bag_of_words.vectors_of(counts, width=6).values.tobytes() == first.values.tobytes()
    other = bag_of_words.vectors_of(counts, width=6, seed=1)
    np.testing.assert_allclose(other.values, first.values, atol=1e-5)
    order = np.random.default_rng(0).permutation(70)
    turned = bag_of_words.vectors_of(bag_of_words.word_counts([texts[each] for each in order]), width=6)
    np.testing.assert_allclose(turned.values, first.values[order], atol=1e-5)


def test_texts_of_the_same_words_have_one_vector_in_whatever_order_they_stand():
    found = bag_of_words.vectors_of(bag_of_words.word_counts(["a b c", "C b, a!", "a b b c", "d", "a d"])).values
    np.testing.assert_allclose(found[0], found[1], atol=1e-7)
    assert np.linalg.norm(found[0] - found[2]) > 0.1


def test_documents_of_which_nothing_is_left_are_one_point_apart_from_all_others(way):
    texts = [*texts_of(60, 40), "12 34", "?", "onlyhere"]
    found = bag_of_words.vectors_of(bag_of_words.word_counts(texts), width=4)
    # A word of one document alone has the singular value 1, and four of the others' are larger.
    assert found.lost == 3
    own = np.zeros(found.values.shape[1])
    own[-1] = 1
    for document in (60, 61, 62):
        assert found.values[document].tolist() == own.tolist()
    assert not found.values[:60, -1].any()
    assert np.linalg.norm(found.values, axis=1).min() > 0
    assert found.kept == pytest.approx(np.square(found.values[:60].astype(float)).sum() / 61)


@pytest.mark.parametrize(("texts", "words"), [(["1", "2", "3"], 0), (["a"] * 4, 1)])
def test_texts_that_words_do_not_tell_apart_are_one_vector(texts, words):
    found = bag_of_words.vectors_of(bag_of_words.word_counts(texts))
    assert found.words == words
    assert found.values.shape == (len(texts), 2)
    assert (found.values == found.values[0]).all()
    assert found.values.any()
    assert np.isnan(found.kept) == (words == 0)


def test_bags_are_counted_by_how_often_which_words_occur():
    texts = ["a b", "b a", "a a b", "a", "1", "2"]
    assert bag_of_words.distinct_bags(bag_of_words.word_counts(texts)) == 4


@pytest.mark.slow
def test_nothing_of_documents_times_words_is_ever_held():
    texts = texts_of(4000, 30_000, length=60)
    tracemalloc.start()
    counts = bag_of_words.word_counts(texts)
    found = bag_of_words.vectors_of(counts, width=10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counts.shape[1] > 25_000
    assert found.values.shape == (4000, 10)
    assert peak < 4000 * 25_000 * 8 / 8


def test_memory_is_asked_for_vectors_as_wide_as_they_become():
    texts = texts_of(400, 500, length=30)
    assert bag_of_words.vectors_of(bag_of_words.word_counts(texts)).values.shape[1] == resources.WORDS.width


# ------------------------------------------------------------------------------------- on files


@pytest.fixture
def place(tmp_path):
    """A corpus of two labels with words of their own beside common ones, and one document without a word."""
    own = zip(texts_of(60, 30, sets=2, length=4), texts_of(60, 40, seed=1), strict=True)
    texts = [f"{label} of {common.replace('w', 'x')}" for label, common in own] + ["1984"]
    table = pd.DataFrame({"document": np.arange(61, dtype=np.int32), "id": [f"d{n}" for n in range(61)], "text": texts})
    store.write_table(tmp_path / "texts.parquet", table, contracts.TEXTS, provenance=EMPTY)
    empty = pd.Series([None] * 61, dtype="str")
    labels = ["a", "b"] * 30 + ["a"]
    corpus = table.assign(group=empty, time=empty, hover=empty, label=labels)
    counted = {"label": {"a": 31, "b": 30}}
    store.write_table(tmp_path / "corpus.parquet", corpus, contracts.CORPUS, provenance=EMPTY, labellings=counted)
    vectorize_texts(tmp_path / "texts.parquet", tmp_path / "words.h5")
    return tmp_path


def test_the_file_is_one_hidden_state_of_the_documents_in_order(place):
    path = place / "words.h5"
    assert store.layers_of(path, contracts.WORDS) == [0]
    texts = [text for block in store.read_column(place / "texts.parquet", contracts.TEXTS, "text") for text in block]
    expected = bag_of_words.vectors_of(bag_of_words.word_counts(texts))
    assert store.read_hidden_state(path, contracts.WORDS, 0).tobytes() == expected.values.tobytes()
    documents = store.read_documents(path)
    assert documents["id"].tolist() == [f"d{n}" for n in range(61)]
    assert documents["tokens"].tolist() == [17] * 60 + [0]
    assert not documents["truncated"].any()
    about = store.read_attributes(path)
    assert (about["model"], about["words"], about["lost"]) == (contracts.BAG_OF_WORDS, expected.words, 1)
    assert about["distinct"] == 61
    assert store.read_distinct(path, contracts.WORDS) == {0: 61}
    before = path.read_bytes()
    vectorize_texts(place / "texts.parquet", path)
    assert path.read_bytes() == before


def test_a_corpus_without_words_is_one_constant_layer(place):
    table = store.read_table(place / "texts.parquet", contracts.TEXTS).assign(text="12 + 34")
    store.write_table(place / "texts.parquet", table, contracts.TEXTS, provenance=EMPTY)
    vectorize_texts(place / "texts.parquet", place / "words.h5")
    about = store.read_attributes(place / "words.h5")
    assert (about["kept"], about["words"], about["lost"], about["distinct"]) == (None, 0, 61, 1)
    words = {contracts.BAG_OF_WORDS: str(place / "words.h5")}
    for method in ("pca", "umap"):
        reduce_layers(words, place / "plane.h5", space="bag-of-words", pooling=contracts.WORDS, method=method)
        ((_, attributes),) = store.read_coordinate_attributes(place / "plane.h5").items()
        assert attributes["constant"]


@pytest.mark.parametrize(
    ("options", "bins"),
    [
        ({"method": "pca"}, "equal"),
        ({"method": "svd"}, "quantile"),
        ({"method": "pca"}, "kmeans"),
        pytest.param({"method": "umap", "seeds": [0, 1]}, "equal", marks=pytest.mark.slow),
    ],
)
def test_words_go_through_the_rules_of_models_and_their_regions_tell_the_labels(place, options, bins):
    space, words = contracts.BAG_OF_WORDS, {contracts.BAG_OF_WORDS: str(place / "words.h5")}
    reduce_layers(words, place / "plane.h5", space=space, pooling=contracts.WORDS, **options)
    how = {"size": 4, "bins": bins, "pooling": contracts.WORDS, "options": options}
    bin_regions(place / "plane.h5", words if bins == "kmeans" else {}, place / "cells.parquet", **how)
    asked = {"permutations": 99, "permutations_headline": 199, "seed": 0}
    pair = {"pair": {"labelling": "label", "labels": ["a", "b"], "within": None}}
    permute_labels(
        place / "cells.parquet",
        place / "corpus.parquet",
        place / "tests.parquet",
        comparisons=pair,
        min_documents=5,
        size=4,
        statistics=asked,
    )
    tests = store.read_table(place / "tests.parquet", contracts.TESTS)
    assert set(tests["metric"]) == set(OF_ONE_LAYER)
    assert set(tests["model"]) == {contracts.BAG_OF_WORDS}
    overall = tests[tests["layer"].isna()].set_index("metric")
    assert overall.loc["region_divergence", "p"] == 0.01
    assert overall.loc["region_divergence", "effect"] > 0.1
    planes = regions.planes_of(store.read_table(place / "cells.parquet", contracts.CELLS))
    assert {plane.shape for plane in planes.values()} == {(1, 61, 2)}
    assert len(planes) == len(options.get("seeds", [0]))


def test_a_reduction_of_words_is_that_of_their_vectors(place):
    words = {contracts.BAG_OF_WORDS: str(place / "words.h5")}
    reduce_layers(words, place / "plane.h5", space="bag-of-words", pooling=contracts.WORDS, method="pca")
    ((key, plane),) = store.read_coordinates(place / "plane.h5").items()
    assert key == (contracts.BAG_OF_WORDS, 0, 0)
    rows = store.read_hidden_state(place / "words.h5", contracts.WORDS, 0)
    chosen = reduction.Reduction.of("pca")
    expected = reduction.reduce_layer({"m": lambda: iter([rows])}, chosen)["m", 0]
    np.testing.assert_array_equal(plane, expected.coordinates)
