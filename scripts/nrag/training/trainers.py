"""The trainers of trl, one for each method, all with the same optimiser.

trl is imported here alone, and only where a stage is trained. Its trainers' defaults are for large models on GPUs:
half precision, recomputed activations, rates of 1e-6.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase, PrinterCallback, Trainer, TrainerCallback
from transformers.utils.logging import disable_progress_bar

from nrag.training.rewards import Reward
from nrag.training.stages import Stage

# trl warns of experimental trainers, of which ORPO's is one.
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")


@dataclass(frozen=True)
class Material:
    """What a stage learns from. Rows are as trl takes them: text; prompt, completion; prompt, chosen, rejected."""

    rows: Sequence[Mapping[str, Any]]
    held_back: Sequence[Mapping[str, Any]] = ()
    """Pairs that it does not learn from, by which it is judged."""
    reward: Reward | None = None


@dataclass(frozen=True)
class Setting:
    """Where and by what chance a stage runs, and how long its texts may be."""

    folder: Path
    """For the trainer's own files."""
    seed: int
    window: int
    """Tokens of prompt and answer."""
    answer_tokens: int
    device: str = "cpu"
    adapters: Any = None
    """peft.LoraConfig, where adapters are trained in the place of all weights."""
    callbacks: Sequence[TrainerCallback] = field(default=())


def trainer_of(
    stage: Stage, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, material: Material, setting: Setting
) -> Trainer:
    """The trainer of a stage, ready to run."""
    from datasets import Dataset, disable_progress_bars

    # In logs they are a line for every percent.
    disable_progress_bars()
    disable_progress_bar()

    (trainer, arguments), special = _MAKERS[stage.method](stage, setting)
    rewards = {"reward_funcs": [material.reward]} if material.reward else {}
    held_back = {"eval_dataset": Dataset.from_list(list(material.held_back))} if material.held_back else {}
    made = trainer(
        model=network,
        args=arguments(**_common(stage, setting) | special),
        train_dataset=Dataset.from_list(list(material.rows)),
        processing_class=tokenizer,
        callbacks=list(setting.callbacks),
        **({"peft_config": setting.adapters} if setting.adapters else {}),
        **rewards,
        **held_back,
    )
    # Its numbers are kept by ours.
    made.remove_callback(PrinterCallback)
    return made


def _common(stage: Stage, setting: Setting) -> dict[str, Any]:
    cpu = setting.device == "cpu"
    return {
        "output_dir": str(setting.folder),
        "max_steps": stage.steps,
        "per_device_train_batch_size": stage.batch // stage.gradient_accumulation,
        "per_device_eval_batch_size": 64,
        "gradient_accumulation_steps": stage.gradient_accumulation,
        "learning_rate": stage.learning_rate,
        "warmup_steps": stage.warmup,
        "lr_scheduler_type": "cosine",
        "adam_beta2": 0.98,
        "weight_decay": 0.01,
        "max_grad_norm": 1.0,
        "seed": setting.seed,
        "data_seed": setting.seed,
        "use_cpu": cpu,
        "bf16": not cpu,
        "gradient_checkpointing": False,
        "report_to": [],
        "disable_tqdm": True,
        # When is said by the callback that keeps checkpoints.
        "save_strategy": "no",
        "eval_strategy": "no",
        "save_total_limit": 1,
        "logging_strategy": "steps",
        "logging_steps": max(1, stage.steps // 50),
        "logging_first_step": True,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": not cpu,
    }


def _sft(stage: Stage, setting: Setting) -> tuple[tuple[type, type], dict[str, Any]]:
    from trl import SFTConfig, SFTTrainer

    return (SFTTrainer, SFTConfig), {"max_length": setting.window}


def _dpo(stage: Stage, setting: Setting) -> tuple[tuple[type, type], dict[str, Any]]:
    from trl import DPOConfig, DPOTrainer

    losses = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, stage.sft_weight]} if stage.sft_weight else {}
    return (DPOTrainer, DPOConfig), {"max_length": setting.window, "beta": stage.beta} | losses


def _kto(stage: Stage, setting: Setting) -> tuple[tuple[type, type], dict[str, Any]]:
    from trl import KTOConfig, KTOTrainer

    return (KTOTrainer, KTOConfig), {"max_length": setting.window, "beta": stage.beta}


def _orpo(stage: Stage, setting: Setting) -> tuple[tuple[type, type], dict[str, Any]]:
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    return (ORPOTrainer, ORPOConfig), {"max_length": setting.window, "beta": stage.beta}


def _reward(stage: Stage, setting: Setting) -> tuple[tuple[type, type], dict[str, Any]]:
    from trl import RewardConfig, RewardTrainer

    return (RewardTrainer, RewardConfig), {"max_length": setting.window}


def _sampled(stage: Stage, setting: Setting) -> dict[str, Any]:
    return {
        "num_generations": stage.generations,
        "per_device_train_batch_size": stage.batch * stage.generations // stage.gradient_accumulation,
        "max_completion_length": setting.answer_tokens,
        "temperature": stage.temperature,
        "beta": stage.beta,
    }


def _rloo(stage: Stage, setting: Setting) -> tuple[tuple[type, type], dict[str, Any]]:
    from trl import RLOOConfig, RLOOTrainer

    return (RLOOTrainer, RLOOConfig), _sampled(stage, setting)


def _grpo(stage: Stage, setting: Setting) -> tuple[tuple[type, type], dict[str, Any]]:
    from trl import GRPOConfig, GRPOTrainer

    return (GRPOTrainer, GRPOConfig), _sampled(stage, setting)


_MAKERS = {
    "pretraining": _sft,
    "sft": _sft,
    "dpo": _dpo,
    "orpo": _orpo,
    "kto": _kto,
    "reward": _reward,
    "rloo": _rloo,
    "grpo": _grpo,
}
