"""Cells to graphs: how many documents of each label go from region to region."""


rule build_graph:
    """Count the documents of every label on every edge between regions of neighbouring layers."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        corpus="results/corpora/{corpus}/corpus.parquet",
        labels=lambda wildcards: model_labels(wildcards.corpus),
    output:
        edges="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/edges.parquet",
    log:
        "results/logs/build_graph/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.log",
    benchmark:
        "results/benchmarks/build_graph/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("build_graph", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("build_graph", input),
    params:
        named=lambda wildcards: named_in_labels(wildcards.space, wildcards.corpus),
        code=code("build_graph.py"),
    script:
        "../../scripts/build_graph.py"


rule export_graph:
    """Write the graph for other programs: tables of nodes and edges, and GraphML."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        edges="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/edges.parquet",
    output:
        nodes="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/nodes.tsv",
        edges="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/edges.tsv",
        graphml="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/nrag.graphml",
    log:
        "results/logs/export_graph/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.log",
    benchmark:
        "results/benchmarks/export_graph/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("export_graph", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("export_graph", input),
    params:
        code=code("export_graph.py"),
    script:
        "../../scripts/export_graph.py"
