"""Coordinates to cells: where on each layer's grid every document falls."""


rule bin_regions:
    """Divide each layer into regions, cells of a grid, and record every document's cell."""
    input:
        coordinates="results/coordinates/{space}/{corpus}/{pooling}/{reduction}.h5",
        activations=lambda wildcards: [
            f"results/activations/{model}/{wildcards.corpus}.h5" for model in clustered_members(wildcards)
        ],
    output:
        cells="results/nrags/{space}/{corpus}/{pooling}/{reduction}/{bins}-{size}/cells.parquet",
    log:
        "results/logs/bin_regions/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.log",
    benchmark:
        "results/benchmarks/bin_regions/{space}--{corpus}--{pooling}--{reduction}--{bins}-{size}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * binning_memory(wildcards, input),
        runtime=lambda wildcards, input, attempt: attempt * binning_minutes(wildcards, input),
    params:
        bins=lambda wildcards: wildcards.bins,
        size=lambda wildcards: int(wildcards.size),
        models=lambda wildcards: clustered_members(wildcards),
        reduction=lambda wildcards: clustered_as(wildcards),
        code=code("bin_regions.py"),
    script:
        "../../scripts/bin_regions.py"
