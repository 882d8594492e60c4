"""What the files of a study hold in one table each; tests corrected for how many there are of each kind."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.corrections import benjamini_hochberg, holm
from nrag.statistics.label_tests import HEADLINE
from nrag.statistics.stability import sign_dependence

_CONDITION = ["space", "model", "pooling", "reduction", "bins", "size"]


def table_of_tests(
    parts: Iterable[tuple[Mapping[str, Any], pd.DataFrame, Mapping[str, str]]], signs: pd.DataFrame
) -> pd.DataFrame:
    """One row for each test: the run's place, the columns of contracts.TESTS, null, q, p_holm and sign_depends_on.

    `parts` are of each run its place, tests and, by comparison, the null in words. q is p after Benjamini and
    Hochberg (1995) over a family: all rows of one test and metric in this table, of graphs or of their layers.
    p_holm is p of the headline test, the total variation of edges, after Holm (1979) over the comparisons that one
    model has under one pooling, reduction and grid; NaN in other rows. A comparison of one label has neither, nor a
    null, and is none of those that are corrected for. sign_depends_on is what `signs`, as of `signs_of`,
    says of a difference; null where it says nothing.
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
    return _with_signs(table, signs, expected="one_to_one")[[*contracts.RUN, *_columns()]]


def table_of_samples(
    parts: Iterable[tuple[Mapping[str, Any], pd.DataFrame, Mapping[str, str]]],
    contract: contracts.Table,
    signs: pd.DataFrame,
) -> pd.DataFrame:
    """One row for each of the rows of several conditions: the run's place, null, the other columns of the contract,
    and sign_depends_on before `seeds`.

    `parts` are of each condition (corpus, pooling, reduction, bins, size) its name, its rows, which say the space, and
    by comparison the null in words; `signs` as in `table_of_tests`. Rarefaction, of single labels, has neither null
    nor signs.
    """
    own = [column.name for column in contract.columns if column.name != "space"]
    frames = [
        rows.assign(**condition, null=rows["comparison"].map(nulls)) for condition, rows, nulls in parts if len(rows)
    ]
    if contract is contracts.INTERVALS:
        # Labels by themselves, and halves of one, have nothing to permute.
        frames = [each.assign(null=each["null"].mask(each["test"].isin(["label", "floor"]))) for each in frames]
    if contract is contracts.RAREFACTION:
        columns = [*contracts.RUN, *own]
        return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)
    place = own.index("seeds")
    columns = [*contracts.RUN, "null", *own[:place], "sign_depends_on", *own[place:]]
    if not frames:
        return pd.DataFrame(columns=columns)
    return _with_signs(pd.concat(frames, ignore_index=True), signs)[columns]


def signs_of(parts: Iterable[tuple[Mapping[str, str], pd.DataFrame]]) -> pd.DataFrame:
    """`stability.sign_dependence` of several spaces and corpora, each with its variants (contracts.VARIANTS)."""
    frames = [sign_dependence(variants).assign(**place) for place, variants in parts]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*_SIGNED, "sign_depends_on"])


# --------------------------------------------------------------------------------------- private

_SIGNED = [*contracts.RUN, "comparison", "model", "metric", "layer"]


def _with_signs(table: pd.DataFrame, signs: pd.DataFrame, *, expected: str = "many_to_one") -> pd.DataFrame:
    of_table, of_signs = (
        each.assign(layer=each["layer"].astype("Int16").fillna(-1)) for each in (table, signs.assign(test="difference"))
    )
    # A floor has a row for each label; of tests there is one, `expected`.
    keys = [*_SIGNED, "test"]
    found = of_table[keys].merge(of_signs, how="left", on=keys, validate=expected)
    return table.assign(sign_depends_on=found["sign_depends_on"].to_numpy(dtype=object))


def _columns() -> list[str]:
    named = [column.name for column in contracts.TESTS.columns]
    place = named.index("p") + 1
    return ["null", *named[:place], "q", "p_holm", "sign_depends_on", *named[place:]]
