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
    threads: 4
    resources:
        gpu=GPU,
        device=STUDY.device,
        batch_tokens=lambda wildcards: batch_tokens(wildcards.model),
        mem_mb=lambda wildcards, input, threads, attempt: attempt * extraction_memory(wildcards.model, threads),
        runtime=lambda wildcards, input, attempt: attempt * (30 + 60 * int(input.size_mb)),
    params:
        model=lambda wildcards: model_of(wildcards.model),
        weights=lambda wildcards: weights_of(wildcards.model),
        code=code("extract_activations.py"),
    script:
        "../../scripts/extract_activations.py"
