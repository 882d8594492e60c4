"""What can be wrong with a corpus, said so that it can be mended."""

import contextlib
import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

SHOWN = 20
"""Names in a message before the rest is only counted."""


class CorpusError(ValueError):
    """A corpus cannot be read as its definition says."""


@contextlib.contextmanager
def naming(name: str | None) -> Iterator[None]:
    """Errors of the block begin with the name of the corpus, where it is known."""
    try:
        yield
    except CorpusError as error:
        if not name:
            raise
        raise CorpusError(f"corpus '{name}': {error}") from error


def listing(names: Iterable[str] | Mapping[str, int], *, most: int = SHOWN) -> str:
    """Names in their order, with their counts where they have some, cut after the first `most`.

    >>> listing({"ai": 812, "cv": 4})
    'ai 812, cv 4'
    """
    shown = [f"{name} {names[name]}" if isinstance(names, Mapping) else str(name) for name in names]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return (", ".join(shown[:most]) or "none") + more


def absent(what: str, name: Any, available: Iterable[str] | Mapping[str, int]) -> str:
    """The sentence for a name that is not there, with the nearest that is, and all there are.

    >>> absent("column", "abstrct", ["abstract", "year"])
    "no column 'abstrct'; did you mean 'abstract'? There are: abstract, year"
    """
    known = {candidate.casefold(): candidate for candidate in available}
    near = difflib.get_close_matches(str(name).casefold(), known, n=1)
    hint = f"; did you mean '{known[near[0]]}'?" if near else "."
    return f"no {what} '{name}'{hint} There are: {listing(available)}"
