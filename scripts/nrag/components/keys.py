"""The names of component graphs."""

from typing import NamedTuple

from nrag import contracts


class Key(NamedTuple):
    """Which component graph: an empty labelling and label mean all documents."""

    model: str
    seed: int
    labelling: str = contracts.ALL_DOCUMENTS
    label: str = contracts.ALL_DOCUMENTS
