"""Path memory of the labels of a run, and of all runs of a study in one table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nrag import contracts
from nrag.controls import BESIDE, beside
from nrag.corrections import benjamini_hochberg
from nrag.statistics.path_memory import PathMemory, path_memory
from nrag.statistics.significance import notes, significance

_COLUMNS = [column.name for column in contracts.PATH_MEMORY.columns]


def path_memories(
    planes: Mapping[tuple[str, int], np.ndarray],
    corpus: pd.DataFrame,
    labels: Mapping[str, Sequence[str]],
    *,
    size: int,
    shuffles: int,
    seed: int,
) -> pd.DataFrame:
    """The path memory of all documents of a corpus, and of each label, as contracts.PATH_MEMORY has it.

    `planes` are the cells of all documents by model and seed (`regions.planes_of`), `labels` those of every
    labelling. Of each text the first document takes part, for copies take one path together. Every model, seed and
    label has a row for each layer with neighbours on both sides, and one for the mean over them; fewer than three
    layers give no rows.
    """
    rows = [
        {"model": model, "seed": number, "labelling": labelling, "label": label, **row}
        for (model, number), plane in planes.items()
        for labelling, label, documents, said in _documents(corpus, labels)
        for row in _rows(_memory(plane[:, documents], size, shuffles, seed), len(documents), said)
    ]
    table = pd.DataFrame(rows, columns=_COLUMNS).astype({"layer": "Int16", "note": "string"})
    return table.sort_values(list(contracts.PATH_MEMORY.key), kind="stable", na_position="first", ignore_index=True)


def table_of_memories(
    parts: Iterable[tuple[Mapping[str, Any], pd.DataFrame]], controls: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """One row for each run, model, seed, label and layer: the run's place, contracts.PATH_MEMORY, q, and controls.

    `parts` pair a run's place with its path memories; `controls` are by model. q is p after Benjamini and Hochberg
    (1995) over a family: all rows of the means over layers, or all those of single layers. `controls` to
    `control_high` are of `excess` under the same seed (`nrag.controls.beside`).
    """
    place = list(contracts.RUN)
    frames = [table.assign(**{name: run[name] for name in place}) for run, table in parts if len(table)]
    ends = _COLUMNS.index("p") + 1
    columns = [*place, *_COLUMNS[:ends], "q", *_COLUMNS[ends:-1], *BESIDE, "note"]
    if not frames:
        return pd.DataFrame(columns=columns)
    table = pd.concat(frames, ignore_index=True)
    families = table.groupby(table["layer"].isna(), sort=False)["p"]
    table["q"] = families.transform(lambda p: benjamini_hochberg(p.to_numpy(dtype=float)))
    by = [*place[1:], "seed", "labelling", "label", "layer"]
    return pd.concat([table, beside(table, "excess", controls, by=by)], axis=1)[columns]


# --------------------------------------------------------------------------------------- private


def _documents(
    corpus: pd.DataFrame, labels: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, np.ndarray, list[str]]]:
    """Labelling, label, the numbers of the documents that take part, and what to know of them."""
    everyone = np.ones(len(corpus), dtype=bool)
    chosen = [(contracts.ALL_DOCUMENTS, contracts.ALL_DOCUMENTS, everyone)]
    chosen += [
        (labelling, label, (corpus[labelling] == label).fillna(False).to_numpy(dtype=bool))
        for labelling, of_labelling in labels.items()
        for label in of_labelling
    ]
    for labelling, label, own in chosen:
        once = own.copy()
        once[own] = ~corpus.loc[own, "text"].duplicated().to_numpy()
        said = []
        if copies := np.count_nonzero(own) - np.count_nonzero(once):
            said.append(f"{copies} copies of texts left out")
        if corpus.loc[once, "group"].dropna().duplicated().any():
            said.append("documents of one group count as independent: p may be too small")
        yield labelling, label, np.flatnonzero(once), said


def _memory(plane: np.ndarray, size: int, shuffles: int, seed: int) -> PathMemory:
    """The path memory of some documents; `plane` is (layers, documents, 2), the cells."""
    region = plane[..., 0].astype(np.int64) * size + plane[..., 1]
    return path_memory(region, shuffles=shuffles, seed=seed)


def _rows(memory: PathMemory, documents: int, said: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The mean over layers, then each of them; nothing where none has neighbours on both sides."""
    layers = len(memory.values)
    if not layers:
        return
    # Each layer is shuffled by itself: the means of the columns are shuffles of the mean.
    values = np.vstack([memory.values.mean(axis=0), memory.values])
    found = significance(values, side="larger")
    numbers = zip(
        [None, *range(1, layers + 1)],
        values[:, 0],
        *(np.concatenate([[each.mean()], each]) for each in (memory.expected, memory.open)),
        found.p,
        found.permutations,
        notes(found),
        strict=True,
    )
    for layer, observed, expected, left, p, shuffles, note in numbers:
        yield {
            "layer": layer,
            "observed": observed,
            "expected": expected,
            "excess": observed - expected,
            "open": left,
            "p": p,
            "shuffles": shuffles,
            "documents": documents,
            "note": "; ".join(filter(None, [note.replace("permutation", "shuffle"), *said])) or None,
        }
