"""Activations to coordinates: every layer of every member of a space, in one fit."""


rule reduce_layers:
    """Reduce every layer's hidden states to a few coordinates, with every seed."""
    input:
        activations=lambda wildcards: [
            f"results/activations/{model}/{wildcards.corpus}.h5" for model in members_of(wildcards.space)
        ],
    output:
        coordinates="results/coordinates/{space}/{corpus}/{pooling}/{reduction}.h5",
    log:
        "results/logs/reduce_layers/{space}--{corpus}--{pooling}--{reduction}.log",
    benchmark:
        "results/benchmarks/reduce_layers/{space}--{corpus}--{pooling}--{reduction}.jsonl"
    conda:
        "../../envs/analysis.yaml"
    threads: lambda wildcards: reduction_workers(wildcards.space, wildcards.reduction)
    resources:
        mem_mb=lambda wildcards, input, threads, attempt: attempt * reduction_memory(wildcards, input, threads),
        runtime=lambda wildcards, input, threads, attempt: attempt * reduction_minutes(wildcards, input, threads),
    params:
        models=lambda wildcards: members_of(wildcards.space),
        reduction=lambda wildcards: reduction_of(wildcards.space, wildcards.reduction),
        code=code("reduce_layers.py"),
    script:
        "../../scripts/reduce_layers.py"
