"""Neurons that answer a question about their tokens."""

import json

import numpy as np
import pandas as pd

from nrag.neurons.queries import NUMBERS, Condition, Joined, Limit, Term, parsed

KEYS = ["model", "corpus", "block", "neuron", "sign"]

FREQUENT = 5
"""Activating tokens that are shown of a neuron of which no token was asked for."""


def search(index: pd.DataFrame, neurons: pd.DataFrame, question: str) -> pd.DataFrame:
    """The neurons that meet a question (see `queries`), best F1 first, with the tokens that were asked for.

    Of a neuron that has none of these, as where a question asks for numbers alone, its `FREQUENT` activating tokens of
    most examples are shown. `index` are rows as of contracts.TOKENS with model and corpus; `neurons` has a row for
    each neuron and sign with `queries.NUMBERS`. Under `repeats` the share of the activating tokens that are context
    too ranks first.

    Raises queries.QueryError.
    """
    condition = parsed(question)
    facts = neurons.set_index(KEYS).sort_index()
    rows = pd.MultiIndex.from_frame(index[KEYS])
    number = facts.index.get_indexer(rows)
    index, number = index[number >= 0], number[number >= 0]
    tokens = dict(index.groupby("text", sort=True).indices)
    met = _met(condition, index, number, tokens, facts)
    asked = np.zeros(len(index), dtype=bool)
    for term in _terms(condition):
        asked |= _rows(term, index, number, tokens)
    found = facts[met].copy()
    has_asked = np.zeros(len(facts), dtype=bool)
    has_asked[number[asked]] = True
    told = pd.concat([index[asked & met[number]], _frequent(index[(met & ~has_asked)[number]])])
    for role in ("activating", "context"):
        texts = told[told["role"] == role].groupby(KEYS)["text"].agg(list).reindex(found.index)
        found[role] = [each if isinstance(each, list) else [] for each in texts]
    repeated = _repeated(index, number, len(facts))
    activating = np.bincount(number[(index["role"] == "activating").to_numpy()], minlength=len(facts))
    found["repeated"] = (np.bincount(number[repeated], minlength=len(facts)) / np.maximum(activating, 1))[met]
    order = ["repeated", "f1"] if any(term.role == "repeats" for term in _terms(condition)) else ["f1"]
    found = found.sort_values(order, ascending=False, kind="stable", na_position="last")
    return found.reset_index()[
        [*KEYS, *(name for name in NUMBERS if name in facts), "repeated", "activating", "context"]
    ]


def facts_of(scores: pd.DataFrame) -> pd.DataFrame:
    """The numbers of every neuron and sign that questions may ask for: of its graph, in held-out text as it comes.

    `scores` are rows as of contracts.SCORES; the result lacks model and corpus.
    """
    own = scores[(scores["method"] == "graph") & (scores["split"] == "text") & (scores["quantile"] == 0)]
    names = [name for name in NUMBERS if name not in KEYS]
    return own[[*(key for key in KEYS if key in own), *names]].reset_index(drop=True)


def as_tsv(found: pd.DataFrame) -> str:
    """The answer as lines with tabs between columns; tokens in JSON, so that tabs, newlines and quotes stay apart."""
    written = found.copy()
    for role in ("activating", "context"):
        texts = [" ".join(json.dumps(text, ensure_ascii=False) for text in each) for each in written[role]]
        # A letter that ends lines in some programs, and what is no letter of its own.
        written[role] = ["".join(c if c.isprintable() else _escaped(c) for c in text) for text in texts]
    lines = ["\t".join(written.columns)]
    for row in written.itertuples(index=False):
        lines.append("\t".join(f"{each:.4g}" if isinstance(each, float) else str(each) for each in row))
    return "\n".join(lines) + "\n"


def _escaped(letter: str) -> str:
    """A letter as JSON writes it: beyond U+FFFF two escapes."""
    units = letter.encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def _met(
    condition: Condition, index: pd.DataFrame, number: np.ndarray, tokens: dict[str, np.ndarray], facts: pd.DataFrame
) -> np.ndarray:
    """(neurons,) bool."""
    if isinstance(condition, Joined):
        parts = [_met(each, index, number, tokens, facts) for each in condition.parts]
        if condition.how == "NOT":
            return ~parts[0]
        return (np.logical_and if condition.how == "AND" else np.logical_or).reduce(parts)
    if isinstance(condition, Limit):
        values = facts.index.get_level_values(condition.name) if condition.name in KEYS else facts[condition.name]
        return np.array([condition.holds(value) for value in values], dtype=bool)
    met = np.zeros(len(facts), dtype=bool)
    met[number[_rows(condition, index, number, tokens)]] = True
    return met


def _rows(term: Term, index: pd.DataFrame, number: np.ndarray, tokens: dict[str, np.ndarray]) -> np.ndarray:
    """(rows of the index,) bool: those that meet a term."""
    if term.role == "repeats":
        return _repeated(index, number, int(number.max(initial=-1)) + 1)
    found = np.zeros(len(index), dtype=bool)
    for text, rows in tokens.items():
        # Every text is looked at once, however many neurons have it.
        if term.matches(text):
            found[rows] = True
    return found if term.role == "any" else found & (index["role"] == term.role).to_numpy()


def _frequent(index: pd.DataFrame) -> pd.DataFrame:
    """Of each neuron the rows of its activating tokens of most examples, of as many the stronger ones first."""
    activating = index[index["role"] == "activating"]
    ranked = activating.sort_values(["examples", "activation"], ascending=False, kind="stable")
    return ranked.groupby(KEYS, sort=False).head(FREQUENT)


def _repeated(index: pd.DataFrame, number: np.ndarray, neurons: int) -> np.ndarray:
    """(rows of the index,) bool: activating tokens that are context of the same neuron too."""
    text = pd.factorize(index["text"])[0].astype(np.int64)
    pair = text * max(neurons, 1) + number
    role = index["role"].to_numpy()
    return (role == "activating") & np.isin(pair, pair[role == "context"])


def _terms(condition: Condition) -> list[Term]:
    if isinstance(condition, Joined):
        return [term for part in condition.parts for term in _terms(part)]
    return [condition] if isinstance(condition, Term) else []
