"""Trace the neurons of one block: examples to patterns of tokens, and each neuron's graph."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As in extract_activations.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import contracts, models, store
from nrag.neurons import blocks, files, graphs, patterns
from nrag.neurons.loading import opened, surface_of
from nrag.neurons.substitutes import sources_of

# isort: split
import pandas as pd  # after nrag: numpy then has one thread


def trace_neurons(
    examples: str,
    outputs: Mapping[str, str],
    *,
    block: int,
    model: Mapping[str, Any],
    neurons: Mapping[str, Any],
    fetched: str | None = None,
    device: str = "cpu",
) -> None:
    """Write the patterns, graphs and failures of a block's neurons; `model` is its definition in the config.

    `neurons` has examples, context, threshold, importance, sufficiency, augment and seed of the config.
    """
    loaded = opened(model, root=Path.cwd(), fetched=fetched, device=device, blocks=[block])
    documents, test = files.documents_of(examples)
    mined = files.mined(examples, block)
    settings = blocks.settings_of(neurons)
    training = [ids for ids, held in zip(documents, test, strict=True) if not held]
    traces = blocks.trace_block(
        loaded.reader,
        documents,
        test,
        mined,
        settings,
        surface_of(loaded),
        sources=sources_of(loaded, training, neurons["augment"], root=Path.cwd()),
    )
    traced = [(each.neuron, each.sign, each.patterns) for each in traces.traced]
    inputs = {"examples": examples} | ({"model": fetched} if fetched else {})
    made = store.provenance(inputs=inputs, parameters={"block": block, "neurons": dict(neurons)})
    store.write_table(outputs["patterns"], patterns.table_of(block, traced), contracts.PATTERNS, provenance=made)
    failures = pd.DataFrame(
        [(block, each.neuron, each.sign, each.reason) for each in traces.failures],
        columns=[column.name for column in contracts.FAILURES.columns],
    ).sort_values(["neuron", "sign"], kind="stable")
    store.write_tsv(outputs["failures"], failures, provenance=made, contract=contracts.FAILURES)
    density = blocks.densities(mined, threshold=settings.asked.threshold)
    lines = graphs.lines(
        block,
        traced,
        mined=mined,
        documents=documents,
        density=density,
        texts=loaded.token_texts(),
        outputs=loaded.output_tokens(sorted({neuron for neuron, _, _ in traced})),
    )
    store.write_lines(outputs["graphs"], lines, provenance=made)
    store.LOG.info("block %d: %d graphs, %d failures", block, len(traced), len(failures))


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        trace_neurons(
            snakemake.input.examples,
            dict(snakemake.output.items()),
            block=int(snakemake.wildcards.block),
            model=snakemake.params.model,
            neurons=snakemake.params.neurons,
            fetched=snakemake.input.get("fetched"),
            device=models.pick_device(gpu=snakemake.resources.gpu, setting=snakemake.resources.device),
        )
