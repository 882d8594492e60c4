"""What of a study's statistics holds whatever the seed, the grid, the reduction: variants beside the reference."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.statistics.factors import FACTOR_LETTERS, FACTOR_NAMES, FACTORS, REFERENCE

NOTHING = "nothing"
"""Said of a difference whose sign is the same under every variant."""

_PLACE = ["pooling", "reduction", "bins", "size"]
_STATISTIC = ["comparison", "labelling", "model", "test", "metric", "layer"]
_FINDING = [*_PLACE, "comparison", "model", "metric", "layer"]
_ALL_LAYERS = -1
"""In the place of the layer of a graph as a whole: nulls are no keys."""

_ROUNDING, _SHARE = 1e-12, 1e-9
"""A value this small, or this small a share of the largest of its variants, is 0: nothing but rounding makes it."""


def table_of_stability(parts: Iterable[tuple[Mapping[str, Any], pd.DataFrame]]) -> pd.DataFrame:
    """A row for each statistic of each run and each factor that is varied.

    `parts` are space and corpus with their variants (contracts.VARIANTS). Columns: those of contracts.RUN, of the
    statistic and `factor`; `variants` in which it is defined; `reference`, NaN of an agreement, which is one with the
    reference; `minimum` and `maximum` of the variants; of differences `sign_agreement`, the share of the variants that
    have the reference's sign, and `sign_changes`, whether reference and variants lie on both sides of 0;
    `profile_correlation`, Spearman's rho of the layers' values with those of the reference, and `rank_correlation`,
    the same over models and comparisons of the corpus, each the mean over the variants, NaN below three values or
    where all are equal; `values` of the variants by name, a JSON object.
    """
    frames = [variants.assign(space=place["space"], corpus=place["corpus"]) for place, variants in parts]
    names = [*contracts.RUN, *_STATISTIC, "factor"]
    counted = ["variants", "reference", "minimum", "maximum", "sign_agreement", "sign_changes"]
    columns = [*names, *counted, "profile_correlation", "rank_correlation", "values"]
    if not any(len(frame) for frame in frames):
        return pd.DataFrame(columns=columns)
    found = _beside_reference(pd.concat(frames, ignore_index=True), ["space", "corpus"])
    layers = found[found["layer"] != _ALL_LAYERS]
    profile = _rank_correlation(layers, [name for name in names if name != "layer"])
    ranks = _rank_correlation(
        found, [name for name in names if name not in ("space", "comparison", "labelling", "model")]
    )
    agrees = _signs(found["value"], found) == _signs(found["reference"], found)
    found["agrees"] = agrees.astype(float).where(found["value"].notna())
    found["named"] = _named(found["variant"], found["value"])
    groups = found.groupby(names, sort=False, dropna=False)
    table = groups.agg(
        variants=("value", "count"),
        reference=("reference", "first"),
        minimum=("value", "min"),
        maximum=("value", "max"),
        sign_agreement=("agrees", "mean"),
        sign_changes=("changes", "first"),
        values=("named", ", ".join),
    ).reset_index()
    table["values"] = "{" + table["values"] + "}"
    signed = table["test"] == "difference"
    table["sign_agreement"] = table["sign_agreement"].where(signed & table["reference"].notna())
    table["sign_changes"] = table["sign_changes"].astype(object).where(signed)
    for column, correlation in {"profile_correlation": profile, "rank_correlation": ranks}.items():
        table = table.merge(correlation.rename(column), how="left", left_on=correlation.index.names, right_index=True)
    return _ordered(table)[columns]


def sign_dependence(variants: pd.DataFrame) -> pd.DataFrame:
    """On what the sign of each difference depends: pooling, reduction, bins, size, comparison, model, metric, layer
    and `sign_depends_on`, names of factors such as "seed, shift", or `NOTHING`.

    It depends on a factor where the reference and its variants lie on both sides of 0. A 0, up to rounding, is on
    neither side, and a difference without a variant has no row. However small a difference is, its sign counts: what
    is printed can be read. `variants` are of one space and corpus (contracts.VARIANTS).
    """
    found = _beside_reference(variants[variants["test"] == "difference"], [])
    changes = found.groupby([*_FINDING, "factor"], sort=False)["changes"].first().reset_index()
    changes["rank"] = changes["factor"].map(FACTORS.index)
    changes = changes.sort_values("rank", kind="stable")
    named = changes["factor"].where(changes["changes"], "").groupby([changes[name] for name in _FINDING], sort=True)
    flagged = named.agg(lambda factors: ", ".join(filter(None, factors)) or NOTHING)
    return _without_marks(flagged.rename("sign_depends_on").reset_index())


def changing(depends_on: pd.Series) -> pd.Series:
    """Those of values of `sign_depends_on` that name a factor: nulls and `NOTHING` left out."""
    return depends_on[depends_on.fillna(NOTHING) != NOTHING]


def factors_in_words(depends_on: Iterable[str]) -> str:
    """The factors that are named in any of these, each with its letter.

    >>> factors_in_words(["shift", "seed, shift", "reduction"])
    'seed (s), shift of the grid (g) or reduction (r)'
    """
    named = {factor for text in depends_on for factor in text.split(", ")}
    *first, last = [f"{words} ({FACTOR_LETTERS[factor]})" for factor, words in FACTOR_NAMES.items() if factor in named]
    return f"{', '.join(first)} or {last}" if first else last


def factors_in_letters(depends_on: str) -> str:
    """The factors of one value of `sign_depends_on` as figures write them beside a value.

    >>> factors_in_letters("seed, shift, reduction")
    's,g,r'
    """
    return ",".join(FACTOR_LETTERS[factor] for factor in depends_on.split(", "))


# --------------------------------------------------------------------------------------- private


def _beside_reference(variants: pd.DataFrame, further: Sequence[str]) -> pd.DataFrame:
    """The variants, each beside the reference's value, and whether the sign changes with their factor."""
    marked = variants.assign(layer=variants["layer"].fillna(_ALL_LAYERS).astype(int))
    keys = [*further, *_PLACE, *_STATISTIC]
    reference = marked.loc[marked["factor"] == REFERENCE[0], [*keys, "value"]].rename(columns={"value": "reference"})
    found = marked[marked["factor"] != REFERENCE[0]].merge(reference, how="left", on=keys)
    groups = found.groupby([*keys, "factor"], sort=False)
    found["largest"] = np.fmax(groups["value"].transform(lambda each: each.abs().max()), found["reference"].abs())
    lowest, highest = (np.fmin, np.fmax)
    signs = _signs(found["value"], found)
    own = _signs(found["reference"], found)
    by = [found[name] for name in [*keys, "factor"]]
    least = lowest(signs.groupby(by, sort=False).transform("min"), own)
    most = highest(signs.groupby(by, sort=False).transform("max"), own)
    found["changes"] = (least < 0) & (most > 0)
    return found


def _signs(values: pd.Series, found: pd.DataFrame) -> pd.Series:
    """−1, 0 or 1; NaN where undefined."""
    small = values.abs() <= np.fmax(_ROUNDING, _SHARE * found["largest"].fillna(0))
    return np.sign(values).where(~small, 0.0).where(values.notna())


def _rank_correlation(found: pd.DataFrame, names: list[str]) -> pd.Series:
    """By `names`, Spearman's rho of value and reference over the other keys: of each variant, then their mean."""
    keys = [*names, "variant"]
    both = found[found["value"].notna() & found["reference"].notna()]
    # Rounding must not order what is equal.
    rounded = both[["value", "reference"]].map(lambda value: 0.0 if abs(value) <= _ROUNDING else float(f"{value:.10g}"))
    by = [both[name] for name in keys]
    ranks = rounded.groupby(by, sort=False).rank()
    apart = ranks - ranks.groupby(by, sort=False).transform("mean")
    sums = pd.DataFrame(
        {
            "xy": apart["value"] * apart["reference"],
            "xx": apart["value"] ** 2,
            "yy": apart["reference"] ** 2,
            "n": 1,
        }
    )
    sums = sums.groupby(by, sort=False).sum()
    rho = (sums["xy"] / np.sqrt(sums["xx"] * sums["yy"])).where((sums["n"] >= 3) & (sums["xx"] > 0) & (sums["yy"] > 0))
    return rho.groupby(level=names, sort=False).mean()


def _named(variants: pd.Series, values: pd.Series) -> list[str]:
    """Each value by its variant as a part of a JSON object."""
    names = {variant: json.dumps(variant, ensure_ascii=False) for variant in variants.unique()}
    return [
        f"{names[variant]}: {'null' if np.isnan(value) else repr(float(f'{value:.10g}'))}"
        for variant, value in zip(variants, values, strict=True)
    ]


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Runs as they came, their statistics by name, factors in the order of `FACTORS`."""
    runs = {name: pd.Categorical(table[name], table[name].unique()) for name in contracts.RUN}
    ranks = table.assign(**runs, factor=table["factor"].map(FACTORS.index))
    statistic = ["comparison", "model", "test", "metric", "layer", "factor"]
    order = ranks.sort_values([*contracts.RUN, *statistic], kind="stable").index
    return _without_marks(table.loc[order].reset_index(drop=True))


def _without_marks(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(layer=table["layer"].astype("Int16").where(table["layer"] != _ALL_LAYERS))
