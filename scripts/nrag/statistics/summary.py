"""What the files of a study hold in one table each; tests corrected for how many there are of each kind."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.corrections import benjamini_hochberg, holm
from nrag.statistics.label_tests import HEADLINE

_CONDITION = ["space", "model", "pooling", "reduction", "bins", "size"]


def table_of_tests(
    parts: Iterable[tuple[Mapping[str, Any], pd.DataFrame, Mapping[str, str]]], signs: pd.DataFrame
) -> pd.DataFrame:
    """One row for each test: the run's place, the columns of contracts.TESTS, null, q, p_holm and sign_depends_on.

    `parts` are of each run its place, tests and, by comparison, the null in words. q is p after Benjamini and
    Hochberg (1995) over a family: all rows of one test and metric in this table, of graphs or of their layers.
    p_holm is p of the headline test, the total variation of edges, after Holm (1979) over the comparisons that one
    model has under one pooling, reduction and grid; NaN in other rows. sign_depends_on is what `signs`, a table as of
    `stability.sign_dependence` with space and corpus, says of a difference; null where it says nothing.
    """
    frames = [
        tests.assign(**{name: place[name] for name in contracts.RUN}, null=tests["comparison"].map(nulls))
        for place, tests, nulls in parts
        if len(tests)
    ]
    if not frames:
        return pd.DataFrame(columns=[*contracts.RUN, *_columns()])
    table = pd.concat(frames, ignore_index=True)
    families = table.groupby(["test", "metric", table["layer"].isna()], sort=False)["p"]
    table["q"] = families.transform(lambda p: benjamini_hochberg(p.to_numpy(dtype=float)))
    headline = (table["metric"] == HEADLINE) & table["layer"].isna()
    compared = table[headline].groupby(_CONDITION, sort=False)["p"]
    table["p_holm"] = compared.transform(lambda p: holm(p.to_numpy(dtype=float))).reindex(
        table.index, fill_value=np.nan
    )
    return _with_signs(table, signs)[[*contracts.RUN, *_columns()]]


def _with_signs(table: pd.DataFrame, signs: pd.DataFrame) -> pd.DataFrame:
    keys = [*contracts.RUN, "comparison", "model", "metric", "layer"]
    of_tests, of_signs = (
        each.assign(layer=each["layer"].astype("Int16").fillna(-1)) for each in (table, signs.assign(test="difference"))
    )
    found = of_tests[[*keys, "test"]].merge(of_signs, how="left", on=[*keys, "test"], validate="one_to_one")
    return table.assign(sign_depends_on=found["sign_depends_on"].to_numpy(dtype=object))


def table_of_samples(
    parts: Iterable[tuple[Mapping[str, Any], pd.DataFrame, Mapping[str, str]]], contract: contracts.Table
) -> pd.DataFrame:
    """One row for each of the rows of several conditions: the run's place, null, the other columns of the contract.

    `parts` are of each condition (corpus, pooling, reduction, bins, size) its name, its rows, which say the space, and
    by comparison the null in words.
    """
    # Rarefaction permutes nothing.
    null = [] if contract is contracts.RAREFACTION else ["null"]
    columns = [*contracts.RUN, *null, *(column.name for column in contract.columns if column.name != "space")]
    frames = [
        rows.assign(**condition, null=rows["comparison"].map(nulls)) for condition, rows, nulls in parts if len(rows)
    ]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def _columns() -> list[str]:
    named = [column.name for column in contracts.TESTS.columns]
    place = named.index("p") + 1
    return ["null", *named[:place], "q", "p_holm", "sign_depends_on", *named[place:]]
