"""Neurons of MLP blocks: their examples, patterns, scores, and what they have in common."""

from nrag.contracts.columns import LABEL, LABELLING, MODEL, SEED
from nrag.contracts.kinds import Arrays, Column, Table

_BLOCK = Column("block", "int16", "number of the MLP block, from 0; hidden state block + 1 is its output")
_NEURON = Column("neuron", "int32", "number of the neuron: a component of the input of the block's down projection")
_SIGN = Column("sign", "int8", "1 or -1: which sign of the activation")
_F1 = "F1 of firing"

EXAMPLES = Arrays(
    "examples",
    1,
    (
        Column("documents/id", "string", "(documents,): ids in the order of the corpus"),
        Column(
            "documents/start", "int64", "(documents + 1,): where each document's tokens begin, and the last one ends"
        ),
        Column("documents/tokens", "int32", "(tokens,): token ids of all documents, special tokens left out"),
        Column("documents/test", "bool", "(documents,): kept for tests; no pattern is made of these"),
        Column("blocks/{block}/selected", "int32", "(selected,): the neurons that are traced, ascending"),
        Column(
            "blocks/{block}/histogram", "int64", "(neurons, 2, 96): tokens by sign, + and -, and bin of |activation|"
        ),
        Column(
            "blocks/{block}/peaks", "float32", "(neurons, 2): largest |activation| of each sign in training documents"
        ),
        Column("blocks/{block}/best/neuron", "int32", "(best,): the strongest examples, of either half of the corpus"),
        Column("blocks/{block}/best/sign", "int8", "(best,)"),
        Column("blocks/{block}/best/group", "int16", "(best,): 1 where the document is kept for tests"),
        Column("blocks/{block}/best/document", "int32", "(best,)"),
        Column("blocks/{block}/best/position", "int32", "(best,): place among the document's tokens"),
        Column("blocks/{block}/best/activation", "float32", "(best,)"),
        Column("blocks/{block}/random/neuron", "int32", "(random,): examples drawn from each bin of strength"),
        Column("blocks/{block}/random/sign", "int8", "(random,)"),
        Column("blocks/{block}/random/group", "int16", "(random,): bin of the activation"),
        Column("blocks/{block}/random/document", "int32", "(random,)"),
        Column("blocks/{block}/random/position", "int32", "(random,): place among the document's tokens"),
        Column("blocks/{block}/random/activation", "float32", "(random,)"),
        Column(
            "blocks/{block}/highest", "float32", "(documents, selected): largest activation over a document's tokens"
        ),
        Column("blocks/{block}/lowest", "float32", "(documents, selected): smallest"),
    ),
    attributes=("model", "weights", "vocabulary", "revision", "device", "max_tokens", "corpus", "both_ways", "skipped"),
)

PATTERNS = Table(
    "patterns",
    1,
    (
        _BLOCK,
        _NEURON,
        _SIGN,
        Column("pattern", "int32", "number of the pattern, from 0, over both signs of the neuron, + first"),
        Column("activating", "int32", "id of the token at which the neuron fires"),
        Column(
            "distance",
            "int16",
            "tokens from the context token to the activating one, negative behind it",
            nullable=True,
        ),
        Column(
            "context", "int32", "id of a token that matters; null in the one row of a pattern without", nullable=True
        ),
        Column(
            "activation", "float64", "activation / the neuron's largest |activation|, in full texts, mean of examples"
        ),
        Column(
            "sufficiency",
            "float64",
            "share of random surroundings in which the pattern alone keeps the activation; NaN of substitutes",
        ),
        Column("examples", "int32", "examples it was made of; 0 where another token was tried in one's place"),
    ),
    key=("block", "neuron", "pattern", "distance"),
)

SCORES = Table(
    "scores",
    1,
    (
        _BLOCK,
        _NEURON,
        _SIGN,
        Column("method", "string", "graph; or a look-up table of the same examples: token, sequence (5 tokens before)"),
        Column(
            "split", "string", "held-out text as it comes; or top, the held-out texts in which the neuron is strongest"
        ),
        Column("quantile", "int8", "0 for all firing tokens; 1 the weakest quarter of them to 4 the strongest"),
        Column("tokens", "int64", "tokens that were simulated"),
        Column("firing", "int64", "those at which the sign fires: reaches the threshold's part of its peak"),
        Column("predicted", "int64", "those at which the method says so"),
        Column("hits", "int64", "those of both"),
        Column("precision", "float64", "hits / predicted; NaN where nothing is predicted"),
        Column("recall", "float64", "hits / firing; NaN where nothing fires"),
        Column("f1", "float64", f"{_F1}: 2 hits / (firing + predicted); NaN where neither"),
        Column("pearson", "float64", "correlation of simulated and true activations; NaN where one is constant"),
        Column("r2", "float64", "1 - squared error / variance; NaN where the true ones are constant"),
        Column(
            "detection_windows_firing", "float64", "windows of 32 tokens in which the neuron fires; NaN of a quantile"
        ),
        Column("detection_balanced_accuracy", "float64", "of whether it fires in a window; NaN where all or none do"),
        Column("detection_auc", "float64", "area under the ROC curve of the same; NaN where all or none do"),
        Column("density", "float64", "share of all tokens of the corpus at which the sign fires"),
        Column("peak", "float64", "largest |activation| of the sign in the training documents"),
        Column("patterns", "int32", "patterns of its graph"),
        Column(
            "kind",
            "string",
            "single-token, dense (fires at more than a tenth of the tokens), both with a comma, or empty",
        ),
    ),
    key=("block", "neuron", "sign", "method", "split", "quantile"),
)

FAILURES = Table(
    "failures",
    1,
    (
        _BLOCK,
        _NEURON,
        Column("sign", "int8", "1 or -1; 0 where neither sign could be traced"),
        Column("reason", "string", "why the neuron has no pattern, in a sentence"),
    ),
    key=("block", "neuron", "sign"),
)

TOKENS = Table(
    "tokens",
    1,
    (
        _BLOCK,
        _NEURON,
        _SIGN,
        Column("role", "string", "activating or context"),
        Column("token", "int32", "token id"),
        Column("text", "string", "what it looks like, spaces as they are; bytes that are no text as \\xNN"),
        Column("activation", "float64", "largest activation of the patterns that it stands in"),
        Column("patterns", "int32", "patterns that it stands in"),
        Column("examples", "int32", "examples that these were made of; 0 where it was tried in another one's place"),
        Column(
            "min_distance", "int16", "smallest distance of a context token; null of an activating one", nullable=True
        ),
        Column(
            "max_distance", "int16", "largest distance of a context token; null of an activating one", nullable=True
        ),
    ),
    key=("block", "neuron", "sign", "role", "token"),
)

_PAIR = tuple(
    Column(f"{column.name}_{which}", column.type, f"{column.meaning}, of the {word} of the pair")
    for which, word in (("a", "first"), ("b", "second"))
    for column in (MODEL, _BLOCK, _NEURON, _SIGN)
)

SIMILAR = Table(
    "similar",
    1,
    (
        *_PAIR,
        Column("relation", "string", "identical, similar; or subset, the first one's tokens being among the second's"),
        Column("overlap_activating", "float64", "tokens that both have / those of the larger; 1 where both have none"),
        Column("overlap_context", "float64", "the same of context tokens"),
        Column(
            "cluster",
            "int32",
            "number of the connected group of identical and similar ones; null of subsets",
            nullable=True,
        ),
    ),
    # Pairs of different models are of a corpus each, in a column behind these.
    further=True,
)

_OF_BOTH = tuple(
    Column(f"{name}_{which}", type_, f"{meaning}, {word} model")
    for name, type_, meaning in (
        ("peak", "float64", "largest |activation| of the sign in the training documents"),
        ("patterns", "int32", "patterns of its graph; 0 where it has none"),
        ("density", "float64", "share of all tokens at which it fires; NaN where it has no graph"),
        ("f1", "float64", f"{_F1} of its graph in held-out text; NaN where it has none"),
    )
    for which, word in (("a", "first"), ("b", "second"))
)

CHANGED = Table(
    "changed_neurons",
    1,
    (
        Column("model_a", "string", "first model of the pair, in the order of the shared space"),
        Column("model_b", "string", "second model of the pair"),
        _BLOCK,
        _NEURON,
        _SIGN,
        Column(
            "correlation",
            "float64",
            "Spearman's, over documents, of the sign's largest activation in each; NaN where one is constant",
        ),
        Column(
            "overlap_activating",
            "float64",
            "activating tokens that both graphs have / those of the larger; NaN where one has none",
        ),
        Column("overlap_context", "float64", "the same of context tokens; 1 where neither has any"),
        *_OF_BOTH,
    ),
    key=("model_a", "model_b", "block", "neuron", "sign"),
    # Pairs are of a corpus each, in a column behind these.
    further=True,
)

_TELLS = (
    Column("auc", "float64", "chance that a document of the set has the larger activation, ties half"),
    Column("q", "float64", "false discovery rate among all sets, neurons and signs of the block (Mann-Whitney)"),
    Column(
        "auc_untrained",
        "float64",
        "the best AUC of any traced neuron of the block of an untrained control, their mean; NaN without",
    ),
    Column("auc_length", "float64", "the same chance for the number of tokens: of more tokens the largest is larger"),
)

REGION_NEURONS = Table(
    "region_neurons",
    1,
    (
        MODEL,
        SEED,
        Column("layer", "int16", "index of the hidden state whose region it is"),
        Column("x", "int16", "cell along the first coordinate"),
        Column("y", "int16", "cell along the second coordinate"),
        Column("block", "int16", "the block below: layer - 1"),
        _NEURON,
        _SIGN,
        *_TELLS,
        Column("documents", "int32", "documents of the region"),
    ),
    key=("model", "seed", "layer", "x", "y", "block", "neuron", "sign"),
)

LABEL_NEURONS = Table(
    "label_neurons",
    1,
    (
        LABELLING,
        LABEL,
        _BLOCK,
        _NEURON,
        _SIGN,
        *_TELLS,
        Column("fires", "float64", "share of the label's documents in which it fires"),
        Column("fires_elsewhere", "float64", "share of the other labelled documents in which it fires"),
    ),
    key=("labelling", "label", "block", "neuron", "sign"),
)
