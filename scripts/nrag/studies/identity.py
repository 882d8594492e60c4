"""What a name means: all that decides the content of the files that carry it, and nothing else.

These are the params of the rules, so a changed identity reruns what follows from it, and what two
studies of one results folder must agree in. Keys stand in a fixed order and none is None. A key that
a later version adds must be absent here unless it is set, or every older product would be made again.
"""

from collections.abc import Mapping
from typing import Any

from nrag.studies.expansion import labellings_by_model
from nrag.studies.places import corpus_path, labels_path, model_id, proposing_id
from nrag.studies.study import Study


def model_identity(study: Study, model: str) -> dict[str, Any]:
    """What decides a model's activations. Batches, devices and how many are not part of it, nor are controls.

    `id` is a hub id, a packaged folder, or a path from the working directory.
    """
    definition = _without(study.models[model], "batch_tokens", "gpus", "device_map")
    if not definition["trust_remote_code"]:
        del definition["trust_remote_code"]
    return definition | {"id": model_id(study, model)}


def fetch_identity(study: Study, model: str) -> dict[str, Any]:
    """What decides the record of a hub model in results/models, and which of its files are fetched."""
    identity = model_identity(study, model)
    return {key: identity[key] for key in ("id", "revision", "weights", "trust_remote_code") if key in identity}


def dataset_identity(study: Study, corpus: str) -> dict[str, Any]:
    """What decides the record of a dataset of the hub in results/datasets, and which of its files are fetched."""
    definition = study.corpora[corpus]
    return {key: definition[key] for key in ("hub", "name", "split", "revision") if key in definition}


def texts_identity(study: Study, corpus: str) -> dict[str, Any]:
    """What decides which documents a corpus has, in texts.parquet and rows.parquet.

    Labels do so only where documents are chosen by them: then `label` holds the first labelling
    alone. `seed` is there only if something is drawn. A path starts from the working directory.
    """
    definition = documents_identity(study, corpus)
    dropped = "drop" in (definition["duplicates"], definition["contradictions"])
    chosen = "labels" in definition or "seed" in definition or dropped
    label = dict(list(definition.pop("label", {}).items())[:1]) if chosen else None
    identity = _without(definition, "group", "time", "hover", "label")
    return identity | ({"label": label} if label else {})


def corpus_identity(study: Study, corpus: str) -> dict[str, Any]:
    """What decides a corpus' documents, descriptions and labels, those that differ from model to model among them.

    Not `min_documents`: it decides which labels may be compared, which is a matter of each study.
    """
    definition = _without(study.corpora[corpus], "min_documents")
    if "path" in definition:
        definition["path"] = corpus_path(study, corpus)
    if "labels" in definition:
        definition["labels"] = sorted(definition["labels"], key=lambda label: (str(label), type(label).__name__))
    if tables := labellings_by_model(definition):
        tables = {name: {**how, "path": labels_path(study, corpus, name)} for name, how in tables.items()}
        definition["label"] = definition["label"] | tables
    return definition | ({"seed": study.seed} if "max_documents_per_label" in definition else {})


def documents_identity(study: Study, corpus: str) -> dict[str, Any]:
    """What decides corpus.parquet: `corpus_identity` without labels that differ from model to model."""
    definition = corpus_identity(study, corpus)
    if not (tables := labellings_by_model(definition)):
        return definition
    label = {name: how for name, how in definition["label"].items() if name not in tables}
    return definition | {"label": label} if label else _without(definition, "label")


def labels_identity(study: Study, corpus: str, labelling: str) -> dict[str, Any]:
    """What decides a labelling that differs from model to model, beside the documents and the table."""
    return _without(labellings_by_model(study.corpora[corpus])[labelling], "path")


def space_identity(study: Study, space: str) -> dict[str, Any]:
    """What decides what a space covers, beside its members' activations."""
    return dict(study.spaces[space])


def reduction_identity(study: Study, reduction: str) -> dict[str, Any]:
    """What decides coordinates, beside the space, the corpus and the pooling."""
    return _without(study.reductions[reduction], "basis")


def basis_identity(study: Study, reduction: str) -> dict[str, Any]:
    """What decides in which basis a reduction's component graphs see each label: nothing where it is one for all."""
    given = study.reductions[reduction]
    return {"basis": given["basis"]} if given.get("basis", "all-documents") != "all-documents" else {}


def metrics_identity(study: Study) -> dict[str, Any]:
    """What decides the metrics of a graph, beside the graph."""
    return dict(study.metrics)


def neurons_identity(study: Study) -> dict[str, Any]:
    """What decides the graphs of a model's neurons in a corpus, beside the two."""
    identity = _without(study.neurons or {}, "models", "corpora")
    proposing = proposing_id(study)
    return identity | ({"augment": {"model": proposing}} if proposing else {})


def _without(definition: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key not in keys}
