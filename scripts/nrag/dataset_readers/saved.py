"""Hugging Face datasets that were saved to disk."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from nrag import dataset_files
from nrag.corpora.errors import CorpusError, absent, listing
from nrag.corpora.readers import Definition, Source, strings
from nrag.corpora.tables import ARROW_ROWS, nested_columns, text_of

if TYPE_CHECKING:
    import datasets


def read_saved(path: Path, definition: Definition) -> Source:
    """The rows of what `Dataset.save_to_disk` wrote, or of one `split` of a DatasetDict.

    Numbers of a ClassLabel are the names of the classes, -1 is missing; other columns are as in Parquet.
    """
    # Takes a second to import, and nothing else here needs it.
    import datasets

    folder = _folder_of_split(path, definition.get("split"))
    try:
        opened = datasets.load_from_disk(str(folder))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowInvalid) as error:
        raise CorpusError(f"{path.name} cannot be read as a saved dataset: {_first_line(error)}") from None
    features, files = opened.features, [Path(file["filename"]) for file in opened.cache_files]
    # Its memory map would count as memory of this process, row after row: the files are read from their beginning.
    del opened
    classes = class_names(features)
    schema = features.arrow_schema
    return Source(lambda: _blocks(files, schema.names, classes), lists=nested_columns(schema))


def class_names(features: "datasets.Features") -> dict[str, list[str]]:
    """The columns of class labels with the names of their classes, in order."""
    import datasets

    return {name: list(feature.names) for name, feature in features.items() if isinstance(feature, datasets.ClassLabel)}


def chosen_split(splits: Sequence[str], wanted: str | None) -> str:
    """The split that a definition asks for, or the only one there is. Raises CorpusError with those there are."""
    if wanted is None and len(splits) > 1:
        raise CorpusError(f"there are several splits: {listing(splits)}; choose one, such as split: {splits[0]}")
    if wanted is not None and wanted not in splits:
        raise CorpusError(absent("split", wanted, splits))
    return splits[0] if wanted is None else wanted


def _folder_of_split(path: Path, split: str | None) -> Path:
    if not (path / dataset_files.SPLITS).is_file():
        if split is not None:
            raise CorpusError(f"split: {split} chooses among the splits of a DatasetDict; {path.name} is one Dataset")
        return path
    splits = dataset_files.splits_of(path)
    if not splits:
        raise CorpusError(f"{path.name}/{dataset_files.SPLITS} does not tell the splits; save the dataset once more")
    return path / chosen_split(splits, split)


def _blocks(
    files: Sequence[Path], names: Sequence[str], classes: Mapping[str, Sequence[str]]
) -> Iterator[pd.DataFrame]:
    first = 0
    for file in files:
        try:
            with pa.OSFile(str(file)) as content, pa.ipc.open_stream(content) as batches:
                for batch in itertools.chain.from_iterable(map(_pieces, batches)):
                    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                    yield text_of(columns, classes, first=first)
                    first += len(batch)
        except (pa.ArrowInvalid, OSError) as error:
            raise CorpusError(f"{file.name} cannot be read as a dataset's Arrow file: {_first_line(error)}") from None
    if not first:
        yield strings({name: [] for name in names})


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    return (batch.slice(start, ARROW_ROWS) for start in range(0, len(batch), ARROW_ROWS))


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
