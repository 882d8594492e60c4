"""Which metrics of graphs and layers depend on the number of documents: the sign ⁿ of docs/metrics.md.

    python benchmarks/size_dependence.py RESULTS CORPUS LABELLING

Of every label of every graph that a finished study has of the corpus (first seed), random quarters and halves are
measured, and all documents. Prints for each metric and both doublings the median change and how many standard
deviations of the smaller samples that is; the sign stands where either is 2 or more.
"""

import sys
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

from nrag import contracts, metrics, regions, store
from nrag.graphs import incidence_of

DRAWS, SEED, MARKED = 20, 0, 2


def measured(plane: np.ndarray, rows: np.ndarray, size: int) -> dict[tuple[str, str], float]:
    """Every metric of graphs, and of layers the mean over the layers, of the NRAG of some documents."""
    nrag = incidence_of(plane, size=size, documents=np.sort(rows)).nrag()
    found = {("graph", name): float(function(nrag)) for name, function in metrics.METRICS["graph"].items()}
    return found | {
        ("layer", name): float(np.nanmean(function(nrag))) for name, function in metrics.METRICS["layer"].items()
    }


def doublings(plane: np.ndarray, rows: np.ndarray, size: int) -> Iterator[pd.DataFrame]:
    """For each doubling, by metric: its change, and the change in standard deviations of the smaller samples."""
    generator = np.random.default_rng(SEED)
    samples = []
    for parts in (4, 2, 1):
        draws = DRAWS if parts > 1 else 1
        chosen = [generator.choice(rows, len(rows) // parts, replace=False) for _ in range(draws)]
        values = pd.DataFrame([measured(plane, each, size) for each in chosen])
        samples.append(values.set_axis(pd.MultiIndex.from_tuples(values.columns, names=["level", "metric"]), axis=1))
    for number, (smaller, larger) in enumerate(pairwise(samples)):
        change = larger.mean() - smaller.mean()
        told = {"doubling": number, "change": change / smaller.mean().abs(), "z": change / smaller.std()}
        yield pd.DataFrame(told).reset_index()


def cases(results: Path, corpus: str, labelling: str) -> Iterator[pd.DataFrame]:
    """The doublings of every label of every graph."""
    labels = store.read_table(results / "corpora" / corpus / "corpus.parquet", contracts.CORPUS)[labelling]
    for path in sorted((results / "nrags").glob(f"*/{corpus}/*/*/*/cells.parquet")):
        size = int(path.parent.name.rpartition("-")[2])
        first = {}
        for (model, _), plane in regions.planes_of(store.read_table(path, contracts.CELLS)).items():
            first.setdefault(model, plane)
        for plane in first.values():
            for label in sorted(labels.dropna().unique()):
                yield from doublings(plane, np.flatnonzero(labels == label), size)


def main() -> None:
    """Print the table."""
    results, corpus, labelling = sys.argv[1:]
    with warnings.catch_warnings():
        # Of few documents some metrics are undefined.
        warnings.simplefilter("ignore", RuntimeWarning)
        table = pd.concat(cases(Path(results), corpus, labelling), ignore_index=True)
    found = table.groupby(["level", "metric", "doubling"], sort=False)[["change", "z"]].median().unstack()
    print("| level | metric | quarter to half | in deviations | half to all | in deviations | sign |")
    print("|---|---|--:|--:|--:|--:|---|")
    for (level, metric), row in found.iterrows():
        sign = "ⁿ" if row["z"].abs().max() >= MARKED else ""
        numbers = [row["change", 0], row["z", 0], row["change", 1], row["z", 1]]
        print(f"| {level} | `{metric}` | " + " | ".join(f"{number:+.2f}" for number in numbers) + f" | {sign} |")


if __name__ == "__main__":
    main()
