r"""What a token id looks like: its text with the spaces it holds, and bytes that are no text as \xNN."""

import json
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any


def texts_of(tokens: Mapping[int, str], tokenizer: str) -> dict[int, str]:
    """The text of each token by id, from what the tokenizer calls it.

    `tokenizer` is the JSON of a fast tokenizer, whose decoder tells how texts are written in its vocabulary:
    by bytes (GPT-2's alphabet), with a sign for the space (SentencePiece), or by pieces of words. A piece that goes
    on within a word keeps its sign (##ing), and a token of half a letter is shown by its bytes.
    """
    read = _reading(json.loads(tokenizer))
    return {token: read(name) for token, name in tokens.items()}


def _reading(described: Mapping[str, Any]) -> Callable[[str], str]:
    kinds = json.dumps(
        [described.get("decoder"), described.get("pre_tokenizer"), described.get("normalizer")], ensure_ascii=False
    )
    if '"ByteLevel"' in kinds:
        return _of_bytes
    space = "\u2581"
    if space in kinds or '"Metaspace"' in kinds:
        return lambda name: _byte(name) or name.replace(space, " ")
    return lambda name: _byte(name) or name


def _byte(name: str) -> str | None:
    """The text of a token that stands for one byte, as <0x0A>."""
    if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
        return _shown(bytes([int(name[3:5], 16)]))
    return None


def _of_bytes(name: str) -> str:
    if all(letter in _BYTES for letter in name):
        return _shown(bytes(_BYTES[letter] for letter in name))
    # A special token is written as it is.
    return name


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", errors="backslashreplace")


def _alphabet() -> dict[str, int]:
    # GPT-2 writes each byte as a letter: printable ones as themselves, the others from U+0100 on (Radford et al. 2019).
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}


_BYTES = _alphabet()


def visible(text: str) -> str:
    r"""A token's text on one line, nothing of it unseen: · for a space, ↵ for a line break, \xNN for what has no shape.

    >>> visible(" a\n\u202e")
    '·a↵\\u202e'
    """
    if not text:
        return "∅"
    shown = "".join(_MARKS.get(letter) or _seen(letter) for letter in text)
    # A sign that is written above another one would be written above whatever stands before it.
    return f"\u25cc{shown}" if unicodedata.combining(shown[0]) else shown


_MARKS = {" ": "·", "\n": "↵", "\t": "⇥"}


def _seen(letter: str) -> str:
    if unicodedata.category(letter)[0] not in "CZ":
        return letter
    number = ord(letter)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
