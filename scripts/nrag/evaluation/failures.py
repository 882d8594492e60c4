"""Failures one can read: mazes that a stage does not solve, with what it answered and where it first goes wrong."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from nrag.evaluation.lineages import Stage
from nrag.mazes.drawing import END, START, read_prompt
from nrag.mazes.judging import moves_of
from nrag.mazes.layouts import MOVES

EXAMPLES = 3
"""Of each kind of first error."""

KINDS = {
    "wall": "goes into a wall",
    "outside": "goes out of the grid",
    "character": "cannot be read",
    "passed": "goes on from E",
    "unfinished": "is missing: the answer ends elsewhere than on E",
    "cut": "is missing: the answer had not ended when it was cut off",
}
"""What the move of a first error does, by what `mazes.judging` calls it, in the order of sections."""

WALKED = "o"
"""Stands in a drawing where the answer went."""


def failures(table: pd.DataFrame, stages: Sequence[Stage], *, name: str) -> str:
    """Markdown with a few failures of every stage, of each kind of first error; `name` is that of the set.

    `table` are greedy answers to test mazes, of one checkpoint of each stage, as of `answers.described`. Shown are the
    first `EXAMPLES` of each kind in the order of their ids, which are drawn at random. What models wrote stands in
    blocks of code that it cannot end, with escapes for characters that are not seen.
    """
    parts = [
        f"# Mazes of the set {name} that are not solved\n",
        "The last checkpoint of every stage, its likeliest answer (greedy), mazes of test layouts: the first "
        f"{EXAMPLES} of each kind of first error. Beside each maze stands how far the answer goes, `{WALKED}`. "
        "Moves are counted from 1 here.\n",
    ]
    for stage in stages:
        own = table[table["stage"] == stage.name].sort_values("id", kind="stable")
        if len(own):
            parts += _stage(stage, own)
    return "\n".join(parts)


def visible(text: str) -> str:
    r"""A text on one line: backslashes doubled, characters that are not seen as escapes.

    >>> print(visible("R\nD\u202e\\"), visible(""))
    R\nD\u202e\\ (nothing)
    """
    shown = (each if each.isprintable() and each != "\\" else each.encode("unicode_escape").decode() for each in text)
    return "".join(shown) or "(nothing)"


def walked(prompt: str, answer: str, valid_moves: int) -> str:
    r"""The drawing of a prompt's maze with `WALKED` wherever the first `valid_moves` of an answer lead; S and E stay.

    >>> print(walked("S..\n##.\nE..\n>", "RDR", 2))
    Soo
    ##o
    E.o
    """
    maze = read_prompt(prompt)
    lines = [list(line) for line in prompt.split("\n")[:-1]]
    # With a border, the first cell stands one further in.
    border = (len(lines[0]) + 1) // 2 - maze.layout.width
    row, column = (2 * place + border for place in divmod(maze.start, maze.layout.width))
    for move in moves_of(answer)[:valid_moves]:
        down, right = MOVES[move]
        for _ in range(2):
            row, column = row + down, column + right
            if lines[row][column] not in (START, END):
                lines[row][column] = WALKED
    return "\n".join("".join(line) for line in lines)


# --------------------------------------------------------------------------------------- private


def _stage(stage: Stage, own: pd.DataFrame) -> list[str]:
    wrong = own[~own["solved"].astype(bool)]
    kinds = wrong["first_error"].str.split(" ").str[1]
    first = own.iloc[0]
    parts = [
        f"## {stage.name}: {len(wrong):,} of {len(own):,} not solved\n",
        f"{stage.method}, seed {first['seed']}, step {first['step']:,}.\n",
    ]
    for kind, said in KINDS.items():
        of_kind = wrong[kinds == kind]
        if len(of_kind):
            parts.append(f"### {kind} ({len(of_kind):,}): a move {said}\n")
            parts += [_example(row) for row in of_kind.head(EXAMPLES).to_dict("records")]
    return parts


def _example(row: Mapping[str, object]) -> str:
    number, kind = row["first_error"].split(" ")
    drawn = zip(
        row["prompt"].split("\n")[:-1],
        walked(row["prompt"], row["answer"], row["valid_moves"]).split("\n"),
        strict=True,
    )
    lines = [
        *(f"{maze}   {way}" for maze, way in drawn),
        "",
        f"right     {row['shortest']}",
        f"answered  {visible(row['answer'])}",
        f"error     move {int(number) + 1} {KINDS[kind]}",
    ]
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{row['id']}\n\n{fence}text\n{text}\n{fence}\n"
