"""The config's schema: what is allowed, in which order, with which defaults; and what breaks it, in words."""

import copy
import difflib
import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nrag.studies.sources import Place

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "config.schema.yaml"

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
}
_LISTED = 12
"""Words that a message lists at most."""
_CONTAINERS = {"array": list, "object": dict}


@functools.lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The schema as written."""
    # Imported where it is needed, so that importing `nrag.studies` stays cheap for tests and tools.
    import yaml

    with SCHEMA.open(encoding="utf-8") as file:
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (a safe loader)


def properties(kind: str) -> dict[str, dict[str, Any]]:
    """The keys of one kind of definition, `model` or `reduction` say, in their fixed order; "" for the top."""
    return (schema()["$defs"][kind] if kind else schema())["properties"]


def filled(definition: Mapping[str, Any], kind: str, *, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """A definition in the order of the schema with its defaults; keys with neither value nor default are absent."""
    return complete(definition, properties(kind), leave_out=leave_out)


def complete(
    definition: Mapping[str, Any], keys: Mapping[str, Mapping[str, Any]], *, leave_out: Sequence[str] = ()
) -> dict[str, Any]:
    """As `filled`, for the properties of an object that has no name of its own in the schema."""
    return {
        key: definition[key] if key in definition else copy.deepcopy(rule["default"])
        for key, rule in keys.items()
        if key not in leave_out and (key in definition or "default" in rule)
    }


# --------------------------------------------------------------------------------------- reading


def read(config: Any) -> Any:
    """The config with single values as lists of one where lists may stand, and text as what it has to be.

    `--config models='{a: {controls: 2}}'` arrives as text, and YAML reads `1e-3` as text: text that the
    schema does not allow becomes the number, truth value or nothing that it spells. An empty value is
    taken as not given. What cannot be read stays, for `problems` to find.
    """
    return _read(config, schema())


def _read(value: Any, rule: Mapping[str, Any]) -> Any:
    if value is None:
        return None
    rule = _branch(value, _followed(rule))
    if "items" in rule and not isinstance(value, list):
        return [_read(value, rule["items"])]
    if isinstance(value, list):
        return [_read(item, rule.get("items", {})) for item in value]
    if isinstance(value, dict):
        return dict(_read_items(value, rule))
    return _scalar(value, rule)


def _read_items(value: Mapping[str, Any], rule: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    known, further = rule.get("properties", {}), rule.get("additionalProperties")
    for key, item in value.items():
        if key in known:
            item = _read(item, known[key])
            if item is not None:
                yield key, item
        elif isinstance(further, dict):
            # `models: {minilm: }` is a definition without keys, not a missing one.
            empty = item is None and "object" in _kinds(further)
            yield key, {} if empty else _read(item, further)
        else:
            yield key, item


def _branch(value: Any, rule: dict[str, Any]) -> dict[str, Any]:
    """Of a choice, the alternative that the value's kind decides; the rule itself if none does."""
    branches = [_followed(branch) for branch in rule.get("anyOf", ())]
    if any("const" in branch and branch["const"] == value for branch in branches):
        return rule
    for branch in branches:
        container = _CONTAINERS.get(branch.get("type", ""))
        if container is not None and (isinstance(value, container) or (container is list and _wraps(value, rule))):
            return branch
    return rule


def _wraps(value: Any, rule: Mapping[str, Any]) -> bool:
    """Whether a single value may stand for a list of one."""
    if isinstance(value, dict | list):
        return False
    words = any("const" in branch for branch in rule["anyOf"])
    for items in (branch["items"] for branch in rule["anyOf"] if branch.get("type") == "array"):
        # Beside words such as `median`, what is no item is more likely a wrong word than a wrong list.
        if items in rule["anyOf"] and (not words or _valid(_scalar(value, _followed(items)), items)):
            return True
    return False


def _scalar(value: Any, rule: dict[str, Any]) -> Any:
    if isinstance(value, float) and value.is_integer() and rule.get("type") == "integer":
        return int(value)
    if not isinstance(value, str) or _valid(value, rule):
        return value
    spelled = [(kind, each) for kind, each in _spelled(value) if kind in _kinds(rule)]
    if spelled:
        return next((each for _, each in spelled if _valid(each, rule)), spelled[0][1])
    return None if value in ("null", "~") else value


def _spelled(text: str) -> Iterator[tuple[str, bool | int | float]]:
    """What a text may spell, each with the schema's word for its kind."""
    if text.lower() in ("true", "false"):
        yield "boolean", text.lower() == "true"
    for kind, number in (("integer", int), ("number", float)):
        try:
            yield kind, number(text)
        except ValueError:
            continue


# -------------------------------------------------------------------------------------- problems


def problems(config: Any) -> list[tuple[Place, str]]:
    """Place and message of everything in a config, as `read` gives it, that the schema does not allow."""
    found = [
        (tuple(error.absolute_path), error) for raw in _validator().iter_errors(config) for error in _innermost(raw)
    ]
    lines = [entry for place, error in found for entry in _described(place, error)]
    lines += [(place, f"{value} is no number") for place, value in _not_finite(config)]
    # What is of the wrong kind is often too small as well; the first message says enough.
    return list({place: (place, message) for place, message in reversed(lines)}.values())[::-1]


@functools.lru_cache(maxsize=1)
def _validator() -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(_strict(schema()))


def _valid(value: Any, rule: Mapping[str, Any]) -> bool:
    return _validator().evolve(schema=rule).is_valid(value)


def _strict(rule: Any) -> Any:
    """The schema without the single values that stand for lists of one, since `read` has made them lists.

    A choice that is none any more gives errors that point at the place, not at the choice.
    """
    if isinstance(rule, list):
        return [_strict(item) for item in rule]
    if not isinstance(rule, dict):
        return rule
    lists = [branch["items"] for branch in rule.get("anyOf", ()) if branch.get("type") == "array"]
    rest = {key: _strict(value) for key, value in rule.items() if key != "anyOf"}
    branches = [_strict(branch) for branch in rule.get("anyOf", ()) if branch not in lists]
    if len(branches) == 1:
        return rest | branches[0]
    return rest | ({"anyOf": branches} if branches else {})


def _innermost(error: Any) -> Iterator[Any]:
    """For a choice, the errors of the alternative whose kind the value has; otherwise the error itself."""
    if error.validator != "anyOf":
        yield error
        return
    branches = [
        [inner for inner in error.context if inner.schema_path[0] == n] for n in range(len(error.schema["anyOf"]))
    ]
    meant = [inners for inners in branches if not any(_of_kind(inner) for inner in inners)]
    if not meant:
        yield error
    for inner in meant[0] if meant else ():
        yield from _innermost(inner)


def _of_kind(error: Any) -> bool:
    """Whether an alternative fails at the value itself, so that it was not the one meant."""
    return not error.relative_path and error.validator in ("type", "const", "enum", "not", "anyOf")


def _described(place: Place, error: Any) -> Iterator[tuple[Place, str]]:
    value, rule, kind = error.instance, error.schema, error.validator
    if kind == "additionalProperties":
        known = list(rule.get("properties", ()))
        for key in value:
            if key not in known:
                ending = did_you_mean(key, known) or f"; there are {', '.join(known)}"
                yield (*place, key), f"unknown key {key!r}{ending}"
    elif kind == "required":
        for key in error.validator_value:
            if key not in value:
                yield (*place, key), "required, but missing"
    elif "pattern" in rule and "maxLength" in rule and kind != "type":
        of_a_key = "propertyNames" in error.absolute_schema_path
        yield (
            (*place, value) if of_a_key else place,
            (
                f"{value!r} cannot be a name: small letters and digits, joined by single - or _, "
                f"at most {rule['maxLength']}{_name_like(value)}"
            ),
        )
    else:
        yield place, _sentence(value, rule, kind, error.validator_value)


def _sentence(value: Any, rule: Mapping[str, Any], kind: str, limit: Any) -> str:
    match kind:
        case "minItems" | "minProperties":
            return "is empty" if not value else f"needs at least {limit}, has {len(value)}"
        case "minLength":
            return "is empty text"
        case "uniqueItems":
            twice = next(item for n, item in enumerate(value) if item in value[:n])
            return f"{shown(twice)} is there twice"
        case "maxProperties":
            return f"takes one of {', '.join(rule['properties'])}, has {len(value)}"
        case "exclusiveMinimum" | "exclusiveMaximum":
            return f"{shown(value)} must be {'above' if kind == 'exclusiveMinimum' else 'below'} {limit}"
        case "minimum":
            return f"{shown(value)} is too small, the least is {limit}"
        case "maximum":
            return f"{shown(value)} is too large, the most is {limit}"
        case "pattern":
            return f"{shown(value)} lacks {{text}}, which stands for the document"
        case "enum" | "const":
            allowed = [str(item) for item in rule.get("enum", [limit])]
            words = ", ".join(allowed) if len(allowed) <= _LISTED else f"the {len(allowed)} words of docs/metrics.md"
            return f"{shown(value)} is not one of {words}{did_you_mean(value, allowed, before='; ')}"
    return f"expected {wanted(rule)}, found {shown(value)}{_quotes(value, rule)}{_named(value, rule)}"


def wanted(rule: Mapping[str, Any]) -> str:
    """What a rule allows, in words.

    >>> wanted({"anyOf": [{"const": "auto"}, {"type": "integer"}]})
    'auto or a whole number'
    """
    rule = _followed(rule)
    if "anyOf" in rule:
        return " or ".join(dict.fromkeys(wanted(branch) for branch in rule["anyOf"]))
    if "enum" in rule or "const" in rule:
        return " or ".join(map(str, rule.get("enum", [rule.get("const")])))
    if "properties" in rule:
        return f"keys with values ({', '.join(rule['properties'])})"
    return _KINDS.get(rule.get("type", ""), "a label")


def shown(value: Any) -> str:
    """A value as a message shows it: short, truth values as in YAML.

    >>> shown(True), shown("ten"), shown({"a": 1})
    ('true', "'ten'", 'keys with values (a)')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"keys with values ({', '.join(map(str, value))})" if value else "nothing"
    if isinstance(value, str | int | float | list):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:57]}..."
    return str(value)


def did_you_mean(word: Any, known: Sequence[str], *, before: str = ", ") -> str:
    """The ending of a message about an unknown word: the nearest known one, or nothing.

    >>> did_you_mean("dtpe", ["id", "dtype"])
    ", did you mean 'dtype'?"
    """
    near = difflib.get_close_matches(str(word).lower(), known, n=1, cutoff=0.7)
    return f"{before}did you mean {near[0]!r}?" if near else ""


def unknown(what: str, name: Any, known: Iterable[Any]) -> str:
    """A message about a word that should be one of the known ones.

    >>> unknown("model", "m", [])
    "there is no model 'm'; there are none"
    """
    listed = ", ".join(dict.fromkeys(map(str, known))) or "none"
    return f"there is no {what} {name!r}{did_you_mean(name, list(known)) or f'; there are {listed}'}"


def _named(value: Any, rule: Mapping[str, Any]) -> str:
    """What is missing where labels to compare stand in the place of comparisons by name."""
    compared = rule.get("additionalProperties") == _strict({"$ref": "#/$defs/comparison"})
    if not compared or not isinstance(value, list | str):
        return ""
    labels = value if isinstance(value, str) else f"[{', '.join(map(str, value))}]"
    return f": give the comparison a name: {{NAME: {labels}}}"


def _quotes(value: Any, rule: Mapping[str, Any]) -> str:
    if value is None and "not" in rule:
        return ": YAML reads null, ~ and an empty place so; if a label is meant, put it in quotes"
    if "string" not in _kinds(rule) or value is None or isinstance(value, dict | list):
        return ""
    return ": YAML reads it so; if text is meant, put it in quotes"


def _name_like(value: str) -> str:
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in str(value).lower()).split()
    return f"; {'-'.join(words)[:40].strip('-')!r} would do" if words else ""


def _kinds(rule: Mapping[str, Any]) -> set[str]:
    rule = _followed(rule)
    own = {rule["type"]} if "type" in rule else set()
    return own.union(*(_kinds(branch) for branch in rule.get("anyOf", ())))


def _followed(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule with what it refers to."""
    while "$ref" in rule:
        rule = {**schema()["$defs"][rule["$ref"].rpartition("/")[2]], **{k: v for k, v in rule.items() if k != "$ref"}}
    return dict(rule)


def _not_finite(value: Any, place: Place = ()) -> Iterator[tuple[Place, float]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield place, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _not_finite(item, (*place, key))
