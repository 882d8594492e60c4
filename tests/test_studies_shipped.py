"""The studies that are shipped, and the tables that they read."""

import csv
import itertools
import zipfile
from pathlib import Path

import make_tables
import pytest
import yaml
from snakemake.utils import update_config

from nrag import studies

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "studies").glob("*.yaml"))
README = (ROOT / "studies" / "README.md").read_text(encoding="utf-8")


LAID_OVER = {"mazes-neurons": "mazes"}
"""Studies that add to another one, by `--configfile` of both."""


def loaded(path):
    files = [path.with_stem(LAID_OVER[path.stem]), path] if path.stem in LAID_OVER else [path]
    config = {}
    for file in files:
        update_config(config, yaml.safe_load(file.read_text(encoding="utf-8")))
    return studies.load(config, files=files)


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_study_is_a_valid_config_of_its_files_name(path):
    study = loaded(path)
    assert study.name == path.stem


def read_from_tables(path):
    """The corpora of a study that are no installed packages."""
    return [corpus for corpus in loaded(path).corpora.values() if "path" in corpus]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_readme_names_every_study_and_every_file_that_it_reads(path):
    assert f"[{path.name}]({path.name})" in README
    for corpus in read_from_tables(path):
        assert f"`{corpus['path']}`" in README


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_study_reads_only_columns_that_its_table_has(path, tmp_path):
    columns = dict(written(tmp_path))
    for corpus in read_from_tables(path):
        labels = [how if isinstance(how, str) else how["column"] for how in corpus["label"].values()]
        asked = {corpus[key] for key in ("text", "id", "group", "time", "hover") if key in corpus} | set(labels)
        assert asked <= set(columns[corpus["path"]])


def written(folder):
    """Every table from sources in miniature: its name and columns."""
    for name, place in sources(folder).items():
        make_tables.main(name, str(place), str(folder / "data"))
    for path in sorted((folder / "data").glob("*.csv")):
        yield path.name, table(path)[0].keys()


def sources(folder):
    clone, fakebr = folder / "LLM-MRI", folder / "Fake.br-Corpus"
    for label, number in itertools.product(("fake", "true"), (1, 2, 10)):
        whole = fakebr / "full_texts" / label
        for texts in (clone / "dataset" / label, fakebr / "size_normalized_texts" / label, whole):
            texts.mkdir(parents=True, exist_ok=True)
            further = ", e mais" if texts == whole else ""
            (texts / f"{number}.txt").write_bytes(f"{label} {number}\t\r\nsegunda linha, é{further}".encode())
    (clone / "examples" / "datasets").mkdir(parents=True)
    (clone / "dataset" / "animals.csv").write_text(
        "Unnamed: 0,Animal Name,Description,Classification\n0,Boa ,a large snake,Reptile\n7,Tang ,,Fish\n"
    )
    for area in ("ai", "cv", "dl"):
        (clone / f"examples/datasets/{area}_papers.csv").write_text(
            f',title,abstract,categories\n5,"Of {area},\n  at length","  An abstract\non {area}.\n",cs.{area.upper()}\n'
        )
    emotions = folder / "train.txt"
    emotions.write_text("i feel; well;joy\ni am cross;anger\n")
    archive = folder / "semeval-3way.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for part in ("training", "test"):
            opened.writestr(
                f"{part}/3way/sciEntsBank/EM-inv1-45b.xml",
                '<question id="EM_45b"><questionText>Why?</questionText><studentAnswers>'
                '<studentAnswer id="1" accuracy="correct">Salt &amp; water. </studentAnswer>'
                '<studentAnswer id="2" accuracy="contradictory">No.</studentAnswer></studentAnswers></question>',
            )
    (folder / "MEDIQA2019" / "MEDIQA_Task3_QA").mkdir(parents=True)
    for name in ("TrainingSet1-LiveQAMed", "TrainingSet2-Alexa"):
        (folder / "MEDIQA2019" / "MEDIQA_Task3_QA" / f"MEDIQA2019-Task3-QA-{name}.xml").write_text(
            '<Set><Question QID="1"><QuestionText>\n What?</QuestionText><AnswerList>'
            '<Answer AID="1_Answer1" ReferenceScore="4"><AnswerText>\n This,\n that.\n</AnswerText></Answer>'
            "</AnswerList></Question></Set>"
        )
    return {
        "llm-mri": clone,
        "fakebr": fakebr,
        "emotions": emotions,
        "scientsbank": archive,
        "mediqa": folder / "MEDIQA2019",
    }


def test_tables_hold_the_texts_of_their_sources_as_they_are_answers_without_white_space_around(tmp_path):
    assert dict(written(tmp_path)).keys() == {
        "animals.csv", "emotions.csv", "expertise_mediqa.csv", "expertise_scientsbank.csv",
        "fakenews_nrag.csv", "fakenews_br_full.csv", "fakenews_br_sizenorm.csv",
        "papers_llmmri.csv",
    }  # fmt: skip
    read = {path.name: table(path) for path in (tmp_path / "data").glob("*.csv")}
    assert read["animals.csv"][1] == {"text": "", "label": "Fish", "name": "Tang "}
    assert [row["source_file"] for row in read["fakenews_nrag.csv"]] == [
        f"{label}/{number}.txt" for label in ("fake", "true") for number in (1, 2, 10)
    ]
    assert read["fakenews_nrag.csv"][0]["text"] == "fake 1\t\r\nsegunda linha, é"
    for name, end in {"sizenorm": "é", "full": "é, e mais"}.items():
        rows = read[f"fakenews_br_{name}.csv"]
        assert [(row["pair"], row["label"]) for row in rows] == [
            (pair, label) for label in ("fake", "true") for pair in ("1", "2", "10")
        ]
        assert all(row["text"].endswith(f", {end}") for row in rows)
    assert [(row["label"], row["text"]) for row in read["papers_llmmri.csv"]] == [
        (area, f"  An abstract\non {area}.\n") for area in ("ai", "cv", "dl")
    ]
    assert [tuple(row.values()) for row in read["emotions.csv"]] == [("i feel; well", "joy"), ("i am cross", "anger")]
    # The test part of the task is not read.
    assert [tuple(row.values()) for row in read["expertise_scientsbank.csv"]] == [
        ("Salt & water.", "correct", "EM_45b", "Why?"),
        ("No.", "contradictory", "EM_45b", "Why?"),
    ]
    assert [row["question_id"] for row in read["expertise_mediqa.csv"]] == [
        "TrainingSet1-LiveQAMed:1",
        "TrainingSet2-Alexa:1",
    ]
    assert {(row["question"], row["text"], row["score"]) for row in read["expertise_mediqa.csv"]} == {
        ("What?", "This,\n that.", "4")
    }
