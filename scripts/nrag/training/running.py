"""A stage from its first step to its last, resumed where it was killed."""

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nrag.training.errors import TrainingError
from nrag.training.progress import Progress
from nrag.training.stages import OF_REWARDS, Stage
from nrag.training.trainers import Material, Setting, trainer_of

LOG = logging.getLogger("nrag")


def run(
    stage: Stage,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    material: Material,
    setting: Setting,
    *,
    solves: Callable[[Any], tuple[int, int]] | None,
    signature: Mapping[str, Any],
) -> pd.DataFrame:
    """Train a network and return the numbers of it, rows as of contracts.TRAINING.

    Leaves a folder `step-{n}` for each kept step in that of `progress.FINISHED` in `setting.folder`; where a killed run
    of the same `signature` left the trainer's state there it goes on from it. `solves` tells of a network how many
    validation mazes it solves, of how many. Raises TrainingError where weights become infinite or the stage left them
    as they were.
    """
    torch.set_num_threads(1)
    progress = Progress(setting.folder, stage.kept, solves, judged=bool(material.held_back), signature=signature)
    resumed = progress.resume()
    if resumed is None:
        shutil.rmtree(setting.folder, ignore_errors=True)
        setting.folder.mkdir(parents=True)
    else:
        LOG.info("goes on from step %s", resumed.name.removeprefix("checkpoint-"))
    before = _norms(network)
    trainer = trainer_of(stage, network, tokenizer, material, replace(setting, callbacks=[progress]))
    trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
    table = progress.table()
    likely = "learning_rate or steps are too small"
    if stage.method in OF_REWARDS and not table["reward"].fillna(0).any():
        likely = "no answer was rewarded, so that there was nothing to learn from"
        LOG.warning("the reward was 0 at every step that was reported: nothing was learned from it")
    _check(before, _norms(trainer.model), likely)
    return table


def _norms(network: torch.nn.Module) -> torch.Tensor:
    return torch.stack([each.detach().double().norm().cpu() for each in network.parameters()])


def _check(before: torch.Tensor, after: torch.Tensor, likely: str) -> None:
    if not torch.isfinite(after).all():
        raise TrainingError("weights became infinite: lower learning_rate")
    if before.shape == after.shape and torch.equal(before, after):
        raise TrainingError(f"no weight was changed: {likely}")
