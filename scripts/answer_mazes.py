"""Ask the checkpoints of a stage for answers to held-out mazes, and judge them."""

import os
from collections.abc import Sequence
from pathlib import Path

# As in extract_activations.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import contracts, models, store
from nrag.training import judged
from nrag.training.networks import network_in, tokenizer_in

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def answer_mazes(
    mazes: str,
    checkpoints: Sequence[tuple[str, str]],
    table: str,
    *,
    tokens: int,
    samples: int,
    temperature: float,
    seed: int,
    device: str = "cpu",
) -> None:
    """Write the answers of `checkpoints`, names and folders: of all the greedy ones to test mazes, of the last one
    also sampled ones, and to shifted mazes.
    """  # fmt: skip
    asked = store.read_table(mazes, contracts.MAZES, filters=[("split", "in", ["test", "shift"])])
    frames = []
    for name, folder in checkpoints:
        network, tokenizer = network_in(Path(folder)).to(device), tokenizer_in(Path(folder))
        last = name == checkpoints[-1][0]
        own = asked if last else asked[asked["split"] == "test"]
        found = judged.answered(network, tokenizer, own, tokens=tokens)
        if last and samples:
            more = judged.answered(
                network, tokenizer, own, tokens=tokens, samples=samples, temperature=temperature, seed=seed
            )
            found = pd.concat([found, more], ignore_index=True)
        frames.append(found.assign(model=name))
    answers = pd.concat(frames, ignore_index=True).sort_values(list(contracts.ANSWERS.key), ignore_index=True)
    parameters = {"tokens": tokens, "samples": samples, "temperature": temperature, "seed": seed}
    made = store.provenance(inputs={"mazes": mazes}, parameters=parameters)
    store.write_table(table, answers, contracts.ANSWERS, provenance=made)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        answer_mazes(
            snakemake.input.mazes,
            [tuple(each) for each in snakemake.params.checkpoints],
            snakemake.output.answers,
            tokens=snakemake.params.tokens,
            samples=snakemake.params.samples,
            temperature=snakemake.params.temperature,
            seed=snakemake.params.seed,
            device=models.pick_device(gpu=snakemake.resources.gpu, setting=snakemake.resources.device),
        )
