"""Get a model of the hub into the cache of this machine and record which commit it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrag import checkpoints, contracts, models, store


def fetch_model(record: str, *, model: Mapping[str, Any], newest: bool = False) -> None:
    """Write the record of a model; `model` is its definition in the config, as far as it decides what is fetched.

    A commit that was recorded holds, unless the `newest` is wanted.
    """
    previous = checkpoints.fetched(Path(record)) if Path(record).is_file() else None
    how = {key: model[key] for key in ("weights", "revision", "trust_remote_code") if key in model}
    fetched = models.fetch(model["id"], previous=previous, newest=newest, **how)
    store.LOG.info("%s: %d files, %.1f MB of weights", fetched.name, len(fetched.files), fetched.weight_bytes / 1e6)
    # No version of a library decides a byte of this; named here, each upgrade would extract again.
    provenance = store.provenance(parameters=model) | {"software": {}}
    store.write_record(record, checkpoints.record(fetched), contracts.MODEL, provenance=provenance)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        fetch_model(
            snakemake.output.fetched,
            model=snakemake.params.model,
            newest=bool(snakemake.resources.newest),
        )
