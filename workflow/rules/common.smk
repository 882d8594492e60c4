"""The study, and what rules ask of it: names, files, resources. Functions only."""

import hashlib
import os
import sys

sys.path.insert(0, f"{workflow.basedir}/scripts")

from pathlib import Path

from snakemake.exceptions import WorkflowError

from nrag import checkpoints, contracts, dataset_files, studies
from nrag.studies import products, recording, release, resources

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
TESTED_RUNS = products.tested_runs(STUDY)
JUDGED = products.judged(STUDY)
REMEMBERED_RUNS = products.remembered_runs(STUDY)
WORD_RUNS = products.word_runs(STUDY)
TESTED_CONDITIONS = products.tested_conditions(STUDY)
VARIED = products.varied_places(STUDY)
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
STABILITY_FIGURE = f"{FIGURES}/stability--{{corpus}}--{{comparison}}"
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
    view="maps|map-(?:[0-9]+|last)",


def code(script):
    """Digest of a script and of the library it uses: what a rule's products depend on."""
    return studies.code_digest(LIBRARY / script, LIBRARY / "nrag")


def digest(file):
    """Digest of a file of the checkout that no script imports, such as a template."""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]


# ---------------------------------------------------------------------------- what names mean


def corpus_source(wildcards):
    """The files a corpus is read from; none for packages and datasets of the hub."""
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


def source_size(wildcards, input):
    """Size of what a corpus is read from: its files, or those of a dataset in the cache of the hub."""
    if wildcards.corpus in HUB_CORPORA:
        return {"source": dataset_files.fetched(Path(input.fetched)).megabytes}
    return sizes("read_corpus", input)


def memory(rule, input):
    """MB that a rule which reads tables asks for."""
    return resources.memory(rule, sizes(rule, input))


def minutes(rule, input):
    """Minutes that a rule which reads tables asks for."""
    return resources.minutes(rule, sizes(rule, input))


def reading_memory(wildcards, input):
    """MB that the reading of a corpus asks for."""
    return resources.memory("read_corpus", source_size(wildcards, input))


def reading_minutes(wildcards, input):
    """Minutes that the reading of a corpus asks for."""
    return resources.minutes("read_corpus", source_size(wildcards, input))


def measuring_minutes(input):
    """Minutes that the metrics of a graph ask for."""
    return resources.measuring_minutes(sizes("measure_graph", input), sources=STUDY.metrics["sources"])


def testing_work(corpus):
    """How many permutations the tests of a corpus take: of every statistic, of the headline, of costly metrics."""
    compared = len(products.tested_comparisons(STUDY, corpus))
    kinds = ("permutations", "permutations_headline", "permutations_costly")
    return {key: compared * STUDY.statistics[key] for key in kinds}


def testing_minutes(wildcards, input):
    """Minutes that the tests of a run ask for."""
    return resources.testing_minutes(sizes("permute_labels", input), **testing_work(wildcards.corpus))


def shuffling_minutes(wildcards, input):
    """Minutes that the path memories of a run ask for."""
    named = products.comparisons(STUDY)[wildcards.corpus].values()
    labellings = len({compared["labelling"] for compared in named if compared["labelling"]})
    return resources.shuffling_minutes(
        sizes("measure_path_memory", input), shuffles=STUDY.statistics["permutations"], labellings=labellings
    )


def sampling_minutes(wildcards, input):
    """Minutes that the samples of the runs of a condition ask for."""
    compared = len(products.tested_comparisons(STUDY, wildcards.corpus))
    subsamples = compared * STUDY.statistics["subsamples"]
    return resources.sampling_minutes(sizes("sample_documents", input), subsamples=subsamples)


def network_of(model):
    """Parameters, depth and width of a model; those of an assumed one while nothing is known of it."""
    if model == contracts.BAG_OF_WORDS:
        return resources.WORDS
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
    stored = min(len(STUDY.models[model]["store"]) if model in STUDY.models else 1 for model in members)
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


def binning_memory(wildcards, input):
    """MB that the division into regions asks for."""
    if not clustered_members(wildcards):
        return memory("bin_regions", input)
    states, _ = states_of(wildcards, input)
    return resources.clustering_memory(coordinates=megabytes(input.coordinates), layer=states["layer"])


def binning_minutes(wildcards, input):
    """Minutes that the division into regions asks for."""
    if not clustered_members(wildcards):
        return minutes("bin_regions", input)
    states, layers = states_of(wildcards, input)
    seeds = len(STUDY.reductions[wildcards.reduction]["seeds"])
    return resources.clustering_minutes(**states, hidden_states=layers, seeds=seeds, size=int(wildcards.size))


def correlation_memory(wildcards, input):
    """MB that the correlations of a component graph ask for."""
    refit = reduction_memory(wildcards, input, 1) if refitted_members(wildcards) else 0
    components = STUDY.reductions[wildcards.reduction]["components"]
    return resources.correlation_memory(coordinates=megabytes(input.coordinates), components=components, refit=refit)


def correlation_minutes(wildcards, input):
    """Minutes that the correlations of a component graph ask for."""
    labellings = len(studies.labellings(STUDY.corpora[wildcards.corpus]))
    refit = labellings * reduction_minutes(wildcards, input, 1) if refitted_members(wildcards) else 0
    return resources.correlation_minutes(
        coordinates=megabytes(input.coordinates),
        components=STUDY.reductions[wildcards.reduction]["components"],
        permutations=STUDY.correlations["permutations"],
        labellings=labellings,
        refit=refit,
    )


def faithfulness_memory(wildcards, input):
    """MB that the faithfulness of a space's regions asks for."""
    states, _ = states_of(wildcards, input)
    layer = states["layer"] / len(members_of(wildcards.space))
    return resources.faithfulness_memory(cells=megabytes(input.cells), layer=layer)


def faithfulness_minutes(wildcards, input):
    """Minutes that the faithfulness of a space's regions asks for."""
    states, layers = states_of(wildcards, input)
    members = len(members_of(wildcards.space))
    planes = sum(len(STUDY.reductions[reduction]["seeds"]) for reduction, _, _ in products.planes(STUDY))
    return resources.faithfulness_minutes(
        layer=states["layer"] / members, width=states["width"], hidden_states=layers * members, planes=planes
    )


def probing_work(space):
    """What a space is probed by."""
    planes = sum(len(reduction["seeds"]) for reduction in STUDY.reductions.values())
    refitted = STUDY.reductions.keys() - set(probed_as_they_are())
    clustered = sum(STUDY.reductions[name]["components"] == 2 for name in refitted)
    return resources.ProbingWork(
        planes,
        len(STUDY.grids),
        STUDY.probing["n_splits"],
        len(members_of(space)),
        clusters=clustered * sum(size**2 for bins, size in STUDY.grids if bins == "kmeans"),
    )


def probing_memory(wildcards, input):
    """MB that the probes of a space ask for."""
    states, layers = states_of(wildcards, input)
    return resources.probing_memory(probing_work(wildcards.space), **states, hidden_states=layers)


def probing_minutes(wildcards, input):
    """Minutes that the probes of a space ask for."""
    states, layers = states_of(wildcards, input)
    return resources.probing_minutes(probing_work(wildcards.space), **states, hidden_states=layers)


# -------------------------------------------------------------------------------------- files


def coordinate_files():
    """Every file of coordinates."""
    return [f"results/coordinates/{embedding.folder}.h5" for embedding in EMBEDDINGS]


def one_of_each_reduction():
    """A file of coordinates of every reduction, in the config's order: all say alike how it was made."""
    first = {}
    for embedding, file in zip(EMBEDDINGS, coordinate_files()):
        first.setdefault(embedding.reduction, file)
    return [first[reduction] for reduction in STUDY.reductions]


def nrag_files(*names):
    """The named files of every run."""
    return [f"results/nrags/{run.folder}/{name}" for run in RUNS for name in names]


def component_files(*names):
    """The named files of every component graph."""
    return [f"results/nrags/{embedding.folder}/{name}" for embedding in COMPONENT_GRAPHS for name in names]


def component_table():
    """The study's table of the metrics of component graphs; none where it has no such graphs."""
    return [f"results/studies/{STUDY.name}/tables/component-metrics.tsv"] if COMPONENT_GRAPHS else []


def runs_like(wildcards):
    """The runs of every space under one corpus, pooling, reduction and grid."""
    place = (wildcards.corpus, wildcards.pooling, wildcards.reduction, wildcards.bins, int(wildcards.size))
    return [run for run in RUNS if tuple(run[1:]) == place]


def variants_like(wildcards):
    """The variants of the spaces of `runs_like`; none where the comparison is not tested."""
    tested = wildcards.comparison in products.tested_comparisons(STUDY, wildcards.corpus)
    return [f"{STABILITY}/{run.space}--{run.corpus}.parquet" for run in runs_like(wildcards)] if tested else []


def place_of(wildcards):
    """Pooling, reduction and grid."""
    return {name: getattr(wildcards, name) for name in ("pooling", "reduction", "bins")} | {"size": int(wildcards.size)}


def region_scores(wildcards):
    """How stable the regions and edges of a space are; nothing where figures do not show it."""
    scored = STUDY.figures["stability"] and {"space": wildcards.space, "corpus": wildcards.corpus} in VARIED
    return f"{STABILITY}/{wildcards.space}--{wildcards.corpus}--regions.parquet" if scored else []


def described_figures():
    """Every figure of the study: its name and what it shows."""
    return products.figures(STUDY)


def drawn_edges():
    """What an edge of an NRAG must have to be drawn; None for all."""
    edges = STUDY.figures["edges"]
    return None if edges == "all" else edges


def large_map(view):
    """The layer that a figure of region maps draws large, and what is in its cells; None for the strip of all."""
    return products.large_maps(STUDY).get(view)


def described_runs():
    """Every run and component graph with its files, for the start page."""
    exported = ("nodes.tsv", "edges.tsv", "nrag.graphml")
    named = [
        (run, {}, (*exported, "node-metrics.tsv", "cells.parquet", "edges.parquet", "metrics.parquet")) for run in RUNS
    ]
    for graph in COMPONENT_GRAPHS:
        components = {"components": STUDY.reductions[graph.reduction]["components"]}
        named.append((graph, components, (*exported, "components.parquet", "metrics.parquet")))
    return [
        {
            **run._asdict(),
            **components,
            "models": members_of(run.space),
            "files": [f"results/nrags/{run.folder}/{name}" for name in names],
        }
        for run, components, names in named
    ]


def figure_files():
    """Every figure in every format, and its table."""
    suffixes = [*STUDY.figures["formats"], "tsv"]
    return [f"{FIGURES}/{figure['name']}.{suffix}" for figure in described_figures() for suffix in suffixes]


def probe_file(probing):
    """The file of a probing."""
    return f"{PROBES}/{'--'.join(probing)}.parquet"


def text_probes(probing):
    """The file of what the texts alone tell in the splits of a probing."""
    return f"{PROBES}/texts--{probing.corpus}--{probing.comparison}.parquet"


def run_tests(run):
    """The file of the tests of a run."""
    return f"{TESTS}/{run.stem}.parquet"


def test_files():
    """The tests of every run, and those of words."""
    return [run_tests(run) for run in [*TESTED_RUNS, *WORD_RUNS]]


def word_files():
    """Vectors, coordinates and cells of words."""
    vectors = [f"results/activations/{run.space}/{run.corpus}.h5" for run in WORD_RUNS]
    coordinates = [f"results/coordinates/{run.embedding.folder}.h5" for run in WORD_RUNS]
    return dict.fromkeys([*vectors, *coordinates, *(f"results/nrags/{run.folder}/cells.parquet" for run in WORD_RUNS)])


def word_tests(wildcards):
    """The tests of words under the reduction and grid of a figure; none where words are not tested."""
    place = (wildcards.corpus, wildcards.reduction, wildcards.bins, int(wildcards.size))
    return [run_tests(run) for run in WORD_RUNS if (run.corpus, run.reduction, run.bins, run.size) == place]


def test_table():
    """The table of all tests; nothing where nothing is tested."""
    return f"results/studies/{STUDY.name}/tables/tests.tsv" if TESTED_RUNS else []


def varied_runs(wildcards):
    """The runs of a space and corpus, which are variants of each other."""
    return [run for run in TESTED_RUNS if (run.space, run.corpus) == (wildcards.space, wildcards.corpus)]


def varied_comparisons(corpus):
    """Labelling and labels of every comparison that is tested, by name."""
    tested = products.tested_comparisons(STUDY, corpus)
    return {name: {key: each[key] for key in ("labelling", "labels")} for name, each in tested.items()}


def variant_files(corpus=None):
    """The statistics of every space and corpus, or of every space and one corpus, under variants."""
    return [
        f"{STABILITY}/{place['space']}--{place['corpus']}.parquet"
        for place in VARIED
        if corpus in (None, place["corpus"])
    ]


def stability_table():
    """The table of what holds under variants; nothing where nothing is tested."""
    return f"results/studies/{STUDY.name}/tables/stability.tsv" if VARIED else []


def faithfulness_files():
    """The faithfulness of all regions of each space."""
    return [f"{FAITHFULNESS}/{'--'.join(place)}.parquet" for place in JUDGED]


def faithfulness_table():
    """The table of how faithful regions are; nothing without statistics or regions."""
    return f"results/studies/{STUDY.name}/tables/faithfulness.tsv" if JUDGED else []


def path_memory_files():
    """The path memories of every run."""
    return [f"{PATH_MEMORY}/{run.stem}.parquet" for run in REMEMBERED_RUNS]


def path_memory_table():
    """The table of all path memories; nothing without statistics or regions."""
    return f"results/studies/{STUDY.name}/tables/path-memory.tsv" if REMEMBERED_RUNS else []


def typeset_tests():
    """The headline tests as a table of LaTeX; nothing where nothing is tested."""
    return f"results/studies/{STUDY.name}/tables/tests.tex" if TESTED_RUNS else []


def sample_files(kind):
    """The files of one kind of samples: intervals, contrasts or rarefaction."""
    return [
        f"{SAMPLES}/{corpus}--{pooling}--{reduction}--{bins}-{size}--{kind}.parquet"
        for corpus, pooling, reduction, bins, size in TESTED_CONDITIONS
    ]


def contrast_table():
    """What training added to the separations; none where nothing is tested."""
    return [table for table in sample_tables() if Path(table).name == "contrasts.tsv"]


def sample_tables():
    """The tables of samples of documents; none where nothing is tested."""
    kinds = ("intervals", "contrasts", "rarefaction") if TESTED_CONDITIONS else ()
    return [f"results/studies/{STUDY.name}/tables/{kind}.tsv" for kind in kinds]


def statistics_tables():
    """What the statistics of the study come to; nothing where they are turned off."""
    tables = [test_table(), typeset_tests(), stability_table(), faithfulness_table(), path_memory_table()]
    return [*filter(None, tables), *sample_tables()]


def linked_files():
    """What the start page links and does not show."""
    tables = [typeset_tests(), stability_table(), faithfulness_table(), path_memory_table()]
    return [f"results/studies/{STUDY.name}/methods.md", *filter(None, tables), *sample_tables()]


def probing_table():
    """The table of all probes; none where nothing is probed."""
    return f"results/studies/{STUDY.name}/tables/probing.tsv" if PROBINGS else []
