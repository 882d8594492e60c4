"""What is odd about a corpus' texts and labels, document by document, and in numbers."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nrag.corpora.labels import MIN_DOCUMENTS, count
from nrag.corpora.reading import contradictory, digest

LONG_TEXT = 512
"""Words beyond which a text is longer than the usual window of 512 tokens, whatever the tokenizer."""

PROBLEMS = (
    "missing text",
    "empty text",
    "repeated text",
    "contradictory labels",
    "long text",
    "missing label",
    "rare label",
)
"""In the order in which a row's problems are listed."""

LEFT_OUT, KEPT, CUT = "left out", "kept", "kept; models cut it at their window"


@dataclass(frozen=True)
class Marks:
    """What must be known of the documents' texts, in their order."""

    digests: np.ndarray
    """Equal where texts are, (documents,) object."""
    long: np.ndarray
    """Whether a text has more than `LONG_TEXT` words, (documents,) bool."""


def marks_of(blocks: Iterable[pd.Series]) -> Marks:
    """The marks of texts that come in blocks."""
    digests, long = [], []
    for texts in blocks:
        digests += [digest(text) for text in texts]
        long += [len(text.split()) > LONG_TEXT for text in texts]
    return Marks(np.array(digests, dtype=object), np.array(long, dtype=bool))


def problems_of(rows: pd.DataFrame, marks: Marks, labels: pd.Series | None) -> pd.DataFrame:
    """One line for every problem of a row of the corpus: document, id, label, problem, action.

    `rows` as `read` gives them, `marks` of its documents, `labels` of all rows under
    the first labelling, None where there is none. Rows that the definition does not select or draw
    have no lines. The first of several documents with one text has no line for `repeated text`;
    every one of them has a line for `contradictory labels`. A label is rare below `MIN_DOCUMENTS`,
    whatever a study asks for: the corpus is as it is. Sorted by row.
    """
    labels = labels if labels is not None else pd.Series([None] * len(rows), dtype="str")
    kept = rows["document"].notna().to_numpy()
    known = pd.Series([None] * len(rows), dtype="str")
    known[kept] = marks.digests
    rare = [label for label, documents in count(labels[kept]).items() if documents < MIN_DOCUMENTS]
    found = {problem: (rows["left_out"] == problem).to_numpy(copy=True) for problem in PROBLEMS}
    found["repeated text"] |= kept & known.duplicated().to_numpy()
    found["contradictory labels"] |= contradictory(known, labels, among=kept)
    found["long text"][kept] = marks.long
    found["missing label"] |= kept & labels.isna().to_numpy() & labels.notna().any()
    found["rare label"] |= kept & labels.isin(rare).to_numpy()
    listed = [(row, problem) for row in range(len(rows)) for problem in PROBLEMS if found[problem][row]]
    return _lines(rows, labels, listed)


def report(quality: pd.DataFrame, labellings: dict[str, dict[str, int]], documents: int) -> list[str]:
    """The same in numbers: lines for a log, with the counts of every label and of every problem by label."""
    lines = [f"{documents} documents"]
    lines += [f"labelling '{name}': {_counts(counts)}" for name, counts in labellings.items()]
    for problem in PROBLEMS:
        of_problem = quality[quality["problem"] == problem]
        if len(of_problem):
            by_label = of_problem["label"].fillna("no label").value_counts().sort_index()
            actions = ", ".join(sorted(set(of_problem["action"])))
            lines.append(f"{problem}: {len(of_problem)} ({_counts(by_label.to_dict())}), {actions}")
    return lines


def _lines(rows: pd.DataFrame, labels: pd.Series, listed: list[tuple[int, str]]) -> pd.DataFrame:
    places = [row for row, _ in listed]
    problems = [problem for _, problem in listed]
    kept = rows["document"].notna().to_numpy()[places] if places else np.zeros(0, dtype=bool)
    actions = [_action(problem, document) for problem, document in zip(problems, kept, strict=True)]
    return pd.DataFrame(
        {
            "document": rows["document"].iloc[places].reset_index(drop=True),
            "id": rows["id"].iloc[places].reset_index(drop=True),
            "label": labels.iloc[places].reset_index(drop=True),
            "problem": pd.Series(problems, dtype="str"),
            "action": pd.Series(actions, dtype="str"),
        }
    )


def _action(problem: str, kept: bool) -> str:  # noqa: FBT001
    if not kept:
        return LEFT_OUT
    return CUT if problem == "long text" else KEPT


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{label} {documents}" for label, documents in counts.items())
