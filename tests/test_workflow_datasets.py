"""Hugging Face datasets in real runs: folders that were saved, and the hub with and without a network."""

import contextlib
import csv
import dataclasses
import re
import shutil

import pytest
from small_hub import Hub
from test_workflow_fetch import environment, offline
from workflow_runs import EVERYTHING, STUDY, Place, jobs, products, refusal

from nrag import checkpoints, contracts, dataset_files, store

CARD = """---
dataset_info:
  features:
  - {name: text, dtype: string}
  - {name: label, dtype: {class_label: {names: {'0': sky, '1': sea}}}}
  - {name: year, dtype: string}
  - {name: coin, dtype: string}
---
"""
CORPUS = {"hub": "org/words", "split": "train", "label": {"topic": "label", "coin": "coin"}}
MODELS = {"models": {"encoder": {"id": "./models/bert"}}}


def hub_study(**changes):
    return STUDY | MODELS | {"corpora": {"words": CORPUS | changes}}


def numbered(rows):
    """Rows of the tiny corpus whose labels are numbers, as in data files with class labels."""
    return [{**row, "label": str(["sky", "sea"].index(row["label"]))} for row in rows]


def read_rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def push(served, folder, rows):
    """A commit of the dataset with the given rows."""
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text(CARD)
    with (folder / "train.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["text", "label", "year", "coin"])
        writer.writeheader()
        writer.writerows(numbered(rows))
    return served.push("datasets/org/words", folder)


@pytest.fixture
def served():
    with contextlib.closing(Hub()) as running:
        yield running


@pytest.fixture
def unfetched(unfinished, served, tmp_path):
    """The tiny study with its corpus on a hub, nothing run, the cache empty."""
    push(served, tmp_path / "words", read_rows(unfinished.folder / "data" / "words.csv"))
    shutil.copytree(unfinished.folder / "data", tmp_path / "data")
    shutil.rmtree(unfinished.folder / "data")
    place = Place(unfinished.folder, unfinished.checkout, environment(tmp_path, served.url))
    place.write(hub_study())
    return place


def record(place):
    return dataset_files.fetched(place.results / "datasets" / "words.json")


def corpus_of(place):
    return store.read_table(place.results / "corpora" / "words" / "corpus.parquet", contracts.CORPUS)


# ------------------------------------------------------------------------------ saved to this disk


@pytest.mark.slow
def test_a_saved_dataset_gives_the_texts_and_edges_of_the_table_it_was_made_of(finished, tmp_path):
    import datasets

    place = Place(tmp_path / "study", finished.checkout)
    shutil.copytree(finished.folder / "models", place.folder / "models")
    rows = read_rows(finished.folder / "data" / "words.csv")
    features = datasets.Features(dict.fromkeys(rows[0], datasets.Value("string")))
    features |= {"label": datasets.ClassLabel(names=["sky", "sea"])}
    whole = datasets.Dataset.from_list(rows, features=datasets.Features(features))
    datasets.DatasetDict({"train": whole, "rest": whole.select([0])}).save_to_disk(place.folder / "words")
    words = STUDY["corpora"]["words"] | {"path": "words", "split": "train"}
    place.write(STUDY | {"corpora": {"words": words}})
    place.make("nrags")
    ours, theirs = products(place.results), products(finished.results)
    for name in ("nrags/encoder/words/mean/pca/equal-5/nodes.tsv", "nrags/decoder/words/mean/pca/equal-5/edges.tsv"):
        assert ours[name] == theirs[name]
    assert corpus_of(place).equals(corpus_of(finished))
    # A change of the split that is read is noticed, and one of another split is not.
    shutil.rmtree(place.folder / "words" / "rest")
    whole.select([1]).save_to_disk(place.folder / "words" / "rest")
    assert place.planned("nrags") == {}
    shutil.rmtree(place.folder / "words" / "train")
    whole.select(range(1, 60)).save_to_disk(place.folder / "words" / "train")
    assert place.planned("nrags")["read_corpus"] == 1


def test_a_split_that_is_missing_is_told_before_any_job(unfinished):
    import datasets

    whole = datasets.Dataset.from_list(read_rows(unfinished.folder / "data" / "words.csv"))
    datasets.DatasetDict({"train": whole, "test": whole}).save_to_disk(unfinished.folder / "words")
    unfinished.write(STUDY | MODELS | {"corpora": {"words": {"path": "words", "label": "label"}}, "comparisons": {}})
    printed = refusal(unfinished.run())
    assert "corpus 'words': there are several splits: train, test; choose one, such as split: train" in printed
    assert products(unfinished.results) == {}


# ------------------------------------------------------------------------------------ on the hub


def test_the_plan_needs_no_network_no_cache_and_no_record(unfetched):
    printed = offline(unfetched).make("--dry-run")
    assert set(jobs(printed)) == EVERYTHING | {"fetch_corpus"}
    block = printed.partition("rule read_corpus:")[2].partition("rule ")[0]
    assert "input: results/datasets/words.json" in block
    assert "mem_mb=<TBD>" in block


@pytest.mark.slow
def test_a_fetched_dataset_is_read_without_a_network_from_its_commit(unfetched, served, tmp_path):
    rows = read_rows(tmp_path / "data" / "words.csv")
    assert re.search("words: org/words split train, to fetch", unfetched.make("check"))
    assert "words: org/words at commit" in unfetched.make("fetch", cores=1)
    commit = record(unfetched).commit
    about = store.read_attributes(unfetched.results / "datasets" / "words.json")
    assert about["provenance"]["software"] == {}
    assert str(tmp_path) not in (unfetched.results / "datasets" / "words.json").read_text()
    later = push(served, tmp_path / "words", rows[:40])
    served.requests.clear()
    unfetched.make("results/corpora/words/corpus.parquet")
    assert served.requests == []
    corpus = corpus_of(unfetched)
    assert corpus["text"].tolist() == [row["text"] for row in rows]
    assert corpus["topic"].tolist() == [row["label"] for row in rows]
    texts = store.read_attributes(unfetched.results / "corpora" / "words" / "texts.parquet")
    assert texts["provenance"]["parameters"]["source"]["commit"] == commit
    assert texts["provenance"]["inputs"] == {"dataset": about["content"]}
    assert f"words: org/words at commit {commit[:12]}, 0.0 MB in 1 files" in offline(unfetched).make("check")
    # Another commit is got when somebody asks for it, and then read.
    unfetched.make("fetch", "--forceall", cores=1)
    assert record(unfetched).commit == commit
    assert unfetched.planned("activations") == {"extract_activations": 1}
    unfetched.make("fetch", "--forcerun", "fetch_corpus", cores=1)
    assert record(unfetched).commit == later
    assert unfetched.planned("activations") == {"read_corpus": 1, "extract_activations": 1}


@pytest.mark.slow
def test_one_command_fetches_reads_and_labels_and_the_cache_may_go(unfetched, tmp_path):
    unfetched.make("results/corpora/words/corpus.parquet", "activations")
    assert len(corpus_of(unfetched)) == 60
    shutil.rmtree(tmp_path / "home")
    assert offline(unfetched).planned("activations") == {}
    offline(unfetched).make("check")


@pytest.mark.slow
def test_without_a_network_a_cache_and_a_record_one_line_names_the_command(unfetched):
    told = {"all": f"run `{unfetched.fetch}` where there is a network", "fetch": "try again where there is a network"}
    for target, cure in told.items():
        printed = refusal(offline(unfetched).run(target))
        (line,) = re.findall(r"^corpus 'words': .*", printed, re.MULTILINE)
        assert line.startswith("corpus 'words': org/words is not whole on this machine, and the hub does not give it")
        assert line.endswith(f"Connection refused); {cure}")
    assert products(unfetched.results) == {}
    # Where the hub's library was told that there is no network, it says so itself.
    place = dataclasses.replace(unfetched, variables=unfetched.variables | {"HF_HUB_OFFLINE": "1"})
    assert told["all"] in refusal(place.run())


@pytest.mark.slow
def test_what_is_wrong_with_datasets_and_models_of_the_hub_is_told_together(unfetched):
    wrong = {"typo": CORPUS | {"hub": "org/wrds"}, "split": CORPUS | {"split": "test"}}
    unfetched.write(hub_study() | {"corpora": wrong, "models": {"far": {"id": "org/far"}}, "comparisons": {}})
    for target in ("fetch", "all"):
        printed = refusal(unfetched.run(target))
        told = dict(re.findall(r"^(?:model|corpus) '(\w+)': (.*)$", printed, re.MULTILINE))
        assert set(told) == {"typo", "split", "far"}
        assert "there is no public dataset org/wrds on the hub" in told["typo"]
        assert "no split 'test'. There are: train" in told["split"]
        assert "Finished jobid" not in printed


@pytest.mark.slow
def test_labels_that_are_not_there_are_told_once_the_dataset_is_fetched(unfetched):
    unfetched.make("fetch", cores=1)
    unfetched.write(hub_study() | {"comparisons": {"words": {"pair": ["sea", "land"]}}})
    printed = refusal(offline(unfetched).run())
    assert "corpus 'words': no label 'land'. There are: sea 30, sky 30" in printed


@pytest.mark.slow
def test_the_record_of_another_dataset_is_never_read(unfetched, served, tmp_path):
    unfetched.make("fetch", cores=1)
    unfetched.write(hub_study(revision="v1"))
    shutil.rmtree(unfetched.folder / ".snakemake")
    told = (
        "its record in results/datasets is of org/words split train, and the config says org/words split train at v1; "
        "run `{} --forcerun fetch_corpus`, or delete the record"
    )
    for target in ("all", "check", "fetch"):
        assert f"corpus 'words': {told.format(unfetched.fetch)}" in refusal(unfetched.run(target))
    # A job knows no config file.
    assert told.format(checkpoints.FETCH) in refusal(unfetched.run("activations", "--no-hooks"))
