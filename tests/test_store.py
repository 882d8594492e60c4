import itertools
import json
import logging
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from workflow_runs import small_disk

from nrag import contracts, store
from nrag.store import writing

PROVENANCE = store.provenance(parameters={"size": 10})


def texts(*values):
    return pd.DataFrame({"document": range(len(values)), "id": [f"d{i}" for i in range(len(values))], "text": values})


def write_texts(path, *values):
    store.write_table(path, texts(*values), contracts.TEXTS, provenance=PROVENANCE)
    return path


HOSTILE = [
    "<script>alert('x')</script>",
    'say "no"',
    "two\nlines\r\nand\ttabs",
    "naïve 日本 🐋",
    "x" * 1_000_000,
    "\x00\x1f",
]


def test_texts_come_back_to_the_letter(tmp_path):
    path = write_texts(tmp_path / "t.parquet", *HOSTILE)
    assert store.read_table(path, contracts.TEXTS)["text"].tolist() == HOSTILE
    assert [text for part in store.read_column(path, contracts.TEXTS, "text", rows=2) for text in part] == HOSTILE


def test_the_same_table_gives_the_same_bytes_and_another_another_digest(tmp_path):
    one, again, other = (write_texts(tmp_path / f"{i}.parquet", *v) for i, v in enumerate(["ab", "ab", "ac"]))
    assert one.read_bytes() == again.read_bytes()
    assert store.read_attributes(one)["content"] != store.read_attributes(other)["content"]


def test_the_digest_tells_apart_where_one_value_ends_and_the_next_begins(tmp_path):
    one, other = write_texts(tmp_path / "1.parquet", "ab", "c"), write_texts(tmp_path / "2.parquet", "a", "bc")
    assert store.read_attributes(one)["content"] != store.read_attributes(other)["content"]


def test_a_failure_while_writing_leaves_the_old_file_and_no_other(tmp_path):
    path = write_texts(tmp_path / "t.parquet", "old")
    before = path.read_bytes()
    with pytest.raises(OSError, match="disk full"), store.atomic(path) as temporary:
        temporary.write_bytes(b"half")
        raise OSError("disk full")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_appears_only_when_its_content_is_whole(tmp_path):
    with store.atomic(tmp_path / "new") as temporary:
        temporary.write_bytes(b"whole")
        assert not (tmp_path / "new").exists()
        assert temporary.parent == tmp_path
    assert (tmp_path / "new").read_bytes() == b"whole"


def test_a_damaged_page_is_noticed(tmp_path):
    path = write_texts(tmp_path / "t.parquet", *(f"text number {i * 7919 % 1000}" for i in range(1000)))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match="(?i)crc|checksum|corrupt"):
        store.read_table(path, contracts.TEXTS)


def test_a_damaged_chunk_is_noticed(tmp_path):
    path = tmp_path / "c.h5"
    values = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    write_coordinates(path, {contracts.coordinates("m", 0, 0): values})
    content = path.read_bytes()
    place = content.index(values[7].tobytes())
    path.write_bytes(content[:place] + b"\x01\x02\x03\x04" + content[place + 4 :])
    with pytest.raises(OSError, match="filter returned failure"):
        store.read_coordinates(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="id"), r"missing columns \['id'\]"),
        (lambda f: f.assign(label="x"), r"surplus columns \['label'\]"),
        (lambda f: f.assign(document=["0", "one"]), "column 'document' must be int32"),
        (lambda f: f.assign(document=[0.5, 1.0]), "column 'document' must be int32"),
        (lambda f: f.assign(document=[0, 2**40]), "column 'document' must be int32"),
        (lambda f: f.assign(text=["a", None]), "column 'text' has 1 nulls"),
        (lambda f: f.assign(document=[0, 0]), "more than one row for {'document': 0}"),
        (lambda f: f[::-1], "rows must be sorted by document"),
    ],
)
def test_a_table_that_breaks_its_contract_is_not_written(change, message, tmp_path):
    with pytest.raises(store.ContractError, match=message):
        store.write_table(tmp_path / "t.parquet", change(texts("a", "b")), contracts.TEXTS, provenance=PROVENANCE)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_contract_or_version_is_refused(tmp_path, monkeypatch):
    path = write_texts(tmp_path / "t.parquet", "a")
    with pytest.raises(store.ContractError, match="holds texts version 1, expected cells version 1; delete it"):
        store.read_table(path, contracts.CELLS)
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "foreign.parquet")
    with pytest.raises(store.ContractError, match="not written by this workflow"):
        store.read_table(tmp_path / "foreign.parquet", contracts.TEXTS)


def test_undefined_and_unknown_stay_apart(tmp_path):
    rows = {
        "model": "m", "seed": 0, "labelling": "", "label": "", "level": ["graph", "layer"],
        "layer": pd.array([None, 3], dtype="Int16"), "x": pd.array([None, None], dtype="Int16"),
        "y": pd.array([None, None], dtype="Int16"), "metric": "density", "value": [np.nan, 0.5],
        "sample": pd.array([None, None], dtype="Int32"), "documents": 4,
    }  # fmt: skip
    store.write_table(tmp_path / "m.parquet", pd.DataFrame(rows), contracts.METRICS, provenance=PROVENANCE)
    back = store.read_table(tmp_path / "m.parquet", contracts.METRICS)
    assert back["layer"].isna().tolist() == [True, False]
    assert back["layer"].dtype == "Int16"
    assert np.isnan(back["value"].iloc[0])
    assert back["value"].to_numpy()[1] == 0.5


def test_a_tsv_begins_with_its_columns_and_keeps_its_provenance_beside_it(tmp_path):
    path = tmp_path / "t.tsv"
    frame = pd.DataFrame({"label": ["a\tb", None, 'say "x"\n'], "value": [1 / 3, np.nan, 2.0], "n": [1, 2, 3]})
    store.write_tsv(path, frame, provenance=PROVENANCE)
    assert path.read_text().splitlines()[0] == "label\tvalue\tn"
    back = store.read_tsv(path)
    assert back["label"].fillna("null").tolist() == ["a\tb", "null", 'say "x"\n']
    assert back["value"].tolist()[0] == "0.3333333333"
    assert store.read_attributes(path)["provenance"] == json.loads(json.dumps(PROVENANCE))


def test_an_error_of_our_own_ends_the_job_with_its_message_alone(tmp_path):
    with pytest.raises(SystemExit), store.logged(tmp_path / "job.log"):
        raise store.ContractError("cells.parquet holds texts")
    written = (tmp_path / "job.log").read_text()
    assert "cells.parquet holds texts" in written
    assert "Traceback" not in written


@pytest.fixture
def full(tmp_path):
    """A file system of 400 kB, on which a folder is left."""
    folder = tmp_path / "full"
    folder.mkdir()
    with small_disk(folder, "400k"):
        yield folder


def write_much(folder, kind):
    """Write 8 MB in one of the ways of the library."""
    values = np.random.default_rng(0).normal(size=(20_000, 100)).astype(np.float32)
    if kind == "table":
        write_texts(folder / "a.parquet", *(row.tobytes().hex() for row in values))
    if kind == "text":
        store.write_text(folder / "a.tsv", "a" * 8_000_000)
    if kind == "rows":
        rows = store.PartialRows(folder / "scratch", rows=20_000, width=100, signature={})
        try:
            rows.write(np.arange(20_000), values)
        finally:
            rows.close(discard=False)
    if kind == "tokens":
        store.RaggedRows(folder, iter(values))
    if kind == "arrays":

        def fill(file):
            paths = [contracts.coordinates("m", 0, layer) for layer in range(20)]
            for path in paths:
                store.add_array(file, path, shape=(2000, 100), constant=False)
            for path in paths:
                store.write_rows(file, path, slice(0, 256), values[:256])

        attributes = {"space": "m", "method": "pca", "components": 100, "parameters": {}}
        store.write_arrays(folder / "a.h5", contracts.COORDINATES, fill, provenance={}, **attributes)


def fill_up(folder, kind):
    """What a job that writes too much puts into its log; the disk is empty again afterwards."""
    log = folder.parent / f"{kind}.log"
    with pytest.raises(SystemExit), store.logged(log):
        write_much(folder, kind)
    assert not list(folder.glob("a.*")) + list(folder.glob(".a.*"))
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    return log.read_text().splitlines()


def test_a_full_disk_is_told_in_one_line_whatever_is_written(full):
    """In a process of its own: HDF5 would say more when it ends."""
    kinds = ["table", "text", "rows", "tokens", "arrays"]
    program = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), str(Path(store.__file__).parents[2])]!r}\n"
        "from pathlib import Path; from test_store import fill_up\n"
        f"for kind in {kinds!r}: print(*fill_up(Path({str(full)!r}), kind), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    # What was half written is deleted, and its room free again.
    places = {"/a.parquet": 0.4, "/a.tsv": 0.4, "/scratch": 0.0, "": 0.0, "/a.h5": 0.4}
    assert [line.partition(" ERROR ")[2] for line in done.stdout.splitlines()] == [
        f"{full}{place} cannot be written: No space left on device ({free} MB are free there). "
        "What is finished is kept: make room and run the same command again"
        for place, free in places.items()
    ]


def test_rows_that_a_full_disk_did_not_take_are_an_error_even_if_there_is_room_again(full):
    """HDF5 leaves out without an error what it cannot write when an array is closed: zeros would be read."""
    ballast = full / "ballast"

    def fill(file):
        path = contracts.coordinates("m", 0, 0)
        store.add_array(file, path, shape=(256, 100), constant=False)
        ballast.write_bytes(bytes(shutil.disk_usage(full).free))
        try:
            store.write_rows(file, path, slice(0, 256), np.ones((256, 100), dtype=np.float32))
        finally:
            ballast.unlink()

    attributes = {"space": "m", "method": "pca", "components": 100, "parameters": {}}
    with pytest.raises(store.NoSpaceError, match="a.h5 cannot be written: No space left on device"):
        store.write_arrays(full / "a.h5", contracts.COORDINATES, fill, provenance={}, **attributes)


def test_a_log_on_a_full_disk_goes_to_the_terminal(full, capsys):
    with pytest.raises(SystemExit), store.logged(full / "job.log") as log:
        (full / "ballast").write_bytes(bytes(shutil.disk_usage(full).free))
        log.info("a line of %s", "a" * 5000)
        raise OSError(28, "No space left on device", "somewhere")
    printed = capsys.readouterr().err
    assert "a line of aaa" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError(122, "Disk quota exceeded"), "Disk quota exceeded"),
        (OSError("[Errno 27] Error writing bytes to file. Detail: [errno 27] File too large"), "File too large"),
        (RuntimeError("Unable to flush (file write failed: errno = 28, message = 'x')"), "No space left on device"),
        (OSError(2, "No such file or directory"), None),
        (RuntimeError("errno = 5, error message = 'Input/output error'"), None),
        (ValueError("28 documents"), None),
    ],
)  # fmt: skip
def test_what_means_that_there_is_no_room(error, reason):
    assert writing.no_space(error) == reason


def test_a_carriage_return_stays_inside_its_field(tmp_path):
    frame = pd.DataFrame({"la\rbel": ["a\rb", None, "c\r\nd"], "n": [1, 2, 3]})
    store.write_tsv(tmp_path / "t.tsv", frame, provenance=PROVENANCE)
    back = store.read_tsv(tmp_path / "t.tsv")
    assert back.columns.tolist() == ["la\rbel", "n"]
    assert back["la\rbel"].fillna("null").tolist() == ["a\rb", "null", "c\r\nd"]


def test_provenance_names_the_content_of_every_input_and_no_place(tmp_path):
    path = write_texts(tmp_path / "t.parquet", "a")
    found = store.provenance(inputs={"texts": path}, parameters={"size": 3})
    assert found["inputs"] == {"texts": store.read_attributes(path)["content"]}
    assert found["software"]["pandas"] == pd.__version__
    assert str(tmp_path) not in json.dumps(found)


def write_coordinates(path, arrays, **attributes):
    def fill(file):
        for place, values in arrays.items():
            store.add_array(file, place, values, constant=False)

    described = {"space": "m", "method": "pca", "components": 2, "parameters": {}} | attributes
    store.write_arrays(path, contracts.COORDINATES, fill, provenance=PROVENANCE, **described)


def test_layers_come_in_their_numeric_order(tmp_path):
    arrays = {contracts.coordinates("m", 0, k): np.full((3, 2), k, dtype=np.float32) for k in (10, 2, 0)}
    write_coordinates(tmp_path / "c.h5", arrays)
    found = store.read_coordinates(tmp_path / "c.h5")
    assert list(found) == [("m", 0, 0), ("m", 0, 2), ("m", 0, 10)]
    assert found["m", 0, 10].tolist() == [[10, 10]] * 3


def test_arrays_without_an_attribute_of_their_contract_are_not_written(tmp_path):
    with pytest.raises(store.ContractError, match="coordinates needs the attributes components, method, parameters"):
        store.write_arrays(tmp_path / "c.h5", contracts.COORDINATES, lambda _: None, provenance={}, space="m")
    assert list(tmp_path.iterdir()) == []


def test_strings_in_hdf5_keep_every_letter(tmp_path):
    path = tmp_path / "a.h5"
    ids = np.array(["日本", "", "a" * 300], dtype=object)

    def fill(file):
        store.add_array(file, "documents/id", ids)
        store.add_array(file, "documents/tokens", np.ones(3, dtype=np.int32))
        store.add_array(file, "documents/truncated", np.zeros(3, dtype=bool))

    described = dict.fromkeys(contracts.ACTIVATIONS.attributes, "x")
    store.write_arrays(path, contracts.ACTIVATIONS, fill, provenance=PROVENANCE, **described)
    assert store.read_documents(path)["id"].tolist() == ids.tolist()
    with h5py.File(path) as file:
        assert all(file[f"documents/{name}"].fletcher32 for name in ("id", "tokens", "truncated"))


def test_rows_are_kept_until_all_are_there(tmp_path):
    rows = store.PartialRows(tmp_path / "p", rows=5, width=2, signature={"a": 1})
    rows.write(np.array([3, 0]), np.array([[1, 2], [3, 4]]))
    rows.close(discard=False)
    again = store.PartialRows(tmp_path / "p", rows=5, width=2, signature={"a": 1})
    assert again.done.tolist() == [True, False, False, True, False]
    assert again.read(range(3, 4), range(2)).tolist() == [[1, 2]]
    assert again.read(range(0, 4, 3), range(1, 2)).tolist() == [[4], [2]]
    again.close(discard=True)
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("other", [{"signature": {"a": 2}}, {"rows": 4}, {"width": 3}])
def test_rows_of_another_job_are_forgotten(other, tmp_path):
    same = {"rows": 5, "width": 2, "signature": {"a": 1}}
    rows = store.PartialRows(tmp_path / "p", **same)
    rows.write(np.array([3]), np.array([[1, 2]]))
    rows.close(discard=False)
    again = store.PartialRows(tmp_path / "p", **(same | other))
    assert not again.done.any()
    again.close(discard=True)


RECORD = {
    "id": "org/name",
    "revision": None,
    "commit": "0" * 40,
    "layers": 2,
    "width": 8,
    "weight_bytes": 5,
    "files": {"model.safetensors": {"size": 5, "etag": None}},
}


def test_a_record_is_json_that_says_what_it_is(tmp_path):
    store.write_record(tmp_path / "m.json", RECORD, contracts.MODEL, provenance=PROVENANCE)
    content = json.loads((tmp_path / "m.json").read_text())
    assert {key: content[key] for key in RECORD} == RECORD
    attributes = store.read_attributes(tmp_path / "m.json")
    assert (attributes["contract"], attributes["version"], attributes["provenance"]) == ("model", 1, PROVENANCE)
    store.write_record(tmp_path / "n.json", RECORD | {"width": 9}, contracts.MODEL, provenance=PROVENANCE)
    assert store.read_attributes(tmp_path / "n.json")["content"] != attributes["content"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depth": 2}, "surplus fields ['depth']"),
        ({"files": {"a": {"bytes": 5}}}, "surplus fields ['files/a/bytes']"),
        ({"layers": 2.0}, "field 'layers' must be int32, found 2.0"),
        ({"commit": None}, "field 'commit' must be string, found None"),
        ({"files": {"a": {"size": "5"}}}, "field 'files/a/size' must be int64, found '5'"),
    ],
)
def test_a_record_that_does_not_keep_its_contract_is_not_written(change, message, tmp_path):
    with pytest.raises(store.ContractError, match=re.escape(message)):
        store.write_record(tmp_path / "m.json", RECORD | change, contracts.MODEL, provenance={})
    with pytest.raises(store.ContractError, match=re.escape("missing fields ['width']")):
        without = {key: value for key, value in RECORD.items() if key != "width"}
        store.write_record(tmp_path / "m.json", without, contracts.MODEL, provenance={})
    assert list(tmp_path.iterdir()) == []


def test_a_log_holds_lines_warnings_and_the_error_with_where_it_was(tmp_path):
    error = ValueError("three values are not finite")
    error.add_note("in layer 4")
    with pytest.raises(ValueError, match="three values"), store.logged(tmp_path / "logs" / "job.log") as log:
        log.info("starting")
        warnings.warn("odd", stacklevel=1)
        raise error
    written = (tmp_path / "logs" / "job.log").read_text()
    assert all(part in written for part in ("starting", "odd", "three values", "in layer 4", "Traceback"))
    assert not [h for h in logging.getLogger().handlers if str(tmp_path) in getattr(h, "baseFilename", "")]


# ------------------------------------------------------------------------------- tables in blocks


def rows_table(numbers, **further):
    """Rows of the contract `rows` without documents."""
    columns = {"row": np.array(numbers, dtype=np.int32), "document": pd.Series([None] * len(numbers), dtype="Int32")}
    columns |= {name: pd.Series(map(str, numbers), dtype="str") for name in ("id", "left_out")}
    return pd.DataFrame(columns | further)


def write_blocks(path, *blocks, contract=contracts.ROWS):
    with store.writing_table(path, contract, provenance={}) as add:
        for block in blocks:
            add(block)
    return path


def test_a_table_in_blocks_is_the_table_however_it_is_cut(tmp_path):
    whole = rows_table(range(50), note=[None if number % 7 else f"n\n{number}" for number in range(50)])
    store.write_table(tmp_path / "whole.parquet", whole, contracts.ROWS, provenance={})
    for cuts in ([1], [3, 4, 20], list(range(1, 50))):
        blocks = [whole.iloc[start:end] for start, end in itertools.pairwise([0, *cuts, 50])]
        path = write_blocks(tmp_path / "cut.parquet", *blocks)
        assert path.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    read = pd.concat(store.read_blocks(path, contracts.ROWS, rows=7), ignore_index=True)
    assert read.equals(store.read_table(path, contracts.ROWS))
    # A value or a null moved by one row is another content.
    moved = whole.assign(note=whole["note"].shift(1))
    store.write_table(tmp_path / "moved.parquet", moved, contracts.ROWS, provenance={})
    contents = {store.read_attributes(tmp_path / f"{name}.parquet")["content"] for name in ("whole", "cut", "moved")}
    assert len(contents) == 2


def test_an_empty_table_comes_back_in_one_block(tmp_path):
    path = write_blocks(tmp_path / "t.parquet", rows_table([]))
    (block,) = store.read_blocks(path, contracts.ROWS)
    assert list(block.columns) == ["row", "document", "id", "left_out"]
    assert len(block) == 0


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([rows_table([0, 1]), rows_table([1, 2])], "more than one row for"),
        ([rows_table([0, 3]), rows_table([1, 2])], "rows must be sorted by row"),
        ([rows_table([0], note=["a"]), rows_table([1], other=["a"])], "a block has the columns"),
        ([], "no block of rows"),
    ],
)
def test_blocks_that_make_no_table_leave_no_file(tmp_path, blocks, says):
    with pytest.raises(store.ContractError, match=says):
        write_blocks(tmp_path / "t.parquet", *blocks)
    assert list(tmp_path.iterdir()) == []


def test_row_groups_fill_up_over_blocks_and_end_where_they_are_large(tmp_path, monkeypatch):
    monkeypatch.setattr("nrag.store.tables._GROUP_ROWS", 10)
    path = write_blocks(tmp_path / "t.parquet", *(rows_table([number]) for number in range(25)))
    with pq.ParquetFile(path) as file:
        assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == [10, 10, 5]
    monkeypatch.setattr("nrag.store.tables._GROUP_BYTES", 1)
    path = write_blocks(tmp_path / "t.parquet", *(rows_table([number]) for number in range(3)))
    assert pq.ParquetFile(path).num_row_groups == 3


def test_a_table_of_a_contract_comes_back_from_text_with_its_types(tmp_path):
    pairs = pd.DataFrame(
        [
            ("m", 0, 3, 1, "n", 1, 4, -1, "subset", 0.25, float("nan"), pd.NA),
            ("1", 0, 3, 1, "n", 1, 5, 1, "similar", 1.0, 0.5, 2),
        ],
        columns=[column.name for column in contracts.SIMILAR.columns],
    ).astype({"cluster": "Int32"})
    store.write_tsv(tmp_path / "t.tsv", pairs.assign(corpus="c"), provenance=PROVENANCE, contract=contracts.SIMILAR)
    back = store.read_tsv(tmp_path / "t.tsv", contracts.SIMILAR)
    assert back["model_a"].tolist() == ["m", "1"]
    assert back["sign_b"].tolist() == [-1, 1]
    assert np.isnan(back["overlap_context"][0])
    assert back["cluster"].tolist() == [pd.NA, 2]
    assert back["corpus"].tolist() == ["c", "c"]
    empty = pd.DataFrame([(0, 1, 0, "")], columns=[column.name for column in contracts.FAILURES.columns])
    store.write_tsv(tmp_path / "f.tsv", empty, provenance=PROVENANCE, contract=contracts.FAILURES)
    assert store.read_tsv(tmp_path / "f.tsv", contracts.FAILURES)["reason"].tolist() == [""]
    with pytest.raises(store.ContractError, match="holds failures version 1, expected similar version 1"):
        store.read_tsv(tmp_path / "f.tsv", contracts.SIMILAR)


def test_lines_carry_their_provenance_and_are_the_same_bytes_every_time(tmp_path):
    path = tmp_path / "graphs.jsonl"
    store.write_lines(path, iter(["a\n", "é\n"]), provenance=PROVENANCE)
    first = path.read_bytes(), (tmp_path / "graphs.jsonl.json").read_bytes()
    store.write_lines(path, ["a\n", "é\n"], provenance=PROVENANCE)
    assert first == (path.read_bytes(), (tmp_path / "graphs.jsonl.json").read_bytes())
    assert path.read_text(encoding="utf-8") == "a\né\n"
    described = store.read_attributes(path)
    assert described["provenance"] == PROVENANCE
    store.write_lines(path, ["b\n"], provenance=PROVENANCE)
    assert store.read_attributes(path)["content"] != described["content"]
