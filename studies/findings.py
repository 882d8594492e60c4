"""The tables of studies/README.md, from the results of the studies.

    python studies/findings.py results                    # of all studies that were run there
    python studies/findings.py results papers animals     # of some

Printed are the table of scores; for every comparison and plane how far labels overlap, layer by layer; what training
adds to how far they lie apart; and how many differences of graph metrics change their sign with a choice.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from nrag import comparison, contracts, corpora, store, studies  # noqa: I001  (before NumPy: it sets one thread)

import numpy as np
import pandas as pd
import yaml
from nrag.probing.scores import SHOWN
from nrag.studies.expansion import expanded

STUDIES = ("fakenews", "papers", "animals", "emotions", "expertise", "confounds")
MODEL = "minilm"
SHUFFLES = 20
CLOSING = tuple(".?!\"'”’»")
"""How a sentence ends."""


SEPARATIONS = {"region_divergence": "regions", "edge_total_variation": "edges"}
"""What says how far labels lie apart, and of what."""


def study_of(results: Path, name: str) -> studies.Study | None:
    """The study as it was run last; None where neither scores nor tests were made."""
    folder = results / "studies" / name
    if not any((folder / "tables" / table).is_file() for table in ("probing.tsv", "tests.tsv")):
        return None
    return expanded(yaml.safe_load((folder / "config.resolved.yaml").read_text(encoding="utf-8")))


def scores(results: Path, study: studies.Study) -> Iterator[str]:
    """A row for each comparison, pooling and grid: balanced accuracy in the last layer, of the model and of its
    untrained twins.
    """
    table = table_of(results, study, "probing")
    if table is None:
        return
    table = table[table["score"] == SHOWN].astype({"mean": float, "layer": "Int16"})
    conditions = [(pooling, *grid) for pooling in study.pooling for grid in study.grids]
    for (corpus, compared), own in table.groupby(["corpus", "comparison"], sort=False):
        words = [own.loc[own["features"] == kind, "mean"] for kind in ("bag_of_words", "text_length")]
        for pooling, bins, size in conditions:
            last = own[(own["pooling"] == pooling) & (own["layer"] == own["layer"].max())]
            regions = last[(last["features"] == "regions") & (last["bins"] == bins) & (last["size"] == str(size))]
            cells = [f"{float(own['chance'].iloc[0]):.2f}", *map(between, words)]
            for chosen in (
                last[last["features"] == "states"],
                regions[regions["reduction"] == "pca"],
                regions[regions["reduction"] == "umap"],
            ):
                trained = chosen["model"] == MODEL
                cells += [between(chosen.loc[trained, "mean"]), between(chosen.loc[~trained, "mean"])]
            place = study.name if corpus == study.name else f"{study.name}, {corpus}"
            condition = f" ({pooling}, {size} × {size} {bins})" if len(conditions) > 1 else ""
            yield f"| {place}: {compared}{condition} | {' | '.join(cells)} |"


def table_of(results: Path, study: studies.Study, name: str) -> pd.DataFrame | None:
    """A table of a study; None where it was not made."""
    path = results / "studies" / study.name / "tables" / f"{name}.tsv"
    return store.read_tsv(path) if path.is_file() else None


def contrasts(results: Path, study: studies.Study) -> Iterator[str]:
    """How far labels lie apart over all layers, effects of all documents, and what training adds at m documents a
    label, with its 95 % interval.
    """
    tests, table = table_of(results, study, "tests"), table_of(results, study, "contrasts")
    if tests is None or table is None:
        return
    place = ["corpus", "comparison", "reduction", "bins", "size", "space", "model", "metric"]
    whole = [each[each["layer"].isna() & each["metric"].isin(SEPARATIONS)] for each in (tests, table)]
    added = whole[1].set_index(place)
    for key, row in whole[0].set_index(place).iterrows():
        corpus, compared, reduction, bins, size, space, model, metric = key
        said = f"effect {float(row['effect']):.3f}, p = {row['p']}"
        if key in added.index:
            own = added.loc[key]
            ends = f" [{float(own['low']):.2f}, {float(own['high']):.2f}]" if pd.notna(own["low"]) else ""
            # Without the 0 a small negative number would be -0.00.
            said += f"; at {own['m']} a label training adds {round(float(own['value']), 2) + 0.0:.2f}{ends}"
        name = comparison.model_in(space, model)
        plane = f"{reduction}, {size} × {size} {bins}"
        yield f"{corpus}: {compared}, {name}, {plane}, {SEPARATIONS[metric]}: {said}"


def signs(results: Path, study: studies.Study) -> Iterator[str]:
    """How many differences of metrics of whole graphs change their sign when seed, grid or reduction change."""
    table = table_of(results, study, "stability")
    if table is None:
        return
    differences = table[(table["test"] == "difference") & table["layer"].isna() & table["sign_changes"].notna()]
    for (reduction, factor), own in differences.groupby(["reduction", "factor"], sort=False):
        changed = (own["sign_changes"] == "True").sum()
        yield f"{study.name}, {reduction}: of {len(own)} differences {changed} change their sign with the {factor}"


def between(values: pd.Series) -> str:
    """The least and the largest value, one where they look alike; a dash where there is none."""
    if values.empty:
        return "–"
    return "–".join(dict.fromkeys(f"{value:.2f}" for value in (values.min(), values.max())))


def overlap(cells: np.ndarray, here: np.ndarray, there: np.ndarray) -> float:
    """The part of two labels' documents that lie alike: 1 - sum |difference of shares| / 2 over the cells."""
    counts = [np.bincount(cells[rows], minlength=cells.max() + 1) / rows.sum() for rows in (here, there)]
    return float(1 - np.abs(counts[0] - counts[1]).sum() / 2)


def overlaps(results: Path, study: studies.Study) -> Iterator[str]:
    """Of every two labels that are compared, model and plane: overlap by layer, and the same of shuffled labels."""
    for run in studies.runs(study):
        corpus = results / "corpora" / run.corpus / "corpus.parquet"
        documents = store.read_table(corpus, contracts.CORPUS).set_index("document")
        cells = store.read_table(results / "nrags" / run.folder / "cells.parquet", contracts.CELLS)
        cells = cells[cells["seed"] == cells["seed"].min()]
        for labelling, *pair in _pairs(study, run.corpus, store.read_attributes(corpus)["labellings"]):
            for model, own in cells.groupby("model", sort=False):
                name = comparison.model_in(run.space, model)
                plane = f"{run.pooling}, {run.reduction}, {run.size} × {run.size} {run.bins}"
                values = by_layer(own, documents[labelling], *pair)
                yield f"{run.corpus}, {name}, {plane}: {', '.join(pair)}: {values}"


def _pairs(study: studies.Study, corpus: str, labellings: dict[str, dict[str, int]]) -> list[tuple[str, str, str]]:
    """A labelling and two labels of it, each once, whatever comparisons name them."""
    pairs = {}
    for each in study.comparisons.get(corpus, {}).values():
        least = study.corpora[corpus]["min_documents"]
        labels = corpora.compared_labels(labellings, each["labelling"], each["labels"], min_documents=least)
        for pair in combinations(labels, 2):
            pairs.setdefault((each["labelling"], frozenset(pair)), (each["labelling"], *pair))
    return list(pairs.values())


def by_layer(table: pd.DataFrame, labels_of: pd.Series, one: str, other: str) -> str:
    """Overlap by layer; in brackets the mean of shuffled labels."""
    draw, said = np.random.default_rng(0), []
    for _, layer in table.groupby("layer"):
        labels = labels_of.reindex(layer["document"]).to_numpy(dtype=object)
        own = layer[np.isin(labels, [one, other])]
        labels = labels[np.isin(labels, [one, other])]
        cells = (own["x"] * 1000 + own["y"]).to_numpy(dtype=int)
        drawn = [draw.permutation(labels) for _ in range(SHUFFLES)]
        shuffled = np.mean([overlap(cells, each == one, each == other) for each in drawn])
        said.append(f"{overlap(cells, labels == one, labels == other):.2f} ({shuffled:.2f})")
    return " ".join(said)


def endings(results: Path) -> Iterator[str]:
    """How many texts of Fake.br end as a sentence does, and how well that alone tells the labels."""
    corpus = store.read_table(results / "corpora" / "fakebr" / "corpus.parquet", contracts.CORPUS)
    closed = corpus["text"].str.rstrip().str.endswith(CLOSING)
    shares = closed.groupby(corpus["label"]).mean()
    yield "end as a sentence: " + ", ".join(f"{label} {share:.0%}" for label, share in shares.items())
    yield f"balanced accuracy of that alone: {(1 + abs(shares['fake'] - shares['true'])) / 2:.2f}"


def main() -> None:
    """Print the numbers of the studies that were run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("studies", nargs="*", help=f"some of {', '.join(STUDIES)}; all without")
    given = parser.parse_args()
    found = {name: study_of(given.results, name) for name in given.studies or STUDIES}
    for name in [name for name, study in found.items() if study is None]:
        print(f"{name} was not run in {given.results}, or without probing and statistics: left out", file=sys.stderr)
    there = [study for study in found.values() if study]
    lines = [line for study in there for line in scores(given.results, study)]
    for kind in (overlaps, contrasts, signs):
        lines += [line for study in there for line in kind(given.results, study)]
    print("\n".join([*lines, *(endings(given.results) if found.get("fakenews") else ())]))


if __name__ == "__main__":
    main()
