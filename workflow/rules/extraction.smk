"""Texts to activations: the only rule that needs a model, and the only one that wants a GPU."""


rule extract_activations:
    """Run every document through a model once and keep each layer's pooled hidden states."""
    input:
        texts="results/corpora/{corpus}/texts.parquet",
    output:
        activations="results/activations/{model}/{corpus}.h5",
    log:
        "results/logs/extract_activations/{model}--{corpus}.log",
    benchmark:
        "results/benchmarks/extract_activations/{model}--{corpus}.jsonl"
    conda:
        "../../envs/model.yaml"
    threads: extraction_workers()
    resources:
        gpu=lambda wildcards: gpus_of(wildcards.model),
        device=STUDY.device,
        device_map=lambda wildcards: device_map(wildcards.model),
        batch_tokens=lambda wildcards: batch_tokens(wildcards.model),
        mem_mb=lambda wildcards, input, threads, attempt: attempt * extraction_memory(wildcards, input, threads),
        runtime=lambda wildcards, input, threads, attempt: attempt * extraction_minutes(wildcards, input, threads),
    params:
        model=lambda wildcards: model_of(wildcards.model),
        weights=lambda wildcards: weights_of(wildcards.model),
        code=code("extract_activations.py"),
    script:
        "../../scripts/extract_activations.py"
