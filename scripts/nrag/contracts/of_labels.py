"""How labels are told, tested, and what the regions they are tested in are worth."""

from nrag.contracts.columns import LABEL, LABELLING, MODEL, SEED
from nrag.contracts.kinds import Column, Table

PROBING = Table(
    "probing",
    1,
    (
        Column("model", "string", "name of the model in the config; empty where the texts alone are read"),
        Column(
            "features",
            "string",
            "states, coordinates, regions; bag_of_words, text_length; most_frequent, stratified (guesses)",
        ),
        Column("reduction", "string", "name of the reduction; empty without one"),
        Column("seed", "int16", "seed of the reduction; null without one", nullable=True),
        Column("bins", "string", "how the grid of the regions is cut; empty without one"),
        Column("size", "int16", "cells along each axis of the grid; null without one", nullable=True),
        Column("fitted_on", "string", "documents that reduction and grid were fitted on: train or all; empty without"),
        Column("layer", "int16", "index of the hidden state; null for all together and for texts", nullable=True),
        Column("split", "int16", "number of the split, from 0; the same parting in every row of the comparison"),
        Column("score", "string", "name in docs/probing.md"),
        Column("value", "float64", "the score on the test part, 0 to 1"),
        Column("width", "int32", "features that the classifier was given"),
        Column("converged", "bool", "whether its fit ended before the largest number of iterations"),
        Column("train_documents", "int32", "documents of the training part"),
        Column("test_documents", "int32", "documents of the test part"),
    ),
    key=("model", "features", "reduction", "seed", "bins", "size", "fitted_on", "layer", "split", "score"),
)

TESTS = Table(
    "tests",
    2,
    (
        Column("comparison", "string", "name of the comparison in the config"),
        LABELLING,
        Column("labels", "string", "its labels, a JSON list in their order"),
        MODEL,
        Column(
            "test", "string", "separation; difference of a metric of two labels, the first less the second; its range"
        ),
        Column("metric", "string", "what is tested, named as in docs/statistics.md and docs/metrics.md"),
        Column("layer", "int16", "layer, of edges the one they leave; null for the graph as a whole", nullable=True),
        Column("side", "string", "values as far out as the observed one: larger, smaller, or two-sided"),
        Column("observed", "float64", "value of the labels as they are, mean over the seeds; NaN where undefined"),
        Column("null_mean", "float64", "mean over the permutations"),
        Column("null_sd", "float64", "standard deviation over the permutations"),
        Column("null_low", "float64", "2.5 % quantile over the permutations"),
        Column("null_high", "float64", "97.5 % quantile"),
        Column("effect", "float64", "observed - null_mean, in the unit of the metric"),
        Column("z", "float64", "effect / null_sd; NaN where nothing varies"),
        Column("p", "float64", "(b + 1) / (permutations + 1), b permutations at least as far out"),
        Column("permutations", "int32", "permutations with a defined value"),
        Column("documents", "string", "documents of each label, a JSON object"),
        Column("matched", "int32", "documents of each label after matching; null where all were used", nullable=True),
        Column("seeds", "int16", "seeds of the reduction, of whose values each value is the mean"),
        Column("note", "string", "what to know of this test, in sentences", nullable=True),
    ),
    key=("comparison", "model", "metric", "layer"),
)

FAITHFULNESS = Table(
    "faithfulness",
    1,
    (
        Column("reduction", "string", "name of the reduction"),
        Column("bins", "string", "how the grid is cut"),
        Column("size", "int16", "cells along each axis of the grid"),
        MODEL,
        SEED,
        Column("layer", "int16", "index of the hidden state: 0 = embeddings"),
        Column("x", "int16", "cell along the first coordinate; null for the layer as a whole", nullable=True),
        Column("y", "int16", "cell along the second coordinate; null for the layer as a whole", nullable=True),
        Column("documents", "int32", "different vectors in the region, or in the layer"),
        Column("judged", "int32", "of how many of them the nearest others were asked"),
        Column("same", "float64", "share of the nearest others that lie in the document's own region; NaN of none"),
        Column("same_chance", "float64", "the same of others drawn at random"),
        Column("same_most", "float64", "the largest that same can be in regions of this size"),
        Column("near", "float64", "as same, of the own region and the 8 cells around it"),
        Column("near_chance", "float64", "the same of others drawn at random"),
    ),
    key=("reduction", "bins", "size", "model", "seed", "layer", "x", "y"),
)

PATH_MEMORY = Table(
    "path-memory",
    1,
    (
        MODEL,
        SEED,
        LABELLING,
        LABEL,
        Column(
            "layer", "int16", "the present layer, with one on both sides; null for the mean over them", nullable=True
        ),
        Column("observed", "float64", "bits that the region before tells of the next one beyond the present one"),
        Column("expected", "float64", "mean over all shuffles of the next regions within each present one, exact"),
        Column("excess", "float64", "observed - expected"),
        Column("open", "float64", "bits that the present region leaves open of the next one"),
        Column("p", "float64", "(b + 1) / (shuffles + 1), b shuffles with as many bits or more"),
        Column("shuffles", "int32", "how many were drawn"),
        Column("documents", "int32", "documents of the label, one of each text"),
        Column("note", "string", "what to know of this row, in sentences", nullable=True),
    ),
    key=("model", "seed", "labelling", "label", "layer"),
)
