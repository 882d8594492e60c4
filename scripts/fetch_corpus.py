"""Get a dataset of the hub into the cache of this machine and record which commit it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrag import contracts, dataset_files, dataset_readers, store


def fetch_corpus(record: str, *, dataset: Mapping[str, Any], newest: bool = False) -> None:
    """Write the record of a dataset; `dataset` is a corpus' definition, as far as it decides what is fetched.

    A commit that was recorded holds, unless the `newest` is wanted.
    """
    previous = dataset_files.fetched(Path(record)) if Path(record).is_file() else None
    fetched = dataset_readers.fetch(dataset, previous=previous, newest=newest)
    store.LOG.info("%s: %d files, %.1f MiB", fetched.name, len(fetched.read), fetched.megabytes)
    # No version of a library decides a byte of what is read; named here, each upgrade would read and extract again.
    provenance = store.provenance(parameters=dataset) | {"software": {}}
    store.write_record(record, dataset_files.record(fetched), contracts.DATASET, provenance=provenance)


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        fetch_corpus(
            snakemake.output.fetched,
            dataset=snakemake.params.dataset,
            newest=bool(snakemake.resources.newest),
        )
