"""What is kept of a training while it runs: its numbers, and checkpoints with how many mazes they solve."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from transformers import TrainerCallback

from nrag import contracts
from nrag.training.networks import write_network

LOG = logging.getLogger("nrag")
FINISHED = "finished"
"""Where the checkpoints that are kept lie, in the folder of the work: what becomes the folder of the stage."""

_NUMBERS = "numbers.json"
# What trainers call a number, by what it is called here.
_NAMES = {
    "loss": ("loss",),
    "reward": ("reward",),
    "kl": ("kl",),
    "accuracy": ("eval_rewards/accuracies", "eval_accuracy"),
    "groups_without_spread": ("frac_reward_zero_std",),
}


class Progress(TrainerCallback):
    """Keeps the numbers that a trainer reports, and at chosen steps a checkpoint and its solve rate.

    All lies in a folder, so that a training that was killed goes on from its last checkpoint.
    """

    def __init__(
        self,
        folder: Path,
        kept: Sequence[int],
        solves: Callable[[Any], tuple[int, int]] | None,
        *,
        judged: bool,
        signature: Mapping[str, Any],
    ) -> None:
        """`solves` tells of a network how many mazes it solves, of how many; `judged`, there are held-back pairs.

        `signature` is all that decides the training, in values of JSON: what another one left is not gone on with.
        """
        self.folder = folder
        self.signature = json.loads(json.dumps(signature))
        self.kept = set(kept)
        self.solves = solves
        self.judged = judged
        self.rows: dict[int, dict[str, Any]] = {}

    def resume(self) -> Path | None:
        """The trainer's own checkpoint to go on from, with the numbers up to it; None to begin."""
        if not (self.folder / _NUMBERS).is_file():
            return None
        kept = json.loads((self.folder / _NUMBERS).read_text(encoding="utf-8"))
        if kept.get("signature") != self.signature:
            LOG.info("what lies in %s is of another training: begun anew", self.folder)
            return None
        # They are gone where it was killed just after they came to their place.
        if not all(self._step(step).is_dir() for step in self.kept if step <= kept["step"]):
            return None
        checkpoint = self.folder / f"checkpoint-{kept['step']}"
        # The next one may have been half written when it was killed: then there is none that these numbers go with.
        if not (checkpoint / "trainer_state.json").is_file():
            return None
        self.rows = {int(step): row for step, row in kept["rows"].items()}
        return checkpoint

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any, processing_class: Any, **_: Any) -> None:
        """Keep a checkpoint, ask it for answers, and have the trainer report and save its own state."""
        if state.global_step not in self.kept:
            return
        write_network(model, processing_class, self._step(state.global_step))
        if self.solves:
            solved, asked = self.solves(model)
            self._add(state.global_step, solve_rate=solved / asked, mazes=asked)
            LOG.info("step %d: %d of %d validation mazes solved", state.global_step, solved, asked)
        control.should_log = True
        control.should_evaluate = self.judged
        control.should_save = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any) -> None:
        """Keep what is reported at this step."""
        given = logs or {}
        found = {name: float(given[theirs]) for name, known in _NAMES.items() for theirs in known if theirs in given}
        self._add(state.global_step, **found)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the numbers, once the trainer's own state is there."""
        kept = {"signature": self.signature, "step": state.global_step, "rows": self.rows}
        new = self.folder / f"{_NUMBERS}.new"
        new.write_text(json.dumps(kept), encoding="utf-8")
        new.replace(self.folder / _NUMBERS)

    def table(self) -> pd.DataFrame:
        """The numbers so far, rows as of contracts.TRAINING."""
        columns = [column.name for column in contracts.TRAINING.columns]
        rows = [{"step": step} | row for step, row in sorted(self.rows.items())]
        table = pd.DataFrame(rows, columns=columns)
        return table.assign(mazes=table["mazes"].fillna(0))

    def _step(self, step: int) -> Path:
        return self.folder / FINISHED / f"step-{step}"

    def _add(self, step: int, **numbers: float) -> None:
        if numbers:
            self.rows.setdefault(step, {}).update(numbers)
