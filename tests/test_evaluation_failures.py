"""Failures as text: what is chosen, how it is drawn, and that no answer can break out of it."""

import re

import pytest
from maze_answers import MORE, SFT, STAGES, answers_of, checkpoint, mazes_of
from write_failures import write_failures

from nrag import contracts, store
from nrag.evaluation.answers import described
from nrag.evaluation.failures import EXAMPLES, failures, visible, walked
from nrag.evaluation.lineages import in_order

HOSTILE = [
    "```\n<script>alert(1)</script>",
    "~~~~\n# A heading",
    "`````` R",
    "\x1b[31mR\x00",
    "[R](javascript:alert(1)) | <b>R</b>",
    "R\r\n\u2028\u202eR\\n",
]


def text_of(answers, **options):
    """The failures of a stage whose greedy answers are given, in the order of their mazes."""
    ways = {f"test{number:02}": "RR" for number in range(len(answers))}
    mazes = mazes_of(ways)
    given = {("sft", "greedy"): dict(zip(ways, answers, strict=True))}
    table = described(answers_of(mazes, given), mazes, [checkpoint("sft", SFT)], ["sft"])
    return failures(table.sample(frac=1, random_state=0), in_order(STAGES), name="small", **options)


def blocks_and_rest(text):
    """What stands in blocks of code and what does not, as CommonMark reads fences."""
    blocks, rest, fence = [], [], None
    for line in text.split("\n"):
        if fence is None and (found := re.match(r" {0,3}(`{3,}|~{3,})[^`]*$", line)):
            fence = found[1]
            blocks.append([])
        elif fence is not None and re.match(rf" {{0,3}}{fence[0]}{{{len(fence)},}} *$", line):
            fence = None
        else:
            (rest if fence is None else blocks[-1]).append(line)
    assert fence is None
    return blocks, rest


def test_every_kind_has_its_first_examples_and_its_number():
    text = text_of(["RR", "U", "U", "U", "U", "RRR", "R", "R…", "R!", ""])
    headings = re.findall(r"^#+ .*", text, re.MULTILINE)
    assert headings == [
        "# Mazes of the set small that are not solved",
        "## sft: 9 of 10 not solved",
        "### outside (4): a move goes out of the grid",
        "### character (1): a move cannot be read",
        "### passed (1): a move goes on from E",
        "### unfinished (2): a move is missing: the answer ends elsewhere than on E",
        "### cut (1): a move is missing: the answer had not ended when it was cut off",
    ]
    assert re.findall(r"^test\d+$", text, re.MULTILINE)[: EXAMPLES + 1] == ["test01", "test02", "test03", "test08"]
    assert "sft, seed 0, step 50." in text


def test_an_example_shows_maze_way_both_answers_and_the_error_in_words():
    blocks, _ = blocks_and_rest(text_of(["RRRU"]))
    assert blocks == [
        [
            "S...E....   SoooEoo..",
            "",
            "right     RR",
            "answered  RRRU",
            "error     move 3 goes on from E",
        ]
    ]


def test_stages_have_the_order_of_their_lineage_and_those_without_answers_none():
    mazes = mazes_of({"test0": "L"})
    given = {("more", "greedy"): {"test0": "R"}, ("sft", "greedy"): {"test0": "L"}}
    known = [checkpoint("more", MORE), checkpoint("sft", SFT)]
    table = described(answers_of(mazes, given), mazes, known, ["sft", "more"])
    text = failures(table, in_order(STAGES), name="small")
    assert re.findall(r"^## .*", text, re.MULTILINE) == ["## sft: 0 of 1 not solved", "## more: 1 of 1 not solved"]


@pytest.mark.parametrize("answer", HOSTILE)
def test_no_answer_breaks_out_of_its_block(answer):
    text = text_of([answer])
    blocks, rest = blocks_and_rest(text)
    (block,) = blocks
    # Not even a reader that ends blocks anywhere finds the fence inside.
    fence = re.search(r"^`+", text, re.MULTILINE)[0]
    assert fence not in "\n".join(block)
    assert block[3] == f"answered  {visible(answer)}"
    assert len(block) == 5
    assert not re.search(r"script|javascript|<b>|heading|~~~|\x1b|\x00", "\n".join(rest))
    assert all(line.isprintable() for line in [*block, *rest])


def test_different_answers_look_different():
    shown = [visible(answer) for answer in [*HOSTILE, "R\n", "R\\n", "R", "(nothing)!", ""]]
    assert len(set(shown)) == len(shown)


def test_the_way_is_drawn_over_the_maze_with_a_border_too():
    maze = "#######\n#S#...#\n#.#.#.#\n#...#E#\n#######\n>"
    assert walked(maze, "DRU", 3) == "#######\n#S#o..#\n#o#o#.#\n#ooo#E#\n#######"
    assert walked(maze, "DRU", 1) == "#######\n#S#...#\n#o#.#.#\n#o..#E#\n#######"
    assert walked(maze, "", 0) == maze[:-2]


def test_the_written_file_is_of_one_seed_and_of_test_mazes(tmp_path):
    mazes = mazes_of({"shift0": "RR", "test0": "RR"})
    given = {
        (f"sft@{seed}", decoding): {"shift0": "U", "test0": text}
        for seed, text in ((3, "R"), (4, "L"))
        for decoding in ("greedy", "sampled")
    }
    made = {"provenance": {"software": {}, "parameters": {}, "inputs": {}}}
    store.write_table(tmp_path / "answers.parquet", answers_of(mazes, given), contracts.ANSWERS, **made)
    store.write_table(tmp_path / "mazes.parquet", mazes, contracts.MAZES, **made)
    write_failures(
        tmp_path / "answers.parquet",
        tmp_path / "mazes.parquet",
        tmp_path / "failures.md",
        name="small",
        stages={"sft": {"method": "sft", "steps": 50, "batch": 8, "learning_rate": 1e-3}},
        checkpoints=[checkpoint(f"sft@{seed}", SFT, seed=seed) for seed in (3, 4)],
        seed=4,
    )
    text = (tmp_path / "failures.md").read_text(encoding="utf-8")
    assert "sft, seed 4, step 50." in text
    assert re.findall(r"^(?:test|shift)\d$", text, re.MULTILINE) == ["test0"]
    assert "answered  L" in text
