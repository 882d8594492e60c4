"""Run every document through a model once and keep each layer's pooled hidden states."""

import itertools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# What a model needs was fetched before, and a compute node would wait for a network that it has not. The hub's library
# looks at this once, when it is imported.
os.environ["HF_HUB_OFFLINE"] = "1"

from nrag import checkpoints, contracts, extraction, models, store


def extract_activations(
    texts: str,
    activations: str,
    *,
    name: str,
    model: Mapping[str, Any],
    fetched: str | None = None,
    device: str = "cpu",
    device_map: str | None = None,
    batch_tokens: int | None = None,
    workers: int = 1,
    code: str = "",
) -> None:
    """Write the activations file of one model and corpus; `model` is its definition in the config.

    `fetched` is the record of a hub model, which decides the commit.
    `code` names the version of the code: rows that another one computed are not gone on with.
    """
    how = {"dtype": model.get("dtype", "float32"), "matmul_precision": model.get("matmul_precision", "highest")}
    prompt, poolings = model.get("prompt", "{text}"), tuple(model.get("store", contracts.POOLINGS))
    loading = ("weights", "seed", "revision", "max_tokens", "trust_remote_code")
    loaded = models.load(
        model["id"],
        root=Path.cwd(),
        device=device,
        fetched=checkpoints.fetched(Path(fetched)) if fetched else None,
        device_map=device_map,
        **{key: model[key] for key in loading if key in model},
    )
    inputs = {"texts": texts} | ({"model": fetched} if fetched else {})
    described = {
        "model": name,
        "weights": loaded.weights,
        "vocabulary": loaded.vocabulary,
        "revision": loaded.revision,
        "device": models.device_name(loaded.device),
        "max_tokens": loaded.window,
        "corpus": store.read_attributes(texts)["content"],
        **how,
    }
    extracted = extraction.extract(
        loaded,
        store.read_column(texts, contracts.TEXTS, "text"),
        Path(activations).with_name(f".{Path(activations).name}.partial"),
        signature={**described, "prompt": prompt, "poolings": poolings, "code": code, **store.provenance()},
        poolings=poolings,
        prompt=prompt,
        batch_tokens=batch_tokens,
        workers=workers,
        **how,
    )
    store.write_arrays(
        activations,
        contracts.ACTIVATIONS,
        extracted.filling(itertools.chain.from_iterable(store.read_column(texts, contracts.TEXTS, "id"))),
        provenance=store.provenance(inputs=inputs, parameters=models.settings(model)),
        distinct=extracted.distinct,
        **described,
    )
    extracted.discard()


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        extract_activations(
            snakemake.input.texts,
            snakemake.output.activations,
            name=snakemake.wildcards.model,
            model=snakemake.params.model,
            fetched=snakemake.input.get("fetched"),
            device=models.pick_device(gpu=snakemake.resources.gpu, setting=snakemake.resources.device),
            device_map=snakemake.resources.get("device_map"),
            batch_tokens=snakemake.resources.get("batch_tokens"),
            workers=snakemake.threads,
            code=snakemake.params.code,
        )
