"""Whether label tests find nothing where there is nothing, what each of them sees, and whether intervals hold.

    python benchmarks/statistics_checks.py [FIGURE]

Prints the tables of docs/statistics-checks.md and draws how the p-values lie where labels say nothing. Cells and
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
from nrag.statistics import contrasts, costly, half_samples, intervals, label_tests

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


COLLECTIONS, HALVES = 200, 100
KEY = ["test", "metric", "layer"]


def coverage(shifts: dict[str, float]) -> str:
    """How often intervals of new collections hold what they are for, and floors the separation of two labels.

    What an interval is for is the mean over all collections; of the effect, that of value less null mean.
    """
    rows = [
        "| labels | statistics | value | effect | effect holds 0 | in the range of a floor |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for name, shift in shifts.items():
        table = pd.concat([_collection(shift, number) for number in range(COLLECTIONS)], ignore_index=True)
        for group, chosen in _groups(table).items():
            found = table[chosen].copy()
            held = [_held(found, column) for column in ("", "effect_")]
            zero = found.dropna(subset="effect_low").eval("effect_low <= 0 <= effect_high").mean()
            inside = _in_floors(table) if group == "separations" else np.nan
            shares = ["–" if np.isnan(value) else f"{value:.3f}" for value in (*held, zero, inside)]
            rows.append(f"| {name} | {group} | {' | '.join(shares)} |")
    return "\n".join(rows)


def contrast_coverage(cases: list[tuple[int, float]], controls: int = 3) -> str:
    """How often the interval of trained less untrained holds its mean over new documents and new weights."""
    rows = [
        "| documents of a label | controls' distances | interval | percentiles over half-samples and controls alike |",
        "|--:|---|--:|--:|",
    ]
    for documents, spread in cases:
        tables = [_contrast(spread, controls, number, documents) for number in range(COLLECTIONS)]
        table = pd.concat(tables, ignore_index=True)
        table = table[(table["test"] == "separation") & table["layer"].isna()]
        rows.append(f"| {documents} | 0.4 ± {spread} | {_held(table, ''):.3f} | {_held(table, 'naive_'):.3f} |")
    return "\n".join(rows)


def _collection(shift: float, number: int) -> pd.DataFrame:
    """The intervals of all layers together of a new collection of documents, one label `shift` away."""
    made = planted.shifted(np.random.default_rng([number, 8]), shift)
    scheme = half_samples.Scheme(made.documents, made.design, HALVES, number)
    found = half_samples.half_samples(half_samples.ways_of(made.planes)["model"], scheme, size=made.size)
    table = intervals.interval_table({("model", "model"): found}, scheme)
    return table[table["layer"].isna()].assign(collection=number)


def _contrast(spread: float, controls: int, number: int, documents: int) -> pd.DataFrame:
    """Trained less untrained of a new collection: labels lie 1 apart in the trained model, and in every control some
    number of mean 0.4 and standard deviation `spread`; documents share part of their places in all models.
    """
    generator = np.random.default_rng([number, 9])
    labels = planted.labels_of((documents, documents), generator)
    common = 0.7 * generator.normal(size=len(labels))
    shifts = [1.0, *generator.normal(0.4, spread, controls)]
    planes = [planted.walks(generator, common + shift * labels, layers=5, size=6)["model", 0] for shift in shifts]
    made = planted.case({("model", 0): planes[0]}, labels, size=6)
    scheme = half_samples.Scheme(made.documents, made.design, HALVES, number)
    places = [(f"model {turn}", "model") for turn in range(controls + 1)]
    found = {
        place: half_samples.half_samples([plane], scheme, size=6) for place, plane in zip(places, planes, strict=True)
    }
    table = contrasts.contrast_table(found, {places[0]: places[1:]}, scheme)
    alike = []
    for row in table.itertuples():
        key, layer = (row.test, row.metric, None), 0 if pd.isna(row.layer) else int(row.layer) + 1
        trained, *others = (found[place].effects(key)[layer] for place in places)
        alike.append(np.nanpercentile(trained - np.stack(others), intervals.INTERVAL))
    return table.assign(collection=number, naive_low=[low for low, _ in alike], naive_high=[high for _, high in alike])


def _groups(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        "separations": table["test"] == "separation",
        "differences": table["test"] == "difference",
        "metrics of a label": table["test"] == "label",
    }


def _held(table: pd.DataFrame, prefix: str) -> float:
    """Share of the intervals that hold the mean of their centres over all collections; of those that there are."""
    centre = prefix.removesuffix("_") if prefix == "effect_" else "value"
    truth = table.groupby([*KEY, table.get("label", pd.Series(index=table.index)).fillna("")], dropna=False)[centre]
    known = table.assign(truth=truth.transform("mean")).dropna(subset=[f"{prefix}low", centre])
    held = (known[f"{prefix}low"] <= known["truth"]) & (known["truth"] <= known[f"{prefix}high"])
    return held.mean() if len(known) else np.nan


def _in_floors(table: pd.DataFrame) -> float:
    """Share of the separations that lie in the range of a label's floor; both labels' floors count."""
    floors = table[table["test"] == "floor"].merge(
        table.loc[table["test"] == "separation", ["collection", "metric", "value"]], on=["collection", "metric"]
    )
    known = floors.dropna(subset=["low"])
    return ((known["low"] <= known["value_y"]) & (known["value_y"] <= known["high"])).mean()


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
    print("", coverage({"of one law": 0.0, "half a deviation apart": 0.5, "one deviation apart": 1.0}), sep="\n")
    print("", contrast_coverage([(60, 0.0), (60, 0.4), (400, 0.4), (400, 0.8)]), sep="\n")
    if sys.argv[1:]:
        draw(p_values, sys.argv[1])
