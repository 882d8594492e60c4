"""What mining found, in its file and out of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import h5py
import numpy as np

from nrag import contracts, store
from nrag.neurons.examples import Found, Mined


def filling(
    ids: Sequence[str], documents: Sequence[np.ndarray], test: np.ndarray, found: Mapping[int, Mined]
) -> Callable[[h5py.File], None]:
    """What `store.write_arrays` needs to write the examples of documents named `ids` (contracts.EXAMPLES)."""

    def fill(file: h5py.File) -> None:
        lengths = [len(each) for each in documents]
        store.add_array(file, "documents/id", np.array(list(ids), dtype=object))
        store.add_array(file, "documents/start", np.cumsum([0, *lengths], dtype=np.int64))
        store.add_array(file, "documents/tokens", np.concatenate([np.empty(0, np.int32), *documents]).astype(np.int32))
        store.add_array(file, "documents/test", test.astype(bool))
        for block, mined in sorted(found.items()):
            for name in ("selected", "histogram", "peaks", "highest", "lowest"):
                store.add_array(file, f"blocks/{block}/{name}", getattr(mined, name))
            for kind in ("best", "random"):
                for each in fields(Found):
                    store.add_array(
                        file, f"blocks/{block}/{kind}/{each.name}", getattr(getattr(mined, kind), each.name)
                    )

    return fill


def blocks_of(path: str | Path) -> list[int]:
    """The blocks of a file of examples, ascending."""
    return sorted(map(int, store.names_in(path, contracts.EXAMPLES, "blocks")))


def documents_of(path: str | Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Token ids of every document, without special tokens, and (documents,) bool, whether it is kept for tests."""
    start, tokens, test = (
        store.read_array(path, contracts.EXAMPLES, f"documents/{name}") for name in ("start", "tokens", "test")
    )
    return np.split(tokens, start[1:-1]) if len(start) > 1 else [], test


def lengths_of(path: str | Path) -> np.ndarray:
    """(documents,) tokens of every document, special ones left out."""
    return np.diff(store.read_array(path, contracts.EXAMPLES, "documents/start"))


def all_mined(path: str | Path) -> dict[int, Mined]:
    """What the file says of every block."""
    return {block: mined(path, block) for block in blocks_of(path)}


def mined(path: str | Path, block: int) -> Mined:
    """What the file says of one block."""

    def read(name: str) -> np.ndarray:
        return store.read_array(path, contracts.EXAMPLES, f"blocks/{block}/{name}")

    kinds = {
        kind: Found(**{each.name: read(f"{kind}/{each.name}") for each in fields(Found)}) for kind in ("best", "random")
    }
    arrays = {name: read(name) for name in ("selected", "histogram", "peaks", "highest", "lowest")}
    return Mined(neurons=len(arrays["peaks"]), **arrays, **kinds)
