"""Where a study's inputs lie, as paths from the working directory."""

import os
from pathlib import Path

from nrag import checkpoints
from nrag.studies import sources
from nrag.studies.sources import Place
from nrag.studies.study import Study

RESOLVED = "config.resolved.yaml"
"""The config as it was meant, in the folder of every study that was run."""


def model_folder(study: Study, model: str) -> Path | None:
    """The folder of a local or packaged model, None for one of the hub.

    Raises checkpoints.CheckpointError if a packaged or local folder is not there.
    """
    model_id = study.models[model].get("id")
    return checkpoints.locate(model_id, root=study.data) if model_id else None


def needs_source(study: Study, corpus: str, results: Path) -> bool:
    """Whether a corpus is still to be read from its source, be it because it was read from another one."""
    read = (results / "corpora" / corpus / "texts.parquet").is_file()
    return not read or _moved(study, ("corpora", corpus, "path"), results)


def needs_model(study: Study, model: str, results: Path | None) -> bool:
    """Whether a model, or an untrained twin of it, is still to read a corpus; without results it is.

    It is too if what is there was made of another folder.
    """
    alike = [name for name in study.models if study.models[name].get("id") == study.models[model].get("id")]
    files = [f"activations/{name}/{corpus}.h5" for name in alike for corpus in study.corpora]
    made = results is not None and all((results / file).is_file() for file in files)
    return not made or _moved(study, ("models", model, "id"), results)


def _moved(study: Study, place: Place, results: Path) -> bool:
    """Whether the studies that were run in a results folder know a model or corpus, and none of them at this place."""
    known = set()
    for source in sources.read(sorted(results.glob(f"studies/*/{RESOLVED}")))[0]:
        written = sources.at(source.content, place)
        if isinstance(written, str):
            known.add(_from_data(Path(source.content.get("data", ".")), written))
    kind, name, key = place
    return bool(known) and _from_data(study.data, getattr(study, kind)[name][key]) not in known


def _from_data(data: Path, written: str) -> str:
    return written if written.startswith("package:") else from_here(data / Path(written).expanduser())


def model_id(study: Study, model: str) -> str:
    """A model's id with a local folder as a path from the working directory; others as the config has them."""
    written = study.models[model]["id"]
    try:
        folder = model_folder(study, model)
    except checkpoints.CheckpointError:
        # Of a study that was run before; where the folder lay is still what it meant.
        return written
    return written if folder is None or written.startswith("package:") else from_here(folder)


def corpus_path(study: Study, corpus: str) -> str | None:
    """A corpus' file or folder as a path from the working directory, None for packages."""
    path = study.corpora[corpus].get("path")
    return None if path is None else _from_data(study.data, path)


def from_here(path: Path) -> str:
    """A path in one spelling: relative to the working directory if it lies below it, `..` taken out."""
    normal = Path(os.path.normpath(path))
    here = Path.cwd()
    return str(normal.relative_to(here)) if normal.is_absolute() and normal.is_relative_to(here) else str(normal)
