r"""Questions to an index of tokens in words: `activating:" apple" (context:pie OR context:/^cook/) f1>0.5`.

A question is terms, joined by a space or AND, by OR, and by brackets; AND binds more tightly; NOT or - before a term
turns it round. A term is one of

    activating:TOKEN   context:TOKEN   any:TOKEN   TOKEN        (a token in that role, or in either)
    repeats:yes                                                 (a token in both roles: the neuron detects repetition)
    f1>0.5   density<0.01   block=3   neuron>=10   sign=-1      (a number of the neuron)
    model=NAME   corpus=NAME                                    (where it is)

and TOKEN a word, a text in double quotes (JSON: quotes, newlines, \u00e9), or /REGULAR EXPRESSION/ to be found in it.

Snakemake takes quotes off both ends of what --config gives. So a text that ends the question need not be closed, and a
question that begins with one is told to write any: before it.
"""

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ROLES = ("activating", "context", "any")
NUMBERS = ("f1", "precision", "recall", "density", "peak", "block", "neuron", "sign", "patterns")
_COMPARED = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}

_PART = re.compile(
    r"""\s*(?:
        (?P<bracket>[()])
      | (?P<number>[a-z0-9_]+)\s*(?P<compared>>=|<=|>|<|=)\s*(?P<value>-?[0-9.]+(?:e-?[0-9]+)?)(?=[\s()]|$)
      | (?P<place>model|corpus)=(?P<name>[^\s()"]+)
      | (?P<minus>-)(?=\S)
      | (?:(?P<role>[a-z]+):)?(?:
            (?P<quoted>"(?:[^"\\]|\\.)*(?:"|$)) | /(?P<expression>(?:[^/\\]|\\.)+)/ | (?P<word>[^\s()"]+)
        )
    )""",
    re.VERBOSE,
)


class QueryError(ValueError):
    """A question that cannot be understood."""


@dataclass(frozen=True)
class Term:
    """One condition on a token."""

    role: str
    """activating, context, any or repeats."""
    matches: Callable[[str], bool]
    """Of the text of a token."""


@dataclass(frozen=True)
class Limit:
    """One condition on a number, or on the name of model or corpus."""

    name: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Joined:
    """Conditions of which all, any, or (one alone) not."""

    how: str
    """AND, OR or NOT."""
    parts: tuple["Condition", ...]


Condition = Term | Limit | Joined


def parsed(question: str) -> Condition:
    """The condition that a question states. Raises QueryError with the place of what is not understood."""
    parts = _parts(question)
    if not parts:
        raise QueryError('an empty query; ask for a token, as in activating:" apple" context:pie')
    condition, rest = _any(parts)
    if rest:
        raise QueryError(f"'{rest[0].group().strip()}' closes nothing in: {question}")
    return condition


def _parts(question: str) -> list[re.Match[str]]:
    parts, place = [], 0
    while question[place:].strip():
        found = _PART.match(question, place)
        cut = found is not None and found["word"] and question[found.end() :].startswith('"')
        if found is None or (cut and found["word"].endswith(":")):
            raise QueryError(
                f"not understood from here on: {question[place:].strip()} (Snakemake takes quotes off the ends of a "
                "question: put it in brackets)"
            )
        if cut:
            raise QueryError(
                f'a quote stands within a word: {found["word"]}" (Snakemake takes quotes off the ends of a question: '
                'write any:" before its first text)'
            )
        parts.append(found)
        place = found.end()
    return parts


def _any(parts: list[re.Match[str]]) -> tuple[Condition, list[re.Match[str]]]:
    ways = []
    while True:
        way, parts = _all(parts)
        ways.append(way)
        if not parts or not _is(parts[0], "OR"):
            return (ways[0] if len(ways) == 1 else Joined("OR", tuple(ways))), parts
        parts = parts[1:]


def _all(parts: list[re.Match[str]]) -> tuple[Condition, list[re.Match[str]]]:
    found: list[Condition] = []
    while parts and parts[0]["bracket"] != ")" and not _is(parts[0], "OR"):
        if _is(parts[0], "AND") and found:
            parts = parts[1:]
        condition, parts = _one(parts)
        found.append(condition)
    if not found:
        raise QueryError("a token is missing beside OR or inside brackets")
    return (found[0] if len(found) == 1 else Joined("AND", tuple(found))), parts


def _is(part: re.Match[str], word: str) -> bool:
    """Whether a part joins others; behind a role, any:OR, it is a token."""
    return part["word"] == word and not part["role"]


def _one(parts: list[re.Match[str]]) -> tuple[Condition, list[re.Match[str]]]:
    if not parts:
        raise QueryError("a token is missing at the end")
    first, rest = parts[0], parts[1:]
    if first["minus"] or _is(first, "NOT"):
        turned, rest = _one(rest)
        return Joined("NOT", (turned,)), rest
    if first["bracket"] == "(":
        inner, rest = _any(rest)
        if not rest or rest[0]["bracket"] != ")":
            raise QueryError("a bracket is not closed")
        return inner, rest[1:]
    if first["number"]:
        return _limit(first), rest
    if first["place"]:
        return Limit(first["place"], lambda name: name == first["name"]), rest
    return _term(first), rest


def _limit(part: re.Match[str]) -> Limit:
    if part["number"] not in NUMBERS:
        raise QueryError(f"there is no number '{part['number']}'; there are {', '.join(NUMBERS)}")
    try:
        value = float(part["value"])
    except ValueError:
        raise QueryError(f"{part['value']} is no number") from None
    compare = _COMPARED[part["compared"]]
    return Limit(part["number"], lambda number: compare(number, value))


def _term(part: re.Match[str]) -> Term:
    role, word = part["role"] or "any", part["word"]
    if word and not part["role"] and re.match(r"[a-z0-9_]+[<>=]", word):
        raise QueryError(f'{word} is no condition on a number, such as f1>0.5; the token is any:"{word}"')
    if word and word.endswith(":") and word[:-1] in (*ROLES, "repeats"):
        raise QueryError(f"a token is missing behind {word}")
    if role == "repeats":
        if word not in ("yes", "true"):
            raise QueryError("repeats takes yes: repeats:yes")
        return Term("repeats", lambda text: True)
    if role not in ROLES:
        raise QueryError(f"there is no role '{role}'; there are {', '.join(ROLES)}, and repeats:yes")
    if part["expression"] is not None:
        try:
            expression = re.compile(part["expression"].replace("\\/", "/"))
        except re.error as error:
            raise QueryError(f"/{part['expression']}/ is no regular expression: {error}") from None
        return Term(role, lambda text: expression.search(text) is not None)
    if part["quoted"] is not None:
        word = _text(part["quoted"])
        return Term(role, lambda text: text == word)
    # A bare word is that word however the vocabulary writes its beginning.
    return Term(role, lambda text: text.strip() == word)


def _text(quoted: str) -> str:
    """What stands in quotes, of which the last may be missing."""
    for end in ("", '"'):
        try:
            return json.loads(quoted + end)
        except ValueError:
            continue
    raise QueryError(f"{quoted} is no text in JSON")
