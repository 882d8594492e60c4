"""The neurons of one block: which are traced, by which examples, and what came of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from nrag.neurons import choosing
from nrag.neurons.augmentation import Source, from_all
from nrag.neurons.baselines import sequence_table, token_table
from nrag.neurons.examples import SIGNS, WEAK, Found, Mined
from nrag.neurons.patterns import Pattern, Traced
from nrag.neurons.reading import PASS_TOKENS, Reader, values_at
from nrag.neurons.reservoirs import edges
from nrag.neurons.tracing import Asked, Examples, Outcome, trace
from nrag.neurons.windows import aligned, windows_of

TOGETHER = 2**16
"""Examples that are traced at once at most: more share more rows and hold more memory."""


@dataclass(frozen=True)
class Settings:
    """What the config says of tracing."""

    examples: int = 64
    context: int = 24
    asked: Asked = field(default_factory=Asked)


def settings_of(neurons: Mapping[str, Any]) -> Settings:
    """The settings of `neurons:` in the config; what is not given does not matter to who asks."""
    keys = ("threshold", "importance", "sufficiency", "seed")
    asked = {key: neurons[key] for key in keys if key in neurons}
    if asked.get("sufficiency") == 0:
        asked["fills"] = 0
    own = {key: neurons[key] for key in ("examples", "context") if key in neurons}
    return Settings(**own, asked=Asked(**asked))


@dataclass(frozen=True)
class Surface:
    """What a model is besides its network, as far as tracing needs it."""

    both: bool
    """Whether a state depends on tokens to its right."""
    mask: int | None = None
    """Token id that stands for a missing token."""


@dataclass(frozen=True)
class Failure:
    """A neuron without patterns, and why."""

    neuron: int
    sign: int
    reason: str


@dataclass(frozen=True)
class Traces:
    """What came of the neurons of a block."""

    traced: list[Outcome]
    failures: list[Failure]


def trace_block(
    reader: Reader,
    documents: Sequence[np.ndarray],
    test: np.ndarray,
    mined: Mined,
    settings: Settings,
    surface: Surface,
    *,
    neurons: Sequence[int] | None = None,
    sources: Sequence[Source] = (),
    tokens: int = PASS_TOKENS,
) -> Traces:
    """The patterns of the neurons of a block, of those that were mined as selected unless `neurons` are named.

    The reader's last projection is the block's. What comes of a neuron does not depend on which others are traced,
    on their order, or on `tokens`, the size of a pass. A neuron that cannot be traced is a failure with its reason.
    """
    wanted = sorted(set(map(int, mined.selected if neurons is None else neurons)))
    corpus = np.concatenate([documents[number] for number in np.flatnonzero(~test)] or [np.empty(0, np.int32)])
    peaks = mined.peaks.max(axis=1)
    known = peaks[np.isfinite(peaks)]
    alive = peaks >= choosing.DEAD * np.median(known) if len(known) else np.zeros(len(peaks), dtype=bool)
    traced: list[Outcome] = []
    failures: list[Failure] = []
    for neuron in wanted:
        if not np.isfinite(peaks[neuron]):
            failures.append(Failure(neuron, 0, "its activation is not finite"))
        elif not peaks[neuron]:
            failures.append(Failure(neuron, 0, "dead: it never fires in the training documents"))
        elif not alive[neuron]:
            reason = "dead: its largest activation is below a thousandth of the median of the block's neurons"
            failures.append(Failure(neuron, 0, reason))
    failed = {failure.neuron for failure in failures}
    together = max(TOGETHER // (2 * settings.examples), 1)
    for part in _parts([neuron for neuron in wanted if neuron not in failed], together):
        rows = training(documents, mined, settings, part)
        examples = _windows(documents, mined, rows, settings.context, both=surface.both)

        def measure(
            windows: np.ndarray, left: np.ndarray, right: np.ndarray, numbers: np.ndarray, own: Examples = examples
        ) -> np.ndarray:
            lengths = left + right + 1
            rows = aligned(windows, own.windows.before - left, lengths)
            values = values_at(reader, rows, lengths, left, own.neuron[numbers], tokens=tokens)
            return values * own.sign[numbers]

        neighbours = _neighbours(documents, rows, settings.context, both=surface.both)
        candidates = from_all(sources, neighbours) if sources else None
        outcomes = trace(
            examples, measure, corpus=corpus, asked=settings.asked, mask=surface.mask, candidates=candidates
        )
        traced += [outcome for outcome in outcomes if outcome.patterns]
        failures += [
            Failure(
                outcome.neuron,
                outcome.sign,
                f"none of its {outcome.examples} examples keeps its activation within {settings.context} tokens",
            )
            for outcome in outcomes
            if not outcome.patterns
        ]
    return Traces(traced, sorted(failures, key=lambda each: (each.neuron, -each.sign)))


def densities(mined: Mined, *, threshold: float) -> np.ndarray:
    """(neurons, 2) float64: share of all tokens at which each sign fires, `threshold` of its peak or more.

    From the histogram; within the bin in which the threshold lies, tokens count as evenly spread.
    """
    lower, upper = edges()[:-1], edges()[1:]
    at = threshold * mined.peaks[:, :, None]
    with np.errstate(invalid="ignore"):
        above = np.where(np.isinf(upper), at < lower, np.clip((upper - at) / (upper - lower), 0, 1))
    tokens = mined.histogram.sum(axis=(1, 2))[:, None]
    shares = (mined.histogram * above).sum(axis=2) / np.maximum(tokens, 1)
    return np.where(mined.peaks > 0, shares, 0.0)


def _parts(neurons: list[int], together: int) -> Iterator[list[int]]:
    for start in range(0, len(neurons), together):
        yield neurons[start : start + together]


def training(documents: Sequence[np.ndarray], mined: Mined, settings: Settings, neurons: Sequence[int]) -> Found:
    """The examples that patterns of some neurons are made of, of both signs where both are traced."""
    chosen = []
    for neuron in neurons:
        peak = mined.peaks[neuron].max()
        for place, sign in enumerate(SIGNS):
            if mined.peaks[neuron, place] < WEAK * peak or not mined.peaks[neuron, place]:
                continue
            best, random = mined.best.of(neuron, sign), mined.random.of(neuron, sign)
            # Where it does not fire there is nothing to explain.
            fires = np.abs(best.activation) >= settings.asked.threshold * mined.peaks[neuron, place]
            best = best.where((best.group == 0) & fires)
            first, drawn = choosing.training_examples(
                best.document, random.document, random.group, number=settings.examples
            )
            chosen += [best.where(first), random.where(drawn)]
    if not chosen:
        return mined.best.where(slice(0, 0))
    return Found(*(np.concatenate([getattr(each, part.name) for each in chosen]) for part in fields(Found)))


def methods_of(
    documents: Sequence[np.ndarray],
    mined: Mined,
    settings: Settings,
    graphs: Mapping[tuple[int, int], Sequence[Traced]],
) -> dict[str, dict[tuple[int, int], list[tuple[Pattern, float]]]]:
    """What simulates each neuron and sign, by method (`scores.METHODS`): its graph, and look-up tables of the same
    examples; activations are divided by the sign's peak.
    """
    examples = training(documents, mined, settings, sorted({neuron for neuron, _ in graphs}))
    found: dict[str, dict[tuple[int, int], list[tuple[Pattern, float]]]] = {"graph": {}, "token": {}, "sequence": {}}
    for pair, traced in graphs.items():
        own = examples.where((examples.neuron == pair[0]) & (examples.sign == pair[1]))
        strength = np.abs(own.activation) / mined.peak(*pair)
        larger = float(mined.peaks[pair[0]].max()) / mined.peak(*pair)
        ids = [documents[number] for number in own.document.tolist()]
        tokens = [each[place] for each, place in zip(ids, own.position.tolist(), strict=True)]
        found["graph"][pair] = [(each.pattern, each.activation * larger) for each in traced]
        found["token"][pair] = token_table(tokens, strength)
        found["sequence"][pair] = sequence_table(ids, own.position, strength)
    return found


def _windows(documents: Sequence[np.ndarray], mined: Mined, rows: Found, context: int, *, both: bool) -> Examples:
    windows = windows_of(documents, rows.document, rows.position, rows.activation, context=context, both=both)
    return Examples(windows, rows.neuron, rows.sign, mined.peaks.max(axis=1)[rows.neuron])


def _neighbours(documents: Sequence[np.ndarray], rows: Found, context: int, *, both: bool) -> np.ndarray:
    """(examples, columns + 2): the windows' tokens and one more at either end, of a causal model too."""
    wide = windows_of(documents, rows.document, rows.position, rows.activation, context=context + 1, both=True)
    return wide.tokens if both else wide.tokens[:, : context + 3]
