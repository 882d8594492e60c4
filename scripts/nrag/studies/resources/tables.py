"""What jobs ask for that read tables: a constant for each, and so much for each MiB of an input."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from nrag.studies.resources.asked import asked_memory, asked_minutes


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
    # Answers to mazes in Parquet take a sixth of a MiB for 17,500 rows.
    "label_models": Load(175, 3, {"texts": (10, 0.3), "table": (50, 5)}),
    "bin_regions": Load(175, 2, {"coordinates": (14, 0.2)}),
    "build_graph": Load(225, 2, {"cells": (90, 1), "corpus": (60, 0.3), "labels": (60, 1)}),
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
    "permute_labels": Load(240, 3, {"cells": (150, 0), "corpus": (60, 0.5), "labels": (60, 1)}),
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
    # Time grows with models and exchanges too (`exchanging_minutes`).
    "compare_checkpoints": Load(215, 3, {"cells": (40, 0), "own": (15, 1), "corpus": (60, 0.5), "labels": (60, 1)}),
    "collect_drift": Load(170, 2, {"drift": (60, 1)}),
    "draw_drift": Load(255, 6, {"drift": (60, 4)}),
    "draw_members": Load(300, 10, {"cells": (20, 0.5), "edges": (400, 50)}),
    "collect_neurons": Load(200, 5, {"patterns": (60, 10), "graphs": (4, 0.5), "scores": (10, 1)}),
    "collect_answers": Load(200, 5, {"answers": (60, 5)}),
    "collect_trainings": Load(160, 5, {}),
    "measure_stages": Load(235, 5, {"answers": (180, 10)}),
    "write_failures": Load(200, 5, {"answers": (60, 5)}),
    "draw_training": Load(255, 6, {"trainings": (60, 4)}),
    "draw_stages": Load(255, 6, {"methods": (60, 4)}),
    "collect_maze_probes": Load(205, 5, {"maze_probes": (60, 12)}),
    "draw_maze_probes": Load(265, 6, {"means": (15, 1)}),
    "draw_lengths": Load(255, 6, {"lengths": (60, 4)}),
    "compare_neurons": Load(200, 5, {"tokens": (200, 20)}),
    "follow_neurons": Load(200, 5, {"examples": (12, 1), "tokens": (200, 20), "scores": (10, 1)}),
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


EXCHANGING = 50
"""CPU seconds of 1,000 exchanges of documents for each MiB of cells, half of them for each other model of the space."""


def exchanging_minutes(sizes: Mapping[str, float], *, members: int, permutations: int) -> int:
    """Minutes to ask for, of the divergences of every two of a run's models."""
    load = LOADS["compare_checkpoints"]
    seconds = load.seconds + sum(load.per_mb[name][1] * size for name, size in sizes.items())
    pairs = (members - 1) / 2
    return asked_minutes(seconds + permutations / 1000 * EXCHANGING * pairs * sizes.get("cells", 0))


SAMPLING = (40, 60)
"""CPU seconds of 1,000 half-samples with their permutations and floors: whatever the documents, and for each MiB of
cells."""


def sampling_minutes(sizes: Mapping[str, float], *, subsamples: int) -> int:
    """Minutes to ask for, of the samples of a condition; subsamples are those of all its comparisons together."""
    load = LOADS["sample_documents"]
    seconds = load.seconds + sum(load.per_mb[name][1] * size for name, size in sizes.items())
    any_size, of_each = SAMPLING
    return asked_minutes(seconds + subsamples / 1000 * (any_size + of_each * sizes.get("cells", 0)))
