"""The study, and what rules ask of it: names, files, resources. Functions only."""

import hashlib
import os
import sys

sys.path.insert(0, f"{workflow.basedir}/scripts")

from pathlib import Path

from snakemake.exceptions import WorkflowError

from nrag import checkpoints, plans, slurm, studies
from nrag.studies import products, recording

RESULTS = Path("results")
LIBRARY = Path(workflow.basedir) / "scripts"

try:
    STUDY = studies.load(config, files=[Path(file) for file in workflow.configfiles], results=RESULTS)
    GPU = int(studies.resolve_device(STUDY.device, os.environ) == "cuda")
    if wrong := studies.conflicts(STUDY, RESULTS):
        raise studies.StudyError(wrong)
except studies.StudyError as error:
    raise WorkflowError(*error.lines)

EMBEDDINGS = list(studies.embeddings(STUDY))
RUNS = list(studies.runs(STUDY))
HUB_MODELS = products.hub_models(STUDY)
NAME = "[a-z0-9]+(?:[_-][a-z0-9]+)*"
SHOWN_FORMATS = [suffix for suffix in STUDY.figures["formats"] if suffix in ("svg", "png")][:1]
OTHER_FORMATS = [suffix for suffix in STUDY.figures["formats"] if suffix not in SHOWN_FORMATS]
FIGURES = f"results/studies/{STUDY.name}/figures"
CONDITION = "{corpus}--{pooling}--{reduction}--{bins}-{size}--{comparison}"
NRAG_FIGURE = f"{FIGURES}/nrag--{{space}}--{CONDITION}"
METRICS_FIGURE = f"{FIGURES}/metrics--{CONDITION}"


wildcard_constraints:
    space=NAME,
    # A model whose folder is gone cannot be run: no rule makes its activations, which then count as they are.
    model="|".join(products.models_here(STUDY)) or "(?!)",
    corpus=NAME,
    pooling=NAME,
    reduction=NAME,
    comparison=NAME,
    bins=NAME,
    size="[0-9]+",


def code(script):
    """Digest of a script and of the library it uses: what a rule's products depend on."""
    return studies.code_digest(LIBRARY / script, LIBRARY / "nrag")


def digest(file):
    """Digest of a file of the checkout that no script imports, such as a template."""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]


# ---------------------------------------------------------------------------- what names mean


def corpus_source(wildcards):
    """The files a corpus is read from; none for packages."""
    return products.corpus_files(STUDY, wildcards.corpus)


def source_files():
    """The files of all corpora whose sources are there."""
    return [file for corpus in STUDY.corpora for file in products.corpus_files(STUDY, corpus) if Path(file).exists()]


def reading_of(corpus):
    """What decides a corpus' documents."""
    return studies.texts_identity(STUDY, corpus)


def package_versions(corpus):
    """Versions of the packages that a corpus is read from: another version has other texts."""
    return products.package_versions(STUDY, corpus)


def labelling_of(corpus):
    """What decides a corpus' labels and descriptions."""
    return studies.corpus_identity(STUDY, corpus)


def first_labellings():
    """Each corpus' first labelling, None without labels."""
    return {corpus: next(iter(studies.labellings(STUDY.corpora[corpus])), None) for corpus in STUDY.corpora}


def min_documents(corpus):
    """Documents a label needs to be part of the comparison `all`."""
    return STUDY.corpora[corpus]["min_documents"]


def comparison_of(corpus, comparison):
    """Labelling and labels that are set side by side; no labelling for all documents as one."""
    return products.comparisons(STUDY)[corpus][comparison]


def model_of(model):
    """What decides a model's activations."""
    return studies.model_identity(STUDY, model)


def weights_of(model):
    """A fingerprint of a local model's files; a hub model has its revision."""
    folder = studies.model_folder(STUDY, model)
    return checkpoints.fingerprint(folder) if folder else STUDY.models[model].get("revision")


def fetching_of(model):
    """What decides which files of a hub model are fetched."""
    return studies.fetch_identity(STUDY, model)


def fetched_model(model):
    """The record of a hub model, which says what was fetched; none for a folder."""
    return f"results/models/{model}.json" if model in HUB_MODELS else []


def fetches_newest(model):
    """Whether a hub model is to move to its newest commit: only where --forcerun names the rule or the record."""
    forced = workflow.dag_settings.forcerun
    return int("fetch_model" in forced or f"results/models/{model}.json" in forced)


def members_of(space):
    """The models of a space."""
    return list(STUDY.spaces[space]["models"])


def reduction_of(space, reduction):
    """Method, components, seeds and parameters of a reduction, and how a space's members are made comparable."""
    prepared = {key: STUDY.spaces[space][key] for key in ("centre", "scale")}
    return {**studies.reduction_identity(STUDY, reduction), **prepared}


def workflow_versions():
    """Versions of what runs the workflow: the environment of a job may be without it."""
    return products.workflow_versions()


# ---------------------------------------------------------------------------------- resources


def batch_tokens(model):
    """Padded tokens of a batch; 0 lets the corpus decide."""
    written = STUDY.models[model].get("batch_tokens", "auto")
    return 0 if written == "auto" else written


def extraction_memory(model, workers):
    """MB: the libraries, float32 weights twice while they load, and all hidden states of a batch for every worker.

    Of a hub model nothing is known until it is fetched: a missing record is Snakemake's <TBD>.
    """
    try:
        shape, size = measures_of(model)
    except checkpoints.CheckpointError:
        # The check before any job says so in one line.
        shape, size = checkpoints.Shape(layers=12, width=768), 0
    states = 8192 * (shape.layers + 1) * shape.width * 4 / 1e6
    return int(800 + 2 * size / 1e6 + (200 + 2 * states) * workers)


def measures_of(model):
    """Shape of a model and bytes of its weights."""
    if model in HUB_MODELS:
        fetched = checkpoints.fetched(Path(fetched_model(model)))
        return fetched.shape, fetched.weight_bytes
    folder = studies.model_folder(STUDY, model)
    return checkpoints.shape(folder), sum(file.stat().st_size for file in checkpoints.weights_of(folder))


def reduction_workers(reduction):
    """Processes of a reduction: only UMAP is worth more than one."""
    return 4 if STUDY.reductions[reduction]["method"] == "umap" else 1


# -------------------------------------------------------------------------------------- files


def coordinate_files():
    """Every file of coordinates."""
    return [f"results/coordinates/{embedding.folder}.h5" for embedding in EMBEDDINGS]


def nrag_files(*names):
    """The named files of every run."""
    return [f"results/nrags/{run.folder}/{name}" for run in RUNS for name in names]


def runs_like(wildcards):
    """The runs of every space under one corpus, pooling, reduction and grid."""
    place = (wildcards.corpus, wildcards.pooling, wildcards.reduction, wildcards.bins, int(wildcards.size))
    return [run for run in RUNS if tuple(run[1:]) == place]


def described_figures():
    """Every figure of the study: its name and what it shows."""
    return products.figures(STUDY)


def described_runs():
    """Every run with its files, for the start page."""
    names = ("nodes.tsv", "edges.tsv", "nrag.graphml", "cells.parquet", "edges.parquet", "metrics.parquet")
    return [
        {
            **run._asdict(),
            "models": members_of(run.space),
            "files": [f"results/nrags/{run.folder}/{name}" for name in names],
        }
        for run in RUNS
    ]


def figure_files():
    """Every figure in every format, and its table."""
    suffixes = [*STUDY.figures["formats"], "tsv"]
    return [f"{FIGURES}/{figure['name']}.{suffix}" for figure in described_figures() for suffix in suffixes]


# ---------------------------------------------------------------------------- before any job


def plan():
    """The study's models, corpora and comparisons in plain values, for what checks them."""
    return {
        "models": {model: model_of(model) for model in STUDY.models},
        "corpora": {
            corpus: {**labelling_of(corpus), "min_documents": min_documents(corpus)} for corpus in STUDY.corpora
        },
        "comparisons": {corpus: list(named.values()) for corpus, named in STUDY.comparisons.items()},
        "reductions": {reduction: studies.reduction_identity(STUDY, reduction) for reduction in STUDY.reductions},
    }


def described_plan():
    """The plan with what follows from the corpora, for the terminal."""
    described = plan()
    # As folders: the environment of the job may be without the packages that models lie in.
    for model in products.models_here(STUDY):
        if folder := studies.model_folder(STUDY, model):
            described["models"][model] = {**described["models"][model], "id": str(folder)}
    return {
        **described,
        "coordinates": [embedding.folder for embedding in EMBEDDINGS],
        "graphs": [run.folder for run in RUNS],
        "figures": [figure["name"] for figure in described_figures()],
        "study": STUDY.name,
        "doubts": studies.device_doubts(STUDY.device, os.environ),
    }


def claim_results():
    """Refuse a second run in the same results folder; a killed run holds nothing but its jobs on a cluster."""
    try:
        plans.claim(RESULTS, at_work=slurm.at_work(Path.cwd()))
    except plans.BusyError as error:
        raise WorkflowError(str(error)) from None


def refuse_wrong_data():
    """Stop before any job if a corpus, a model or a name of another library is not what the config says."""
    if problems := plans.problems(**plan(), colormap=STUDY.figures["colormap"], results=RESULTS):
        raise WorkflowError(*problems)


def refuse_wrong_cluster():
    """Stop before any job if SLURM is to run them and cannot."""
    if executor() != "slurm":
        return
    settings = workflow.executor_settings
    problems = slurm.problems(
        partition_file=settings.partition_config,
        partitions=written_partitions(),
        status_command=settings.status_command,
    )
    if problems:
        raise WorkflowError(*problems)


def written_partitions():
    """Partitions as profiles and command line write them.

    Asked of rules, not of jobs: a job keeps the resources that it was asked for before its inputs were there.
    """
    written = [rule.resources["slurm_partition"].raw for rule in workflow.rules if "slurm_partition" in rule.resources]
    return {value for value in written if isinstance(value, str)}


def executor():
    """Who runs the jobs: local, slurm, or what else a profile names. Not known while rules are parsed."""
    return workflow.executor_plugin.name


def refuse_unfetchable():
    """Stop before any download if a model of the hub cannot be had or used."""
    if problems := plans.fetch_problems({model: model_of(model) for model in HUB_MODELS}, results=RESULTS):
        raise WorkflowError(*problems)


def record_study():
    """Write the resolved config, which later studies of this folder are compared with."""
    recording.record(STUDY, RESULTS)
