"""What was fetched, hidden states, and their coordinates."""

from nrag.contracts.kinds import Arrays, Column, Record

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
