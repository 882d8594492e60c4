"""Which tokens stand in which neurons' patterns, and in what role: what search and comparison look at."""

from collections.abc import Mapping

import pandas as pd

ROLES = ("activating", "context")


def token_index(patterns: pd.DataFrame, texts: Mapping[int, str]) -> pd.DataFrame:
    """A row for each block, neuron, sign, role and token (contracts.TOKENS).

    `patterns` are rows as of contracts.PATTERNS, `texts` what tokens look like. The weight of a token is the largest
    activation of the patterns that it stands in.
    """
    keys = ["block", "neuron", "sign"]
    activating = patterns.drop_duplicates([*keys, "pattern"]).rename(columns={"activating": "token"})
    activating = activating[[*keys, "pattern", "token", "activation", "examples"]].assign(distance=pd.NA, role=ROLES[0])
    context = patterns[patterns["context"].notna()].drop(columns="activating").rename(columns={"context": "token"})
    context = context[[*keys, "pattern", "token", "activation", "examples", "distance"]].assign(role=ROLES[1])
    rows = pd.concat([activating.astype({"distance": "Int16"}), context], ignore_index=True)
    rows["token"] = rows["token"].astype("int32")
    # Once, though a pattern may have a token at several distances.
    rows["examples"] = rows["examples"].where(~rows.duplicated([*keys, "role", "token", "pattern"]), 0)
    found = rows.groupby([*keys, "role", "token"], sort=True).agg(
        activation=("activation", "max"),
        patterns=("pattern", "nunique"),
        examples=("examples", "sum"),
        min_distance=("distance", "min"),
        max_distance=("distance", "max"),
    )
    table = found.reset_index()
    table.insert(5, "text", table["token"].map(texts))
    return table
