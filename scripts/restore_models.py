"""Get back what the cache of this machine has lost of the models that were fetched, and say what is there."""

from collections.abc import Sequence
from pathlib import Path

from nrag import checkpoints, hub, store


def restore_models(records: Sequence[str]) -> None:
    """Print where every recorded model lies; files that are gone are got again, of the same commit."""
    for record in records:
        fetched = checkpoints.fetched(Path(record))
        print(f"{Path(record).stem}: {fetched.name} in {hub.restore(fetched)}")
    if not records:
        print("nothing to fetch: the models of this study are folders or packages")


if __name__ == "__main__":
    with store.logged(snakemake.log[0]):
        restore_models(snakemake.input)
