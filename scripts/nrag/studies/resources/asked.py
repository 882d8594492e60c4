"""From what a job is expected to use to what it asks for."""

import math

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


def asked_memory(expected: float) -> int:
    """MiB to ask for, of a job whose own processes are expected to use so many."""
    return math.ceil(MARGIN * (SNAKEMAKE + expected))


def asked_minutes(seconds: float) -> int:
    """Minutes to ask for, of a job that is expected to take so many seconds.

    >>> asked_minutes(0), asked_minutes(600)
    (5, 45)
    """
    return SHORTEST + math.ceil(SLOWER * seconds / 60)
