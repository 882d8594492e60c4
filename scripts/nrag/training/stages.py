"""A stage of training: how a network becomes the next one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

METHODS = ("pretraining", "sft", "dpo", "orpo", "kto", "reward", "rloo", "grpo")
"""pretraining: the likelihood of mazes with random legal walks behind them. sft: of right answers, behind their prompts
(supervised fine-tuning). dpo (Rafailov et al. 2023), orpo (Hong et al. 2024), kto (Ethayarajh et al. 2024): of
preference pairs. reward: a model of the preferences (Bradley and Terry 1952; Ouyang et al. 2022). rloo (Ahmadian et al.
2024), grpo (Shao et al. 2024): reinforcement of sampled answers by a reward."""

OF_PAIRS = ("dpo", "orpo", "kto", "reward")
"""Methods that learn from preference pairs."""

OF_REWARDS = ("rloo", "grpo")
"""Methods that learn from the rewards of their own answers."""


class Pair(NamedTuple):
    """A right and a wrong answer to a prompt."""

    prompt: str
    chosen: str
    rejected: str


@dataclass(frozen=True)
class Stage:
    """How a network is trained."""

    method: str
    steps: int
    """Of the optimiser."""
    batch: int
    """Examples of a step: texts, pairs, or prompts of which each gets `generations` answers."""
    learning_rate: float
    """The highest; it rises over `warmup` steps and falls along a cosine to 0."""
    warmup: int
    kept: Sequence[int]
    """The steps after which a checkpoint is kept, ascending, the last step among them."""
    beta: float | None = None
    """What holds a stage near the model it began with: of dpo, kto, rloo and grpo; of orpo the weight of its odds
    ratio."""
    sft_weight: float = 0.0
    """Of dpo: weight of the loss of sft beside its own."""
    generations: int = 8
    """Answers to a prompt, of rloo and grpo."""
    temperature: float = 1.0
    """Of these answers."""
    gradient_accumulation: int = 1
    """Parts in which the batch is worked off, where it does not fit into memory at once."""


def cycled(rows: Sequence, number: int) -> list:
    """So many of the rows, from the first again where there are fewer."""
    return [rows[place % len(rows)] for place in range(number)]
