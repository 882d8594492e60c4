"""A figure's files: every format from one drawing, and beside them the table of everything drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from nrag import store
from nrag.figures.style import render


def write(
    drawn: Figure, shown: pd.DataFrame, files: Sequence[str], table: str, *, provenance: Mapping[str, Any]
) -> None:
    """Write a drawing to files whose suffixes say the format, and the table that it shows as TSV."""
    for path in files:
        store.write_bytes(path, render(drawn, Path(path).suffix[1:]))
    store.write_tsv(table, shown, provenance=provenance)
