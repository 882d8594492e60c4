"""What a job asks for: memory and time as formulas in the size of its data, with constants from real runs.

Memory is what SLURM counts, the resident memory of all processes of a job together, in MiB: pages that
forked workers share count once for each, and Snakemake's own processes count too. Time is on as many
cores as the job asks for.

The constants are fitted to the runs of `benchmarks/resources.py --measure` (docs/benchmarks.md tells
machine and ratios; tests hold these formulas to their numbers). They belong to requests, not to products:
an edit here reruns nothing.
"""

from nrag.studies.resources.asked import SHORTEST, SNAKEMAKE
from nrag.studies.resources.networks import (
    CUDA,
    UNKNOWN,
    WORDS,
    Network,
    decoder,
    extraction_memory,
    extraction_minutes,
    fetched_network,
    network,
)
from nrag.studies.resources.neurons import (
    mining_memory,
    mining_minutes,
    scoring_memory,
    scoring_minutes,
    tracing_memory,
    tracing_minutes,
    up_to,
)
from nrag.studies.resources.states import (
    JUDGED,
    ProbingWork,
    alignment_memory,
    alignment_minutes,
    clustering_memory,
    clustering_minutes,
    correlation_memory,
    correlation_minutes,
    faithfulness_memory,
    faithfulness_minutes,
    probing_memory,
    probing_minutes,
    reduction_memory,
    reduction_minutes,
    vectorizing_memory,
    vectorizing_minutes,
)
from nrag.studies.resources.tables import (
    LOADS,
    SHARE_OF_COORDINATES,
    TESTING,
    exchanging_minutes,
    measuring_minutes,
    memory,
    minutes,
    sampling_minutes,
    shuffling_minutes,
    testing_minutes,
)
from nrag.studies.resources.training import (
    answering_memory,
    answering_minutes,
    drawing_memory,
    drawing_minutes,
    maze_probing_memory,
    maze_probing_minutes,
    training_memory,
    training_minutes,
)

__all__ = [
    "CUDA",
    "JUDGED",
    "LOADS",
    "SHARE_OF_COORDINATES",
    "SHORTEST",
    "SNAKEMAKE",
    "TESTING",
    "UNKNOWN",
    "WORDS",
    "Network",
    "ProbingWork",
    "alignment_memory",
    "alignment_minutes",
    "answering_memory",
    "answering_minutes",
    "clustering_memory",
    "clustering_minutes",
    "correlation_memory",
    "correlation_minutes",
    "decoder",
    "drawing_memory",
    "drawing_minutes",
    "exchanging_minutes",
    "extraction_memory",
    "extraction_minutes",
    "faithfulness_memory",
    "faithfulness_minutes",
    "fetched_network",
    "maze_probing_memory",
    "maze_probing_minutes",
    "measuring_minutes",
    "memory",
    "mining_memory",
    "mining_minutes",
    "minutes",
    "network",
    "probing_memory",
    "probing_minutes",
    "reduction_memory",
    "reduction_minutes",
    "sampling_minutes",
    "scoring_memory",
    "scoring_minutes",
    "shuffling_minutes",
    "testing_minutes",
    "tracing_memory",
    "tracing_minutes",
    "training_memory",
    "training_minutes",
    "up_to",
    "vectorizing_memory",
    "vectorizing_minutes",
]
