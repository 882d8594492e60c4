"""Stages of training and where they come from: their order, their depth, and the control of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONTROL_METHOD = "sft"
"""A stage of this method that goes on from the same parent shows what mere further steps do."""

WITHOUT_ANSWERS = "reward"
"""The method whose models answer nothing."""


@dataclass(frozen=True)
class Stage:
    """A stage of training, as the config has it."""

    name: str
    method: str
    parent: str | None
    """The stage that it goes on from; None where it begins with the model of the config."""
    steps: int
    batch: int
    """Texts, pairs or prompts of a step."""
    learning_rate: float
    generations: int | None = None
    """Answers to a prompt, of methods that sample."""
    beta: float | None = None
    sft_weight: float | None = None
    reward: str | None = None
    """exact, or the stage of the reward model; None of methods without one."""

    @classmethod
    def of(cls, name: str, defined: Mapping[str, Any]) -> "Stage":
        """The stage that a config with all its defaults defines."""
        keys = ("method", "steps", "batch", "learning_rate", "generations", "beta", "sft_weight", "reward")
        return cls(name=name, parent=defined.get("from"), **{key: defined[key] for key in keys if key in defined})


def in_order(stages: Sequence[Stage]) -> list[Stage]:
    """The stages, each followed by all that comes from it; those of one parent as they were given.

    >>> names = [("base", None), ("late", "base"), ("sft", "base"), ("dpo", "sft")]
    >>> stages = [Stage(name, "sft", parent, 1, 1, 1e-3) for name, parent in names[::-1]]
    >>> [stage.name for stage in in_order(stages)]
    ['base', 'sft', 'dpo', 'late']
    """
    names = {stage.name for stage in stages}

    def followed(parent: str | None) -> list[Stage]:
        own = [stage for stage in stages if (stage.parent if stage.parent in names else None) == parent]
        return [each for stage in own for each in (stage, *followed(stage.name))]

    return followed(None)


def depths(stages: Sequence[Stage]) -> dict[str, int]:
    """How many stages each has behind it: 0 where training begins."""
    found: dict[str, int] = {}
    for stage in in_order(stages):
        found[stage.name] = found.get(stage.parent, -1) + 1
    return found


def controls(stages: Sequence[Stage]) -> dict[str, str | None]:
    """The control of each stage: one of `CONTROL_METHOD` that goes on from the same parent; None where there is none.

    Of several the one whose steps are nearest in number, then the first. Controls have none themselves, nor has a
    reward model, which answers nothing.
    """
    found: dict[str, str | None] = {}
    for stage in stages:
        beside = [other for other in stages if other.method == CONTROL_METHOD and other.parent == stage.parent]
        if stage.method in (CONTROL_METHOD, WITHOUT_ANSWERS) or not beside:
            found[stage.name] = None
        else:
            found[stage.name] = min(beside, key=lambda other: abs(other.steps - stage.steps)).name
    return found
