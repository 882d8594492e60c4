"""The numbers of studies/README.md, from the results of the studies.

    python studies/findings.py results                    # of all studies that were run there
    python studies/findings.py results papers animals     # of some

Printed are the table of scores, and for every comparison and plane how far labels overlap, layer by layer.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from nrag import contracts, store  # noqa: I001  (before NumPy: it sets one thread)

import numpy as np
import pandas as pd
import yaml
from nrag.probing.scores import SHOWN

STUDIES = ("fakenews", "papers", "animals", "emotions", "expertise")
MODEL = "minilm"
SHUFFLES = 20
CLOSING = tuple(".?!\"'”’»")
"""How a sentence ends."""


def scores(results: Path, study: str) -> Iterator[str]:
    """A row for each comparison: balanced accuracy in the last layer, of the model and of its untrained twins."""
    table = store.read_tsv(results / "studies" / study / "tables" / "probing.tsv")
    table = table[table["score"] == SHOWN].assign(mean=lambda rows: rows["mean"].astype(float))
    for (corpus, comparison), own in table.groupby(["corpus", "comparison"], sort=False):
        cells = [f"{float(own['chance'].iloc[0]):.2f}"]
        cells += [f"{own.loc[own['features'] == kind, 'mean'].item():.2f}" for kind in ("bag_of_words", "text_length")]
        of_layers = own[own["layer"].notna()]
        last = of_layers[of_layers["layer"].astype(int) == of_layers["layer"].astype(int).max()]
        for features, reduction in (("states", None), ("regions", "pca"), ("regions", "umap")):
            chosen = last[last["features"] == features]
            chosen = chosen if reduction is None else chosen[chosen["reduction"] == reduction]
            trained = chosen["model"] == MODEL
            cells += [f"{chosen.loc[trained, 'mean'].item():.2f}", between(chosen.loc[~trained, "mean"])]
        place = study if corpus == study else f"{study}, {corpus}"
        yield f"| {place}: {comparison} | {' | '.join(cells)} |"


def between(values: pd.Series) -> str:
    """The least and the largest value, one where they look alike."""
    return "–".join(dict.fromkeys(f"{value:.2f}" for value in (values.min(), values.max())))


def overlap(cells: np.ndarray, here: np.ndarray, there: np.ndarray) -> float:
    """The part of two labels' documents that lie alike: 1 - sum |difference of shares| / 2 over the cells."""
    counts = [np.bincount(cells[rows], minlength=cells.max() + 1) / rows.sum() for rows in (here, there)]
    return float(1 - np.abs(counts[0] - counts[1]).sum() / 2)


def overlaps(results: Path, study: str) -> Iterator[str]:
    """Of every two labels that are compared, model and plane: overlap by layer, and the same of shuffled labels."""
    asked = yaml.safe_load((results / "studies" / study / "config.resolved.yaml").read_text(encoding="utf-8"))
    for corpus, named in asked["comparisons"].items():
        documents = store.read_table(results / "corpora" / corpus / "corpus.parquet", contracts.CORPUS)
        labels = documents.set_index("document")["label"]
        compared = [sorted(set(labels)) if each["labels"] == "all" else each["labels"] for each in named.values()]
        pairs = dict.fromkeys(pair for each in compared for pair in combinations(each, 2))
        for path in sorted((results / "nrags").glob(f"*/{corpus}/mean/*/equal-*/cells.parquet")):
            table = store.read_table(path, contracts.CELLS)
            table = table[table["seed"] == table["seed"].min()]
            for pair in pairs:
                place = f"{corpus}, {path.parts[-6]}, {path.parts[-3]}: {', '.join(pair)}"
                yield f"{place}: {by_layer(table, labels, *pair)}"


def by_layer(table: pd.DataFrame, labels_of: pd.Series, one: str, other: str) -> str:
    """Overlap by layer; in brackets the mean of shuffled labels."""
    draw, said = np.random.default_rng(0), []
    for _, layer in table.groupby("layer"):
        labels = labels_of.reindex(layer["document"]).to_numpy()
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
    for study in given.studies or STUDIES:
        print("\n".join(scores(given.results, study)))
    for study in given.studies or STUDIES:
        print("\n".join(overlaps(given.results, study)))
    if "fakenews" in (given.studies or STUDIES):
        print("\n".join(endings(given.results)))


if __name__ == "__main__":
    main()
