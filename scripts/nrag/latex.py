"""The headline tests of a study as a table of LaTeX, ready for a paper: over pages, booktabs, names escaped."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from nrag.captions import of_tests
from nrag.comparison import model_in
from nrag.statistics import one_label
from nrag.statistics.label_tests import HEADLINE

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "×": r"$\times$",
}
"""What is printed as itself."""

_LIGATURE = re.compile(r"([-,])(?=\1)")
"""What fonts make one sign of with its like: two hyphens a dash, two commas a quotation mark."""

_LABELS_NAMED, _LETTERS = 4, 60
"""Labels, and letters of them with their documents, that are written out at most: a line has no more room."""

_UNDEFINED = "---"

_NUMBERS = {
    "observed": "Observed",
    "null_mean": "Null",
    "effect": "Effect",
    "p": "$p$",
    "p_holm": "Holm",
}


def escaped(text: str) -> str:
    r"""A text as LaTeX prints it, letter by letter; line ends and tabs become blanks.

    Quotes in names need the T1 encoding of fonts (`\usepackage[T1]{fontenc}`), other scripts a Unicode engine.

    >>> print(escaped("R&D_50%"), escaped("a--b"))
    R\&D\_50\% a-{}-b
    """
    parted = _LIGATURE.split(" ".join(text.split()))
    # Every second part is what the expression found.
    return "".join(
        f"{part}{{}}" if number % 2 else "".join(_SPECIAL.get(letter, letter) for letter in part)
        for number, part in enumerate(parted)
    )


def table_of_tests(tests: pd.DataFrame, *, study: str, controls: Mapping[str, Sequence[str]]) -> str:
    r"""The headline test of every comparison, model and run as a `longtable`, which goes on over pages.

    It needs `\usepackage{booktabs,longtable}` and a page of one column. `tests` is the table of
    `statistics.summary.table_of_tests`, as read back from its TSV; `controls` names the untrained twins of each model.
    Rows go by comparison. Of corpus, model, pooling, reduction and grid those are columns that differ between rows; the
    caption tells the others. A model in a shared space is named after it. Undefined values are a dash; of a comparison
    of one label there is no row but the remark that it has nothing to compare.
    """
    rows = tests[(tests["metric"] == HEADLINE) & tests["layer"].isna()]
    rows = rows.assign(
        grid=[f"{size} × {size} {bins}" for size, bins in zip(rows["size"], rows["bins"], strict=True)],
    )
    named = [model_in(space, model) for space, model in zip(rows["space"], rows["model"], strict=True)]
    places = ("corpus", "pooling", "reduction", "grid", "model")
    listed = rows.assign(model=named)
    shown = tuple(name for name in places if listed[name].nunique() > 1)
    head = [r"\toprule", _line([*(name.capitalize() for name in shown), *_NUMBERS.values()]), r"\midrule"]
    across = rf"\multicolumn{{{len(shown) + len(_NUMBERS)}}}"
    controlled = any(name in set(rows["model"]) for names in controls.values() for name in names)
    caption = of_tests.caption(listed, shown=shown, controlled=controlled)
    lines = [
        r"% \usepackage{booktabs,longtable}",
        r"% In a paper of two columns, below \onecolumn: a longtable has no place in a column.",
        r"\begingroup",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{4pt}",
        r"\setlength{\LTcapwidth}{\textwidth}",
        rf"\begin{{longtable}}{{{'l' * len(shown)}{'r' * len(_NUMBERS)}}}",
        rf"\caption[Label tests]{{{escaped(caption)}}}",
        rf"\label{{tab:tests-{study}}} \\",
        *head,
        r"\endfirsthead",
        *head,
        r"\endhead",
        r"\midrule",
        rf"{across}{{r}}{{\emph{{continued}}}} \\",
        r"\endfoot",
        r"\bottomrule",
        r"\endlastfoot",
        *_body(listed, shown),
        r"\end{longtable}",
        r"\endgroup",
    ]
    return "\n".join(lines) + "\n"


# --------------------------------------------------------------------------------------- private


def _body(rows: pd.DataFrame, shown: Sequence[str]) -> Iterator[str]:
    """A line for each comparison, with its documents, and below it one for each of its tests."""
    for number, ((corpus, comparison), group) in enumerate(rows.groupby(["corpus", "comparison"], sort=False)):
        if number:
            yield r"\addlinespace"
        tested = group[~one_label.among(group)]
        single = tested.empty
        # Without rows below nothing else would say of which corpus it is.
        name = f"{comparison} of {corpus}" if single and "corpus" in shown else comparison
        remark = f"; {one_label.NOTE}" if single else ""
        of = f"{escaped(name)}: {escaped(_of_models(group))}{remark}"
        # With the star no page ends between a comparison and its first test.
        ending = r"\\" if single else r"\\*"
        yield rf"\multicolumn{{{len(shown) + len(_NUMBERS)}}}{{l}}{{\emph{{{of}}}}} {ending}"
        if single:
            continue
        # Models under one condition stand together: the controls beside the model.
        condition = tested.groupby(["pooling", "reduction", "grid"], sort=False).ngroup()
        ordered = tested.iloc[np.argsort(condition, kind="stable")]
        for row in ordered.to_dict("records"):
            yield _line([*(escaped(row[column]) for column in shown), *(_number(row, column) for column in _NUMBERS)])


def _line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _number(row: Mapping[str, str], column: str) -> str:
    return _significant(row[column]) if column in ("p", "p_holm") else _decimal(row[column])


def _of_models(rows: pd.DataFrame) -> str:
    """Documents of each label, the same for all models or each model's own."""
    counts = [_counts(documents) for documents in rows["documents"].unique()]
    return counts[0] if len(counts) == 1 else "each model's own labels, documents in tests.tsv"


def _counts(documents: str) -> str:
    """Documents of each label, or of all where there are many.

    >>> _counts('{"ai": 100, "dl": 1200}')
    'ai 100, dl 1,200'
    """
    counts = json.loads(documents)
    named = ", ".join(f"{label} {count:,}" for label, count in counts.items())
    if len(counts) > _LABELS_NAMED or len(named) > _LETTERS:
        return f"{sum(counts.values()):,} of {len(counts)} labels"
    return named


def _decimal(value: str) -> str:
    number = float(value) if isinstance(value, str) else np.nan
    # Without it a small negative number would be -0.000.
    rounded = round(number, 3) + 0.0
    return _UNDEFINED if np.isnan(number) else f"{rounded:.3f}" if rounded >= 0 else f"$-{-rounded:.3f}$"


def _significant(value: str) -> str:
    """Two significant digits, however small.

    >>> _significant("0.0001"), _significant("0.2345"), _significant("1")
    ('0.0001', '0.23', '1')
    """
    number = float(value) if isinstance(value, str) else np.nan
    return _UNDEFINED if np.isnan(number) else np.format_float_positional(number, 2, fractional=False, trim="-")
