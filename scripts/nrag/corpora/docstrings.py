"""Passages of prose from the docstrings of installed packages, read without importing any.

The embedded corpus: real English text that is there wherever the workflow runs. A passage is what
one docstring says in prose: its paragraphs, each on one line, an empty line between them.
"""

import ast
import importlib.machinery
import importlib.util
import inspect
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from nrag.corpora.errors import CorpusError
from nrag.corpora.readers import Definition, Source, reader, strings

MINIMUM_WORDS = 20
"""Words of the shortest paragraph: shorter ones are titles and one-line summaries."""

NOT_OURS = {"tests", "test", "testing", "conftest", "externals", "extern", "_vendor", "vendored", "third_party"}
"""Folders and modules left out: tests, and other packages' code carried along."""

LISTS = {
    "args", "arguments", "attributes", "inputs", "keyword arguments", "methods", "other parameters", "outputs",
    "parameters", "raises", "receives", "references", "return", "returns", "see also", "warns", "yields",
}  # fmt: skip
"""Sections of a docstring that list names instead of telling something."""

_UNDERLINE = re.compile(r"([-=~^*#])\1{2,}\s*$")
_NOT_PROSE = re.compile(
    r"^\s*(>>>|\.\.\.|\.\.|[-*+•]\s|#|\||\+[-=]|:\w|@|\(?[0-9a-z]{1,2}[.)]\s|\[\w+\])"
    r"|[-=]{3,}|%\(|\{\w+\}|\{\{|\t|\S\s{3,}\S|https?://|:math:|\\\\",
    re.MULTILINE,
)
_WORD = re.compile(r"[A-Za-z][a-z'’-]*[.,;:!?)]*")
_PROSE_SHARE = 0.8


@reader("packages")
def read_packages(path: Path, definition: Definition) -> Source:
    """The passages of `packages: [...]`, distribution or import names; column `label` is that name.

    In the order of the definition, of the files' names and of the files; a passage that comes again,
    in whatever package, is left out. Ids are `package/file.py:Qualified.name:n`, n counting from 1
    the objects of that name. Further columns: file, object.
    """
    rows, seen = [], set()
    for package in names_of(definition):
        for identity, text in passages(package):
            if text not in seen:
                seen.add(text)
                rows.append((text, package, *identity))
        if not rows or rows[-1][1] != package:
            raise CorpusError(f"the package '{package}' has no docstring with a passage of prose that is its own")
    columns = ("text", "label", "file", "object", "number")
    table = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
    ids = [f"{file}:{name}:{n}" for file, name, n in zip(*(table[c] for c in columns[2:]), strict=True)]
    del table["number"]
    return Source.of(strings(table), ids)


def names_of(definition: Definition) -> list[str]:
    """The packages of a definition, one or several."""
    packages = definition["packages"]
    return [packages] if isinstance(packages, str) else list(packages)


def versions(packages: Sequence[str]) -> dict[str, str]:
    """The version of each package, empty where it has none."""
    return {package: _distribution_of(package)[1] for package in packages}


def passages(package: str) -> Iterator[tuple[tuple[str, str, int], str]]:
    """((file, object, n), text) of each passage in a package, file by file.

    Raises CorpusError if no such package with Python files is installed.
    """
    for folder in folders_of(package):
        for file in _files(folder):
            counts: Counter[str] = Counter()
            name = file.relative_to(folder.parent).as_posix()
            for qualified, docstring in _docstrings(file):
                if text := prose(docstring):
                    counts[qualified] += 1
                    yield (name, qualified, counts[qualified]), text


def count_passages(package: str, *, most: int) -> int:
    """Different passages of a package, counted no further than `most`.

    Raises CorpusError if it is not installed, or has none.
    """
    seen: set[str] = set()
    for _, text in passages(package):
        seen.add(text)
        if len(seen) >= most:
            break
    if not seen:
        raise CorpusError(f"the package '{package}' has no docstring with a passage of prose")
    return len(seen)


def prose(docstring: str) -> str:
    """The paragraphs of a docstring that read as prose, one a line, an empty line between; "" if none does.

    Not prose are doctests, tables, lists, headers and what is indented (code, quotations, the
    descriptions of parameters), sections that list names, and paragraphs of formulas.

    >>> lines = ["A ring is a graph whose nodes lie in a circle,", "each of them joined", "to the two beside it."]
    >>> prose("Rings.{0}{0}{1}{0}{0}>>> ring(3)".format(chr(10), chr(10).join(lines)))
    'A ring is a graph whose nodes lie in a circle, each of them joined to the two beside it.'
    """
    blocks = _outside_lists(inspect.cleandoc(docstring))
    return "\n\n".join(" ".join(block.split()) for block in blocks if _reads_as_prose(block))


def folders_of(package: str) -> list[Path]:
    """The folders of the importable packages that a distribution or import name stands for, sorted."""
    distribution, _ = _distribution_of(package)
    names = _importable(distribution) if distribution else []
    specs = [spec for name in names or [package] if (spec := _spec(name))]
    folders = sorted({Path(place) for spec in specs for place in spec.submodule_search_locations or ()})
    if not folders:
        raise CorpusError(
            f"no package '{package}' with Python files is installed in this environment; give the name it is installed "
            "or imported under, such as scikit-learn or sklearn, and for --sdm conda name it in envs/analysis.yaml too"
        )
    return folders


def _distribution_of(package: str) -> tuple[metadata.Distribution | None, str]:
    try:
        distribution = metadata.distribution(package)
    except (metadata.PackageNotFoundError, ValueError):
        return None, ""
    return distribution, distribution.version


def _importable(distribution: metadata.Distribution) -> list[str]:
    tops = {file.parts[0] for file in distribution.files or () if len(file.parts) > 1 and file.suffix == ".py"}
    tops |= set((distribution.read_text("top_level.txt") or "").split())
    return sorted(top for top in tops if top.isidentifier() and not top.startswith("_") and top not in NOT_OURS)


def _spec(name: str) -> importlib.machinery.ModuleSpec | None:
    # A dotted name would import the package it lies in.
    return importlib.util.find_spec(name) if name.isidentifier() else None


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.rglob("*.py"), key=lambda file: file.relative_to(folder).as_posix())
    return [file for file in files if not _left_out(file.relative_to(folder))]


def _left_out(file: Path) -> bool:
    return any(part in NOT_OURS for part in file.with_suffix("").parts) or file.name.startswith("test_")


def _docstrings(file: Path) -> Iterator[tuple[str, str]]:
    source = file.read_text(encoding="utf-8", errors="replace")
    # Most of the time goes into parsing, and many files hold no docstring at all.
    if '"""' not in source and "'''" not in source:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source)
        except SyntaxError:  # templates of other packages' code generators
            return
    yield from _of(tree, "")


def _of(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, name: str
) -> Iterator[tuple[str, str]]:
    docstring = ast.get_docstring(node, clean=False)
    if docstring:
        yield name or "__doc__", docstring
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _of(child, f"{name}.{child.name}" if name else child.name)


def _outside_lists(docstring: str) -> Iterator[str]:
    listing = False
    for block in re.split(r"\n\s*\n", docstring):
        header, lines = _header_of(block.split("\n"))
        if header is not None:
            listing = header in LISTS
        if lines and not listing:
            yield "\n".join(lines)


def _header_of(lines: list[str]) -> tuple[str | None, list[str]]:
    if len(lines) > 1 and _UNDERLINE.match(lines[1]):
        return lines[0].strip().rstrip(":").lower(), lines[2:]
    if lines[0].strip().rstrip(":").lower() in LISTS:
        return lines[0].strip().rstrip(":").lower(), lines[1:]
    return None, lines


def _reads_as_prose(block: str) -> bool:
    if any(line[:1].isspace() for line in block.split("\n")) or _NOT_PROSE.search(block):
        return False
    words = block.split()
    if len(words) < MINIMUM_WORDS or not (block[0].isupper() or block[0] in "`'\"“") or not block.endswith((".", ".)")):
        return False
    return sum(bool(_WORD.fullmatch(word.lstrip("(\"'“"))) for word in words) >= _PROSE_SHARE * len(words)
