"""Look at all neurons of a model's blocks once over a corpus: their best examples, random ones, how strong they are."""

import itertools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# As in extract_activations.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import contracts, models, store
from nrag.neurons import choosing, files, mining
from nrag.neurons.loading import opened

# isort: split
import numpy as np  # after nrag: it sets one thread


def mine_neurons(
    texts: str,
    examples: str,
    *,
    name: str,
    model: Mapping[str, Any],
    neurons: Mapping[str, Any],
    fetched: str | None = None,
    device: str = "cpu",
) -> None:
    """Write the examples of the neurons of one model and corpus; `model` is its definition in the config.

    `neurons` has blocks, per_block, examples, threshold, test and seed of the config.
    """
    loaded = opened(model, root=Path.cwd(), fetched=fetched, device=device, blocks=neurons["blocks"])
    ids = list(itertools.chain.from_iterable(store.read_column(texts, contracts.TEXTS, "id")))
    read = store.read_column(texts, contracts.TEXTS, "text")
    documents, truncated = loaded.read(read, prompt=model.get("prompt", "{text}"))
    test = mining.is_test(documents, share=neurons["test"], seed=neurons["seed"])
    mining.check_halves(documents, test, skip=loaded.skip)
    found = mining.mine(
        loaded.reader,
        documents,
        np.array([len(each) for each in documents], dtype=np.int64),
        test,
        selected={
            each.block: choosing.selected(each.neurons, neurons["per_block"], seed=neurons["seed"])
            for each in loaded.reader.projections
        },
        examples=neurons["examples"],
        weakest=neurons["threshold"],
        seed=neurons["seed"],
        skip=loaded.skip,
    )
    inputs = {"texts": texts} | ({"model": fetched} if fetched else {})
    store.write_arrays(
        examples,
        contracts.EXAMPLES,
        files.filling(ids, documents, test, found),
        provenance=store.provenance(inputs=inputs, parameters=models.settings(model) | {"neurons": dict(neurons)}),
        model=name,
        weights=loaded.model.weights,
        vocabulary=loaded.model.vocabulary,
        revision=loaded.model.revision,
        device=models.device_name(loaded.model.device),
        max_tokens=loaded.model.window,
        corpus=store.read_attributes(texts)["content"],
        both_ways=loaded.both,
        skipped=loaded.skip,
    )
    tokens = sum(map(len, documents))
    store.LOG.info("%d tokens of %d documents, %d cut, %d kept for tests", tokens, len(ids), truncated, test.sum())


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        mine_neurons(
            snakemake.input.texts,
            snakemake.output.examples,
            name=snakemake.wildcards.model,
            model=snakemake.params.model,
            neurons=snakemake.params.neurons,
            fetched=snakemake.input.get("fetched"),
            device=models.pick_device(gpu=snakemake.resources.gpu, setting=snakemake.resources.device),
        )
