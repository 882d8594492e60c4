"""What the page of a block says of one sign of a neuron, in plain values for its script."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from nrag.neurons.drawing import drawing
from nrag.neurons.token_texts import visible
from nrag.neurons.tries import by_support
from nrag.page.histograms import histogram

METHODS = ("graph", "token", "sequence")
SPLITS = ("text", "top")
LINKS = 12
"""Similar neurons, labels and regions that are listed of each neuron; of more the number."""

Pair = tuple[int, int]
"""A neuron and a sign."""


def scores_of(scores: pd.DataFrame) -> dict[Pair, dict[tuple[str, str, int], Any]]:
    """Rows as of contracts.SCORES by neuron and sign, and there by method, split and quantile."""
    found: dict[Pair, dict[tuple[str, str, int], Any]] = {}
    for row in scores.itertuples(index=False):
        own = found.setdefault((int(row.neuron), int(row.sign)), {})
        own[row.method, row.split, int(row.quantile)] = row
    return found


def row(graph: Mapping[str, Any], scores: Mapping[tuple[str, str, int], Any], texts: Mapping[str, int]) -> list[Any]:
    """What the list says: neuron, sign, F1 of each method in held-out text, density, patterns, kind, tokens.

    Tokens are places in `texts`, the activating ones, those of most examples first, and those of contexts.
    """
    whole = [scores.get((method, "text", 0)) for method in METHODS]
    names = graph["tokens"]
    patterns = [graph["patterns"][place] for place in by_support(graph["patterns"])]
    roles = [
        [each["activating"] for each in patterns],
        [each["token"] for pattern in patterns for each in pattern["context"]],
    ]
    tokens = [list(dict.fromkeys(texts[visible(names[str(token)])] for token in own)) for own in roles]
    f1 = [None if each is None else short(each.f1) for each in whole]
    return [graph["neuron"], graph["sign"], *f1, short(graph["density"]), len(patterns), graph["kind"], *tokens]


def entry(
    graph: Mapping[str, Any],
    scores: Mapping[tuple[str, str, int], Any],
    *,
    counts: Mapping[int, Sequence[int]],
    fires: Mapping[int, float],
    pieces: bool,
    links: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    """What is shown of a chosen neuron; `counts` are the histograms of both its signs, as far as they have a graph, and
    `fires` from which |activation| on they fire.

    With `pieces`, tokens are pieces of words, between which a text has spaces. `links` are similar neurons, labels and
    regions.
    """
    names = {int(token): text for token, text in graph["tokens"].items()}
    return {
        "peak": short(graph["peak_of_sign"]),
        "svg": drawing(graph).strip(),
        "histogram": histogram(counts, fires),
        "scores": _firing(scores),
        "whole": _whole(scores),
        "examples": [
            [each["document"], short(each["activation"]), *_cut(each, names, pieces=pieces)]
            for each in graph["examples"]
        ],
        "raised": [[visible(names[token]), short(logit)] for token, logit in graph["raised"]],
        "lowered": [[visible(names[token]), short(logit)] for token, logit in graph["lowered"]],
        "patterns": [
            [
                [[each["distance"], visible(names[each["token"]])] for each in pattern["context"]],
                visible(names[pattern["activating"]]),
                *(short(pattern[name]) for name in ("activation", "sufficiency", "examples")),
            ]
            for pattern in sorted(graph["patterns"], key=lambda each: -each["activation"])
        ],
        **{name: [list(rows[:LINKS]), max(len(rows) - LINKS, 0)] for name, rows in links.items()},
    }


def short(value: Any) -> Any:
    """A number with four digits, None where it is missing.

    >>> short(0.123456), short(float("nan")), short(7)
    (0.1235, None, 7)
    """
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return float(f"{value:.4g}") if isinstance(value, float) else int(value)


def readable(text: str) -> str:
    r"""A token as it stands in a text: spaces are spaces, what is unseen is shown.

    >>> readable(" a\n")
    ' a↵'
    """
    return " ".join(visible(part) if part else "" for part in text.split(" "))


def _cut(example: Mapping[str, Any], names: Mapping[int, str], *, pieces: bool) -> tuple[str, str, str]:
    """The text before the activating token, the token, and the text behind it."""
    shown = [readable(names[token]) for token in example["tokens"]]
    before, own, after = shown[: example["at"]], shown[example["at"]], shown[example["at"] + 1 :]
    if not pieces:
        return "".join(before), own, "".join(after)
    before, after = ("".join(each[2:] if _goes_on(each) else f" {each}" for each in side) for side in (before, after))
    return (before, own[2:], after) if _goes_on(own) else (f"{before} ", own, after)


def _goes_on(piece: str) -> bool:
    """Whether a piece goes on within a word."""
    return piece.startswith("##") and len(piece) > 2


def _firing(scores: Mapping[tuple[str, str, int], Any]) -> list[list[Any]]:
    """Split, quantile, tokens and firing ones, and of each method precision, recall and F1."""
    places = sorted({place[1:] for place in scores}, key=lambda place: (SPLITS.index(place[0]), place[1]))
    found = []
    for place in places:
        own = [scores.get((method, *place)) for method in METHODS]
        first = next(each for each in own if each is not None)
        numbers = [
            None if each is None else short(getattr(each, name))
            for each in own
            for name in ("precision", "recall", "f1")
        ]
        found.append([*place, short(first.tokens), short(first.firing), *numbers])
    return found


def _whole(scores: Mapping[tuple[str, str, int], Any]) -> list[list[Any]]:
    """Split, method, and what is measured of all tokens together: Pearson, R2, detection."""
    names = ("pearson", "r2", "detection_balanced_accuracy", "detection_auc")
    return [
        [split, method, *(short(getattr(scores[method, split, 0], name)) for name in names)]
        for split in SPLITS
        for method in METHODS
        if (method, split, 0) in scores
    ]
