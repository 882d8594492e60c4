"""What is odd about a corpus' texts and labels, document by document, and in numbers."""

import numpy as np
import pandas as pd

from nrag.corpora.labels import count
from nrag.corpora.reading import REPEATS, contradictory

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

_UNREMARKABLE = ("label not selected", "not drawn")


def problems_of(rows: pd.DataFrame, texts: pd.Series, labels: pd.Series | None, *, min_documents: int) -> pd.DataFrame:
    """One line for every problem of a row of the corpus: document, id, label, problem, action.

    `rows` as `read` gives them, `texts` of its documents in their order, `labels` of all rows under
    the first labelling, None where there is none. Rows that the definition does not select or draw
    have no lines. The first of several rows with one text has no line for `repeated text`; every
    one of them has a line for `contradictory labels`. Sorted by row.
    """
    labels = labels if labels is not None else pd.Series([None] * len(rows), dtype="str")
    kept = rows["document"].notna().to_numpy()
    counted = kept | ~rows["left_out"].isin(_UNREMARKABLE).to_numpy()
    words = np.zeros(len(rows), dtype=int)
    words[kept] = [len(text.split()) for text in texts]
    labelled = labels.notna().any()
    rare = {label for label, documents in count(labels[kept]).items() if documents < min_documents}
    found = {
        "missing text": (rows["left_out"] == "missing text").to_numpy(),
        "empty text": (rows["left_out"] == "empty text").to_numpy(),
        "repeated text": counted & _repeated(rows, counted),
        "contradictory labels": contradictory(labels, rows[REPEATS], counted),
        "long text": words > LONG_TEXT,
        "missing label": kept & labels.isna().to_numpy() & labelled,
        "rare label": kept & labels.isin(rare).to_numpy(),
    }
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


def _repeated(rows: pd.DataFrame, counted: np.ndarray) -> np.ndarray:
    """Whether an earlier row that counts has the same text: the first may not have been drawn."""
    first = rows[REPEATS].fillna(rows["row"].astype("Int32"))
    texts = first.where(counted & ~rows["left_out"].isin(["missing text", "empty text"]))
    return (texts.notna() & texts.duplicated()).to_numpy()


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
