"""Labels that differ from model to model: a table, a corpus, and which label is whose."""

import random
from pathlib import Path

import pandas as pd
import pytest

from nrag import contracts, store
from nrag.corpora import CorpusError
from nrag.corpora.by_model import labels_by_model, labels_of, look, read_labels

DEFINITION = {"by": ["model", "id"], "column": "solved"}
IDS = ["a", "b", "c", "01"]


def read(path, ids=IDS, **keys):
    return read_labels(Path(path), DEFINITION | keys, ids, corpus="mazes", labelling="solved")


def written(folder, rows, name="answers.csv"):
    frame = pd.DataFrame(rows)
    path = folder / name
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if name.endswith(".tsv") else ",")
    return path


def row(model, document, solved, **further):
    return {"model": model, "id": document, "solved": solved, **further}


def labelled(found):
    return list(found.table.itertuples(index=False, name=None))


def test_every_model_has_the_labels_of_its_own_rows_and_documents_without_a_row_have_none(tmp_path):
    rows = [row("sft", "c", True), row("base", "a", False), row("sft", "a", False), row("sft", "01", True)]
    found = read(written(tmp_path, rows, "answers.parquet"))
    assert labelled(found) == [("base", 0, "false"), ("sft", 0, "false"), ("sft", 2, "true"), ("sft", 3, "true")]
    assert labels_of(found.table, ["sft"], documents=4) == ["false", None, "true", "true"]
    assert labels_of(found.table, ["other", "base"], documents=4) == ["false", None, None, None]
    assert labels_of(found.table, ["other"], documents=4) is None
    # The largest of any one model: what has enough documents under one can be compared.
    assert found.counts == {"false": 1, "true": 2}


@pytest.mark.parametrize("name", ["answers.csv", "answers.tsv", "answers.parquet"])
def test_a_table_of_any_kind_gives_what_a_slow_join_does(tmp_path, name):
    chance = random.Random(0)
    ids = [f"d {number}" for number in range(30)]
    names = ["base", "mazes:small/sft@0", "日本 <b>"]
    rows = [
        row(model, document, chance.choice(["yes", "no", "<i>&amp;\"'"]), decoding=decoding)
        for model in names
        for document in [*ids, "elsewhere"]
        for decoding in ("greedy", "sampled")
        if chance.random() < 0.8
    ]
    chance.shuffle(rows)
    found = read(written(tmp_path, rows, name), ids, where={"decoding": "greedy"})
    expected = sorted(
        (each["model"], ids.index(each["id"]), each["solved"])
        for each in rows
        if each["decoding"] == "greedy" and each["id"] in ids
    )
    assert labelled(found) == expected
    assert found.unknown == sum(each["id"] == "elsewhere" and each["decoding"] == "greedy" for each in rows)
    store.write_table(tmp_path / "labels.parquet", found.table, contracts.MODEL_LABELS, provenance={})


def test_rows_are_chosen_by_values_as_yaml_reads_them(tmp_path):
    rows = [row("m", "a", "x", sample=0, ended=True), row("m", "a", "y", sample=1, ended=True)]
    rows += [row("m", "b", "z", sample=0, ended=False)]
    path = written(tmp_path, rows, "answers.parquet")
    assert labelled(read(path, where={"sample": 0})) == [("m", 0, "x"), ("m", 1, "z")]
    assert labelled(read(path, where={"sample": 0, "ended": True})) == [("m", 0, "x")]
    with pytest.raises(CorpusError, match=r"where: column 'sample': YAML read .* 7, which fits no label"):
        read(path, where={"sample": 7})
    with pytest.raises(CorpusError, match="the table of labels has no row that has sample: 1, ended: False"):
        read(path, where={"sample": 1, "ended": False})


def test_a_cut_is_the_same_under_every_model(tmp_path):
    rows = [row("low", document, number) for document, number in zip(IDS, (1, 2, 3, 4), strict=True)]
    rows += [row("high", document, number) for document, number in zip(IDS, (5, 6, 7, 8), strict=True)]
    path = written(tmp_path, rows)
    found = read(path, cut="median")
    assert labels_of(found.table, ["low"], documents=4) == ["low"] * 4
    assert labels_of(found.table, ["high"], documents=4) == ["high"] * 4
    assert list(found.counts) == ["low", "high"]
    assert labels_of(read(path, cut=[2, 6]).table, ["high"], documents=4) == ["2 to 6", "2 to 6", "above 6", "above 6"]
    with pytest.raises(CorpusError, match="has 'much' where a cut needs a number"):
        read(written(tmp_path, [row("m", "a", "much")]), cut="median")


def test_what_is_missing_is_no_label(tmp_path):
    rows = [row("m", "a", "x"), row("m", "b", ""), row("", "c", "x"), row("m", "", "y"), row("m", "c", None)]
    found = read(written(tmp_path, rows))
    assert labelled(found) == [("m", 0, "x")]
    assert found.unnamed == 2


def test_the_same_row_again_is_one_and_another_label_is_refused(tmp_path):
    rows = [row("m", "a", "x"), row("m", "a", "x"), row("m", "b", "x")]
    assert labelled(read(written(tmp_path, rows))) == [("m", 0, "x"), ("m", 1, "x")]
    with pytest.raises(CorpusError, match=r"corpus 'mazes', labelling 'solved': .* a under m \(x, y\); .*where:"):
        read(written(tmp_path, [*rows, row("m", "a", "y")]))


@pytest.mark.parametrize(
    ("rows", "keys", "message"),
    [
        ([row("m", "a", "x")], {"column": "solvd"}, "no column 'solvd'; did you mean 'solved'"),
        ([row("m", "a", "x")], {"by": ["modl", "id"]}, "no column 'modl'; did you mean 'model'"),
        ([row("m", "a", "x")], {"where": {"decoding": "greedy"}}, "no column 'decoding'"),
        (
            [row("m", "elsewhere", "x")],
            {},
            r"none of a document of the corpus. The table's ids: elsewhere; the corpus': a, b, c and 1 more\.",
        ),
        ([row("m", "a", "")], {}, "no document has a label: 0 rows have one"),
        ([row("", "a", "x"), row("m", "", "x")], {}, "2 rows have one, and none of them names a model and a document"),
    ],
)
def test_what_gives_no_label_is_refused(tmp_path, rows, keys, message):
    with pytest.raises(CorpusError, match=message):
        read(written(tmp_path, rows), **keys)


def test_columns_of_lists_and_files_that_are_gone_are_refused(tmp_path):
    path = written(tmp_path, [row("m", "a", ["x", "y"])], "answers.parquet")
    with pytest.raises(CorpusError, match="column 'solved' holds a list"):
        read(path)
    with pytest.raises(CorpusError, match="no file or folder 'gone.csv'"):
        read(tmp_path / "gone.csv")


def test_what_can_be_told_before_the_corpus_is_read_is_told(tmp_path):
    path = written(tmp_path, [row("org/m", "a", "yes"), row("org/m", "b", "no")])
    asked = {"required": [True], "corpus": "mazes", "labelling": "solved"}
    mine = {"mine": ["mine", "org/m"]}
    assert look(path, DEFINITION, models=mine, **asked) == {"no": 1, "yes": 1}
    with pytest.raises(CorpusError, match="by its name or its id; it has: org/m; the study has: mine$"):
        look(path, DEFINITION, models={"mine": ["mine"]}, **asked)
    with pytest.raises(CorpusError, match="no label 'maybe'"):
        look(path, DEFINITION, models=mine, **asked | {"required": ["maybe"]})


def test_where_ids_are_known_documents_of_the_studys_models_are_counted_and_some_must_be_in_the_corpus(tmp_path):
    path = written(tmp_path, [row("m", "a", "yes"), row("m", "else", "yes"), row("other", "b", "no")])
    asked = {"models": {"m": ["m"]}, "required": [], "corpus": "mazes", "labelling": "solved"}
    assert look(path, DEFINITION, ids=IDS, **asked) == {"yes": 1}
    with pytest.raises(CorpusError, match=r"labelling 'solved': .* 2 rows .*ids: a, else; the corpus': b, c\."):
        look(path, DEFINITION, ids=["b", "c"], **asked)


def test_a_source_in_blocks_is_one_table():
    from nrag.corpora import Source

    blocks = [pd.DataFrame({"model": ["m"], "id": [name], "solved": ["x"]}, dtype="str") for name in "ab"]
    found = labels_by_model(Source(lambda: iter(blocks)), DEFINITION, IDS)
    assert labelled(found) == [("m", 0, "x"), ("m", 1, "x")]


def test_several_labels_of_one_document_are_told_before_any_job(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("model,id,right\norg/m,a,yes\norg/m,a,no\norg/m,b,no\n")
    definition = {"by": ["model", "id"], "column": "right"}
    told = r"corpus 'c', labelling 'l': documents have several labels in column 'right' .*: a under org/m \(yes, no\);"
    with pytest.raises(CorpusError, match=told):
        look(path, definition, models={"m": ["org/m"]}, required=[], corpus="c", labelling="l")
