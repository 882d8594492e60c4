"""Hugging Face datasets come in as they are: saved folders, and splits of the hub at one commit."""

import json
import shutil

import datasets
import pandas as pd
import pyarrow as pa
import pytest
from small_hub import Hub
from test_corpora_readers import AWKWARD, written

from nrag import contracts, corpora, dataset_files, dataset_readers, hub, store
from nrag.corpora import CorpusError

NEWS = "org/news"
CLASSES = datasets.ClassLabel(names=["no", "true", "01"])
FEATURES = datasets.Features({"text": datasets.Value("string"), "label": CLASSES})


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The readers of datasets known to `corpora`, as in the jobs that read."""
    monkeypatch.setattr("nrag.corpora.readers.READERS", dict(corpora.READERS))
    monkeypatch.setattr(corpora, "READERS", corpora.readers.READERS)
    dataset_readers.register()


def rows(*labels):
    return {"text": [f"text {number}" for number in range(len(labels))], "label": list(labels)}


def source(path, **definition):
    return corpora.read_source({"path": str(path), **definition}, data=path.parent)


def read(path, **definition):
    return corpora.read({"path": str(path), **definition}, data=path.parent, seed=0, name="news")


def problems(path, **definition):
    return corpora.problems({"path": str(path), "min_documents": 3, **definition}, data=path.parent, seed=0)


# ------------------------------------------------------------------------------- saved to this disk


def test_class_labels_come_in_by_name_whatever_column_they_label(tmp_path):
    features = datasets.Features({**FEATURES, "second": datasets.ClassLabel(names=["b", "a"])})
    saved = datasets.Dataset.from_dict(rows(1, 0, -1, 2, 1) | {"second": [0, 1, 1, 0, 0]}, features=features)
    saved.save_to_disk(tmp_path / "news")
    definition = {"label": {"topic": "label", "other": "second"}, "min_documents": 3}
    reading = read(tmp_path / "news", **definition)
    labelled = corpora.label(reading.texts, reading.rows, definition)
    assert labelled.labellings == {"topic": {"01": 1, "no": 1, "true": 2}, "other": {"a": 2, "b": 3}}
    assert written(labelled.corpus["topic"]) == ["true", "no", None, "01", "true"]
    # A class that is called like a word of YAML is found as any label is.
    assert read(tmp_path / "news", label="label", labels=[True, 1]).texts["id"].tolist() == ["0", "3", "4"]


def test_texts_and_other_values_come_in_as_they_are(tmp_path):
    columns = {
        "text": [*AWKWARD, None],
        "flag": [True, None] * 8,
        "year": [2019, -1] * 8,
        "score": [1.5, 2.0, None, float("nan")] * 4,
        "tags": [["a", "b"], []] * 8,
    }
    datasets.Dataset.from_dict(columns).save_to_disk(tmp_path / "news")
    found = source(tmp_path / "news").whole()
    assert written(found["text"]) == [*AWKWARD, None]
    assert written(found["flag"])[:2] == ["true", None]
    assert written(found["year"])[:2] == ["2019", "-1"]
    assert written(found["score"])[:4] == ["1.5", "2", None, None]
    assert written(found["tags"])[:2] == ['["a", "b"]', "[]"]


@pytest.mark.parametrize("shards", [1, 3])
def test_rows_keep_their_order_over_files_and_after_a_selection(tmp_path, shards):
    order = [5, 3, 1, 999, 998, *range(10, 700)]
    whole = datasets.Dataset.from_dict({"text": [f"text {number}" for number in range(1000)]})
    whole.select(order).save_to_disk(tmp_path / "news", num_shards=shards)
    assert source(tmp_path / "news").whole()["text"].tolist() == [f"text {number}" for number in order]


def test_a_saved_dataset_is_the_corpus_of_the_same_table(tmp_path):
    texts = [*AWKWARD, "again", "again", " "]
    numbers = [place % 3 for place in range(len(texts))]
    saved = datasets.Dataset.from_dict({"text": texts, "label": numbers}, features=FEATURES)
    saved.save_to_disk(tmp_path / "news")
    named = [CLASSES.names[number] for number in numbers]
    pd.DataFrame({"text": texts, "label": named}).to_csv(tmp_path / "news.csv", index=False)
    definition = {"label": "label", "duplicates": "drop", "max_documents_per_label": 4}
    one, other = read(tmp_path / "news", **definition), read(tmp_path / "news.csv", **definition)
    assert one.texts.equals(other.texts)
    assert one.rows.equals(other.rows)


def test_one_split_of_several_is_read_by_its_name(tmp_path):
    splits = {"train": rows(0, 1, 2), "test": rows(1)}
    splits = {name: datasets.Dataset.from_dict(columns, features=FEATURES) for name, columns in splits.items()}
    datasets.DatasetDict(splits).save_to_disk(tmp_path / "news")
    assert written(source(tmp_path / "news", split="test").whole()["label"]) == ["true"]
    assert len(source(tmp_path / "news", split="train").whole()) == 3
    with pytest.raises(CorpusError, match="several splits: train, test; choose one, such as split: train"):
        source(tmp_path / "news")
    with pytest.raises(CorpusError, match="no split 'trian'; did you mean 'train'"):
        source(tmp_path / "news", split="trian")
    with pytest.raises(CorpusError, match="split: train chooses among the splits of a DatasetDict; train is one"):
        source(tmp_path / "news" / "train", split="train")
    # What a study depends on is the split that it reads.
    files = {
        file.relative_to(tmp_path / "news").as_posix() for file in dataset_files.saved_files(tmp_path / "news", "test")
    }
    assert files == {
        "dataset_dict.json",
        "test/data-00000-of-00001.arrow",
        "test/dataset_info.json",
        "test/state.json",
    }
    assert set(corpora.origin({"path": "news", "split": "test"}, data=tmp_path)) == files


def test_a_dict_of_one_split_needs_no_choice(tmp_path):
    only = datasets.Dataset.from_dict(rows(0, 1), features=FEATURES)
    datasets.DatasetDict({"train": only}).save_to_disk(tmp_path / "news")
    assert written(source(tmp_path / "news").whole()["label"]) == ["no", "true"]


def test_a_list_of_labels_is_refused_and_may_stand_beside(tmp_path):
    features = datasets.Features({**FEATURES, "topics": datasets.List(CLASSES)})
    columns = rows(0, 1, 1, 0) | {"topics": [[0], [1, 2], [], [0]]}
    datasets.Dataset.from_dict(columns, features=features).save_to_disk(tmp_path / "news")
    (told,) = problems(tmp_path / "news", label={"topic": "label", "many": "topics"})
    assert told.startswith("column 'topics' holds a list of values for each row, and a document has one label")
    with pytest.raises(CorpusError, match="corpus 'news': column 'topics' holds a list"):
        read(tmp_path / "news", label="topics", max_documents_per_label=3)
    assert problems(tmp_path / "news", label="label") == []
    # Parquet has such columns too.
    datasets.Dataset.from_dict(columns, features=features).to_parquet(tmp_path / "news.parquet")
    assert problems(tmp_path / "news.parquet", label="topics") == [told]


@pytest.mark.parametrize("lost", ["state.json", "dataset_info.json", "data-00000-of-00001.arrow"])
def test_a_broken_folder_is_one_problem(tmp_path, lost):
    datasets.Dataset.from_dict(rows(0, 1, 1, 0), features=FEATURES).save_to_disk(tmp_path / "news")
    (tmp_path / "news" / lost).write_bytes(b"{")
    (told,) = problems(tmp_path / "news")
    assert told.startswith("news cannot be read as a saved dataset: ")
    assert "\n" not in told


def test_a_number_beyond_the_classes_is_refused():
    from nrag.corpora.tables import named_classes

    assert named_classes(["1", None, "-1", "b"], ["a", "b"], "label") == ["b", None, None, "b"]
    with pytest.raises(CorpusError, match=r"'label' has the classes 0 to 1 \(a, b\), and holds 2"):
        named_classes(["0", "2"], ["a", "b"], "label")


def test_classes_whose_names_are_numbers_are_never_mixed_up():
    from nrag.corpora.tables import named_classes

    stars = ["1", "2", "3"]
    assert named_classes(["0", "1", "2"], stars, "stars", numbered=True) == stars
    assert named_classes(stars, stars, "stars", numbered=False) == stars
    with pytest.raises(
        CorpusError, match="does not tell whether 1, 2 is a name or a number; save the split as Parquet"
    ):
        named_classes(["1", "2"], stars, "stars")
    # A name that no number is, and a number that is its own name, leave no doubt.
    assert named_classes(["3"], stars, "stars") == ["3"]
    assert named_classes(["0", "1"], ["0", "1"], "coin") == ["0", "1"]


TEXT = [pa.string(), pa.large_string(), pa.string_view()]
DICTIONARIES = [pa.dictionary(pa.int8(), kind) for kind in (pa.string(), pa.large_string(), pa.int64())]


@pytest.mark.parametrize("kind", [*TEXT, pa.int64(), pa.float64(), *DICTIONARIES], ids=str)
def test_text_in_a_column_of_classes_is_names_and_numbers_are_numbers_however_arrow_keeps_them(kind):
    from nrag.corpora.tables import text_of

    flat = kind.value_type if pa.types.is_dictionary(kind) else kind
    numbers = pa.types.is_integer(flat) or pa.types.is_floating(flat)
    values = pa.array([2, None, 1] if numbers else ["2", None, "1"], flat)
    column = values.dictionary_encode().cast(kind) if kind != flat else values
    read = text_of({"stars": column}, {"stars": ["1", "2", "3"]})
    assert written(read["stars"]) == (["3", None, "2"] if numbers else ["2", None, "1"])


# ------------------------------------------------------------------------------------ on the hub


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A hub that this process talks to, with an empty cache."""
    from huggingface_hub import constants

    running = Hub()
    monkeypatch.setattr(constants, "ENDPOINT", running.url)
    template = running.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(tmp_path / "harnesses.json"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    yield running
    running.close()


def push(served, folder, files, *, card="", ref="main", hub_id=NEWS):
    """A new commit of a dataset with files of the given content, and a card."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, datasets.Dataset):
            content.to_parquet(folder / name)
        else:
            (folder / name).write_text(content)
    if card:
        (folder / "README.md").write_text(f"---\n{card}---\n# News\n")
    return served.push(f"datasets/{hub_id}", folder, ref=ref)


def fetched_rows(fetched, definition):
    whole = corpora.read_source({**definition, "fetched": fetched}, data=None).whole()
    return {name: written(whole[name]) for name in whole}


def got(served):
    """Names of the data files that were asked for."""
    return {name for name in served.files() if not name.startswith(("README", ".hugging", "dataset_infos"))}


PARQUET = {
    "data/train-00000-of-00002.parquet": datasets.Dataset.from_dict(rows(0, 1), features=FEATURES),
    "data/train-00001-of-00002.parquet": datasets.Dataset.from_dict(rows(2), features=FEATURES),
    "data/test-00000-of-00001.parquet": datasets.Dataset.from_dict(rows(1), features=FEATURES),
}


def test_a_split_is_fetched_alone_and_read_without_a_network(served, tmp_path):
    commit = push(served, tmp_path / "news", PARQUET)
    definition = {"hub": NEWS, "split": "train"}
    fetched = dataset_readers.fetch(definition)
    assert (fetched.id, fetched.split, fetched.revision, fetched.commit) == (NEWS, "train", None, commit)
    assert got(served) == {name for name in PARQUET if "train" in name}
    served.close()
    expected = {"text": ["text 0", "text 1", "text 0"], "label": ["no", "true", "01"]}
    assert fetched_rows(fetched, definition) == expected
    origin = corpora.origin({**definition, "fetched": fetched}, data=tmp_path)
    assert origin["commit"] == commit
    assert all(len(origin[name]) == 64 for name in fetched.read)


def test_texts_of_tables_come_exactly_as_written_and_the_card_names_their_classes(served, tmp_path):
    card = """
dataset_info:
  features:
  - {name: text, dtype: string}
  - {name: label, dtype: {class_label: {names: {'0': bad, '1': good}}}}
  - {name: code, dtype: string}
"""
    push(served, tmp_path / "news", {"train.csv": "text,label,code\nNA,1,007\n  true ,0,\n"}, card=card)
    fetched = dataset_readers.fetch({"hub": NEWS})
    expected = {"text": ["NA", "  true "], "label": ["good", "bad"], "code": ["007", None]}
    assert fetched_rows(fetched, {"hub": NEWS}) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.jsonl", '{"text": "a", "v": 1.10}\n{"text": "b", "v": null}\n'),
        ("train.json", '[{"text": "a", "v": 1.10},\n {"text": "b", "v": null}]'),
        ("train.json", '{"text": "a", "v": 1.10}\n{"text": "b", "v": null}'),
        ("train.tsv", "text\tv\na\t1.10\nb\t\n"),
    ],
)
def test_tables_of_every_kind_are_read(served, tmp_path, name, content):
    push(served, tmp_path / "news", {name: content})
    fetched = dataset_readers.fetch({"hub": NEWS})
    assert fetched_rows(fetched, {"hub": NEWS}) == {"text": ["a", "b"], "v": ["1.10", None]}


CARD = """
configs:
- config_name: long
  data_files:
  - {split: train, path: long/*.csv}
  - {split: test, path: more.csv}
- config_name: short
  data_files: short.csv
"""
TABLES = {"long/b.csv": "text\n2\n", "long/a.csv": "text\n1\n", "more.csv": "text\n3\n", "short.csv": "text\n4\n"}


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        ({"name": "long", "split": "train"}, ["1", "2"]),
        ({"name": "long", "split": "test"}, ["3"]),
        ({"name": "short"}, ["4"]),
    ],
)
def test_configurations_and_splits_are_those_of_the_card(served, tmp_path, asked, texts):
    push(served, tmp_path / "news", TABLES, card=CARD)
    definition = {"hub": NEWS, **asked}
    fetched = dataset_readers.fetch(definition)
    assert fetched_rows(fetched, definition)["text"] == texts
    assert len(got(served)) == len(texts)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "has several configurations; choose one with name:. There are: long, short"),
        ({"name": "lang"}, r"no configuration \(name:\) 'lang'; did you mean 'long'"),
        ({"name": "long"}, "there are several splits: train, test; choose one, such as split: train"),
        ({"name": "long", "split": "dev"}, "no split 'dev'. There are: train, test"),
    ],
)
def test_a_choice_that_is_missing_or_wrong_is_told_before_any_data_are_got(served, tmp_path, asked, says):
    push(served, tmp_path / "news", TABLES, card=CARD)
    with pytest.raises(CorpusError, match=f"{NEWS} at commit .*{says}"):
        dataset_readers.fetch({"hub": NEWS, **asked})
    assert dataset_readers.refusal({"hub": NEWS, **asked})
    assert got(served) == set()


@pytest.mark.parametrize(
    ("files", "card", "says"),
    [
        ({"news.py": "import os"}, "", r"is a script \(news.py\), and code of datasets is not run here"),
        ({"train.csv.gz": "x"}, "", r"files of the kind .csv.gz; these can be read: .parquet, .csv"),
        ({"train.txt": "x"}, "", "files of the kind .txt"),
        ({"notes.md": "x"}, "", "files of the kind .md"),
        ({"weights.bin": "x"}, "", "has no data that can be told apart into splits"),
        ({"train.csv": "text\na"}, "configs: [\n", "has no data that can be told apart into splits"),
        (
            {"train.csv": "a"},
            "configs:\n- {config_name: a, data_files: train.csv, skiprows: 2, sep: ;}\n",
            "way of reading that is not known here .skiprows: 2, sep: ';' for .csv files.; save it with save_to_disk",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(served, tmp_path, files, card, says):
    push(served, tmp_path / "news", files, card=card)
    with pytest.raises(CorpusError, match=says) as caught:
        dataset_readers.fetch({"hub": NEWS})
    assert "\n" not in str(caught.value)
    assert got(served) == set()


def test_a_dataset_that_is_not_there_is_told(served, tmp_path):
    push(served, tmp_path / "news", PARQUET)
    assert dataset_readers.refusal({"hub": "org/nwes"}).startswith(
        "there is no public dataset org/nwes on the hub: mend hub:, or log in"
    )
    assert dataset_readers.refusal({"hub": NEWS, "revision": "v9"}) == f"the hub has no {NEWS} at v9: mend the revision"
    assert "is no id of the hub" in dataset_readers.refusal({"hub": "a/b/c"})
    assert dataset_readers.refusal({"hub": NEWS, "split": "test"}) is None
    served.close()
    told = dataset_readers.refusal({"hub": "org/other"})
    assert told.endswith("run `snakemake fetch --cores 1` where there is a network")


def test_a_fetched_commit_holds_until_the_newest_is_wanted(served, tmp_path):
    definition = {"hub": NEWS, "split": "train"}
    first = push(served, tmp_path / "news", PARQUET)
    fetched = dataset_readers.fetch(definition)
    push(served, tmp_path / "news", PARQUET, ref="v1")
    later = push(served, tmp_path / "news", {**PARQUET, "data/more.txt": "x"})
    assert dataset_readers.fetch(definition, previous=fetched).commit == first
    assert dataset_readers.fetch(definition, previous=fetched, newest=True).commit == later
    # Now the cache knows another commit of the main branch.
    assert dataset_readers.fetch(definition, previous=fetched).commit == first
    pinned = definition | {"revision": first}
    assert dataset_readers.fetch(pinned, newest=True).commit == first


def test_what_the_cache_lost_is_told_and_got_again(served, tmp_path):
    push(served, tmp_path / "news", PARQUET)
    definition = {"hub": NEWS, "split": "train"}
    fetched = dataset_readers.fetch(definition)
    (hub.whole(fetched) / fetched.read[1]).resolve().unlink()
    with pytest.raises(CorpusError, match="was fetched, but is not whole in .*train-00001-of-00002.parquet"):
        fetched_rows(fetched, definition)
    hub.restore(fetched)
    assert len(fetched_rows(fetched, definition)["text"]) == 3


def test_another_dataset_than_was_fetched_is_never_read(served, tmp_path):
    push(served, tmp_path / "news", PARQUET)
    fetched = dataset_readers.fetch({"hub": NEWS, "split": "train"})
    with pytest.raises(CorpusError, match="is of org/news split train, and the config says org/news split test; run"):
        fetched_rows(fetched, {"hub": NEWS, "split": "test"})
    with pytest.raises(CorpusError, match="was not fetched; run `snakemake fetch --cores 1`"):
        corpora.read_source({"hub": NEWS}, data=None)


# ------------------------------------------------------------------------------------ the record


@pytest.fixture
def recorded(served, tmp_path):
    """A record, and what it is of."""
    push(served, tmp_path / "news", PARQUET)
    fetched = dataset_readers.fetch({"hub": NEWS, "split": "train"})
    store.write_record(tmp_path / "r.json", dataset_files.record(fetched), contracts.DATASET, provenance={})
    return tmp_path / "r.json", fetched


def test_a_record_comes_back_as_it_was(recorded):
    path, fetched = recorded
    assert dataset_files.fetched(path) == fetched
    assert fetched.classes == {"label": ["no", "true", "01"]}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.update(commit="main"),
        lambda content: content.update(version=2),
        lambda content: content["files"].update({"../../secret.csv": {"size": 1, "etag": None, "place": 9}}),
        lambda content: content["files"].clear(),
        lambda content: content["classes"].update(label={"1": "a"}),
    ],
)
def test_a_broken_record_is_refused(recorded, spoil):
    path, _ = recorded
    content = json.loads(path.read_text())
    spoil(content)
    path.write_text(json.dumps(content))
    with pytest.raises(dataset_files.DatasetError, match="delete it and run `snakemake fetch --cores 1`"):
        dataset_files.fetched(path)
