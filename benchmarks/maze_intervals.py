"""How often the intervals of docs/mazes.md hold what is true: simulated studies of mazes, seeds and samples.

    python benchmarks/maze_intervals.py [STUDIES]

Mazes differ in difficulty, the same for a stage and its control, and trainings in luck (standard deviations on the
scale of log odds); the truth is that of all mazes and all trainings. Takes a minute for 1,000 studies of each kind.
"""

import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "scripts")]

from nrag.evaluation.intervals import difference_interval, rate_interval  # noqa: E402

DIFFICULTY = 1.5
CASES = (
    # seeds, mazes, samples, log odds of the control at a middling maze, what the stage adds, luck
    (1, 60, 1, 0.0, 0.0, 0.0),
    (1, 500, 1, 0.0, 0.5, 0.0),
    (1, 30, 1, 3.0, 0.0, 0.0),
    (1, 60, 1, -3.0, 0.0, 0.0),
    (1, 500, 4, 0.0, 0.5, 0.0),
    (2, 500, 1, 0.0, 0.3, 0.2),
    (3, 500, 1, 0.0, 0.3, 0.0),
    (3, 500, 1, 0.0, 0.3, 0.2),
    (3, 60, 1, 0.0, 0.3, 0.2),
    (3, 500, 4, 0.0, 0.3, 0.5),
    (5, 500, 1, 2.0, 0.3, 0.3),
)


def coverage(case: tuple, studies: int, draw: np.random.Generator) -> tuple[float, float]:
    """Shares of studies whose interval of the difference, and of the stage's rate, holds the truth."""
    seeds, mazes, samples, base, added, luck = case

    def chances(offset: float, hard: np.ndarray, own: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(base + offset + hard + own)))

    hard, lucks = draw.normal(scale=DIFFICULTY, size=400_000), draw.normal(scale=luck, size=(2, 400_000))
    rate = chances(added, hard, lucks[0]).mean()
    truth = rate - chances(0.0, hard, lucks[1]).mean()
    held = np.zeros(2)
    for _ in range(studies):
        hard, lucks = draw.normal(scale=DIFFICULTY, size=mazes), draw.normal(scale=luck, size=(2, seeds, 1))
        stage = draw.binomial(samples, chances(added, hard, lucks[0])) / samples
        control = draw.binomial(samples, chances(0.0, hard, lucks[1])) / samples
        low, high = difference_interval(stage - control)
        held[0] += low <= truth <= high
        low, high = rate_interval(stage, answers=samples)
        held[1] += low <= rate <= high
    return tuple(held / studies)


def main() -> None:
    """Print a line for each case."""
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print("| seeds | mazes | samples | luck | differences | rates |")
    print("|---" * 6 + "|")
    for number, case in enumerate(CASES):
        found = coverage(case, studies, np.random.default_rng(number))
        seeds, mazes, samples, *_, luck = case
        print(f"| {seeds} | {mazes} | {samples} | {luck:g} | {100 * found[0]:.1f} % | {100 * found[1]:.1f} % |")


if __name__ == "__main__":
    main()
