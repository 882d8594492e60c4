"""Examples of neurons, and what was seen of all neurons of a block."""

from dataclasses import dataclass, fields

import numpy as np

SIGNS = (1, -1)
"""Of an activation, in the order of the arrays."""

WEAK = 0.1
"""A sign is traced if its largest |activation| is at least this part of the neuron's."""


@dataclass(frozen=True)
class Found:
    """Examples of the neurons of one block, sorted by neuron and sign (+ first)."""

    neuron: np.ndarray
    """(examples,) int32."""
    sign: np.ndarray
    """(examples,) int8: 1 or -1."""
    group: np.ndarray
    """(examples,) int16: of the best 1 where the document is kept for tests, of random ones the bin of strength."""
    document: np.ndarray
    """(examples,) int32."""
    position: np.ndarray
    """(examples,) int32: place of the token among those of the document, special tokens left out."""
    activation: np.ndarray
    """(examples,) float32."""

    def where(self, chosen: np.ndarray) -> "Found":
        """The chosen examples, by mask or place."""
        return Found(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def of(self, neuron: int, sign: int) -> "Found":
        """Those of one neuron and sign."""
        start, stop = np.searchsorted(self.neuron, [neuron, neuron + 1])
        own = np.flatnonzero(self.sign[start:stop] == sign) + start
        return self.where(own)


@dataclass(frozen=True)
class Mined:
    """What was seen of the neurons of one block."""

    neurons: int
    selected: np.ndarray
    """(selected,) int32: the neurons that are traced."""
    histogram: np.ndarray
    """(neurons, 2, bins) int64: tokens by sign, + and -, and strength (`reservoirs.edges`)."""
    peaks: np.ndarray
    """(neurons, 2) float32: largest |activation| of each sign in the training documents; 0 where it has none, NaN of
    both where an activation anywhere is not finite."""
    best: Found
    """The strongest examples of either half of the corpus, strongest first."""
    random: Found
    """Examples of each bin of strength, of training documents drawn at random."""
    highest: np.ndarray
    """(documents, selected) float32: largest activation over a document's tokens."""
    lowest: np.ndarray
    """(documents, selected) float32: smallest."""

    def peak(self, neuron: int, sign: int) -> float:
        """Largest |activation| of one sign in the training documents: a sign fires at a part of it."""
        return float(self.peaks[neuron, SIGNS.index(sign)])
