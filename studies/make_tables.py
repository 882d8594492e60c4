"""The tables that the studies read, from the public sources that studies/README.md names.

    python studies/make_tables.py SOURCE FOLDER_OR_FILE OUT_FOLDER

Every row of a source becomes a row of the table, texts as they are, but for white space around questions
and answers, which is left out; choosing is left to the configs. The standard library is enough.
"""

import csv
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

Rows = Iterable[tuple[str, ...]]

SOURCES: dict[str, Callable[[Path], Iterator[tuple[str, tuple[str, ...], Rows]]]] = {}
"""By name: a function from the source to file names, column names and rows."""


def source(function: Callable) -> Callable:
    """Decorator that registers a source under its function's name, `_` as `-`."""
    SOURCES[function.__name__.replace("_", "-")] = function
    return function


@source
def llm_mri(clone: Path) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """Animals, papers and fake news from a clone of explic-ai/LLM-MRI."""
    animals = (
        (row["Description"], row["Classification"], row["Animal Name"]) for row in _csv(clone / "dataset/animals.csv")
    )
    yield "animals.csv", ("text", "label", "name"), animals
    papers = (
        (row["abstract"], area, row["title"], row["categories"])
        for area in ("ai", "cv", "dl")
        for row in _csv(clone / f"examples/datasets/{area}_papers.csv")
    )
    yield "papers_llmmri.csv", ("text", "label", "title", "categories"), papers
    news = ((text, label, f"{label}/{number}.txt") for text, label, number in _text_files(clone / "dataset"))
    yield "fakenews_nrag.csv", ("text", "label", "source_file"), news


@source
def fakebr(clone: Path) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """Fake and true news in pairs, cut to nearly equal length and whole, from a clone of roneysco/Fake.br-Corpus."""
    for file, folder in {"sizenorm": "size_normalized_texts", "full": "full_texts"}.items():
        yield f"fakenews_br_{file}.csv", ("text", "label", "pair"), _text_files(clone / folder)


@source
def emotions(file: Path) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """The training split of CARER: a line a tweet, its emotion behind the last semicolon."""
    lines = (line.rpartition(";") for line in file.read_text(encoding="utf-8").splitlines() if line)
    yield "emotions.csv", ("text", "label"), ((text, emotion) for text, _, emotion in lines)


@source
def scientsbank(archive: Path) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """Students' answers of SciEntsBank with three grades, from the archive of SemEval-2013 task 7."""
    yield "expertise_scientsbank.csv", ("text", "label", "question_id", "question"), _graded_answers(archive)


@source
def mediqa(clone: Path) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
    """Medical answers with experts' scores from 1 to 4, both training sets of a clone of abachaa/MEDIQA2019."""
    columns = ("text", "score", "question", "question_id", "answer_id")
    yield "expertise_mediqa.csv", columns, _scored_answers(clone / "MEDIQA_Task3_QA")


def _graded_answers(archive: Path) -> Iterator[tuple[str, ...]]:
    with zipfile.ZipFile(archive) as opened:
        for name in sorted(opened.namelist()):
            if "training/3way/sciEntsBank/" in name and name.endswith(".xml"):
                question = ElementTree.fromstring(opened.read(name))  # noqa: S314 - expat stops entities that expand
                asked = (question.findtext("questionText") or "").strip()
                for answer in question.iter("studentAnswer"):
                    yield (answer.text or "").strip(), answer.attrib["accuracy"], question.attrib["id"], asked


def _scored_answers(folder: Path) -> Iterator[tuple[str, ...]]:
    for name in ("TrainingSet1-LiveQAMed", "TrainingSet2-Alexa"):
        tree = ElementTree.parse(folder / f"MEDIQA2019-Task3-QA-{name}.xml")  # noqa: S314 - as above
        for question in tree.iter("Question"):
            asked, number = question.findtext("QuestionText") or "", question.attrib["QID"]
            for answer in question.iter("Answer"):
                text, score = (answer.findtext("AnswerText") or "").strip(), answer.attrib["ReferenceScore"]
                yield text, score, asked.strip(), f"{name}:{number}", answer.attrib["AID"]


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _text_files(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Text, label and number of the files `{label}/{number}.txt`, line ends as they are."""
    for label in ("fake", "true"):
        for file in sorted((folder / label).glob("*.txt"), key=lambda file: int(file.stem)):
            yield file.read_bytes().decode("utf-8-sig"), label, file.stem


def main(name: str, place: str, out: str) -> None:
    """Write the tables of one source into a folder."""
    Path(out).mkdir(parents=True, exist_ok=True)
    for file, columns, rows in SOURCES[name](Path(place)):
        with (Path(out) / file).open("w", newline="", encoding="utf-8") as table:
            written = csv.writer(table, lineterminator="\n")
            written.writerow(columns)
            written.writerows(rows)
        print(Path(out) / file)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in SOURCES:
        sys.exit(f"usage: python studies/make_tables.py {'|'.join(SOURCES)} FOLDER_OR_FILE OUT_FOLDER")
    main(*sys.argv[1:])
