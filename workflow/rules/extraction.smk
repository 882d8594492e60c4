"""Texts to activations: the only rules that need a model, and the only one that wants a GPU."""


# Compute nodes often have no network.
localrules:
    fetch_model,


rule fetch_model:
    """Get a model of the hub into the cache of this machine and record which commit it is."""
    output:
        # The old record stays if a newer commit cannot be had.
        fetched=update("results/models/{model}.json"),
    log:
        "results/logs/fetch_model/{model}.log",
    benchmark:
        "results/benchmarks/fetch_model/{model}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=2000,
        newest=lambda wildcards: fetches_newest(wildcards.model),
    # No digest of the code: what is fetched comes from outside, and holds until somebody asks for another.
    params:
        model=lambda wildcards: fetching_of(wildcards.model),
    script:
        "../../scripts/fetch_model.py"


rule extract_activations:
    """Run every document through a model once and keep each layer's pooled hidden states."""
    input:
        texts="results/corpora/{corpus}/texts.parquet",
        fetched=lambda wildcards: fetched_model(wildcards.model),
        trained=lambda wildcards: trained_stage(wildcards.model),
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
