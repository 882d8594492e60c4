"""Every file that passes between rules: its columns or arrays, their types and meaning, its version.

Imports nothing of ours. `store` writes and checks these; `docs/data-formats.md` explains them. The
version of a contract goes up when a reader of the old files would go wrong; the rules that read or
write it then rerun, and no other.
"""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: str
    """Arrow type name: string, bool, int8, int16, int32, int64, float32, float64."""
    meaning: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A table between rules, kept as Parquet or TSV."""

    name: str
    version: int
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """The rows are sorted by these columns, and no two rows agree in all of them."""
    further: bool = False
    """Whether further columns may follow the named ones."""


@dataclass(frozen=True)
class Arrays:
    """An HDF5 file between rules."""

    name: str
    version: int
    arrays: tuple[Column, ...]
    """Paths inside the file; parts in braces vary."""
    attributes: tuple[str, ...]
    """Attributes of the file that must be there, beside contract, version, provenance and content."""


@dataclass(frozen=True)
class Record:
    """A JSON file between rules."""

    name: str
    version: int
    fields: tuple[Column, ...]
    """Paths inside the file; parts in braces vary."""


_DOCUMENT = Column("document", "int32", "number of the document in its corpus, from 0")
_ID = Column("id", "string", "the document's name: as in the source, or made from its place there")
_MODEL = Column("model", "string", "name of the model in the config")
_SEED = Column("seed", "int16", "seed of the reduction; 0 where nothing is drawn")
_LABELLING = Column("labelling", "string", "name of the labelling; empty for all documents")
_PLACE = (
    Column("pooling", "string", "how the documents' states were pooled"),
    Column("reduction", "string", "name of the reduction"),
    Column("bins", "string", "how the grid is cut"),
    Column("size", "int16", "cells along each axis of the grid"),
)
_LABEL = Column("label", "string", "the label as written in the data; empty for all documents")

TEXTS = Table(
    "texts",
    1,
    (_DOCUMENT, _ID, Column("text", "string", "the text exactly as read")),
    key=("document",),
)

ROWS = Table(
    "rows",
    1,
    (
        Column("row", "int32", "number of the row in the source, from 0"),
        Column("document", "int32", "the document it became; null if it was left out", nullable=True),
        _ID,
        Column("left_out", "string", "why the row is no document; null if it is one", nullable=True),
    ),
    key=("row",),
    further=True,
)

CORPUS = Table(
    "corpus",
    1,
    (
        _DOCUMENT,
        _ID,
        Column("text", "string", "the text exactly as read"),
        Column("group", "string", "documents that belong together, such as one author's", nullable=True),
        Column("time", "string", "when the document was written, as read", nullable=True),
        Column("hover", "string", "what a page shows of the document", nullable=True),
    ),
    key=("document",),
    further=True,
)

QUALITY = Table(
    "quality",
    1,
    (
        Column("document", "int32", "number of the document; null if it was left out", nullable=True),
        _ID,
        Column("label", "string", "its label in the corpus' first labelling", nullable=True),
        Column(
            "problem",
            "string",
            "missing text, empty text, repeated text, contradictory labels, long text, missing label, rare label",
        ),
        Column("action", "string", "kept or left out"),
    ),
)

MODEL = Record(
    "model",
    1,
    (
        Column("id", "string", "the model's id on the hub"),
        Column("revision", "string", "branch, tag or commit that the config asks for", nullable=True),
        Column("commit", "string", "the commit that this was when it was fetched: what jobs load"),
        Column("layers", "int32", "blocks; there is one more hidden state, the embeddings"),
        Column("width", "int32", "components of a hidden state"),
        Column("weight_bytes", "int64", "size of the commit's weights; those of an untrained model are not fetched"),
        Column("files/{name}/size", "int64", "bytes of a file that was fetched"),
        Column(
            "files/{name}/etag",
            "string",
            "what the hub calls its content: the SHA-256 of a large file, git's blob id of a small one",
            nullable=True,
        ),
    ),
)

DATASET = Record(
    "dataset",
    1,
    (
        Column("id", "string", "the dataset's id on the hub"),
        Column("name", "string", "the configuration that the config asks for", nullable=True),
        Column("split", "string", "the split that the config asks for", nullable=True),
        Column("revision", "string", "branch, tag or commit that the config asks for", nullable=True),
        Column("commit", "string", "the commit that this was when it was fetched: what is read"),
        Column("files/{name}/size", "int64", "bytes of a file that was fetched"),
        Column(
            "files/{name}/etag",
            "string",
            "what the hub calls its content: the SHA-256 of a large file, git's blob id of a small one",
            nullable=True,
        ),
        Column(
            "files/{name}/place", "int32", "its place among the files of the split; null beside them", nullable=True
        ),
        Column("classes/{name}/{name}", "string", "by column of class labels and number, the name of the class"),
    ),
)

ACTIVATIONS = Arrays(
    "activations",
    2,
    (
        Column(
            "hidden_states/{pooling}/{layer}",
            "float32",
            "(documents, width): one pooled vector a document; finite; attribute: distinct (different vectors, up to "
            "rounding)",
        ),
        Column("documents/id", "string", "(documents,): ids in the order of the rows"),
        Column("documents/tokens", "int32", "(documents,): real tokens the model read"),
        Column("documents/truncated", "bool", "(documents,): whether the text went beyond the window"),
    ),
    attributes=(
        "model",
        "weights",
        "vocabulary",
        "revision",
        "dtype",
        "device",
        "matmul_precision",
        "max_tokens",
        "corpus",
        "distinct",
    ),
)

COORDINATES = Arrays(
    "coordinates",
    1,
    (
        Column(
            "coordinates/{model}/{seed}/{layer}",
            "float32",
            "(documents, components); attributes: constant (every document has the same vector), "
            "explained_variance (share of each component; PCA, SVD) or trustworthiness (UMAP)",
        ),
    ),
    attributes=("space", "method", "components", "parameters"),
)

CELLS = Table(
    "cells",
    1,
    (
        _MODEL,
        _SEED,
        Column("layer", "int16", "index of the hidden state: 0 = embeddings"),
        _DOCUMENT,
        Column("x", "int16", "cell along the first coordinate, from 0"),
        Column("y", "int16", "cell along the second coordinate, from 0"),
    ),
    key=("model", "seed", "layer", "document"),
)

EDGES = Table(
    "edges",
    1,
    (
        _MODEL,
        _SEED,
        _LABELLING,
        _LABEL,
        Column("layer", "int16", "layer of the source region; the target lies in the next one"),
        Column("x0", "int16", "source cell along the first coordinate"),
        Column("y0", "int16", "source cell along the second coordinate"),
        Column("x1", "int16", "target cell along the first coordinate"),
        Column("y1", "int16", "target cell along the second coordinate"),
        Column("documents", "int32", "edge weight: documents of the label in both regions"),
    ),
    key=("model", "seed", "labelling", "label", "layer", "x0", "y0", "x1", "y1"),
)

COMPONENTS = Table(
    "components",
    1,
    (
        _MODEL,
        _SEED,
        _LABELLING,
        _LABEL,
        Column("layer", "int16", "layer of component i; component j lies in the next one"),
        Column("i", "int16", "component of the layer, from 0"),
        Column("j", "int16", "component of the next layer, from 0"),
        Column("rho", "float64", "Spearman's rho over the label's documents; NaN where i or j is constant"),
        Column(
            "p",
            "float64",
            "how often permuted documents have a rho as large in size; NaN where rho is, or below 4 documents",
        ),
        Column("q", "float64", "false discovery rate over the label's pairs; NaN where p is"),
    ),
    key=("model", "seed", "labelling", "label", "layer", "i", "j"),
)

METRICS = Table(
    "metrics",
    2,
    (
        _MODEL,
        _SEED,
        _LABELLING,
        _LABEL,
        Column("level", "string", "what the value describes: graph, layer or node"),
        Column("layer", "int16", "null at graph level", nullable=True),
        Column("x", "int16", "cell, or the component; null above node level", nullable=True),
        Column("y", "int16", "cell; null above node level and of components", nullable=True),
        Column("metric", "string", "name in docs/metrics.md, of components in docs/component-graphs.md"),
        Column("value", "float64", "NaN where the metric is undefined", nullable=True),
        Column("sample", "int32", "from how many drawn regions the metric started; null for all", nullable=True),
        Column("documents", "int32", "documents of the label"),
    ),
    key=("model", "seed", "labelling", "label", "level", "layer", "x", "y", "metric"),
)

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
        _LABELLING,
        Column("labels", "string", "its labels, a JSON list in their order"),
        _MODEL,
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
        _MODEL,
        _SEED,
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
        _MODEL,
        _SEED,
        _LABELLING,
        _LABEL,
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

_COMPARISON = Column("comparison", "string", "name of the comparison in the config")
_COMPARED_LABELS = Column("labels", "string", "its labels, a JSON list in their order")
_SPACE = Column("space", "string", "name of the space; of a model's own, the model's")
_TESTED = Column("metric", "string", "what is measured, named as in docs/statistics.md and docs/metrics.md")
_TESTED_LAYER = Column(
    "layer", "int16", "layer, of edges the one they leave; null for the graph as a whole", nullable=True
)
_AT = Column("m", "int32", "documents of each label in a half-sample")
_DEFINED = Column("half_samples", "int32", "half-samples with a defined value")
_SEEDS = Column("seeds", "int16", "seeds of the reduction, of whose values each value is the mean")
_NOTE = Column("note", "string", "what to know of this row, in sentences", nullable=True)

INTERVALS = Table(
    "intervals",
    1,
    (
        _COMPARISON,
        _LABELLING,
        _COMPARED_LABELS,
        _SPACE,
        _MODEL,
        Column(
            "test",
            "string",
            "separation, difference, range as in tests; label, a metric of one label; floor, two halves of one label",
        ),
        _TESTED,
        _TESTED_LAYER,
        Column("label", "string", "the label of a metric of one label or of a floor; null for all", nullable=True),
        _AT,
        _DEFINED,
        Column("value", "float64", "mean of the half-samples; NaN where undefined"),
        Column("low", "float64", "2.5th percentile of the half-samples; NaN without an interval, see note"),
        Column("high", "float64", "97.5th percentile"),
        Column("observed", "float64", "of all documents, as in tests; NaN for floors"),
        Column("null_mean", "float64", "mean over half-samples of permuted labels; NaN for labels and floors"),
        Column("effect", "float64", "value - null_mean, in the unit of the metric"),
        Column("effect_low", "float64", "low - null_mean"),
        Column("effect_high", "float64", "high - null_mean"),
        _SEEDS,
        _NOTE,
    ),
    key=("comparison", "space", "model", "test", "metric", "layer", "label"),
)

CONTRASTS = Table(
    "contrasts",
    1,
    (
        _COMPARISON,
        _LABELLING,
        _COMPARED_LABELS,
        _SPACE,
        Column("model", "string", "name of the trained model in the config"),
        Column("controls", "int16", "untrained models of its architecture"),
        Column("test", "string", "separation, difference or range, as in tests"),
        _TESTED,
        _TESTED_LAYER,
        _AT,
        _DEFINED,
        Column("trained", "float64", "effect of the trained model at m; NaN where undefined"),
        Column("untrained", "float64", "effect of the controls at m, their mean"),
        Column("untrained_sd", "float64", "standard deviation of the controls' effects; NaN for one control"),
        Column("value", "float64", "trained - untrained"),
        Column("low", "float64", "lower end of the interval; NaN without one, see note"),
        Column("high", "float64", "upper end"),
        _SEEDS,
        _NOTE,
    ),
    key=("comparison", "space", "model", "test", "metric", "layer"),
)

RAREFACTION = Table(
    "rarefaction",
    1,
    (
        _COMPARISON,
        _LABELLING,
        _SPACE,
        _MODEL,
        Column("label", "string", "the label as written in the data"),
        Column("metric", "string", "name in docs/metrics.md"),
        Column("layer", "int16", "layer, of edges the one they leave; null for the graph as a whole", nullable=True),
        Column("n", "int32", "documents asked for"),
        Column("documents", "float64", "documents drawn, on average; n but where groups stay whole"),
        Column("draws", "int32", "draws with a defined value"),
        Column("mean", "float64", "mean of the draws"),
        Column("sd", "float64", "their standard deviation, 0 where n is all documents; NaN for one draw"),
        _SEEDS,
    ),
    key=("comparison", "space", "model", "label", "metric", "layer", "n"),
)

VARIANTS = Table(
    "variants",
    1,
    (
        *_PLACE,
        Column("comparison", "string", "name of the comparison in the config; empty for test agreement"),
        _LABELLING,
        _MODEL,
        Column("test", "string", "as in tests: separation, difference or range; or agreement of the regions"),
        Column("metric", "string", "as in tests; of test agreement: regions, their adjusted mutual information"),
        Column("layer", "int16", "layer, of edges the one they leave; null for the graph as a whole", nullable=True),
        Column("factor", "string", "what is varied: seed, shift, size, bins, reduction, pooling; or reference"),
        Column("variant", "string", "what the factor is in the variant, such as a seed; empty for the reference"),
        Column("value", "float64", "value of the labels as they are; NaN where undefined"),
    ),
    key=(
        "pooling", "reduction", "bins", "size", "comparison", "model", "test", "metric", "layer", "factor", "variant",
    ),
)  # fmt: skip

REGION_STABILITY = Table(
    "region_stability",
    1,
    (
        *_PLACE,
        _MODEL,
        Column("item", "string", "region or edge, of all documents under the first seed of the reduction"),
        Column("layer", "int16", "layer of the region, of an edge that of its source"),
        Column("x0", "int16", "cell along the first coordinate, of an edge that of its source"),
        Column("y0", "int16", "cell along the second coordinate, of an edge that of its source"),
        Column("x1", "int16", "an edge's target cell along the first coordinate; null for a region", nullable=True),
        Column("y1", "int16", "an edge's target cell along the second coordinate; null for a region", nullable=True),
        Column("documents", "int32", "documents in the region or on the edge"),
        Column("together", "float64", "share of their pairs that share a region or edge in a variant; NaN below two"),
        Column("chance", "float64", "share of all pairs of documents that do, in the same layer"),
        Column("stability", "float64", "(together - chance) / (1 - chance); NaN where undefined"),
        Column("variants", "int16", "other seeds and moved grids, over which the three are means"),
    ),
    key=("pooling", "reduction", "bins", "size", "model", "layer", "x0", "y0", "x1", "y1"),
)

CONTRACTS = (
    TEXTS,
    ROWS,
    CORPUS,
    QUALITY,
    MODEL,
    DATASET,
    ACTIVATIONS,
    COORDINATES,
    CELLS,
    EDGES,
    COMPONENTS,
    METRICS,
    PROBING,
    TESTS,
    FAITHFULNESS,
    PATH_MEMORY,
    INTERVALS,
    CONTRASTS,
    RAREFACTION,
    VARIANTS,
    REGION_STABILITY,
)


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
