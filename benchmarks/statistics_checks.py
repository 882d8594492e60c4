"""Whether label tests find nothing where there is nothing, and what each of them sees.

    python benchmarks/statistics_checks.py [FIGURE]

Prints the four tables of docs/statistics-checks.md and draws how the p-values lie where labels say nothing. Cells and
seeds are those of tests/test_statistics_calibration.py, which fails where a number of the first table is too high.
"""

import sys
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import planted

from nrag.figures import style
from nrag.statistics import costly, label_tests

DRAWS, CASES, OVERALL = 200, 30, -1
SEPARATIONS = [*label_tests.OF_SHARES, *label_tests.OF_COUNTS, *label_tests.OF_COMMUNITIES]


def calibration(p_values: dict[str, pd.DataFrame]) -> str:
    """A row for each kind of design: how often p is below 0.05, of all tests and of the one with the most."""
    rows = ["| design | tests | below 0.05, mean | headline | most | above the bound |", "|---|--:|--:|--:|--:|--:|"]
    for name, p in p_values.items():
        counted = planted.rejected(p)
        shares = counted["found"] / counted["draws"]
        above = np.count_nonzero(counted["found"] > counted["most"])
        headline = shares[label_tests.HEADLINE, OVERALL]
        rows.append(f"| {name} | {len(p)} | {shares.mean():.3f} | {headline:.3f} | {shares.max():.3f} | {above} |")
    return "\n".join(rows)


def ignored() -> str:
    """What shows of length and groups if permutations do not keep them, and what of it if they do."""
    made = {
        "length, by fifths": (partial(planted.strata, stratified=False), planted.strata),
        "length, within fifths too": tuple(partial(planted.by_length, stratified=kept) for kept in (False, True)),
        "groups": tuple(partial(planted.groups, largest=16, whole=kept) for kept in (False, True)),
    }
    rows = ["| effect of | test | ignored | kept |", "|---|---|--:|--:|"]
    for name, pair in made.items():
        found = [_shares(planted.p_values(make, CASES)) for make in pair]
        rows += [
            f"| {name} | `{metric}` | {found[0][metric]:.2f} | {found[1][metric]:.2f} |"
            for metric in label_tests.OF_SHARES
        ]
    return "\n".join(rows)


def truths() -> str:
    """A row for each test of all layers together: in how many cases of each planted truth p is below 0.05."""
    found = pd.DataFrame({name: _shares(planted.p_values(make, CASES)) for name, make in planted.TRUTHS.items()})
    return _table(found.loc[[*SEPARATIONS, *(name for name in found.index if name not in SEPARATIONS)]])


def costly_truths() -> str:
    """The same of the metrics of paths, communities and projections, by 39 permutations and p of at most 0.05."""
    made = planted.TRUTHS | planted.STRUCTURES
    few = {"permutations": 19, "permutations_costly": 39}
    found = {name: _shares(planted.p_values(make, CASES, **few), level=0.05 + 1e-9) for name, make in made.items()}
    return _table(pd.DataFrame(found).loc[list(costly.COSTLY)])


def _table(found: pd.DataFrame) -> str:
    """Shares by test, those above the bound in bold."""
    most = binom.ppf(0.999, CASES, 0.05) / CASES
    rows = ["| test | " + " | ".join(found) + " |", "|---|" + "--:|" * len(found.columns)]
    for name in found.index:
        shares = ["–" if np.isnan(value) else f"{value:.2f}" for value in found.loc[name]]
        cells = [f"**{said}**" if value > most else said for said, value in zip(shares, found.loc[name], strict=True)]
        rows.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _shares(p: pd.DataFrame, *, level: float = 0.05) -> pd.Series:
    counted = planted.rejected(p, level=level).xs(OVERALL, level="layer")
    return counted["found"] / counted["draws"]


def draw(p_values: dict[str, pd.DataFrame], path: str) -> None:
    """Share of p at or below each level, a panel a design, a line a test, with the bound of the headline."""
    level = np.linspace(0, 1, 201)
    most = binom.ppf(0.999, DRAWS, level) / DRAWS
    with style.styled():
        figure, axes = plt.subplots(3, 3, figsize=(7, 7), sharex=True, sharey=True, layout="constrained")
        for axis, (name, p) in zip(axes.flat, p_values.items(), strict=True):
            for key, values in p.iterrows():
                defined = np.sort(values.dropna())
                share = np.searchsorted(defined, level + 1e-9, side="right") / max(len(defined), 1)
                headline = key == (label_tests.HEADLINE, OVERALL)
                axis.plot(level, share, color="tab:blue" if headline else "0.75", lw=1.5 if headline else 0.4)
                axis.lines[-1].set_zorder(3 if headline else 1)
            axis.plot(level, most, color="black", lw=0.8, ls="--", zorder=2)
            axis.set_title(name, fontsize=7)
        figure.supxlabel("level")
        figure.supylabel("share of p at or below it")
        figure.savefig(path, dpi=150, metadata={"Software": None})


if __name__ == "__main__":
    # As in the test: what calibration rests on is the same however many matchings are averaged.
    label_tests.DRAWS = 3
    p_values = {name: planted.p_values(make, DRAWS) for name, make in planted.NULLS.items()}
    print(calibration(p_values), ignored(), truths(), costly_truths(), sep="\n\n")
    if sys.argv[1:]:
        draw(p_values, sys.argv[1])
