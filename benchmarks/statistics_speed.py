"""CPU seconds and peak memory of the statistics of one comparison by the number of documents, and how they grow.

    python benchmarks/statistics_speed.py [DOCUMENTS ...]

Documents drift from cell to cell through 13 layers of a 10 × 10 grid, seen by three seeds of a reduction; two labels,
of 45 and 55 per cent of the documents, say nothing. Unequal sizes are the dear case: every statistic of counts is the
mean of ten matched choices. Each statistic of each size runs in a process of its own, so that its peak memory is its
own, and on one thread; CPU seconds are without imports and without the making of the cells. Sizes are 1,000, 10,000
and 100,000 if not given.

Label tests: 999 permutations, 9,999 of the headline; costly metrics (of paths, communities and projections): 99;
half-samples: 200; rarefaction: 50 draws of each size; path memory: 999 shuffles of each label.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
sys.path[:0] = [str(Path(__file__).parents[1] / "scripts"), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
from metrics import LAYERS, SIZE, drifting  # noqa: E402

from nrag import regions  # noqa: E402
from nrag.compared import Documents  # noqa: E402
from nrag.graphs import incidence_of  # noqa: E402
from nrag.statistics.half_samples import Scheme, half_samples, ways_of  # noqa: E402
from nrag.statistics.label_tests import Asked, label_tests  # noqa: E402
from nrag.statistics.path_memory import path_memory  # noqa: E402
from nrag.statistics.permutations import Design  # noqa: E402
from nrag.statistics.rarefaction import rarefaction  # noqa: E402

SEEDS = 3
SIZES = (1_000, 10_000, 100_000)
HALF_SAMPLES = 200
AIM = 30
"""CPU seconds of all closed-form statistics of 1,000 documents."""

Planes = Mapping[tuple[str, int], np.ndarray]


def made(documents: int) -> tuple[Planes, Documents]:
    """Cells by model and seed, and the documents of the comparison: all of them."""
    planes = {}
    for seed in range(SEEDS):
        ((_, plane),) = regions.planes_of(drifting(documents, layers=LAYERS, size=SIZE, seed=seed)).items()
        planes["model", seed] = plane
    labels = np.random.default_rng(0).permutation(np.arange(documents) < 0.45 * documents).astype(np.int64)
    return planes, Documents(np.arange(documents), ("a", "b"), labels)


def design_of(documents: Documents) -> Design:
    """Every document may take the label of any other."""
    alone = np.arange(len(documents.rows))
    return Design(documents.labels.astype(np.int8), np.zeros_like(alone), alone)


def tested(planes: Planes, documents: Documents, *, permutations: int, costly: int) -> None:
    """The tests of labels."""
    asked = Asked(permutations, min(9_999, 10 * permutations), 0, costly, 2_000)
    label_tests(planes, documents, design_of(documents), size=SIZE, asked=asked)


def sampled(planes: Planes, documents: Documents) -> None:
    """The half-samples of every model."""
    scheme = Scheme(documents, design_of(documents), HALF_SAMPLES, 0)
    for ways in ways_of(planes).values():
        half_samples(ways, scheme, size=SIZE)


def remembered(planes: Planes, documents: Documents) -> None:
    """The path memory of every label under every seed."""
    for plane in planes.values():
        region = incidence_of(plane, size=SIZE).region
        for label in range(len(documents.names)):
            path_memory(region[:, documents.labels == label], shuffles=999, seed=0)


WORK: dict[str, Callable[[Planes, Documents], object]] = {
    "label tests": lambda planes, documents: tested(planes, documents, permutations=999, costly=0),
    "half-samples": sampled,
    "rarefaction": lambda planes, documents: rarefaction(planes, documents, size=SIZE, seed=0),
    "path memory": remembered,
    # Beside 19 permutations of the other tests, the fewest that a study may have.
    "costly metrics": lambda planes, documents: tested(planes, documents, permutations=19, costly=99),
}


def measure(what: str, documents: int) -> None:
    """Print CPU seconds, peak MB, regions and edges of one statistic, as JSON."""
    planes, compared = made(documents)
    start = time.process_time()
    WORK[what](planes, compared)
    seconds = time.process_time() - start
    way = incidence_of(planes["model", 0], size=SIZE)
    found = {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    print(json.dumps(found | {"regions": len(way.codes), "edges": len(way.source)}))


def main(sizes: tuple[int, ...]) -> None:
    """Print a row for each statistic, and for all closed forms together, with how they grow from size to size."""
    totals = dict.fromkeys(sizes, 0.0)
    for what in WORK:
        found = {}
        for documents in sizes:
            command = [sys.executable, __file__, "--one", what, str(documents)]
            found[documents] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            each = found[documents]
            print(
                f"{what}: {documents:,} documents, {each['regions']} regions, {each['edges']} edges: "
                f"{each['seconds']:.1f} CPU s, peak {each['peak']:.0f} MB",
                flush=True,
            )
            totals[documents] += each["seconds"] * (what != "costly metrics")
        print_growth(what, {documents: each["seconds"] for documents, each in found.items()})
    print_growth("all closed forms", totals)
    if 1_000 in totals:
        print(f"all closed forms of 1,000 documents: {totals[1_000]:.1f} CPU s, aim {AIM}")


def print_growth(what: str, seconds: Mapping[int, float]) -> None:
    """By how much CPU time grows from each size to the next, beside the documents."""
    sizes = list(seconds)
    for few, many in pairwise(sizes):
        print(f"{what}: {many / few:g} times the documents take {seconds[many] / seconds[few]:.1f} times as long")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], int(sys.argv[3]))
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
