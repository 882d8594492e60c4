"""How long work takes beside a fixed work on the same processor, so that limits hold on machines of any speed."""

import time

import numpy as np


def seconds(work, rounds=3):
    """The least CPU time of some rounds."""
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def units(work, rounds=3):
    """The least CPU time of some rounds, in those of `unit`, a twentieth of a second where limits were measured."""
    return seconds(work, rounds) / seconds(unit)


def unit():
    """Sorting in NumPy, and counting in Python."""
    np.sort(np.random.default_rng(0).random(700_000))
    counts = {}
    for number in range(200_000):
        counts[number % 997] = counts.get(number % 997, 0) + 1
