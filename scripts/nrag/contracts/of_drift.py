"""How far checkpoints of a shared space have come apart."""

from nrag.contracts.columns import LABELLING
from nrag.contracts.kinds import Column, Table

DRIFT = Table(
    "drift",
    1,
    (
        Column("model_a", "string", "name of one model of the space"),
        Column("model_b", "string", "name of the other, later in the alphabet"),
        Column(
            "statistic",
            "string",
            "region_divergence, edge_divergence, changed_documents, region_agreement, own_region_agreement, linear_cka",
        ),
        Column("seed", "int16", "seed of the reduction; null of hidden states", nullable=True),
        Column(
            "layer",
            "int16",
            "layer, of edges the one they leave; null for the mean of those that are not constant",
            nullable=True,
        ),
        Column("constant", "bool", "whether all documents have one vector there under either model"),
        Column("value", "float64", "0 to 1, agreements at most 1; NaN where constant or undefined"),
        Column("null_mean", "float64", "mean over exchanges of documents; NaN where they change nothing"),
        Column("null_quantile", "float64", "95 % quantile over the exchanges"),
        Column("p", "float64", "(b + 1) / (permutations + 1), b exchanges with a value as large"),
        Column("permutations", "int32", "exchanges with a defined value"),
        Column("halves", "float64", "value between two halves of one model's documents, mean of both models; or NaN"),
        Column("low", "float64", "2.5th percentile over halves of the documents, of linear_cka; NaN without"),
        Column("high", "float64", "97.5th percentile"),
        LABELLING,
        Column("label_information_a", "float64", "adjusted mutual information of label and region of model_a; or NaN"),
        Column("label_information_b", "float64", "the same of model_b"),
        Column("documents", "int32", "documents of the corpus"),
    ),
    key=("model_a", "model_b", "statistic", "seed", "layer"),
)
