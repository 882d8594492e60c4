"""How sure values are, and what of them holds: samples of documents, and choices that could have been others."""

from nrag.contracts.columns import LABELLING, MODEL, PLACE
from nrag.contracts.kinds import Column, Table

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
        LABELLING,
        _COMPARED_LABELS,
        _SPACE,
        MODEL,
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
        LABELLING,
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
        LABELLING,
        _SPACE,
        MODEL,
        Column("label", "string", "the label as written in the data"),
        Column("metric", "string", "name in docs/metrics.md"),
        Column("layer", "int16", "layer, of edges the one they leave; null for the graph as a whole", nullable=True),
        Column("n", "int32", "documents asked for"),
        Column("documents", "float64", "documents in these draws, on average; n but where groups stay whole"),
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
        *PLACE,
        Column("comparison", "string", "name of the comparison in the config; empty for test agreement"),
        LABELLING,
        MODEL,
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
        *PLACE,
        MODEL,
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
