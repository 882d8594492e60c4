"""Tables of mazes: different ones, split by their walls alone, the same in every process, and never for ever."""

import ast
import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from maze_checker import check_row, seen

from nrag import contracts, store
from nrag.mazes import data_sets, sets
from nrag.mazes.counting import every_layout
from nrag.mazes.data_sets import Kind, Row, draw_shift, draw_split
from nrag.mazes.drawing import read
from nrag.mazes.generators import GENERATORS, depth_first_reaches
from nrag.mazes.ids import known_ids
from nrag.mazes.layouts import Layout, MazeError
from nrag.mazes.sets import draw_set, shortfalls
from nrag.mazes.splits import SHIFT, SPLITS, Shares, digest, layouts_by_split, position

LIBRARY = Path(data_sets.__file__).parent
SHARES = Shares()
TRAINED = Kind(4, 3, min_length=2)
EMPTY = {"software": {}, "parameters": {}, "inputs": {}}


@pytest.fixture(scope="module")
def rows():
    numbers = {"train": 1500, "validation": 150, "test": 300}
    found = [draw_split(TRAINED, number, split=split, shares=SHARES, seed=0) for split, number in numbers.items()]
    for kind in (Kind(4, 3, "depth-first", 2), Kind(5, 4, min_length=3), Kind(4, 4, "depth-first")):
        found.append(draw_shift(kind, 100, trained=TRAINED, shares=SHARES, seed=0))
    return [row for part in found for row in part]


def digest_of(prompt):
    """The layout of a prompt as docs/data-formats.md describes it, from the text alone."""
    free = seen(prompt).free
    height, width = (max(node[side] for node in free) // 2 + 1 for side in (0, 1))
    # Between two cells lies a character of one odd place.
    joined = [sorted(free[node]) for node in free if sum(node) % 2]
    named = sorted(tuple(row // 2 * width + column // 2 for row, column in pair) for pair in joined)
    text = f"{width}x{height}:" + ",".join(f"{one}-{other}" for one, other in named)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# ------------------------------------------------------------------ rows


def test_every_fact_of_a_row_is_what_a_checker_finds_in_its_text(rows):
    for row in rows[::3]:
        check_row(row)
        assert row.layout == digest_of(row.prompt)


def test_mazes_are_different_and_as_long_as_asked_for(rows):
    assert len({row.id for row in rows}) == len(rows) == 2250
    for split, least in (("train", 2), ("validation", 2), ("test", 2)):
        own = [row for row in rows if row.split == split]
        assert len({row.maze for row in own}) == len(own)
        assert {row.length for row in own} >= {2, 3, 4}
        assert min(row.length for row in own) == least
    assert min(row.length for row in rows if row.width == 5) == 3
    assert min(row.length for row in rows if row.height == 4 and row.width == 4) == 1


def test_rows_fit_their_contract(rows, tmp_path):
    assert [field.name for field in fields(Row)] == [column.name for column in contracts.MAZES.columns]
    table = pd.DataFrame(rows).sort_values("id", ignore_index=True)
    store.write_table(tmp_path / "mazes.parquet", table, contracts.MAZES, provenance=EMPTY)
    again = store.read_table(tmp_path / "mazes.parquet", contracts.MAZES)
    assert [Row(**row) for row in again.to_dict("records")] == sorted(rows, key=lambda row: row.id)


def test_a_table_of_answers_and_a_learning_curve_fit_their_contracts(tmp_path):
    names = [column.name for column in contracts.ANSWERS.columns]
    answers = [
        ("base", "test-0000000", "greedy", 0, "S.E\n>", "R", True, 1, 1, True, True, None),
        ("base", "test-0000000", "greedy", 1, "S.E\n>", "L", True, 1, 0, False, False, "0 outside"),
    ]
    store.write_table(
        tmp_path / "answers.parquet", pd.DataFrame(answers, columns=names), contracts.ANSWERS, provenance=EMPTY
    )
    assert store.read_table(tmp_path / "answers.parquet", contracts.ANSWERS)["first_error"].isna().tolist() == [1, 0]
    names = [column.name for column in contracts.TRAINING.columns]
    curve = [(50, 1.25, *[np.nan] * 5, 0), (100, 0.5, *[np.nan] * 4, 0.25, 60)]
    store.write_tsv(
        tmp_path / "training.tsv",
        pd.DataFrame(curve, columns=names),
        contract=contracts.TRAINING,
        provenance=EMPTY,
    )
    again = store.read_tsv(tmp_path / "training.tsv", contracts.TRAINING)
    assert again["solve_rate"].tolist()[1:] == [0.25]
    assert again["mazes"].tolist() == [0, 60]


def test_a_border_changes_the_drawing_and_nothing_else():
    plain, bordered = (
        draw_split(Kind(3, 3, border=border), 50, split="test", shares=SHARES, seed=0) for border in (False, True)
    )
    for one, other in zip(plain, bordered, strict=True):
        assert one.maze != other.maze
        assert read(one.maze) == read(other.maze)
        assert (one.answer, one.layout, one.dead_ends) == (other.answer, other.layout, other.dead_ends)


# ------------------------------------------------------------------ chance


def test_a_wilson_maze_is_as_likely_as_any_other():
    # 270 mazes of the 9 training layouts of 3×2 cells, 90 of which are drawn each time.
    found = {}
    for seed in range(150):
        for row in draw_split(Kind(3, 2), 90, split="train", shares=SHARES, seed=seed):
            found[row.maze] = found.get(row.maze, 0) + 1
    counts = np.array(list(found.values()))
    assert len(counts) == 270
    # Each is drawn 50 times on average, with a variance of 150 · 1/3 · 2/3.
    assert ((counts - 50) ** 2).sum() / (150 * 2 / 9) == pytest.approx(270, abs=3.5 * np.sqrt(2 * 270))


def test_more_mazes_begin_with_the_same_ones():
    kind = Kind(3, 3)
    few, many = (draw_split(kind, number, split="test", shares=SHARES, seed=0) for number in (20, 200))
    assert many[:20] == few
    assert draw_split(kind, 20, split="test", shares=SHARES, seed=1) != few


PROGRAM = f"""
import sys; sys.path.insert(0, {str(LIBRARY.parents[1])!r})
from random import Random
from nrag.mazes.data_sets import Kind, draw_shift, draw_split
from nrag.mazes.drawing import read
from nrag.mazes.splits import Shares
from nrag.mazes.walks import walk
from nrag.mazes.wrong_answers import wrong_answers
trained = Kind(3, 3, min_length=2)
rows = draw_split(trained, 40, split="train", shares=Shares(), seed=3)
rows += draw_split(Kind(3, 2), 200, split="train", shares=Shares(), seed=3)
rows += draw_shift(Kind(5, 3, "depth-first"), 40, trained=trained, shares=Shares(), seed=3)
random = Random(0)
for row in rows:
    print(row, walk(read(row.maze), random, longest=9), wrong_answers(read(row.maze), 4, random))
"""


def test_every_process_draws_the_same():
    said = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("0", "1", "4711")
    ]
    assert said[0] == said[1] == said[2]
    assert said[0].count(b"\n") == 280


# ------------------------------------------------------------------ splits


def test_splits_share_no_layout_whatever_the_size_and_generator(rows):
    assert layouts_by_split((row.split, row.layout) for row in rows).keys() == {*SPLITS, "shift"}
    for generator in GENERATORS:
        for width, height in ((3, 3), (5, 5)):
            kind = Kind(width, height, generator)
            drawn = [draw_split(kind, 60, split=split, shares=SHARES, seed=5) for split in SPLITS]
            assert all({SHARES.split_of(digest_of(row.prompt)) for row in part} == {part[0].split} for part in drawn)
            layouts_by_split((row.split, row.layout) for part in drawn for row in part)


def test_layouts_of_small_sizes_are_counted_and_split_as_they_were():
    # What a table of mazes was made of must not change: these numbers follow from the digest alone.
    found = {}
    for width, height in ((3, 2), (3, 3), (4, 3)):
        splits = [SHARES.split_of(digest(layout)) for layout in every_layout(width, height)]
        found[width, height] = [splits.count(split) for split in SPLITS]
    assert found == {(3, 2): [9, 2, 4], (3, 3): [125, 17, 50], (4, 3): [1698, 216, 501]}


def test_positions_are_spread_evenly_and_never_1():
    positions = np.array([position(digest(layout)) for layout in every_layout(4, 3)])
    assert np.histogram(positions, bins=4, range=(0, 1))[0].min() > 2415 / 4 - 4 * np.sqrt(2415 * 3 / 16)
    assert position("0" * 16) == 0.0
    assert position("f" * 16) < 1.0
    assert position("8" + "0" * 15) == 0.5


def test_a_digest_knows_the_size_and_not_the_order_of_passages():
    passages = [(0, 1), (1, 2), (2, 3)]
    row, column = Layout(4, 1, frozenset(passages)), Layout(1, 4, frozenset(passages))
    assert digest(row) != digest(column)
    assert digest(row) == digest(Layout(4, 1, frozenset(passages[::-1])))


def test_leaks_are_found_and_layouts_counted():
    clean = [("train", "a"), ("train", "b"), ("train", "a"), ("test", "c"), ("shift", "c"), ("validation", "d")]
    assert layouts_by_split(clean) == {"train": 2, "validation": 1, "test": 1, "shift": 1}
    for split in ("validation", "test", "shift"):
        with pytest.raises(MazeError, match=f"train and {split} share 1 layouts, such as b"):
            layouts_by_split([*clean, (split, "b")])
    for split in ("test", "shift"):
        with pytest.raises(MazeError, match=f"validation and {split} share 1 layouts, such as d"):
            layouts_by_split([*clean, (split, "d")])


def test_shifted_mazes_of_the_trained_size_have_test_layouts(rows):
    shifted = [row for row in rows if row.split == "shift"]
    same = [row for row in shifted if (row.width, row.height) == (4, 3)]
    assert len(same) == 100
    assert {SHARES.split_of(row.layout) for row in same} == {"test"}
    assert {SHARES.split_of(row.layout) for row in shifted if row not in same} == set(SPLITS)
    # 3 columns of 4 rows are another size than 4 columns of 3.
    turned = draw_shift(Kind(3, 4), 50, trained=TRAINED, shares=SHARES, seed=0)
    assert {SHARES.split_of(row.layout) for row in turned} == set(SPLITS)
    assert turned[7].id == "shift-wilson-w3-h4-0000007"


# ------------------------------------------------------------------ few mazes


def test_all_mazes_that_exist_can_be_drawn_and_no_more():
    rows = draw_split(Kind(3, 2), 270, split="train", shares=SHARES, seed=0)
    assert len({row.maze for row in rows}) == 270
    with pytest.raises(
        MazeError, match="271 mazes .* by wilson, of 1 moves .* train layouts, but only 270 exist, in 9"
    ):
        draw_split(Kind(3, 2), 271, split="train", shares=SHARES, seed=0)
    assert len(draw_split(Kind(7, 1, min_length=6), 2, split="train", shares=SHARES, seed=0)) == 2


def test_how_many_exist_is_what_a_plain_count_finds():
    for kind in (Kind(3, 3, "depth-first", 4), Kind(3, 3, "wilson", 8), Kind(4, 2, min_length=3)):
        mazes = {
            (layout, start, end)
            for layout in every_layout(kind.width, kind.height)
            if SHARES.split_of(digest(layout)) == "test"
            if kind.generator == "wilson" or depth_first_reaches(layout)
            for start in range(layout.cells)
            for end in range(layout.cells)
            if length(layout, start, end) >= kind.min_length
        }
        assert mazes
        with pytest.raises(MazeError, match=f"but only {len(mazes):,} exist"):
            draw_split(kind, len(mazes) + 1, split="test", shares=SHARES, seed=0)
        assert len(draw_split(kind, len(mazes), split="test", shares=SHARES, seed=0)) == len(mazes)


def length(layout, start, end):
    """Moves between two cells of a tree, by going everywhere."""
    reached, moves = {start}, 0
    while end not in reached:
        reached |= {layout.beside(cell, move) for cell in reached for move in layout.moves_from(cell)}
        moves += 1
    return moves


def test_ids_are_known_before_mazes_are_drawn():
    shares = {"validation": 0.15, "test": 0.3}
    shifts = [{"width": 3, "height": 3, "generator": "wilson", "number": 4}]
    shifts.append({"width": 3, "height": 2, "generator": "depth-first", "number": 2})
    described = {"width": 3, "height": 2, "generator": "wilson", "border": False, "min_length": 1, "seed": 0}
    described |= {"train": 9, "validation": 5, "test": 7, "shares": shares, "shifts": shifts}
    rows = sets.draw_set(described)
    for split in (*SPLITS, SHIFT):
        assert known_ids(described, split) == [row.id for row in rows if row.split == split]


def test_a_split_without_layouts_says_so():
    with pytest.raises(MazeError, match="validation layouts, but only 0 exist, in 0 layouts"):
        draw_split(Kind(2, 1), 1, split="validation", shares=SHARES, seed=0)


def test_rare_mazes_that_draws_miss_come_from_the_list(monkeypatch):
    monkeypatch.setattr(data_sets, "TRIES", 5)
    rows = draw_split(Kind(3, 2), 135, split="train", shares=SHARES, seed=0)
    assert len({row.maze for row in rows}) == 135


def test_where_most_are_wanted_each_is_as_likely_as_any_other():
    drawn = Counter(
        row.prompt
        for seed in range(200)
        for row in draw_split(Kind(3, 2), 140, split="train", shares=SHARES, seed=seed)
    )
    # Of 270 mazes, each in 200 × 140 / 270 of the tables, 104; six standard deviations are 42.
    assert len(drawn) == 270
    assert min(drawn.values()) > 62
    assert max(drawn.values()) < 146


def test_what_a_set_lacks_is_told_without_drawing_by_its_key():
    described = {
        "width": 3, "height": 2, "generator": "wilson", "border": False, "min_length": 1,
        "shares": {"test": SHARES.test, "validation": SHARES.validation}, "train": 270, "validation": 1, "test": 1,
        "shifts": [{"width": 3, "height": 2, "generator": "depth-first", "number": 1}], "seed": 0,
    }  # fmt: skip
    assert list(shortfalls(described)) == []
    # All of them together would be enough, and those of test layouts are not.
    described["shifts"][0]["number"] = 200
    assert [key for key, _ in shortfalls(described)] == ["shifts[0]"]
    with pytest.raises(MazeError, match="200 mazes .* by depth-first"):
        draw_set(described)
    described |= {"train": 271, "shifts": [{"width": 3, "height": 3, "generator": "wilson", "number": 200}]}
    assert [key for key, _ in shortfalls(described)] == ["train"]


def test_without_a_list_draws_go_on_as_long_as_they_find_something(monkeypatch):
    monkeypatch.setattr(data_sets, "LISTED", 0)
    monkeypatch.setattr(data_sets, "TRIES", 200)
    rows = draw_split(Kind(3, 2), 250, split="train", shares=SHARES, seed=0)
    assert len({row.maze for row in rows}) == 250
    with pytest.raises(MazeError, match="but 200 draws found none beyond the first 2[567]"):
        draw_split(Kind(3, 2), 271, split="train", shares=SHARES, seed=0)


def test_too_many_mazes_of_a_large_size_end_with_a_message(monkeypatch):
    monkeypatch.setattr(data_sets, "TRIES", 300)
    with pytest.raises(MazeError, match=r"of 24 moves or more.*300 draws found none beyond the first \d+"):
        draw_split(Kind(5, 5, min_length=24), 1000, split="test", shares=SHARES, seed=0)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Kind(0, 3), "width and height of a maze must be 1 or more cells, found width 0, height 3"),
        (lambda: Kind(3, 0), "found width 3, height 0"),
        (lambda: Kind(1, 1), "a maze of 1×1 cells has no room for both S and E"),
        (lambda: Kind(4, 3, "prim"), "unknown generator 'prim'; there are wilson, depth-first"),
        (lambda: Kind(4, 3, min_length=0), "min_length must be 1 or more moves, found 0"),
        (lambda: Kind(4, 3, min_length=12), "min_length is 12, but no way in mazes of width 4 and height 3 is longer"),
        (lambda: Shares(test=0), "the share of test layouts must be between 0 and 1, found 0"),
        (lambda: Shares(test=1.0), "the share of test layouts must be between 0 and 1, found 1.0"),
        (lambda: Shares(validation=-0.1), "the share of validation layouts must be between 0 and 1, found -0.1"),
        (lambda: Shares(validation=float("nan")), "the share of validation layouts must be between 0 and 1, found nan"),
        (lambda: Shares(0.5, 0.5), "must sum to less than 1, found 0.5 and 0.5"),
        (lambda: draw_split(TRAINED, 0, split="test", shares=SHARES, seed=0), "1 or more mazes .* found 0"),
        (
            lambda: draw_split(TRAINED, 1, split="shift", shares=SHARES, seed=0),
            "unknown split 'shift'; there are train",
        ),
        (
            lambda: draw_shift(TRAINED, 1, trained=TRAINED, shares=SHARES, seed=0),
            "a shift must differ from what is trained on: both are mazes of width 4 and height 3 by wilson",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, message):
    with pytest.raises(MazeError, match=message):
        make()


def test_mazes_need_the_standard_library_alone():
    for path in sorted(LIBRARY.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.startswith("nrag.mazes") or name.split(".")[0] in sys.stdlib_module_names, path.name


def test_all_of_a_generator_in_a_table_are_its_own(rows):
    by_depth = [row for row in rows if row.generator == "depth-first"]
    assert len(by_depth) == 200
    assert all(depth_first_reaches(read(row.maze).layout) for row in by_depth)
    by_wilson = [read(row.maze).layout for row in Random(0).sample(rows, 200) if row.generator == "wilson"]
    assert not all(depth_first_reaches(layout) for layout in by_wilson)
