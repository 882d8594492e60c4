"""Datasets of the Hugging Face hub: which files are a split, fetched at one commit, read as tables of ours.

Which files are which split, and what the columns are, `datasets` tells from the names of all files and from the
dataset's card, as it would for anybody. The rows are read by the readers of this package, so that texts
and labels come exactly as written: the library would guess types (01 a number, NA nothing).
"""

import dataclasses
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq

from nrag import checkpoints, dataset_files
from nrag.corpora.errors import CorpusError, absent, listing
from nrag.corpora.readers import READERS, Definition, Source
from nrag.corpora.tables import named_classes, parquet_source
from nrag.dataset_readers.saved import chosen_split, class_names

if TYPE_CHECKING:
    from nrag import hub

READ = (".parquet", ".csv", ".tsv", ".json", ".jsonl")
"""Endings of the data files that can be read."""

_ASKED = ("name", "version", "data_dir", "data_files", "description", "features", "sep", "delimiter")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def read_fetched(path: Path, definition: Definition) -> Source:
    """The rows of a split that was fetched; `fetched` in the definition is its `dataset_files.Fetched`."""
    # Takes half a second to import, which corpora of this machine do without.
    from nrag import hub

    fetched = definition.get("fetched")
    if fetched is None:
        raise CorpusError(
            f"{definition['hub']} is a dataset of the hub that was not fetched; run `{checkpoints.FETCH}`"
        )
    if other := dataset_files.mismatch(fetched, definition):
        raise CorpusError(other)
    try:
        folder = hub.whole(fetched)
    except hub.HubError as error:
        raise CorpusError(str(error)) from None
    files = [folder / name for name in fetched.read]
    if files[0].suffix == ".parquet":
        return parquet_source(files, fetched.classes)
    sources = [READERS[file.suffix](file, {}) for file in files]
    blocks = _chained([source.blocks for source in sources])
    return Source(lambda: (_named(block, fetched.classes) for block in blocks()))


def fetch(
    definition: Definition, *, previous: dataset_files.Fetched | None = None, newest: bool = False
) -> dataset_files.Fetched:
    """A split of a dataset of the hub, got into this machine's cache.

    The commit is that of `previous`, if that is what the definition names; else what the cache knows of the
    revision, then the hub. With `newest` the hub alone decides.

    Raises CorpusError before any data are got if they cannot be read, hub.HubError if they are not to be had.
    """
    from nrag import hub

    same = previous is not None and dataset_files.mismatch(previous, definition) is None and not newest
    revision = previous.commit if same else definition.get("revision")
    snapshot = hub.describe(definition["hub"], kind=hub.DATASETS, revision=revision, newest=newest)
    split = _split_of(snapshot, definition)
    hub.add(snapshot, split.files)
    return dataset_files.Fetched(
        id=definition["hub"],
        config=definition.get("name"),
        split=definition.get("split"),
        revision=definition.get("revision"),
        commit=snapshot.commit,
        files=hub.files(snapshot, split.files),
        read=split.files,
        classes=split.classes if split.classes is not None else _classes_in(snapshot.folder / split.files[0]),
    )


def refusal(definition: Definition) -> str | None:
    """Why `fetch` would refuse a dataset that is not fetched, None if it would not; no data are got."""
    from nrag import hub

    try:
        snapshot = hub.describe(definition["hub"], kind=hub.DATASETS, revision=definition.get("revision"))
        _split_of(snapshot, definition)
    except (CorpusError, hub.HubError) as error:
        return str(error)
    return None


@dataclass(frozen=True)
class _Split:
    files: list[str]
    """Paths in the dataset, in the order in which they are read."""
    classes: dict[str, list[str]] | None
    """Of columns of class labels; None where the card says nothing of columns."""


def _split_of(snapshot: "hub.Snapshot", definition: Definition) -> _Split:
    """The files of the split that a definition names, told by the names of all files and the card."""
    if not snapshot.listed:
        raise CorpusError(
            f"the cache of this machine holds some files of {snapshot.name}, and not the list of all; "
            f"run `{checkpoints.FETCH}` where there is a network"
        )
    script = f"{snapshot.id.rpartition('/')[2]}.py"
    if script in snapshot.sizes and not any(PurePosixPath(name).suffix in READ for name in snapshot.sizes):
        raise CorpusError(
            f"{snapshot.name} is a script ({script}), and code of datasets is not run here, nor by datasets since "
            "version 4; name a dataset or a revision with data files (Parquet, CSV, JSON), or save it with "
            "save_to_disk where you trust it and give that folder as path:"
        )
    with tempfile.TemporaryDirectory() as place:
        root = _empty_copy(snapshot, Path(place).resolve() / "dataset")
        builder = _builder(root, definition.get("name"), snapshot.name, cache=Path(place) / "cache")
        by_split = {split: [Path(file) for file in files] for split, files in builder.config.data_files.items()}
        files = [file.relative_to(root).as_posix() for file in by_split[_split_name(by_split, definition, snapshot)]]
    _refuse_unreadable(files, builder.config, snapshot.name)
    features = builder.info.features
    return _Split(files, class_names(features) if features else None)


def _split_name(by_split: Mapping[str, list[Path]], definition: Definition, snapshot: "hub.Snapshot") -> str:
    try:
        return chosen_split([str(split) for split in by_split], definition.get("split"))
    except CorpusError as error:
        raise CorpusError(f"{snapshot.name}: {error}") from None


def _empty_copy(snapshot: "hub.Snapshot", root: Path) -> Path:
    """A folder with the card of a dataset and an empty file in the place of each other one, but of Python's."""
    for name in snapshot.sizes:
        file = root / name
        if file.suffix != ".py":
            file.parent.mkdir(parents=True, exist_ok=True)
            described = snapshot.folder / name
            if "/" not in name and described.is_file() and name in snapshot.kind.description:
                shutil.copyfile(described, file)
            else:
                file.touch()
    root.mkdir(exist_ok=True)
    return root


def _builder(root: Path, name: str | None, shown: str, *, cache: Path) -> Any:
    import datasets
    import yaml

    try:
        names = datasets.get_dataset_config_names(str(root))
        if name is not None and name not in names:
            raise CorpusError(f"{shown}: {absent('configuration (name:)', name, names)}")
        return datasets.load_dataset_builder(str(root), name, cache_dir=str(cache))
    except (datasets.exceptions.DatasetsError, OSError, ValueError, yaml.YAMLError) as error:
        if isinstance(error, CorpusError):
            raise
        if name is None and "Config name is missing" in str(error):
            raise CorpusError(
                f"{shown} has several configurations; choose one with name:. There are: {listing(names)}"
            ) from None
        reason = next(iter(str(error).splitlines()), type(error).__name__).replace(str(root), shown)
        raise CorpusError(f"{shown} has no data that can be told apart into splits: {reason}") from None


def _refuse_unreadable(files: Sequence[str], config: Any, shown: str) -> None:
    endings = sorted(
        {"".join(PurePosixPath(name).suffixes[-2:]) for name in files if PurePosixPath(name).suffix not in READ}
    )
    if endings:
        raise CorpusError(
            f"{shown} has its rows in files of the kind {', '.join(endings)}; these can be read: {', '.join(READ)}. "
            "Save it with save_to_disk, and give that folder as path:"
        )
    kinds = {PurePosixPath(name).suffix for name in files}
    if ".parquet" in kinds and len(kinds) > 1:
        raise CorpusError(f"{shown} mixes files of the kinds {', '.join(sorted(kinds))} in one split")
    plain = type(config)()
    special = [
        f"{field.name}: {getattr(config, field.name)}"
        for field in dataclasses.fields(config)
        if field.name not in _ASKED and getattr(config, field.name) != getattr(plain, field.name)
    ]
    separator = getattr(config, "sep", None)
    wrong = [kind for kind in sorted(kinds & _SEPARATORS.keys()) if separator not in (None, _SEPARATORS[kind])]
    special += [f"sep: {separator!r} for {kind} files" for kind in wrong]
    if special:
        raise CorpusError(
            f"{shown} asks in its card for a way of reading that is not known here ({', '.join(special)}); "
            "save it with save_to_disk, and give that folder as path:"
        )


def _classes_in(file: Path) -> dict[str, list[str]]:
    """Columns of class labels that a Parquet file tells of itself; other files tell nothing."""
    if file.suffix != ".parquet":
        return {}
    import datasets

    return class_names(datasets.Features.from_arrow_schema(pq.read_schema(file)))


def _chained(sources: Sequence[Callable[[], Iterator[pd.DataFrame]]]) -> Callable[[], Iterator[pd.DataFrame]]:
    return lambda: itertools.chain.from_iterable(source() for source in sources)


def _named(block: pd.DataFrame, classes: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    for column in classes.keys() & set(block.columns):
        values = [None if pd.isna(value) else value for value in block[column]]
        block[column] = pd.Series(named_classes(values, classes[column], column), dtype="str")
    return block
