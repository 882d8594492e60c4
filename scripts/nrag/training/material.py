"""What each method learns from: mazes with walks, with answers, alone, or with preference pairs."""

from collections.abc import Sequence
from random import Random

from nrag.mazes.drawing import read_prompt
from nrag.mazes.walks import walk
from nrag.training.stages import Pair, Stage, cycled

HELD_BACK = 256
"""Pairs that a stage is judged by and does not learn from, at most; never more than a fifth of them."""

Example = tuple[str, str]
"""A prompt and its right answer."""


def texts(examples: Sequence[Example], stage: Stage, random: Random, *, longest: int) -> list[dict[str, str]]:
    """As many texts as the stage takes: a prompt and a random legal walk of at most `longest` moves behind it."""
    chosen = _shuffled(examples, stage, random)
    return [{"text": prompt + walk(read_prompt(prompt), random, longest=longest)} for prompt, _ in chosen]


def completions(examples: Sequence[Example], stage: Stage, random: Random) -> list[dict[str, str]]:
    """As many prompts as the stage takes, with their right answers."""
    return [{"prompt": prompt, "completion": answer} for prompt, answer in _shuffled(examples, stage, random)]


def prompts(examples: Sequence[Example], stage: Stage, random: Random) -> list[dict[str, str]]:
    """As many prompts as the stage takes."""
    return [{"prompt": prompt} for prompt, _ in _shuffled(examples, stage, random)]


def preferences(
    pairs: Sequence[Pair], stage: Stage, random: Random
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """As many pairs as the stage takes, and those that are held back."""
    number = min(HELD_BACK, len(pairs) // 5)
    mixed = random.sample(list(pairs), len(pairs))
    rows = [pair._asdict() for pair in _shuffled(mixed[number:], stage, random)]
    return rows, [pair._asdict() for pair in mixed[:number]]


def _shuffled(rows: Sequence, stage: Stage, random: Random) -> list:
    """Rows in another order, from the first again where the stage takes more."""
    return cycled(random.sample(list(rows), len(rows)), stage.steps * stage.batch)
