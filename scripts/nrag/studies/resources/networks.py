"""How large models are, and what it takes to run them over texts."""

from pathlib import Path
from typing import NamedTuple

from nrag import checkpoints, contracts
from nrag.studies.resources.asked import MIB, asked_memory, asked_minutes


class Network(NamedTuple):
    """How large a model is."""

    parameters: int
    layers: int
    """Blocks; there is one more hidden state."""
    width: int


WORDS = Network(parameters=0, layers=0, width=contracts.WORDS_WIDTH)
"""The bag of words in the place of a model, at its widest."""

# ASSUME that a model of which nothing is known yet has a billion parameters.
UNKNOWN = Network(parameters=1_000_000_000, layers=16, width=2048)

TOKENS_PER_BYTE = 1.5
"""Tokens in a byte of compressed texts; 0.4 to 0.6 for English and MiniLM, 1.0 to 1.4 where tokens are letters."""

BUDGET = 8192
"""Padded tokens of a batch of a large corpus (`nrag.extraction.token_budget`)."""

TORCH = 450
"""MiB of a process with torch and transformers."""

WORKING = 300
"""MiB that a worker keeps besides: buffers of products, and what freed tensors of many shapes leave between them."""

STATES = 20
"""Working memory of a worker that grows with its batches, in hidden states of one batch."""

CUDA = 3000
"""MiB of host memory for the libraries of CUDA: three times what torch 2.11 took on an H200; others load more."""

CPU_SPEED = 70e9
"""Floating-point operations a second of one core, for models of 100 million to 1 billion parameters."""

GPU_SPEED = 10e12
"""Of a GPU in float32, half of what an A100 has at best, a third of what an H200 gave; with `SLOWER` it leaves room for
a T4."""

PER_TOKEN = 40e-6
"""CPU seconds of a token beside its products: tokenizer, small operations, pooling."""

READING = 100
"""MiB of weights a second, from a slow network disk."""


def network(folder: Path | None) -> Network:
    """The size of a model in a folder; `UNKNOWN` for a hub model, and where the folder does not tell."""
    if folder is None:
        return UNKNOWN
    try:
        shape = checkpoints.shape(folder)
        return Network(checkpoints.parameters(folder), shape.layers, shape.width)
    except checkpoints.CheckpointError:
        # The check before any job says so in one line.
        return UNKNOWN


def decoder(layers: int, width: int) -> Network:
    """The size of a new decoder of so many blocks, its small vocabulary and positions left out."""
    return Network(12 * layers * width**2 + 200 * width, layers, width)


def fetched_network(fetched: checkpoints.Fetched) -> Network:
    """The size of a hub model that was fetched; its weights are taken for half precision, the costlier guess."""
    shape = fetched.shape
    # ASSUME 2 bytes a number: a file of float32 then counts twice. Without weights, what the shape lets expect.
    expected = shape.width * (16 * shape.layers * shape.width + 50_000)
    return Network(fetched.weight_bytes // 2 or expected, shape.layers, shape.width)


def extraction_memory(model: Network, *, texts: float, workers: int, gpu: bool = False, batch_tokens: int = 0) -> int:
    """MiB to ask for, of the extraction of `texts` MiB of compressed texts.

    Weights are float32 in each process, a parent and its forked workers; a process alone may hold the
    file beside them while it loads. On a GPU they pass through host memory.
    """
    weights = 4 * model.parameters / MIB
    if gpu:
        return asked_memory(TORCH + CUDA + 1.5 * weights)
    batch = (batch_tokens or min(BUDGET, tokens_of(texts) / 32)) * model.width * 4 / MIB
    processes = TORCH + 1.5 * weights if workers == 1 else (1 + workers) * (TORCH + weights)
    return asked_memory(processes + workers * (WORKING + STATES * batch))


def extraction_minutes(model: Network, *, texts: float, workers: int, gpu: bool = False) -> int:
    """Minutes to ask for, of the extraction of `texts` MiB of compressed texts.

    A token costs two operations a parameter; weights come from a slow disk.
    """
    loading = 15 + 4 * model.parameters / MIB / READING
    speed = GPU_SPEED if gpu else CPU_SPEED * workers
    return asked_minutes(loading + tokens_of(texts) * (2 * model.parameters / speed + PER_TOKEN / workers))


def tokens_of(texts: float) -> float:
    """Tokens expected in so many MiB of compressed texts."""
    return TOKENS_PER_BYTE * texts * MIB
