"""From a definition to documents, labels and what is odd about them; nothing is lost on the way."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest
from label_corpus import label_corpus
from read_corpus import read_corpus

from nrag import contracts, corpora, store
from nrag.corpora import CorpusError


def table(tmp_path, rows, name="papers.csv"):
    pd.DataFrame(rows).to_csv(tmp_path / name, index=False)


def read(tmp_path, name="papers.csv", seed=0, **definition):
    return corpora.read({"path": name, **definition}, data=tmp_path, seed=seed, name="papers")


def label(reading, **definition):
    return corpora.label(reading.texts, reading.rows, {"min_documents": 3, **definition}, name="papers")


def left_out(reading):
    return [None if pd.isna(reason) else reason for reason in reading.rows["left_out"]]


def lines(quality):
    return [tuple(None if pd.isna(v) else v for v in row) for row in quality.itertuples(index=False)]


ODD = {
    "text": ["one", None, " \n", "two", "one", "two", "two", "six", "seven"],
    "label": ["a", "a", "b", "a", "a", "b", "a", None, "c"],
}


def test_every_row_is_a_document_or_has_a_reason(tmp_path):
    table(tmp_path, ODD)
    reading = read(tmp_path)
    assert left_out(reading) == [None, "missing text", "empty text", *[None] * 6]
    assert reading.texts["text"].tolist() == ["one", "two", "one", "two", "two", "six", "seven"]
    assert reading.texts["document"].tolist() == list(range(7))
    assert reading.texts["id"].tolist() == ["0", "3", "4", "5", "6", "7", "8"]
    assert reading.rows["document"].dropna().tolist() == list(range(7))


def test_duplicates_drop_keeps_the_first_text_of_each_label(tmp_path):
    table(tmp_path, ODD)
    reading = read(tmp_path, label="label", duplicates="drop")
    assert left_out(reading)[3:] == [None, "repeated text", None, "repeated text", None, None]


def test_contradictions_drop_leaves_out_every_document_of_the_text(tmp_path):
    table(tmp_path, ODD)
    reading = read(tmp_path, label="label", duplicates="drop", contradictions="drop")
    gone = "contradictory labels"
    assert left_out(reading)[3:] == [gone, "repeated text", gone, gone, None, None]


def test_only_selected_labels_are_read_and_count_for_contradictions(tmp_path):
    table(tmp_path, ODD)
    reading = read(tmp_path, label="label", labels=["b"], contradictions="drop")
    other = "label not selected"
    assert left_out(reading) == [other, other, "empty text", other, other, None, other, other, other]


def test_quality_names_every_odd_row_with_what_was_done(tmp_path):
    table(tmp_path, ODD)
    quality = label(read(tmp_path), label="label").quality
    kept, out = "kept", "left out"
    assert lines(quality[quality["problem"] != "rare label"]) == [
        (None, "1", "a", "missing text", out),
        (None, "2", "b", "empty text", out),
        (1, "3", "a", "contradictory labels", kept),
        (2, "4", "a", "repeated text", kept),
        (3, "5", "b", "repeated text", kept),
        (3, "5", "b", "contradictory labels", kept),
        (4, "6", "a", "repeated text", kept),
        (4, "6", "a", "contradictory labels", kept),
        (5, "7", None, "missing label", kept),
    ]


def test_quality_says_left_out_of_what_the_definition_drops(tmp_path):
    table(tmp_path, ODD)
    reading = read(tmp_path, label="label", duplicates="drop", contradictions="drop")
    quality = label(reading, label="label").quality
    dropped = quality[quality["problem"].isin(["repeated text", "contradictory labels"])]
    assert dropped[["id", "problem", "action"]].to_numpy().tolist() == [
        ["3", "contradictory labels", "left out"],
        ["4", "repeated text", "left out"],
        ["5", "contradictory labels", "left out"],
        ["6", "contradictory labels", "left out"],
    ]


def test_long_texts_are_those_beyond_512_words(tmp_path):
    table(tmp_path, {"text": ["w " * 512, "w\n" * 513, "short"]})
    quality = label(read(tmp_path)).quality
    assert lines(quality) == [(1, "1", None, "long text", "kept; models cut it at their window")]


def test_the_report_counts_problems_by_label(tmp_path):
    table(tmp_path, ODD)
    labelled = label(read(tmp_path), label="label")
    report = corpora.quality.report(labelled.quality, labelled.labellings, len(labelled.corpus))
    assert report[:2] == ["7 documents", "labelling 'label': a 4, b 1, c 1"]
    assert "repeated text: 3 (a 2, b 1), kept" in report
    assert "missing label: 1 (no label 1), kept" in report


def test_labels_are_counted_over_documents_in_the_order_of_the_definition(tmp_path):
    table(tmp_path, {"text": list("abcde"), "zeta": ["x", "Y", "x", "", "x"], "score": [1, 2, 3, 4, 5]})
    labelled = label(read(tmp_path), label={"zeta": "zeta", "half": {"column": "score", "cut": "median"}})
    assert list(labelled.labellings.items()) == [("zeta", {"Y": 1, "x": 3}), ("half", {"high": 2, "low": 3})]
    assert list(labelled.labellings["zeta"]) == ["Y", "x"]
    assert labelled.corpus["half"].tolist() == ["low"] * 3 + ["high"] * 2
    assert labelled.corpus["zeta"].isna().tolist() == [False, False, False, True, False]


def test_drawing_documents_moves_no_cut(tmp_path):
    table(tmp_path, {"text": [f"t{n}" for n in range(100)], "score": range(100)})
    definition = {"label": {"half": {"column": "score", "cut": "median"}}}
    reading = read(tmp_path, max_documents_per_label=5, **definition)
    corpus = label(reading, **definition).corpus
    assert corpus["half"].value_counts().to_dict() == {"low": 5, "high": 5}
    assert ((corpus["score"].astype(int) >= 50) == (corpus["half"] == "high")).all()


def test_columns_of_the_source_follow_and_are_renamed_where_a_name_is_taken(tmp_path):
    rows = {
        "id": ["p", "q", "r"],
        "abstract": ["a", "b", "c"],
        "text": ["not", "the", "text"],
        "area": ["x", "x", "y"],
        "label": ["1", "2", "3"],
        "document": ["7", "8", "9"],
        "row": ["4", "5", "6"],
        "time": ["noon", "noon", "dawn"],
        "area (as read)": ["u", "v", "w"],
    }
    table(tmp_path, rows)
    labelled = label(read(tmp_path, text="abstract", id="id"), label="area", time="row", hover="document", group="id")
    corpus = labelled.corpus
    expected = ["document", "id", "text", "group", "time", "hover", "label"]
    expected += [
        "text (as read)",
        "area",
        "label (as read)",
        "document (as read)",
        "row",
        "time (as read)",
        "area (as read)",
    ]
    assert list(corpus.columns) == expected
    first = dict(zip(expected, corpus.iloc[0], strict=True))
    assert first == {
        "document": 0, "id": "p", "text": "a", "group": "p", "time": "4", "hover": "7", "label": "x",
        "text (as read)": "not", "area": "x", "label (as read)": "1", "document (as read)": "7", "row": "4",
        "time (as read)": "noon", "area (as read)": "u",
    }  # fmt: skip


def test_a_made_id_hides_no_column_of_that_name(tmp_path):
    table(tmp_path, {"text": list("abc"), "id": ["x", "y", "z"]})
    corpus = label(read(tmp_path), hover="id").corpus
    assert corpus["id"].tolist() == ["0", "1", "2"]
    assert corpus["id (as read)"].tolist() == corpus["hover"].tolist() == ["x", "y", "z"]


def test_a_labelling_may_not_take_a_name_of_the_corpus(tmp_path):
    table(tmp_path, {"text": list("abc"), "year": ["1", "2", "3"]})
    with pytest.raises(CorpusError, match="may not be named time"):
        label(read(tmp_path), label={"time": "year"})


def test_labels_and_words_of_yaml_stay_as_they_are(tmp_path):
    (tmp_path / "papers.csv").write_text("text,label\na,true\nb,no\nc,NA\nd,01\ne,null\n")
    labelled = label(read(tmp_path), label="label")
    assert labelled.corpus["label"].tolist() == ["true", "no", "NA", "01", "null"]
    assert read(tmp_path, label="label", labels=[True, 1]).texts["text"].tolist() == ["a", "d"]


def test_a_shuffled_source_gives_the_same_documents_and_labels(tmp_path):
    rows = pd.DataFrame({"text": [f"t{n}" for n in range(30)], "label": ["a", "b", "c"] * 10})
    table(tmp_path, rows)
    table(tmp_path, rows.sample(frac=1, random_state=1), name="shuffled.csv")
    one, other = (label(read(tmp_path, name=n), label="label").corpus for n in ("papers.csv", "shuffled.csv"))
    assert one["text"].tolist() != other["text"].tolist()
    assert set(zip(one["text"], one["label"], strict=True)) == set(zip(other["text"], other["label"], strict=True))


def test_renamed_labels_give_the_same_corpus_under_other_names(tmp_path):
    table(tmp_path, ODD)
    names = {"a": "zebra", "b": "b", "c": "anna"}
    table(tmp_path, {**ODD, "label": [names.get(x) for x in ODD["label"]]}, name="renamed.csv")
    one, other = (label(read(tmp_path, name=n), label="label") for n in ("papers.csv", "renamed.csv"))
    assert {names[x]: n for x, n in one.labellings["label"].items()} == other.labellings["label"]
    renamed = one.quality.assign(label=one.quality["label"].map(names))
    assert lines(renamed) == lines(other.quality)


def test_a_column_to_permute_within_that_is_not_there_is_said_to_be_meant_for_that(tmp_path):
    table(tmp_path, {"text": list("abc"), "source": list("xyx")})
    definition = {"path": "papers.csv", "within": ["sauce", "source"]}
    (found,) = corpora.problems(definition, data=tmp_path, seed=0, name="papers")
    assert found.startswith("corpus 'papers': within: no column 'sauce'; did you mean 'source'?")


@pytest.mark.parametrize(
    ("rows", "definition", "says"),
    [
        ({"text": [None, " "]}, {}, "no documents are left of 2 rows read: missing text 1, empty text 1"),
        ({"text": []}, {}, "no documents: the source has no row$"),
        ({"text": list("abc")}, {"text": "txt"}, r"no column 'txt'; did you mean 'text'\? There are: text"),
        ({"text": list("abc")}, {"label": "area", "labels": ["x"]}, "no column 'area'"),
        ({"text": list("abc")}, {"labels": ["x"]}, "say which column holds them with label:"),
        ({"text": list("abc"), "k": ["1", "2", "1"]}, {"id": "k"}, r"'1' \(rows 0 and 2\)"),
        ({"text": list("abcdef") * 2, "k": list("abcdef") * 2}, {"id": "k"}, r"'e' \(rows 4 and 10\) and 1 more, rows"),
        ({"text": list("abc"), "k": ["1", None, "2"]}, {"id": "k"}, "has no id in the rows 1"),
        ({"text": list("ab"), "label": ["x", "y"]}, {"label": "label", "labels": ["X"]}, "did you mean 'x'"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_survey_says_the_same(tmp_path, rows, definition, says):
    table(tmp_path, rows)
    with pytest.raises(CorpusError, match=f"^corpus 'papers': .*{says}"):
        read(tmp_path, **definition)
    found = corpora.problems({"path": "papers.csv", **definition}, data=tmp_path, seed=0, name="papers")
    assert len(found) == 1
    assert found[0].startswith("corpus 'papers': ")
    with pytest.raises(CorpusError, match=f"^{re.escape(found[0])}$"):
        read(tmp_path, **definition)


def test_a_label_that_the_definition_names_needs_enough_documents(tmp_path):
    table(tmp_path, {"text": list("abcdefg"), "label": list("xxxxyyz")})
    definition = {"label": "label", "labels": ["x", "y"]}
    with pytest.raises(CorpusError, match="corpus 'papers': label 'y' of labelling 'label' has 2 documents"):
        label(read(tmp_path, **definition), **definition)


def test_a_label_written_as_a_truth_value_is_enough_and_too_few_are_told_once(tmp_path):
    table(tmp_path, {"text": list("abcde"), "label": ["true"] * 3 + ["no"] * 2})
    definition = {"path": "papers.csv", "label": "label", "min_documents": 3}
    named = {**definition, "labels": [True]}
    assert label(read(tmp_path, label="label", labels=[True]), **named).labellings == {"label": {"true": 3}}
    both = {**definition, "labels": [True, False]}
    found = corpora.problems(both, data=tmp_path, seed=0, required={"label": [False, "true"]})
    assert [problem.split(" has ")[0] for problem in found] == ["label 'no' of labelling 'label'"]


@pytest.mark.parametrize("minimum", [3, 11])
def test_a_label_of_fewer_than_ten_documents_is_only_remarked_whatever_a_study_asks_for(tmp_path, minimum):
    table(tmp_path, {"text": [*"abcdefghijkl", None], "label": list("xxxxxxxxxxyyy")})
    quality = label(read(tmp_path), label="label", min_documents=minimum).quality
    assert quality[["id", "problem"]].to_numpy().tolist() == [
        ["10", "rare label"],
        ["11", "rare label"],
        ["12", "missing text"],
    ]


def test_the_survey_tells_all_that_is_wrong_at_once(tmp_path):
    table(tmp_path, {"text": list("abcd"), "label": list("xxxy")})
    found = corpora.problems(
        {"path": "papers.csv", "text": "t", "id": "i", "label": "l", "group": "g"}, data=tmp_path, seed=0
    )
    assert [problem.split("'")[1] for problem in found] == ["t", "i", "g", "l"]


def test_the_survey_checks_the_labels_that_comparisons_use(tmp_path):
    table(tmp_path, {"text": list("abcdef"), "label": list("xxxxyy")})
    definition = {"path": "papers.csv", "label": "label", "min_documents": 3}
    required = {"label": ["x", "y", "Z"], "level": "all"}
    found = corpora.survey(definition, data=tmp_path, seed=0, required=required)
    assert found.documents == 6
    assert found.labellings == {"label": {"x": 4, "y": 2}}
    assert [problem.split(";")[0].split(". ")[0] for problem in found.problems] == [
        "label 'y' of labelling 'label' has 2 documents, fewer than min_documents: 3",
        "no label 'Z'",
        "no labelling 'level'",
    ]
    assert corpora.problems(definition, data=tmp_path, seed=0, required={"label": "all"}) == []


def test_the_survey_reads_a_broken_source_without_raising(tmp_path):
    found = corpora.survey({"path": "nothing.csv"}, data=tmp_path, seed=0, name="papers")
    assert found.documents is None
    assert len(found.problems) == 1


def script_outputs(tmp_path, folder, definition):
    paths = {name: tmp_path / folder / name for name in ("texts.parquet", "rows.parquet", "corpus.parquet", "q.tsv")}
    texts, rows, corpus, quality = map(str, paths.values())
    here = {**definition, "path": str(tmp_path / definition["path"])}
    read_corpus(texts, rows, name="papers", definition=here)
    minimum = here.pop("min_documents")
    label_corpus(texts, rows, corpus, quality, name="papers", definition=here, min_documents=minimum)
    return paths


def test_the_scripts_write_the_contracts_and_the_same_bytes_again(tmp_path):
    table(tmp_path, {**ODD, "hover": ["<script>", "👩‍🔬", *["x"] * 7]})
    definition = {
        "path": "papers.csv", "label": {"zeta": "label", "alpha": "hover"}, "hover": "hover", "min_documents": 3,
    }  # fmt: skip
    one, other = (script_outputs(tmp_path, folder, definition) for folder in ("one", "other"))
    assert all(one[name].read_bytes() == other[name].read_bytes() for name in one)
    assert store.read_table(one["rows.parquet"], contracts.ROWS)["document"].isna().sum() == 2
    corpus = store.read_table(one["corpus.parquet"], contracts.CORPUS)
    assert list(corpus.columns)[6:] == ["zeta", "alpha", "label"]
    attributes = store.read_attributes(one["corpus.parquet"])
    assert list(attributes["labellings"]) == ["zeta", "alpha"]
    assert attributes["labellings"]["zeta"] == {"a": 4, "b": 1, "c": 1}
    assert len(store.read_tsv(one["q.tsv"])) == 15
    assert str(tmp_path) not in str(attributes)


def test_dates_that_yaml_made_of_labels_reach_the_provenance_as_text(tmp_path):
    table(tmp_path, {"text": list("abcd"), "day": ["2020-01-02"] * 3 + ["2020-01-03"]})
    labels = [datetime.date(2020, 1, 2)]
    definition = {"path": "papers.csv", "label": "day", "labels": labels, "min_documents": 3}
    paths = script_outputs(tmp_path, "out", definition)
    attributes = store.read_attributes(paths["corpus.parquet"])
    assert attributes["labellings"] == {"label": {"2020-01-02": 3}}
    assert attributes["provenance"]["parameters"]["definition"]["labels"] == ["2020-01-02"]


def test_a_changed_labelling_needs_no_other_texts(tmp_path):
    table(tmp_path, ODD)
    reading = read(tmp_path)
    assert label(reading).labellings == {}
    assert label(reading, label="label").corpus["text"].equals(label(reading).corpus["text"])


def test_the_seed_decides_what_is_drawn_and_the_documents_keep_their_order(tmp_path):
    table(tmp_path, {"text": [f"{n:03}" for n in range(200)], "label": ["a", "b"] * 100})
    draws = [read(tmp_path, seed=s, label="label", max_documents_per_label=9).texts["text"] for s in (0, 0, 1)]
    assert draws[0].equals(draws[1])
    assert not draws[0].equals(draws[2])
    assert np.array_equal(draws[0], sorted(draws[0]))
    assert len(draws[0]) == 18


def test_the_origin_tells_the_content_of_the_source(tmp_path):
    table(tmp_path, {"text": ["a"]})
    before = corpora.origin({"path": "papers.csv"}, data=tmp_path)
    table(tmp_path, {"text": ["b"]})
    after = corpora.origin({"path": "papers.csv"}, data=tmp_path)
    assert before.keys() == after.keys() == {"papers.csv"}
    assert before != after
    assert corpora.origin({"packages": "networkx"}, data=tmp_path)["networkx"][0].isdigit()


def test_an_id_as_long_as_a_text_is_refused(tmp_path):
    table(tmp_path, {"text": ["a", "b"], "name": ["x", "y" * 501]})
    with pytest.raises(CorpusError, match="row 1 has 501 characters, an id at most 500; is it the text"):
        corpora.read({"path": "papers.csv", "id": "name"}, data=tmp_path, seed=0)
