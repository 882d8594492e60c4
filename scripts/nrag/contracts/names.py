"""Words that files and paths between rules are written with."""

from typing import NamedTuple

POOLINGS = ("mean", "last", "first", "max")
"""How a document's token states become one vector: mean over the real tokens, the last real token,
the first real token, the maximum over the real tokens."""

BAG_OF_WORDS = "bag-of-words"
"""The space and its one member that hold the words of the texts in place of a model's states."""

WORDS = "words"
"""In the place of the pooling, where there are no tokens to pool: all words of a document."""

WORDS_WIDTH = 300
"""Components of a vector of words, at most: latent semantic analysis keeps some hundred (Deerwester et al. 1990)."""

GREEDY, SAMPLED = "greedy", "sampled"
"""How the tokens of an answer were chosen: the likeliest one each time, or drawn. Only the first is there of every
checkpoint."""

UNTRAINED = "untrained"
"""What a stage of training on mazes is called that has learned nothing."""

ALL_DOCUMENTS = ""
"""The labelling and label under which edges and metrics of all documents are kept."""

RUN = ("space", "corpus", "pooling", "reduction", "bins", "size")
"""What names a run: one folder of NRAGs."""

TEXT_LENGTH = "text-length"
"""The value of `statistics: within` that is no column of a corpus: fifths of the documents by words."""

LEVELS = ("graph", "layer", "node")
"""What one value of a metric describes."""

HIDDEN_STATE_ROWS = 256
"""Documents in one chunk of a hidden state: whole layers read 25 times faster than from one-row chunks."""


class GraphKey(NamedTuple):
    """Which graph of a table of edges or of components: an empty labelling and label mean all documents."""

    model: str
    seed: int
    labelling: str = ALL_DOCUMENTS
    label: str = ALL_DOCUMENTS


def hidden_state(pooling: str, layer: int) -> str:
    """Path of one hidden state inside an activations file."""
    return f"hidden_states/{pooling}/{layer}"


def coordinates(model: str, seed: int, layer: int) -> str:
    """Path of one layer's coordinates inside a coordinates file."""
    return f"coordinates/{model}/{seed}/{layer}"


def node(layer: int, x: int, y: int) -> str:
    """Name of a region in every export.

    >>> node(3, 0, 9)
    '3_0_9'
    """
    return f"{layer}_{x}_{y}"


def component(layer: int, i: int) -> str:
    """Name of a component of a layer in every export.

    >>> component(3, 0)
    '3_0'
    """
    return f"{layer}_{i}"
