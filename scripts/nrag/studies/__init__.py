"""The config: from what a user writes to a study with every name, default and product spelled out.

Only the Snakefile uses it, while it parses; no script imports it, so that an edit here reruns
nothing. The standard library is enough to import it; reading a config takes PyYAML and jsonschema.
"""

from nrag.studies.code import code_digest
from nrag.studies.conflicts import conflicts
from nrag.studies.devices import device_problems, resolve_device
from nrag.studies.expansion import labellings, labellings_by_model, labellings_of_documents
from nrag.studies.identity import (
    basis_identity,
    corpus_identity,
    dataset_identity,
    documents_identity,
    fetch_identity,
    labels_identity,
    metrics_identity,
    model_identity,
    neurons_identity,
    reduction_identity,
    space_identity,
    texts_identity,
)
from nrag.studies.loading import load
from nrag.studies.mazes import (
    TrainingRun,
    begun_with,
    fetched_beginning,
    maze_runs,
    mazes_identity,
    pairs_identity,
    probes_identity,
    stage_identity,
    trained_in,
    untrained_run,
    window,
)
from nrag.studies.places import corpus_path, labels_path, model_folder, named_in_tables
from nrag.studies.study import Embedding, Grid, Run, Study, StudyError, component_graphs, embeddings, resolved, runs

__all__ = [
    "Embedding",
    "Grid",
    "Run",
    "Study",
    "StudyError",
    "TrainingRun",
    "basis_identity",
    "begun_with",
    "code_digest",
    "component_graphs",
    "conflicts",
    "corpus_identity",
    "corpus_path",
    "dataset_identity",
    "device_problems",
    "documents_identity",
    "embeddings",
    "fetch_identity",
    "fetched_beginning",
    "labellings",
    "labellings_by_model",
    "labellings_of_documents",
    "labels_identity",
    "labels_path",
    "load",
    "maze_runs",
    "mazes_identity",
    "metrics_identity",
    "model_folder",
    "model_identity",
    "named_in_tables",
    "neurons_identity",
    "pairs_identity",
    "probes_identity",
    "reduction_identity",
    "resolve_device",
    "resolved",
    "runs",
    "space_identity",
    "stage_identity",
    "texts_identity",
    "trained_in",
    "untrained_run",
    "window",
]
