"""Ask a checkpoint for answers and set the wrong ones beside the shortest ways: preference pairs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As in extract_activations.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import contracts, models, store
from nrag.training.networks import network_in, tokenizer_in
from nrag.training.pairs import preference_pairs


def sample_pairs(
    mazes: str, checkpoint: str, table: str, *, pairs: Mapping[str, Any], tokens: int, seed: int, device: str = "cpu"
) -> None:
    """Write preference pairs of training mazes; `pairs` is their definition in the config."""
    training = store.read_table(mazes, contracts.MAZES, filters=[("split", "==", "train")])
    found = preference_pairs(
        training,
        pairs["number"],
        network=network_in(Path(checkpoint)).to(device),
        tokenizer=tokenizer_in(Path(checkpoint)),
        corrupted=pairs["corrupted"],
        temperature=pairs["temperature"],
        tokens=tokens,
        seed=seed,
    )
    store.LOG.info("wrong answers: %s", found["source"].value_counts().to_dict())
    made = store.provenance(inputs={"mazes": mazes}, parameters={"pairs": dict(pairs), "seed": seed, "tokens": tokens})
    store.write_table(table, found, contracts.PAIRS, provenance=made)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        sample_pairs(
            snakemake.input.mazes,
            snakemake.params.checkpoint,
            snakemake.output.pairs,
            pairs=snakemake.params.pairs,
            tokens=snakemake.params.tokens,
            seed=snakemake.params.seed,
            device=models.pick_device(gpu=snakemake.resources.gpu, setting=snakemake.resources.device),
        )
