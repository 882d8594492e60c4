"""Hugging Face datasets as sources of corpora: folders of `save_to_disk`, and splits of datasets of the hub.

A package of its own, so that jobs which only need labels do without the libraries that this one takes.
"""

from nrag import corpora
from nrag.dataset_readers.of_the_hub import fetch, read_fetched, refusal
from nrag.dataset_readers.saved import read_saved

__all__ = ["fetch", "read_fetched", "read_saved", "refusal", "register"]


def register() -> None:
    """Let `corpora` read datasets: `path` to a saved one, and `hub` of one that was fetched."""
    corpora.READERS.update({"dataset": read_saved, "hub": read_fetched})
