"""Mazes: tables of them, what models answer, and how a training went."""

from nrag.contracts.columns import MODEL
from nrag.contracts.kinds import Column, Table

_PROMPT = Column("prompt", "string", "the drawing, a new line and `>`; the answer is written behind it")

MAZES = Table(
    "mazes",
    1,
    (
        Column("id", "string", "split, of a shift generator and size, and number of the maze"),
        Column("split", "string", "train, validation or test, by the layout alone; shift: another kind of mazes"),
        Column("generator", "string", "wilson, depth-first"),
        Column("width", "int16", "cells in a row"),
        Column("height", "int16", "rows of cells"),
        Column("maze", "string", "the drawing: lines of `#` wall, `.` free, `S` start, `E` end"),
        _PROMPT,
        Column("answer", "string", "the shortest way, a letter U, D, L or R for every cell that it enters"),
        Column("length", "int32", "moves of the shortest way"),
        Column("turns", "int32", "how often it changes direction"),
        Column("first_move", "string", "its first letter"),
        Column("dead_ends", "int32", "cells with one open side, S and E not counted"),
        Column("layout", "string", "digest of size and passages, 16 hexadecimal digits"),
    ),
    key=("id",),
)

ANSWERED = "answered"
"""What mazes as documents have beside these columns: the prompt with its shortest answer, as models learn it."""

ANSWERS = Table(
    "answers",
    1,
    (
        MODEL,
        Column("id", "string", "id of the maze"),
        Column("decoding", "string", "how tokens were chosen, such as greedy"),
        Column("sample", "int16", "number of the answer among those to this maze, from 0"),
        _PROMPT,
        Column("answer", "string", "as written, without the token that ends it"),
        Column("ended", "bool", "whether that token came; false where the answer was cut off"),
        Column("moves", "int32", "moves that it names; a character that names none counts as one"),
        Column("valid_moves", "int32", "those before the first that is blocked or unreadable"),
        Column("solved", "bool", "all moves are legal, the last one ends on E, and the answer ended there"),
        Column("optimal", "bool", "solved in as few moves as can be"),
        Column(
            "first_error",
            "string",
            "number of the move, from 0, and passed, wall, outside, character, unfinished or cut; null if solved",
            nullable=True,
        ),
    ),
    key=("model", "id", "decoding", "sample"),
)

TRAINING = Table(
    "training",
    1,
    (
        Column("step", "int32", "steps of the optimiser so far"),
        Column("loss", "float64", "mean loss since the row before; NaN where none was reported"),
        Column("reward", "float64", "mean reward of sampled answers; NaN in stages without a reward"),
        Column("kl", "float64", "divergence from the reference model, as the trainer reports it; NaN without one"),
        Column(
            "groups_without_spread",
            "float64",
            "share of prompts whose sampled answers all had one reward, from which nothing is learned; NaN as above",
        ),
        Column("accuracy", "float64", "share of held-back pairs whose right answer is preferred; NaN without pairs"),
        Column(
            "solve_rate", "float64", "share of validation mazes solved by greedy answers; NaN where none were asked"
        ),
        Column("mazes", "int32", "validation mazes asked; 0 between checkpoints"),
    ),
    key=("step",),
)

PAIRS = Table(
    "pairs",
    1,
    (
        Column("id", "string", "id of the maze, one of training"),
        _PROMPT,
        Column("chosen", "string", "the shortest way"),
        Column("rejected", "string", "an answer that does not solve the maze"),
        Column("source", "string", "sampled from a model, or how the shortest way was spoiled: cut, extended, …"),
        Column("layout", "string", "digest of the maze's walls"),
    ),
    key=("id",),
)
