"""A digest of the code behind a rule: changed by what could change a result, not by a comment."""

import ast
import functools
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = "nrag"

SEPARATE = ("nrag.contracts", "nrag.gpus", "nrag.store")
"""Every script imports contracts and store, so a new contract would make everything again: the versions of
the contracts that a rule's code names stand for them. Who reads a file reruns when its writer does.
Which GPU a job takes changes nothing that it makes."""

_TELLING = (ast.Import, ast.ImportFrom, ast.Attribute)


@functools.cache
def code_digest(script: Path, library: Path) -> str:
    """Digest of a script and of every module of the library that it imports, directly or not.

    Over the syntax trees without docstrings, comments and layout, the same under every Python
    version that reads them. A package counts with its `__init__` and the submodules that are imported;
    imports inside functions count. `library` is the folder of the package nrag.

    Raises FileNotFoundError for a script that is not there, SyntaxError for code that is none.
    """
    reached = _reached(Path(script), Path(library))
    files = {Path(script): "script", **{file: name for name, file in reached.items()}}
    codes = {name: _code(file, name, library=Path(library)) for file, name in files.items()}
    versions = _versions(Path(library) / "contracts")
    named = sorted({name for code in codes.values() for name in code.contracts if name in versions})
    described = {
        "code": {name: code.digest for name, code in sorted(codes.items())},
        "contracts": {name: versions[name] for name in named},
    }
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()[:16]


def _reached(script: Path, library: Path) -> dict[str, Path]:
    """Name and file of every module of the library that a script imports, directly or not."""
    found: dict[str, Path] = {}
    pending = [("script", script)]
    while pending:
        name, file = pending.pop()
        new = {module: place for module, place in _modules(file, name, library=library) if module not in found}
        found |= new
        pending += new.items()
    return found


@functools.cache
def _modules(file: Path, name: str, *, library: Path) -> list[tuple[str, Path]]:
    """Name and file of every module of the library that a file itself imports."""
    places = {module: _file(module, library) for module in _code(file, name, library=library).imports}
    return [(module, place) for module, place in places.items() if place is not None and not _separate(module)]


def _separate(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in SEPARATE)


class _Code:
    """What one file contributes."""

    def __init__(self, tree: ast.Module, name: str, *, package: bool) -> None:
        pieces: list[str] = []
        telling: list[ast.AST] = []
        _write(tree, pieces, telling)
        self.imports = sorted({module for node in telling for module in _imported(node, name, package=package)})
        self.contracts = sorted({found for node in telling for found in _contracts(node)})
        self.digest = hashlib.sha256("".join(pieces).encode("utf-8", "surrogatepass")).hexdigest()


@functools.cache
def _code(file: Path, name: str, *, library: Path) -> _Code:
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    return _Code(tree, name, package=file.name == "__init__.py" and file.is_relative_to(library))


@functools.cache
def _versions(folder: Path) -> dict[str, int]:
    """Version of every contract: of NAME = Kind("name", version, ...) in any module of the folder."""
    trees = [ast.parse(file.read_text(encoding="utf-8"), filename=str(file)) for file in sorted(folder.glob("*.py"))]
    found = {}
    for statement in (statement for tree in trees for statement in tree.body):
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(args=[ast.Constant(value=str()), ast.Constant(value=int(version)), *_]),
            ):
                found[name] = version
    return found


def _imported(node: ast.AST, name: str, *, package: bool) -> Iterator[str]:
    """Modules that an import may load, and the packages around them; some are only names inside a module."""
    if isinstance(node, ast.Import):
        loaded = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        start = name.split(".") + ([""] if package else [])
        around = ".".join(start[: -node.level]) if node.level else ""
        base = ".".join(part for part in (around, node.module) if part)
        loaded = [base, *(f"{base}.{alias.name}" for alias in node.names)]
    else:
        return
    for module in loaded:
        parts = module.split(".")
        if parts[0] == PACKAGE:
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _contracts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "contracts":
        yield node.attr
    if isinstance(node, ast.ImportFrom) and node.module == "nrag.contracts":
        yield from (alias.name for alias in node.names)


@functools.cache
def _file(module: str, library: Path) -> Path | None:
    place = library.joinpath(*module.split(".")[1:])
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)


def _write(value: Any, pieces: list[str], telling: list[ast.AST]) -> None:
    """Append a syntax tree as text, and those of its nodes that may tell of imports or contracts.

    Empty fields are left out, since new Python versions add some. One pass over plain lists, for
    every run does this for most of the library.
    """
    if isinstance(value, ast.AST):
        if isinstance(value, _TELLING):
            telling.append(value)
        pieces.append(f"({type(value).__name__}")
        for field in value._fields:
            item = getattr(value, field, None)
            if item is not None and item != [] and field != "ctx":  # follows from where the node stands
                pieces.append(f" {field}=")
                _write(item, pieces, telling)
        pieces.append(")")
    elif isinstance(value, list):
        pieces.append("[")
        for item in value:
            if not _docstring(item):
                _write(item, pieces, telling)
        pieces.append("]")
    else:
        pieces.append(repr(value))


def _docstring(node: Any) -> bool:
    """Whether a statement is text alone: a docstring, or the description of a field."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
