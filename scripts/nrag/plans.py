"""Before any job: what is wrong with the data and the models, what will run, how much disk it takes.

The Snakefile imports this module at every parse, on compute nodes too, so what reads corpora and
loads models is imported where it is used.
"""

import fcntl
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

from nrag import checkpoints

LOG = logging.getLogger("nrag")

Definitions = Mapping[str, Mapping[str, Any]]

_CLAIMED: list[IO] = []


class BusyError(RuntimeError):
    """Another run works in the same results folder."""


def claim(results: Path) -> None:
    """Hold the results folder until this process ends, however it ends.

    Raises BusyError if another process holds it.
    """
    results.mkdir(parents=True, exist_ok=True)
    lock = (results / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise BusyError(f"another run is at work in {results.resolve()}; wait for it or end it") from None
    # The lock lasts as long as the open file.
    _CLAIMED.append(lock)


def problems(
    *, models: Definitions, corpora: Definitions, comparisons: Mapping[str, Sequence[Mapping[str, Any]]], results: Path
) -> list[str]:
    """Everything that is wrong with the corpora and the models of a study, a line each.

    Models whose activations are all there are not loaded again. Where the libraries are not
    installed beside Snakemake (conda makes an environment for each rule), the jobs check instead.
    """
    found = [line for name, model in models.items() for line in _model_problems(name, model)]
    try:
        for name, corpus in corpora.items():
            found += _survey(name, corpus, comparisons.get(name, ())).problems
        if not found:
            found += _refusals(_to_load(models, corpora, results))
    except ModuleNotFoundError as error:
        LOG.warning("%s is not installed beside Snakemake: corpora and models are checked by their jobs", error.name)
    return found


@dataclass(frozen=True)
class Extraction:
    """One model's pass over one corpus."""

    model: str
    corpus: str
    documents: int
    values: int | None
    """float32 values stored for each document; None for a model that is not on this machine."""
    made: bool
    """Whether its file is there."""

    @property
    def megabytes(self) -> float | None:
        """Size of its file."""
        return None if self.values is None else self.documents * self.values * 4 / 1e6


def extractions(*, models: Definitions, corpora: Definitions, results: Path) -> list[Extraction]:
    """Every model's pass over every corpus, with its size: documents x layers x width x poolings x 4 bytes."""
    found = []
    for corpus, definition in corpora.items():
        documents = _survey(corpus, definition, ()).documents or 0
        for model, described in models.items():
            file = results / "activations" / model / f"{corpus}.h5"
            found.append(Extraction(model, corpus, documents, _values(described), file.is_file()))
    return found


def text(
    *,
    models: Definitions,
    corpora: Definitions,
    comparisons: Mapping[str, Sequence[Mapping[str, Any]]],
    reductions: Sequence[str],
    graphs: int,
    results: Path,
) -> str:
    """The plan of a study in lines for a terminal: models, corpora, what runs, disk."""
    planned = extractions(models=models, corpora=corpora, results=results)
    known = [extraction.megabytes for extraction in planned if extraction.megabytes is not None]
    compared = ", ".join(f"{len(named)} of {corpus}" for corpus, named in comparisons.items())
    lines = [
        f"models: {len(models)}; corpora: {len(corpora)}; reductions: {', '.join(reductions)}; "
        f"graph files: {graphs}; comparisons: {compared or 'none'}",
        "",
        *_table(planned),
        "",
        f"disk for activations: {_size(sum(known))}, as much again while a file is written; "
        f"free here: {_size(shutil.disk_usage(_existing(results)).free / 1e6)}",
    ]
    return "\n".join(lines)


def _table(planned: Sequence[Extraction]) -> Iterator[str]:
    names = max(len(f"{extraction.model} x {extraction.corpus}") for extraction in planned)
    for extraction in planned:
        name = f"{extraction.model} x {extraction.corpus}".ljust(names)
        size = "size unknown (not on this machine)" if extraction.megabytes is None else _size(extraction.megabytes)
        yield f"  {name}  {extraction.documents:>9,} documents  {size:>10}  {'there' if extraction.made else 'to do'}"


def _size(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.1f} MB"


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists())


def _values(model: Mapping[str, Any]) -> int | None:
    folder = checkpoints.locate(model["id"], root=Path())
    if folder is None:
        return None
    shape = checkpoints.shape(folder)
    return (shape.layers + 1) * shape.width * len(model["store"])


def _model_problems(name: str, model: Mapping[str, Any]) -> list[str]:
    try:
        folder = checkpoints.locate(model["id"], root=Path())
        found = checkpoints.problems(folder, weights=model["weights"]) if folder else []
    except checkpoints.CheckpointError as error:
        found = [str(error)]
    return [f"model '{name}': {line}" for line in found]


def _survey(name: str, corpus: Mapping[str, Any], compared: Sequence[Mapping[str, Any]]) -> Any:
    from nrag import corpora

    required: dict[str, Any] = {}
    for comparison in compared:
        if comparison["labels"] == "all":
            required.setdefault(comparison["labelling"], [])
        elif comparison["labelling"]:
            required.setdefault(comparison["labelling"], []).extend(comparison["labels"])
    definition = {key: value for key, value in corpus.items() if key != "seed"}
    return corpora.survey(definition, data=Path(), seed=corpus.get("seed", 0), required=required, name=name)


def _to_load(models: Definitions, corpora: Definitions, results: Path) -> dict[str, Mapping[str, Any]]:
    made = {
        name: all((results / "activations" / name / f"{corpus}.h5").is_file() for corpus in corpora) for name in models
    }
    return {name: models[name] for name in models if not made[name]}


def _refusals(models: Definitions) -> list[str]:
    """Load every model once in a process of its own: the main one would keep torch's memory for the whole run."""
    import importlib.util

    if not models:
        return []
    for library in ("torch", "transformers"):
        if importlib.util.find_spec(library) is None:
            raise ModuleNotFoundError(f"No module named {library!r}", name=library)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_load_all, {name: dict(model) for name, model in models.items()}).result()


def _load_all(models: Definitions) -> list[str]:
    import os

    # A hub that does not answer should cost seconds.
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", "5")
    os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "5")
    from nrag.models import refusal

    keys = ("weights", "revision", "trust_remote_code")
    refused = {
        name: refusal(model["id"], root=Path(), **{key: model[key] for key in keys if key in model})
        for name, model in models.items()
    }
    return [f"model '{name}': {reason}" for name, reason in refused.items() if reason]
