"""What can be varied of a run: the choices that say nothing of a model, or less than is thought."""

FACTORS = ("seed", "shift", "size", "bins", "reduction", "pooling")
"""What is varied, from what says least about a model to what says most."""

REFERENCE = ("reference", "")
"""In the place of a factor and a variant: the value that is held against the variants'."""

AGREEMENT = ("agreement", "regions")
"""Test and metric of the rows on which documents share a region, whatever their labels."""

FACTOR_NAMES = {
    "seed": "seed",
    "shift": "shift of the grid",
    "size": "size of the grid",
    "bins": "bins",
    "reduction": "reduction",
    "pooling": "pooling",
}
"""The factors as sentences say them."""

FACTOR_LETTERS = {"seed": "s", "shift": "g", "size": "z", "bins": "b", "reduction": "r", "pooling": "p"}
"""The factors where a figure has no room for a word."""
