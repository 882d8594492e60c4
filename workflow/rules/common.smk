"""The study, its names, and what they mean. Functions only."""

import hashlib
import os
import sys

sys.path.insert(0, f"{workflow.basedir}/scripts")

from pathlib import Path

from snakemake.exceptions import WorkflowError

from nrag import checkpoints, contracts, dataset_files, studies
from nrag.studies import drift, products, recording, release, resources

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
COMPONENT_GRAPHS = list(studies.component_graphs(STUDY))
PROBINGS = list(products.probings(STUDY))
LABELLED_RUNS = products.labelled_runs(STUDY)
TESTED_RUNS = products.tested_runs(STUDY)
JUDGED = products.judged(STUDY)
REMEMBERED_RUNS = products.remembered_runs(STUDY)
WORD_RUNS = products.word_runs(STUDY)
TESTED_CONDITIONS = products.tested_conditions(STUDY)
VARIED = products.varied_places(STUDY)
TRACED = products.traced(STUDY)
DRIFTING_RUNS = drift.drifting_runs(STUDY)
COMPARED_STATES = drift.compared_states(STUDY)
# Models and corpora whose neurons are held against those of another model, once each.
FOLLOWED = list(
    dict.fromkeys(
        (model, corpus) for corpus, pairs in products.followed(STUDY).items() for pair in pairs for model in pair
    )
)
TRAINED_MODELS = products.trained_models(STUDY)
HUB_MODELS = products.hub_models(STUDY)
HUB_CORPORA = products.hub_corpora(STUDY)
NAME = "[a-z0-9]+(?:[_-][a-z0-9]+)*"
SHOWN_FORMATS = [suffix for suffix in STUDY.figures["formats"] if suffix in ("svg", "png")][:1]
OTHER_FORMATS = [suffix for suffix in STUDY.figures["formats"] if suffix not in SHOWN_FORMATS]
FIGURES = f"results/studies/{STUDY.name}/figures"
CONDITION = "{corpus}--{pooling}--{reduction}--{bins}-{size}--{comparison}"
NRAG_FIGURE = f"{FIGURES}/nrag--{{space}}--{CONDITION}"
MAPS_FIGURE = f"{FIGURES}/{{view}}--{{space}}--{CONDITION}"
METRICS_FIGURE = f"{FIGURES}/metrics--{CONDITION}"
SEPARATION_FIGURE = f"{FIGURES}/separation--{CONDITION}"
RAREFACTION_FIGURE = f"{FIGURES}/rarefaction--{CONDITION}"
COMPONENTS_CONDITION = "{corpus}--{pooling}--{reduction}--{comparison}"
COMPONENTS_FIGURE = f"{FIGURES}/components--{{space}}--{COMPONENTS_CONDITION}"
PROBES = f"results/studies/{STUDY.name}/probing"
TESTS = f"results/studies/{STUDY.name}/tests"
FAITHFULNESS = f"results/studies/{STUDY.name}/faithfulness"
PATH_MEMORY = f"results/studies/{STUDY.name}/path-memory"
SAMPLES = f"results/studies/{STUDY.name}/samples"
STABILITY = f"results/studies/{STUDY.name}/stability"
DRIFT = f"results/studies/{STUDY.name}/drift"
DRIFT_FIGURE = f"{FIGURES}/{{drift}}--{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}"
MEMBERS_FIGURE = f"{FIGURES}/members--{{space}}--{{corpus}}--{{pooling}}--{{reduction}}--{{bins}}-{{size}}"
STABILITY_FIGURE = f"{FIGURES}/stability--{{corpus}}--{{comparison}}"
TRAINING_FIGURE = f"{FIGURES}/training--{{set}}"
STAGES_FIGURE = f"{FIGURES}/stages--{{set}}"
LENGTHS_FIGURE = f"{FIGURES}/lengths--{{set}}"
PROBES_FIGURE = f"{FIGURES}/probes--{{set}}"
PROBING_FIGURE = f"{FIGURES}/probing--{{corpus}}--{{pooling}}--{{comparison}}"


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
    labelling=NAME,
    view="maps|map-(?:[0-9]+|last)",
    drift="drift|series|dendrogram",
    block="[0-9]+",


def code(script):
    """Digest of a script and of the library it uses, what a rule's products depend on; made for jobs that need it."""
    return lambda wildcards: studies.code_digest(LIBRARY / script, LIBRARY / "nrag")


def digest(file):
    """Digest of a file of the checkout that no script imports, such as a template."""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]


# ---------------------------------------------------------------------------- what names mean


def corpus_source(wildcards):
    """The files a corpus is read from; none for packages and datasets of the hub."""
    refuse_misread_partitions()
    return products.corpus_files(STUDY, wildcards.corpus)


def source_files():
    """The files of all corpora whose sources are there; not tables of mazes, which a rule would draw anew."""
    refuse_misread_partitions()
    given = [corpus for corpus, each in STUDY.corpora.items() if "mazes" not in each]
    return [file for corpus in given for file in products.corpus_files(STUDY, corpus) if Path(file).exists()]


def reading_of(corpus):
    """What decides a corpus' documents."""
    return studies.texts_identity(STUDY, corpus)


def package_versions(corpus):
    """Versions of the packages that a corpus is read from: another version has other texts."""
    return products.package_versions(STUDY, corpus)


def labelling_of(corpus):
    """What decides a corpus' labels and descriptions, of labels those that are the same for all models."""
    return studies.documents_identity(STUDY, corpus)


def labels_source(wildcards):
    """The table of a labelling that differs from model to model."""
    refuse_misread_partitions()
    return studies.labels_path(STUDY, wildcards.corpus, wildcards.labelling)


def model_labels(corpus):
    """The labels of a corpus that differ from model to model, a file for each such labelling."""
    named = studies.labellings_by_model(STUDY.corpora[corpus])
    return [f"results/corpora/{corpus}/labels-{labelling}.parquet" for labelling in named]


def named_in_labels(space, corpus):
    """What tables of labels call each model of a space; nothing where no label differs from model to model."""
    if space == contracts.BAG_OF_WORDS or not model_labels(corpus):
        return {}
    return {model: studies.named_in_tables(STUDY, model) for model in members_of(space)}


def compared_labels(corpus, comparison):
    """The file that says which labels a comparison has."""
    labelling = comparison_of(corpus, comparison)["labelling"]
    if labelling in studies.labellings_by_model(STUDY.corpora[corpus]):
        return f"results/corpora/{corpus}/labels-{labelling}.parquet"
    return f"results/corpora/{corpus}/corpus.parquet"


def first_labellings():
    """Each corpus' first labelling that is the same for all models, None without one."""
    named = {corpus: studies.labellings_of_documents(STUDY.corpora[corpus]) for corpus in STUDY.corpora}
    return {corpus: next(iter(labellings), None) for corpus, labellings in named.items()}


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
    """A fingerprint of a local model's files; a hub model has its revision, a trained one what it was trained by."""
    if model in TRAINED_MODELS:
        return None
    folder = studies.model_folder(STUDY, model)
    return checkpoints.fingerprint(folder) if folder else STUDY.models[model].get("revision")


def fetching_of(model):
    """What decides which files of a hub model are fetched."""
    return studies.fetch_identity(STUDY, model)


def fetched_model(model):
    """The record of a hub model, which says what was fetched; none for a folder."""
    return f"results/models/{model}.json" if model in HUB_MODELS else []


def fetched_models():
    """The records of the study's models of the hub."""
    refuse_misread_partitions()
    return [fetched_model(model) for model in HUB_MODELS]


def fetches_newest(model):
    """Whether a hub model is to move to its newest commit: only where --forcerun names the rule or the record."""
    forced = workflow.dag_settings.forcerun
    return int("fetch_model" in forced or f"results/models/{model}.json" in forced)


def dataset_of(corpus):
    """What decides which files of a dataset of the hub are fetched."""
    return studies.dataset_identity(STUDY, corpus)


def fetched_dataset(corpus):
    """The record of a corpus of the hub, which says what was fetched; none for others."""
    return f"results/datasets/{corpus}.json" if corpus in HUB_CORPORA else []


def fetched_datasets():
    """The records of the study's corpora of the hub."""
    return [fetched_dataset(corpus) for corpus in HUB_CORPORA]


def fetches_newest_dataset(corpus):
    """Whether a dataset is to move to its newest commit: only where --forcerun names the rule or the record."""
    forced = workflow.dag_settings.forcerun
    return int("fetch_corpus" in forced or f"results/datasets/{corpus}.json" in forced)


def members_of(space):
    """The models of a space; the bag of words stands for itself."""
    return [contracts.BAG_OF_WORDS] if space == contracts.BAG_OF_WORDS else list(STUDY.spaces[space]["models"])


def shown_members(space):
    """The models of a space as figures show them: in the order in which the config names them."""
    return sorted(members_of(space), key=list(STUDY.models).index) if space in STUDY.spaces else members_of(space)


def reduction_of(space, reduction):
    """Method, components, seeds and parameters of a reduction, and how a space's members are made comparable."""
    if space == contracts.BAG_OF_WORDS:
        return products.word_reduction(STUDY, reduction)
    prepared = {key: STUDY.spaces[space][key] for key in ("centre", "scale")}
    return {**studies.reduction_identity(STUDY, reduction), **prepared}


def refitted_members(wildcards):
    """The models whose hidden states a component graph is made from: none where one basis serves all labels."""
    return members_of(wildcards.space) if studies.basis_identity(STUDY, wildcards.reduction) else []


def refit_of(wildcards):
    """The reduction that is fitted to every label anew; nothing where one basis serves all labels."""
    return reduction_of(wildcards.space, wildcards.reduction) if refitted_members(wildcards) else {}


def clustered_members(wildcards):
    """The models whose hidden states are divided into regions: none where their plane is."""
    return members_of(wildcards.space) if wildcards.bins == "kmeans" else []


def clustered_as(wildcards):
    """The reduction that says how hidden states are read that are divided into regions; nothing where their plane is."""
    return reduction_of(wildcards.space, wildcards.reduction) if clustered_members(wildcards) else {}


def workflow_versions():
    """Versions of what runs the workflow: the environment of a job may be without it."""
    return release.workflow_versions(Path(workflow.basedir), os.environ)


def probed_with(space):
    """Every reduction as `reduction_of` describes it: what a space is probed by."""
    return {reduction: reduction_of(space, reduction) for reduction in STUDY.reductions}


def probed_as_they_are():
    """The reductions that are not fitted anew on every training part."""
    as_they_are = STUDY.probing["fit"] == "all"
    return [name for name, each in STUDY.reductions.items() if as_they_are or each["method"] == "umap"]


def probed_cells():
    """Reduction, bins and size of the cells that are probed as they are."""
    planes = [name for name in probed_as_they_are() if STUDY.reductions[name]["components"] == 2]
    return [(reduction, *grid) for reduction in planes for grid in STUDY.grids]


def permuting():
    """How labels are permuted: numbers and seed of the permutations, and where costly metrics start."""
    numbers = ("permutations", "permutations_headline", "permutations_costly", "seed")
    given = {key: STUDY.statistics[key] for key in numbers}
    # Without costly metrics another number of sources changes nothing.
    return given | ({"sources": STUDY.metrics["sources"]} if given["permutations_costly"] else {})


def sampling():
    """How documents are sampled: how often, and by which seed."""
    return {key: STUDY.statistics[key] for key in ("subsamples", "seed")}


def splitting():
    """What decides the splits."""
    return {key: STUDY.probing[key] for key in ("n_splits", "test_size", "seed")}


def tracing(*keys):
    """What decides one step of the tracing of neurons, of the keys of the config."""
    decided = studies.neurons_identity(STUDY)
    return {key: decided[key] for key in keys} if decided else {}


def proposing_weights():
    """A fingerprint of the masked language model that proposes substitutes; None where none is named."""
    augment = studies.neurons_identity(STUDY).get("augment")
    return (
        checkpoints.fingerprint(checkpoints.locate(augment["model"], root=Path()))
        if isinstance(augment, dict)
        else None
    )


def known_layers(model):
    """Blocks of a model; None where nothing tells them, as of one of the hub that was not fetched."""
    network = network_of(model)
    return None if network is resources.UNKNOWN else network.layers
