"""All that is wrong with a corpus, before any job: read once, nothing raised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from nrag.corpora import docstrings
from nrag.corpora.errors import CorpusError, absent
from nrag.corpora.labelling import DESCRIPTIONS, labels_of, require_minimum
from nrag.corpora.labels import choose_labels, count, labellings_of, minimum_of
from nrag.corpora.readers import Definition, read_source
from nrag.corpora.reading import Outline, join_further, outline, select

_PLAIN = {"packages", "text", "max_documents_per_label", "min_documents", "duplicates", "contradictions"}


@dataclass
class Survey:
    """What a corpus will be, or why it cannot be."""

    problems: list[str] = field(default_factory=list)
    documents: int | None = None
    """Documents after selection; for packages an upper bound; None if the source cannot be read."""
    ids: pd.Series | None = None
    """Those of the documents, in order; None where the source is not read whole."""
    labellings: dict[str, dict[str, int]] = field(default_factory=dict)
    """Documents of every label; empty for packages, which are not read whole here."""

    def attempt(self, step: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What `step` returns, or None after noting the error it raised."""
        try:
            return step(*arguments, **named)
        except CorpusError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
            return None


def survey(
    definition: Definition,
    *,
    data: Path,
    seed: int,
    required: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> Survey:
    """Every problem of a corpus, and how many documents it will have.

    `required` holds, by labelling, the labels that comparisons use: a list, or `all`. The definition may have a
    further key, `within`: columns that the study permutes labels within.
    """
    found = Survey()
    look = _look_at_packages if "packages" in definition else _look_at_table
    look(found, definition, data=data, seed=seed, required=required or {})
    if name:
        found.problems = [f"corpus '{name}': {problem}" for problem in found.problems]
    return found


def problems(
    definition: Definition,
    *,
    data: Path,
    seed: int,
    required: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> list[str]:
    """The problems of `survey` alone."""
    return survey(definition, data=data, seed=seed, required=required, name=name).problems


def _look_at_table(
    found: Survey, definition: Definition, *, data: Path, seed: int, required: Mapping[str, Any]
) -> None:
    labellings = found.attempt(labellings_of, definition)
    found.attempt(minimum_of, definition)
    source = found.attempt(read_source, definition, data=data)
    if source is None or labellings is None:
        return
    columns = list(dict.fromkeys(how.column for how in labellings.values()))
    known = found.attempt(outline, source, definition, further=columns)
    if known is None:
        return
    named = [definition[key] for key in ("text", "id", *DESCRIPTIONS) if key in definition]
    for column in dict.fromkeys(named):
        found.attempt(known.require, column)
    for column in definition.get("within", ()):
        found.attempt(_require_strata, known, column)
    for column in columns:
        found.attempt(known.label_column, column)
    if not found.problems:
        reading = found.attempt(select, source, known, definition, seed=seed)
        if reading is not None:
            _look_at_labels(found, known, reading.decided, definition, required)


def _require_strata(known: Outline, column: str) -> None:
    """Raises CorpusError, which says what the column is for, if it is not there."""
    try:
        known.require(column)
    except CorpusError as error:
        raise CorpusError(f"within: {error}") from None


def _look_at_labels(
    found: Survey, known: Outline, decided: pd.DataFrame, definition: Definition, required: Mapping[str, Any]
) -> None:
    kept = decided["document"].notna().to_numpy()
    found.documents = int(kept.sum())
    found.ids = decided["id"][kept]
    labels = found.attempt(labels_of, join_further(decided, known.columns), definition)
    if labels is None:
        return
    found.labellings = {name: count(values[kept]) for name, values in labels.items()}
    found.attempt(require_minimum, definition, found.labellings, documents=found.documents)
    for labelling, wanted in required.items():
        _require(found, found.labellings, labelling, wanted, minimum=minimum_of(definition))


def _require(
    found: Survey, labellings: Mapping[str, Mapping[str, int]], labelling: str, wanted: Any, *, minimum: int
) -> None:
    if labelling not in labellings:
        found.problems.append(absent("labelling", labelling, labellings))
        return
    # One label at a time, so that every one that is wrong is told.
    for value in wanted if isinstance(wanted, list | tuple) else [wanted]:
        found.attempt(choose_labels, labellings[labelling], value, labelling=labelling, min_documents=minimum)


def _look_at_packages(
    found: Survey, definition: Definition, *, data: Path, seed: int, required: Mapping[str, Any]
) -> None:
    """Parsing whole packages takes seconds, so where the definition is plain each is asked for what it needs only."""
    packages = docstrings.names_of(definition)
    minimum = found.attempt(minimum_of, definition) or 0
    counts = {package: found.attempt(docstrings.count_passages, package, most=minimum) for package in packages}
    if found.problems:
        return
    if "max_documents_per_label" not in definition or not set(definition) <= _PLAIN:
        _look_at_table(found, definition, data=data, seed=seed, required=required)
        return
    most = definition["max_documents_per_label"]
    expected = {package: most if count == minimum else min(count, most) for package, count in counts.items()}
    found.documents = sum(expected.values())
    found.attempt(require_minimum, definition, {"label": expected}, documents=found.documents)
    for labelling, wanted in required.items():
        _require(found, {"label": expected}, labelling, wanted, minimum=minimum)
