"""Where a study's inputs lie, as paths from the working directory."""

from pathlib import Path

from nrag import checkpoints
from nrag.studies.mazes import PREFIX, answers_file, checkpoint_folder, checkpoint_of, ids_of, mazes_file
from nrag.studies.paths import from_here, id_from_here
from nrag.studies.study import Study

RESOLVED = "config.resolved.yaml"
"""The config as it was meant, in the folder of every study that was run."""


def model_folder(study: Study, model: str) -> Path | None:
    """The folder of a local or packaged model, or that a stage of training will make; None for one of the hub.

    Raises checkpoints.CheckpointError if a packaged or local folder is not there.
    """
    if made := checkpoint_of(study, model):
        return checkpoint_folder(study, made)
    model_id = study.models[model].get("id")
    return checkpoints.locate(model_id, root=study.data) if model_id else None


def model_id(study: Study, model: str) -> str:
    """A model's id with a folder as a path from the working directory; others as the config has them."""
    if made := checkpoint_of(study, model):
        return str(checkpoint_folder(study, made))
    return id_from_here(study.data, study.models[model]["id"])


def proposing_id(study: Study) -> str | None:
    """The masked language model that proposes tokens for others, as `model_id` has ids; None where none is named."""
    augment = study.neurons["augment"] if study.neurons else False
    return id_from_here(study.data, augment["model"]) if isinstance(augment, dict) else None


def corpus_path(study: Study, corpus: str) -> str | None:
    """A corpus' file or folder as a path from the working directory, None for packages."""
    if "mazes" in study.corpora[corpus]:
        return str(mazes_file(study.corpora[corpus]["mazes"]))
    path = study.corpora[corpus].get("path")
    return None if path is None else from_here(study.data / Path(path).expanduser())


def answered_set(written: str) -> str | None:
    """The set of mazes whose answers a table of labels is; None for a file.

    >>> answered_set("mazes:small")
    'small'
    """
    return written.removeprefix(PREFIX) if written.startswith(PREFIX) else None


def labels_path(study: Study, corpus: str, labelling: str) -> str:
    """The table of a labelling that differs from model to model, as a path from the working directory."""
    written = study.corpora[corpus]["label"][labelling]["path"]
    if answers := answered_set(written):
        return str(answers_file(answers))
    return from_here(study.data / Path(written).expanduser())


def named_in_tables(study: Study, model: str) -> list[str]:
    """What a table with labels for every model may call a model: its name, or its id as the config has it.

    An untrained model shares the id of a trained one, whose labels are not its own: it has its name alone. An id that
    is the name of another model means that one.
    """
    ids = [study.models[model]["id"]] if study.models[model]["weights"] == "trained" else []
    if ids and (made := checkpoint_of(study, model)):
        ids = ids_of(study, made)
    return [model, *(each for each in ids if each not in study.models)]
