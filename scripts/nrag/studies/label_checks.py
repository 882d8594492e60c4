"""What the config may not say of labels that differ from model to model."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nrag import contracts
from nrag.studies.mazes import checkpoint_of
from nrag.studies.places import answered_set
from nrag.studies.schema import did_you_mean, shown, unknown
from nrag.studies.sources import Place
from nrag.studies.study import Study

Problem = tuple[Place, str]

TABLES = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
"""Endings of files that may hold labels for every model."""


def own_label_problems(place: Place, how: Mapping[str, Any], study: Study) -> Iterator[Problem]:
    """Place and message of what does not go together in a labelling of the config.

    `place` is that of the labelling: corpora, the corpus, label, its name.
    """
    for key in ("by", "where"):
        if key in how and "path" not in how:
            yield (*place, key), "is of a table with labels for every model: name it with path, or leave this out"
    if "path" not in how:
        return
    if "by" not in how:
        yield (*place, "by"), "required beside path, but missing: the columns of the model and of the document's id"
    elif len(how["by"]) != 2 or len(set(how["by"])) != 2:
        yield (*place, "by"), f"{shown(how['by'])} must be two columns: of the model, and of the document's id"
    if (answers := answered_set(how["path"])) is not None:
        yield from _of_answers(place, how, answers, study)
    elif Path(how["path"]).suffix.lower() not in TABLES:
        yield (*place, "path"), f"{shown(how['path'])} is no table: {', '.join(TABLES)}, or mazes:SET"


def _of_answers(place: Place, how: Mapping[str, Any], answers: str, study: Study) -> Iterator[Problem]:
    """What is wrong with labels of what the checkpoints of a set of mazes answered: they are known only after hours."""
    if answers not in study.mazes:
        yield (*place, "path"), unknown("set of mazes", answers, study.mazes)
        return
    if not any(made and made.set == answers for made in (checkpoint_of(study, model) for model in study.models)):
        yield (*place, "path"), f"no model is a checkpoint of the set '{answers}', so that none would have a label"
    known = [column.name for column in contracts.ANSWERS.columns]
    if how.get("by") and how["by"][0] != "model":
        yield (*place, "by"), f"{shown(how['by'][0])} names no model in answers: write model first"
    where = how.get("where", {})
    for key, columns in (("by", how.get("by", ())), ("column", [how["column"]]), ("where", where)):
        for column in columns:
            if column not in known:
                yield (*place, key), unknown("column of answers", column, known)
    there = _values(study.mazes[answers]["samples"], where)
    for column in where:
        if column in there and not _is_there(where[column], there[column]):
            yield (*place, "where", column), _missing(where[column], there[column])
    # How many answers a misspelt decoding means is not known: its own line is enough.
    misspelt = "decoding" in where and not _is_there(where["decoding"], there["decoding"])
    if not misspelt and (several := _several(study.mazes[answers]["samples"], where)):
        yield (*place, "where"), several
    yield from _compared(place, how["column"], there, study)


def _values(samples: int, where: Mapping[str, Any]) -> dict[str, list[str]]:
    """What columns of answers can hold, as text; only those of which it is known."""
    truth = [column.name for column in contracts.ANSWERS.columns if column.type == "bool"]
    greedy = where.get("decoding") == contracts.GREEDY or not samples
    return {
        "decoding": [contracts.GREEDY, contracts.SAMPLED] if samples else [contracts.GREEDY],
        "sample": ["0"] if greedy else [str(number) for number in range(samples)],
        **{column: ["false", "true"] for column in truth},
    }


def _is_there(value: Any, values: list[str]) -> bool:
    return (value if isinstance(value, str) else str(value).lower()) in values


def _missing(value: Any, values: list[str]) -> str:
    return f"no answer has {shown(value)}{did_you_mean(str(value), values)}; there are {', '.join(values)}"


def _several(samples: int, where: Mapping[str, Any]) -> str | None:
    """What to say where several answers of one model to one maze are chosen, which may have several labels."""
    decoding = where.get("decoding")
    if not samples or decoding == contracts.GREEDY or (decoding == contracts.SAMPLED and "sample" in where):
        return None
    return (
        f"chooses several of the {samples + 1} answers to each maze, one greedy and {samples} sampled; write "
        "where: {decoding: greedy}, or {decoding: sampled, sample: 0} for one of those of the last checkpoints"
    )


def _compared(place: Place, column: str, there: Mapping[str, list[str]], study: Study) -> Iterator[Problem]:
    """Labels that are compared and that no answer can have."""
    _, corpus, _, labelling = place
    for name, comparison in study.comparisons.get(corpus, {}).items():
        if comparison["labelling"] == labelling and isinstance(comparison["labels"], list) and column in there:
            for label in comparison["labels"]:
                if not _is_there(label, there[column]):
                    yield ("comparisons", corpus, name, "labels"), _missing(label, there[column])
