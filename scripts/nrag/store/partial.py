"""Rows of one size, written in any order, that survive a kill until all are there.

A long job writes each row as soon as it has it, and the next start of the same job goes on with
the rows that are missing. The folder is no output of a rule: Snakemake deletes the outputs of a job
that failed.
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nrag.store.locks import hold
from nrag.store.writing import telling_of_space, to_json, write_text


class PartialRows:
    """A folder with `rows` float32 rows of `width` values, and which of them are written.

    A folder whose `signature` differs (other model, other corpus, other settings) is emptied first.

    Raises RuntimeError if another process has the folder open, NoSpaceError where the disk is full.
    """

    def __init__(self, folder: str | Path, *, rows: int, width: int, signature: Mapping[str, Any]) -> None:
        self.folder = Path(folder)
        self.rows = rows
        self.width = width
        self._lock = hold(self.folder)
        signature = {**signature, "rows": rows, "width": width}
        if not self._continues(signature):
            # The signature first: without it, whatever is left counts for nothing.
            for name in ("signature.json", "rows.bin", "done.bin"):
                (self.folder / name).unlink(missing_ok=True)
            with telling_of_space(self.folder):
                (self.folder / "rows.bin").touch()
                (self.folder / "done.bin").write_bytes(bytes(rows))
            write_text(self.folder / "signature.json", to_json(signature))
        self._values = os.open(self.folder / "rows.bin", os.O_RDWR)
        self._done = os.open(self.folder / "done.bin", os.O_RDWR)

    @property
    def done(self) -> np.ndarray:
        """Which rows are written: (rows,) bool."""
        return np.frombuffer(os.pread(self._done, self.rows, 0), dtype=bool)

    def write(self, rows: np.ndarray, values: np.ndarray) -> None:
        """Write `values` (len(rows), width) at the rows' places, then mark them written."""
        values = np.ascontiguousarray(values, dtype=np.float32)
        with telling_of_space(self.folder):
            for row, content in zip(rows.tolist(), values, strict=True):
                _write_whole(self._values, content.tobytes(), row * self.width * 4)
        for row in rows.tolist():
            os.pwrite(self._done, b"\x01", row)

    def read(self, rows: range, columns: range) -> np.ndarray:
        """Part of the rows: (len(rows), len(columns)) float32."""
        values = np.empty((len(rows), len(columns)), dtype=np.float32)
        for place, row in enumerate(rows):
            content = os.pread(self._values, len(columns) * 4, (row * self.width + columns.start) * 4)
            values[place] = np.frombuffer(content, dtype=np.float32)
        return values

    def close(self, *, discard: bool) -> None:
        """Let the folder go; with `discard`, delete it."""
        os.close(self._values)
        os.close(self._done)
        if discard:
            shutil.rmtree(self.folder)
        os.close(self._lock)

    def _continues(self, signature: Mapping[str, Any]) -> bool:
        try:
            found = json.loads((self.folder / "signature.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        return found == json.loads(to_json(signature))


def _write_whole(file: int, content: bytes, offset: int) -> None:
    # A write may be cut short, by a nearly full disk above all: the next one then says why.
    while content:
        written = os.pwrite(file, content, offset)
        content, offset = content[written:], offset + written


class RaggedRows:
    """Integer rows of any length in a scratch file, read back one at a time by any process.

    `rows` are written as they come to a nameless file in `folder`, which goes with the process;
    memory holds their places alone.
    """

    def __init__(self, folder: str | Path, rows: Iterable[np.ndarray]) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - open as long as the object lives
        lengths = []
        try:
            with telling_of_space(folder):
                for row in rows:
                    self._file.write(np.ascontiguousarray(row, dtype=np.int32).tobytes())
                    lengths.append(len(row))
                self._file.flush()
        except BaseException:
            with contextlib.suppress(OSError):
                self._file.close()
            raise
        self.lengths = np.array(lengths, dtype=np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self.lengths)])

    def __getitem__(self, row: int) -> np.ndarray:
        """One row, int32. Reads at a place, so forked processes do not move each other's position."""
        content = os.pread(self._file.fileno(), int(self.lengths[row]) * 4, int(self._starts[row]) * 4)
        return np.frombuffer(content, dtype=np.int32)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
