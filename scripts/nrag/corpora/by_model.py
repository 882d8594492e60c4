"""Labels that differ from model to model: which one a table gives each document under each model."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nrag.corpora.errors import CorpusError, absent, listing
from nrag.corpora.labels import count, label_values, match_label
from nrag.corpora.readers import Source, read_source
from nrag.corpora.tables import other_separator

_SHOWN = 3
"""Rows that a message names."""


@dataclass(frozen=True)
class ModelLabels:
    """What `labels_by_model` gives."""

    table: pd.DataFrame
    """Columns of contracts.MODEL_LABELS, sorted."""
    counts: dict[str, int]
    """By label, the documents of the model that has most of them; labels as `labels.count` orders them."""
    unknown: int
    """Labelled rows whose document is not in the corpus."""
    unnamed: int
    """Labelled rows that name no model or no document."""


def labels_by_model(source: Source, definition: Mapping[str, Any], ids: Sequence[str]) -> ModelLabels:
    """The label of each document under each model of a table, of those rows that `where` chooses.

    `definition` has `by`, the columns of the model and of the document's id, and `column`; it may have `where`, a
    value by column, and `cut`, as `labels.label_values` takes it: over the rows of all models, so that a class is the
    same under each. `ids` are those of the corpus' documents in order; models keep the names of the table. Where the
    column has nothing, the document has no label.

    Raises CorpusError for a column that is not there or holds lists, a value of `where` that is not there, a
    document with several labels under one model, and where no document has a label.
    """
    rows = _labelled(source, definition)
    named = _named(rows)
    _refuse_several(named, definition)
    places = _places(named, ids)
    known = named[places >= 0]
    table = pd.DataFrame(
        {
            "model": known["model"].astype("str"),
            "document": places[places >= 0].astype(np.int32),
            "label": known["label"].astype("str"),
        }
    )
    return ModelLabels(
        table=table.sort_values(["model", "document"], ignore_index=True),
        counts=_most(known),
        unknown=len(named) - len(known),
        unnamed=int((rows["model"].isna() | rows["id"].isna()).sum()),
    )


def read_labels(
    path: Path, definition: Mapping[str, Any], ids: Sequence[str], *, corpus: str, labelling: str
) -> ModelLabels:
    """`labels_by_model` of a file; errors begin with the names of the corpus and of the labelling."""
    with _naming(corpus, labelling):
        return labels_by_model(read_source({"path": str(path)}, data=Path()), definition, ids)


def look(
    path: Path,
    definition: Mapping[str, Any],
    *,
    models: Mapping[str, Sequence[str]],
    required: Iterable[Any],
    corpus: str,
    labelling: str,
    ids: Sequence[str] | None = None,
) -> dict[str, int]:
    """By label, the documents of the study's model that has most of them, before any job.

    Raises CorpusError for what is wrong with the table, as far as it can be told.

    `models` are those of the study with what the table may call them, `required` the labels that are compared, `ids`
    those of the corpus' documents where they are known.
    """
    with _naming(corpus, labelling):
        rows = _labelled(read_source({"path": str(path)}, data=Path()), definition)
        there = sorted(rows["model"].dropna().unique())
        ours = {name for names in models.values() for name in names}
        if ours.isdisjoint(there):
            raise CorpusError(
                f"column '{definition['by'][0]}' names no model of this study, by its name or its id; it has: "
                f"{listing(there)}; the study has: {listing(list(models))}"
            )
        named = _named(rows)
        _refuse_several(named, definition)
        for label in required:
            match_label(label, count(rows["label"]))
        known = named[named["model"].isin(ours)]
        return _most(known if ids is None else known[_places(known, ids) >= 0])


def labels_of(table: pd.DataFrame, names: Sequence[str], *, documents: int) -> list[str | None] | None:
    """(documents,) the label of each under the model that the table (contracts.MODEL_LABELS) calls by one of `names`.

    The first name that the table has counts; None where it has none of them.

    >>> table = pd.DataFrame({"model": ["org/m", "org/m"], "document": [0, 2], "label": ["yes", "no"]})
    >>> labels_of(table, ["mine", "org/m"], documents=3)
    ['yes', None, 'no']
    """
    for name in names:
        own = table[table["model"] == name]
        if len(own):
            labels: list[str | None] = [None] * documents
            for place, label in zip(own["document"], own["label"], strict=True):
                labels[place] = label
            return labels
    return None


@contextlib.contextmanager
def _naming(corpus: str, labelling: str) -> Iterator[None]:
    try:
        yield
    except CorpusError as error:
        raise CorpusError(f"corpus '{corpus}', labelling '{labelling}': {error}") from error


def _labelled(source: Source, definition: Mapping[str, Any]) -> pd.DataFrame:
    """Model, id and label of the rows that `where` chooses and that have a label."""
    model, document = definition["by"]
    rows = _chosen(_columns(source, definition), definition.get("where", {}))
    labels = label_values(rows[definition["column"]], definition.get("cut"))
    return pd.DataFrame({"model": rows[model], "id": rows[document], "label": labels}).dropna(subset="label")


def _columns(source: Source, definition: Mapping[str, Any]) -> pd.DataFrame:
    """The columns that are asked for, whole."""
    wanted = list(dict.fromkeys([*definition["by"], definition["column"], *definition.get("where", {})]))
    kept, names = [], {}
    for block in source.blocks():
        names |= dict.fromkeys(block.columns)
        kept.append(block.reindex(columns=wanted).astype("str"))
    for name in wanted:
        if name not in names:
            raise CorpusError(absent("column", name, list(names)) + other_separator(list(names)))
        if name in source.lists:
            raise CorpusError(f"column '{name}' holds a list of values for each row; write a column with one value")
    return pd.concat(kept, ignore_index=True)


def _chosen(rows: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    """The rows that have all values of `where`, with their numbers in the table."""
    chosen = np.ones(len(rows), dtype=bool)
    for column, value in where.items():
        there = sorted(rows[column].dropna().unique())
        try:
            chosen &= (rows[column] == match_label(value, there)).to_numpy()
        except CorpusError as error:
            raise CorpusError(f"where: column '{column}': {error}") from None
    if not chosen.any():
        also = f" that has {', '.join(f'{name}: {value}' for name, value in where.items())}" if where else ""
        raise CorpusError(f"the table of labels has no row{also}")
    return rows[chosen]


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that name a model and a document, each once."""
    named = rows[rows["model"].notna() & rows["id"].notna()].drop_duplicates()
    if named.empty:
        raise CorpusError(
            f"no document has a label: {len(rows)} rows have one, and none of them names a model and a document"
        )
    return named


def _places(named: pd.DataFrame, ids: Sequence[str]) -> np.ndarray:
    """(rows,) the place of each row's document among `ids`, -1 for one that is not there; some have to be there."""
    places = pd.Index(ids).get_indexer(named["id"])
    if (places < 0).all():
        raise CorpusError(
            f"no document has a label: {len(named)} rows have one, none of a document of the corpus. The table's ids: "
            f"{listing(named['id'].unique(), most=_SHOWN)}; the corpus': {listing(ids, most=_SHOWN)}. A corpus has "
            "those of its key id:, or of its rows, numbered from 0"
        )
    return places


def _refuse_several(named: pd.DataFrame, definition: Mapping[str, Any]) -> None:
    again = named[named.duplicated(["model", "id"], keep=False)]
    if again.empty:
        return
    found = again.astype("str").groupby(["model", "id"])["label"].agg(", ".join)
    shown = [f"{document} under {model} ({labels})" for (model, document), labels in found.items()]
    raise CorpusError(
        f"documents have several labels in column '{definition['column']}' under one model: "
        f"{listing(shown, most=_SHOWN)}; choose among the rows with where: {{COLUMN: VALUE}}"
    )


def _most(known: pd.DataFrame) -> dict[str, int]:
    """By label, the documents of the model that has most of them."""
    by_model = known.groupby(["label", "model"], observed=True).size().groupby(level="label", observed=True).max()
    return {label: int(by_model[label]) for label in count(known["label"])}
