"""How often a neuron is how strong, as a picture: both signs, strength and number on logarithmic axes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nrag.neurons.fills import RED
from nrag.neurons.reservoirs import edges

_WIDTH, _LEFT, _RIGHT = 560.0, 46.0, 8.0
_TOP, _BOTTOM, _HEIGHT = 22.0, 172.0, 206.0
_MIDDLE = 26.0
"""Width between the signs: an activation of 0 has no place on a logarithmic axis."""
_OCTAVES = 8
"""Weaker than this many octaves below the threshold nothing is drawn."""
_QUIET, _BAR, _INK = "#5c6670", "#9aa3ab", "#1d2733"


@dataclass(frozen=True)
class _Axis:
    """Strength to the place across, of either sign."""

    low: float
    high: float
    """log2 of the weakest and the strongest that is drawn."""

    @property
    def half(self) -> float:
        return (_WIDTH - _LEFT - _RIGHT - _MIDDLE) / 2

    @property
    def center(self) -> float:
        return _LEFT + self.half + _MIDDLE / 2

    def across(self, strength: float, sign: int) -> float:
        part = (math.log2(strength) - self.low) / (self.high - self.low)
        return self.center + sign * (_MIDDLE / 2 + min(max(part, 0.0), 1.0) * self.half)


def histogram(counts: Mapping[int, Sequence[int]], fires: Mapping[int, float]) -> str:
    """The tokens of each sign, 1 and -1, by |activation| in the bins of `reservoirs.edges`, as the text of an SVG.

    Negative activations lie to the left. From `fires` of its sign on, where a line stands, a neuron fires, and bars are
    red; the bin in which the line stands is red if its middle lies beyond. What is much weaker is left out. Where a
    sign is not in `counts` it says so.
    """
    bounds = [float(bound) for bound in edges()]
    used = [place for own in counts.values() for place, tokens in enumerate(own) if tokens]
    lowest = max(min(used, default=0), _bin(bounds, min(fires.values()) * 2.0**-_OCTAVES), 1)
    # The last bin has no end: it is drawn as wide as the one before.
    bounds[-1] = 2 * bounds[-2] - bounds[-3]
    highest = max(max(used, default=0), _bin(bounds, max(fires.values())), lowest) + 1
    axis = _Axis(math.log2(bounds[lowest]), math.log2(bounds[highest]))
    tallest = max((own[place] for own in counts.values() for place in range(lowest, highest)), default=0)
    tall = (_BOTTOM - _TOP) / math.log10(max(tallest, 9) + 1)
    parts = []
    for sign, own in sorted(counts.items()):
        for place in range(lowest, highest):
            if own[place]:
                strong = math.sqrt(bounds[place] * bounds[place + 1]) >= fires[sign]
                parts.append(_bar(axis, bounds[place : place + 2], sign, own[place], tall, RED if strong else _BAR))
    for sign in (1, -1):
        parts += _threshold(axis, fires[sign], sign) if sign in counts else [_absent(axis, sign)]
    parts += _strengths(axis, counts) + _numbers(max(tallest, 9), tall)
    size = f'width="{_WIDTH:g}" height="{_HEIGHT:g}" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}"'
    letters = f'font-family="\'DejaVu Sans\',Verdana,sans-serif" font-size="10" fill="{_QUIET}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><g {letters}>{"".join(parts)}</g></svg>'


def _bin(bounds: Sequence[float], strength: float) -> int:
    return min(max(sum(bound <= strength for bound in bounds) - 1, 0), len(bounds) - 2)


def _bar(axis: _Axis, bounds: Sequence[float], sign: int, tokens: int, tall: float, color: str) -> str:
    begin, end = sorted(axis.across(bound, sign) for bound in bounds)
    height = tall * math.log10(tokens + 1)
    told = f"{tokens:,} tokens, {'−' if sign < 0 else ''}{bounds[0]:.3g} to {'−' if sign < 0 else ''}{bounds[1]:.3g}"
    return (
        f'<rect x="{begin + 0.4:.1f}" y="{_BOTTOM - height:.1f}" width="{max(end - begin - 0.8, 0.6):.1f}" '
        f'height="{height:.1f}" fill="{color}"><title>{told}</title></rect>'
    )


def _threshold(axis: _Axis, fires: float, sign: int) -> list[str]:
    x = axis.across(fires, sign)
    return [
        f'<path d="M{x:.1f} {_TOP:g}V{_BOTTOM:g}" stroke="{_INK}" stroke-dasharray="3 2"/>',
        _text(x, _TOP - 6, "fires →" if sign > 0 else "← fires", "start" if sign > 0 else "end"),
    ]


def _absent(axis: _Axis, sign: int) -> str:
    return _text(axis.center + sign * axis.half / 2, (_TOP + _BOTTOM) / 2, "this sign has no graph")


def _strengths(axis: _Axis, signs: Mapping[int, Sequence[int]]) -> list[str]:
    parts = [f'<path d="M{_LEFT:g} {_BOTTOM:g}H{_WIDTH - _RIGHT:g}" stroke="{_QUIET}"/>']
    powers = range(math.floor(axis.high), math.ceil(axis.low) - 1, -max(1, round((axis.high - axis.low) / 4)))
    for sign in sorted(signs):
        for power in powers:
            x = axis.across(2.0**power, sign)
            # The weakest of both signs would stand in each other's way.
            if abs(x - axis.center) >= 34:
                parts.append(_text(x, _BOTTOM + 13, f"{'−' if sign < 0 else ''}{2.0**power:.3g}"))
    return [*parts, _text(axis.center, _BOTTOM + 29, "activation")]


def _numbers(tallest: int, tall: float) -> list[str]:
    powers = range(math.floor(math.log10(tallest)) + 1)
    parts = [
        _text(_LEFT - 6, _BOTTOM - tall * math.log10(10**power + 1) + 3.5, f"{10**power:,}", "end") for power in powers
    ]
    return [*parts, _text(_LEFT - 6, _BOTTOM + 13, "tokens", "end")]


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
