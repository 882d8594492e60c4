"""The numbers of docs/neurons.md, from the results of a study whose neurons were traced.

python studies/neuron_findings.py results neurons              # the layer table, the nearest pairs
python studies/neuron_findings.py results neurons --graphs 5   # and the best graphs of each block, as text
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from nrag import contracts, store  # noqa: I001  (before NumPy: it sets one thread)

import pandas as pd
from nrag.neurons.similarity import KEYS, similar_pairs

NEAR = 0.4
"""Overlap from which on pairs are looked at for the nearest ones."""


def layers(table: pd.DataFrame) -> Iterator[str]:
    """A row for each model, corpus and block of `tables/neurons.tsv`: precision/recall/F1 of every method, in held-out
    text of both signs and in the strongest texts of the positive one; F1 of graphs in text with its interval.
    """
    numbers = [name for name in table.columns if name not in ("model", "corpus", "method", "split")]
    table = table.astype(dict.fromkeys(numbers, float))
    for (model, corpus, block), own in table.groupby(["model", "corpus", "block"], sort=False):
        cells = [f"{model}, {corpus}", f"{block:.0f}"]
        for sign, split in ((0, "text"), (1, "top")):
            for method in ("graph", "token", "sequence"):
                rows = own[(own["sign"] == sign) & (own["split"] == split) & (own["method"] == method)]
                cells.append(_scores(rows, interval=method == "graph" and split == "text"))
        graph = own[(own["sign"] == 0) & (own["split"] == "text") & (own["method"] == "graph")].iloc[0]
        yield f"| {' | '.join(cells)} | {graph['detection_auc']:.2f} |"


def _scores(rows: pd.DataFrame, *, interval: bool) -> str:
    if rows.empty:
        return "–"
    row = rows.iloc[0]
    said = "/".join("–" if pd.isna(row[name]) else f"{row[name]:.2f}" for name in ("precision", "recall", "f1"))
    return said + (f" [{row['f1_low']:.2f}, {row['f1_high']:.2f}]" if interval else "")


def nearest(index: pd.DataFrame, number: int = 5) -> Iterator[str]:
    """The pairs that share most in the role in which they share less, of all trained models of a corpus and of each."""
    pairs = [similar_pairs(index, across=True, alike=NEAR)]
    pairs += [similar_pairs(own, across=False, alike=NEAR) for _, own in index.groupby("model")]
    table = pd.concat(pairs, ignore_index=True)
    table = table[table["relation"] != "subset"]
    least = table[["overlap_activating", "overlap_context"]].min(axis=1)
    for row in (
        table.assign(least=least).sort_values("least", ascending=False, kind="stable").head(number).to_dict("records")
    ):
        ends = []
        for end in "ab":
            place = {key: row[f"{key}_{end}"] for key in KEYS}
            own = index[(index[KEYS] == pd.Series(place)).all(axis=1) & (index["role"] == "activating")]
            ends.append(f"{' '.join(map(str, place.values()))}: {', '.join(map(json.dumps, own['text'][:8]))}")
        yield f"{row['least']:.2f}  {'  |  '.join(ends)}"


def changes(table: pd.DataFrame) -> Iterator[str]:
    """For each pair of a shared space, corpus and block of `tables/changed_neurons.tsv`: how far its neurons agree."""
    overlaps = ["overlap_activating", "overlap_context"]
    table = table.astype(dict.fromkeys(["correlation", *overlaps], float))
    for (one, other, corpus, block), own in table.groupby(["model_a", "model_b", "corpus", "block"], sort=False):
        correlation = own["correlation"]
        beyond = (correlation.abs() > 0.2).mean()
        activating, context = (own[name].mean() for name in overlaps)
        yield (
            f"{one}, {other}, {corpus}, block {block}: correlation {correlation.mean():.2f} "
            f"(beyond 0.2: {beyond:.0%}), activating {activating:.2f}, context {context:.2f}"
        )


def graphs(folder: Path, number: int) -> Iterator[str]:
    """The graphs of a block with the best F1 in held-out text, of at least ten firing tokens there, as text."""
    scores = store.read_tsv(folder / "scores.tsv", contracts.SCORES)
    scores = scores[(scores["split"] == "text") & (scores["quantile"] == 0) & (scores["firing"] >= 10)]
    f1 = scores.pivot_table(index=["neuron", "sign"], columns="method", values="f1")
    said = [json.loads(line) for line in (folder / "graphs.jsonl").read_text(encoding="utf-8").splitlines()]
    found = {(each["neuron"], each["sign"]): each for each in said}
    for pair in f1.sort_values("graph", ascending=False, kind="stable").index[:number]:
        patterns = sorted(found[pair]["patterns"], key=lambda each: (-each["examples"], -each["activation"]))[:6]
        told = ";  ".join(_pattern(each, found[pair]["tokens"]) for each in patterns)
        name = f"{pair[0]} {'+' if pair[1] > 0 else '−'}"
        yield f"{name}  F1 {f1.loc[pair, 'graph']:.2f}, {f1.loc[pair, 'token']:.2f}  {told}"


def _pattern(pattern: dict, tokens: dict[str, str]) -> str:
    context = sorted(((each["distance"], tokens[str(each["token"])]) for each in pattern["context"]), reverse=True)
    before = " ".join(f"{text!r}@{distance}" for distance, text in context if distance > 0)
    after = " ".join(f"{text!r}@{distance}" for distance, text in context if distance < 0)
    return f"{before} → {tokens[str(pattern['activating'])]!r} ← {after}".removeprefix(" → ").removesuffix(" ← ")


def main() -> None:
    """Print what is there of a study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("study")
    parser.add_argument("--graphs", type=int, default=0, metavar="N", help="print the best graphs of each block too")
    given = parser.parse_args()
    table = store.read_tsv(given.results / "studies" / given.study / "tables" / "neurons.tsv")
    print("\n".join(layers(table)))
    changed = given.results / "studies" / given.study / "tables" / "changed_neurons.tsv"
    if changed.is_file():
        print("\nneurons followed", *changes(store.read_tsv(changed, contracts.CHANGED)), sep="\n")
    for corpus, own in table.groupby("corpus", sort=False):
        models = [model for model in dict.fromkeys(own["model"]) if "-untrained-" not in model]
        places = {model: given.results / "neurons" / model / corpus for model in models}
        index = pd.concat(
            [
                store.read_table(place / "tokens.parquet", contracts.TOKENS).assign(model=model)
                for model, place in places.items()
            ]
        )
        print(f"\nnearest pairs, {corpus}", *nearest(index), sep="\n")
        for model in dict.fromkeys(own["model"]) if given.graphs else ():
            for folder in sorted((given.results / "neurons" / model / corpus).glob("block-*")):
                print(f"\n{model}, {corpus}, {folder.name}", *graphs(folder, given.graphs), sep="\n")


if __name__ == "__main__":
    main()
