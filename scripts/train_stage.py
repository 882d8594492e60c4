"""Train one stage with one seed and keep its checkpoints as folders of Hugging Face's, and its numbers."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As in extract_activations.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import checkpoints, contracts, models, store
from nrag.training import one_stage
from nrag.training.progress import FINISHED


def train_stage(
    mazes: str,
    folder: str,
    *,
    stage: Mapping[str, Any],
    begin: Mapping[str, Any],
    seed: int,
    tokens: int,
    pairs: str | None = None,
    device: str = "cpu",
    code: str = "",
) -> None:
    """Leave the folder of a stage: `step-{n}` for each checkpoint, and training.tsv.

    `begin` says what it begins with: `checkpoint` of the stage before, or `model` of the config; and `reward`, the
    checkpoint of a reward model, where there is one. What a killed run left beside the folder is gone on with if it was
    made of the same. `code` names the version of the code.
    """
    described = {
        "inputs": {"mazes": mazes} | ({"pairs": pairs} if pairs else {}),
        "parameters": {"stage": dict(stage), "begin": dict(begin), "seed": seed, "tokens": tokens},
    }
    beside = Path(f"{folder}.tmp")
    # Until the process ends: the job of a killed run may still be at work there.
    store.hold(beside)
    at_work = beside / "work"
    table = one_stage.train(
        store.read_table(mazes, contracts.MAZES),
        at_work,
        stage=stage,
        begin=begin,
        pairs=store.read_table(pairs, contracts.PAIRS) if pairs else None,
        seed=seed,
        tokens=tokens,
        device=device,
        signature={"code": code, "begun": _contents(begin), **store.provenance(**described)},
    )
    made = store.provenance(**described)
    store.write_tsv(at_work / FINISHED / "training.tsv", table, provenance=made, contract=contracts.TRAINING)
    one_stage.finish(at_work, Path(folder))
    shutil.rmtree(beside)


def _contents(begin: Mapping[str, Any]) -> dict[str, str]:
    """What stands for the weights that a stage begins with, and for those of its reward model."""
    folders = {key: Path(begin[key]) for key in ("checkpoint", "reward") if key in begin}
    if "fetched" in begin:
        return {"model": checkpoints.fetched(Path(begin["fetched"])).commit}
    if "id" in begin.get("model", {}):
        folders["model"] = models.folder_of(begin["model"]["id"], Path(), revision=None, fetched=None)
    return {key: checkpoints.fingerprint(folder) for key, folder in folders.items()}


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        train_stage(
            snakemake.input.mazes,
            snakemake.output.folder,
            stage=snakemake.params.stage,
            begin=snakemake.params.begin,
            pairs=snakemake.input.get("pairs") or None,
            seed=snakemake.params.seed,
            tokens=snakemake.params.tokens,
            device=models.pick_device(gpu=snakemake.resources.gpu, setting=snakemake.resources.device),
            code=snakemake.params.code,
        )
