"""Get back what the cache of this machine has lost of what was fetched from the hub, and say what is there."""

from collections.abc import Sequence
from pathlib import Path

from nrag import checkpoints, dataset_files, hub, store


def restore_fetched(models: Sequence[str], datasets: Sequence[str]) -> None:
    """Print where everything recorded lies; files that are gone are got again, of the same commit."""
    records = [(Path(record), checkpoints.fetched) for record in models]
    records += [(Path(record), dataset_files.fetched) for record in datasets]
    for record, fetched_in in records:
        fetched = fetched_in(record)
        print(f"{record.stem}: {fetched.name} in {hub.restore(fetched)}")
    if not records:
        print("nothing to fetch: no model and no corpus of this study is of the hub")


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        restore_fetched(snakemake.input.models, snakemake.input.datasets)
