"""A network whose neurons follow rules that are written down, read in the way of a real one."""

import numpy as np
import torch

from nrag.neurons.projections import Projection
from nrag.neurons.reading import Frame, Reader

A, B, C, D, E = 10, 11, 12, 13, 14
VOCABULARY = 40


def earlier(flags, distance):
    """(rows, tokens): flags of the token `distance` places before; negative distances look ahead."""
    moved = torch.zeros_like(flags)
    if distance > 0:
        moved[:, distance:] = flags[:, :-distance]
    elif distance < 0:
        moved[:, :distance] = flags[:, -distance:]
    return moved


RULES = {
    "A": lambda is_: is_(A),
    "A or C": lambda is_: is_(A) + 0.7 * is_(C),
    "A, B within 3": lambda is_: is_(A) * sum(earlier(is_(B), d) for d in (1, 2, 3)).clamp(max=1),
    "A, B 2 before": lambda is_: is_(A) * earlier(is_(B), 2),
    "A unless B": lambda is_: is_(A) * (1 - earlier(is_(B), 1)),
    "A again": lambda is_: is_(A) * sum(earlier(is_(A), d) for d in range(1, 5)).clamp(max=1),
    "dead": lambda is_: is_(A) * 0,
    "always": lambda is_: torch.ones_like(is_(A)),
    "A, B after": lambda is_: is_(A) * earlier(is_(B), -1),
    "A, or less C": lambda is_: is_(A) - 0.6 * is_(C),
    "A, or less C behind B": lambda is_: is_(A) - 0.6 * is_(C) * earlier(is_(B), 1),
    "A, two of B C D": lambda is_: is_(A) * (earlier(is_(B), 1) + earlier(is_(C), 2) + earlier(is_(D), 3) >= 2).float(),
}
"""Activation of each neuron, as a function of which tokens stand where."""


class ByHand(torch.nn.Module):
    """Neurons by rules, in front of a down projection."""

    def __init__(self, rules=RULES, scale=1.0):
        super().__init__()
        self.rules, self.scale = rules, scale
        self.c_proj = torch.nn.Linear(len(rules), 8)

    def forward(self, input_ids, attention_mask):
        def is_(token):
            return (input_ids == token).float()

        return self.c_proj(self.scale * torch.stack([rule(is_) for rule in self.rules.values()], dim=2))


def reader(rules=RULES, **options):
    """A reader of a network by hand, without special tokens."""
    network = ByHand(rules, **options)
    projection = Projection(0, "c_proj", network.c_proj, 0, len(rules))
    return Reader(network, [projection], Frame((), ()), torch.device("cpu"))


def documents(number=300, seed=0, length=(8, 40)):
    """Texts of random tokens, in which A to E are frequent."""
    generator = np.random.default_rng(seed)
    weights = np.ones(VOCABULARY)
    weights[:5], weights[A : E + 1] = 0, 6
    sizes = generator.integers(*length, size=number)
    return [generator.choice(VOCABULARY, size=size, p=weights / weights.sum()).astype(np.int32) for size in sizes]
