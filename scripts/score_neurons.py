"""Hold the graphs of one block's neurons against their true activations in held-out documents."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As in extract_activations.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import contracts, models, store
from nrag.neurons import blocks, files
from nrag.neurons.evaluation import score_block
from nrag.neurons.loading import opened
from nrag.neurons.patterns import patterns_of


def score_neurons(
    examples: str,
    patterns: str,
    scores: str,
    *,
    block: int,
    model: Mapping[str, Any],
    neurons: Mapping[str, Any],
    fetched: str | None = None,
    device: str = "cpu",
) -> None:
    """Write the scores of a block's neurons; `model` is its definition in the config.

    `neurons` has examples, context, threshold, test_tokens and seed of the config.
    """
    loaded = opened(model, root=Path.cwd(), fetched=fetched, device=device, blocks=[block])
    documents, test = files.documents_of(examples)
    table = score_block(
        loaded.reader,
        documents,
        test,
        files.mined(examples, block),
        patterns_of(store.read_table(patterns, contracts.PATTERNS)),
        blocks.settings_of(neurons),
        test_tokens=neurons["test_tokens"],
        skip=loaded.skip,
    )
    table.insert(0, "block", block)
    inputs = {"examples": examples, "patterns": patterns} | ({"model": fetched} if fetched else {})
    made = store.provenance(inputs=inputs, parameters={"block": block, "neurons": dict(neurons)})
    store.write_tsv(scores, table, provenance=made, contract=contracts.SCORES)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        score_neurons(
            snakemake.input.examples,
            snakemake.input.patterns,
            snakemake.output.scores,
            block=int(snakemake.wildcards.block),
            model=snakemake.params.model,
            neurons=snakemake.params.neurons,
            fetched=snakemake.input.get("fetched"),
            device=models.pick_device(gpu=snakemake.resources.gpu, setting=snakemake.resources.device),
        )
