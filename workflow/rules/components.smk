"""Coordinates that are no plane to component graphs: which components of neighbouring layers go together."""


rule correlate_components:
    """Correlate every two components of neighbouring layers, over all documents and over those of every label."""
    input:
        coordinates="results/coordinates/{space}/{corpus}/{pooling}/{reduction}.h5",
        corpus="results/corpora/{corpus}/corpus.parquet",
        activations=lambda wildcards: [
            f"results/activations/{model}/{wildcards.corpus}.h5" for model in refitted_members(wildcards)
        ],
    output:
        components="results/nrags/{space}/{corpus}/{pooling}/{reduction}/components.parquet",
    log:
        "results/logs/correlate_components/{space}--{corpus}--{pooling}--{reduction}.log",
    benchmark:
        "results/benchmarks/correlate_components/{space}--{corpus}--{pooling}--{reduction}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * correlation_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * correlation_minutes(wildcards, input),
    params:
        permutations=STUDY.correlations["permutations"],
        seed=STUDY.seed,
        models=lambda wildcards: refitted_members(wildcards),
        refit=lambda wildcards: refit_of(wildcards),
        code=code("correlate_components.py"),
    script:
        "../../scripts/correlate_components.py"


rule export_components:
    """Write the component graph for other programs: tables of nodes and edges, and GraphML."""
    input:
        components="results/nrags/{space}/{corpus}/{pooling}/{reduction}/components.parquet",
    output:
        nodes="results/nrags/{space}/{corpus}/{pooling}/{reduction}/nodes.tsv",
        edges="results/nrags/{space}/{corpus}/{pooling}/{reduction}/edges.tsv",
        graphml="results/nrags/{space}/{corpus}/{pooling}/{reduction}/nrag.graphml",
    log:
        "results/logs/export_components/{space}--{corpus}--{pooling}--{reduction}.log",
    benchmark:
        "results/benchmarks/export_components/{space}--{corpus}--{pooling}--{reduction}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("export_components", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("export_components", input),
    params:
        threshold=STUDY.correlations["threshold"],
        code=code("export_components.py"),
    script:
        "../../scripts/export_components.py"


rule measure_components:
    """Compute every metric of every label's component graph, of its layers and of its components."""
    input:
        components="results/nrags/{space}/{corpus}/{pooling}/{reduction}/components.parquet",
    output:
        metrics="results/nrags/{space}/{corpus}/{pooling}/{reduction}/metrics.parquet",
    log:
        "results/logs/measure_components/{space}--{corpus}--{pooling}--{reduction}.log",
    benchmark:
        "results/benchmarks/measure_components/{space}--{corpus}--{pooling}--{reduction}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("measure_components", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("measure_components", input),
    params:
        threshold=STUDY.correlations["threshold"],
        code=code("measure_components.py"),
    script:
        "../../scripts/measure_components.py"


rule draw_components:
    """Draw the component graphs of a comparison: a panel for all documents and one a label, the same positions in each."""
    input:
        components="results/nrags/{space}/{corpus}/{pooling}/{reduction}/components.parquet",
        corpus="results/corpora/{corpus}/corpus.parquet",
    output:
        shown=report(
            expand(f"{COMPONENTS_FIGURE}.{{suffix}}", suffix=SHOWN_FORMATS, allow_missing=True),
            category="{corpus}",
            subcategory="{comparison}",
            labels={"figure": "components", "model": "{space}", "pooling": "{pooling}", "reduction": "{reduction}"},
            caption="../report/components.rst",
        ),
        printed=expand(f"{COMPONENTS_FIGURE}.{{suffix}}", suffix=OTHER_FORMATS, allow_missing=True),
        table=f"{COMPONENTS_FIGURE}.tsv",
    log:
        f"results/logs/draw_components/{STUDY.name}/{{space}}--{COMPONENTS_CONDITION}.log",
    benchmark:
        f"results/benchmarks/draw_components/{STUDY.name}/{{space}}--{COMPONENTS_CONDITION}.jsonl"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("draw_components", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("draw_components", input),
    params:
        models=lambda wildcards: shown_members(wildcards.space),
        comparison=lambda wildcards: comparison_of(wildcards.corpus, wildcards.comparison),
        min_documents=lambda wildcards: min_documents(wildcards.corpus),
        threshold=STUDY.correlations["threshold"],
        width=STUDY.figures["width"],
        code=code("draw_components.py"),
    script:
        "../../scripts/draw_components.py"


rule collect_component_metrics:
    """Gather the graph metrics of every component graph of the study in one table."""
    input:
        metrics=component_files("metrics.parquet"),
    output:
        table=f"results/studies/{STUDY.name}/tables/component-metrics.tsv",
    log:
        f"results/logs/collect_component_metrics/{STUDY.name}.log",
    benchmark:
        f"results/benchmarks/collect_component_metrics/{STUDY.name}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("collect_component_metrics", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("collect_component_metrics", input),
    params:
        reduced=[embedding._asdict() for embedding in COMPONENT_GRAPHS],
        code=code("collect_component_metrics.py"),
    script:
        "../../scripts/collect_component_metrics.py"
