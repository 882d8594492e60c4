"""The study, and what rules ask of it: names, files, resources. Functions only."""

import hashlib
import os
import sys

sys.path.insert(0, f"{workflow.basedir}/scripts")

from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.io import IOFile

from nrag import checkpoints, plans, slurm, studies
from nrag.studies import products, recording, resources

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
    refuse_misread_partitions()
    return products.corpus_files(STUDY, wildcards.corpus)


def source_files():
    """The files of all corpora whose sources are there."""
    refuse_misread_partitions()
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


def gpus_of(model):
    """GPUs that a job of a model asks for, 0 where models run on the CPU."""
    return GPU * STUDY.models[model].get("gpus", 1)


def device_map(model):
    """Whether a model's layers are spread over all GPUs of its job: `auto`, or None."""
    return STUDY.models[model].get("device_map")


def megabytes(files):
    """Size of a file or of several, in MiB. Snakemake takes a file that is not there yet for a value to be told later."""
    return sum(megabytes_ahead(Path(file)) for file in ([files] if isinstance(files, str) else files))


def megabytes_ahead(file):
    """Size of a file in MiB; of cells and edges that are still to be made, what the coordinates let expect.

    Jobs of one group are submitted together, before the first has made what the others read: Snakemake
    would leave those out that cannot tell their memory yet.
    """
    if not file.exists() and file.name in resources.SHARE_OF_COORDINATES:
        coordinates = Path("results/coordinates", *file.parts[2:-2]).with_suffix(".h5")
        if coordinates.exists():
            return resources.SHARE_OF_COORDINATES[file.name] * megabytes_ahead(coordinates)
    return file.stat().st_size / 2**20


def sizes(rule, input):
    """Sizes of the inputs that decide what a rule needs."""
    return {name: megabytes(input.get(name, [])) for name in resources.LOADS[rule].per_mb}


def memory(rule, input):
    """MB that a rule which reads tables asks for."""
    return resources.memory(rule, sizes(rule, input))


def minutes(rule, input):
    """Minutes that a rule which reads tables asks for."""
    return resources.minutes(rule, sizes(rule, input))


def network_of(model):
    """Parameters, depth and width of a model; those of an assumed one while nothing is known of it."""
    try:
        if model not in HUB_MODELS:
            return resources.network(studies.model_folder(STUDY, model))
        record = Path(fetched_model(model))
        return resources.fetched_network(checkpoints.fetched(record)) if record.is_file() else resources.UNKNOWN
    except checkpoints.CheckpointError:
        # Its folder is gone or its record broken; the check before any job says so where it is needed.
        return resources.UNKNOWN


def extraction_workers():
    """Processes of an extraction: one feeds a GPU, four share out the batches on the CPU."""
    return 1 if GPU else 4


def extraction_memory(wildcards, input, threads):
    """MB that an extraction asks for."""
    texts, budget = megabytes(input.texts), batch_tokens(wildcards.model)
    network = network_of(wildcards.model)
    return resources.extraction_memory(network, texts=texts, workers=threads, gpu=GPU, batch_tokens=budget)


def extraction_minutes(wildcards, input, threads):
    """Minutes that an extraction asks for."""
    texts = megabytes(input.texts)
    return resources.extraction_minutes(network_of(wildcards.model), texts=texts, workers=threads, gpu=GPU)


def reduction_workers(space, reduction):
    """Processes of a reduction: only UMAP is worth more than one, and no more than there are layers."""
    layers = network_of(members_of(space)[0]).layers + 1
    return min(4, layers) if STUDY.reductions[reduction]["method"] == "umap" else 1


def states_of(wildcards, input):
    """One layer of a space: MiB of its members' hidden states together, and their width; and how many layers there are."""
    members = members_of(wildcards.space)
    network = network_of(members[0])
    stored = min(len(STUDY.models[model]["store"]) for model in members)
    layers = network.layers + 1
    return {"layer": megabytes(input.activations) / stored / layers, "width": network.width}, layers


def reduction_memory(wildcards, input, threads):
    """MB that a reduction asks for."""
    states, _ = states_of(wildcards, input)
    return resources.reduction_memory(STUDY.reductions[wildcards.reduction]["method"], **states, workers=threads)


def reduction_minutes(wildcards, input, threads):
    """Minutes that a reduction asks for."""
    states, layers = states_of(wildcards, input)
    reduction = STUDY.reductions[wildcards.reduction]
    costly = {key: reduction[key] for key in ("n_neighbors", "epochs") if key in reduction}
    costly |= {"seeds": len(reduction["seeds"]), "hidden_states": layers}
    return resources.reduction_minutes(reduction["method"], **states, workers=threads, **costly)


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

SEEN_FROM_HERE = ("local", "slurm")
"""Executors whose jobs find the GPUs that this machine or sinfo shows."""


def executor():
    """How jobs are run: local, slurm, or another plugin's name; None before they are planned, and where none are run."""
    return workflow.executor_plugin and workflow.executor_plugin.name


def extractions_to_run():
    """Model and corpus of every extraction that this run will start."""
    needed = (job for job in workflow.dag.needrun_jobs() if job.rule.name == "extract_activations")
    return {(job.wildcards.model, job.wildcards.corpus) for job in needed}


def extractions_to_check():
    """Model and corpus of every extraction that this run will start; under `check`, a run of everything."""
    if not only_checks():
        return extractions_to_run()
    files = {
        (model, corpus): Path(f"results/activations/{model}/{corpus}.h5")
        for model in STUDY.models
        for corpus in STUDY.corpora
    }
    return {pair for pair, file in files.items() if not file.exists()}


def models_to_fetch():
    """Every model of the hub that this run will fetch, be it once more; under `check`, a run of everything."""
    if only_checks():
        # A record is made again if Snakemake knows that it made it of other params, and stays if it knows nothing.
        records = {model: IOFile(fetched_model(model), workflow.get_rule("fetch_model")) for model in HUB_MODELS}
        return {model for model, record in records.items() if workflow.persistence.metadata(record)}
    return {job.wildcards.model for job in workflow.dag.needrun_jobs() if job.rule.name == "fetch_model"}


def only_checks():
    """Whether this run plans no job but the target `check`."""
    return set(workflow.dag_settings.targets) == {"check"}


def gpu_problems():
    """What is wrong with the GPUs that the study asks for, a line each."""
    if executor() in SEEN_FROM_HERE:
        yield from studies.device_problems(STUDY.device, os.environ, cluster=executor() == "slurm")
    allowed = workflow.global_resources.get("gpu").value
    for model in STUDY.models:
        # Snakemake would give the job as many as there may be, and say nothing.
        if allowed is not None and gpus_of(model) > allowed:
            yield (
                f"model '{model}' asks for gpus: {gpus_of(model)}, and this run may use {allowed} at a time: "
                f"add --resources gpu={gpus_of(model)}"
            )


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
    }


def claim_results():
    """Refuse a second run in the same results folder; a killed run holds nothing but its jobs on a cluster."""
    try:
        plans.claim(RESULTS, at_work=slurm.at_work(Path.cwd()))
    except plans.BusyError as error:
        raise WorkflowError(str(error)) from None


def refuse_wrong_data():
    """Stop before any job if a corpus, a model, a GPU or a name of another library is not there as the config says."""
    problems = [*gpu_problems()]
    problems += plans.problems(
        **plan(),
        colormap=STUDY.figures["colormap"],
        results=RESULTS,
        extracting=extractions_to_run(),
        fetching=models_to_fetch(),
    )
    if problems:
        raise WorkflowError(*problems)


def refuse_misread_partitions():
    """Stop while jobs are planned if the file that describes the partitions of a cluster cannot be read.

    SLURM's executor reads it before `onstart`, and ends with a traceback where it cannot. Planning is
    all that comes earlier, and every plan asks for the sources of corpora. SystemExit, because any
    other error of an input function is printed as one of the rule's.
    """
    if partition_file() is not None:
        from snakemake_executor_plugin_slurm.partitions import PartitionLimits

        if problems := slurm.misread(partition_file(), PartitionLimits.__dataclass_fields__):
            raise SystemExit("\n".join(problems))


def refuse_wrong_cluster():
    """Stop before any job if SLURM is to run them and cannot."""
    if executor() != "slurm":
        return
    problems = slurm.problems(
        partition_file=partition_file(),
        described=described_partitions(),
        partitions=written_partitions(),
        status_command=workflow.executor_settings.status_command,
        asked={f"the extraction of model '{model}'": least_asked(model) for model, _ in extractions_to_check()},
    )
    if problems:
        raise WorkflowError(*problems)


def partition_file():
    """The file that describes the partitions of a cluster, where SLURM runs the jobs and there is one."""
    if executor() != "slurm":
        return None
    written = workflow.executor_settings.partition_config or os.environ.get("SNAKEMAKE_SLURM_PARTITIONS")
    return Path(written) if written else None


def described_partitions():
    """The partitions of this cluster that the file describes, with their limits; another cluster cannot be asked."""
    if partition_file() is None:
        return {}
    from snakemake_executor_plugin_slurm.partitions import read_partition_file

    described = read_partition_file(partition_file())
    return {partition.name: vars(partition.limits) for partition in described if partition.partition_cluster is None}


def least_asked(model):
    """What an extraction asks for at least: for its weights, while its corpus is not read."""
    asked = workflow.get_rule("extract_activations").resources
    network, usual = network_of(model), {"texts": 0, "workers": asked["_cores"].value, "gpu": GPU}
    memory, minutes = resources.extraction_memory(network, **usual), resources.extraction_minutes(network, **usual)
    # What --set-resources asks for instead is the user's own business.
    written = [asked[name].raw is not None for name in ("mem_mb", "runtime")]
    return slurm.Asked(gpus_of(model), 0 if written[0] else memory, 0 if written[1] else minutes)


def written_partitions():
    """Partitions as profiles and command line write them.

    Asked of rules, not of jobs: a job keeps the resources that it was asked for before its inputs were there.
    """
    written = [rule.resources["slurm_partition"].raw for rule in workflow.rules if "slurm_partition" in rule.resources]
    return {value for value in written if isinstance(value, str)}


def refuse_unfetchable():
    """Stop before any download if a model of the hub cannot be had or used."""
    named = {model: model_of(model) for model in HUB_MODELS}
    if problems := plans.fetch_problems(named, results=RESULTS, fetching=models_to_fetch()):
        raise WorkflowError(*problems)


def record_study():
    """Write the resolved config, which later studies of this folder are compared with."""
    recording.record(STUDY, RESULTS)
