"""Before any job: what is wrong with the data and the models, what will run, how much disk it takes.

The Snakefile imports this module at every parse, on compute nodes too, so what reads corpora and
loads models is imported where it is used.
"""

import fcntl
import logging
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

from nrag import checkpoints

LOG = logging.getLogger("nrag")

Definitions = Mapping[str, Mapping[str, Any]]

FURTHER_DOCUMENTS = {"pca": 1, "svd": 0, "umap": 2}
"""Documents that a method needs beyond its components."""

_CLAIMED: list[IO] = []


class BusyError(RuntimeError):
    """Another run works in the same results folder."""


def claim(results: Path, *, at_work: Sequence[str] = ()) -> None:
    """Hold the results folder until this process ends, however it ends.

    `at_work` are the numbers of SLURM jobs that an earlier run left: they write there too.

    Raises BusyError if another process holds it, such jobs are left, or it cannot be written to. A file
    system without locks gives a warning only.
    """
    if at_work:
        raise BusyError(
            f"SLURM jobs of an earlier run are still at work here ({', '.join(at_work)}): wait for them, or end them "
            f"with `scancel {' '.join(at_work)}`, then run again; what is finished is kept"
        )
    try:
        results.mkdir(parents=True, exist_ok=True)
        lock = (results / ".lock").open("w")
    except OSError as error:
        raise BusyError(
            f"{error.filename} cannot be written ({error.strerror}): run in a folder of your own, "
            "or ask its owner to let you write there"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise BusyError(f"another run is at work in {results.resolve()}; wait for it or end it") from None
    except OSError as error:
        LOG.warning("%s cannot be locked (%s): start no second run there before this one ends", results, error)
    # The lock lasts as long as the open file.
    _CLAIMED.append(lock)


def problems(
    *,
    models: Definitions,
    corpora: Definitions,
    comparisons: Mapping[str, Sequence[Mapping[str, Any]]],
    reductions: Definitions,
    colormap: str,
    results: Path,
    extracting: Collection[tuple[str, str]] = (),
    fetching: Collection[str] = (),
) -> list[str]:
    """Everything that is wrong with the data, the models, the colormap and the disk of a study, a line each.

    `extracting` are the model and corpus of each extraction that will run, for which there must be room.
    `fetching` are the models that will be fetched; the records of all others must be of what the config names.
    A corpus whose source is gone, and a model whose activations are all there, are not looked at again
    if what is made of them is there. Where the libraries are not installed beside Snakemake (conda makes
    an environment for each rule), the jobs check instead.
    """
    pending = _to_load(models, corpora, results, fetching)
    broken = _broken(pending, results) | _mismatched(models, results, fetching)
    documents: dict[str, int | None] = {}
    steps = (
        lambda: [line for lines in broken.values() for line in lines],
        lambda: _corpus_problems(corpora, comparisons, reductions, results, documents),
        lambda: _disk_problems(models, documents, results, extracting),
        lambda: _refusals({name: model for name, model in pending.items() if name not in broken}, results),
        lambda: _colormap_problems(colormap),
    )
    found = []
    for step in steps:
        try:
            found += step()
        except ModuleNotFoundError as error:
            LOG.warning("%s is not installed beside Snakemake: what needs it is checked by its jobs", error.name)
    return found


def fetch_problems(models: Definitions, *, results: Path, fetching: Collection[str] = ()) -> list[str]:
    """Why models of the hub cannot be fetched or used, a line each; those that were fetched are not looked at.

    `fetching` are the models that will be fetched; the records of all others must be of what the config names.
    """
    broken = _broken(models, results) | _mismatched(models, results, fetching)
    pending = {
        name: model for name, model in models.items() if name not in broken and not _fetched(name, model, results)
    }
    found = [line for lines in broken.values() for line in lines]
    try:
        return found + _refusals(pending, results)
    except ModuleNotFoundError as error:
        LOG.warning("%s is not installed beside Snakemake: the jobs that fetch check instead", error.name)
        return found


@dataclass(frozen=True)
class Extraction:
    """One model's pass over one corpus."""

    model: str
    corpus: str
    documents: int | None
    """None where the source is gone."""
    values: int | None
    """float32 values stored for each document; None for a model that was not fetched."""
    file: Path

    @property
    def made(self) -> bool:
        """Whether its file is there."""
        return self.file.is_file()

    @property
    def megabytes(self) -> float | None:
        """Size of its file."""
        return None if self.values is None or self.documents is None else self.documents * self.values * 4 / 1e6

    @property
    def begun(self) -> float:
        """Megabytes that an earlier run, which did not end well, left on the disk to go on with."""
        rows = self.file.with_name(f".{self.file.name}.partial") / "rows.bin"
        return rows.stat().st_blocks * 512 / 1e6 if rows.is_file() else 0.0


def extractions(*, models: Definitions, corpora: Definitions, results: Path) -> list[Extraction]:
    """Every model's pass over every corpus, with its size: documents x layers x width x poolings x 4 bytes."""
    documents = {
        corpus: None if _only_made(corpus, definition, results) else _survey(corpus, definition, ()).documents
        for corpus, definition in corpora.items()
    }
    return list(_extractions(models, documents, results))


def _extractions(models: Definitions, documents: Mapping[str, int | None], results: Path) -> Iterator[Extraction]:
    for corpus, number in documents.items():
        for model, described in models.items():
            file = results / "activations" / model / f"{corpus}.h5"
            yield Extraction(model, corpus, number, _values(model, described, results), file)


def text(
    *,
    models: Definitions,
    corpora: Definitions,
    comparisons: Mapping[str, Sequence[Mapping[str, Any]]],
    reductions: Definitions,
    coordinates: Sequence[str],
    graphs: Sequence[str],
    figures: Sequence[str],
    study: str,
    results: Path,
) -> str:
    """The plan of a study in lines for a terminal: what it is made of, what runs, disk.

    `coordinates` and `graphs` are paths below their folders, `figures` names.
    """
    planned = extractions(models=models, corpora=corpora, results=results)
    compared = ", ".join(f"{len(named)} of {corpus}" for corpus, named in comparisons.items())
    drawn = results / "studies" / study / "figures"
    lines = [
        f"models: {len(models)}; corpora: {len(corpora)}; reductions: {', '.join(reductions)}; "
        f"comparisons: {compared or 'none'}",
        "",
        *_of_the_hub(models, results),
        "activations",
        *_table(planned),
        _there("coordinates", [results / "coordinates" / f"{name}.h5" for name in coordinates]),
        _there("graphs", [results / "nrags" / name / "edges.parquet" for name in graphs]),
        _there("figures", [drawn / f"{name}.tsv" for name in figures]),
        "there: the file exists; whether it is up to date is told by snakemake --dry-run",
        "",
        _disk(planned, results),
        *(f"warning: {line}" for line in _no_room([each for each in planned if not each.made], results)),
        "",
        "config, corpora and models were checked: nothing is wrong with them",
    ]
    return "\n".join(lines)


def _of_the_hub(models: Definitions, results: Path) -> Iterator[str]:
    named = {name: model for name, model in models.items() if _is_of_the_hub(model)}
    if named:
        yield "models of the hub"
    for name, model in named.items():
        fetched = _fetched(name, model, results)
        if fetched is None:
            revision = f" at {model['revision']}" if "revision" in model else ""
            recorded = _recorded(name, model, results)
            instead = f" (results/models has {recorded.name})" if recorded else ""
            yield f"  {name}: {model['id']}{revision}, to fetch{instead}"
        else:
            untrained = model["weights"] == "random"
            weights = "untrained weights" if untrained else f"weights {_size(fetched.weight_bytes / 1e6)}"
            yield f"  {name}: {fetched.name}, {weights}, {fetched.shape.layers} layers, {fetched.shape.width} wide"
    if named:
        yield ""


def _table(planned: Sequence[Extraction]) -> Iterator[str]:
    names = max(len(f"{extraction.model} x {extraction.corpus}") for extraction in planned)
    for extraction in planned:
        name = f"{extraction.model} x {extraction.corpus}".ljust(names)
        documents = "?" if extraction.documents is None else f"{extraction.documents:,}"
        size = "size unknown" if extraction.megabytes is None else _size(extraction.megabytes)
        yield f"  {name}  {documents:>9} documents  {size:>10}  {'there' if extraction.made else 'to do'}"


def _there(what: str, files: Sequence[Path]) -> str:
    there = sum(file.is_file() for file in files)
    return f"{what}: {len(files)}, {there} there, {len(files) - there} to do"


def _disk(planned: Sequence[Extraction], results: Path) -> str:
    known = sum(extraction.megabytes for extraction in planned if extraction.megabytes is not None)
    unknown = dict.fromkeys(extraction.model for extraction in planned if extraction.megabytes is None)
    least = "at least " if unknown else ""
    left_out = f"; not counted: {', '.join(unknown)} (of unknown size)" if unknown else ""
    needed = f"{least}{_size(known)}{left_out}, as much again while a file is written"
    return f"disk for activations: {needed}; free here: {_size(_free(results))}"


def _no_room(waiting: Sequence[Extraction], results: Path) -> Iterator[str]:
    """A line if the activations that are to be made do not fit on the disk; those of unknown size are not counted."""
    sizes = [extraction.megabytes for extraction in waiting if extraction.megabytes is not None]
    # Every file is written twice: its rows in any order, then the file itself; then the rows are deleted.
    needed = sum(sizes) + max(sizes, default=0.0) - sum(extraction.begun for extraction in waiting)
    if needed > _free(results):
        yield (
            f"the activations to be made need {_size(needed)} of disk while they are written, and "
            f"{results.resolve()} has {_size(_free(results))} free: make room, keep fewer poolings (store), "
            "or run in a folder on a larger disk"
        )


def _free(folder: Path) -> float:
    return shutil.disk_usage(_existing(folder)).free / 1e6


def _size(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.1f} MB"


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists())


def _values(name: str, model: Mapping[str, Any], results: Path) -> int | None:
    try:
        folder = checkpoints.locate(model["id"], root=Path())
        fetched = None if folder else _fetched(name, model, results)
        if not (folder or fetched):
            return None
        shape = checkpoints.shape(folder) if folder else fetched.shape
    except checkpoints.CheckpointError:
        return None
    return (shape.layers + 1) * shape.width * len(model["store"])


def _fetched(name: str, model: Mapping[str, Any], results: Path) -> checkpoints.Fetched | None:
    """What was fetched of a model of the hub; None if nothing was, or another model or revision.

    Raises checkpoints.CheckpointError if its record is broken.
    """
    fetched = _recorded(name, model, results)
    return None if fetched is None or checkpoints.mismatch(fetched, model["id"], model.get("revision")) else fetched


def _recorded(name: str, model: Mapping[str, Any], results: Path) -> checkpoints.Fetched | None:
    """What the record of a model of the hub says, whatever it is of; None without one."""
    record = results / "models" / f"{name}.json"
    return checkpoints.fetched(record) if _is_of_the_hub(model) and record.is_file() else None


def _is_of_the_hub(model: Mapping[str, Any]) -> bool:
    try:
        return checkpoints.locate(model["id"], root=Path()) is None
    except checkpoints.CheckpointError:
        return False


def _broken(models: Definitions, results: Path) -> dict[str, list[str]]:
    return {name: lines for name, model in models.items() if (lines := _model_problems(name, model, results))}


def _mismatched(models: Definitions, results: Path, fetching: Collection[str]) -> dict[str, list[str]]:
    """What is wrong with the models of the hub whose records are of others, and stay so in this run."""
    found = {}
    for name in (name for name in models if name not in fetching):
        try:
            recorded = _recorded(name, models[name], results)
        except checkpoints.CheckpointError:
            # A broken record is told where it is needed.
            continue
        model = models[name]
        if recorded and (other := checkpoints.mismatch(recorded, model["id"], model.get("revision"))):
            found[name] = [f"model '{name}': {other}"]
    return found


def _model_problems(name: str, model: Mapping[str, Any], results: Path) -> list[str]:
    try:
        folder = checkpoints.locate(model["id"], root=Path())
        if folder is None:
            _fetched(name, model, results)
        found = checkpoints.problems(folder, weights=model["weights"]) if folder else []
    except checkpoints.CheckpointError as error:
        found = [str(error)]
    return [f"model '{name}': {line}" for line in found]


def _corpus_problems(
    corpora: Definitions,
    comparisons: Mapping[str, Sequence[Mapping[str, Any]]],
    reductions: Definitions,
    results: Path,
    documents: dict[str, int | None],
) -> Iterator[str]:
    """What is wrong with the corpora; in passing, how many documents each has is noted in `documents`."""
    for name, corpus in corpora.items():
        if not _only_made(name, corpus, results):
            survey = _survey(name, corpus, comparisons.get(name, ()))
            documents[name] = survey.documents
            yield from survey.problems
            if survey.documents is not None:
                yield from _too_few(name, survey.documents, reductions)


def _disk_problems(
    models: Definitions, documents: Mapping[str, int | None], results: Path, extracting: Collection[tuple[str, str]]
) -> Iterator[str]:
    planned = _extractions(models, documents, results)
    yield from _no_room([each for each in planned if (each.model, each.corpus) in extracting], results)


def _only_made(name: str, corpus: Mapping[str, Any], results: Path) -> bool:
    """Whether a corpus was read and its source is gone since."""
    gone = "path" in corpus and not Path(corpus["path"]).exists()
    return gone and (results / "corpora" / name / "texts.parquet").is_file()


def _too_few(corpus: str, documents: int, reductions: Definitions) -> Iterator[str]:
    """Reductions to more components than so many documents have."""
    for name, reduction in reductions.items():
        least = reduction["components"] + FURTHER_DOCUMENTS[reduction["method"]]
        if documents < least:
            yield (
                f"reduction '{name}': {reduction['method']} to components: {reduction['components']} needs at least "
                f"{least} documents, and corpus '{corpus}' has {documents}; lower components"
            )


def _colormap_problems(name: str) -> list[str]:
    from nrag.figures import colormap

    try:
        colormap(name)
    except ValueError as error:
        return [f"figures.colormap: {error}"]
    return []


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


def _to_load(
    models: Definitions, corpora: Definitions, results: Path, fetching: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """Models that lack activations, and those of the hub of which others than the recorded ones will be fetched."""
    lacking = {
        name
        for name in models
        if not all((results / "activations" / name / f"{corpus}.h5").is_file() for corpus in corpora)
    }
    others = {name for name in fetching if _recorded_otherwise(name, models[name], results)}
    return {name: model for name, model in models.items() if name in lacking | others}


def _recorded_otherwise(name: str, model: Mapping[str, Any], results: Path) -> bool:
    """Whether the record of a model of the hub is of another one, or broken."""
    try:
        return _fetched(name, model, results) is None
    except checkpoints.CheckpointError:
        return True


def _refusals(models: Definitions, results: Path) -> list[str]:
    """Load every model once in a process of its own: the main one would keep torch's memory for the whole run."""
    import importlib.util

    if not models:
        return []
    for library in ("torch", "transformers"):
        if importlib.util.find_spec(library) is None:
            raise ModuleNotFoundError(f"No module named {library!r}", name=library)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        try:
            named = {name: (dict(model), _fetched(name, model, results)) for name, model in models.items()}
            return process.submit(_load_all, named).result()
        except BrokenProcessPool:
            return [
                f"models {', '.join(models)}: the process that tried to load them was ended, "
                "mostly for lack of memory; give it more, or run the models one by one"
            ]


def _load_all(models: Mapping[str, tuple[Mapping[str, Any], checkpoints.Fetched | None]]) -> list[str]:
    import os

    # A hub that does not answer should cost seconds, and small files need no bars.
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", "5")
    os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "5")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from nrag.models import refusal

    keys = ("weights", "revision", "max_tokens", "trust_remote_code")
    refused = {
        name: refusal(model["id"], root=Path(), fetched=fetched, **{key: model[key] for key in keys if key in model})
        for name, (model, fetched) in models.items()
    }
    return [f"model '{name}': {reason}" for name, reason in refused.items() if reason]
