"""How checkpoints were held against each other, in sentences."""

from collections.abc import Iterator

from nrag.captions.wording import listed
from nrag.drift.names import PARTS
from nrag.methods.facts import Facts
from nrag.methods.references import Citations
from nrag.methods.wording import count, names, plain


def checkpoints(facts: Facts, cite: Citations) -> list[str]:
    """What was measured between the models of shared spaces, and what it was held against; nothing without them."""
    asked = facts.checkpoints
    if not asked:
        return []
    permutations = sorted({each["permutations"] for each in asked.values()})
    return [
        f"How far the models of {names(list(asked))} have come apart was measured, for every two of them and layer by "
        f"layer, by the Jensen–Shannon divergence ({cite('lin')}) of their documents' shares of the common regions, "
        "and of the edges from each layer to the next; by the share of documents whose region differs; by the adjusted "
        f"mutual information of the two divisions into regions ({cite('vinh')}), of common regions and of those that "
        "each model has by itself; and by linear centred kernel alignment of the hidden states "
        f"({cite('kornblith')}). The last two do not depend on axes.",
        f"Divergences were held against {listed([count(each, 'exchange') for each in permutations])} of documents "
        f"between the two models, at random and those of one text or group together ({cite('fisher', 'pitman')}): p is "
        f"(b + 1) / (B + 1), one-sided ({cite('phipson')}), q after {cite.by('benjamini')} over the study; and against "
        "the divergence of two halves of one model's documents.",
        f"Intervals of the alignment are the 2.5th to 97.5th percentile over all halves of {PARTS} random parts of the "
        "documents, for half as many documents.",
        *_floors(facts),
        "Layers in which all documents have one vector under a model were left out.",
    ]


def _floors(facts: Facts) -> Iterator[str]:
    for space, asked in facts.checkpoints.items():
        if asked["floors"]:
            pairs = [f"{plain(name)} ({' and '.join(map(plain, pair))})" for name, pair in asked["floors"].items()]
            yield (
                f"In {plain(space)}, distances are to be read beside those of pairs that differ by chance or by mere "
                f"training: {listed(pairs)}."
            )
