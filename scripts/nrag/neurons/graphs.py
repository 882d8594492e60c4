"""The graph of a neuron as a line of JSON: its patterns, examples, histogram, and what it does to the output."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nrag.neurons.examples import SIGNS, Mined
from nrag.neurons.patterns import Pattern, Traced

AROUND = 12
"""Tokens of an example that are shown on either side of the activating one."""

SHOWN = 10
"""Examples that are shown, the strongest."""

DENSE = 0.1
"""A neuron's sign is dense that fires at more than this share of the tokens."""

Outputs = tuple[Sequence[tuple[int, float]], Sequence[tuple[int, float]]]
"""The tokens that a neuron raises most and those that it lowers most, with their logits."""


def kind_of(patterns: Sequence[Pattern], density: float) -> str:
    """single-token where all patterns are one token alone, dense, both joined by a comma, or nothing."""
    single = len({each.activating for each in patterns}) == 1 and not any(each.context for each in patterns)
    kinds = {"single-token": single, "dense": density > DENSE}
    return ", ".join(kind for kind, own in kinds.items() if own)


def lines(
    block: int,
    traced: Sequence[tuple[int, int, Sequence[Traced]]],
    *,
    mined: Mined,
    documents: Sequence[np.ndarray],
    density: np.ndarray,
    texts: Mapping[int, str],
    outputs: Mapping[int, Outputs],
) -> Iterator[str]:
    """A line for each (neuron, sign, patterns), by neuron, + first.

    `density` (neurons, 2) are the shares of tokens at which each sign fires, `texts` what token ids look like,
    `outputs` are those of a neuron's positive activation, empty where the model has no output tokens.
    """
    for neuron, sign, patterns in sorted(traced, key=lambda each: (each[0], -each[1])):
        raised, lowered = outputs.get(neuron, ((), ()))
        if sign < 0:
            # What an activation raises its negative lowers.
            raised, lowered = ([(token, -logit) for token, logit in each] for each in (lowered, raised))
        share = float(density[neuron, SIGNS.index(sign)])
        yield as_line(
            graph(
                block, neuron, sign, patterns,
                mined=mined, documents=documents, density=share, texts=texts,
                kind=kind_of([each.pattern for each in patterns], share), outputs=(raised, lowered),
            )
        )  # fmt: skip


def graph(
    block: int,
    neuron: int,
    sign: int,
    patterns: Sequence[Traced],
    *,
    mined: Mined,
    documents: Sequence[np.ndarray],
    density: float,
    kind: str,
    texts: Mapping[int, str],
    outputs: Outputs = ((), ()),
) -> dict[str, Any]:
    """What is known of one sign of a neuron, in plain values; tokens by id, and what they look like in `tokens`.

    Patterns have the order of their numbers in the table. Activations are divided by the neuron's largest.
    """
    peak = float(mined.peaks[neuron].max())
    examples = _examples(mined, documents, neuron, sign, peak)
    said = {
        "block": block,
        "neuron": neuron,
        "sign": sign,
        "peak": peak,
        "peak_of_sign": mined.peak(neuron, sign),
        "density": density,
        "kind": kind,
        "patterns": [
            {
                "activating": each.pattern.activating,
                "activation": each.activation,
                "sufficiency": None if np.isnan(each.sufficiency) else each.sufficiency,
                "examples": each.examples,
                "context": [
                    {"distance": distance, "token": token, "importance": importance}
                    for (distance, token), importance in zip(each.pattern.context, each.importance, strict=True)
                ],
            }
            for each in sorted(patterns, key=lambda each: each.pattern)
        ],
        "examples": examples,
        "histogram": mined.histogram[neuron, SIGNS.index(sign)].tolist(),
        "raised": [[token, logit] for token, logit in outputs[0]],
        "lowered": [[token, logit] for token, logit in outputs[1]],
    }
    return said | {"tokens": {str(token): texts[token] for token in sorted(tokens_of(said))}}


def tokens_of(said: Mapping[str, Any]) -> set[int]:
    """The ids of all tokens that a graph names."""
    found = {pattern["activating"] for pattern in said["patterns"]}
    found |= {each["token"] for pattern in said["patterns"] for each in pattern["context"]}
    found |= {token for example in said["examples"] for token in example["tokens"]}
    return found | {token for token, _ in [*said["raised"], *said["lowered"]]}


def as_line(said: Mapping[str, Any]) -> str:
    """The graph as one line, the same bytes every time; numbers have seven digits, as float32 has."""
    return json.dumps(_short(said), ensure_ascii=False, separators=(",", ":")) + "\n"


def texts_in(paths: Iterable[str | Path]) -> dict[int, str]:
    """What the tokens of graphs look like, from files of their lines."""
    found: dict[int, str] = {}
    for path in paths:
        with Path(path).open(encoding="utf-8") as file:
            for line in file:
                found |= {int(token): text for token, text in json.loads(line)["tokens"].items()}
    return found


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return [_short(each) for each in value] if isinstance(value, list) else value


def _examples(
    mined: Mined, documents: Sequence[np.ndarray], neuron: int, sign: int, peak: float
) -> list[dict[str, Any]]:
    own = mined.best.of(neuron, sign)
    own = own.where(own.group == 0).where(slice(0, SHOWN))
    found = []
    for document, position, activation in zip(
        own.document.tolist(), own.position.tolist(), own.activation.tolist(), strict=True
    ):
        start = max(position - AROUND, 0)
        tokens = documents[document][start : position + AROUND + 1].tolist()
        found.append({
            "document": document, "position": position, "activation": abs(activation) / peak,
            "tokens": tokens, "at": position - start,
        })  # fmt: skip
    return found
