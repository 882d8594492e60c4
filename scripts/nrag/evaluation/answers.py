"""Answers beside the mazes that they are to and the checkpoints that wrote them, and what they come to maze by maze."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.mazes.judging import moves_of

KIND = ["split", "generator", "width", "height"]
"""What tells mazes of one kind."""

TRAINED = ["stage", "seed", "step"]

PLACE = [*TRAINED, *KIND, "decoding"]
"""What answers have in common that are counted together."""

_OF_MAZES = ["id", *KIND, "length", "first_move", "answer"]


def described(
    answers: pd.DataFrame, mazes: pd.DataFrame, checkpoints: Sequence[Mapping[str, Any]], stages: Sequence[str]
) -> pd.DataFrame:
    """The answers (contracts.ANSWERS) with what is known of their mazes (contracts.MAZES) and of their checkpoints.

    `checkpoints` tell of each model its stage, seed and step, and whether it is the `last` of them; `stages` are names
    in the order that rows are to have. Further columns: `shortest`, the right answer, `exact`, whether the answer is
    that to the letter, and `first_move_right`. Rows are sorted by `PLACE`, maze and sample.

    Raises ValueError for an answer of a model or to a maze that is not there.
    """
    known = pd.DataFrame(list(checkpoints), columns=["model", *TRAINED, "last"])
    for column, there in (("model", known["model"]), ("id", mazes["id"])):
        unknown = answers.loc[~answers[column].isin(there), column]
        if len(unknown):
            raise ValueError(f"an answer is of {column} {unknown.iloc[0]!r}, which is not among those of the set")
    of_mazes = mazes[_OF_MAZES].rename(columns={"answer": "shortest"})
    table = answers.merge(known, on="model").merge(of_mazes, on="id")
    written = pd.Series(table["answer"].unique())
    first = dict(zip(written, (moves_of(answer)[:1] for answer in written), strict=True))
    table = table.assign(
        stage=pd.Categorical(table["stage"], list(stages)),
        exact=table["solved"] & (table["answer"] == table["shortest"]),
        first_move_right=table["answer"].map(first) == table["first_move"],
    )
    # Test mazes before shifted ones.
    order = table.assign(shifted=table["split"] != "test")
    by = [*TRAINED, "shifted", *KIND, "decoding", "id", "sample"]
    return table.loc[order.sort_values(by, kind="stable").index].reset_index(drop=True)


def by_maze(table: pd.DataFrame) -> pd.DataFrame:
    """What the answers to one maze come to: a row for each `PLACE` and maze of `described`.

    Columns: `answers`, how many; shares of them that are `solved`, `optimal`, `exact`, `ended` and begin right
    (`first_move_right`); `any_solved`; and sums of `moves` and `valid_moves`.
    """
    shares = {name: (name, "mean") for name in ("solved", "optimal", "exact", "ended", "first_move_right")}
    sums = {name: (name, "sum") for name in ("moves", "valid_moves")}
    grouped = table.groupby([*PLACE, "length", "id"], sort=False, observed=True)
    found = grouped.agg(answers=("solved", "size"), any_solved=("solved", "max"), **shares, **sums)
    return found.reset_index()
