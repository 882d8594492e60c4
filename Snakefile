"""nrag: what a language model's layers do with labelled texts, as Neural Region Activation Graphs.

corpus -> activations -> coordinates -> cells -> NRAG -> metrics -> figures, tables, page
"""

from snakemake.utils import min_version

min_version("9.25")

# Only without --configfile: Snakemake would merge the default's models into any other study.
if not workflow.config_settings.configfiles:

    configfile: f"{workflow.basedir}/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/needs.smk"
include: "workflow/rules/training_needs.smk"
include: "workflow/rules/files.smk"
include: "workflow/rules/checks.smk"
include: "workflow/rules/mazes.smk"
include: "workflow/rules/maze_probes.smk"
include: "workflow/rules/corpora.smk"
include: "workflow/rules/extraction.smk"
include: "workflow/rules/reduction.smk"
include: "workflow/rules/regions.smk"
include: "workflow/rules/graphs.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/components.smk"
include: "workflow/rules/probing.smk"
include: "workflow/rules/statistics.smk"
include: "workflow/rules/stability.smk"
include: "workflow/rules/faithfulness.smk"
include: "workflow/rules/path_memory.smk"
include: "workflow/rules/samples.smk"
include: "workflow/rules/neurons.smk"
include: "workflow/rules/drift.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/figures.smk"


# What can be asked for by name, `snakemake TARGET --cores N`; the first is what runs without a name.
localrules:
    all,
    check,
    fetch,
    activations,
    coordinates,
    nrags,
    metrics,
    probing,
    statistics,
    figures,
    neurons,
    search,
    mazes,


rule all:
    """Everything of the study: tables, figures, exports and the start page."""
    input:
        f"results/studies/{STUDY.name}/index.html",
        f"results/studies/{STUDY.name}/methods.md",
        statistics_tables(),
        nrag_files("nodes.tsv", "edges.tsv", "nrag.graphml"),
        component_files("nodes.tsv", "edges.tsv", "nrag.graphml"),
        lambda wildcards: neuron_files(),
        maze_files(),


rule check:
    """Check config, corpora and models, and print what exists and how much disk it takes."""
    input:
        corpora=lambda wildcards: source_files(),
    log:
        f"results/logs/check/{STUDY.name}.log",
    conda:
        "envs/analysis.yaml"
    params:
        plan=lambda wildcards: described_plan(),
    script:
        "scripts/print_plan.py"


rule fetch:
    """Get the study's models and datasets of the hub onto this machine, at the commits that are recorded."""
    input:
        models=lambda wildcards: fetched_models(),
        datasets=lambda wildcards: fetched_datasets(),
    log:
        f"results/logs/fetch/{STUDY.name}.log",
    conda:
        "envs/model.yaml"
    script:
        "scripts/restore_fetched.py"


rule activations:
    """Every model's pooled hidden states of every corpus."""
    input:
        expand("results/activations/{model}/{corpus}.h5", model=STUDY.models, corpus=STUDY.corpora),


rule coordinates:
    """Every layer reduced, in every way of the config."""
    input:
        coordinate_files(),


rule nrags:
    """Cells, edges and exports of every graph."""
    input:
        nrag_files("cells.parquet", "edges.parquet", "nodes.tsv", "edges.tsv", "nrag.graphml"),
        component_files("components.parquet", "nodes.tsv", "edges.tsv", "nrag.graphml"),


rule metrics:
    """Metrics of every graph and the study's tables of them."""
    input:
        f"results/studies/{STUDY.name}/tables/metrics.tsv",
        component_table(),


rule probing:
    """How well labels are told from every layer, and the study's table of it."""
    input:
        probing_table(),


rule statistics:
    """Whether labels lie apart more than permuted ones, how sure that is, and the study's tables of it."""
    input:
        statistics_tables(),


rule figures:
    """Every figure of the study, each with the table it draws."""
    input:
        figure_files(),
        maze_figure_files(),


rule neurons:
    """The graphs, scores, links and pages of every traced neuron, and the study's tables of them."""
    input:
        lambda wildcards: neuron_files(),


rule mazes:
    """Every stage of training of the study's sets of mazes, the answers of its checkpoints, and what they come to."""
    input:
        maze_files(),
        stage_folders(),


rule search:
    """Print the traced neurons that a question finds, such as --config query='activating:" apple"'."""
    input:
        tokens=lambda wildcards: traced_files("tokens.parquet"),
        scores=lambda wildcards: searched_scores(),
    log:
        f"results/logs/search/{STUDY.name}.log",
    conda:
        "envs/analysis.yaml"
    params:
        traced=TRACED,
        # As a function: braces of a plain text would be read as wildcards.
        query=lambda wildcards: config.get("query") or "",
    script:
        "scripts/search_neurons.py"


# Several GPU jobs of one machine wait for each other; those of a cluster do not.
resource_scopes:
    gpu="local",


onstart:
    refuse_unsearchable()
    warn_of_wide_groups()
    refuse_wrong_cluster()
    if not only_reads():
        claim_results()
    if set(workflow.dag_settings.targets) == {"fetch"}:
        refuse_unfetchable()
    else:
        refuse_wrong_data()
    if not only_reads():
        record_study()
    tell_remarks()


onsuccess:
    tell_where_to_begin()
