"""The files of the study, stage by stage. Functions only."""


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
    return products.figures(STUDY) + drift.figures(STUDY)


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
    linked = products.linked_runs(STUDY)
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
            "files": [
                *(f"results/nrags/{run.folder}/{name}" for name in names),
                *([region_links_of(run)] if run in linked else []),
            ],
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
    return [run_tests(run) for run in [*LABELLED_RUNS, *WORD_RUNS]]


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
    """The table of all tests; nothing without statistics, or where no corpus has labels."""
    return f"results/studies/{STUDY.name}/tables/tests.tsv" if LABELLED_RUNS else []


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
    """The headline tests as a table of LaTeX; nothing where there is no table of tests."""
    return f"results/studies/{STUDY.name}/tables/tests.tex" if LABELLED_RUNS else []


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


def own_cells(wildcards):
    """The cells of every model of a space in the space of its own."""
    run = f"{wildcards.corpus}/{wildcards.pooling}/{wildcards.reduction}/{wildcards.bins}-{wildcards.size}"
    return [f"results/nrags/{model}/{run}/cells.parquet" for model in members_of(wildcards.space)]


def labels_beside_drift(wildcards):
    """The labels beside the drift of a space, where they differ from model to model; nothing where they do not."""
    labelling = drift.labelling_beside(STUDY, wildcards.space, wildcards.corpus)
    differing = studies.labellings_by_model(STUDY.corpora[wildcards.corpus])
    return f"results/corpora/{wildcards.corpus}/labels-{labelling}.parquet" if labelling in differing else []


def drift_files():
    """How far the checkpoints of every run have come apart, and their hidden states."""
    states = [f"{DRIFT}/{'--'.join(place)}.parquet" for place in COMPARED_STATES]
    return [*states, *(f"{DRIFT}/{run.stem}.parquet" for run in DRIFTING_RUNS)]


def drift_table():
    """The table of all drift; nothing where no shared space is compared as checkpoints."""
    return f"results/studies/{STUDY.name}/tables/drift.tsv" if DRIFTING_RUNS else []


def statistics_tables():
    """What the statistics of the study come to; nothing where they are turned off."""
    tables = [test_table(), typeset_tests(), stability_table(), faithfulness_table(), path_memory_table()]
    tables += [drift_table()]
    return [*filter(None, tables), *sample_tables()]


def linked_files():
    """What the start page links and does not show."""
    tables = [typeset_tests(), stability_table(), faithfulness_table(), path_memory_table()]
    others = [across_table(), changed_table(), drift_table()]
    return [
        f"results/studies/{STUDY.name}/methods.md",
        *filter(None, [*tables, *others]),
        *sample_tables(),
        *maze_tables()[1:],
    ]


def probing_table():
    """The table of all probes; none where nothing is probed."""
    return f"results/studies/{STUDY.name}/tables/probing.tsv" if PROBINGS else []


# ------------------------------------------------------------------------------------- neurons


def traced_files(name):
    """The file of one name of every model and corpus whose neurons are traced."""
    return [f"results/neurons/{model}/{corpus}/{name}" for model, corpus in TRACED]


def traced_blocks(model):
    """The blocks of a model whose neurons are traced."""
    asked = STUDY.neurons["blocks"]
    if asked != "all":
        return asked
    if model not in products.models_here(STUDY):
        # Of a model that is gone, what was made of it stands.
        made = Path("results/neurons", model).glob("*/block-*")
        return sorted({int(folder.name.removeprefix("block-")) for folder in made})
    layers = known_layers(model)
    if layers is None:
        raise WorkflowError(
            f"how many blocks model '{model}' has is not known before it is fetched: run "
            f"`{as_typed(checkpoints.FETCH)}` first, or list them, neurons: {{blocks: [0, 1]}}"
        )
    return list(range(layers))


def block_files(wildcards, name):
    """The file of one name of every traced block of a model and corpus."""
    folder = f"results/neurons/{wildcards.model}/{wildcards.corpus}"
    return [f"{folder}/block-{block}/{name}" for block in traced_blocks(wildcards.model)]


def example_files(models, corpus):
    """The examples of some models in a corpus."""
    return [f"results/neurons/{model}/{corpus}/examples.h5" for model in models]


def traced_members(wildcards):
    """The models of a space whose neurons are traced in a corpus."""
    return [model for model in members_of(wildcards.space) if (model, wildcards.corpus) in TRACED]


def traced_controls(models, corpus):
    """The untrained controls of some models whose neurons are traced in a corpus, each once."""
    own = (control for model in models for control in products.controls(STUDY).get(model, []))
    return list(dict.fromkeys(control for control in own if (control, corpus) in TRACED))


def region_links(model, corpus):
    """The neurons of regions, of every run of a corpus whose space has a model."""
    linked = products.linked_runs(STUDY)
    return [region_links_of(run) for run in linked if run.corpus == corpus and model in members_of(run.space)]


def region_links_of(run):
    """The neurons of the regions of a run."""
    return f"results/studies/{STUDY.name}/neurons/{run.folder}/region_neurons.tsv"


def label_links(model, corpus):
    """The neurons of the labels of a corpus; nothing where it has none."""
    labelled = studies.labellings_of_documents(STUDY.corpora[corpus])
    return f"results/studies/{STUDY.name}/neurons/{model}/{corpus}/label_neurons.tsv" if labelled else []


def labelled_pairs():
    """Every model and corpus with labels whose neurons are traced."""
    return [(model, corpus) for model, corpus in TRACED if studies.labellings_of_documents(STUDY.corpora[corpus])]


def link_files():
    """The neurons of regions and labels, of every run and of every model that is traced."""
    regions = [file for pair in TRACED for file in region_links(*pair)]
    labels = [label_links(*pair) for pair in labelled_pairs()]
    return [*dict.fromkeys(regions), *labels]


def followed_files(name):
    """The file of one name of every model and corpus whose neurons are followed to another model."""
    return [f"results/neurons/{model}/{corpus}/{name}" for model, corpus in FOLLOWED]


def followed_scores():
    """The scores of all blocks of every model and corpus whose neurons are followed, in their order."""
    return [
        f"results/neurons/{model}/{corpus}/block-{block}/scores.tsv"
        for model, corpus in FOLLOWED
        for block in traced_blocks(model)
    ]


def changed_table():
    """The table of what became of neurons; nothing where no shared space has two models that are traced."""
    return f"results/studies/{STUDY.name}/tables/changed_neurons.tsv" if FOLLOWED else []


def across_table():
    """The table of like neurons of different models; nothing where one model is traced."""
    several = len({model for model, _ in TRACED}) > 1
    return f"results/studies/{STUDY.name}/tables/similar_neurons.tsv" if several else []


def neuron_table():
    """The table of the scores of all traced blocks; nothing where none are traced."""
    return f"results/studies/{STUDY.name}/tables/neurons.tsv" if TRACED else []


def searched_scores():
    """The scores of every traced block."""
    return [f"results/neurons/{model}/{corpus}/block-{block}/scores.tsv" for model, corpus, block in every_block()]


def neuron_files():
    """All that is made of neurons."""
    names = ("patterns.parquet", "graphs.jsonl", "scores.tsv", "failures.tsv", "graphs")
    blocks = [
        f"results/neurons/{model}/{corpus}/block-{block}/{name}"
        for model, corpus, block in every_block()
        for name in names
    ]
    gathered = traced_files("tokens.parquet") + traced_files("similar.tsv")
    tables = filter(None, [neuron_table(), across_table(), changed_table()])
    return [*blocks, *gathered, *tables, *link_files(), *neuron_pages()]


def every_block():
    """Every traced block: model, corpus and number."""
    return [(model, corpus, block) for model, corpus in TRACED for block in traced_blocks(model)]


def planned_blocks():
    """The patterns of every traced block of the models whose blocks are known."""
    known = [pair for pair in TRACED if STUDY.neurons["blocks"] != "all" or known_layers(pair[0]) is not None]
    return [
        f"results/neurons/{model}/{corpus}/block-{block}/patterns.parquet"
        for model, corpus in known
        for block in traced_blocks(model)
    ]


def pages_beside(model, corpus):
    """Model and block of the pages that one of a block links: of its own model, its controls, those in its spaces."""
    groups = [{trained, *twins} for trained, twins in products.controls(STUDY).items()]
    groups += [set(members_of(space)) for space in STUDY.spaces]
    kin = {model}.union(*(group for group in groups if model in group))
    return [(name, block) for name, place, block in every_block() if place == corpus and name in kin]


def neuron_pages():
    """The page of every traced block."""
    folder = f"results/studies/{STUDY.name}/neurons"
    return [f"{folder}/{model}--{corpus}--block-{block}.html" for model, corpus, block in every_block()]
