"""The numbers of docs/mazes.md, from the results of the maze study and of its neurons.

python studies/maze_findings.py results mazes                    # stages, and how far they come from where they began
python studies/maze_findings.py results mazes-neurons --neurons  # the neurons that change most from stage to stage
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from nrag import contracts, store  # noqa: I001  (before NumPy: it sets one thread)

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import adjusted_mutual_info_score

CONTINUED = ("sft-again", "sft-continued", "sft-continued-150")
REINFORCED = ("rlhf", "rlhf-hard", "grpo")
FROM_SFT = (*CONTINUED, "dpo", "dpo-sft", "orpo", "kto", *REINFORCED)
PAIRS = (("base", "sft"), ("base", "sft-full"), *(("sft", stage) for stage in FROM_SFT))
"""How far each is from the checkpoint that it began at; `sft-again` began at the base, and is a floor."""
SET = "cells12"
SFT = ("sft", "sft-1", "sft-2")
"""The checkpoint of each lineage from which the methods part."""
CONTROLS = (("sft", "sft-continued"), ("sft", "sft-continued-150"))


def stages(methods: pd.DataFrame) -> Iterator[str]:
    """A row a stage: solve rates of greedy and sampled answers with intervals, the difference to the control."""
    test = methods[methods["split"] == "test"]
    for stage in test["stage"].unique():
        own = test[test["stage"] == stage].set_index("decoding")
        greedy, sampled = own.loc["greedy"], own.loc["sampled"]
        cells = [stage, f"{greedy['steps']:.0f}"]
        cells.append(
            f"{_percent(greedy['solve_rate'])} {_between(greedy['solve_rate_low'], greedy['solve_rate_high'])}"
            f" ({_percent(greedy['solve_rate_lowest'])}–{_percent(greedy['solve_rate_highest'])})"
        )
        cells += [_percent(greedy[name]) for name in ("optimal_rate", "valid_move_rate", "first_move_right")]
        cells += [_percent(sampled["solve_rate"]), _percent(sampled["pass_at_k"])]
        if greedy["finding"] == "no control":
            cells += ["", ""]
        else:
            cells += [f"{100 * greedy['difference']:+.1f} {_between(greedy['low'], greedy['high'])}", greedy["finding"]]
        yield _row(cells)


def sampled(methods: pd.DataFrame) -> Iterator[str]:
    """A row a stage that has a control: sampled answers to test mazes less those of the control."""
    own = methods[(methods["split"] == "test") & (methods["decoding"] == contracts.SAMPLED)]
    for row in own[own["finding"] != "no control"].itertuples():
        yield _row([row.stage, row.control, f"{100 * row.difference:+.1f} {_between(row.low, row.high)}", row.finding])


def long_ways(lengths: pd.DataFrame, stages: Sequence[str]) -> Iterator[str]:
    """A row a stage and length of the way: test mazes, greedy solve rate of all seeds, and of each."""
    test = lengths[lengths["split"] == "test"]
    for (stage, length), own in test[test["stage"].isin(stages)].groupby(["stage", "length"]):
        together, each = own[own["seed"].isna()], own[own["seed"].notna()].sort_values("seed")
        rates = [_percent(rate) for rate in (*together["solve_rate"], *each["solve_rate"])]
        yield _row([stage, f"{length}", f"{own['mazes'].iloc[0]}", *rates])


def rewards(trainings: pd.DataFrame, reported: int = 5) -> Iterator[str]:
    """A row a stage with a reward and a seed: its mean over the first reports and the last; or its pair accuracy."""
    for (stage, seed), own in trainings.sort_values("step").groupby(["stage", "seed"]):
        reward, accuracy = own["reward"].dropna(), own["accuracy"].dropna()
        if len(reward):
            yield _row([stage, f"{seed}", f"{reward.head(reported).mean():.2f}", f"{reward.tail(reported).mean():.2f}"])
        if len(accuracy):
            yield _row([stage, f"{seed}", "pairs", f"{100 * accuracy.iloc[-1]:.1f} %"])


def states(drift: pd.DataFrame) -> Iterator[str]:
    """A row a pair, layer by layer: CKA of the hidden states, mean over seeds."""
    own = _lineages(drift)
    layers = sorted(own.loc[own["value"].notna() & own["layer"].notna(), "layer"].unique())
    for pair in PAIRS:
        yield _row([" → ".join(pair), *(_range(_values(own, "linear_cka", pair, layer)) for layer in layers)])


def initialisations(drift: pd.DataFrame) -> Iterator[str]:
    """A row a kind of pair in the space of three initialisations, means over layers, over the pairs of that kind."""
    own = drift[(drift["space"] == "seeds") & drift["layer"].isna()]
    ends = [[re.sub(r"-[12]$", "", name) for name in both] for both in zip(own["model_a"], own["model_b"], strict=True)]
    seeds = [own["model_a"].str.extract(r"-(\d)$")[0], own["model_b"].str.extract(r"-(\d)$")[0]]
    lineage = np.where(seeds[0].fillna("0") == seeds[1].fillna("0"), "of one lineage", "of two")
    kinds = pd.Series([" and ".join(sorted(both)) for both in ends], index=own.index) + ", " + lineage
    for kind, pairs in own.groupby(kinds):
        told = [
            f"{name} {_range(pairs.loc[pairs['statistic'] == name, 'value'])}"
            for name in ("edge_divergence", "linear_cka", "own_region_agreement")
        ]
        yield _row([kind, *told])


def told_by_regions(tests: pd.DataFrame, models: Sequence[str]) -> Iterator[str]:
    """A row a labelling and layer: adjusted mutual information of label and region, of some models in all spaces."""
    own = tests[(tests["metric"] == "label_information") & tests["model"].isin(models)]
    for (labelling, layer), values in own.dropna(subset="layer").groupby(["labelling", "layer"]):
        yield _row([labelling, f"{layer:.0f}", _range(values["observed"], digits=3)])


def told_by_lengths(
    answers: pd.DataFrame, mazes: pd.DataFrame, models: Sequence[str], cut: Sequence[int]
) -> Iterator[str]:
    """A row a checkpoint: adjusted mutual information of the length of the way, in classes, and of being solved."""
    greedy = answers[(answers["decoding"] == contracts.GREEDY) & answers["model"].isin(models)]
    test = greedy.merge(mazes.loc[mazes["split"] == "test", ["id", "length"]], on="id")
    for model, own in test.groupby("model"):
        told = adjusted_mutual_info_score(np.searchsorted(cut, own["length"]), own["solved"])
        yield _row([model, f"{told:.3f}"])


def shifts(methods: pd.DataFrame) -> Iterator[str]:
    """A row a stage: greedy solve rate of each kind of mazes, with its interval."""
    greedy = methods[methods["decoding"] == "greedy"]
    kinds = greedy[["split", "generator", "width", "height"]].drop_duplicates()
    for stage in greedy["stage"].unique():
        cells = [stage]
        for kind in kinds.itertuples(index=False):
            own = greedy[(greedy["stage"] == stage) & (greedy[list(kind._fields)] == list(kind)).all(axis="columns")]
            row = own.iloc[0]
            cells.append(f"{_percent(row['solve_rate'])} {_between(row['solve_rate_low'], row['solve_rate_high'])}")
        yield _row(cells)


def drifts(drift: pd.DataFrame) -> Iterator[str]:
    """A row a pair, means over layers: edges, documents, CKA; and how much more than by as many steps of SFT."""
    own = _lineages(drift)
    for pair in PAIRS:
        cells = [" → ".join(pair)]
        for statistic in ("edge_divergence", "changed_documents", "linear_cka"):
            cells.append(_range(_values(own, statistic, pair, None)))
            if statistic != "linear_cka":
                cells.append(_beyond(own, statistic, pair, None))
        yield _row(cells)


def depths(drift: pd.DataFrame) -> Iterator[str]:
    """A row a pair, layer by layer: documents in another region, and how many more than by as many steps of SFT."""
    own = _lineages(drift)
    layers = sorted(own.loc[own["value"].notna() & own["layer"].notna(), "layer"].unique())
    for pair in PAIRS:
        cells = [" → ".join(pair)]
        for layer in layers:
            told = f"{_values(own, 'changed_documents', pair, layer).mean():.2f}"
            cells.append(f"{told} {_beyond(own, 'changed_documents', pair, layer)}".rstrip())
        yield _row(cells)


def probes(table: pd.DataFrame) -> Iterator[str]:
    """A row a stage: accuracy of every target in the first and last layer behind the embeddings, mean over seeds."""
    whole = table[(table["task"] == "all") & table["last"].astype(bool)]
    first, last = 1, whole["layer"].max()
    for stage in whole["stage"].unique():
        cells = [stage]
        for target in whole["target"].unique():
            own = whole[(whole["stage"] == stage) & (whole["target"] == target)]
            cells += [_range(own.loc[own["layer"] == layer, "accuracy"]) for layer in (first, last)]
        yield _row(cells)


def neurons(changed: pd.DataFrame, pairs: tuple[tuple[str, str], ...], number: int) -> Iterator[str]:
    """By pair and block: medians over neurons of what is left of them, then the neurons that changed most."""
    for pair in pairs:
        both = (changed["model_a"] == pair[0]) & (changed["model_b"] == pair[1])
        both |= (changed["model_a"] == pair[1]) & (changed["model_b"] == pair[0])
        for block, own in changed[both].groupby("block"):
            cells = [" → ".join(pair), f"{block}", f"{len(own)}"]
            for name in ("correlation", "overlap_activating", "overlap_context"):
                low, median, high = own[name].quantile([0.25, 0.5, 0.75])
                cells.append(f"{median:.2f} ({low:.2f}–{high:.2f})")
            yield _row(cells)
        firing = changed[both & (changed["patterns_a"] > 0) & (changed["patterns_b"] > 0)]
        for row in firing.sort_values("correlation", kind="stable").head(number).itertuples():
            yield (
                f"  {pair[0]} → {pair[1]}: block {row.block} neuron {row.neuron} sign {row.sign:+d}: "
                f"correlation {row.correlation:.2f}, tokens {row.overlap_activating:.2f}, peak {row.peak_a:.2f} → "
                f"{row.peak_b:.2f}, fires {row.density_a:.3f} → {row.density_b:.3f}, "
                f"F1 {row.f1_a:.2f} → {row.f1_b:.2f}"
            )


# --------------------------------------------------------------------------------------- private


def _lineages(drift: pd.DataFrame) -> pd.DataFrame:
    """The rows of the three lineages with `pair`, from which stage to which, and `seed_of_training`."""
    own = drift[drift["space"].str.fullmatch(r"lineage(-\d+)?")].copy()
    own["seed_of_training"] = own["space"].str.extract(r"-(\d+)$")[0].fillna("0")
    plain = {name: re.sub(r"-[12]$", "", name) for name in {*own["model_a"], *own["model_b"]}}
    ends = zip(own["model_a"].map(plain), own["model_b"].map(plain), strict=True)
    own["pair"] = [pair if pair in PAIRS else pair[::-1] for pair in ends]
    return own[own["pair"].isin(PAIRS)]


def _values(lineages: pd.DataFrame, statistic: str, pair: tuple[str, str], layer: float | None) -> pd.Series:
    """One value a training seed; without a layer the means over layers."""
    at = lineages["layer"].isna() if layer is None else lineages["layer"] == layer
    own = lineages[at & (lineages["statistic"] == statistic) & (lineages["pair"] == pair)]
    return own.set_index("seed_of_training")["value"].sort_index()


def _beyond(lineages: pd.DataFrame, statistic: str, pair: tuple[str, str], layer: float | None) -> str:
    """Mean and Student's interval over training seeds of the values less those of as many steps of SFT."""
    if pair in CONTROLS or pair[0] != "sft":
        return ""
    control = CONTROLS[1] if pair[1] in REINFORCED else CONTROLS[0]
    apart = _values(lineages, statistic, pair, layer) - _values(lineages, statistic, control, layer)
    half = stats.t.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
    return f"{apart.mean():+.2f} [{apart.mean() - half:+.2f}, {apart.mean() + half:+.2f}]"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    return "–" if pd.isna(share) else f"{100 * share:.1f}"


def _between(low: float, high: float) -> str:
    return f"[{100 * low:.1f}, {100 * high:.1f}]"


def _range(values: pd.Series, *, digits: int = 2) -> str:
    values = values.dropna()
    if values.empty:
        return "–"
    mean, least, most = (f"{value:.{digits}f}" for value in (values.mean(), values.min(), values.max()))
    return f"{mean} ({least}–{most})"


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("study")
    parser.add_argument("--neurons", action="store_true", help="those of the neurons")
    parser.add_argument("--number", type=int, default=3, help="how many of the neurons that changed most")
    asked = parser.parse_args()
    tables = asked.results / "studies" / asked.study / "tables"
    if asked.neurons:
        changed = pd.read_csv(tables / "changed_neurons.tsv", sep="\t")
        known = {*changed["model_a"], *changed["model_b"]}
        pairs = tuple(pair for pair in PAIRS if set(pair) <= known)
        print("\n".join(neurons(changed, pairs, asked.number)))
        return
    methods = store.read_tsv(tables / "maze_methods.tsv", contracts.MAZE_METHODS)
    drift = pd.read_csv(tables / "drift.tsv", sep="\t")
    tests = pd.read_csv(tables / "tests.tsv", sep="\t")
    read = store.read_tsv(tables / "maze_probes.tsv", contracts.MAZE_PROBES)
    lengths = store.read_tsv(tables / "maze_lengths.tsv", contracts.MAZE_LENGTHS)
    trainings = store.read_tsv(tables / "training.tsv", contracts.TRAININGS)
    drawn = asked.results / "mazes" / SET
    parts = {
        "stages, greedy answers": stages(methods),
        "sampled answers less the control's": sampled(methods),
        "kinds of mazes": shifts(methods),
        "length of the way": long_ways(lengths, ("grpo", "sft-continued-150")),
        "rewards, first and last reports": rewards(trainings),
        "drift": drifts(drift),
        "drift by layer": depths(drift),
        "CKA by layer": states(drift),
        "three initialisations": initialisations(drift),
        "what the region of the prompt tells": told_by_regions(tests, SFT),
        "what the length tells of being solved": told_by_lengths(
            store.read_table(drawn / "answers.parquet", contracts.ANSWERS),
            store.read_table(drawn / "mazes.parquet", contracts.MAZES),
            [f"mazes:{SET}/sft@{seed}" for seed in range(len(SFT))],
            (4, 6),
        ),
        "probes": probes(read),
    }
    for what, rows in parts.items():
        print(f"{what}\n", *rows, sep="\n", end="\n\n")


if __name__ == "__main__":
    main()
