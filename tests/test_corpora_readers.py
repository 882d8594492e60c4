"""Every kind of source comes in exactly as written, or not at all."""

import csv
import io
import json
import random
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nrag import corpora
from nrag.corpora import CorpusError, read_source

AWKWARD = [
    "  two spaces before, one after ",
    'he said "no", twice',
    "a line\nand another",
    "carriage\r\nreturn and a lone \r one",
    "<script>alert('x')</script>",
    "👩‍🔬 zażółć «gęślą» jaźń",
    "a line separator \u2028 and a form feed \x0c",
    "NA",
    "null",
    "None",
    "nan",
    "true",
    "007",
    "1e3",
    "#N/A",
]


def write(path, content):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def source(tmp_path, name, **keys):
    return read_source({"path": name, **keys}, data=tmp_path)


def written(values):
    """A column as a list, None where it is missing."""
    return [None if pd.isna(value) else value for value in values]


def separated(rows, delimiter, quoting=csv.QUOTE_MINIMAL):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=quoting).writerows(rows)
    return file.getvalue()


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.tsv", "\t")])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_separated_texts_come_in_exactly_as_written(tmp_path, name, delimiter, quoting):
    rows = [["text", "label"], *([text, text] for text in AWKWARD)]
    write(tmp_path / name, separated(rows, delimiter, quoting))
    columns = source(tmp_path, name).whole()
    assert written(columns["text"]) == AWKWARD
    assert written(columns["label"]) == AWKWARD


def test_jsonl_texts_come_in_exactly_as_written(tmp_path):
    write(tmp_path / "a.jsonl", "\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in AWKWARD))
    assert written(source(tmp_path, "a.jsonl").whole()["text"]) == AWKWARD


def test_parquet_texts_come_in_exactly_as_written(tmp_path):
    pq.write_table(pa.table({"text": AWKWARD}), tmp_path / "a.parquet")
    assert written(source(tmp_path, "a.parquet").whole()["text"]) == AWKWARD


def test_an_empty_field_is_missing_in_quotes_or_not_and_white_space_is_not(tmp_path):
    write(tmp_path / "a.csv", 'text,label\n"",x\n,x\n" ",x\n')
    assert written(source(tmp_path, "a.csv").whole()["text"]) == [None, None, " "]


def test_a_byte_order_mark_is_dropped_and_windows_line_ends_end_rows(tmp_path):
    write(tmp_path / "a.csv", b"\xef\xbb\xbftext,label\r\none,x\r\n\r\ntwo,y\r\n")
    columns = source(tmp_path, "a.csv").whole()
    assert list(columns) == ["text", "label"]
    assert columns.to_numpy().tolist() == [["one", "x"], ["two", "y"]]


def test_a_text_of_a_megabyte_comes_in_whole_and_leaves_the_field_limit_as_it_was(tmp_path):
    before = csv.field_size_limit()
    long = '"' + "word \n" * 200_000 + '"'
    write(tmp_path / "a.csv", f"text\n{long}\n")
    assert source(tmp_path, "a.csv").whole()["text"][0] == long[1:-1]
    assert csv.field_size_limit() == before


def test_json_numbers_stay_as_written_and_other_values_become_json(tmp_path):
    lines = [
        '{"text": "a", "v": 1.10, "b": true, "n": [1, 2.50, "é"]}',
        "",
        '{"text": null, "v": 12345678901234567890}',
    ]
    write(tmp_path / "a.jsonl", "\n".join(lines))
    columns = source(tmp_path, "a.jsonl").whole()
    assert written(columns["v"]) == ["1.10", "12345678901234567890"]
    assert written(columns["b"]) == ["true", None]
    assert written(columns["n"]) == ['[1, 2.5, "é"]', None]
    assert written(columns["text"]) == ["a", None]


def test_parquet_values_of_every_type_become_text(tmp_path):
    table = pa.table(
        {
            "flag": [True, None],
            "year": pa.array([2019.0, float("nan")]),
            "whole": [7, -1],
            "day": pa.array([17_897, None], pa.date32()),
            "kind": pa.array(["b", "a"]).dictionary_encode(),
            "list": [[1, 2], None],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    columns = source(tmp_path, "a.parquet").whole()
    assert {name: written(columns[name]) for name in columns} == {
        "flag": ["true", None],
        "year": ["2019", None],
        "whole": ["7", "-1"],
        "day": ["2019-01-01", None],
        "kind": ["b", "a"],
        "list": ["[1, 2]", None],
    }


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"text\none\nr\xe9sum\xe9\n", ["a.csv is not UTF-8", "0xe9", "line 3", "byte 10", "UTF-8"]),
        ("a.csv", b"\xef\xbb\xbftext\nr\xe9sum\xe9\n", ["line 2", "byte 9"]),
        ("a.csv", "text,label\na,b\nc\n", ["ends in line 3", "1 fields", "header 2"]),
        ("a.csv", 'text,label\na,"b" c\nd,e\n', ["line 2", "quote"]),
        ("a.csv", 'text,label\na,"b\nd,e\n', ["unexpected end of data"]),
        ("a.csv", "", ["is empty"]),
        ("a.csv", "text,text\na,b\n", ["more than one column named text"]),
        ("a.jsonl", '{"text": "a"}\n{"text": }\n', ["line 2", "is not JSON"]),
        ("a.jsonl", '["a"]\n', ["line 1", "holds a list"]),
        ("a.jsonl", '{"text": "a"}\n{"text": "b\\ud83d"}\n', ["'text'", "row 1", "half of a character"]),
        ("a.parquet", b"PAR0", ["cannot be read as Parquet"]),
        ("a.xlsx", b"PK", ["'.xlsx'", ".csv", ".parquet", "folder", "packages"]),
        ("a.txt", "text", ["split: paragraphs", "tokens: 256"]),
    ],
)
def test_a_broken_source_is_refused_with_its_place(tmp_path, name, content, says):
    write(tmp_path / name, content)
    with pytest.raises(CorpusError) as error:
        source(tmp_path, name).whole()
    assert all(part in str(error.value) for part in says), str(error.value)


def test_a_missing_file_is_named_with_its_neighbours(tmp_path):
    write(tmp_path / "papers.csv", "text\n")
    with pytest.raises(CorpusError, match=r"no file or folder 'paper.csv'; did you mean 'papers.csv'"):
        source(tmp_path, "paper.csv")


@pytest.mark.parametrize("row", ["a;b", "a, c;b"], ids=["column", "fields"])
def test_a_semicolon_table_is_recognised_in_the_error_for_its_column_or_its_rows(tmp_path, row):
    write(tmp_path / "a.csv", f"text;label\n{row}\n")
    with pytest.raises(CorpusError, match="looks separated by ';': save it with commas as .csv"):
        corpora.read({"path": "a.csv"}, data=tmp_path, seed=0)


def slow_paragraphs(text):
    """The definition: group the lines between blank ones."""
    groups = [[]]
    for line in text.split("\n"):
        if line.strip():
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return ["\n".join(group).rstrip("\r\n") for group in groups if group]


def test_paragraphs_are_the_runs_of_lines_that_are_not_blank(tmp_path):
    generator = random.Random(3)
    for _ in range(200):
        text = "".join(generator.choice(["a", " ", "\n", "\r\n", "b c", "\n\n", "\t"]) for _ in range(30))
        write(tmp_path / "a.txt", text)
        found = source(tmp_path, "a.txt", split="paragraphs")
        assert written(found.whole()["text"]) == slow_paragraphs(text), repr(text)


def test_paragraphs_keep_their_inner_lines_and_know_where_they_begin(tmp_path):
    write(tmp_path / "a.txt", "\n\n  one\n two \n \nthree")
    columns = source(tmp_path, "a.txt", split="paragraphs").whole()
    assert columns.to_numpy().tolist() == [["  one\n two ", "3"], ["three", "6"]]


def test_runs_of_words_keep_the_white_space_inside_and_the_shorter_last_one(tmp_path):
    write(tmp_path / "a.txt", " one  two\nthree\tfour five\n")
    columns = source(tmp_path, "a.txt", split={"tokens": 2}).whole()
    assert columns.to_numpy().tolist() == [["one  two", "1"], ["three\tfour", "2"], ["five", "2"]]


@pytest.mark.parametrize("split", ["sentences", {"tokens": 0}, {"tokens": True}, {"words": 3}])
def test_an_unknown_split_is_refused(tmp_path, split):
    write(tmp_path / "a.txt", "text")
    with pytest.raises(CorpusError, match=r"split: .* is not known"):
        source(tmp_path, "a.txt", split=split)


def test_split_is_refused_where_nothing_is_to_be_split(tmp_path):
    write(tmp_path / "a.csv", "text\na\n")
    with pytest.raises(CorpusError, match=r"one \.txt file"):
        source(tmp_path, "a.csv", split="paragraphs")


def test_a_folder_gives_one_document_for_every_file_in_the_order_of_names(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for name in ("b.txt", "a.txt", ".hidden.txt", "notes.md"):
        write(folder / name, f"text of {name}\n")
    found = source(tmp_path, "texts")
    assert found.ids == ["a.txt", "b.txt"]
    assert found.whole().to_numpy().tolist() == [["text of a.txt\n", "a.txt"], ["text of b.txt\n", "b.txt"]]


def test_a_folder_of_folders_has_their_names_as_labels(tmp_path):
    for label, name in (("true", "1.txt"), ("fake", "2.txt"), ("fake", "1.txt")):
        (tmp_path / "texts" / label).mkdir(parents=True, exist_ok=True)
        write(tmp_path / "texts" / label / name, f"{label} {name}")
    found = source(tmp_path, "texts")
    assert found.ids == ["fake/1.txt", "fake/2.txt", "true/1.txt"]
    assert written(found.whole()["label"]) == ["fake", "fake", "true"]
    assert written(found.whole()["text"]) == ["fake 1.txt", "fake 2.txt", "true 1.txt"]


def test_a_folder_with_files_at_several_depths_or_none_is_refused(tmp_path):
    (tmp_path / "texts" / "a").mkdir(parents=True)
    with pytest.raises(CorpusError, match=r"holds no \.txt file; it holds: a"):
        source(tmp_path, "texts")
    write(tmp_path / "texts" / "a" / "1.txt", "x")
    write(tmp_path / "texts" / "2.txt", "x")
    with pytest.raises(CorpusError, match="other depths"):
        source(tmp_path, "texts")


def test_a_new_kind_of_source_needs_a_reader_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr("nrag.corpora.readers.READERS", dict(corpora.READERS))

    @corpora.reader(".lines")
    def read_lines(path, definition):
        lines = path.read_text().splitlines()
        return corpora.Source.of(
            pd.DataFrame({"text": pd.Series(lines, dtype="str")}), [f"l{n}" for n in range(len(lines))]
        )

    write(tmp_path / "a.lines", "one\ntwo")
    reading = corpora.read({"path": "a.lines"}, data=tmp_path, seed=0)
    assert reading.texts.to_numpy().tolist() == [[0, "l0", "one"], [1, "l1", "two"]]


# ------------------------------------------------------------------------------------- in blocks


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of a few rows, so that a small source has many."""
    monkeypatch.setattr("nrag.corpora.readers.BLOCK_ROWS", 3)
    monkeypatch.setattr("nrag.corpora.tables.ARROW_ROWS", 3)


def written_as(tmp_path, rows, name):
    frame = pd.DataFrame(rows)
    if name.endswith(".parquet"):
        frame.to_parquet(tmp_path / name, row_group_size=4)
    elif name.endswith(".jsonl"):
        # A row has no key for what it lacks: later blocks have columns that the first had not.
        lines = [{key: value for key, value in row.items() if value is not None} for row in frame.to_dict("records")]
        (tmp_path / name).write_text("\n".join(map(json.dumps, lines)))
    else:
        frame.to_csv(tmp_path / name, index=False)
    return name


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_source_in_many_blocks_is_the_source_in_one(tmp_path, name, monkeypatch, small_blocks):
    rows = {"text": [f"text {n}" for n in range(10)], "label": list("xy") * 5, "late": [None] * 7 + list("abc")}
    rows["text"][4], rows["text"][8] = None, "text 2"
    definition = {"path": written_as(tmp_path, rows, name), "label": "label", "duplicates": "drop", "hover": "late"}
    assert sum(1 for _ in read_source(definition, data=tmp_path).blocks()) >= 4
    small = corpora.read(definition, data=tmp_path, seed=0)
    monkeypatch.undo()
    large = corpora.read(definition, data=tmp_path, seed=0)
    assert small.texts.equals(large.texts)
    assert small.rows.equals(large.rows)
    assert small.rows["left_out"].tolist()[8] == "repeated text"
    labelled = corpora.label(small.texts, small.rows, {**definition, "min_documents": 3})
    cut = corpora.label_blocks(
        lambda: (small.texts.iloc[[n]].reset_index(drop=True) for n in range(len(small.texts))),
        lambda: (small.rows.iloc[n : n + 4].reset_index(drop=True) for n in range(0, 10, 4)),
        {**definition, "min_documents": 3},
    )
    assert cut.corpus.equals(labelled.corpus)
    assert cut.quality.equals(labelled.quality)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_the_place_of_an_error_is_that_in_the_whole_file(tmp_path, name, small_blocks):
    lines = ['{"text": "a"}' if name == "a.jsonl" else "a" for _ in range(9)]
    broken = '{"text": }' if name == "a.jsonl" else '"b" c'
    head = [] if name == "a.jsonl" else ["text"]
    write(tmp_path / name, "\n".join([*head, *lines, broken]))
    with pytest.raises(CorpusError, match=f"line {len(head) + 10}"):
        source(tmp_path, name).whole()
    write(tmp_path / name, "\n".join([*head, *lines]).encode() + b"\n\xe9\n")
    with pytest.raises(CorpusError, match=f"byte 0xe9 in line {len(head) + 10} "):
        source(tmp_path, name).whole()


def test_a_source_that_changes_between_the_two_readings_is_refused(tmp_path):
    write(tmp_path / "a.csv", "text\na\nb\n")
    reading = corpora.read({"path": "a.csv"}, data=tmp_path, seed=0)
    write(tmp_path / "a.csv", "text\na\n")
    with pytest.raises(CorpusError, match="has changed while it was read"):
        list(reading.blocks())


PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1] + "/scripts", sys.argv[1] + "/benchmarks"]
import corpora as benchmark
"""
WRITE = PROGRAM + "benchmark.write(Path(sys.argv[2]), float(sys.argv[3]))"
PEAK = (
    PROGRAM
    + """
folder = Path(sys.argv[3])
benchmark.read(Path(sys.argv[2]), folder)
import label_corpus
files = [str(folder / name) for name in ("texts.parquet", "rows.parquet", "corpus.parquet", "quality.tsv")]
label_corpus.label_corpus(*files, name="a", definition={"label": {"label": "label"}}, min_documents=3)
print(benchmark.peak())
"""
)


def printed_by(program, *arguments):
    """What a process of its own prints."""
    command = [sys.executable, "-c", program, Path(__file__).parents[1], *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "dataset"])
def test_memory_hardly_grows_with_the_source(tmp_path, name):
    """120 MB more of texts may cost 60 MB: a row's id, labels and marks, and buffers that fill up."""
    peaks = []
    for megabytes in (40, 160):
        path = tmp_path / str(megabytes) / name
        path.parent.mkdir()
        printed_by(WRITE, path, megabytes)
        peaks.append(float(printed_by(PEAK, path, tmp_path).splitlines()[-1]))
    assert peaks[1] - peaks[0] < 60, peaks
