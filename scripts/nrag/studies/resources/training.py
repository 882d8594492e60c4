"""What the drawing of mazes, the training of stages and the answers of models ask for."""

from collections.abc import Mapping
from typing import Any

from nrag.studies.resources.asked import MIB, asked_memory, asked_minutes
from nrag.studies.resources.networks import CPU_SPEED, CUDA, GPU_SPEED, TORCH, Network

TRL = 200
"""MiB that trl, datasets and accelerate take beside torch and transformers."""

STATES = 18
"""Copies of the activations of a batch that training keeps, in hidden states of every block."""

TWICE = ("dpo", "orpo", "reward")
"""Methods that read both answers of a pair at once."""

ANSWERING = 520
"""MiB of a process that answers: torch, transformers, and tables of answers."""

ANSWER = 0.0015
"""MiB of an answer that is kept until all are written."""

PER_STEP = 0.05
"""CPU seconds of a step beside its products, of the smallest models."""

NARROW = 2
"""How much slower than `CPU_SPEED` the products of a model of 64 components are; those of 128 run at full speed."""

GENERATED = 0.02
"""CPU seconds of a token that is written, of a batch of any size, beside its products."""

PASSES = {"pretraining": 3, "sft": 3, "dpo": 8, "orpo": 6, "kto": 8, "reward": 6, "rloo": 6, "grpo": 6}
"""Forward passes of an example that a step of a method costs: 3 with its gradient, twice that of pairs, and those of a
reference model."""

MAZE = 400e-6
"""CPU seconds of a maze of 12 cells, drawn, solved and written."""


READING_MAZES = 500
"""MiB of a process that reads mazes and learns from the states: torch, transformers, scipy."""

READ_AT_ONCE = 8192
"""Tokens of a batch (`maze_probes.states`)."""

LAYER = 6
"""Copies of a layer's states, and of what is told of them, in float64."""

KEPT = 0.2
"""MiB of the numbers of a checkpoint and a parting, until they are written."""

COPIED = 2e-6
"""CPU seconds of a token's state that is kept."""

LEARNING = 0.02
"""CPU seconds of a layer and parting, beside its products."""

TASKS = 400
"""Classes of all tasks and their controls together, about."""

PRODUCT = 4e-10
"""CPU seconds of a product and the sum it goes into, in matrices of few columns."""


def drawing_memory(mazes: int) -> int:
    """MiB to ask for, of so many mazes."""
    return asked_memory(250 + 0.004 * mazes)


def drawing_minutes(mazes: int, *, cells: int) -> int:
    """Minutes to ask for, of so many mazes of so many cells; where few exist all are listed first."""
    return asked_minutes(30 + mazes * MAZE * max(1, cells / 12) ** 2)


def training_memory(model: Network, stage: Mapping[str, Any], *, window: int, gpu: bool = False) -> int:
    """MiB to ask for, of a stage whose texts have `window` tokens.

    Weights, gradients and two moments of each, and a reference or reward model beside; on a GPU they pass through.
    """
    weights = 4 * model.parameters / MIB
    if gpu:
        return asked_memory(TORCH + TRL + CUDA + 2 * weights)
    texts = _texts(stage) * (2 if stage["method"] in TWICE else 1) / stage["gradient_accumulation"]
    batch = texts * window * model.width * max(model.layers, 1) * 4 / MIB
    return asked_memory(TORCH + TRL + 7 * weights + STATES * batch)


def training_minutes(model: Network, stage: Mapping[str, Any], *, window: int, tokens: int, gpu: bool = False) -> int:
    """Minutes to ask for, of a stage whose answers have at most `tokens` tokens."""
    passes = PASSES[stage["method"]] * _texts(stage) * window
    written = tokens if "generations" in stage else 0
    step = PER_STEP + passes * _per_token(model, gpu=gpu) + written * (
        GENERATED + _texts(stage) * _per_token(model, gpu=gpu)
    )  # fmt: skip
    return asked_minutes(60 + stage["steps"] * step)


def answering_memory(model: Network, *, answers: int, window: int, gpu: bool = False) -> int:
    """MiB to ask for, of so many answers of a model to prompts of a window."""
    weights = 4 * model.parameters / MIB
    states = 256 * window * model.width * max(model.layers, 1) * 4 * 4 / MIB
    return asked_memory(ANSWERING + (CUDA if gpu else 1.15 * states) + ANSWER * answers + 2 * weights)


def answering_minutes(model: Network, *, answers: int, window: int, tokens: int, gpu: bool = False) -> int:
    """Minutes to ask for, of so many answers."""
    batches = answers / 256 + 1
    return asked_minutes(
        30 + batches * tokens * GENERATED + answers * ((window + tokens) * _per_token(model, gpu=gpu) + MAZE)
    )


def maze_probing_memory(
    model: Network, *, mazes: int, n_splits: int, checkpoints: int, window: int, tokens: int, gpu: bool = False
) -> int:
    """MiB to ask for, of the probes of a stage: the states of all layers, those of one in float64, and a batch."""
    rows, hidden = mazes * _asked_of(tokens), model.layers + 1
    states = (4 * hidden + 8 * LAYER) * rows * model.width / MIB
    batch = 2 * 4 * READ_AT_ONCE * model.width * hidden / MIB
    weights = 2 * 4 * model.parameters / MIB
    return asked_memory(READING_MAZES + weights + states + (CUDA if gpu else batch) + KEPT * checkpoints * n_splits)


def maze_probing_minutes(
    model: Network, *, mazes: int, n_splits: int, checkpoints: int, window: int, tokens: int, gpu: bool = False
) -> int:
    """Minutes to ask for, of the probes of a stage."""
    rows, hidden = mazes * _asked_of(tokens), model.layers + 1
    reading = mazes * (MAZE + window * _per_token(model, gpu=gpu)) + rows * hidden * COPIED
    # Twice learned, for the ridge is chosen first.
    learning = n_splits * hidden * (LEARNING + 2 * rows * model.width * (model.width + TASKS) * PRODUCT)
    return asked_minutes(20 + checkpoints * (reading + learning))


def _asked_of(tokens: int) -> float:
    """Tokens of a maze that are asked of, where answers have room for so many: ways are half as long at most."""
    return 1 + tokens / 2


def _texts(stage: Mapping[str, Any]) -> int:
    return stage["batch"] * stage.get("generations", 1)


def _per_token(model: Network, *, gpu: bool) -> float:
    """Seconds of a token in one forward pass."""
    slower = 1 if gpu else max(1.0, NARROW * 64 / max(model.width, 1))
    return 2 * model.parameters * slower / (GPU_SPEED if gpu else CPU_SPEED)
