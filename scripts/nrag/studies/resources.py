"""What a job asks for: memory and time as formulas in the size of its data, with constants from real runs.

Memory is what SLURM counts, the resident memory of all processes of a job together, in MiB: pages that
forked workers share count once for each, and Snakemake's own processes count too. Time is on as many
cores as the job asks for.

The constants are fitted to the runs of `benchmarks/resources.py --measure` (docs/benchmarks.md tells
machine and ratios; tests hold these formulas to their numbers). They belong to requests, not to products:
an edit here reruns nothing.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from nrag import checkpoints, contracts

MIB = 2**20

SNAKEMAKE = 400
"""MiB. Under SLURM a job's batch step and its srun step each run a Snakemake that reads the workflow again:
2 x 164 MiB and 10 of srun and shells for the default study, 2 x 167 for 20 models and 5 corpora."""

MARGIN = 1.25
"""Asked over expected memory."""

SLOWER = 4
"""How much slower than the machine of the measurements a busy node may be."""

SHORTEST = 5
"""Minutes that every job asks for at least."""


class Load(NamedTuple):
    """What a job uses that grows with the size of its inputs."""

    memory: float
    """MiB of the process with its libraries, without data."""
    seconds: float
    """CPU seconds to start and end."""
    per_mb: Mapping[str, tuple[float, float]]
    """MiB and CPU seconds for each MiB of an input, by its name in the rule."""


LOADS = {
    # Rows of 100 bytes; long texts pass through and take a sixth of it. Packages have no files and take 7 seconds.
    "read_corpus": Load(175, 10, {"source": (4, 0.25)}),
    "label_corpus": Load(175, 2, {"texts": (10, 0.3), "rows": (10, 0.3)}),
    "bin_regions": Load(175, 2, {"coordinates": (14, 0.2)}),
    "build_graph": Load(225, 2, {"cells": (90, 1), "corpus": (60, 0.3)}),
    # GraphML is 70 times as large as the edges.
    "export_graph": Load(225, 2, {"cells": (45, 1), "edges": (1500, 40)}),
    # Shortest paths in the projections of large graphs, from 2,000 regions (`measuring_minutes`).
    "measure_graph": Load(230, 3, {"cells": (45, 1), "edges": (700, 200)}),
    "export_components": Load(160, 2, {"components": (50, 3)}),
    "measure_components": Load(155, 2, {"components": (50, 3)}),
    "collect_component_metrics": Load(145, 2, {"metrics": (60, 1)}),
    "draw_components": Load(240, 10, {"components": (60, 10)}),
    "draw_nrag": Load(300, 10, {"cells": (20, 0.5), "edges": (400, 50)}),
    "draw_maps": Load(285, 6, {"cells": (20, 0.5), "edges": (100, 4)}),
    "draw_metrics": Load(255, 6, {"metrics": (180, 4)}),
    # Time grows with permutations too (`testing_minutes`); more memory than that of a few hundred is never held.
    "permute_labels": Load(240, 3, {"cells": (150, 0), "corpus": (60, 0.5)}),
    # Time grows with half-samples too (`sampling_minutes`); all spaces and their half-samples' values are held.
    "sample_documents": Load(260, 4, {"cells": (40, 0), "corpus": (60, 0.5)}),
    "collect_samples": Load(
        210, 2, {"intervals": (10, 0.3), "contrasts": (10, 0.3), "rarefaction": (10, 0.3), "variants": (265, 6)}
    ),
    "draw_rarefaction": Load(255, 6, {"rarefaction": (60, 4)}),
    "collect_tests": Load(170, 2, {"tests": (60, 1), "variants": (265, 6)}),
    # Seconds of two comparisons; the coordinates of one run are held at a time.
    "compare_variants": Load(215, 6, {"cells": (25, 6), "coordinates": (6, 0.2), "corpus": (60, 0.5)}),
    "collect_stability": Load(200, 2, {"variants": (265, 6)}),
    "draw_stability": Load(275, 6, {"variants": (320, 17)}),
    # Time grows with shuffles too (`shuffling_minutes`).
    "measure_path_memory": Load(200, 3, {"cells": (200, 0), "corpus": (60, 0.5)}),
    "collect_path_memory": Load(170, 2, {"memories": (60, 1)}),
    "collect_faithfulness": Load(170, 2, {"faithfulness": (60, 1)}),
    "typeset_tests": Load(170, 2, {"tests": (6, 0.05)}),
    "write_methods": Load(235, 3, {"tests": (6, 0.05)}),
    "probe_texts": Load(250, 20, {"corpus": (60, 60)}),
    "draw_probing": Load(255, 6, {"probes": (60, 4)}),
    "draw_separation": Load(255, 6, {"tests": (60, 4)}),
    "collect_probing": Load(170, 2, {"probes": (60, 1)}),
    "collect_metrics": Load(170, 2, {"metrics": (60, 1)}),
    "collect_quality": Load(165, 2, {"corpora": (60, 0.3)}),
    "collect_reductions": Load(135, 2, {"coordinates": (0, 0.5)}),
    "collect_neurons": Load(200, 5, {"patterns": (60, 10), "graphs": (4, 0.5), "scores": (10, 1)}),
    "compare_neurons": Load(200, 5, {"tokens": (200, 20)}),
    "summarise_neurons": Load(170, 2, {"summaries": (60, 1)}),
    "link_regions": Load(200, 5, {"cells": (60, 5), "examples": (3, 2), "untrained": (3, 1)}),
    "link_labels": Load(200, 5, {"corpus": (60, 1), "examples": (3, 2), "untrained": (3, 1)}),
    "draw_neurons": Load(170, 3, {"graphs": (8, 3)}),
    "write_neuron_page": Load(180, 3, {"graphs": (8, 3), "scores": (10, 1)}),
    "record_versions": Load(140, 10, {}),
    "write_index": Load(160, 3, {"figures": (7, 0.1)}),
}
"""By rule. Inputs that are not named do not count, such as activations of which only the attributes are read."""

SHARE_OF_COORDINATES = {"cells.parquet": 0.6, "edges.parquet": 0.35}
"""At most so large in comparison with the coordinates they come from: 32 graphs of 250 to 20,000 documents."""


def asked_memory(expected: float) -> int:
    """MiB to ask for, of a job whose own processes are expected to use so many."""
    return math.ceil(MARGIN * (SNAKEMAKE + expected))


def asked_minutes(seconds: float) -> int:
    """Minutes to ask for, of a job that is expected to take so many seconds.

    >>> asked_minutes(0), asked_minutes(600)
    (5, 45)
    """
    return SHORTEST + math.ceil(SLOWER * seconds / 60)


# ------------------------------------------------------------------------- jobs that read tables


def memory(rule: str, sizes: Mapping[str, float]) -> int:
    """MiB to ask for; `sizes` are those of the inputs that `LOADS` names, in MiB, none for the least it can be."""
    load = LOADS[rule]
    return asked_memory(load.memory + sum(load.per_mb[name][0] * size for name, size in sizes.items()))


def minutes(rule: str, sizes: Mapping[str, float]) -> int:
    """Minutes to ask for; `sizes` as for `memory`."""
    load = LOADS[rule]
    return asked_minutes(load.seconds + sum(load.per_mb[name][1] * size for name, size in sizes.items()))


SOURCES = 2000
"""Regions that paths started from, at most, in the measurements."""


def measuring_minutes(sizes: Mapping[str, float], *, sources: int) -> int:
    """Minutes that the metrics of a graph ask for, of which paths from so many regions take the most."""
    return math.ceil(minutes("measure_graph", sizes) * max(1, sources / SOURCES))


TESTING = {"permutations": (15, 60), "permutations_headline": (0.5, 4), "permutations_costly": (60, 2000)}
"""CPU seconds of 1,000 permutations: whatever the documents, for edges and regions are soon as many as they can be, and
for each MiB of cells. Of labels of unequal size, which take ten times as long as others; costly metrics take an NRAG
of each label, however they differ in size."""


def testing_minutes(
    sizes: Mapping[str, float], *, permutations: int, permutations_headline: int, permutations_costly: int
) -> int:
    """Minutes to ask for, of the tests of a run; permutations are those of all its comparisons together."""
    load = LOADS["permute_labels"]
    seconds = load.seconds + sum(load.per_mb[name][1] * size for name, size in sizes.items())
    asked = {
        "permutations": permutations,
        "permutations_headline": permutations_headline,
        "permutations_costly": permutations_costly,
    }
    for name, number in asked.items():
        any_size, of_each = TESTING[name]
        seconds += number / 1000 * (any_size + of_each * sizes.get("cells", 0))
    return asked_minutes(seconds)


SHUFFLING = (0.5, 18)
"""CPU seconds of 1,000 shuffles of the paths of all documents: whatever they are, and for each MiB of cells."""


def shuffling_minutes(sizes: Mapping[str, float], *, shuffles: int, labellings: int) -> int:
    """Minutes to ask for, of the path memories of a run: of all documents, and of the labels of each labelling."""
    load = LOADS["measure_path_memory"]
    seconds = load.seconds + sum(load.per_mb[name][1] * size for name, size in sizes.items())
    any_size, of_each = SHUFFLING
    return asked_minutes(seconds + (1 + labellings) * shuffles / 1000 * (any_size + of_each * sizes.get("cells", 0)))


SAMPLING = (40, 60)
"""CPU seconds of 1,000 half-samples with their permutations and floors: whatever the documents, and for each MiB of
cells."""


def sampling_minutes(sizes: Mapping[str, float], *, subsamples: int) -> int:
    """Minutes to ask for, of the samples of a condition; subsamples are those of all its comparisons together."""
    load = LOADS["sample_documents"]
    seconds = load.seconds + sum(load.per_mb[name][1] * size for name, size in sizes.items())
    any_size, of_each = SAMPLING
    return asked_minutes(seconds + subsamples / 1000 * (any_size + of_each * sizes.get("cells", 0)))


# ----------------------------------------------------------------------------------- extraction


class Network(NamedTuple):
    """How large a model is."""

    parameters: int
    layers: int
    """Blocks; there is one more hidden state."""
    width: int


WORDS = Network(parameters=0, layers=0, width=contracts.WORDS_WIDTH)
"""The bag of words in the place of a model, at its widest."""

# ASSUME that a model of which nothing is known yet has a billion parameters.
UNKNOWN = Network(parameters=1_000_000_000, layers=16, width=2048)

TOKENS_PER_BYTE = 1.5
"""Tokens in a byte of compressed texts; 0.4 to 0.6 for English and MiniLM, 1.0 to 1.4 where tokens are letters."""

BUDGET = 8192
"""Padded tokens of a batch of a large corpus (`nrag.extraction.token_budget`)."""

TORCH = 450
"""MiB of a process with torch and transformers."""

WORKING = 300
"""MiB that a worker keeps besides: buffers of products, and what freed tensors of many shapes leave between them."""

STATES = 20
"""Working memory of a worker that grows with its batches, in hidden states of one batch."""

CUDA = 3000
"""MiB of host memory for the libraries of CUDA: three times what torch 2.11 took on an H200; others load more."""

CPU_SPEED = 70e9
"""Floating-point operations a second of one core, for models of 100 million to 1 billion parameters."""

GPU_SPEED = 10e12
"""Of a GPU in float32, half of what an A100 has at best, a third of what an H200 gave; with `SLOWER` it leaves room for
a T4."""

PER_TOKEN = 40e-6
"""CPU seconds of a token beside its products: tokenizer, small operations, pooling."""

READING = 100
"""MiB of weights a second, from a slow network disk."""


def network(folder: Path | None) -> Network:
    """The size of a model in a folder; `UNKNOWN` for a hub model, and where the folder does not tell."""
    if folder is None:
        return UNKNOWN
    try:
        shape = checkpoints.shape(folder)
        return Network(checkpoints.parameters(folder), shape.layers, shape.width)
    except checkpoints.CheckpointError:
        # The check before any job says so in one line.
        return UNKNOWN


def fetched_network(fetched: checkpoints.Fetched) -> Network:
    """The size of a hub model that was fetched; its weights are taken for half precision, the costlier guess."""
    shape = fetched.shape
    # ASSUME 2 bytes a number: a file of float32 then counts twice. Without weights, what the shape lets expect.
    expected = shape.width * (16 * shape.layers * shape.width + 50_000)
    return Network(fetched.weight_bytes // 2 or expected, shape.layers, shape.width)


def extraction_memory(model: Network, *, texts: float, workers: int, gpu: bool = False, batch_tokens: int = 0) -> int:
    """MiB to ask for, of the extraction of `texts` MiB of compressed texts.

    Weights are float32 in each process, a parent and its forked workers; a process alone may hold the
    file beside them while it loads. On a GPU they pass through host memory.
    """
    weights = 4 * model.parameters / MIB
    if gpu:
        return asked_memory(TORCH + CUDA + 1.5 * weights)
    batch = (batch_tokens or min(BUDGET, _tokens(texts) / 32)) * model.width * 4 / MIB
    processes = TORCH + 1.5 * weights if workers == 1 else (1 + workers) * (TORCH + weights)
    return asked_memory(processes + workers * (WORKING + STATES * batch))


def extraction_minutes(model: Network, *, texts: float, workers: int, gpu: bool = False) -> int:
    """Minutes to ask for, of the extraction of `texts` MiB of compressed texts.

    A token costs two operations a parameter; weights come from a slow disk.
    """
    loading = 15 + 4 * model.parameters / MIB / READING
    speed = GPU_SPEED if gpu else CPU_SPEED * workers
    return asked_minutes(loading + _tokens(texts) * (2 * model.parameters / speed + PER_TOKEN / workers))


def _tokens(texts: float) -> float:
    return TOKENS_PER_BYTE * texts * MIB


# -------------------------------------------------------------------------------------- neurons

OF_NEURONS = 0.12
"""MiB that the mining keeps of a neuron: its histogram, its best examples, random ones of each strength."""

PER_NEURON = 4e-9
"""CPU seconds that a token takes of a neuron that is mined: its bin, whether it is an extreme."""

OF_TRACING, OF_EXAMPLE = 300, 0.1
"""MiB of tracing, and of each example of those that are traced together, with its windows and what is tried of them."""

EXAMPLE_TOKENS = 500
"""Tokens that run through a network to trace an example of a neuron, both signs together."""

SCORED = 3e-8
"""CPU seconds that a held-out token takes of a neuron that is scored."""


def up_to(model: Network, block: int) -> Network:
    """The part of a model that is run to read the neurons of a block, the embeddings left out."""
    share = (block + 1) / max(model.layers, 1)
    return Network(math.ceil(min(share, 1) * model.parameters), block + 1, model.width)


def mining_memory(model: Network, *, texts: float, gpu: bool = False) -> int:
    """MiB to ask for, of the neurons of all blocks of a model in `texts` MiB of compressed texts."""
    weights = 4 * model.parameters / MIB
    kept = OF_NEURONS * model.layers * 4 * model.width
    return asked_memory(TORCH + (CUDA if gpu else 0) + 1.5 * weights + WORKING + kept + 12 * texts)


def mining_minutes(model: Network, *, texts: float, gpu: bool = False) -> int:
    """Minutes to ask for, of the neurons of all blocks of a model in `texts` MiB of compressed texts."""
    seconds = _tokens(texts) * model.layers * 4 * model.width * PER_NEURON
    return extraction_minutes(model, texts=texts, workers=1, gpu=gpu) + math.ceil(SLOWER * seconds / 60)


def tracing_memory(model: Network, *, examples_mb: float, neurons: int, examples: int, gpu: bool = False) -> int:
    """MiB to ask for, of the tracing of a block whose model, up to it, is `model`."""
    weights = 4 * model.parameters / MIB
    # More are traced one part after another.
    together = OF_TRACING + OF_EXAMPLE * min(neurons * examples, 32_768)
    return asked_memory(TORCH + (CUDA if gpu else 0) + 1.5 * weights + WORKING + 2 * examples_mb + together)


def tracing_minutes(model: Network, *, neurons: int, examples: int, gpu: bool = False) -> int:
    """Minutes to ask for, of the tracing of so many neurons of a block by so many examples each."""
    tokens = neurons * examples * EXAMPLE_TOKENS
    speed = GPU_SPEED if gpu else CPU_SPEED
    return asked_minutes(15 + tokens * (2 * model.parameters / speed + PER_TOKEN))


def scoring_memory(model: Network, *, examples_mb: float, neurons: int, gpu: bool = False) -> int:
    """MiB to ask for, of the scores of so many neurons of a block."""
    weights = 4 * model.parameters / MIB
    return asked_memory(
        TORCH + (CUDA if gpu else 0) + 1.5 * weights + WORKING + 2 * examples_mb + 2 * min(neurons, 256)
    )


def scoring_minutes(model: Network, *, examples_mb: float, neurons: int, gpu: bool = False) -> int:
    """Minutes to ask for, of the scores of so many neurons of a block; every held-out token may be read."""
    tokens = examples_mb * MIB / 4
    speed = GPU_SPEED if gpu else CPU_SPEED
    parts = math.ceil(neurons / 256)
    return asked_minutes(15 + tokens * (parts * 2 * model.parameters / speed + neurons * SCORED))


# ---------------------------------------------------------------------------------------- words

OF_DOCUMENTS, OF_VOCABULARY = 50, 100
"""MiB for each MiB of compressed texts, of which short ones are the most documents, and for its root: words that differ
grow as the root of the texts (Heaps), and with them what the iteration keeps."""


def vectorizing_memory(texts: float) -> int:
    """MiB to ask for, of the vectors of the words of `texts` MiB of compressed texts."""
    return asked_memory(230 + OF_DOCUMENTS * texts + OF_VOCABULARY * math.sqrt(texts))


def vectorizing_minutes(texts: float) -> int:
    """Minutes to ask for, of the vectors of the words of `texts` MiB of compressed texts."""
    return asked_minutes(5 + 4 * texts)


# ------------------------------------------------------------------------------------ reduction

UMAP = 235
"""MiB of a process with umap-learn and what it compiled."""

PRODUCTS = 20e9
"""Floating-point operations a second of one core, of matrix products in float64 with what is done around them."""


def reduction_memory(method: str, *, layer: float, width: int, workers: int) -> int:
    """MiB to ask for, of the reduction of hidden states of `layer` MiB each, all members of the space together.

    PCA and SVD hold blocks of 4,096 documents and a width x width matrix; UMAP holds all documents in
    float64, in each worker.
    """
    if method == "umap":
        return asked_memory((1 + workers if workers > 1 else 1) * UMAP + workers * 2.7 * 2 * layer)
    block = min(2 * layer, 4096 * width * 8 / MIB)
    return asked_memory(150 + 4 * block + 6 * width**2 * 8 / MIB)


def reduction_minutes(
    method: str,
    *,
    layer: float,
    width: int,
    hidden_states: int,
    workers: int,
    seeds: int = 1,
    n_neighbors: int = 15,
    epochs: int | None = None,
) -> int:
    """Minutes to ask for, of the reduction of so many hidden states of `layer` MiB each."""
    documents = layer * MIB / 4 / width
    if method != "umap":
        return asked_minutes(2 + hidden_states * (layer / 150 + 2 * documents * width**2 / PRODUCTS))
    epochs = epochs or (500 if documents <= 10_000 else 200)
    layout = 2.5e-6 * documents * epochs * n_neighbors / 15
    # Neighbours once, and 2,000 documents judged for each seed.
    distances = 2 * documents * width * (documents + seeds * min(documents, 2000)) / PRODUCTS
    return asked_minutes(15 + hidden_states * (seeds * layout + distances) / workers)


# ----------------------------------------------------------------------------------- clustering

ROUNDS = 60
"""Rounds of k-means; made-up states of 20,000 documents took 18 to 40."""


def clustering_memory(*, coordinates: float, layer: float) -> int:
    """MiB to ask for, of k-means in hidden states of `layer` MiB each, all members of the space together."""
    return asked_memory(245 + 14 * coordinates + 7 * layer)


def clustering_minutes(*, layer: float, width: int, hidden_states: int, seeds: int, size: int) -> int:
    """Minutes to ask for, of k-means to `size`² clusters in so many hidden states of `layer` MiB each.

    Giving n clusters cells of their own takes n³.
    """
    documents = layer * MIB / 4 / width
    products = 2 * documents * width * size**2 * ROUNDS
    return asked_minutes(5 + hidden_states * seeds * (products / PRODUCTS + 4e-10 * size**6))


# --------------------------------------------------------------------------------- correlations


def correlation_memory(*, coordinates: float, components: int, refit: float = 0) -> int:
    """MiB to ask for, of the correlations of coordinates of so many MiB; `refit` is what their reduction asks for."""
    return asked_memory(210 + 20 * coordinates + 0.02 * components**2) + math.ceil(refit)


def correlation_minutes(
    *, coordinates: float, components: int, permutations: int, labellings: int, refit: float = 0
) -> int:
    """Minutes to ask for, of the correlations over all documents and those of each label of so many labellings.

    Every permutation multiplies each layer's ranks with the next one's; `refit` is what the reductions of the labels
    ask for.
    """
    values = coordinates * MIB / 4
    products = 2 * values * components * permutations * (1 + labellings) / PRODUCTS
    return asked_minutes(2 + products) + math.ceil(refit)


# --------------------------------------------------------------------------------- faithfulness

JUDGED = 5000
"""Documents whose neighbours are asked at most (`nrag.faithfulness`)."""


def faithfulness_memory(*, cells: float, layer: float) -> int:
    """MiB to ask for, of the faithfulness of regions: `cells` MiB of all reductions and grids, `layer` of a model."""
    return asked_memory(190 + 60 * cells + 5 * layer)


def faithfulness_minutes(*, layer: float, width: int, hidden_states: int, planes: int) -> int:
    """Minutes to ask for, of the neighbours in so many hidden states of `layer` MiB each, and of their `planes`."""
    documents = layer * MIB / 4 / width
    products = 2 * min(documents, JUDGED) * documents * width
    return asked_minutes(3 + hidden_states * (products / PRODUCTS + planes * (0.02 + 1e-6 * documents)))


# -------------------------------------------------------------------------------------- probing

LEARNED = 6
"""Copies of a layer's features in float64, or of products of documents, that a probe holds while it learns."""

FIT = (0.005, 1e-5)
"""CPU seconds of a fit to a few coordinates or the cells of a grid: each, and of each document."""

LEARNING = 3e-7
"""CPU seconds of a fit to a hidden state, for each of its numbers, up to documents x documents."""

OCCUPIED = 70
"""Cells of a grid that hold documents. Those of all layers together may be more than the documents."""


class ProbingWork(NamedTuple):
    """What a space is probed by, beside its hidden states."""

    planes: int
    """Reductions, each seed for itself."""
    grids: int
    """Grids laid over each."""
    n_splits: int
    members: int = 1
    """Models of the space."""
    clusters: int = 0
    """That k-means makes of a training part, for all grids and reductions together."""


def probing_memory(probing: ProbingWork, *, layer: float, width: int, hidden_states: int) -> int:
    """MiB to ask for, of the probes of hidden states of `layer` MiB each, all members of the space together.

    Of features that are more than the documents, documents x documents products are held while the layers pass.
    """
    documents = _documents(probing, layer, width)
    crowded = OCCUPIED * hidden_states > documents
    held = LEARNED + (probing.planes * probing.grids if crowded else 0)
    return asked_memory(260 + 2 * LEARNED * layer + probing.members * held * documents**2 * 8 / MIB)


def probing_minutes(probing: ProbingWork, *, layer: float, width: int, hidden_states: int) -> int:
    """Minutes to ask for, of the probes of so many hidden states of `layer` MiB each.

    A wide hidden state costs the products of its documents and is then as wide as there are documents.
    """
    documents = _documents(probing, layer, width)
    few = (hidden_states + 1) * probing.planes * (1 + probing.grids) * (FIT[0] + FIT[1] * documents)
    states = hidden_states * documents * min(width, documents) * LEARNING
    together = documents * min(hidden_states * width, documents) * LEARNING
    products = 2 * hidden_states * (1 + probing.planes) * documents * width * min(width, documents) / PRODUCTS
    clustering = 2 * hidden_states * documents * width * probing.clusters * ROUNDS / PRODUCTS
    return asked_minutes(5 + probing.n_splits * probing.members * (few + states + together + products + clustering))


def _documents(probing: ProbingWork, layer: float, width: int) -> float:
    return layer * MIB / 4 / width / probing.members
