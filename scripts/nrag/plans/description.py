"""The plan of a study in words."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nrag import dataset_files
from nrag.plans import records, sizes, surveys
from nrag.plans.records import Definitions
from nrag.plans.sizes import Extraction


def text(
    *,
    study: str,
    config: str,
    dry_run: str,
    models: Definitions,
    corpora: Definitions,
    comparisons: Mapping[str, Sequence[Mapping[str, Any]]],
    reductions: Definitions,
    products: Mapping[str, Sequence[str]],
    results: Path,
    tables: Sequence[Mapping[str, Any]] = (),
    remarks: Sequence[str] = (),
    trainings: Mapping[str, Sequence[str]] | None = None,
    to_make: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The plan of a study in lines for a terminal: what it is made of, what is there, disk.

    `config` names its config files. `dry_run` is the command that tells what would run.
    `products` are files below `results` by what they are called, one for each product. `tables` hold labels that
    differ from model to model: what `corpora.by_model.look` takes of each. `remarks` are sentences on what
    is asked for and changes nothing. `trainings` are the folders below `results` of the stages of every set of mazes,
    one for each stage and seed. `to_make` names the `models` and the `corpora` that the workflow is still to make, and
    that `models` and `corpora` do not have.
    """
    to_make = to_make or {"models": (), "corpora": ()}
    surveyed = {
        name: surveys.survey(name, corpus, (), results)
        for name, corpus in corpora.items()
        if not surveys.only_made(name, corpus, results)
    }
    documents = {name: surveyed[name].documents if name in surveyed else None for name in corpora}
    planned = list(sizes.planned(models, documents, results))
    compared = ", ".join(f"{len(named)} of {corpus}" for corpus, named in comparisons.items())
    lines = [
        f"study {study}, from {config}",
        f"models: {len(models) + len(to_make['models'])}; corpora: {len(corpora) + len(to_make['corpora'])}; "
        f"reductions: {', '.join(reductions)}; "
        f"comparisons: {compared or 'none'}",
        *_labels(corpora, comparisons, surveyed),
        *_labels_by_model(tables, surveyed),
        "",
        *_of_the_hub(models, results),
        *_datasets(corpora, results),
        *_trainings(trainings or {}, results),
        "activations",
        *_table(planned),
        *(_counted(what, [results / file for file in files]) for what, files in products.items() if files),
        "",
        _disk(planned, results, made_first=any(to_make.values())),
        *(f"warning: {line}" for line in sizes.no_room([each for each in planned if not each.made], results)),
        *(f"note: {line}" for line in remarks),
        "",
        "nothing wrong was found; what would run, outdated files too, is told by",
        f"  {dry_run}",
    ]
    return "\n".join(lines)


def _labels(
    corpora: Definitions, comparisons: Mapping[str, Sequence[Mapping[str, Any]]], surveyed: Mapping[str, Any]
) -> Iterator[str]:
    """The documents of every label that is compared, by labelling; packages, which are not read yet, have none."""
    from nrag.corpora import choose_labels

    for corpus, found in surveyed.items():
        for labelling, counts in found.labellings.items():
            how = {"labelling": labelling, "min_documents": corpora[corpus]["min_documents"]}
            named = [each["labels"] for each in comparisons.get(corpus, ()) if each["labelling"] == labelling]
            chosen = {label for labels in named for label in choose_labels(counts, labels, **how)}
            if chosen:
                listed = ", ".join(f"{label} {count}" for label, count in counts.items() if label in chosen)
                yield f"documents of {corpus} by {labelling}: {listed}"


def _labels_by_model(tables: Sequence[Mapping[str, Any]], surveyed: Mapping[str, Any]) -> Iterator[str]:
    """The same of labels that differ from model to model."""
    for table in tables:
        corpus = surveyed.get(table["corpus"])
        found = surveys.survey_table(table, corpus.ids if corpus else None)
        for labelling, counts in found.labellings.items():
            listed = ", ".join(f"{label} {count}" for label, count in counts.items())
            yield f"documents of {table['corpus']} by {labelling}, of the model that has most: {listed}"


def _of_the_hub(models: Definitions, results: Path) -> Iterator[str]:
    named = {name: model for name, model in models.items() if records.is_of_the_hub(model)}
    if named:
        yield "models of the hub"
    for name, model in named.items():
        fetched = records.fetched(name, model, results)
        if fetched is None:
            revision = f" at {model['revision']}" if "revision" in model else ""
            recorded = records.recorded(name, model, results)
            taken = records.taken_for_an_id(model)
            note = f" (results/models has {recorded.name})" if recorded else f", {taken}" if taken else ""
            yield f"  {name}: {model['id']}{revision}, to fetch{note}"
        else:
            untrained = model["weights"] == "random"
            weights = "untrained weights" if untrained else f"weights {sizes.size(fetched.weight_bytes / 1e6)}"
            yield f"  {name}: {fetched.name}, {weights}, {fetched.shape.layers} layers, {fetched.shape.width} wide"
    if named:
        yield ""


def _datasets(corpora: Definitions, results: Path) -> Iterator[str]:
    named = {name: corpus for name, corpus in corpora.items() if "hub" in corpus}
    if named:
        yield "datasets of the hub"
    for name, corpus in named.items():
        fetched = records.fetched_dataset(name, corpus, results)
        if fetched is None:
            yield f"  {name}: {dataset_files.shown(corpus)}, to fetch"
        else:
            yield f"  {name}: {fetched.name}, {sizes.size(fetched.megabytes * 1.048576)} in {len(fetched.read)} files"
    if named:
        yield ""


def _trainings(trainings: Mapping[str, Sequence[str]], results: Path) -> Iterator[str]:
    for mazes, folders in trainings.items():
        yield _counted(f"trainings on the mazes {mazes}", [results / folder for folder in folders])
    if trainings:
        yield ""


def _table(planned: Sequence[Extraction]) -> Iterator[str]:
    names = max(len(f"{extraction.model} x {extraction.corpus}") for extraction in planned) if planned else 0
    for extraction in planned:
        name = f"{extraction.model} x {extraction.corpus}".ljust(names)
        documents = "?" if extraction.documents is None else f"{extraction.documents:,}"
        size = "size unknown" if extraction.megabytes is None else sizes.size(extraction.megabytes)
        state = "exists (perhaps outdated)" if extraction.made else "missing"
        yield f"  {name}  {documents:>9} documents  {size:>10}  {state}"


def _counted(what: str, files: Sequence[Path]) -> str:
    there = sum(file.exists() for file in files)
    # Only Snakemake knows whether a file is what the config asks for by now.
    doubt = " (perhaps outdated)" if there else ""
    return f"{what}: {len(files)}, {there} exist{doubt}, {len(files) - there} missing"


def _disk(planned: Sequence[Extraction], results: Path, *, made_first: bool) -> str:
    known = sum(extraction.megabytes for extraction in planned if extraction.megabytes is not None)
    unknown = list(dict.fromkeys(extraction.model for extraction in planned if extraction.megabytes is None))
    unknown += ["what this workflow makes first"] if made_first else []
    least = "at least " if unknown else ""
    left_out = f"; not counted: {', '.join(unknown)} (of unknown size)" if unknown else ""
    needed = f"{least}{sizes.size(known)}{left_out}, as much again while a file is written"
    return f"disk for activations: {needed}; free here: {sizes.size(sizes.free(results))}"
