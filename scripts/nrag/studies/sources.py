"""The files a config came from: which of them says what, how a name is spelled there, what is said twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Place = tuple[str | int, ...]
"""Keys and list positions that lead to a value."""

_ABSENT = object()


@dataclass(frozen=True)
class Source:
    """One config file."""

    name: str
    """As shown in messages: relative to the working directory where it lies below it."""
    content: Any
    root: Any
    """The file as YAML nodes, which know the spelling and the line of every key; None if it is empty."""


def read(files: Sequence[Path]) -> tuple[list[Source], list[str]]:
    """The files that can be read, and a line for each that cannot."""
    # Imported here: whoever needs only the words of a study, such as tests, does without YAML.
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    sources, lines = [], []
    for file in files:
        name = shown_as(Path(file))
        try:
            text = Path(file).read_text(encoding="utf-8-sig")
            sources.append(Source(name, yaml.load(text, Loader=loader), yaml.compose(text, Loader=loader)))  # noqa: S506 (a safe loader)
        except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
            lines.append(f"{name}: cannot be read as YAML: {' '.join(str(error).split())}")
    return sources, lines


def repeated(source: Source) -> Iterator[tuple[Place, str]]:
    """Place and message of every key that a mapping of the file has twice; YAML keeps the last without a word."""
    for place, node in _mappings(source.root):
        first: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.value in first:
                yield place, f"{key.value!r} is there twice, in lines {first[key.value]} and {line}: keep one"
            first.setdefault(key.value, line)


def spelling(sources: Sequence[Source], place: Place, key: Any) -> str:
    """How a key that is no text is written in the files, `on` for True; its Python form if no file has it."""
    for source in reversed(sources):
        for found, node in _mappings(source.root):
            for written, _ in node.value if found == place else ():
                if written.tag != "tag:yaml.org,2002:str" and _value(written) == key:
                    return str(written.value) or "an empty name"
    return repr(key)


def origin(sources: Sequence[Source], place: Place, config: Any) -> str:
    """Name of the last file that says what the config says at a place, `--config` if none does.

    A place that is nowhere in the config, a missing key, belongs to the file that has the nearest
    mapping around it.
    """
    while place and at(config, place) is _ABSENT:
        place = place[:-1]
    here = at(config, place)
    for source in reversed(sources):
        found = at(source.content, place)
        if found == here or repr(found) == repr(here):  # nan is not even equal to itself
            return source.name
    # A mapping put together from several files, or changed by --config, equals none of them.
    holders = [source.name for source in sources if isinstance(at(source.content, place), dict)]
    if isinstance(here, dict) and holders:
        return holders[-1]
    return "--config" if sources else "config"


def shown_as(file: Path) -> str:
    """A file's name in messages: relative to the working directory if it lies below it."""
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_absolute() and file.is_relative_to(here) else str(file)


def _mappings(root: Any) -> Iterator[tuple[Place, Any]]:
    """Every mapping node of a file with its place, outermost first."""
    pending: list[tuple[Place, Any]] = [((), root)]
    while pending:
        place, node = pending.pop(0)
        kind = getattr(node, "id", None)
        if kind == "mapping":
            yield place, node
            pending += [((*place, key.value), child) for key, child in node.value]
        elif kind == "sequence":
            pending += [((*place, number), child) for number, child in enumerate(node.value)]


def _value(node: Any) -> Any:
    import yaml

    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def at(content: Any, place: Place) -> Any:
    """What lies at a place, or something that equals nothing else if there is no such place."""
    for step in place:
        try:
            content = content[step] if isinstance(content, dict | list) else _ABSENT
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return content
