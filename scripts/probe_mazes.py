"""Read what the layers of a stage's checkpoints, or of a network before all training, hold of mazes, with probes."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# As in extract_activations.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import contracts, models, store
from nrag.maze_probes import parts, probes, states, targets
from nrag.mazes.drawing import read_prompt
from nrag.training.networks import network_in, tokenizer_in

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def probe_mazes(
    mazes: str,
    checkpoints: Sequence[tuple[str, str]],
    table: str,
    *,
    untrained: Mapping[str, Any] | None,
    number: int,
    n_splits: int,
    seed: int,
    device: str = "cpu",
) -> None:
    """Write the probes of `checkpoints`, names and folders, or of the network that is `untrained`.

    The latter has a name, and the stage, seed and beginning as `states.untrained` takes them. The first `number` test
    mazes are read; `seed` decides how they are parted, and the control.
    """
    asked = store.read_table(mazes, contracts.MAZES, filters=[("split", "in", ["test"])]).head(number)
    prompts, ways, layouts = (asked[name].tolist() for name in ("prompt", "answer", "layout"))
    drawn = [read_prompt(prompt) for prompt in prompts]
    partings = parts.partings(layouts, n_splits=n_splits, seed=seed)
    frames = []
    for name, network, tokenizer in _networks(checkpoints, untrained):
        held = states.read(network.to(device), tokenizer, prompts, ways)
        found = probes.probed(
            held.layers,
            held.tokens,
            targets.targets_of(drawn, ways, held.tokens),
            partings,
            layouts=layouts,
            seed=seed,
        )
        frames.append(found.assign(model=name))
        store.LOG.info("%s: %d mazes, %d tokens", name, len(asked), len(held.tokens.maze))
    rows = pd.concat(frames, ignore_index=True).sort_values(list(contracts.STAGE_PROBES.key), ignore_index=True)
    parameters = {"number": number, "n_splits": n_splits, "seed": seed, "untrained": untrained}
    made = store.provenance(inputs={"mazes": mazes}, parameters=parameters)
    store.write_table(table, rows, contracts.STAGE_PROBES, provenance=made)


def _networks(checkpoints: Sequence[tuple[str, str]], untrained: Mapping[str, Any] | None) -> Iterator[tuple]:
    """Name, network and tokenizer of each, one held at a time."""
    if untrained is not None:
        yield untrained["name"], *states.untrained(untrained["begin"], stage=untrained["stage"], seed=untrained["seed"])
    for name, folder in checkpoints:
        yield name, network_in(Path(folder)), tokenizer_in(Path(folder))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        probe_mazes(
            snakemake.input.mazes,
            [tuple(each) for each in snakemake.params.checkpoints],
            snakemake.output.probes,
            untrained=snakemake.params.untrained,
            number=snakemake.params.probes["mazes"],
            n_splits=snakemake.params.probes["n_splits"],
            seed=snakemake.params.probes["seed"],
            device=models.pick_device(gpu=snakemake.resources.gpu, setting=snakemake.resources.device),
        )
