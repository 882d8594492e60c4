"""Names and numbers in sentences of Markdown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nrag.captions.wording import listed

_SPECIAL = re.compile(r"[\\`*\[\]<&$~^@]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown, GitHub's and pandoc's included, would take for more than a letter; `_` inside a word is one."""

LABELS_NAMED = 12


def plain(text: Any) -> str:
    r"""A name that a user gave, letter by letter: what Markdown would read otherwise is escaped.

    >>> print(plain("R&D *new* a_b _x_"))
    R\&D \*new\* a_b \_x\_
    """
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", " ".join(str(text).split()))


def code(text: Any) -> str:
    """A text as it would be typed.

    >>> code("papers.csv"), code("a`b")
    ('`papers.csv`', '``a`b``')
    """
    line = " ".join(str(text).split())
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    # Markdown takes one blank from either side, where a backtick would touch the fence.
    padded = f" {line} " if line.startswith("`") or line.endswith("`") else line
    return f"{fence}{padded}{fence}"


def names(given: Sequence[Any], last_by: str = "and") -> str:
    """Escaped names in a sentence."""
    return listed([plain(each) for each in given], last_by)


def count(number: int, one: str, several: str | None = None) -> str:
    """A number with its noun.

    >>> count(1, "document"), count(1200, "document"), count(0, "copy", "copies")
    ('1 document', '1,200 documents', '0 copies')
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def noun(given: Sequence[Any], one: str, several: str | None = None) -> str:
    """The noun of so many things."""
    return one if len(given) == 1 else several or f"{one}s"


def counted(counts: Mapping[str, int]) -> str:
    """Labels with their documents; the first twelve and how many more.

    >>> counted({"ai": 100, "dl": 1200})
    'ai (n = 100) and dl (n = 1,200)'
    """
    named = [f"{plain(label)} (n = {number:,})" for label, number in list(counts.items())[:LABELS_NAMED]]
    further = len(counts) - len(named)
    return listed([*named, f"{further} more"] if further else named)


def digest(value: str) -> str:
    """The first digits of a SHA-256."""
    return f"{value[:12]}…" if len(value) > 12 else value
