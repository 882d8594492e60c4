"""Labels stay text, and the config's scalars find them or are refused."""

import datetime
import itertools
import statistics

import pandas as pd
import pytest

from nrag.corpora import CorpusError, choose_labels, labellings_of, match_label
from nrag.corpora.labels import count, label_values
from nrag.corpora.sampling import drawn


@pytest.mark.parametrize(
    ("value", "available", "label"),
    [
        ("ai", ["AI", "ai"], "ai"),
        (True, ["TRUE", "FALSE"], "TRUE"),
        (False, ["no", "se", "dk"], "no"),
        (None, ["Null", "one"], "Null"),
        (1, ["01", "02"], "01"),
        (8, ["010", "020"], "010"),
        (16, ["0x10", "10"], "0x10"),
        (1.1, ["1.10", "1.2"], "1.10"),
        (datetime.date(2019, 1, 2), ["2019-01-02", "2019-01-03"], "2019-01-02"),
        (datetime.datetime(2019, 1, 2, 3, 4), ["2019-01-02 03:04:00"], "2019-01-02 03:04:00"),
    ],
)
def test_a_scalar_finds_the_one_label_that_it_can_mean(value, available, label):
    assert match_label(value, available) == label


@pytest.mark.parametrize(
    ("value", "available"),
    [
        (True, ["true", "True"]),
        (True, ["yes", "true"]),
        (True, ["1", "0"]),
        (1, ["1", "01"]),
        (1, ["1.0", "true"]),
        (1.0, ["1", "2"]),
        (750, ["12:30"]),
        (datetime.date(2019, 1, 2), ["20190102"]),
    ],
)
def test_a_scalar_that_could_mean_several_labels_or_none_is_refused(value, available):
    with pytest.raises(CorpusError, match="write it in quotes"):
        match_label(value, available)


def test_text_must_be_the_label_letter_by_letter():
    with pytest.raises(CorpusError, match=r"no label 'AI'; did you mean 'ai'\? There are: ai 812, cv 4"):
        match_label("AI", {"ai": 812, "cv": 4})


def test_labellings_keep_their_order_and_a_column_alone_is_called_label():
    assert list(labellings_of({"label": {"zeta": "a", "alpha": {"column": "b", "cut": "median"}}})) == ["zeta", "alpha"]
    assert labellings_of({"label": "area"})["label"].column == "area"
    assert labellings_of({"packages": ["x"]})["label"].column == "label"
    assert labellings_of({"path": "a.csv"}) == {}


@pytest.mark.parametrize(
    "how", [{"column": "a", "cut": "quartiles"}, {"cut": "median"}, {"column": "a", "cut": [2, 1]}]
)
def test_a_labelling_that_is_no_column_and_no_known_cut_is_refused(how):
    with pytest.raises(CorpusError, match="labelling 'level'"):
        labellings_of({"label": {"level": how}})


def slow_class(number, edges, names):
    return next((name for edge, name in zip(edges, names, strict=False) if number <= edge), names[-1])


@pytest.mark.parametrize(
    ("cut", "edges", "names"),
    [
        ("median", lambda n: [statistics.median(n)], ["low", "high"]),
        ("tertiles", lambda n: statistics.quantiles(n, n=3, method="inclusive"), ["low", "middle", "high"]),
        ([2, 3.5], lambda n: [2, 3.5], ["up to 2", "2 to 3.5", "above 3.5"]),
        ([-1], lambda n: [-1], ["up to -1", "above -1"]),
    ],
)
def test_a_number_on_a_cut_belongs_to_the_lower_class(cut, edges, names):
    for numbers in itertools.product([-1, 2, 2.5, 3.5], repeat=4):
        values = pd.Series([str(number) for number in numbers], dtype="str")
        expected = [slow_class(number, edges(numbers), names) for number in numbers]
        assert label_values(values, cut).tolist() == expected


def test_empty_fields_have_no_class_and_move_no_cut():
    values = pd.Series([None, "1", "", "2", "9"], dtype="str")
    labels = label_values(values, "median")
    assert labels.isna().tolist() == [True, False, True, False, False]
    assert labels.dropna().tolist() == ["low", "low", "high"]


@pytest.mark.parametrize("value", ["many", "nan", "inf", "1_000", " "])
def test_a_cut_refuses_what_is_no_number_and_names_the_row(value):
    with pytest.raises(CorpusError, match=f"row 1 .* has '{value}'"):
        label_values(pd.Series(["1", value], dtype="str"), "median")


def test_all_are_the_labels_with_enough_documents_in_the_corpus_order():
    assert choose_labels({"b": 10, "a": 9, "B": 30}, "all", labelling="label") == ["b", "B"]
    assert choose_labels({"b": 10, "all": 30}, "all", labelling="label") == ["b", "all"]
    assert choose_labels({"b": 10, "all": 30}, ["all"], labelling="label") == ["all"]


def test_labels_are_counted_by_code_point_and_classes_of_a_cut_from_low_to_high():
    assert list(count(pd.Series(["b", "a", "B", None], dtype="str"))) == ["B", "a", "b"]
    cut = label_values(pd.Series(["3", "9", "1", None], dtype="str"), (2, 5))
    assert count(cut) == {"up to 2": 1, "2 to 5": 1, "above 5": 1}
    assert list(count(cut)) == ["up to 2", "2 to 5", "above 5"]
    with pytest.raises(CorpusError, match="no label of labelling 'area'"):
        choose_labels({"a": 9}, "all", labelling="area")


def test_chosen_labels_keep_the_order_of_the_comparison():
    assert choose_labels({"true": 20, "fake": 20}, [True, "fake"], labelling="label") == ["true", "fake"]


def test_a_chosen_label_with_too_few_documents_is_refused_with_what_there_is():
    with pytest.raises(CorpusError) as error:
        choose_labels({"ai": 812, "cv": 4}, ["ai", "cv"], labelling="label", min_documents=5)
    assert str(error.value) == (
        "label 'cv' of labelling 'label' has 4 documents, fewer than min_documents: 5; lower it (not below 3), "
        "or leave the label out with labels: [...]. Labels there: ai 812, cv 4"
    )


def test_a_draw_takes_so_many_of_each_label_and_all_of_the_rarer():
    labels = ["a"] * 50 + [None] * 20 + ["b"] * 3
    keep = drawn(labels, maximum=7, seed=1)
    assert (keep[:50].sum(), keep[50:70].sum(), keep[70:].sum()) == (7, 7, 3)


def test_a_draw_of_a_label_does_not_depend_on_the_other_labels():
    alone = drawn(["a"] * 50, maximum=7, seed=1)
    mixed = [label for pair in zip(["b"] * 50, ["a"] * 50, strict=True) for label in pair]
    assert drawn(mixed, maximum=7, seed=1)[1::2].tolist() == alone.tolist()


def test_another_seed_and_another_label_draw_otherwise():
    draws = {tuple(drawn([label] * 50, maximum=7, seed=seed)) for label in ("a", "b", None, "") for seed in (0, 1)}
    assert len(draws) == 8


def test_every_document_is_as_likely_to_be_drawn():
    counts = sum(drawn(["a"] * 20, maximum=5, seed=seed).astype(int) for seed in range(2000))
    assert abs(counts - 500).max() < 5 * (2000 * 0.25 * 0.75) ** 0.5
