"""Coordinates to cells: where on each layer's grid every document falls."""


rule bin_regions:
    """Cut each layer's plane into a grid of regions and record every document's cell."""
    input:
        coordinates="results/coordinates/{space}/{corpus}/{pooling}/{reduction}.h5",
    output:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
    log:
        "results/logs/bin_regions/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.log",
    benchmark:
        "results/benchmarks/bin_regions/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * memory("bin_regions", input),
        runtime=lambda wildcards, input, attempt: attempt * minutes("bin_regions", input),
    params:
        bins=lambda wildcards: wildcards.bins,
        size=lambda wildcards: int(wildcards.size),
        code=code("bin_regions.py"),
    script:
        "../../scripts/bin_regions.py"
