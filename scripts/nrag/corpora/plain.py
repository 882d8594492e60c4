"""Plain text: one file cut into documents, or a folder of files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nrag.corpora.errors import CorpusError, listing
from nrag.corpora.readers import Definition, Source, blocks_of, decode, reader, strings


@reader(".txt")
def read_text_file(path: Path, definition: Definition) -> Source:
    """The paragraphs of one file, or its runs of so many words; column `line`: where each begins, from 1.

    Each document is a stretch of the file exactly as it lies there, without the white space around it
    that `split` cuts at.
    """
    split = definition.get("split")
    if split is None:
        raise CorpusError(f"{path.name} is one text; say how to cut it: split: paragraphs, or split: {{tokens: 256}}")
    text = decode(path)
    spans = list(_paragraphs(text) if split == "paragraphs" else _runs_of_words(text, _words(split)))
    lines = _line_numbers(text, [start for start, _ in spans])
    columns = strings({"text": [text[start:end] for start, end in spans], "line": [str(line) for line in lines]})
    return Source.of(columns)


@reader("folder")
def read_folder(path: Path, definition: Definition) -> Source:
    """One document for every .txt file, in the order of their names.

    A file's name is the document's id and the column `file`. Where the files lie in folders, one for
    every label, the folder's name is the column `label`. Other files and hidden ones are not read.
    """
    files = sorted(
        (file.relative_to(path) for file in path.rglob("*.txt") if file.is_file()), key=lambda file: file.as_posix()
    )
    files = [file for file in files if not any(part.startswith(".") for part in file.parts)]
    depths = sorted({len(file.parts) for file in files})
    if depths not in ([1], [2]):
        raise CorpusError(_wrong_depth(path, files))

    def rows() -> Iterator[dict[str, str | None]]:
        for file in files:
            label = {"label": file.parts[0]} if depths == [2] else {}
            yield {"text": decode(path / file), **label, "file": file.as_posix()}

    return Source(lambda: blocks_of(rows()), [file.as_posix() for file in files])


def _words(split: Any) -> int:
    words = split.get("tokens") if isinstance(split, dict) and set(split) == {"tokens"} else None
    if not isinstance(words, int) or isinstance(words, bool) or words < 1:
        raise CorpusError(f"split: {split} is not known; write paragraphs, or {{tokens: 256}} with a whole number")
    return words


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each run of lines that are not blank, without the last line's end."""
    start, place = None, 0
    for line in text.split("\n"):
        if line.strip() and start is None:
            start = place
        if not line.strip() and start is not None:
            yield start, _without_line_end(text, start, place)
            start = None
        place += len(line) + 1
    if start is not None:
        yield start, _without_line_end(text, start, len(text))


def _without_line_end(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in "\r\n":
        end -= 1
    return end


def _runs_of_words(text: str, words: int) -> Iterator[tuple[int, int]]:
    """Start and end of each run of so many words between white space; the last may be shorter."""
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    for first in range(0, len(spans), words):
        run = spans[first : first + words]
        yield run[0][0], run[-1][1]


def _line_numbers(text: str, places: list[int]) -> list[int]:
    lines, line, before = [], 1, 0
    for place in places:
        line += text.count("\n", before, place)
        lines.append(line)
        before = place
    return lines


def _wrong_depth(path: Path, files: list[Path]) -> str:
    if not files:
        there = sorted(entry.name for entry in path.iterdir())
        return f"the folder {path.name} holds no .txt file; it holds: {listing(there)}"
    shallow, deep = (
        next(f for f in files if len(f.parts) == depth(len(g.parts) for g in files)) for depth in (min, max)
    )
    return (
        f"the folder {path.name} holds .txt files at other depths than one, such as {shallow} and {deep}; "
        "put all files straight into it, or all into one folder for every label"
    )
