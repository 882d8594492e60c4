"""What a `mazes:` block means: its stages with what follows from their methods, and the checkpoints that they leave."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nrag import checkpoints
from nrag.studies.paths import id_from_here
from nrag.studies.schema import complete, filled, properties
from nrag.studies.study import Study

FOLDER = Path("results/mazes")
"""Where sets of mazes and what is trained on them lie, from the working directory."""

PREFIX = "mazes:"
"""What the id of a model begins with that a stage makes."""

EXACT = "exact"
"""The reward that is the judge's verdict."""

SPLITS = ("train", "validation", "test", "shift")

NEW = {"architecture": "gpt2", "layers": 4, "width": 64, "heads": 4, "initializer_range": 0.06}
"""The decoder that is trained where the config does not say."""

_PAIRED = {"steps": 300, "batch": 32, "learning_rate": 3e-4}
_SAMPLED = {"generations": 8, "temperature": 1.0, "reward": EXACT}
METHODS: dict[str, dict[str, Any]] = {
    "pretraining": {"steps": 700, "batch": 64, "learning_rate": 2e-3, "longest_walk": 12},
    "sft": {"steps": 1200, "batch": 32, "learning_rate": 2e-3},
    "dpo": {**_PAIRED, "beta": 0.1, "sft_weight": 0.0},
    "orpo": {**_PAIRED, "beta": 0.5},
    # At the rate of DPO it unlearned the task: 0 of 2,000 solved, where its parent solved 65 %.
    "kto": {**_PAIRED, "learning_rate": 3e-5, "beta": 0.5},
    "reward": {**_PAIRED, "learning_rate": 5e-4},
    "rloo": {"steps": 100, "batch": 16, "learning_rate": 5e-5, "beta": 0.5, **_SAMPLED},
    "grpo": {"steps": 150, "batch": 32, "learning_rate": 2e-4, "beta": 0.0, **_SAMPLED},
}
"""The keys that belong to a method alone, with their defaults: what trained on two CPU cores."""

PAIRED = ("dpo", "orpo", "kto", "reward")
"""Methods that learn from pairs."""

PROBED = 2000
"""Test mazes whose hidden states are read, where the config does not say."""

MORE_TOKENS = 6
"""Tokens of an answer beyond the number of cells, for a model that goes astray."""


class Checkpoint(NamedTuple):
    """A network that a stage left."""

    set: str
    stage: str
    step: int | None
    """None for the last one."""
    seed: int


class TrainingRun(NamedTuple):
    """A stage trained with one seed."""

    set: str
    stage: str
    seed: int

    @property
    def folder(self) -> Path:
        """Where its checkpoints lie."""
        return FOLDER / self.set / "models" / f"{self.stage}-s{self.seed}"


def window(block: Mapping[str, Any]) -> int:
    """Characters of the longest prompt and answer of a set, and of the end of the answer: what a new decoder reads."""
    edge = 1 if block["border"] else -1
    prompts = [(2 * each["height"] + edge) * (2 * each["width"] + edge + 1) + 1 for each in [block, *block["shifts"]]]
    return max(prompts) + block["answer_tokens"] + 1


def named(model_id: str) -> Checkpoint | None:
    """What an id such as `mazes:small/sft/300@0` names; None if it is no such id.

    >>> named("mazes:small/sft@1")
    Checkpoint(set='small', stage='sft', step=None, seed=1)
    >>> named("minilm")
    """
    found = re.fullmatch(rf"{PREFIX}([^/@]+)/([^/@]+)(?:/(\d+))?@(\d+)", model_id)
    return Checkpoint(found[1], found[2], int(found[3]) if found[3] else None, int(found[4])) if found else None


def trained_here(model_id: str) -> bool:
    """Whether an id means to name a checkpoint of a stage, be it there or not."""
    return model_id.startswith(PREFIX)


def kept_steps(steps: int, checkpoints: int) -> list[int]:
    """The steps after which a checkpoint is kept: evenly spaced, halves up, the last one at the end.

    >>> kept_steps(10, 4)
    [3, 5, 8, 10]
    """
    return sorted({(2 * steps * number + checkpoints) // (2 * checkpoints) for number in range(1, checkpoints + 1)})


def expanded_mazes(given: Mapping[str, Any], *, seed: int) -> dict[str, Any]:
    """A set of mazes with its defaults."""
    block = filled({"seed": seed, **given}, "mazes")
    block["shares"] = complete(block["shares"], properties("mazes")["shares"]["properties"])
    kind = {key: block[key] for key in ("width", "height", "generator")}
    block["shifts"] = [filled(kind | shift, "shift") for shift in block["shifts"]]
    block["model"] = _begun(block["model"])
    block["seeds"] = sorted(block["seeds"])
    block["pairs"] = {name: filled(pairs, "pairs") for name, pairs in block["pairs"].items()}
    sizes = [block, *block["shifts"]]
    block.setdefault("answer_tokens", max(each["width"] * each["height"] for each in sizes) + MORE_TOKENS)
    block["stages"] = {name: _stage(stage, block) for name, stage in block.get("stages", {}).items()}
    block["probes"] = _probes(block["probes"], test=block["test"])
    return filled(block, "mazes")


def _probes(given: Any, *, test: int) -> dict[str, Any] | bool:
    written = {} if given is True else given
    return False if written is False else filled({"mazes": min(PROBED, test), **written}, "maze_probes")


def _begun(given: Mapping[str, Any]) -> dict[str, Any]:
    model = filled(given if "id" in given else NEW | dict(given), "begun")
    if "lora" in model:
        model["lora"] = complete(model["lora"], properties("begun")["lora"]["properties"])
    return model


def _stage(given: Mapping[str, Any], block: Mapping[str, Any]) -> dict[str, Any]:
    own = METHODS.get(given.get("method", ""), {})
    if given.get("method") in PAIRED and len(block["pairs"]) == 1:
        own = own | {"pairs": next(iter(block["pairs"]))}
    if "longest_walk" in own:
        own = own | {"longest_walk": min(own["longest_walk"], block["answer_tokens"])}
    stage = own | dict(given)
    stage.setdefault("warmup", min(50, stage.get("steps", 0) // 10))
    return filled(stage, "stage")


def needed(block: Mapping[str, Any], stage: str) -> list[str]:
    """The stages whose checkpoints a stage needs: the one it goes on from, that of its pairs, its reward model."""
    own = block["stages"].get(stage, {})
    pairs = block["pairs"].get(own.get("pairs"), {})
    reward = own.get("reward", EXACT)
    found = [own.get("from"), pairs.get("from"), None if reward == EXACT else reward]
    return list(dict.fromkeys(each for each in found if each in block["stages"]))


def circle(block: Mapping[str, Any], stage: str) -> list[str]:
    """Stages that need each other in turn, from a stage back to itself; empty if there is no such circle."""
    ways = [[stage]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for other in needed(block, way[-1]):
            if other == stage:
                return [*way, stage]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []


def mazes_identity(study: Study, name: str) -> dict[str, Any]:
    """What decides the mazes of a set."""
    keys = (
        "width", "height", "generator", "border", "min_length", "train", "validation", "test", "shares", "shifts",
        "seed",
    )  # fmt: skip
    return {key: study.mazes[name][key] for key in keys}


def stage_identity(study: Study, run: TrainingRun) -> dict[str, Any]:
    """What decides what a stage makes of what it begins with: its definition with its name and the steps it keeps."""
    stage = study.mazes[run.set]["stages"][run.stage]
    own = {key: stage[key] for key in stage if key not in ("from", "pairs", "reward", "checkpoints")}
    return {"name": run.stage, **own, "kept": kept_steps(stage["steps"], stage["checkpoints"])}


def pairs_identity(study: Study, name: str, pairs: str) -> dict[str, Any]:
    """What decides preference pairs, beside the checkpoint that is asked."""
    return {key: value for key, value in study.mazes[name]["pairs"][pairs].items() if key != "from"}


def answers_identity(study: Study, name: str) -> dict[str, Any]:
    """What decides the answers of a set, beside its mazes: which stages are asked, and how."""
    block = study.mazes[name]
    asked = sorted(stage for stage, each in block["stages"].items() if each["method"] != "reward")
    return {"stages": asked, **{key: block[key] for key in ("seeds", "answer_tokens", "samples", "temperature")}}


def probes_identity(study: Study, name: str) -> dict[str, Any]:
    """What decides what is read of the mazes of a set from each layer, beside the networks; nothing where none is."""
    block = study.mazes[name]
    return {**block["probes"], "seed": block["seed"]} if block["probes"] else {}


def untrained_run(study: Study, name: str, seed: int) -> TrainingRun:
    """The first stage of a set that begins with its model: untrained is what it begins with."""
    stages = study.mazes[name]["stages"]
    return TrainingRun(name, next(stage for stage, each in stages.items() if "from" not in each), seed)


def begun_with(study: Study, run: TrainingRun) -> dict[str, Any]:
    """What a stage begins with: the last checkpoint of the one before, or the model; its reward model; adapters."""
    block = study.mazes[run.set]
    stage = block["stages"][run.stage]
    found: dict[str, Any] = {}
    if "from" in stage:
        found["checkpoint"] = str(checkpoint_folder(study, Checkpoint(run.set, stage["from"], None, run.seed)))
    else:
        found["model"] = {key: value for key, value in block["model"].items() if key != "lora"}
        if "id" in found["model"]:
            found["model"]["id"] = id_from_here(study.data, found["model"]["id"])
            if fetched := fetched_beginning(study, run.set):
                found["fetched"] = f"results/models/{fetched}.json"
        else:
            found["window"] = window(block)
    if stage.get("reward", EXACT) != EXACT:
        found["reward"] = str(checkpoint_folder(study, Checkpoint(run.set, stage["reward"], None, run.seed)))
    return found | ({"lora": block["model"]["lora"]} if "lora" in block["model"] else {})


def fetched_beginning(study: Study, name: str) -> str | None:
    """The model of the study that is fetched from the hub for a set's stages to begin with; None where none is."""
    written = study.mazes[name]["model"].get("id")
    if written is None or is_here(study, written):
        return None
    same = (model for model, each in study.models.items() if each.get("id") == written)
    return next((model for model in same if study.models[model]["weights"] == "trained"), None)


def is_here(study: Study, written: str) -> bool:
    """Whether an id is a folder or a package, or looks like one that is gone; others are the hub's."""
    try:
        return checkpoints.locate(written, root=study.data) is not None
    except checkpoints.CheckpointError:
        return True


def maze_runs(study: Study) -> Iterator[TrainingRun]:
    """Every stage with every seed, in the config's order."""
    for name, block in study.mazes.items():
        for stage in block["stages"]:
            for seed in block["seeds"]:
                yield TrainingRun(name, stage, seed)


def checkpoint_of(study: Study, model: str) -> Checkpoint | None:
    """The checkpoint that a model is; None for models that no stage makes."""
    return named(study.models[model].get("id", ""))


def trained_in(study: Study, model: str) -> str:
    """The set of mazes on which a model is trained that a stage makes."""
    return named(study.models[model]["id"]).set


def beginning(study: Study, model: str) -> dict[str, Any] | None:
    """What the trainings of a model's lineage begin with, as `mazes: model:` says; None for models no stage makes."""
    made = checkpoint_of(study, model)
    block = study.mazes.get(made.set) if made else None
    return block["model"] if block else None


def shape_of(study: Study, model: str) -> checkpoints.Shape | None:
    """Depth and width of a checkpoint; None for other models, and where it began with one of the hub.

    Raises checkpoints.CheckpointError if it began with a folder that is not there or tells neither.
    """
    begun = beginning(study, model)
    if begun is None or "id" not in begun:
        return None if begun is None else checkpoints.Shape(begun["layers"], begun["width"])
    folder = checkpoints.locate(begun["id"], root=study.data)
    return None if folder is None else checkpoints.shape(folder)


def checkpoint_folder(study: Study, checkpoint: Checkpoint) -> Path:
    """Where a checkpoint lies once its stage is trained."""
    stages = study.mazes.get(checkpoint.set, {}).get("stages", {})
    step = checkpoint.step or stages.get(checkpoint.stage, {}).get("steps", 0)
    return TrainingRun(checkpoint.set, checkpoint.stage, checkpoint.seed).folder / f"step-{step}"


def mazes_file(name: str) -> Path:
    """The table of a set of mazes."""
    return FOLDER / name / "mazes.parquet"


def answers_file(name: str) -> Path:
    """What the checkpoints of a set answered."""
    return FOLDER / name / "answers.parquet"


def ids_of(study: Study, checkpoint: Checkpoint) -> list[str]:
    """The ids that mean a checkpoint: the last one of a stage has two, without its step and with it."""
    steps = study.mazes.get(checkpoint.set, {}).get("stages", {}).get(checkpoint.stage, {}).get("steps")
    last = checkpoint.step in (None, steps)
    given = [None, steps] if last else [checkpoint.step]
    written = {step: "" if step is None else f"/{step}" for step in given}
    return [f"{PREFIX}{checkpoint.set}/{checkpoint.stage}{step}@{checkpoint.seed}" for step in written.values()]
