"""How far labels lie apart, as the page shows it: a row for each comparison and model, beside its controls."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from nrag import contracts
from nrag.comparison import model_in
from nrag.controls import shared_space
from nrag.page.numbers import number
from nrag.statistics import one_label
from nrag.statistics.label_tests import HEADLINE

SHOWN = {HEADLINE: ("edges", "p_holm", "p (Holm)"), "region_divergence": ("regions, bits", "q", "q")}
"""The separations of whole graphs that the page shows: what they are of, and which p stands beside them."""

_CONDITION = ["corpus", "comparison", "pooling", "reduction", "bins", "size"]


def statistics_view(
    tests: pd.DataFrame, controls: Mapping[str, Sequence[str]], contrasts: pd.DataFrame | None = None
) -> dict[str, Any]:
    """The table of the page from tests.tsv and contrasts.tsv of `nrag.statistics`, read back as text.

    `controls` names each trained model's untrained twins: these have no rows of their own, but the range of their
    effects stands in the model's row, and the contrast with them at as many documents. A model in a shared space has
    the twins that share it, one in its own those in theirs: other planes are other regions. A cell is None where there
    is no such number. Rows of one comparison stand together; corpus, pooling, reduction and grid are columns if there
    are several. The bag of words is no model and has no pooling: both are empty in its rows. A comparison of one label
    has no rows but is one of the `problems`.
    """
    single = one_label.among(tests)
    shown = _of_graphs(tests[~single]).astype({"effect": float})
    shown["shared"] = shared_space(shown)
    learned = {} if contrasts is None else _by_place(_of_graphs(contrasts))
    places = dict.fromkeys(zip(shown["shared"], shown["model"], strict=True))
    twins = {(shared, twin) for shared, model in places for twin in controls.get(model, ())}
    rows = []
    for (*condition, space, shared, model), found in shown.groupby(
        [*_CONDITION, "space", "shared", "model"], sort=False
    ):
        if (shared, model) in twins:
            continue
        there = (shown[[*_CONDITION, "shared"]] == [*condition, shared]).all(axis=1)
        alike = shown[there & shown["model"].isin(controls.get(model, ()))]
        untrained = alike.groupby("metric")["effect"].agg(["min", "max"])
        of_metric = {each.metric: each for each in found.itertuples()}
        first = next(iter(of_metric.values()))
        row = dict(zip(_CONDITION, condition, strict=True))
        row |= {"grid": f"{first.size} × {first.size} {first.bins}", "model": model, "name": model_in(space, model)}
        if model == contracts.BAG_OF_WORDS:
            # It stands beside every model, whichever is looked at, under every pooling.
            row |= {"pooling": "", "model": "", "name": "bag of words"}
        row["null"] = first.null
        row["documents"] = _counted(first.documents)
        row["cells"] = [
            cell
            for metric, (_, p, _) in SHOWN.items()
            for cell in (
                _effect(of_metric.get(metric)),
                _between(*untrained.loc[metric]) if metric in untrained.index else None,
                _contrast(learned.get((*condition, space, model, metric))),
                _chance(of_metric.get(metric), p),
            )
        ]
        rows.append(row)
    compared = list(dict.fromkeys((row["corpus"], row["comparison"]) for row in rows))
    rows.sort(key=lambda row: compared.index((row["corpus"], row["comparison"])))
    names = ("corpus", "pooling", "reduction", "grid", "null")
    varying = [name for name in names if len({row[name] for row in rows} - {""}) > 1]
    nulls = {row["null"] for row in rows}
    return {
        "null": nulls.pop() if len(nulls) == 1 else "",
        "groups": [(of, p) for of, _, p in SHOWN.values()],
        "rows": rows,
        "varying": varying,
        "problems": list(_problems(tests, single)),
    }


def chance(p: float) -> str:
    """A p with two significant digits.

    >>> chance(0.0001), chance(0.0321), chance(0.5), chance(1.0)
    ('0.0001', '0.032', '0.5', '1')
    """
    return f"{p:.{1 - math.floor(math.log10(p))}f}".rstrip("0").rstrip(".")


# --------------------------------------------------------------------------------------- private


def _of_graphs(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of what is shown, of whole graphs."""
    return table[(table["test"] == "separation") & table["metric"].isin(list(SHOWN)) & table["layer"].isna()]


def _problems(tests: pd.DataFrame, single: pd.Series) -> Iterator[dict[str, str]]:
    """Why a comparison was not tested, once for all models, or for each where labels differ from model to model."""
    place = ["corpus", "comparison"]
    of_models = tests.groupby(place)["documents"].transform("nunique") > 1
    model = tests["model"].where(of_models, "")
    for row in tests.assign(of=model)[single].drop_duplicates([*place, "of"]).itertuples():
        counted = _counted(row.documents) or "no label"
        named = f"{row.comparison} ({row.of})" if row.of else row.comparison
        yield {"corpus": row.corpus, "comparison": named, "documents": counted, "problem": row.note}


def _counted(documents: str) -> str:
    return ", ".join(f"{count} {label}" for label, count in json.loads(documents).items())


def _by_place(table: pd.DataFrame) -> dict[tuple, Any]:
    keys = table[[*_CONDITION, "space", "model", "metric"]].itertuples(index=False, name=None)
    return dict(zip(keys, table.itertuples(), strict=True))


def _effect(test: Any) -> dict[str, str] | None:
    if test is None or math.isnan(test.effect):
        return None
    beside = f"{_number(test.observed)} − {_number(test.null_mean)}"
    return {"text": _number(test.effect), "value": str(test.effect), "beside": beside}


def _between(low: float, high: float) -> dict[str, str] | None:
    if math.isnan(low):
        return None
    ends = dict.fromkeys([_number(low), _number(high)])
    return {"text": " to ".join(ends), "value": str(high), "beside": ""}


def _contrast(contrast: Any) -> dict[str, str] | None:
    if contrast is None or pd.isna(contrast.value):
        return None
    interval = "no interval" if pd.isna(contrast.low) else f"{_number(contrast.low)} to {_number(contrast.high)}"
    beside = f"{interval}, {contrast.m} a label"
    return {"text": _number(contrast.value), "value": contrast.value, "beside": beside}


def _chance(test: Any, name: str) -> dict[str, str] | None:
    if test is None or pd.isna(getattr(test, name)):
        return None
    value = float(getattr(test, name))
    return {"text": chance(value), "value": str(value), "beside": ""}


def _number(value: Any) -> str:
    return number(float(value), 3)
