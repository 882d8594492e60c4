"""From Snakemake's config to a study, or to everything that is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nrag.studies import schema, sources
from nrag.studies.checks import contradictions
from nrag.studies.expansion import expanded
from nrag.studies.sources import Place, Source
from nrag.studies.study import Study, StudyError

NAMED = ("models", "corpora", "spaces", "reductions", "comparisons", "mazes")
"""Keys under which definitions stand by name."""

_GONE = object()


def load(config: Mapping[str, Any], *, files: Sequence[Path] = (), results: Path | None = None) -> Study:
    """The study that a config means: checked, with its defaults and controls, in one order.

    `config` is what Snakemake made of the config files and of --config; `files` are those files, to
    say which of them is wrong, to find keys that are there twice, and how YAML was misled by a name.
    Nothing but these files and the config.json of local models is read. With the folder of `results`,
    sources that are not there are told too; neither they nor models are missed where what is made of
    them is there already.

    Raises StudyError with a line for everything that is wrong.
    """
    opened, lines = sources.read(files)
    lines += [f"{source.name}: {_dotted(*found)}" for source in opened for found in sources.repeated(source)]
    study, problems = meant(config, opened, results=results)
    for place, message in sorted(problems, key=lambda problem: _position(problem[0], config)):
        lines.append(f"{sources.origin(opened, place, config)}: {_dotted(_outward(place, config), message)}")
    if lines:
        raise StudyError(list(dict.fromkeys(lines)))
    return study


def meant(
    config: Mapping[str, Any], opened: Sequence[Source] = (), *, check: bool = True, results: Path | None = None
) -> tuple[Study, list[tuple[Place, str]]]:
    """What is right in a config as a study, and place and message of what is wrong.

    Without `check` only single keys are looked at, not whether they go together or models are there.
    """
    named, misread = _names_as_text(config, opened)
    read = schema.read(named)
    problems = misread + [(place, _emptied(place, message, config)) for place, message in schema.problems(read)]
    sound = _without([place for place, _ in problems], read)
    study = expanded(sound)
    if check:
        wrong = {place for place, _ in problems}
        problems += [found for found in contradictions(sound, study, results) if not _follows(found[0], wrong)]
    return study, problems


def _names_as_text(content: Any, opened: Sequence[Source], place: Place = ()) -> tuple[Any, list[tuple[Place, str]]]:
    """The config with keys that YAML read as something else spelled as in the file, and a problem for each."""
    problems = []
    if isinstance(content, list):
        items = [_names_as_text(item, opened, (*place, number)) for number, item in enumerate(content)]
        return [item for item, _ in items], [problem for _, inner in items for problem in inner]
    if not isinstance(content, Mapping):
        return content, []
    named = {}
    for key, item in content.items():
        name = key if isinstance(key, str) else sources.spelling(opened, place, key)
        if name is not key:
            problems.append(((*place, name), f"YAML reads this name as {schema.shown(key)}: put it in quotes"))
        named[name], inner = _names_as_text(item, opened, (*place, key))
        problems += inner
    return named, problems


def _emptied(place: Place, message: str, config: Mapping[str, Any]) -> str:
    """A key that is there without a value is not missing, it is empty."""
    there = sources.at(config, place[:-1])
    empty = isinstance(there, Mapping) and place[-1:] and place[-1] in there and there[place[-1]] is None
    return message.replace("but missing", "but empty") if empty else message


def _without(places: Sequence[Place], config: Any) -> Any:
    """The config without what lies at the given places; a named definition stays, without keys, so that it is known."""
    if () in places:
        return {}
    kept = {"config": config}
    for place in sorted(set(places), key=len):
        kept = _replaced(kept, ("config", *place), {} if len(place) == 2 and place[0] in NAMED else _GONE)
    return kept["config"]


def _replaced(content: Any, place: Place, new: Any) -> Any:
    step, *further = place
    if isinstance(content, dict) and step in content:
        if further:
            return {**content, step: _replaced(content[step], tuple(further), new)}
        return {key: (new if key == step else item) for key, item in content.items() if key != step or new is not _GONE}
    # One wrong item makes its list doubtful; without it the list would say something else.
    return [] if isinstance(content, list) else content


def _follows(place: Place, wrong: set[Place]) -> bool:
    """Whether a problem may come from another that was found at, in or around its place, or in the corpus compared."""
    places = [place, ("corpora", place[1])] if place[0] == "comparisons" else [place]
    return any(here[: len(other)] == other[: len(here)] for here in places for other in wrong)


def _outward(place: Place, config: Mapping[str, Any]) -> Place:
    """The place without its position in a list, where the config has a single value for the list."""
    while place and isinstance(place[-1], int) and not isinstance(sources.at(config, place[:-1]), list):
        place = place[:-1]
    return place


def _position(place: Place, config: Mapping[str, Any]) -> tuple[int, ...]:
    """Sorts places as they stand in the config; what is missing comes last in its mapping."""
    order = []
    for depth, step in enumerate(place):
        around = sources.at(config, place[:depth])
        keys = list(around) if isinstance(around, Mapping) else []
        order.append(step if isinstance(step, int) else keys.index(step) if step in keys else len(keys))
    return tuple(order)


def _dotted(place: Place, message: str) -> str:
    """A message behind the place it is about.

    >>> _dotted(("models", "minilm", "store", 0), "is wrong")
    'models.minilm.store[0]: is wrong'
    >>> _dotted(("models", "a/b"), "is wrong")
    "models.'a/b': is wrong"
    """
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{_plain(step)}" for step in place).lstrip(".")
    return f"{steps}: {message}" if steps else message


def _plain(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else repr(name)
