"""The page of a block's neurons: their list, and of each its graph, scores, examples and what it is like.

One HTML file without a library, a font or a request of its own. Texts of the corpus are data that the page's script
puts into it as text.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.neurons.token_texts import visible
from nrag.page.html import environment
from nrag.page.neuron_entries import METHODS, SPLITS, Pair, entry, row, scores_of
from nrag.page.neuron_links import labels_of, regions_of, similar_of
from nrag.page.numbers import number

TOGETHER = 16
"""Neurons that are packed together: what one needs of a page is unpacked when it is chosen."""

_MEASURES = ("precision", "recall", "f1", "pearson", "detection_balanced_accuracy", "detection_auc")


def block_page(
    template: str,
    *,
    study: str,
    model: str,
    corpus: str,
    block: int,
    graphs: Sequence[Mapping[str, Any]],
    scores: pd.DataFrame,
    failures: pd.DataFrame,
    summary: pd.DataFrame,
    similar: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
    regions: Mapping[str, pd.DataFrame] | None = None,
    pages: Sequence[tuple[str, int]] = (),
    threshold: float,
) -> str:
    """The page as HTML text, the same every time.

    `graphs` are those of one block (`graphs.graph`); tables are as of contracts SCORES, FAILURES, SIMILAR,
    LABEL_NEURONS and, by the name of a run, REGION_NEURONS; `summary` is that of `summary.block_summary`, which may be
    text read back from TSV. Their rows of other blocks are left out. `pages` are the model and block
    of each page that lies beside this one, of the same corpus. `threshold` is the part of a sign's largest activation
    from which on it fires.
    """
    failures, summary = _of_block(failures, block), _of_block(_numbers(summary), block)
    measured = scores_of(_of_block(scores, block))
    named = {
        "similar": {} if similar is None else similar_of(similar, model=model, block=block),
        "labels": {} if labels is None else labels_of(labels, block=block),
        "regions": regions_of(regions or {}, model=model, block=block),
    }
    return environment().from_string(template).render(
        study=study,
        model=model,
        corpus=corpus,
        block=block,
        threshold=threshold,
        blocks=[(number, page_name(name, corpus, number)) for name, number in pages if name == model],
        others=[(name, page_name(name, corpus, block)) for name, number in pages if name != model and number == block],
        pieces=in_pieces(graphs),
        facts=_facts(graphs, failures),
        measures=_MEASURES,
        overview=_overview(summary),
        failures=failures.to_dict("records"),
        linked=[name for name, own in named.items() if own],
        data=_packed(graphs, measured, named, threshold=threshold),
    )  # fmt: skip


def page_name(model: str, corpus: str, block: int) -> str:
    """The file of a block's page, in the folder of all."""
    return f"{model}--{corpus}--block-{block}.html"


def in_pieces(graphs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether tokens are pieces of words, without spaces, between which a text has spaces: none holds a space."""
    texts = [text for graph in graphs for text in graph["tokens"].values()]
    return bool(texts) and not any(" " in text for text in texts)


def _numbers(summary: pd.DataFrame) -> pd.DataFrame:
    """A summary whose numbers are numbers, also where every field was read as text."""
    numbers = [name for name in summary.columns if name not in ("method", "split")]
    return summary.assign(**{name: pd.to_numeric(summary[name]).astype(float) for name in numbers})


def _of_block(table: pd.DataFrame, block: int) -> pd.DataFrame:
    return table[table["block"] == block]


def _facts(graphs: Sequence[Mapping[str, Any]], failures: pd.DataFrame) -> list[tuple[int, str]]:
    traced = {graph["neuron"] for graph in graphs}
    failed = failures[~failures["neuron"].isin(traced)]
    dead = set(failed.loc[failed["reason"].str.startswith("dead"), "neuron"])
    kinds = [graph["kind"] for graph in graphs]
    return [
        (len(traced), "neurons with a graph"),
        (len(graphs), "graphs, of a sign each"),
        (len(set(failed["neuron"]) - dead), "neurons without a pattern"),
        (len(dead), "dead neurons"),
        (sum("dense" in kind for kind in kinds), "dense graphs"),
        (sum("single-token" in kind for kind in kinds), "graphs of a single token"),
    ]


def _overview(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Of each split and method the means over both signs with their intervals, as text."""
    rows = []
    both = summary[summary["sign"] == 0]
    places = {(each.split, each.method): each for each in both.itertuples(index=False)}
    for split in SPLITS:
        for method in METHODS:
            own = places.get((split, method))
            if own is not None:
                cells = [_mean(*(getattr(own, f"{name}{end}") for end in ("", "_low", "_high"))) for name in _MEASURES]
                rows.append({"split": split, "method": method, "firing": int(own.firing), "cells": cells})
    return rows


def _mean(mean: float, low: float, high: float) -> tuple[str, str]:
    if pd.isna(mean):
        return "–", ""
    return number(mean, 2), "" if pd.isna(low) else f"{number(low, 2)} to {number(high, 2)}"


def _packed(
    graphs: Sequence[Mapping[str, Any]],
    scores: Mapping[Pair, Mapping[tuple[str, str, int], Any]],
    named: Mapping[str, Mapping[Pair, Sequence[Any]]],
    *,
    threshold: float,
) -> str:
    """JSON that may stand in an element: its texts are base64 of JSON that is packed with zlib."""
    texts = list(dict.fromkeys(visible(text) for graph in graphs for text in graph["tokens"].values()))
    numbers = {text: place for place, text in enumerate(texts)}
    pieces = in_pieces(graphs)
    of_pairs = {(graph["neuron"], graph["sign"]): graph for graph in graphs}
    entries = []
    for graph in graphs:
        pair = graph["neuron"], graph["sign"]
        signs = {sign: of_pairs[pair[0], sign] for sign in (1, -1) if (pair[0], sign) in of_pairs}
        counts = {sign: each["histogram"] for sign, each in signs.items()}
        fires = {sign: threshold * each["peak_of_sign"] for sign, each in signs.items()}
        links = {name: own.get(pair, ()) for name, own in named.items()}
        own = scores.get(pair, {})
        entries.append(entry(graph, own, counts=counts, fires=fires, pieces=pieces, links=links))
    rows = [row(graph, scores.get((graph["neuron"], graph["sign"]), {}), numbers) for graph in graphs]
    parts = [entries[start : start + TOGETHER] for start in range(0, len(entries), TOGETHER)]
    list_ = {"texts": texts, "rows": rows, "together": TOGETHER}
    return json.dumps({"list": _zipped(list_), "parts": [_zipped(part) for part in parts]})


def _zipped(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode("utf-8", errors="backslashreplace"), 9)).decode("ascii")
