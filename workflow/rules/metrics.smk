"""Graphs to numbers."""


rule measure_graph:
    """Compute every metric of every label's graph, of its layers and of its regions."""
    input:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
        edges="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/edges.parquet",
    output:
        metrics="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/metrics.parquet",
        nodes="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/node-metrics.tsv",
    log:
        "results/logs/measure_graph/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.log",
    benchmark:
        "results/benchmarks/measure_graph/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("measure_graph", input),
        runtime=lambda wildcards, input, attempt: attempt * measuring_minutes(input),
    params:
        sources=STUDY.metrics["sources"],
        code=code("measure_graph.py"),
    script:
        "../../scripts/measure_graph.py"
