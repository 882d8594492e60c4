"""What the tracing of neurons asks for."""

import math

from nrag.studies.resources.asked import MIB, SLOWER, asked_memory, asked_minutes
from nrag.studies.resources.networks import (
    CPU_SPEED,
    CUDA,
    GPU_SPEED,
    PER_TOKEN,
    TORCH,
    WORKING,
    Network,
    extraction_minutes,
    tokens_of,
)

OF_NEURONS = 0.12
"""MiB that the mining keeps of a neuron: its histogram, its best examples, random ones of each strength."""

PER_NEURON = 4e-9
"""CPU seconds that a token takes of a neuron that is mined: its bin, whether it is an extreme."""

OF_TRACING, OF_EXAMPLE = 300, 0.1
"""MiB of tracing, and of each example of those that are traced together, with its windows and what is tried of them."""

EXAMPLE_TOKENS = 500
"""Tokens that run through a network to trace an example of a neuron, both signs together."""

SCORED = 3e-8
"""CPU seconds that a held-out token takes of a neuron that is scored."""


def up_to(model: Network, block: int) -> Network:
    """The part of a model that is run to read the neurons of a block, the embeddings left out."""
    share = (block + 1) / max(model.layers, 1)
    return Network(math.ceil(min(share, 1) * model.parameters), block + 1, model.width)


def mining_memory(model: Network, *, texts: float, gpu: bool = False) -> int:
    """MiB to ask for, of the neurons of all blocks of a model in `texts` MiB of compressed texts."""
    weights = 4 * model.parameters / MIB
    kept = OF_NEURONS * model.layers * 4 * model.width
    return asked_memory(TORCH + (CUDA if gpu else 0) + 1.5 * weights + WORKING + kept + 12 * texts)


def mining_minutes(model: Network, *, texts: float, gpu: bool = False) -> int:
    """Minutes to ask for, of the neurons of all blocks of a model in `texts` MiB of compressed texts."""
    seconds = tokens_of(texts) * model.layers * 4 * model.width * PER_NEURON
    return extraction_minutes(model, texts=texts, workers=1, gpu=gpu) + math.ceil(SLOWER * seconds / 60)


def tracing_memory(model: Network, *, examples_mb: float, neurons: int, examples: int, gpu: bool = False) -> int:
    """MiB to ask for, of the tracing of a block whose model, up to it, is `model`."""
    weights = 4 * model.parameters / MIB
    # More are traced one part after another.
    together = OF_TRACING + OF_EXAMPLE * min(neurons * examples, 32_768)
    return asked_memory(TORCH + (CUDA if gpu else 0) + 1.5 * weights + WORKING + 2 * examples_mb + together)


def tracing_minutes(model: Network, *, neurons: int, examples: int, gpu: bool = False) -> int:
    """Minutes to ask for, of the tracing of so many neurons of a block by so many examples each."""
    tokens = neurons * examples * EXAMPLE_TOKENS
    speed = GPU_SPEED if gpu else CPU_SPEED
    return asked_minutes(15 + tokens * (2 * model.parameters / speed + PER_TOKEN))


def scoring_memory(model: Network, *, examples_mb: float, neurons: int, gpu: bool = False) -> int:
    """MiB to ask for, of the scores of so many neurons of a block."""
    weights = 4 * model.parameters / MIB
    return asked_memory(
        TORCH + (CUDA if gpu else 0) + 1.5 * weights + WORKING + 2 * examples_mb + 2 * min(neurons, 256)
    )


def scoring_minutes(model: Network, *, examples_mb: float, neurons: int, gpu: bool = False) -> int:
    """Minutes to ask for, of the scores of so many neurons of a block; every held-out token may be read."""
    tokens = examples_mb * MIB / 4
    speed = GPU_SPEED if gpu else CPU_SPEED
    parts = math.ceil(neurons / 256)
    return asked_minutes(15 + tokens * (parts * 2 * model.parameters / speed + neurons * SCORED))
