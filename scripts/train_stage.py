"""Train one stage with one seed and keep its checkpoints as folders of Hugging Face's, and its numbers."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As in extract_activations.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import contracts, models, store
from nrag.training import one_stage


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
) -> None:
    """Leave the folder of a stage: `step-{n}` for each checkpoint, and training.tsv.

    `begin` says what it begins with: `checkpoint` of the stage before, or `model` of the config; and `reward`, the
    checkpoint of a reward model, where there is one. What a killed run left beside the folder is gone on with.
    """
    at_work = Path(f"{folder}.tmp")
    table = one_stage.train(
        store.read_table(mazes, contracts.MAZES, filters=[("split", "in", ["train", "validation"])]),
        at_work,
        stage=stage,
        begin=begin,
        pairs=store.read_table(pairs, contracts.PAIRS) if pairs else None,
        seed=seed,
        tokens=tokens,
        device=device,
    )
    made = store.provenance(
        inputs={"mazes": mazes} | ({"pairs": pairs} if pairs else {}),
        parameters={"stage": dict(stage), "begin": dict(begin), "seed": seed, "tokens": tokens},
    )
    store.write_tsv(at_work / "finished" / "training.tsv", table, provenance=made, contract=contracts.TRAINING)
    one_stage.finish(at_work, Path(folder))


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
        )
