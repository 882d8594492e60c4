"""What can be asked for by name: `snakemake TARGET --cores N`."""


rule all:
    default_target: True
    """Everything of the study: tables, figures, exports and the start page."""
    input:
        f"results/studies/{STUDY.name}/index.html",
        nrag_files("nodes.tsv", "edges.tsv", "nrag.graphml"),
    localrule: True


rule check:
    log:
        f"results/logs/check/{STUDY.name}.log",
    localrule: True
    conda:
        "../../envs/analysis.yaml"
    """Check config, corpora and models, and print what will run and how much disk it takes."""
    params:
        plan=plan,
    script:
        "../../scripts/print_plan.py"


rule activations:
    """Every model's pooled hidden states of every corpus."""
    input:
        expand("results/activations/{model}/{corpus}.h5", model=STUDY.models, corpus=STUDY.corpora),
    localrule: True


rule coordinates:
    """Every layer reduced, in every way of the config."""
    input:
        coordinate_files(),
    localrule: True


rule nrags:
    """Cells, edges and exports of every graph."""
    input:
        nrag_files("cells.parquet", "edges.parquet", "nodes.tsv", "edges.tsv", "nrag.graphml"),
    localrule: True


rule metrics:
    """Metrics of every graph and the study's table of them."""
    input:
        f"results/studies/{STUDY.name}/tables/metrics.tsv",
    localrule: True


rule figures:
    """Every figure of the study, each with the table it draws."""
    input:
        figure_files(),
    localrule: True
