"""The scores of a block: its graphs and look-up tables in documents that they were not made of."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.neurons.blocks import Settings, densities, methods_of
from nrag.neurons.examples import SIGNS, Mined
from nrag.neurons.graphs import kind_of
from nrag.neurons.patterns import Traced
from nrag.neurons.reading import Reader
from nrag.neurons.reservoirs import edges
from nrag.neurons.scores import HeldOut, Pair, ordinary, score
from nrag.neurons.scoring import QUANTILES, TOP

TOGETHER = 256
"""Neurons that are scored at once: a pass over the held-out documents for each such part, and its activations held."""


def score_block(
    reader: Reader,
    documents: Sequence[np.ndarray],
    test: np.ndarray,
    mined: Mined,
    graphs: Mapping[Pair, Sequence[Traced]],
    settings: Settings,
    *,
    test_tokens: int,
    skip: int = 0,
) -> pd.DataFrame:
    """Rows as of contracts.SCORES, without the block, of every neuron and sign in `graphs`.

    The reader's last projection is the block's. `test_tokens` of held-out text are drawn with the seed of the settings,
    the same for all blocks and models of one tokenizer.
    """
    lengths = np.array([len(each) for each in documents], dtype=np.int64)
    threshold = settings.asked.threshold
    text = np.zeros(len(lengths), dtype=bool)
    text[ordinary(lengths, test, tokens=test_tokens, seed=settings.asked.seed)] = True
    density = densities(mined, threshold=threshold)
    frames = []
    for part in _parts(graphs):
        top = {pair: _strongest(mined, pair) for pair in part}
        chosen = np.flatnonzero(text | np.isin(np.arange(len(text)), np.concatenate([*top.values(), []])))
        place = {document: number for number, document in enumerate(chosen.tolist())}
        table = score(
            reader,
            HeldOut(
                [documents[number] for number in chosen],
                text[chosen],
                {pair: [place[document] for document in own.tolist()] for pair, own in top.items()},
            ),
            methods_of(documents, mined, settings, part),
            peaks={pair: mined.peak(*pair) for pair in part},
            bounds={pair: quarters(mined, pair, threshold=threshold) for pair in part},
            threshold=threshold,
            skip=skip,
        )
        frames.append(table.join(_known(mined, part, density), on=["neuron", "sign"]))
    if not frames:
        return pd.DataFrame(columns=[column.name for column in contracts.SCORES.columns if column.name != "block"])
    found = pd.concat(frames, ignore_index=True)
    return found.sort_values(["neuron", "sign", "method", "split", "quantile"], kind="stable", ignore_index=True)


def quarters(mined: Mined, pair: Pair, *, threshold: float) -> list[float]:
    """Where a quarter of a sign's firing tokens ends and the next begins, as parts of the sign's peak.

    From the histogram; tokens of a bin count as evenly spread.
    """
    neuron, sign = pair
    bounds = edges() / mined.peak(neuron, sign)
    # What is stronger than the peak of the training documents is in the last quarter anyway.
    bounds[-1] = max(2 * bounds[-2], 2.0)
    lower, upper = np.maximum(bounds[:-1], threshold), np.maximum(bounds[1:], threshold)
    counts = mined.histogram[neuron, SIGNS.index(sign)] * (upper - lower) / np.diff(bounds)
    total = np.concatenate([[0.0], np.cumsum(counts)])
    edge = np.concatenate([lower, upper[-1:]])
    return np.interp(total[-1] * np.arange(1, QUANTILES) / QUANTILES, total, edge).tolist()


def _strongest(mined: Mined, pair: Pair) -> np.ndarray:
    own = mined.best.of(*pair)
    return own.document[own.group == 1][:TOP]


def _known(mined: Mined, graphs: Mapping[Pair, Sequence[Traced]], density: np.ndarray) -> pd.DataFrame:
    rows = {
        (neuron, sign): {
            "density": density[neuron, SIGNS.index(sign)],
            "peak": mined.peak(neuron, sign),
            "patterns": len(traced),
            "kind": kind_of([each.pattern for each in traced], density[neuron, SIGNS.index(sign)]),
        }
        for (neuron, sign), traced in graphs.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(table.index, names=["neuron", "sign"])
    return table


def _parts(graphs: Mapping[Pair, Sequence[Traced]]) -> Iterator[dict[Pair, Sequence[Traced]]]:
    neurons = sorted({neuron for neuron, _ in graphs})
    for start in range(0, len(neurons), TOGETHER):
        own = set(neurons[start : start + TOGETHER])
        yield {pair: traced for pair, traced in graphs.items() if pair[0] in own}
