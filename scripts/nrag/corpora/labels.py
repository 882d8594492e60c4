"""Labellings: which label each row has, and how a label in the config finds the one in the data."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from nrag.corpora.errors import CorpusError, absent, listing

MIN_DOCUMENTS = 10
"""Documents that a label in use must have, where the definition does not say."""

LEAST_DOCUMENTS = 3
"""Below this, no definition may go: fewer documents have neither spread nor half-samples."""

QUANTILES = {
    "median": (("low", "high"), (1 / 2,)),
    "tertiles": (("low", "middle", "high"), (1 / 3, 2 / 3)),
}
"""Cuts by rank: the classes' names, and the quantiles at which one ends."""


@dataclass(frozen=True)
class Labelling:
    """One way to label the documents: a column as it is, or the classes of a numeric column."""

    column: str
    cut: str | tuple[float, ...] | None = None


def labellings_of(definition: Mapping[str, Any]) -> dict[str, Labelling]:
    """The labellings of a corpus by name, in order; empty if it has none.

    `label: COLUMN` is one labelling named `label`, a mapping names several. A corpus of packages is
    labelled by package where nothing else is said.
    """
    label = definition.get("label", "label" if "packages" in definition else None)
    if label is None:
        return {}
    if isinstance(label, str):
        label = {"label": label}
    return {name: _labelling(name, how) for name, how in label.items()}


def label_values(values: pd.Series, cut: str | Sequence[float] | None) -> pd.Series:
    """The label of each row, missing where the column has nothing (empty text is nothing too).

    With a cut, the numbers' classes, as an ordered categorical: `median` gives `low` (the median and below) and `high`;
    `tertiles` gives `low`, `middle` and `high`; `[2, 3]` gives `up to 2`, `2 to 3` and `above 3`.
    A number on a cut belongs to the lower class, and the cut is taken over all values given.

    Raises CorpusError, naming the row, for a value that is no finite number.

    >>> label_values(pd.Series(["1", "2", "2", "9"], dtype="str"), "median").tolist()
    ['low', 'low', 'low', 'high']
    """
    present = values.notna() & (values != "")
    labels = values.where(present)
    if cut is None or not present.any():
        return labels
    numbers = np.array([_number(value, row) for row, value in values[present].items()])
    names, edges = _classes(cut, numbers)
    labels[present] = np.array(names, dtype=object)[np.searchsorted(edges, numbers, side="left")]
    return labels.astype(pd.CategoricalDtype(names, ordered=True))


def count(labels: pd.Series) -> dict[str, int]:
    """Documents of each label: classes of a cut from low to high, other labels in the order of their code points."""
    counts = Counter(labels.dropna())
    ordered = labels.cat.categories if isinstance(labels.dtype, pd.CategoricalDtype) else sorted(counts)
    return {label: counts[label] for label in ordered if counts[label]}


def match_label(value: Any, available: Iterable[str] | Mapping[str, int]) -> str:
    """The label of the data that a scalar of the config means.

    Text must be the label, letter by letter. YAML turns other words into values of other types:
    they are led back where exactly one label could have been written so, ignoring case.

    Raises CorpusError with the labels there are.

    >>> match_label(True, ["True", "Fake"])
    'True'
    >>> match_label(1, ["1", "2"])
    '1'
    """
    if isinstance(value, str):
        if value in available:
            return value
        raise CorpusError(absent("label", value, available))
    possible = [label for label in available if _may_be(label, value)]
    if len(possible) == 1:
        return possible[0]
    found = f"fits {len(possible)} labels ({', '.join(possible)})" if possible else "fits no label"
    raise CorpusError(
        f"YAML read a label as the {_kind(value)} {value}, which {found}; write it in quotes. "
        f"There are: {listing(available)}"
    )


def choose_labels(
    counts: Mapping[str, int], wanted: Any, *, labelling: str, min_documents: int = MIN_DOCUMENTS
) -> list[str]:
    """The labels that a comparison is about, each with at least `min_documents` documents.

    `wanted` is a label or a list of them, in the order of the comparison, or `all`: every label that
    has enough documents, in the order of `counts`; rarer ones are passed over. A label of that name is `["all"]`.

    Raises CorpusError for a label that is not there or has too few documents.
    """
    if isinstance(wanted, str) and wanted == "all":
        chosen = [label for label in counts if counts[label] >= min_documents]
        if not chosen:
            raise CorpusError(
                f"no label of labelling '{labelling}' has min_documents: {min_documents}; there are: {listing(counts)}"
            )
        return chosen
    wanted = wanted if isinstance(wanted, list | tuple) else [wanted]
    chosen = [match_label(value, counts) for value in wanted]
    for label in chosen:
        require_documents(counts, label, labelling=labelling, min_documents=min_documents)
    return chosen


def compared_labels(
    labellings: Mapping[str, Mapping[str, int]], labelling: str | None, wanted: Any, *, min_documents: int
) -> list[str]:
    """The labels of a comparison under one of the corpus' `labellings`; none where all documents are one."""
    if labelling is None:
        return []
    return choose_labels(labellings[labelling], wanted, labelling=labelling, min_documents=min_documents)


def require_documents(counts: Mapping[str, int], label: str, *, labelling: str, min_documents: int) -> None:
    """Raises CorpusError if a label that is in use has fewer than `min_documents` documents."""
    if counts.get(label, 0) >= min_documents:
        return
    raise CorpusError(
        f"label '{label}' of labelling '{labelling}' has {counts.get(label, 0)} documents, fewer than min_documents: "
        f"{min_documents}; lower it (not below {LEAST_DOCUMENTS}), or leave the label out with labels: [...]. "
        f"Labels there: {listing(counts)}"
    )


def minimum_of(definition: Mapping[str, Any]) -> int:
    """The `min_documents` of a definition. Raises CorpusError below 3."""
    minimum = definition.get("min_documents", MIN_DOCUMENTS)
    if minimum < LEAST_DOCUMENTS:
        raise CorpusError(f"min_documents: {minimum} is too low; the least is {LEAST_DOCUMENTS}")
    return minimum


def _labelling(name: str, how: str | Mapping[str, Any]) -> Labelling:
    if isinstance(how, str):
        return Labelling(how)
    unknown = sorted(set(how) - {"column", "cut"})
    if unknown or "column" not in how:
        raise CorpusError(f"labelling '{name}' must be a column, or {{column: NAME, cut: median}}; it is {dict(how)}")
    cut = how.get("cut")
    if isinstance(cut, str) and cut not in QUANTILES:
        raise CorpusError(f"labelling '{name}': cut: {cut} is not known; write median, tertiles or [a, b]")
    if cut is None or isinstance(cut, str):
        return Labelling(how["column"], cut)
    edges = tuple(cut) if isinstance(cut, list | tuple) else (cut,)
    if not edges or any(not lower < upper for lower, upper in pairwise(edges)):
        raise CorpusError(f"labelling '{name}': cut: {list(edges)} must be rising numbers")
    return Labelling(how["column"], edges)


def _classes(cut: str | Sequence[float], numbers: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    if isinstance(cut, str):
        names, shares = QUANTILES[cut]
        return names, np.quantile(numbers, shares)
    inner = [f"{lower} to {upper}" for lower, upper in pairwise(cut)]
    return (f"up to {cut[0]}", *inner, f"above {cut[-1]}"), np.asarray(cut, dtype=float)


def _number(value: str, row: Any) -> float:
    number = _read(float, value)
    # Python reads 1_000 and nan as numbers; in a table they are something else.
    if number is None or "_" in value or not np.isfinite(number):
        raise CorpusError(f"row {row} (counted from 0) has {value!r} where a cut needs a number; empty fields may stay")
    return number


def _may_be(label: str, value: Any) -> bool:
    return any(forms(label, value) for kind, forms in _FORMS if isinstance(value, kind))


def _as_word(label: str, value: Any) -> bool:
    # YAML 1.1, which Snakemake reads, has six words for the two truths, and two for nothing.
    words = {True: ("true", "yes", "on"), False: ("false", "no", "off"), None: ("null", "~")}
    return label.casefold() in words[value]


def _as_whole(label: str, value: int) -> bool:
    if isinstance(value, bool):
        return False
    # 010 is eight, 0x10 sixteen and 1_000 a thousand.
    readings = (_read(int, label), _read(lambda text: int(text, 0), label), _read(lambda text: int(text, 8), label))
    octal = label.lstrip("+-").startswith("0")
    return value in (readings if octal else readings[:2])


def _as_fraction(label: str, value: float) -> bool:
    return _read(int, label) is None and _read(float, label) == value


def _as_date(label: str, value: datetime.date) -> bool:
    read = datetime.datetime if isinstance(value, datetime.datetime) else datetime.date
    return "-" in label and _read(read.fromisoformat, label) == value


_FORMS: tuple[tuple[type, Callable[[str, Any], bool]], ...] = (
    (bool, _as_word),
    (type(None), _as_word),
    (int, _as_whole),
    (float, _as_fraction),
    (datetime.date, _as_date),
)


def _read(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None


def _kind(value: Any) -> str:
    names = {bool: "truth value", int: "number", float: "number", datetime.date: "date", datetime.datetime: "time"}
    return names.get(type(value), type(value).__name__)
