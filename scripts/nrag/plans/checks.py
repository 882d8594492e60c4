"""What is wrong with the data and the models of a study, told before any job."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from nrag import checkpoints, dataset_files
from nrag.plans import records, sizes, surveys
from nrag.plans.records import Definitions

LOG = logging.getLogger("nrag")

FEW_DOCUMENTS = 10_000
"""That are read within seconds."""

FURTHER_DOCUMENTS = {"pca": 1, "svd": 0, "umap": 2}
"""Documents that a method needs beyond its components."""


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
    fetching_datasets: Collection[str] = (),
    probing: Mapping[str, Any] | None = None,
    within: Mapping[str, Sequence[str]] | None = None,
    proposing: str | None = None,
    tables: Sequence[Mapping[str, Any]] = (),
    local: bool = False,
) -> list[str]:
    """Everything that is wrong with the data, the models, the colormap and the disk of a study, a line each.

    `extracting` are the model and corpus of each extraction that will run, for which there must be room; with
    `local` they run on this machine.
    `fetching` are the models that will be fetched, `fetching_datasets` the corpora; the records of all others must be
    of what the config names. What a dataset of the hub holds is looked at once it is fetched.
    A corpus whose source is gone, and a model whose activations are all there, are not looked at again
    if what is made of them is there. Where the libraries are not installed beside Snakemake (conda makes
    an environment for each rule), the jobs check instead. Labels that cannot be probed are only warned of:
    everything else about them can be had. `within` are, by corpus, the columns that labels are permuted within.
    `proposing` is the masked language model that proposes substitutes for tokens of neurons, a folder or in a package.
    `tables` hold labels that differ from model to model: what `corpora.by_model.look` takes of each.
    """
    pending = _to_load(models, corpora, results, fetching)
    broken = _broken(pending, results) | _mismatched(models, results, fetching)
    whole = {name: model for name, model in pending.items() if name not in broken}
    surveyed: dict[str, Any] = {}
    steps = (
        lambda: [line for lines in broken.values() for line in lines],
        lambda: _corpus_problems(
            corpora, comparisons, reductions, results, surveyed, fetching_datasets, probing, within or {}
        ),
        lambda: _table_problems(tables, surveyed),
        lambda: _proposing_problems(proposing) if proposing else [],
        lambda: _disk_problems(models, _documents(surveyed), results, extracting),
        lambda: (
            [] if local and _first_job_tells(pending, _documents(surveyed), extracting) else _refusals(whole, results)
        ),
        lambda: _colormap_problems(colormap),
    )
    found = []
    for step in steps:
        try:
            found += step()
        except ModuleNotFoundError as error:
            LOG.warning("%s is not installed beside Snakemake: what needs it is checked by its jobs", error.name)
    return found


def fetch_problems(
    models: Definitions,
    corpora: Definitions,
    *,
    results: Path,
    fetching: Collection[str] = (),
    fetching_datasets: Collection[str] = (),
) -> list[str]:
    """Why models and datasets of the hub cannot be fetched or used, a line each; what was fetched is not looked at.

    `corpora` are those of the hub. `fetching` are the models that will be fetched, `fetching_datasets` the corpora;
    the records of all others must be of what the config names.
    """
    broken = _broken(models, results) | _mismatched(models, results, fetching)
    pending = {
        name: model
        for name, model in models.items()
        if name not in broken and not records.fetched(name, model, results)
    }
    found = [line for lines in broken.values() for line in lines]
    wrong = {name: _record_problems(name, corpus, results, fetching_datasets) for name, corpus in corpora.items()}
    found += [line for lines in wrong.values() for line in lines]
    lacking = {name: corpus for name, corpus in corpora.items() if not wrong[name] and _lacks(name, corpus, results)}
    for step in (lambda: _refusals(pending, results), lambda: _dataset_refusals(lacking)):
        try:
            found += step()
        except ModuleNotFoundError as error:
            LOG.warning("%s is not installed beside Snakemake: the jobs that fetch check instead", error.name)
    return found


def _broken(models: Definitions, results: Path) -> dict[str, list[str]]:
    return {name: lines for name, model in models.items() if (lines := _model_problems(name, model, results))}


def _mismatched(models: Definitions, results: Path, fetching: Collection[str]) -> dict[str, list[str]]:
    """What is wrong with the models of the hub whose records are of others, and stay so in this run."""
    found = {}
    for name in (name for name in models if name not in fetching):
        try:
            recorded = records.recorded(name, models[name], results)
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
            records.fetched(name, model, results)
        found = checkpoints.problems(folder, weights=model["weights"]) if folder else []
    except checkpoints.CheckpointError as error:
        found = [str(error)]
    return [f"model '{name}': {line}" for line in found]


def _proposing_problems(model_id: str) -> Iterator[str]:
    try:
        folder = checkpoints.locate(model_id, root=Path())
        if not checkpoints.has_masked_head(folder):
            yield f"neurons.augment.model: {folder} {checkpoints.NO_MASKED_HEAD}"
    except checkpoints.CheckpointError as error:
        yield f"neurons.augment.model: {error}"


def _corpus_problems(
    corpora: Definitions,
    comparisons: Mapping[str, Sequence[Mapping[str, Any]]],
    reductions: Definitions,
    results: Path,
    surveyed: dict[str, Any],
    fetching: Collection[str],
    probing: Mapping[str, Any] | None,
    within: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    """What is wrong with the corpora; in passing, what is found in each is noted in `surveyed`."""
    lacking = {}
    for name, corpus in corpora.items():
        wrong = _record_problems(name, corpus, results, fetching)
        yield from wrong
        if wrong or surveys.only_made(name, corpus, results):
            continue
        if _lacks(name, corpus, results):
            lacking[name] = corpus
        survey = surveys.survey(name, corpus, comparisons.get(name, ()), results, within=within.get(name, ()))
        surveyed[name] = survey
        yield from survey.problems
        if survey.documents is not None:
            yield from _too_few(name, survey.documents, reductions)
            yield from _too_few_of_labels(name, survey.labellings, corpus["min_documents"], reductions)
        if probing and not survey.problems:
            for line in surveys.unprobed(name, corpus, comparisons.get(name, ()), survey.labellings, probing):
                LOG.warning(line)
    yield from _dataset_refusals(lacking)


def _documents(surveyed: Mapping[str, Any]) -> dict[str, int | None]:
    return {name: survey.documents for name, survey in surveyed.items()}


def _table_problems(tables: Sequence[Mapping[str, Any]], surveyed: Mapping[str, Any]) -> Iterator[str]:
    for table in tables:
        corpus = surveyed.get(table["corpus"])
        yield from surveys.survey_table(table, corpus.ids if corpus else None).problems


def _record_problems(name: str, corpus: Mapping[str, Any], results: Path, fetching: Collection[str]) -> list[str]:
    """What is wrong with the record of a dataset of the hub: it is broken, or of another one and stays so."""
    try:
        recorded = records.recorded_dataset(name, corpus, results)
    except dataset_files.DatasetError as error:
        return [f"corpus '{name}': {error}"]
    if recorded is None or name in fetching:
        return []
    other = dataset_files.mismatch(recorded, corpus)
    return [f"corpus '{name}': {other}"] if other else []


def _lacks(name: str, corpus: Mapping[str, Any], results: Path) -> bool:
    """Whether a dataset of the hub is still to be fetched."""
    return "hub" in corpus and records.fetched_dataset(name, corpus, results) is None


def _disk_problems(
    models: Definitions, documents: Mapping[str, int | None], results: Path, extracting: Collection[tuple[str, str]]
) -> Iterator[str]:
    planned = sizes.planned(models, documents, results)
    yield from sizes.no_room([each for each in planned if (each.model, each.corpus) in extracting], results)


def _too_few(corpus: str, documents: int, reductions: Definitions) -> Iterator[str]:
    """Reductions to more components than so many documents have."""
    for name, reduction in reductions.items():
        least = _least(reduction)
        if documents < least:
            yield (
                f"reduction '{name}': {reduction['method']} to components: {reduction['components']} needs at least "
                f"{least} documents, and corpus '{corpus}' has {documents}; lower components"
            )


def _too_few_of_labels(
    corpus: str, labellings: Mapping[str, Mapping[str, int]], min_documents: int, reductions: Definitions
) -> Iterator[str]:
    """Labels that may be compared, and have fewer documents than a basis of their own needs."""
    for name, reduction in reductions.items():
        least = _least(reduction)
        for labelling, counts in labellings.items() if reduction.get("basis") == "per-label" else ():
            few = {label: count for label, count in counts.items() if min_documents <= count < least}
            for label, count in few.items():
                yield (
                    f"reduction '{name}': basis: per-label fits {reduction['method']} to components: "
                    f"{reduction['components']} to each label, which needs at least {least} documents, and label "
                    f"'{label}' of labelling '{labelling}' of corpus '{corpus}' has {count}; lower components, take "
                    "one basis for all labels, or leave the label out by labels: or a higher min_documents:"
                )


def _least(reduction: Mapping[str, Any]) -> int:
    """Documents that a reduction needs."""
    return reduction["components"] + FURTHER_DOCUMENTS[reduction["method"]]


def _colormap_problems(name: str) -> list[str]:
    from nrag import colormaps

    try:
        colormaps.colormap(name)
    except ValueError as error:
        return [f"figures.colormap: {error}"]
    return []


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


def _first_job_tells(
    pending: Definitions, documents: Mapping[str, int | None], extracting: Collection[tuple[str, str]]
) -> bool:
    """Whether a folder is the one model to load, by a job that starts within seconds and refuses what a check would."""
    read = [documents.get(corpus) for _, corpus in extracting]
    soon = all(number is not None and number <= FEW_DOCUMENTS for number in read)
    alone = len(pending) == 1 and {model for model, _ in extracting} == pending.keys()
    return soon and alone and all(checkpoints.locate(model["id"], root=Path()) for model in pending.values())


def _recorded_otherwise(name: str, model: Mapping[str, Any], results: Path) -> bool:
    """Whether the record of a model of the hub is of another one, or broken."""
    try:
        return records.fetched(name, model, results) is None
    except checkpoints.CheckpointError:
        return True


def _dataset_refusals(corpora: Definitions) -> list[str]:
    """Why datasets of the hub cannot be fetched, looked for in a process of its own as models are."""
    import importlib.util

    if not corpora:
        return []
    for library in ("datasets", "huggingface_hub"):
        if importlib.util.find_spec(library) is None:
            raise ModuleNotFoundError(f"No module named {library!r}", name=library)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_look_for_datasets, {name: dict(corpus) for name, corpus in corpora.items()}).result()


def _look_for_datasets(corpora: Definitions) -> list[str]:
    _be_impatient()
    from nrag import dataset_readers

    refused = {name: dataset_readers.refusal(corpus) for name, corpus in corpora.items()}
    return [f"corpus '{name}': {reason}" for name, reason in refused.items() if reason]


def _be_impatient() -> None:
    """A hub that does not answer should cost seconds, and small files need no bars."""
    import os

    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", "5")
    os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "5")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


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
            named = {name: (dict(model), records.fetched(name, model, results)) for name, model in models.items()}
            return process.submit(_load_all, named).result()
        except BrokenProcessPool:
            return [
                f"models {', '.join(models)}: the process that tried to load them was ended, "
                "mostly for lack of memory; give it more, or run the models one by one"
            ]


def _load_all(models: Mapping[str, tuple[Mapping[str, Any], checkpoints.Fetched | None]]) -> list[str]:
    _be_impatient()
    from nrag.models import refusal

    keys = ("weights", "revision", "max_tokens", "trust_remote_code")
    refused = {
        name: refusal(model["id"], root=Path(), fetched=fetched, **{key: model[key] for key in keys if key in model})
        for name, (model, fetched) in models.items()
    }
    return [f"model '{name}': {_perhaps_a_folder(*models[name], reason)}" for name, reason in refused.items() if reason]


def _perhaps_a_folder(model: Mapping[str, Any], fetched: checkpoints.Fetched | None, reason: str) -> str:
    """A refusal that says first what a misspelt folder was taken for; a hub that answers says so itself."""
    taken = records.taken_for_an_id(model)
    if fetched or not taken or "the hub does not give it" not in reason:
        return reason
    return f"there is no folder {model['id']} under data:, so it is {taken}; {reason}"
